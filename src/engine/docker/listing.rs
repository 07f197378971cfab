//! What is on an engine, by label.

use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::faults::{self, Attempt};
use super::{DockerEngine, inspecting, replies, transport};
use crate::engine::{ObservedContainer, Result};

/// How many containers are inspected at once.
const INSPECTIONS: usize = 8;

impl DockerEngine {
    pub(super) async fn listed(
        &self,
        all: bool,
        label: Option<&str>,
    ) -> Result<Vec<replies::ListedContainer>> {
        let filters = label.map(label_filter);
        let mut query = vec![("all", if all { "1" } else { "0" })];
        if let Some(filters) = &filters {
            query.push(("filters", filters));
        }
        let path = transport::path("/containers/json", &query);
        let attempt = Attempt::new("list its containers", "the list of containers");
        let listed = self.transport.get(&path).await;
        listed.map_err(|error| self.failed(&attempt, error))
    }

    pub(super) async fn networks(&self, label: &str) -> Result<Vec<replies::Network>> {
        let path = transport::path("/networks", &[("filters", &label_filter(label))]);
        let attempt = Attempt::new("list its networks", "the list of networks");
        let networks = self.transport.get(&path).await;
        networks.map_err(|error| self.failed(&attempt, error))
    }

    pub(super) async fn volumes(&self, label: &str) -> Result<Vec<replies::Volume>> {
        let path = transport::path("/volumes", &[("filters", &label_filter(label))]);
        let attempt = Attempt::new("list its volumes", "the list of volumes");
        let volumes = self.transport.get::<replies::Volumes>(&path).await;
        Ok(volumes
            .map_err(|error| self.failed(&attempt, error))?
            .volumes)
    }

    /// Containers with a label, each inspected. One that is removed meanwhile is left out.
    pub(super) async fn containers(&self, label: &str) -> Result<Vec<ObservedContainer>> {
        let inspections = self.listed(true, Some(label)).await?.into_iter().map(
            async |listed: replies::ListedContainer| match self.reply(&listed.id).await {
                Ok(reply) => Ok(Some(reply.observed())),
                Err(error) if faults::is_missing(&error) => Ok(None),
                Err(error) => Err(self.failed(&inspecting(&listed.name()), error)),
            },
        );
        stream::iter(inspections)
            .buffer_unordered(INSPECTIONS)
            .try_filter_map(async |container| Ok(container))
            .try_collect()
            .await
    }
}

fn label_filter(label: &str) -> String {
    serde_json::json!({ "label": [label] }).to_string()
}
