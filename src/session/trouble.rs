//! Why a command cannot go on, with everything to show and the exit code.

use crate::checks;
use crate::diagnostic::{Diagnostic, Severity, sentence};
use crate::engine::EngineError;
use crate::profile::Rejected;

/// Sort of trouble; decides the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Something did not work. Exit code 1.
    Failed,
    /// The command line, the profile or a file is wrong. Exit code 2.
    Input,
    /// A finding forbids to start, or the operator said no. Exit code 3.
    Blocked,
    /// Another run is at work on this deployment. Exit code 4.
    Busy,
    /// The engine cannot be used. Exit code 5.
    Engine,
}

impl Kind {
    /// The program's exit code.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Failed => 1,
            Self::Input => 2,
            Self::Blocked => 3,
            Self::Busy => 4,
            Self::Engine => 5,
        }
    }
}

/// What stopped a command.
#[derive(Debug)]
pub struct Trouble {
    /// Sort.
    pub kind: Kind,
    /// What to show.
    pub findings: Vec<Diagnostic>,
    /// Text of the file that the findings speak of.
    pub text: String,
}

impl Trouble {
    /// Trouble with one finding.
    pub fn new(kind: Kind, finding: Diagnostic) -> Self {
        Self {
            kind,
            findings: vec![finding],
            text: String::new(),
        }
    }

    /// Trouble with several findings.
    pub fn all(kind: Kind, findings: Vec<Diagnostic>) -> Self {
        Self {
            kind,
            findings,
            text: String::new(),
        }
    }
}

impl From<Box<Rejected>> for Trouble {
    fn from(rejected: Box<Rejected>) -> Self {
        Self {
            kind: Kind::Input,
            findings: rejected.diagnostics,
            text: rejected.source.text,
        }
    }
}

impl From<EngineError> for Trouble {
    fn from(error: EngineError) -> Self {
        if matches!(
            error,
            EngineError::Unreachable { .. }
                | EngineError::NoRights { .. }
                | EngineError::TooOld { .. }
                | EngineError::Settings { .. }
        ) {
            return Self::new(Kind::Engine, checks::no_engine(&error).diagnostic);
        }
        let finding = Diagnostic::new("E-5009", Severity::Block, sentence(&error.to_string()))
            .help("The engine answers, but would not do this. Run the same command again; if it stays like this, the engine's own words above say what is in the way.");
        Self::new(Kind::Failed, finding)
    }
}
