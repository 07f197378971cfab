//! One named installation: its folder, secrets, certificate, journal and lock.
//!
//! | file in the folder | what | mode |
//! |---|---|---|
//! | `profile.yml`, `profile.yml.bak` | the profile as last applied, and the one before | 0600 |
//! | `secrets.json`, `secrets.json.bak` | every secret and private key, and a copy of the same | 0600 |
//! | `ca.crt` | the certificate that clients trust | 0644 |
//! | `record.json` | when made, when verified, address, engine | 0600 |
//! | `journal.jsonl`, `journal.1.jsonl` | what the runs did, and what they did before that | 0600 |
//! | `lock` | who is at work here | 0600 |
//!
//! Beside the folders lies `draft.json` (0600): answers that no deployment was made from yet.
//!
//! Whoever wants to write has to show the [`Lock`]; reading needs none.

pub(crate) mod certificate;
mod draft;
pub mod file;
mod home;
mod journal;
mod lock;
mod record;
mod redact;
mod removal;
mod secret;
mod secrets;

pub use certificate::{
    Certificate, CertificateError, CheckedPair, Renewal, check_own_pair, ensure_certificate,
    issue_certificate,
};
pub use draft::{read_draft, remove_draft, save_draft};
pub use file::FileError;
pub use home::{Folder, Home, HomeError, NameError, check_name};
pub use journal::{Journal, JournalError, LastRun, Outcome, StepMark};
pub use lock::{Holder, Lock, LockError, Presence};
pub use record::{Record, RecordError, read_profile, save_profile};
pub use redact::{Redacting, Redactor};
pub use removal::remove_folder;
pub use secret::{Secret, SecretKind, SecretRequest, generate};
pub use secrets::{Backup, CREDENTIAL, KeyPair, Secrets, SecretsError};
