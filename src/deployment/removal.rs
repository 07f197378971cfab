//! Removing a deployment's folder, after everything it describes is gone.

use std::fs;
use std::io;
use std::path::Path;

use super::file::{FileError, backup_path};
use super::lock::Lock;

/// Removes the files that we made, then the folder. A folder in which somebody keeps files of
/// their own stays, with those files in it.
pub fn remove_folder(lock: Lock) -> Result<(), FileError> {
    let folder = lock.folder().clone();
    let kept_twice = [folder.profile(), folder.secrets()];
    for path in &kept_twice {
        remove_file(&backup_path(path))?;
        remove_file(path)?;
    }
    for path in [
        folder.authority(),
        folder.record(),
        folder.journal(),
        folder.older_journal(),
        folder.lock(),
    ] {
        remove_file(&path)?;
    }
    drop(lock);
    match fs::remove_dir(folder.path()) {
        Err(error)
            if !matches!(
                error.kind(),
                io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::NotFound
            ) =>
        {
            Err(FileError::from_io("remove", folder.path(), &error))
        }
        _ => Ok(()),
    }
}

fn remove_file(path: &Path) -> Result<(), FileError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(FileError::from_io("remove", path, &error))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::deployment::{Home, Secrets};

    #[test]
    fn own_files_go_and_other_files_stay() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = Home::at(temporary.path()).folder("demo").unwrap();
        let take = || Lock::take(&folder, "test", Timestamp::UNIX_EPOCH).unwrap();
        Secrets::ensured(&take(), &[]).unwrap();
        fs::write(folder.path().join("notes.txt"), "mine").unwrap();
        remove_folder(take()).unwrap();
        let left: Vec<_> = fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(left, ["notes.txt"]);
        fs::remove_file(folder.path().join("notes.txt")).unwrap();
        remove_folder(take()).unwrap();
        assert!(!folder.path().exists());
    }
}
