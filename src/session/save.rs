//! Saving the answers as a profile of the operator's own.

use std::path::{Path, PathBuf};

use crate::deployment::file::{self, Keep};
use crate::diagnostic::Diagnostic;

/// Why a profile was not saved.
#[derive(Debug)]
pub enum Unsaved {
    /// There is such a file, and nobody said that it may be replaced.
    Exists(PathBuf),
    /// It cannot be written.
    Failed(Box<Diagnostic>),
}

/// Writes a profile's text to a file; a name without a folder is one in `folder`. What a replaced file
/// held stays beside it.
pub fn save_profile(
    folder: &Path,
    name: &str,
    text: &str,
    replace: bool,
) -> Result<PathBuf, Unsaved> {
    let path = folder.join(name);
    if path.exists() && !replace {
        return Err(Unsaved::Exists(path));
    }
    file::write(&path, text.as_bytes(), file::PUBLIC, Keep::Previous)
        .map_err(|error| Unsaved::Failed(Box::new(error.diagnostic())))?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_only_after_saying_so() {
        let place = tempfile::tempdir().unwrap();
        let path = save_profile(place.path(), "a.yml", "one\n", false).unwrap();
        let again = save_profile(place.path(), "a.yml", "two\n", false);
        assert!(matches!(again, Err(Unsaved::Exists(there)) if there == path));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "one\n");
        save_profile(place.path(), "a.yml", "two\n", true).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "two\n");
        let before = std::fs::read_to_string(file::backup_path(&path)).unwrap();
        assert_eq!(before, "one\n");
        let nowhere = save_profile(place.path(), "no/such/a.yml", "", false);
        assert!(matches!(nowhere, Err(Unsaved::Failed(_))));
    }
}
