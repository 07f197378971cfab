//! What an operator can do to one service.

use std::time::Duration;

use jiff::Timestamp;

use crate::deployment::{Folder, Lock};
use crate::engine::Engine;

/// An action on a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Start it.
    Start,
    /// Stop it; it stays stopped until somebody starts it.
    Stop,
    /// Stop it and start it again.
    Restart,
}

impl Act {
    /// As in "restart api".
    pub fn verb(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Stop => "stop",
            Self::Restart => "restart",
        }
    }

    /// As in "api was restarted".
    pub fn done(self) -> &'static str {
        match self {
            Self::Start => "started",
            Self::Stop => "stopped",
            Self::Restart => "restarted",
        }
    }

    /// As in "restarting".
    pub fn doing(self) -> &'static str {
        match self {
            Self::Start => "starting",
            Self::Stop => "stopping",
            Self::Restart => "restarting",
        }
    }
}

/// Does it, holding the deployment's lock if it has a folder here, so that no `up` is at work on the same
/// containers. The error says in words why it could not be done.
pub async fn act<E: Engine>(
    engine: &E,
    folder: Option<&Folder>,
    (service, container): (&str, &str),
    act: Act,
    grace: Duration,
    now: Timestamp,
) -> Result<(), String> {
    let _lock = folder
        .filter(|folder| folder.exists())
        .map(|folder| Lock::take(folder, &format!("dashboard, {} {service}", act.verb()), now))
        .transpose()
        .map_err(|error| error.to_string())?;
    if matches!(act, Act::Stop | Act::Restart) {
        engine
            .stop(container, grace)
            .await
            .map_err(|error| error.to_string())?;
    }
    if matches!(act, Act::Start | Act::Restart) {
        engine
            .start(container)
            .await
            .map_err(|error| error.to_string())?;
    }
    Ok(())
}
