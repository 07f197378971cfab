//! All secrets of one deployment, in one file.
//!
//! The file is JSON, not YAML, for one reason: JSON that was cut off is never valid, while YAML
//! cut off at a line's end is a shorter, valid file. A secret that looks missing would be made
//! anew, and then the data could not be opened any more.
//!
//! A value that exists is never changed, by anybody. The backup is therefore a second copy of
//! the current file, not of an older one: an older one could only lack something.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::file::{self, Keep, backup_path};
use super::home::Folder;
use super::lock::Lock;
use super::secret::{self, Secret, SecretKind, SecretRequest};

mod error;
mod parse;

pub use error::{Backup, SecretsError};
use parse::{Unreadable, parse};

/// Begins the names of keys and secrets that were made for programs by the operator's wish.
pub const CREDENTIAL: &str = "credential-";
/// Version of the file's format.
const VERSION: u64 = 1;
/// First entry of the file, for whoever opens it.
const NOTE: &str = "Passwords and keys of one deployment, made by edfi-setup. Do not edit; keep a copy in a safe place. Without them the deployment's data cannot be opened.";

/// All secrets of one deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secrets {
    /// Random, public name of this set. Data volumes carry it as a label, so that
    /// "new secrets, old data" can be told before anything starts.
    pub id: String,
    /// Ids of earlier sets whose data volumes were adopted: their label still says so.
    pub adopted_ids: Vec<String>,
    /// Values by name.
    pub values: BTreeMap<String, Secret>,
    /// Private keys, each with its certificate, so that the two are always replaced together.
    pub pairs: BTreeMap<String, KeyPair>,
    /// Entries that this version does not know; they stay in the file.
    pub others: Map<String, Value>,
}

/// A private key and the certificate made for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPair {
    /// Private key, PEM.
    pub key: Secret,
    /// Certificate, PEM. Not secret.
    pub certificate: String,
}

impl Secrets {
    /// A new, empty set with an id of its own.
    pub fn fresh() -> Result<Self, SecretsError> {
        Ok(Self::with_values(secret::random_id()?, []))
    }

    /// A set with a given id and values.
    pub fn with_values(
        id: impl Into<String>,
        values: impl IntoIterator<Item = (String, Secret)>,
    ) -> Self {
        Self {
            id: id.into(),
            adopted_ids: Vec::new(),
            values: values.into_iter().collect(),
            pairs: BTreeMap::new(),
            others: Map::new(),
        }
    }

    /// The secret of that name, if this deployment has it.
    pub fn get(&self, name: &str) -> Option<&Secret> {
        self.values.get(name)
    }

    /// Every id that a data volume of this deployment may carry: the set's own and adopted ones.
    pub fn knows_id(&self, id: &str) -> bool {
        self.id == id || self.adopted_ids.iter().any(|adopted| adopted == id)
    }

    /// Makes what is missing and changes nothing that is there. Gives the names of what it made.
    pub fn ensure(&mut self, requests: &[SecretRequest]) -> Result<Vec<String>, SecretsError> {
        let mut made = BTreeMap::new();
        for SecretRequest { name, kind } in requests {
            match self.values.get(name).or_else(|| made.get(name)) {
                Some(value) if kind.accepts(value) => {}
                Some(_) => {
                    return Err(SecretsError::WrongForm {
                        name: name.clone(),
                        form: SecretKind::form(*kind),
                    });
                }
                None => {
                    made.insert(name.clone(), secret::generate(*kind)?);
                }
            }
        }
        let names = made.keys().cloned().collect();
        self.values.extend(made);
        Ok(names)
    }

    /// The deployment's secrets with everything that is asked for, made where it was missing and
    /// written before anybody can use it.
    pub fn ensured(lock: &Lock, requests: &[SecretRequest]) -> Result<Self, SecretsError> {
        let mut secrets = match Self::load(lock.folder())? {
            Some(secrets) => secrets,
            None => Self::fresh()?,
        };
        secrets.ensure(requests)?;
        secrets.save(lock)?;
        Ok(secrets)
    }

    /// Reads a deployment's secrets; `None` if it has none yet.
    pub fn load(folder: &Folder) -> Result<Option<Self>, SecretsError> {
        let path = folder.secrets();
        let Some(bytes) = file::read_private(&path)? else {
            return match std::fs::symlink_metadata(backup_path(&path)) {
                Ok(_) => Err(SecretsError::OnlyBackup { path }),
                Err(_) => Ok(None),
            };
        };
        match parse(&bytes) {
            Ok(secrets) => Ok(Some(secrets)),
            Err(Unreadable::Newer(found)) => Err(SecretsError::Newer { path, found }),
            Err(Unreadable::Damaged(problems)) => {
                let backup = match file::read_private(&backup_path(&path)) {
                    Ok(Some(bytes)) if parse(&bytes).is_ok() => Backup::Whole,
                    Ok(None) => Backup::Missing,
                    Ok(Some(_)) | Err(_) => Backup::Damaged,
                };
                Err(SecretsError::Damaged {
                    path,
                    problems,
                    backup,
                })
            }
        }
    }

    /// Writes the file and its backup. Refuses to lose or change a value that the file holds, and
    /// to touch a file that is damaged.
    pub fn save(&self, lock: &Lock) -> Result<(), SecretsError> {
        self.save_without(lock, &[])
    }

    /// Forgets keys and secrets that were made for programs and are in use no more, in the file and its
    /// backup. Only names that begin with [`CREDENTIAL`]: nothing is encrypted or made with these, so
    /// that nothing is lost with them. The others are refused.
    pub fn discard(&mut self, lock: &Lock, names: &[String]) -> Result<(), SecretsError> {
        if let Some(name) = names.iter().find(|name| !name.starts_with(CREDENTIAL)) {
            return Err(SecretsError::WouldChange {
                path: lock.folder().secrets(),
                what: name.clone(),
            });
        }
        for name in names {
            self.values.remove(name);
        }
        self.save_without(lock, names)
    }

    fn save_without(&self, lock: &Lock, discarded: &[String]) -> Result<(), SecretsError> {
        let path = lock.folder().secrets();
        let text = self.to_text();
        match parse(&text) {
            Ok(read_back) if read_back == *self => {}
            Ok(_) => {
                return Err(SecretsError::Unfit {
                    problems: vec!["they would not be the same when read back".to_owned()],
                });
            }
            Err(Unreadable::Newer(_)) => {
                return Err(SecretsError::Unfit {
                    problems: vec!["their format is newer than this program".to_owned()],
                });
            }
            Err(Unreadable::Damaged(problems)) => return Err(SecretsError::Unfit { problems }),
        }
        if let Some(before) = Self::load(lock.folder())?
            && let Some(what) = before.lost_in(self, discarded)
        {
            return Err(SecretsError::WouldChange { path, what });
        }
        for place in [path.clone(), backup_path(&path)] {
            let unchanged = file::read(&place)?.is_some_and(|there| *there == *text);
            if !unchanged {
                file::write(&place, &text, file::PRIVATE, Keep::Nothing)?;
            }
        }
        Ok(())
    }

    /// The first thing that would be lost or changed if `after` took this set's place, but for what is
    /// discarded on purpose.
    fn lost_in(&self, after: &Self, discarded: &[String]) -> Option<String> {
        if self.id != after.id {
            return Some("the id".to_owned());
        }
        if let Some(id) = self.adopted_ids.iter().find(|id| !after.knows_id(id)) {
            return Some(format!("the adopted id {id}"));
        }
        self.values
            .iter()
            .find(|(name, value)| {
                after.values.get(*name) != Some(value) && !discarded.contains(name)
            })
            .map(|(name, _)| name.clone())
    }

    fn to_text(&self) -> Zeroizing<Vec<u8>> {
        // Large enough not to grow: a grown buffer leaves its old place unwiped.
        let mut text = Zeroizing::new(Vec::with_capacity(256 * 1024));
        let stored = Stored {
            note: NOTE,
            version: VERSION,
            id: &self.id,
            adopted_ids: &self.adopted_ids,
            values: entries(&self.values, Secret::expose),
            pairs: entries(&self.pairs, |pair| StoredPair {
                key: pair.key.expose(),
                certificate: &pair.certificate,
            }),
            others: &self.others,
        };
        // Strings, numbers and maps with string keys: there is nothing in it that JSON cannot hold.
        if serde_json::to_writer_pretty(&mut *text, &stored).is_ok() {
            text.push(b'\n');
        }
        text
    }
}

/// The file's layout, filled with borrowed values: no copy that would have to be wiped.
#[derive(Serialize)]
struct Stored<'a> {
    note: &'static str,
    version: u64,
    id: &'a str,
    adopted_ids: &'a [String],
    values: BTreeMap<&'a str, &'a str>,
    pairs: BTreeMap<&'a str, StoredPair<'a>>,
    #[serde(flatten)]
    others: &'a Map<String, Value>,
}

#[derive(Serialize)]
struct StoredPair<'a> {
    key: &'a str,
    certificate: &'a str,
}

fn entries<'a, V, T>(
    map: &'a BTreeMap<String, V>,
    show: impl Fn(&'a V) -> T,
) -> BTreeMap<&'a str, T> {
    map.iter()
        .map(|(name, value)| (name.as_str(), show(value)))
        .collect()
}
