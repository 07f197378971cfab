//! Finding an engine and settling the API version with it.

use std::path::PathBuf;
use std::time::Duration;

use bollard::ClientVersion;

use super::environment::{self, Address, Environment, Place};
use super::faults::Attempt;
use super::transport::Transport;
use super::{DockerEngine, replies};
use crate::engine::{EngineError, Pace, Result};

/// The oldest API version that will do: Docker 20.10, Podman 4.
pub const OLDEST_API: (usize, usize) = (1, 41);

impl DockerEngine {
    /// Finds the engine by the docker command's own rules and settles the API version with it.
    pub async fn connect(environment: &Environment) -> Result<Self> {
        let places = environment::places(environment)?;
        let mut first_failure = None;
        for place in &places {
            match Self::connect_to(place, environment.config_folder()).await {
                Ok(engine) => return Ok(engine),
                // An engine that answers wrongly, or that we may not use, is worth more than "no
                // such socket" at the place before it.
                Err(error @ (EngineError::Unreachable { .. } | EngineError::NoRights { .. })) => {
                    let exists = match &place.address {
                        Address::Unix(socket) => socket.exists(),
                        Address::Tcp { .. } => true,
                    };
                    if exists || places.len() == 1 {
                        first_failure.get_or_insert(error);
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Err(first_failure.unwrap_or_else(|| nothing_found(&places)))
    }

    async fn connect_to(place: &Place, config_folder: Option<PathBuf>) -> Result<Self> {
        let transport = Transport::new(place)?;
        let attempt = Attempt::new("ask for its version", "the version");
        let failed = |error| attempt.failed(&transport.address, error);
        let version: replies::Version = transport.get("/version").await.map_err(failed)?;
        let api = settle(&version, &transport.address)?;
        let transport = transport.clone().speaking(api);
        Ok(Self {
            client: transport.client(api).map_err(failed)?,
            transport,
            found_by: place.found_by.clone(),
            api,
            is_podman: version
                .components
                .iter()
                .any(|component| component.name.starts_with("Podman")),
            engine_version: version.engine,
            config_folder,
            pull_patience: Duration::from_secs(30),
            pace: Pace::REAL,
        })
    }
}

/// The newest API version that both sides speak. An engine that has dropped all versions we know is
/// addressed in the oldest it still speaks: what we use has not changed in years.
fn settle(version: &replies::Version, address: &Address) -> Result<ClientVersion> {
    let oldest = ClientVersion {
        major_version: OLDEST_API.0,
        minor_version: OLDEST_API.1,
    };
    let Some(engines) = parse_version(&version.newest_api) else {
        return Err(EngineError::NotUnderstood {
            operation: "ask for its version".to_owned(),
            reason: format!("\"{}\" is no API version", version.newest_api),
        });
    };
    if engines < oldest {
        return Err(EngineError::TooOld {
            endpoint: address.to_string(),
            found: version.newest_api.clone(),
            needed: oldest.to_string(),
        });
    }
    let ours = *bollard::API_DEFAULT_VERSION;
    let settled = if engines < ours { engines } else { ours };
    Ok(match parse_version(&version.oldest_api) {
        Some(least) if settled < least => least,
        _ => settled,
    })
}

fn parse_version(text: &str) -> Option<ClientVersion> {
    let (major, minor) = text.split_once('.')?;
    Some(ClientVersion {
        major_version: major.parse().ok()?,
        minor_version: minor.parse().ok()?,
    })
}

fn nothing_found(places: &[Place]) -> EngineError {
    let looked_at: Vec<String> = places
        .iter()
        .map(|place| place.address.to_string())
        .collect();
    EngineError::Unreachable {
        endpoint: looked_at.first().cloned().unwrap_or_default(),
        reason: format!(
            "no engine is installed, or it is not running (looked at {})",
            looked_at.join(", ")
        ),
    }
}
