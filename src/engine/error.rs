//! What can go wrong between us and an engine, in an operator's words.

use std::path::PathBuf;

/// A failed engine operation.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// No engine answers at the place we looked.
    #[error("no container engine answers at {endpoint}: {reason}")]
    Unreachable {
        /// Socket or address.
        endpoint: String,
        /// What the system said.
        reason: String,
    },
    /// The socket is there, but this user may not use it.
    #[error("this user may not use the container engine at {}", socket.display())]
    NoRights {
        /// The engine's socket.
        socket: PathBuf,
    },
    /// The engine is older than we can work with.
    #[error("the engine at {endpoint} speaks API {found}; {needed} or newer is needed")]
    TooOld {
        /// Socket or address.
        endpoint: String,
        /// The newest API version it speaks.
        found: String,
        /// The oldest we work with.
        needed: String,
    },
    /// The settings that say where the engine is make no sense.
    #[error("{what}: {reason}")]
    Settings {
        /// Variable, context or file.
        what: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Nothing of that name exists.
    #[error("{what} does not exist on the engine")]
    NotFound {
        /// Kind and name.
        what: String,
    },
    /// The name is taken by something that is not ours.
    #[error("the name {name} is already taken on the engine: {reason}")]
    NameTaken {
        /// The name.
        name: String,
        /// The engine's words.
        reason: String,
    },
    /// The port on this computer is in use.
    #[error("port {port} of this computer is already in use")]
    PortBusy {
        /// The port.
        port: u16,
        /// The engine's words.
        reason: String,
    },
    /// No room left on the engine's disk.
    #[error("the engine's disk is full: {reason}")]
    DiskFull {
        /// The engine's words.
        reason: String,
    },
    /// An image could not be had.
    #[error("image {reference}: {fault}")]
    Pull {
        /// The image.
        reference: String,
        /// Why not.
        fault: PullFault,
    },
    /// The engine refused for another reason.
    #[error("the engine refused to {operation} ({status}): {reason}")]
    Refused {
        /// What we asked for.
        operation: String,
        /// HTTP status of the answer.
        status: u16,
        /// The engine's words.
        reason: String,
    },
    /// The engine answered in words we do not know.
    #[error("the engine's answer when we tried to {operation} could not be understood: {reason}")]
    NotUnderstood {
        /// What we asked for.
        operation: String,
        /// What was odd about the answer.
        reason: String,
    },
    /// The connection broke while we were using it.
    #[error("the connection to the engine broke while we tried to {operation}: {reason}")]
    Broken {
        /// What we were doing.
        operation: String,
        /// The system's words.
        reason: String,
    },
}

/// Why an image could not be had. Five different messages for five different next steps.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PullFault {
    /// The registry counts requests and ours are used up (429).
    #[error("the registry's rate limit is reached")]
    RateLimited {
        /// The registry's words.
        reason: String,
    },
    /// The registry wants a login (401, 403, or "denied").
    #[error("the registry wants a login")]
    LoginNeeded {
        /// The registry's words.
        reason: String,
    },
    /// The registry has no such image or tag (404, manifest unknown).
    #[error("the registry has no image of this name and tag")]
    NoSuchTag {
        /// The registry's words.
        reason: String,
    },
    /// A proxy refused, or opened our TLS with a certificate the engine does not know.
    #[error("a proxy stands between the engine and the registry and refuses or intercepts")]
    Proxy {
        /// The engine's words.
        reason: String,
    },
    /// The registry's name does not resolve, or nothing answers there.
    #[error("the registry cannot be reached from the engine")]
    NoRoute {
        /// The engine's words.
        reason: String,
    },
    /// Nothing came for too long.
    #[error("the transfer stopped moving")]
    Stalled {
        /// Seconds without a byte.
        seconds: u64,
    },
    /// Something else, in the engine's words.
    #[error("{reason}")]
    Other {
        /// The engine's words.
        reason: String,
    },
}

impl PullFault {
    /// Whether the same request may succeed in a moment.
    pub fn worth_another_try(&self) -> bool {
        match self {
            Self::RateLimited { .. }
            | Self::NoRoute { .. }
            | Self::Stalled { .. }
            | Self::Other { .. } => true,
            Self::LoginNeeded { .. } | Self::NoSuchTag { .. } | Self::Proxy { .. } => false,
        }
    }
}
