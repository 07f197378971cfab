//! Findings before anything starts: would this deployment fit on this engine?
//!
//! [`gather()`] asks the engine and this computer, [`judge()`] decides. Judging is pure: the same facts
//! give the same findings.
//!
//! Codes: `C-1…` the engine itself, `C-2…` its memory, disk and clock, `C-3…` ports, `C-4…` images.

mod gather;
mod judge;
mod sockets;

use std::net::IpAddr;

use serde::Serialize;

pub use gather::gather;
pub use judge::{judge, memory, no_engine};

use crate::diagnostic::{Diagnostic, Severity};
use crate::engine::{EngineError, EngineInfo};

/// What a deployment needs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    /// The deployment's name: what it has already is not in its own way.
    pub deployment: String,
    /// Memory for all its containers, in bytes.
    pub memory_bytes: u64,
    /// Disk space for images and first data, in bytes.
    pub disk_bytes: u64,
    /// Ports it publishes.
    pub ports: Vec<WantedPort>,
    /// Images it is made from.
    pub images: Vec<String>,
}

/// A port to publish.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct WantedPort {
    /// Address, 0.0.0.0 for all.
    pub address: IpAddr,
    /// Port.
    pub port: u16,
}

/// What was found out.
#[derive(Debug)]
pub struct Facts {
    /// What the engine answered, or why it did not.
    pub engine: Result<EngineFacts, EngineError>,
}

/// What was found out from an engine that answers.
#[derive(Debug)]
pub struct EngineFacts {
    /// What it says of itself.
    pub info: EngineInfo,
    /// Free bytes where it keeps its data, if that is a disk of this computer.
    pub disk_free: Option<u64>,
    /// Its clock minus ours, in seconds, if it tells.
    pub clock_ahead: Option<i64>,
    /// The lowest port a program without root may open, where the engine has none and we can see it.
    pub lowest_port: Option<u16>,
    /// Each wanted port and who holds it.
    pub ports: Vec<(WantedPort, Holder)>,
    /// Each image and how it can be had.
    pub images: Vec<(String, ImageFact)>,
}

/// Who holds a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    /// Nobody, as far as can be seen.
    Nobody,
    /// A container.
    Container {
        /// Its name.
        name: String,
        /// Its deployment, if it is one of ours.
        deployment: Option<String>,
    },
    /// A program of this computer.
    Process {
        /// Process number.
        pid: u32,
        /// The program's name.
        name: String,
    },
    /// Somebody who cannot be seen with our rights.
    Unseen,
}

/// How an image can be had.
#[derive(Debug)]
pub enum ImageFact {
    /// It is on the engine.
    Present,
    /// The registry has it.
    Obtainable,
    /// It cannot be had, or nobody could say.
    Fault(EngineError),
}

/// One row of the table of checks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at, as in "port 443".
    pub subject: String,
    /// Whether it is as it should be.
    pub good: bool,
    /// What is to be said about it.
    #[serde(flatten)]
    pub diagnostic: Diagnostic,
}

impl Finding {
    /// A row that says all is well.
    fn good(code: &'static str, subject: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            subject: subject.into(),
            good: true,
            diagnostic: Diagnostic::new(code, Severity::Note, message),
        }
    }

    /// A row that wants attention, with what to do.
    fn bad(
        code: &'static str,
        severity: Severity,
        subject: impl Into<String>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self {
            subject: subject.into(),
            good: false,
            diagnostic: Diagnostic::new(code, severity, message).help(help),
        }
    }

    /// The row's mark: ✓ good, · good to know, ! look at it, ✗ nothing may start.
    pub fn mark(&self) -> char {
        match (self.good, self.diagnostic.severity) {
            (true, _) => '✓',
            (false, Severity::Note) => '·',
            (false, Severity::Warn) => '!',
            (false, Severity::Block) => '✗',
        }
    }

    /// Whether nothing may start before this is mended.
    pub fn blocks(&self) -> bool {
        !self.good && self.diagnostic.severity == Severity::Block
    }
}

#[cfg(test)]
mod tests;
