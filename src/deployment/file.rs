//! Files that are either old or new, never half: write beside, sync, rename, sync the folder.
//!
//! Everything here refuses symbolic links, so that nobody who can write next to us can send our
//! secrets elsewhere. Modes are set when a file is created, not afterwards.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

mod error;

pub use error::{FileError, shell_word};

/// Mode of a file that only its owner may read.
pub const PRIVATE: u32 = 0o600;
/// Mode of a file that everybody may read.
pub const PUBLIC: u32 = 0o644;
/// Mode of a folder that only its owner may open.
const PRIVATE_FOLDER: u32 = 0o700;
/// Permission bits of everybody but the owner.
const OTHERS: u32 = 0o077;
/// How often a file may be replaced between our look and our opening before we give up.
const RENAMES: u32 = 100;
/// Ending of a file that is still being written.
const UNFINISHED: &str = ".part";

/// What happens to the version that is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// It is gone.
    Nothing,
    /// It stays beside the new one, with `.bak` at the end of its name.
    Previous,
}

/// Where the replaced version, or the second copy, of a file stays.
pub fn backup_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".bak");
    PathBuf::from(name)
}

/// Replaces a file, or makes it: at every moment it holds either all of the old or all of the new.
pub fn write(path: &Path, contents: &[u8], mode: u32, keep: Keep) -> Result<(), FileError> {
    if keep == Keep::Previous
        && let Some(previous) = read(path)?
        && *previous != *contents
    {
        replace(&backup_path(path), &previous, mode)?;
    }
    replace(path, contents, mode)
}

fn replace(path: &Path, contents: &[u8], mode: u32) -> Result<(), FileError> {
    let failed = |error: io::Error| FileError::from_io("write", path, &error);
    check_is_file_or_free(path)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut prefix = std::ffi::OsString::from(".");
    prefix.push(path.file_name().unwrap_or_default());
    prefix.push(".");
    let mut beside = tempfile::Builder::new()
        .prefix(&prefix)
        .suffix(UNFINISHED)
        .permissions(Permissions::from_mode(mode))
        .tempfile_in(folder)
        .map_err(failed)?;
    check_owner(folder, beside.as_file()).map_err(failed)??;
    // The mode at creation lacks what the umask took; it never had more than asked for.
    beside
        .as_file()
        .set_permissions(Permissions::from_mode(mode))
        .map_err(failed)?;
    beside.write_all(contents).map_err(failed)?;
    beside.as_file().sync_all().map_err(failed)?;
    beside.persist(path).map_err(|error| failed(error.error))?;
    sync_folder(folder).map_err(failed)
}

/// Compares the owner of a file just made with the owner of the folder around it.
fn check_owner(folder: &Path, made: &File) -> io::Result<Result<(), FileError>> {
    let owner = fs::metadata(folder)?.uid();
    let us = made.metadata()?.uid();
    Ok(if owner == us {
        Ok(())
    } else {
        Err(FileError::WrongOwner {
            path: folder.to_owned(),
            owner,
            us,
        })
    })
}

fn check_is_file_or_free(path: &Path) -> Result<(), FileError> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_symlink() => Err(FileError::Link {
            path: path.to_owned(),
        }),
        Ok(found) if !found.is_file() => Err(FileError::NotAFile {
            path: path.to_owned(),
        }),
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(FileError::from_io("write", path, &error)),
    }
}

/// Makes a rename in the folder survive a power cut.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Opens a file that is really a file, not a link to one; `None` if there is none.
pub(crate) fn open(path: &Path, options: &OpenOptions) -> Result<Option<File>, FileError> {
    let failed = |error: io::Error| FileError::from_io("read", path, &error);
    for _ in 0..RENAMES {
        let seen = match fs::symlink_metadata(path) {
            Ok(seen) => seen,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        if seen.is_symlink() {
            return Err(FileError::Link {
                path: path.to_owned(),
            });
        }
        if !seen.is_file() {
            return Err(FileError::NotAFile {
                path: path.to_owned(),
            });
        }
        let file = match options.open(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            opened => opened.map_err(failed)?,
        };
        let opened = file.metadata().map_err(failed)?;
        if (opened.dev(), opened.ino()) == (seen.dev(), seen.ino()) {
            return Ok(Some(file));
        }
        // Another one stands there than we looked at: a newer version, or a link put there by
        // somebody. The next look tells.
    }
    Err(FileError::Other {
        doing: "read",
        path: path.to_owned(),
        reason: "it is replaced again and again".to_owned(),
    })
}

/// Opens a private file for reading and writing, making it if need be.
pub(crate) fn open_or_make(path: &Path) -> Result<File, FileError> {
    // Twice, because another process may make or rename the file between our two looks.
    for _ in 0..2 {
        let mut existing = OpenOptions::new();
        existing.read(true).write(true);
        if let Some(file) = open(path, &existing)? {
            return Ok(file);
        }
        let made = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .mode(PRIVATE)
            .open(path);
        match made {
            Ok(file) => return Ok(file),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(FileError::from_io("write", path, &error)),
        }
    }
    Err(FileError::Other {
        doing: "write",
        path: path.to_owned(),
        reason: "it appears and disappears".to_owned(),
    })
}

/// The contents of a file; `None` if there is none. The memory is wiped afterwards.
pub fn read(path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, FileError> {
    let Some(file) = open(path, OpenOptions::new().read(true))? else {
        return Ok(None);
    };
    contents(path, file).map(Some)
}

/// Like [`read`], but refuses a file that other users can get at.
pub fn read_private(path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, FileError> {
    let Some(file) = open(path, OpenOptions::new().read(true))? else {
        return Ok(None);
    };
    let found = file
        .metadata()
        .map_err(|error| FileError::from_io("read", path, &error))?;
    check_mode(path, &found, PRIVATE)?;
    contents(path, file).map(Some)
}

fn contents(path: &Path, mut file: File) -> Result<Zeroizing<Vec<u8>>, FileError> {
    let failed = |error: io::Error| FileError::from_io("read", path, &error);
    let size = file.metadata().map_err(failed)?.len();
    // Room for all of it at once: a growing vector would leave copies behind that nobody wipes.
    let mut bytes = Zeroizing::new(Vec::with_capacity(
        usize::try_from(size).unwrap_or_default().saturating_add(1),
    ));
    file.read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

fn check_mode(path: &Path, found: &fs::Metadata, wanted: u32) -> Result<(), FileError> {
    let mode = found.mode() & 0o777;
    if mode & OTHERS == 0 {
        Ok(())
    } else {
        Err(FileError::Exposed {
            path: path.to_owned(),
            mode,
            wanted,
        })
    }
}

/// Makes a folder that only its owner may open, with the folders above it; an existing one is
/// checked: a real folder, closed to others.
pub fn make_folder(path: &Path) -> Result<(), FileError> {
    let failed = |error: io::Error| FileError::from_io("write", path, &error);
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            DirBuilder::new()
                .recursive(true)
                .mode(PRIVATE_FOLDER)
                .create(path)
                .map_err(failed)?;
            sync_folder(path.parent().unwrap_or(path)).map_err(failed)
        }
        Err(error) => Err(failed(error)),
        Ok(found) => check_folder(path, &found),
    }
}

fn check_folder(path: &Path, found: &fs::Metadata) -> Result<(), FileError> {
    if found.is_symlink() {
        Err(FileError::Link {
            path: path.to_owned(),
        })
    } else if !found.is_dir() {
        Err(FileError::NotAFolder {
            path: path.to_owned(),
        })
    } else {
        check_mode(path, found, PRIVATE_FOLDER)
    }
}

/// Removes what killed runs left unfinished. Only for whoever holds the folder's lock: a file
/// that somebody is writing this moment looks the same.
pub(crate) fn sweep(folder: &Path) -> Result<(), FileError> {
    let failed = |error: io::Error| FileError::from_io("read", folder, &error);
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with('.') && name.ends_with(UNFINISHED) {
            fs::remove_file(entry.path())
                .map_err(|error| FileError::from_io("remove", &entry.path(), &error))?;
        }
    }
    Ok(())
}
