//! What must exist for a profile: services, volumes, a network, files, databases, rows. Pure data.
//!
//! A stack is made from profile + catalog + secrets + certificate and from nothing else: no clock,
//! no engine, no network. The same input gives the same stack, byte by byte.

mod admin_api;
mod build;
mod cache;
mod dialect;
mod error;
#[cfg(test)]
pub mod example;
mod gateway;
mod image;
mod instances;
mod parts;
mod picture;
mod pools;
mod probe;
mod secrets;
mod settings;
mod template;

pub use admin_api::{AdminApi, AdminClient, REGISTRATION};
pub use build::{StackInput, build};
pub use error::StackError;
pub use image::image_reference;
pub use secrets::{ADMIN_API_KEY, ADMIN_API_SECRET, client_secrets, secret_requests};
pub use template::TemplateError;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use indexmap::IndexMap;

use crate::catalog::Dialect;
use crate::deployment::Secret;
use crate::engine::{Asset, FileSpec, HealthCheck, PublishedPort, VolumeMount};
use crate::extension::{Extension, Script};
use crate::profile::UseCase;

/// Name of the gateway's service; certificates carry it too.
pub const GATEWAY: &str = "gateway";
/// The file in the gateway that says where requests for the API go.
pub const GATEWAY_SWITCH: &str = gateway::SWITCH;

/// Everything one deployment needs.
#[derive(Debug, Clone)]
pub struct Stack {
    /// Name of the deployment.
    pub deployment: String,
    /// Who uses it.
    pub use_case: UseCase,
    /// ODS/API release.
    pub release: String,
    /// Data standard.
    pub data_standard: String,
    /// Name of the network.
    pub network: String,
    /// Volumes, by name.
    pub volumes: BTreeMap<String, Volume>,
    /// Services by name, each after those it needs.
    pub services: IndexMap<String, Service>,
    /// Databases and rows.
    pub databases: Databases,
    /// By what others administer it, if by anything.
    pub admin_api: Option<AdminApi>,
    /// How it is reached.
    pub access: Access,
    /// How long the platform may take from "every service serves" to right answers.
    pub verify_patience: Duration,
    /// Public name of the secrets these services are configured with.
    pub secrets_id: String,
    /// Names of earlier secret sets whose data was taken over.
    pub adopted_secrets: Vec<String>,
    /// Seconds since 1970 at which the server certificate ends, if we know.
    pub certificate_until: Option<i64>,
}

impl Stack {
    /// Name of a service's container, as Compose would name it.
    pub fn container_name(&self, service: &str) -> String {
        container_name(&self.deployment, service)
    }

    /// A gateway's files with which it sends requests for the API to these copies only; to every copy
    /// where none is named.
    pub fn gateway_files(&self, gateway: &Service, only: &[String]) -> Vec<FileSpec> {
        gateway::files_for(self, gateway, only)
    }

    /// Memory that all services typically use together, megabytes.
    pub fn memory_mb(&self) -> u64 {
        self.services
            .values()
            .map(|service| service.memory_mb)
            .sum()
    }

    /// Disk space that images and first data take together, megabytes, rounded up.
    pub fn disk_mb(&self) -> u64 {
        const FIRST_DATA: u64 = 500;
        const EACH_CLONE: u64 = 100;
        let images: u64 = self.services.values().map(|service| service.image_mb).sum();
        let data = self.volumes.len() as u64 * FIRST_DATA;
        let clones = self
            .databases
            .wanted
            .iter()
            .filter(|database| !matches!(database.fill, Fill::Dump(_)))
            .count() as u64;
        images + data + clones * EACH_CLONE
    }

    /// The image names, each once.
    pub fn images(&self) -> Vec<String> {
        let mut seen = HashSet::new();
        let images = self.services.values().map(|service| &service.image);
        images
            .filter(|image| seen.insert(*image))
            .cloned()
            .collect()
    }
}

/// Name of a service's container in a deployment, as Compose would name it.
pub fn container_name(deployment: &str, service: &str) -> String {
    format!("{deployment}-{service}-1")
}

/// A volume with data that outlives every container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Volume {
    /// The service that writes to it.
    pub service: String,
    /// What it holds, for people.
    pub holds: String,
}

/// One program in a container.
#[derive(Debug, Clone)]
pub struct Service {
    /// Name on the network and in every message.
    pub name: String,
    /// Its image's role in the catalog: several services may have the same.
    pub role: String,
    /// Further names on the network; copies of a program share one.
    pub aliases: Vec<String>,
    /// What the container runs, where it is not what its image says by itself.
    pub command: Vec<String>,
    /// What it is, for people.
    pub title: String,
    /// Complete image name.
    pub image: String,
    /// Environment.
    pub env: BTreeMap<String, EnvValue>,
    /// Files placed before the first start.
    pub files: Vec<FileSpec>,
    /// Programs placed before the first start, which are no secret.
    pub assets: Vec<Asset>,
    /// Volumes.
    pub mounts: Vec<VolumeMount>,
    /// Ports on the engine's machine.
    pub ports: Vec<PublishedPort>,
    /// Services that must serve before this one starts.
    pub needs: Vec<String>,
    /// The engine's calm health check.
    pub health: HealthCheck,
    /// Our own question while it starts.
    pub probe: Probe,
    /// Typical memory, megabytes.
    pub memory_mb: u64,
    /// Size of its image, megabytes.
    pub image_mb: u64,
    /// Log driver options (json-file).
    pub log_options: BTreeMap<String, String>,
    /// Whether it needs a small init as first process.
    pub init: bool,
    /// Time between the polite and the final signal when it is stopped.
    pub stop_grace: Duration,
}

/// A value of a service's environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvValue {
    /// The value.
    pub value: Secret,
    /// Whether it holds a secret and must not be shown.
    pub secret: bool,
}

impl EnvValue {
    /// The value for people.
    pub fn shown(&self) -> &str {
        if self.secret {
            "[secret]"
        } else {
            self.value.expose()
        }
    }
}

/// How we find out, from inside the container, whether a service really serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// One program call that succeeds as soon as the service serves. It runs inside the service's
    /// own container, in a loop of ours.
    pub command: Vec<String>,
    /// TCP port that the program asks at; while nothing listens there, asking is in vain.
    pub port: u16,
    /// The same for people, as in "answers on /health".
    pub question: String,
    /// How long it may take, from the start.
    pub patience: Duration,
}

/// How the outside reaches the deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// Host name.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Address listened on.
    pub listen: String,
    /// First part of the API's address.
    pub path: String,
    /// The authority to trust, PEM; none when browsers know it already.
    pub authority_pem: Option<String>,
    /// Whether Swagger UI is there.
    pub swagger: bool,
    /// Whether Sandbox Admin is there.
    pub sandbox_admin: bool,
}

impl Access {
    /// `https://host` or `https://host:port`.
    pub fn base(&self) -> String {
        let host = if self.host.contains(':') {
            format!("[{}]", self.host)
        } else {
            self.host.clone()
        };
        if self.port == 443 {
            format!("https://{host}")
        } else {
            format!("https://{host}:{}", self.port)
        }
    }

    /// The API's address, without a slash at the end.
    pub fn api(&self) -> String {
        format!("{}/{}", self.base(), self.path)
    }
}

/// Databases that must exist and rows that must be in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Databases {
    /// Login with all rights.
    pub user: String,
    /// Databases by the service that keeps them.
    pub wanted: Vec<WantedDatabase>,
    /// Service with `EdFi_Admin`.
    pub admin_service: String,
    /// Extensions whose SQL belongs into them.
    pub extensions: Vec<Extension>,
    /// How the release keeps instances and clients.
    pub dialect: Dialect,
    /// Who has keys and rights of its own: each tenant; without tenants the platform as a whole.
    pub tenants: Vec<Tenant>,
    /// Instances the API serves. Empty for the sandbox: Sandbox Admin writes its own.
    pub instances: Vec<Instance>,
    /// API clients we make.
    pub clients: Vec<Client>,
    /// Sandboxes that Sandbox Admin makes, with the keys we gave it.
    pub sandboxes: Vec<Sandbox>,
}

impl Databases {
    /// A tenant by its name; without one, the platform as a whole.
    pub fn tenant(&self, name: Option<&str>) -> Option<&Tenant> {
        self.tenants
            .iter()
            .find(|tenant| tenant.name.as_deref() == name)
    }

    /// Every tenant with its instances, and the clients that may use them; in one go, since there may be
    /// a thousand of each.
    pub fn by_tenant(&self) -> Vec<Own<'_>> {
        let mut all: Vec<Own<'_>> = self
            .tenants
            .iter()
            .map(|tenant| Own {
                tenant,
                instances: Vec::new(),
                clients: Vec::new(),
            })
            .collect();
        let tenants: HashMap<Option<&str>, usize> = self
            .tenants
            .iter()
            .enumerate()
            .map(|(place, tenant)| (tenant.name.as_deref(), place))
            .collect();
        let mut instances: HashMap<&str, usize> = HashMap::new();
        for instance in &self.instances {
            let place = tenants.get(&instance.tenant.as_deref()).copied();
            if let Some((place, own)) = place.and_then(|place| Some((place, all.get_mut(place)?))) {
                instances.insert(&instance.name, place);
                own.instances.push(instance);
            }
        }
        for client in &self.clients {
            let place = instances.get(client.instance.as_str());
            if let Some(own) = place.and_then(|place| all.get_mut(*place)) {
                own.clients.push(client);
            }
        }
        all
    }

    /// The instance of that name.
    pub fn instance(&self, name: &str) -> Option<&Instance> {
        self.instances.iter().find(|instance| instance.name == name)
    }
}

/// What belongs to a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Own<'a> {
    /// The tenant.
    pub tenant: &'a Tenant,
    /// Its instances.
    pub instances: Vec<&'a Instance>,
    /// Clients that may use them.
    pub clients: Vec<&'a Client>,
}

/// Keys and rights of their own: a pair of databases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    /// Its name in addresses; none where there are no tenants.
    pub name: Option<String>,
    /// Database with its instances and clients.
    pub admin: String,
    /// Database with its claim sets.
    pub security: String,
}

/// A database of its own for one key, made by Sandbox Admin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sandbox {
    /// Name for people.
    pub name: String,
    /// Key.
    pub key: Secret,
    /// Secret.
    pub secret: Secret,
    /// Whether it is filled with sample data.
    pub populated: bool,
}

/// A database, and how to make it when it is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedDatabase {
    /// Service that keeps it.
    pub service: String,
    /// Its name.
    pub name: String,
    /// What fills it.
    pub fill: Fill,
    /// What it holds.
    pub holds: Holds,
    /// A table that exists only when it was filled.
    pub sign: String,
    /// Whether others are cloned from it, and nobody connects to it.
    pub template: bool,
}

/// What a database holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// Instances and clients.
    Admin,
    /// Claim sets.
    Security,
    /// Students, staff and schools.
    Ods,
}

impl WantedDatabase {
    /// An extension's SQL for this sort of database, and the mark that tells that all of it ran. Nothing
    /// if it has none.
    pub fn extended_by<'a>(&self, extension: &'a Extension) -> Option<(&'a [Script], String)> {
        let scripts = match self.holds {
            Holds::Admin => return None,
            Holds::Security => &extension.security,
            Holds::Ods => &extension.ods,
        };
        (!scripts.is_empty()).then(|| (scripts.as_slice(), extension.mark(scripts)))
    }
}

/// What fills a new database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fill {
    /// SQL inside the image.
    Dump(String),
    /// A template on the same server, cloned by the server itself.
    Clone(String),
    /// A database in use on the same server, copied while it goes on serving.
    Copy(String),
}

/// One ODS database that the API serves: a row in `dbo.OdsInstances`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    /// Unique name.
    pub name: String,
    /// Upstream's type column.
    pub kind: String,
    /// The tenant it belongs to, if there are tenants.
    pub tenant: Option<String>,
    /// The route value that leads to it, if addresses have one: key and value.
    pub context: Option<(String, String)>,
    /// Service that keeps its database.
    pub service: String,
    /// Its database.
    pub database: String,
    /// Where its tokens are granted, below the API's address, as in `2026/oauth/token`.
    pub token_path: String,
    /// Where its data is, below the API's address, as in `2026/data/v3`.
    pub data_path: String,
    /// How the API reaches it.
    pub connection_string: Secret,
}

/// A key and secret for a program that uses the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// Unique name.
    pub name: String,
    /// Instance it may use.
    pub instance: String,
    /// Key.
    pub key: Secret,
    /// Secret.
    pub secret: Secret,
    /// Claim set.
    pub claim_set: String,
    /// Education organizations.
    pub education_organizations: Vec<u64>,
    /// Namespace prefixes of its vendor.
    pub namespaces: Vec<String>,
}
