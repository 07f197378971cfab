//! A refusal to start, in the form in which a .NET program leaves it.

use std::process::ExitCode;

use super::log;

/// The exit code of a process that ends by SIGABRT, as .NET does after an unhandled exception; the shell that starts
/// the real program hands it on.
const ABORTED: u8 = 134;

/// Why a stand-in does not start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crash {
    exception: &'static str,
    message: String,
}

impl Crash {
    /// A crash by an exception of that .NET type.
    pub fn new(exception: &'static str, message: impl Into<String>) -> Self {
        Self {
            exception,
            message: message.into(),
        }
    }

    /// A setting that is missing or makes no sense.
    pub fn setting(message: impl Into<String>) -> Self {
        Self::new("System.InvalidOperationException", message)
    }

    /// What went wrong.
    #[cfg(test)]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Writes the exception to standard error and gives the exit code.
    pub fn report(&self) -> ExitCode {
        log::complain(&format!(
            "Unhandled exception. {}: {}",
            self.exception, self.message
        ));
        ExitCode::from(ABORTED)
    }
}
