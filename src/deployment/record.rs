//! What is remembered of a deployment between runs: the profile as last applied, and where and
//! when it was last seen to work.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::file::{self, FileError, Keep};
use super::home::Folder;
use super::lock::Lock;
use crate::diagnostic::{Diagnostic, Severity};

/// Facts about a deployment. None is needed to run it again; a lost record costs an answer in
/// `list`, not the deployment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// When it was first brought up.
    pub created: Timestamp,
    /// When it last answered a real request through its gateway.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified: Option<Timestamp>,
    /// Its address, as in `https://localhost:8443/api`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The engine it runs on, as in `unix:///var/run/docker.sock`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine: Option<String>,
    /// Version of this program that last changed it.
    pub tool_version: String,
    /// Entries that this version does not know; they stay in the file.
    #[serde(flatten)]
    pub others: Map<String, Value>,
}

/// Why the record could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file cannot be understood.
    #[error("the record {} is damaged: {reason}", path.display())]
    Damaged {
        /// The file.
        path: std::path::PathBuf,
        /// What the parser said.
        reason: String,
    },
}

impl RecordError {
    /// The same as a finding. A damaged record holds nobody up.
    pub fn diagnostic(&self) -> Diagnostic {
        match self {
            Self::File(error) => error.diagnostic(),
            Self::Damaged { path, .. } => {
                Diagnostic::new("E-2031", Severity::Warn, self.to_string()).help(format!(
                    "Nothing is lost that the next up does not find again. Remove the file with: \
                     rm {}",
                    file::shell_word(path)
                ))
            }
        }
    }
}

impl Record {
    /// The record of a deployment that begins now.
    pub fn new(created: Timestamp) -> Self {
        Self {
            created,
            verified: None,
            address: None,
            engine: None,
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            others: Map::new(),
        }
    }

    /// Reads it; `None` if there is none yet.
    pub fn load(folder: &Folder) -> Result<Option<Self>, RecordError> {
        let path = folder.record();
        let Some(text) = file::read(&path)? else {
            return Ok(None);
        };
        serde_json::from_slice(&text)
            .map(Some)
            .map_err(|error| RecordError::Damaged {
                path,
                reason: error.to_string(),
            })
    }

    /// Writes it.
    pub fn save(&self, lock: &Lock) -> Result<(), RecordError> {
        let path = lock.folder().record();
        let mut text = serde_json::to_vec_pretty(self).map_err(|error| RecordError::Damaged {
            path: path.clone(),
            reason: error.to_string(),
        })?;
        text.push(b'\n');
        Ok(file::write(&path, &text, file::PRIVATE, Keep::Nothing)?)
    }
}

/// The profile as last applied; `None` if there is none yet.
pub fn read_profile(folder: &Folder) -> Result<Option<String>, FileError> {
    let path = folder.profile();
    let Some(bytes) = file::read(&path)? else {
        return Ok(None);
    };
    match std::str::from_utf8(&bytes) {
        Ok(text) => Ok(Some(text.to_owned())),
        Err(error) => Err(FileError::Other {
            doing: "read",
            path,
            reason: format!("it is not UTF-8 text from byte {} on", error.valid_up_to()),
        }),
    }
}

/// Remembers the profile that was applied; the one before stays beside it as `profile.yml.bak`.
pub fn save_profile(lock: &Lock, text: &str) -> Result<(), FileError> {
    file::write(
        &lock.folder().profile(),
        text.as_bytes(),
        file::PRIVATE,
        Keep::Previous,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deployment::Home;
    use std::fs;

    fn locked() -> (tempfile::TempDir, Lock) {
        let place = tempfile::tempdir().unwrap();
        let folder = Home::at(place.path()).folder("demo").unwrap();
        let lock = Lock::take(&folder, "test", Timestamp::now()).unwrap();
        (place, lock)
    }

    #[test]
    fn a_record_comes_back_with_what_it_does_not_know() {
        let (_place, lock) = locked();
        assert_eq!(Record::load(lock.folder()).unwrap(), None);
        let created: Timestamp = "2026-11-23T06:00:00Z".parse().unwrap();
        let mut record = Record::new(created);
        record.save(&lock).unwrap();
        let with_more = fs::read_to_string(lock.folder().record())
            .unwrap()
            .replacen('{', "{\"colour\": \"blue\",", 1);
        fs::write(lock.folder().record(), with_more).unwrap();

        record = Record::load(lock.folder()).unwrap().unwrap();
        record.verified = Some(created);
        record.address = Some("https://localhost:8443/api".to_owned());
        record.save(&lock).unwrap();
        let again = Record::load(lock.folder()).unwrap().unwrap();
        assert_eq!(again, record);
        assert_eq!(
            again.others.get("colour").and_then(Value::as_str),
            Some("blue")
        );
    }

    #[test]
    fn a_damaged_record_is_told_and_holds_nobody_up() {
        let (_place, lock) = locked();
        fs::write(lock.folder().record(), "{\"created\":").unwrap();
        let error = Record::load(lock.folder()).unwrap_err();
        assert_eq!(error.diagnostic().severity, Severity::Warn);
        Record::new(Timestamp::now()).save(&lock).unwrap();
        assert!(Record::load(lock.folder()).unwrap().is_some());
    }

    #[test]
    fn the_profile_before_stays_beside_the_new_one() {
        let (_place, lock) = locked();
        assert_eq!(read_profile(lock.folder()).unwrap(), None);
        for text in ["first: 1\n", "second: 2\r\n", "second: 2\r\n"] {
            save_profile(&lock, text).unwrap();
        }
        assert_eq!(
            read_profile(lock.folder()).unwrap().as_deref(),
            Some("second: 2\r\n")
        );
        let backup = file::backup_path(&lock.folder().profile());
        assert_eq!(fs::read_to_string(backup).unwrap(), "first: 1\n");
    }
}
