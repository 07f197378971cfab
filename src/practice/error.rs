//! What can go wrong while practice images are made, in an operator's words.

use std::path::PathBuf;

/// Practice images could not be made.
#[derive(Debug, thiserror::Error)]
pub enum PracticeError {
    /// Neither Debian nor Ubuntu.
    #[error(
        "practice images are made from Debian's or Ubuntu's packages, and this computer runs {found}. \
         Run this on Debian or Ubuntu, or use the real images."
    )]
    WrongSystem {
        /// What the system calls itself.
        found: String,
    },
    /// A program of the system is missing.
    #[error(
        "practice images need the program {tool}, which is not on this computer ({reason}). \
         It is part of every Debian and Ubuntu; install the package {package}."
    )]
    MissingTool {
        /// The program.
        tool: &'static str,
        /// The package that brings it.
        package: &'static str,
        /// The system's words.
        reason: String,
    },
    /// The system's package sources name no main archive.
    #[error(
        "no package source for {distribution}'s main archive was found in {}. \
         Add one there, as the system's installer would have done.", folder.display()
    )]
    NoMirror {
        /// Debian or Ubuntu.
        distribution: &'static str,
        /// Where the sources are listed.
        folder: PathBuf,
    },
    /// apt could not do what we asked for.
    #[error("apt could not {step}: {reason}")]
    Packages {
        /// What we asked for.
        step: String,
        /// apt's own words.
        reason: String,
    },
    /// The archive's PostgreSQL is too old.
    #[error(
        "the package archive for {suite} has no PostgreSQL {needed} or newer. \
         Use a newer release of the system, or the real images."
    )]
    NoPostgres {
        /// The release of the system.
        suite: String,
        /// The oldest that Ed-Fi 7.3 works with.
        needed: u32,
    },
    /// A package could not be unpacked.
    #[error("the package {package} could not be unpacked: {reason}")]
    Unpack {
        /// Its file.
        package: String,
        /// The words of dpkg-deb.
        reason: String,
    },
    /// A program needs something that the packages did not bring.
    #[error("{program} needs {needs}, and the unpacked packages do not have it")]
    Incomplete {
        /// The program.
        program: String,
        /// What it needs.
        needs: String,
    },
    /// A program is not in a form we know.
    #[error("{} is no Linux program that can go into an image: {reason}", path.display())]
    Program {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The disk refused.
    #[error("could not {operation} {}: {source}", path.display())]
    File {
        /// What we wanted.
        operation: &'static str,
        /// With which file.
        path: PathBuf,
        /// The system's words.
        source: std::io::Error,
    },
    /// The engine runs on another kind of processor.
    #[error(
        "the container engine runs on {engine} and this computer on {here}: \
         practice images made here would not start there"
    )]
    OtherProcessor {
        /// The engine's.
        engine: String,
        /// This computer's.
        here: &'static str,
    },
    /// The engine refused or went away.
    #[error("the container engine could not {operation}: {reason}")]
    Engine {
        /// What we asked for.
        operation: String,
        /// The engine's words.
        reason: String,
    },
    /// A part of the work stopped unexpectedly.
    #[error("making practice images stopped unexpectedly: {reason}")]
    Stopped {
        /// What the runtime said.
        reason: String,
    },
}

impl PracticeError {
    /// For `map_err` on file operations.
    pub(super) fn file(
        operation: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::File {
            operation,
            path,
            source,
        }
    }

    /// For `map_err` on calls to the engine.
    pub(super) fn engine(
        operation: impl Into<String>,
    ) -> impl FnOnce(bollard::errors::Error) -> Self {
        let operation = operation.into();
        move |error| Self::Engine {
            operation,
            reason: error.to_string(),
        }
    }
}

/// Runs file and processor work off the runtime's own threads.
pub(super) async fn off_runtime<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, PracticeError> + Send + 'static,
) -> Result<T, PracticeError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| PracticeError::Stopped {
            reason: error.to_string(),
        })?
}
