//! Two networks of one name.
//!
//! Engines before API 1.44 look whether a name is taken and make the network in two steps. A program
//! that is killed while it asks for a network, and one that goes on in its place, can so make one
//! each; from then on the engine refuses everything that names it.

use bollard::errors::Error;
use bollard::query_parameters as query;

use super::{DockerEngine, faults, replies};
use crate::engine::{LABEL_DEPLOYMENT, Result};

/// Whether the engine refused because a name means two things.
pub(super) fn is_ambiguous(error: &Error) -> bool {
    matches!(error, Error::DockerResponseServerError { message, .. } if message.contains("is ambiguous"))
}

impl DockerEngine {
    /// Removes all networks that a container's network could mean, but the oldest: a container that
    /// ran before there were two belongs to that one.
    pub(super) async fn remove_twins(&self, container: &str) -> Result<()> {
        let inspected = self
            .client
            .inspect_container(container, None::<query::InspectContainerOptions>)
            .await;
        let network = inspected
            .ok()
            .and_then(|inspected| inspected.host_config?.network_mode)
            .unwrap_or_default();
        for twin in self.same_name(&network).await?.into_iter().skip(1) {
            // What cannot be removed shows when the container is started again.
            let _ = self.client.remove_network(&twin.id).await;
        }
        Ok(())
    }

    /// Removes every network of ours with that name.
    pub(super) async fn remove_all_of(
        &self,
        network: &str,
    ) -> Result<std::result::Result<(), Error>> {
        for twin in self.same_name(network).await? {
            match self.client.remove_network(&twin.id).await {
                Err(error) if !faults::is_missing(&error) => return Ok(Err(error)),
                _ => {}
            }
        }
        Ok(Ok(()))
    }

    /// Networks of ours with that name, the oldest first.
    async fn same_name(&self, network: &str) -> Result<Vec<replies::Network>> {
        let mut networks = self.networks(LABEL_DEPLOYMENT).await?;
        networks.retain(|other| other.name == network);
        networks.sort_by(|one, other| one.created.cmp(&other.created));
        Ok(networks)
    }
}
