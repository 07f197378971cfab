//! An engine's errors, told apart. Engines speak in sentences; the wordings below were collected
//! from Docker 20.10 to 29, Docker Desktop and Podman 4 and 5.

use std::io;
use std::path::PathBuf;

use bollard::errors::Error;

use super::environment::Address;
use crate::engine::{EngineError, PullFault};

/// The connection did not come about: nothing has been asked yet.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Dial(pub io::Error);

/// What we were about to do, and with what: the words of the error.
#[derive(Debug, Clone)]
pub(super) struct Attempt<'a> {
    /// Completes "we tried to …".
    pub operation: String,
    /// Kind and name of what must exist for it.
    pub subject: String,
    /// The name that it would take.
    pub takes_name: Option<&'a str>,
}

impl<'a> Attempt<'a> {
    pub fn new(operation: impl Into<String>, subject: impl Into<String>) -> Self {
        Self {
            operation: operation.into(),
            subject: subject.into(),
            takes_name: None,
        }
    }

    pub fn takes(mut self, name: &'a str) -> Self {
        self.takes_name = Some(name);
        self
    }

    /// The typed error for what bollard or the wire reported.
    pub fn failed(&self, address: &Address, error: Error) -> EngineError {
        let broken = |reason: String| EngineError::Broken {
            operation: self.operation.clone(),
            reason,
        };
        match error {
            Error::DockerResponseServerError {
                status_code,
                message,
            } => self.refused(status_code, message),
            Error::DockerStreamError { error } => self.refused(0, error),
            Error::SocketNotFoundError(path) => unreachable(address, &format!("{path} is missing")),
            Error::IOError { err } => match dial_error(&err) {
                Some(dial) => dial_failed(address, dial),
                None => broken(with_causes(&err)),
            },
            Error::RequestTimeoutError => broken("it did not answer in time".to_owned()),
            Error::JsonDataError { message, .. } => self.not_understood(message),
            Error::JsonSerdeError { err } => self.not_understood(err.to_string()),
            other => broken(with_causes(&other)),
        }
    }

    fn not_understood(&self, reason: String) -> EngineError {
        EngineError::NotUnderstood {
            operation: self.operation.clone(),
            reason,
        }
    }

    fn refused(&self, status: u16, reason: String) -> EngineError {
        if is_disk_full(&reason) {
            return EngineError::DiskFull { reason };
        }
        if let Some(port) = busy_port(&reason) {
            return EngineError::PortBusy { port, reason };
        }
        match (status, self.takes_name) {
            (404, _) => EngineError::NotFound {
                what: self.subject.clone(),
            },
            // Podman says 500 and the same in words.
            (_, Some(name)) if status == 409 || reason.contains("name is already in use") => {
                EngineError::NameTaken {
                    name: name.to_owned(),
                    reason,
                }
            }
            _ => EngineError::Refused {
                operation: self.operation.clone(),
                status,
                reason,
            },
        }
    }
}

/// Whether the engine answered that the thing is not there.
pub(super) fn is_missing(error: &Error) -> bool {
    matches!(
        error,
        Error::DockerResponseServerError {
            status_code: 404,
            ..
        }
    )
}

/// Whether the engine answered with this status.
pub(super) fn has_status(error: &Error, status: u16) -> bool {
    matches!(error, Error::DockerResponseServerError { status_code, .. } if *status_code == status)
}

/// The sentence in an engine's error body, which is `{"message": …}` or bare text.
pub(super) fn message(body: &[u8]) -> String {
    #[derive(serde::Deserialize)]
    struct Body {
        message: String,
    }
    match serde_json::from_slice::<Body>(body) {
        Ok(body) => body.message,
        Err(_) => String::from_utf8_lossy(body).trim().to_owned(),
    }
}

fn dial_error(error: &io::Error) -> Option<&io::Error> {
    error
        .get_ref()?
        .downcast_ref::<Dial>()
        .map(|Dial(error)| error)
}

fn dial_failed(address: &Address, error: &io::Error) -> EngineError {
    match (address, error.kind()) {
        (Address::Unix(socket), io::ErrorKind::PermissionDenied) => EngineError::NoRights {
            socket: PathBuf::clone(socket),
        },
        (Address::Unix(_), io::ErrorKind::ConnectionRefused) => unreachable(
            address,
            "the socket is there, but no engine listens on it. Is the engine running?",
        ),
        (Address::Unix(_), io::ErrorKind::NotFound) => {
            unreachable(address, "there is no such socket. Is the engine running?")
        }
        (_, io::ErrorKind::TimedOut) => unreachable(address, "it did not answer in time"),
        _ => unreachable(address, &with_causes(error)),
    }
}

pub(super) fn unreachable(address: &Address, reason: &str) -> EngineError {
    EngineError::Unreachable {
        endpoint: address.to_string(),
        reason: reason.to_owned(),
    }
}

/// An error and what caused it, in one line, nothing said twice.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let words = error.to_string();
        if !text.contains(&words) {
            text.push_str(": ");
            text.push_str(&words);
        }
        cause = error.source();
    }
    text
}

pub(super) fn is_disk_full(reason: &str) -> bool {
    let reason = reason.to_lowercase();
    ["no space left on device", "disk quota exceeded"]
        .iter()
        .any(|words| reason.contains(words))
}

/// The port that is taken, if that is what the sentence says.
fn busy_port(reason: &str) -> Option<u16> {
    let says_busy = [
        "port is already allocated",
        "address already in use",
        "ports are not available",
        "only one usage of each socket address",
    ]
    .iter()
    .any(|words| reason.to_lowercase().contains(words));
    if !says_busy {
        return None;
    }
    // "Bind for 0.0.0.0:80 failed", "listen tcp4 0.0.0.0:80: bind", "host port for 0.0.0.0:80:172.17.0.2:8080/tcp",
    // "exposing port TCP 0.0.0.0:80 -> …", "listen tcp :80": the first number behind a colon that ends an address.
    let mut before = ' ';
    let mut rest = reason.chars();
    while let Some(character) = rest.next() {
        if character == ':' && (before.is_ascii_digit() || matches!(before, ']' | ' ' | '*')) {
            let digits: String = rest
                .as_str()
                .chars()
                .take_while(char::is_ascii_digit)
                .collect();
            if let Some(port) = digits.parse().ok().filter(|port| *port != 0) {
                return Some(port);
            }
        }
        before = character;
    }
    None
}

/// Why a pull failed, from the status of the answer (0 inside the stream) and the engine's words.
pub(super) fn pull_fault(status: u16, reason: &str) -> PullFault {
    let text = reason.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    let reason = reason.to_owned();
    if status == 429 || says(&["toomanyrequests", "too many requests", "rate limit"]) {
        PullFault::RateLimited { reason }
    } else if status == 407
        || says(&[
            "proxyconnect",
            "proxy authentication",
            "x509:",
            "certificate signed by unknown authority",
            "tls: ",
            // A filter's own page in place of the registry's answer.
            "invalid character '<'",
            "<html",
            "<!doctype",
        ])
    {
        PullFault::Proxy { reason }
    } else if says(&[
        "no such host",
        "server misbehaving",
        "name resolution",
        "i/o timeout",
        "tls handshake timeout",
        "deadline exceeded",
        "client.timeout",
        "connection refused",
        "connection reset",
        "connection timed out",
        "network is unreachable",
        "no route to host",
    ]) {
        PullFault::NoRoute { reason }
    } else if matches!(status, 401 | 403)
        || says(&[
            "denied",
            "unauthorized",
            "authentication required",
            "no basic auth credentials",
            "incorrect username or password",
            "forbidden",
        ])
    {
        PullFault::LoginNeeded { reason }
    } else if status == 404
        || says(&[
            "manifest unknown",
            "name unknown",
            "not found",
            "no matching manifest",
        ])
    {
        PullFault::NoSuchTag { reason }
    } else {
        PullFault::Other { reason }
    }
}
