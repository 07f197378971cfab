//! What can go wrong with the secrets, in an operator's words.

use std::path::{Path, PathBuf};

use crate::deployment::file::{FileError, backup_path, shell_word};
use crate::deployment::secret::NoRandom;
use crate::diagnostic::{Diagnostic, Severity};

/// What is known of the backup copy when the file itself cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backup {
    /// It is there and whole.
    Whole,
    /// It is there, but cannot be used either.
    Damaged,
    /// There is none.
    Missing,
}

/// Why the secrets could not be read, made or written.
#[derive(Debug, thiserror::Error)]
pub enum SecretsError {
    /// The file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file is there but cannot be trusted.
    #[error("the secrets file {} is damaged: {}. It was left as it is", path.display(), problems.join("; "))]
    Damaged {
        /// The file.
        path: PathBuf,
        /// All that is wrong with it. Never a value.
        problems: Vec<String>,
        /// What is known of the backup.
        backup: Backup,
    },
    /// The file is gone, its backup is not.
    #[error("the secrets file {} is gone, but its backup copy is still there", path.display())]
    OnlyBackup {
        /// The file.
        path: PathBuf,
    },
    /// A newer version of this program wrote the file.
    #[error("the secrets file {} was written by a newer version of edfi-setup (format {found})", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u64,
    },
    /// Saving would lose or change what the file holds.
    #[error("refused to change {what} in the secrets file {}: a secret in use never changes", path.display())]
    WouldChange {
        /// The file.
        path: PathBuf,
        /// Which entry.
        what: String,
    },
    /// A value that is there cannot serve.
    #[error("the secret {name} does not have the form it needs: {form}")]
    WrongForm {
        /// Its name.
        name: String,
        /// The form in words.
        form: &'static str,
    },
    /// These secrets could not be written, for they could not be read back.
    #[error("these secrets cannot be kept: {}", problems.join("; "))]
    Unfit {
        /// All that is wrong. Never a value.
        problems: Vec<String>,
    },
    /// No random numbers.
    #[error(transparent)]
    NoRandom(#[from] NoRandom),
}

impl SecretsError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::File(error) => error.code(),
            Self::Damaged { .. } => "E-2011",
            Self::OnlyBackup { .. } => "E-2012",
            Self::Newer { .. } => "E-2013",
            Self::WouldChange { .. } => "E-2014",
            Self::WrongForm { .. } => "E-2015",
            Self::Unfit { .. } => "E-2016",
            Self::NoRandom(_) => "E-2017",
        }
    }

    /// What to do about it.
    pub fn help(&self) -> String {
        let copy_back = |path: &Path| {
            format!(
                "cp -p {} {}",
                shell_word(&backup_path(path)),
                shell_word(path)
            )
        };
        match self {
            Self::File(error) => error.help(),
            Self::Damaged { path, backup, .. } => match backup {
                Backup::Whole => format!(
                    "The backup copy beside it is whole. Put it in place with: {}",
                    copy_back(path)
                ),
                Backup::Damaged => format!(
                    "The backup copy {} is damaged too. Restore the file from your own backup of \
                     this computer. Do not delete it: without these secrets the data cannot be \
                     opened.",
                    backup_path(path).display()
                ),
                Backup::Missing => format!(
                    "There is no backup copy {}. Restore the file from your own backup of this \
                     computer. Do not delete it: without these secrets the data cannot be opened.",
                    backup_path(path).display()
                ),
            },
            Self::OnlyBackup { path } => {
                format!("Put the backup in place with: {}", copy_back(path))
            }
            Self::Newer { .. } => "Use that newer version for this deployment.".to_owned(),
            Self::WouldChange { .. } => {
                "This is a mistake in edfi-setup. Nothing was changed; please report it.".to_owned()
            }
            Self::WrongForm { .. } => {
                "It was probably edited by hand. Put the old value back, from \
                                       the backup copy beside the file."
                    .to_owned()
            }
            Self::Unfit { .. } => {
                "Nothing was changed. Values may have letters, digits and the signs + / = - _ . ~"
                    .to_owned()
            }
            Self::NoRandom(_) => {
                "Nothing was changed. Restart this computer and try again.".to_owned()
            }
        }
    }

    /// The same as a finding.
    pub fn diagnostic(&self) -> Diagnostic {
        Diagnostic::new(self.code(), Severity::Block, self.to_string()).help(self.help())
    }
}
