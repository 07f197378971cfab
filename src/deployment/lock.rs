//! Only one run at a time may change a deployment.
//!
//! The lock is the operating system's, so it is gone when its holder is, however that ended. What
//! is written into the file serves only to tell the next one who is at work.

use std::fs::{self, File, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};

use super::file::{self, FileError};
use super::home::Folder;
use crate::diagnostic::{Diagnostic, Severity};

/// How often a lock whose holder cannot be named is tried again, and how long in between: its
/// holder may be between taking the lock and writing who it is, or ending this moment.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_millis(10);
/// Start times of processes are known to the second, and clocks are adjusted.
const SLACK_SECONDS: u64 = 2;

/// The right to change one deployment, until it is dropped.
#[derive(Debug)]
pub struct Lock {
    file: File,
    folder: Folder,
}

/// Who has the lock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Number of the process.
    pub pid: u32,
    /// Since when.
    pub since: Timestamp,
    /// What it was started to do, as in `up demo`.
    pub command: String,
    /// Name of its computer.
    pub computer: String,
}

/// Whether the process that says it has the lock can be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// It runs on this computer.
    Running,
    /// It does not run on this computer, or in a container it cannot be seen from here.
    NotSeen,
    /// It runs on another computer that shares this folder.
    Elsewhere,
}

/// Why the lock could not be had.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Somebody has it.
    #[error("deployment {deployment} is being changed by {}", told(holder.as_ref()))]
    Held {
        /// The deployment.
        deployment: String,
        /// Who, if that can be read, and whether it still lives.
        holder: Option<(Holder, Presence)>,
    },
    /// The folder or the file could not be used.
    #[error(transparent)]
    File(#[from] FileError),
}

fn told(holder: Option<&(Holder, Presence)>) -> String {
    let Some((holder, presence)) = holder else {
        return "another run of edfi-setup".to_owned();
    };
    let Holder {
        pid,
        since,
        command,
        computer,
    } = holder;
    let who = format!("\"edfi-setup {command}\" (process {pid}, since {since:.0})");
    match presence {
        Presence::Running => format!("{who}, which is running"),
        Presence::NotSeen => format!("{who}, which cannot be seen from here"),
        Presence::Elsewhere => format!("{who} on the computer {computer}"),
    }
}

impl LockError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Held { .. } => "E-2021",
            Self::File(error) => error.code(),
        }
    }

    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            Self::Held {
                holder: Some((holder, Presence::Running)),
                ..
            } => format!(
                "Wait until it has finished, or end it with: kill {}. Then run the same command \
                 again; it goes on where that one stopped.",
                holder.pid
            ),
            Self::Held { .. } => "Wait until it has finished, then run the same command again. \
                                  Nothing has to be deleted: the lock goes when its holder ends."
                .to_owned(),
            Self::File(error) => error.help(),
        }
    }

    /// The same as a finding.
    pub fn diagnostic(&self) -> Diagnostic {
        Diagnostic::new(self.code(), Severity::Block, self.to_string()).help(self.help())
    }
}

impl Lock {
    /// Takes the lock of a deployment, making its folder if need be, and clears away what killed
    /// runs left half-written. `command` is what the operator asked for, without secrets.
    pub fn take(folder: &Folder, command: &str, now: Timestamp) -> Result<Self, LockError> {
        folder.make()?;
        let path = folder.lock();
        let failed = |error: std::io::Error| FileError::from_io("lock", &path, &error);
        let mut holder = None;
        for attempt in 0..TRIES {
            if attempt > 0 {
                std::thread::sleep(PAUSE);
            }
            let mut file = file::open_or_make(&path)?;
            match file.try_lock() {
                Ok(()) => {
                    // Deleted or replaced in the meantime: others would lock another file.
                    if !is_still_at(&path, &file) {
                        continue;
                    }
                    sign(&mut file, command, now).map_err(failed)?;
                    file::sweep(folder.path())?;
                    return Ok(Self {
                        file,
                        folder: folder.clone(),
                    });
                }
                Err(TryLockError::WouldBlock) => {
                    holder = read_holder(&mut file).map(|holder| {
                        let presence = presence(&holder);
                        (holder, presence)
                    });
                    if matches!(holder, Some((_, Presence::Running | Presence::Elsewhere))) {
                        break;
                    }
                }
                Err(TryLockError::Error(error)) => return Err(failed(error).into()),
            }
        }
        Err(LockError::Held {
            deployment: folder.name().to_owned(),
            holder,
        })
    }

    /// Who is changing the deployment this moment; for commands that only look. `None` also when
    /// that cannot be told.
    pub fn holder(folder: &Folder) -> Option<(Holder, Presence)> {
        let mut file = file::open(&folder.lock(), fs::OpenOptions::new().read(true)).ok()??;
        match file.try_lock_shared() {
            Err(TryLockError::WouldBlock) => {}
            Ok(()) | Err(TryLockError::Error(_)) => return None,
        }
        let holder = read_holder(&mut file)?;
        let presence = presence(&holder);
        Some((holder, presence))
    }

    /// The folder of the deployment that may be changed.
    pub fn folder(&self) -> &Folder {
        &self.folder
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Only tidiness: the lock itself goes with the file handle, the name with the next holder.
        let _ = self.file.set_len(0);
    }
}

fn is_still_at(path: &Path, file: &File) -> bool {
    match (fs::symlink_metadata(path), file.metadata()) {
        (Ok(there), Ok(ours)) => (there.dev(), there.ino()) == (ours.dev(), ours.ino()),
        _ => false,
    }
}

fn sign(file: &mut File, command: &str, now: Timestamp) -> std::io::Result<()> {
    let holder = Holder {
        pid: std::process::id(),
        since: now,
        command: command.to_owned(),
        computer: System::host_name().unwrap_or_default(),
    };
    file.set_len(0)?;
    file.seek(SeekFrom::Start(0))?;
    file.write_all(&serde_json::to_vec(&holder)?)
}

fn read_holder(file: &mut File) -> Option<Holder> {
    let mut text = Vec::new();
    file.take(64 * 1024).read_to_end(&mut text).ok()?;
    serde_json::from_slice(&text).ok()
}

fn presence(holder: &Holder) -> Presence {
    if System::host_name().is_ok_and(|here| here != holder.computer) {
        return Presence::Elsewhere;
    }
    let pid = Pid::from_u32(holder.pid);
    let Ok(mut system) = System::new() else {
        return Presence::NotSeen;
    };
    let _ = system.refresh_processes_specifics(
        ProcessesToUpdate::Some(&[pid]),
        true,
        ProcessRefreshKind::nothing(),
    );
    // A process that began after the lock was taken only inherited the number.
    let latest = u64::try_from(holder.since.as_second())
        .unwrap_or_default()
        .saturating_add(SLACK_SECONDS);
    match system.process(pid) {
        Some(process) if process.start_time() <= latest => Presence::Running,
        _ => Presence::NotSeen,
    }
}
