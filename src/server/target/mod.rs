//! Which server, as whom, and how well the way there is protected.
//!
//! An operator gives fields one by one, or pastes a connection URL or the keywords that libpq takes; both
//! become [`Fields`], and these become a [`Target`] or one message for each field that will not do.
//! Rules of URLs and keywords are those of PostgreSQL's own documentation, "Connection Strings".

mod error;
mod fields;
mod keywords;
mod url;

use std::fmt;
use std::path::PathBuf;

use serde::Serialize;

use crate::deployment::Secret;

pub use error::{Field, FieldError};
pub use fields::Fields;

/// PostgreSQL's own port.
pub const PORT: u16 = 5432;

/// The database that the tool logs in to when none is named. Nothing is written to it.
pub const MAINTENANCE: &str = "postgres";

/// A server to connect to, and as whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Where it is.
    pub place: Place,
    /// The role to log in as.
    pub user: String,
    /// Its password; `None` where the server asks for none.
    pub password: Option<Secret>,
    /// The database to log in to. Others are made from there.
    pub database: String,
    /// How the way there is protected.
    pub tls: Tls,
}

impl fmt::Display for Target {
    /// As people say it, never with the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, as {}", self.place, self.user)
    }
}

/// Where a server listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A name or an address (IPv6 without brackets), and a port.
    Tcp {
        /// Name or address.
        host: String,
        /// Port.
        port: u16,
    },
    /// A socket on this computer.
    Socket {
        /// The folder it is in.
        folder: PathBuf,
        /// The port, which is part of the socket's name.
        port: u16,
    },
}

impl Place {
    /// The socket's file, as PostgreSQL names it; `None` for a port.
    pub fn socket(&self) -> Option<PathBuf> {
        match self {
            Self::Tcp { .. } => None,
            Self::Socket { folder, port } => Some(folder.join(format!(".s.PGSQL.{port}"))),
        }
    }

    /// Whether only this computer is on the way.
    pub fn stays_on_this_computer(&self) -> bool {
        match self {
            Self::Socket { .. } => true,
            Self::Tcp { host, .. } => is_loopback(host),
        }
    }
}

/// Whether a host is this computer itself, seen from itself.
pub fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.to_canonical().is_loopback())
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host, port } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Self::Tcp { host, port } => write!(f, "{host}:{port}"),
            Self::Socket { folder, port } => {
                write!(f, "the socket in {} (port {port})", folder.display())
            }
        }
    }
}

/// How a connection is protected.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tls {
    /// What is asked of the connection.
    pub mode: TlsMode,
    /// File with the authorities to believe; without it, those that this computer trusts.
    pub authority: Option<PathBuf>,
    /// What we show of ourselves, where the server asks for that.
    pub identity: Option<Identity>,
}

/// A client certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// File with the certificate, and those of the authorities in between.
    pub certificate: PathBuf,
    /// File with its private key.
    pub key: PathBuf,
}

/// How much is asked of a connection; the names are libpq's and Npgsql's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TlsMode {
    /// Never encrypted.
    Disable,
    /// Encrypted if the server offers it.
    Prefer,
    /// Encrypted, whoever answers.
    Require,
    /// Encrypted, and the server's certificate is from an authority that is believed.
    VerifyCa,
    /// The same, and the certificate is for the name that was asked for.
    #[default]
    VerifyFull,
}

impl TlsMode {
    /// Every mode, the weakest first.
    pub const ALL: [Self; 5] = [
        Self::Disable,
        Self::Prefer,
        Self::Require,
        Self::VerifyCa,
        Self::VerifyFull,
    ];

    /// The word for it, as libpq and the command line take it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Disable => "disable",
            Self::Prefer => "prefer",
            Self::Require => "require",
            Self::VerifyCa => "verify-ca",
            Self::VerifyFull => "verify-full",
        }
    }

    /// The mode of that word, whatever its case; Npgsql's spellings without a hyphen count, too.
    pub fn of_word(word: &str) -> Option<Self> {
        let plain = word.to_ascii_lowercase().replace(['-', '_'], "");
        Self::ALL
            .into_iter()
            .find(|mode| mode.word().replace('-', "") == plain)
    }

    /// What it protects against, and what not. One or two sentences, to be read aloud.
    pub fn protects(self) -> &'static str {
        match self {
            Self::Disable => {
                "Protects against nothing: whoever can listen on the way reads every student's data."
            }
            Self::Prefer => {
                "Protects against nothing for sure: somebody on the way can switch the encryption off unseen."
            }
            Self::Require => {
                "Protects against listening, but not against somebody on the way who answers in the server's place."
            }
            Self::VerifyCa => {
                "Protects against listening, and against servers without a certificate from your authority. \
                 Any server with such a certificate could answer in this one's place."
            }
            Self::VerifyFull => {
                "Protects against listening, and against anybody who answers in the server's place."
            }
        }
    }

    /// Whether the server's certificate has to be believed.
    pub fn verifies(self) -> bool {
        self >= Self::VerifyCa
    }
}

impl fmt::Display for TlsMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

#[cfg(test)]
mod tests;
