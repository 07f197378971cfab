//! What can go wrong with a file, in an operator's words.

use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::diagnostic::{Diagnostic, Severity};
use crate::words;

/// Why a file or folder could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// A symbolic link stands where a file or folder of ours should be.
    #[error("{} is a symbolic link, and links are not followed here", path.display())]
    Link {
        /// The link.
        path: PathBuf,
    },
    /// Something else stands where a file should be.
    #[error("{} is not a file", path.display())]
    NotAFile {
        /// What was found.
        path: PathBuf,
    },
    /// Something else stands where a folder should be.
    #[error("{} is not a folder", path.display())]
    NotAFolder {
        /// What was found.
        path: PathBuf,
    },
    /// Other users of this computer can get at something private.
    #[error("other users of this computer can get at {} (its mode is {mode:03o})", path.display())]
    Exposed {
        /// The file or folder.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
        /// The mode it should have.
        wanted: u32,
    },
    /// We are not who the folder belongs to; what we wrote there its owner could not read.
    #[error("the folder {} belongs to user number {owner}, but this command runs as user number {us}", path.display())]
    WrongOwner {
        /// The folder.
        path: PathBuf,
        /// Its owner.
        owner: u32,
        /// Who we are.
        us: u32,
    },
    /// The system denies us the right.
    #[error("this user may not {doing} {}{}", path.display(), belongs_to(*owner))]
    NoRights {
        /// What we wanted: "read", "write".
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Whom it belongs to, if that can be seen.
        owner: Option<u32>,
    },
    /// The disk takes no changes.
    #[error("{} is on a disk that cannot be written to", path.display())]
    ReadOnly {
        /// The file.
        path: PathBuf,
    },
    /// No room left on the disk, or the user's share of it is used up.
    #[error("there is no room left on the disk for {}", path.display())]
    Full {
        /// The file.
        path: PathBuf,
    },
    /// Something else, in the system's words.
    #[error("could not {doing} {}: {reason}", path.display())]
    Other {
        /// What we wanted: "read", "write".
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's words.
        reason: String,
    },
}

fn belongs_to(owner: Option<u32>) -> String {
    owner.map_or_else(String::new, |number| {
        format!("; it belongs to user number {number}")
    })
}

impl FileError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Link { .. } => "E-2001",
            Self::NotAFile { .. } | Self::NotAFolder { .. } => "E-2002",
            Self::Exposed { .. } => "E-2003",
            Self::WrongOwner { .. } => "E-2004",
            Self::NoRights { .. } => "E-2005",
            Self::ReadOnly { .. } => "E-2006",
            Self::Full { .. } => "E-2007",
            Self::Other { .. } => "E-2008",
        }
    }

    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            Self::Link { path } => format!(
                "Put the real file or folder in its place, or remove the link with: rm {}",
                shell_word(path)
            ),
            Self::NotAFile { path } | Self::NotAFolder { path } => {
                format!(
                    "Move {} away and run the same command again.",
                    shell_word(path)
                )
            }
            Self::Exposed { path, wanted, .. } => format!(
                "Close it with this command, then try again: chmod {wanted:03o} {}",
                shell_word(path)
            ),
            Self::WrongOwner { owner: 0, .. } => {
                "The folder was made with sudo. Run this command with sudo too, or give \
                 the folder to your own user with chown."
                    .to_owned()
            }
            Self::WrongOwner { us: 0, .. } => {
                "Run the same command without sudo, as the user the folder belongs to.".to_owned()
            }
            Self::WrongOwner { .. } => {
                "Run the same command as the user the folder belongs to.".to_owned()
            }
            Self::NoRights { owner, .. } => {
                if *owner == Some(0) {
                    "Run the same command with sudo, or ask an administrator of this computer."
                        .to_owned()
                } else {
                    "Run the same command as the user it belongs to, or ask an administrator of \
                     this computer."
                        .to_owned()
                }
            }
            Self::ReadOnly { .. } => {
                "Choose another place with the variable EDFI_SETUP_HOME, or make the disk writable."
                    .to_owned()
            }
            Self::Full { path } => format!(
                "Nothing was changed. Make room on that disk (see: df -h {}), then run the same \
                 command again.",
                shell_word(path.parent().unwrap_or(path))
            ),
            Self::Other { .. } => {
                "Nothing was changed. Mend the cause, then run the same command again.".to_owned()
            }
        }
    }

    /// The same as a finding.
    pub fn diagnostic(&self) -> Diagnostic {
        Diagnostic::new(self.code(), Severity::Block, self.to_string()).help(self.help())
    }

    /// Sorts a system error by what the operator can do about it.
    pub(crate) fn from_io(doing: &'static str, path: &Path, error: &io::Error) -> Self {
        let path = path.to_owned();
        match error.kind() {
            ErrorKind::PermissionDenied => {
                // Whoever owns what denies us: the thing itself, or the nearest folder that exists.
                let owner = path
                    .ancestors()
                    .find_map(|place| fs::symlink_metadata(place).ok())
                    .map(|found| found.uid());
                Self::NoRights { doing, path, owner }
            }
            ErrorKind::ReadOnlyFilesystem => Self::ReadOnly { path },
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
                Self::Full { path }
            }
            _ => Self::Other {
                doing,
                path,
                reason: error.to_string(),
            },
        }
    }
}

/// A path as a word of a shell command that can be copied from the screen.
pub fn shell_word(path: &Path) -> String {
    words::shell_word(&path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn system_errors_are_sorted_by_what_to_do() {
        let path = Path::new("/nowhere at all/it's/file");
        for (kind, code, help) in [
            (ErrorKind::PermissionDenied, "E-2005", "sudo"),
            (ErrorKind::ReadOnlyFilesystem, "E-2006", "EDFI_SETUP_HOME"),
            (
                ErrorKind::StorageFull,
                "E-2007",
                r"df -h '/nowhere at all/it'\''s'",
            ),
            (ErrorKind::QuotaExceeded, "E-2007", "Make room"),
            (ErrorKind::FileTooLarge, "E-2007", "Make room"),
            (ErrorKind::NotConnected, "E-2008", "Mend the cause"),
        ] {
            let error = FileError::from_io("write", path, &io::Error::from(kind));
            assert_eq!(error.code(), code, "{kind:?}");
            assert!(error.help().contains(help), "{}", error.help());
            assert!(error.to_string().contains("it's/file"), "{error}");
        }
    }

    #[test]
    fn paths_can_be_copied_into_a_shell() {
        for path in [
            "/plain/path-1.yml",
            "/with space/it's $HOME `x` \"y\"\\z",
            "/umläut",
        ] {
            let command = format!("printf %s {}", shell_word(Path::new(path)));
            let output = std::process::Command::new("sh")
                .args(["-c", &command])
                .output();
            assert_eq!(String::from_utf8(output.unwrap().stdout).unwrap(), path);
        }
    }
}
