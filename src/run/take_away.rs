//! Taking containers and networks away. Data is in volumes, and nothing here can touch those.

use std::fmt;
use std::time::Duration;

use crate::engine::{Engine, EngineError, ObservedContainer, Phase, Result};
use crate::plan::LABEL_SERVICE;

/// Time a service gets to end by itself; a database needs it to write everything down.
const GRACE: Duration = Duration::from_mins(1);

/// One thing that was to be taken away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// A container is gone.
    Container(String),
    /// A network is gone.
    Network(String),
    /// A network stays, because something that is not ours still uses it.
    NetworkKept {
        /// Its name.
        network: String,
        /// The engine's words.
        reason: String,
    },
}

impl fmt::Display for Taken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Container(name) => write!(f, "removed container {name}"),
            Self::Network(name) => write!(f, "removed network {name}"),
            Self::NetworkKept { network, reason } => write!(
                f,
                "the network {network} stays, because something that is not ours still uses it ({reason})"
            ),
        }
    }
}

/// Stops and removes containers, those that others need last, then networks. `report` hears of each.
pub async fn take_away<E: Engine>(
    engine: &E,
    containers: &[&ObservedContainer],
    networks: &[&str],
    report: &(dyn Fn(Taken) + Send + Sync),
) -> Result<()> {
    let is_database = |container: &&ObservedContainer| {
        let service = container.labels.get(LABEL_SERVICE);
        service.is_some_and(|service| service.starts_with("db-"))
    };
    let (last, first): (Vec<&ObservedContainer>, Vec<&ObservedContainer>) =
        containers.iter().copied().partition(is_database);
    for group in [first, last] {
        let work = group.iter().map(|container| async {
            if matches!(
                container.state.phase,
                Phase::Running | Phase::Restarting | Phase::Paused
            ) {
                engine.stop(&container.id, GRACE).await?;
            }
            engine.remove_container(&container.id).await?;
            report(Taken::Container(container.name.clone()));
            Ok::<_, EngineError>(())
        });
        futures_util::future::try_join_all(work).await?;
    }
    for network in networks {
        let network = (*network).to_owned();
        report(match engine.remove_network(&network).await {
            Ok(()) => Taken::Network(network),
            // Somebody's own container on our network is no reason to stop half-way.
            Err(EngineError::Refused { reason, .. }) => Taken::NetworkKept { network, reason },
            Err(error) => return Err(error),
        });
    }
    Ok(())
}
