//! From a profile back to text.

use serde_saphyr::ser_options;

use super::super::{Profile, codes};
use crate::diagnostic::{Diagnostic, Severity};

/// Writes a profile as a YAML file that [`read`](crate::profile::read) turns into the same profile again.
///
/// Texts that some YAML reader would take for something else (`yes`, `1_000`, `5.10`, a date) are
/// put in quotes. Fails only for a file name that is not Unicode text: YAML has no way to say it.
pub fn write(profile: &Profile) -> Result<String, Box<Diagnostic>> {
    let options = ser_options! {
        compact_list_indent: false,
        prefer_block_scalars: false,
    };
    let body = serde_saphyr::to_string_with_options(profile, options).map_err(|error| {
        let diagnostic = Diagnostic::new(
            codes::UNWRITABLE,
            Severity::Block,
            format!("The profile cannot be written: {error}."),
        )
        .help("File names in a profile have to be Unicode text. Rename the certificate files.");
        Box::new(diagnostic)
    })?;
    Ok(format!(
        "# Profile of an Ed-Fi deployment, for edfi-setup. It holds no secrets.\n{body}"
    ))
}
