//! Files with lists, read for an answer.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::diagnostic::{Diagnostic, Severity};
use crate::interview::LARGEST_LIST;

/// What messages call such a file: its name without the folder.
pub fn list_name(file: &Path) -> String {
    let name = file.file_name().unwrap_or(file.as_os_str());
    name.to_string_lossy().into_owned()
}

/// What is in a file with a list. Not more than a list can be is read, whatever the file is.
pub fn read_list(file: &Path) -> Result<Vec<u8>, Box<Diagnostic>> {
    let wrong = |words: String, help: &str| {
        let diagnostic = Diagnostic::new("E-5078", Severity::Block, words);
        Box::new(diagnostic.help(help))
    };
    let shown = file.display();
    let unreadable = |error: std::io::Error| {
        wrong(
            format!("{shown} cannot be read: {error}."),
            "Look at the name and the folder. The entries can be typed or pasted, too.",
        )
    };
    let metadata = std::fs::metadata(file).map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(wrong(
            format!("{shown} is no file."),
            "Name a file with one entry a line.",
        ));
    }
    let mut contents = Vec::new();
    File::open(file)
        .and_then(|file| file.take(LARGEST_LIST + 1).read_to_end(&mut contents))
        .map_err(unreadable)?;
    if contents.len() as u64 > LARGEST_LIST {
        return Err(wrong(
            format!("{shown} is larger than a list can be, 1 MB."),
            "Save the column with the numbers as a file of its own.",
        ));
    }
    Ok(contents)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_and_everything_else_is_told() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("list.csv");
        std::fs::write(&file, "1\n").unwrap();
        assert_eq!(read_list(&file).unwrap(), b"1\n");
        assert_eq!(list_name(&file), "list.csv");
        let message = |path: &Path| read_list(path).unwrap_err().message;
        assert!(message(place.path()).ends_with("is no file."));
        assert!(message(&place.path().join("other")).contains("cannot be read"));
        let large = place.path().join("large");
        std::fs::write(&large, vec![b'1'; 1_000_001]).unwrap();
        assert!(message(&large).contains("larger"));
    }
}
