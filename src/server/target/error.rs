//! What is wrong with one field, in an operator's words.

use std::fmt;

use serde::Serialize;

use crate::diagnostic::{Diagnostic, Severity};

/// A field of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Field {
    /// The pasted URL or keywords as a whole.
    Url,
    /// Name, address or socket folder.
    Host,
    /// Port.
    Port,
    /// Role to log in as.
    User,
    /// Its password.
    Password,
    /// Database to log in to.
    Database,
    /// TLS mode.
    Tls,
    /// File with the authorities.
    Authority,
    /// Client certificate.
    Certificate,
    /// Its private key.
    Key,
}

impl Field {
    /// What the form calls it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Url => "Address",
            Self::Host => "Host",
            Self::Port => "Port",
            Self::User => "User",
            Self::Password => "Password",
            Self::Database => "Database",
            Self::Tls => "TLS",
            Self::Authority => "CA file",
            Self::Certificate => "Client certificate",
            Self::Key => "Client key",
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}

/// Why a field will not do. Neither sentence ever quotes a password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{message}")]
pub struct FieldError {
    /// Which one.
    pub field: Field,
    /// What is wrong, one sentence.
    pub message: String,
    /// What to do, one or more sentences.
    pub help: String,
}

impl FieldError {
    /// An error of one field.
    pub fn new(field: Field, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            field,
            message: message.into(),
            help: help.into(),
        }
    }

    /// The same as a finding.
    pub fn diagnostic(&self) -> Diagnostic {
        let mut finding = Diagnostic::new(
            "E-8001",
            Severity::Block,
            format!("{}: {}", self.field, self.message),
        )
        .help(self.help.clone());
        finding.path = Some(self.field.label().to_owned());
        finding
    }
}
