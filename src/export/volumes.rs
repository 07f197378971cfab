//! The script that makes the volumes.

use std::fmt::Write as _;

use crate::plan::volume_labels;
use crate::stack::Stack;

/// Shell text; running it again changes nothing.
pub(super) fn script(stack: &Stack) -> String {
    let mut text = String::from(
        "#!/bin/sh\n\
         # Makes the volumes that hold the data, if they are not there yet. Run it once before the first start;\n\
         # running it again changes nothing. The labels note what each volume holds, and edfi-setup knows it by them.\n\
         set -eu\n",
    );
    for (name, volume) in &stack.volumes {
        // Writing to a String cannot fail.
        let _ = write!(text, "\ndocker volume create");
        for (label, value) in volume_labels(stack, volume) {
            let _ = write!(text, " \\\n  --label {}", word(&format!("{label}={value}")));
        }
        let _ = writeln!(text, " \\\n  {}", word(name));
    }
    text
}

/// One word for the shell, whatever is in it.
fn word(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_stays_inside_its_word() {
        assert_eq!(word("it's $HOME"), r"'it'\''s $HOME'");
    }
}
