//! The steps from what runs now to the stack, each with its cause. Pure data; this is the preview.

mod compare;
mod labels;
mod make;
mod rolling;
mod spec;
mod text;

pub use labels::{LABEL_SECRETS, LABEL_SERVICE, network_spec, volume_labels, volume_spec};
pub use make::plan;
pub use rolling::{SPARE, service, spare};
pub use spec::{STAMP, container_spec, files_to_place, read_stamp, registration_spec};

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::diagnostic::{Diagnostic, Severity};
use crate::engine::{ImageInfo, Observed};

/// What was found before planning.
#[derive(Debug, Clone, Default)]
pub struct Observation {
    /// What carries the deployment's label.
    pub engine: Observed,
    /// Each wanted image: on the engine, or not.
    pub images: BTreeMap<String, Option<ImageInfo>>,
    /// Services whose container runs but whose probe failed, with its last words.
    pub not_serving: BTreeMap<String, String>,
    /// Files that a service took in while it ran, each path with its fingerprint, by service. Only the
    /// gateway takes files in, and only those of its containers tell that this version made.
    pub live_files: BTreeMap<String, BTreeMap<String, String>>,
    /// What is in the databases; none while their servers do not run.
    pub databases: Option<DatabaseState>,
}

/// What is in the databases.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DatabaseState {
    /// Names of the databases, by service.
    pub databases: BTreeMap<String, BTreeSet<String>>,
    /// Extensions that each database has, by their marks; by service and database.
    pub extended: BTreeMap<String, BTreeMap<String, BTreeSet<String>>>,
    /// Instances we wrote: name and fingerprint of what we wrote.
    pub instances: BTreeMap<String, String>,
    /// Clients we wrote: name and fingerprint of what we wrote.
    pub clients: BTreeMap<String, String>,
    /// Fingerprint of the client that we registered with the Admin API, if it is there still.
    pub administrator: Option<String>,
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub enum Action {
    /// Get an image.
    Pull {
        /// Complete image name.
        image: String,
    },
    /// Make the network.
    CreateNetwork {
        /// Name.
        network: String,
    },
    /// Make a volume for data.
    CreateVolume {
        /// Name.
        volume: String,
    },
    /// Stop and remove a container. Data is in volumes and stays.
    RemoveContainer {
        /// Container name.
        container: String,
        /// Its service.
        service: String,
    },
    /// Make a container and place its files.
    CreateContainer {
        /// Service.
        service: String,
    },
    /// Start a service and wait until it serves.
    Start {
        /// Service.
        service: String,
    },
    /// Place the gateway's files anew and let it take them in while it goes on serving. Requests that
    /// run are finished first.
    Reload {
        /// The gateway's service.
        service: String,
        /// The copies of the API that alone get requests from then on; all of them where none is named.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        only: Vec<String>,
    },
    /// Make databases and write rows, as far as they are missing.
    PrepareDatabases {
        /// Instances that the profile no longer has: their entries go, their databases stay.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        detach: Vec<String>,
    },
    /// Register our client with the Admin API, through a container that is there for that only.
    RegisterAdminClient {
        /// The Admin API's service.
        service: String,
    },
    /// Ask the platform real questions through the gateway.
    Verify,
}

impl Action {
    /// The service this is about, if it is about one.
    pub fn service(&self) -> Option<&str> {
        match self {
            Self::RemoveContainer { service, .. }
            | Self::CreateContainer { service }
            | Self::Start { service }
            | Self::RegisterAdminClient { service }
            | Self::Reload { service, .. } => Some(service),
            _ => None,
        }
    }
}

/// A step with its cause and place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// Stable name, as in `start:api`.
    pub id: String,
    /// What to do.
    #[serde(flatten)]
    pub action: Action,
    /// Why, one or more reasons.
    pub causes: Vec<String>,
    /// Steps that must be done before.
    pub after: Vec<String>,
    /// Whether people notice: a running service goes away for a moment.
    pub interrupts: bool,
}

/// The way from what is to what should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// The deployment.
    pub deployment: String,
    /// What to do, each step after those it waits for.
    pub steps: Vec<Step>,
    /// Services that stay as they are.
    pub unchanged: Vec<String>,
    /// What stands in the way or should be known.
    pub findings: Vec<Diagnostic>,
}

impl Plan {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Findings that forbid starting.
    pub fn blocks(&self) -> impl Iterator<Item = &Diagnostic> {
        self.findings
            .iter()
            .filter(|finding| finding.severity == Severity::Block)
    }

    /// The step of that name.
    pub fn step(&self, id: &str) -> Option<&Step> {
        self.steps.iter().find(|step| step.id == id)
    }
}
