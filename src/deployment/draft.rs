//! Answers that were given and not used yet: one file for all of this user's interviews, beside
//! the deployments' folders, readable by its owner alone.

use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

use super::file::{self, FileError, Keep};
use super::home::Home;

impl Home {
    /// The answers of an interview that was left.
    pub fn draft(&self) -> PathBuf {
        self.path().join("draft.json")
    }
}

/// The answers that were left; `None` if there are none.
pub fn read_draft(home: &Home) -> Result<Option<String>, FileError> {
    let path = home.draft();
    let Some(bytes) = file::read_private(&path)? else {
        return Ok(None);
    };
    match std::str::from_utf8(&bytes) {
        Ok(text) => Ok(Some(text.to_owned())),
        Err(_) => Err(FileError::Other {
            doing: "read",
            path,
            reason: "it is not UTF-8 text".to_owned(),
        }),
    }
}

/// Keeps answers.
pub fn save_draft(home: &Home, text: &str) -> Result<(), FileError> {
    if !home.path().exists() {
        file::make_folder(home.path())?;
    }
    file::write(&home.draft(), text.as_bytes(), file::PRIVATE, Keep::Nothing)
}

/// Forgets the answers, which are a deployment now.
pub fn remove_draft(home: &Home) -> Result<(), FileError> {
    let path = home.draft();
    match fs::remove_file(&path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(FileError::from_io("remove", &path, &error))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_draft_is_private_and_no_deployment() {
        let place = tempfile::tempdir().unwrap();
        let home = Home::at(place.path().join("not/yet"));
        assert_eq!(read_draft(&home).unwrap(), None);
        remove_draft(&home).unwrap();
        for text in ["{}", "{\"a\": 1}"] {
            save_draft(&home, text).unwrap();
            assert_eq!(read_draft(&home).unwrap().as_deref(), Some(text));
        }
        let mode = fs::metadata(home.draft()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(home.list().unwrap(), Vec::<String>::new());
        remove_draft(&home).unwrap();
        assert_eq!(read_draft(&home).unwrap(), None);
    }
}
