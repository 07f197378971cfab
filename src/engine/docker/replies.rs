//! The parts of an engine's replies that we read. Everything may be missing and unknown words are
//! allowed everywhere, since one new word from a newer engine must not hide a deployment.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

use crate::engine::{
    ContainerState, Health, ImageInfo, LABEL_DEPLOYMENT, ObservedContainer, Phase, PortOwner,
    PublishedPort,
};

/// Go writes an empty list or map as `null`.
fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// `GET /version`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Version {
    #[serde(rename = "Version")]
    pub engine: String,
    #[serde(rename = "ApiVersion")]
    pub newest_api: String,
    #[serde(rename = "MinAPIVersion")]
    pub oldest_api: String,
    #[serde(deserialize_with = "or_default")]
    pub components: Vec<Component>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Component {
    #[serde(rename = "Name", default)]
    pub name: String,
}

/// `GET /info`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Info {
    pub operating_system: String,
    pub architecture: String,
    pub mem_total: u64,
    #[serde(rename = "NCPU")]
    pub cpus: u32,
    pub docker_root_dir: String,
    #[serde(deserialize_with = "or_default")]
    pub security_options: Vec<String>,
    pub https_proxy: String,
    pub system_time: String,
}

/// One line of `GET /containers/json`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct ListedContainer {
    pub id: String,
    #[serde(deserialize_with = "or_default")]
    pub names: Vec<String>,
    #[serde(deserialize_with = "or_default")]
    pub labels: BTreeMap<String, String>,
    #[serde(deserialize_with = "or_default")]
    pub ports: Vec<ListedPort>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct ListedPort {
    #[serde(rename = "IP")]
    ip: String,
    public_port: u16,
    #[serde(rename = "Type")]
    protocol: String,
}

impl ListedContainer {
    pub fn name(&self) -> String {
        self.names
            .first()
            .map_or(self.id.as_str(), |name| name.trim_start_matches('/'))
            .to_owned()
    }

    pub fn port_owners(&self) -> impl Iterator<Item = PortOwner> + '_ {
        self.ports
            .iter()
            .filter(|port| port.public_port != 0 && matches!(port.protocol.as_str(), "tcp" | ""))
            .map(|port| PortOwner {
                host_ip: any_address(&port.ip),
                host_port: port.public_port,
                container: self.name(),
                deployment: self.labels.get(LABEL_DEPLOYMENT).cloned(),
            })
    }
}

/// An empty address in a port binding means every address.
fn any_address(ip: &str) -> String {
    if ip.is_empty() { "0.0.0.0" } else { ip }.to_owned()
}

/// `GET /containers/ID/json`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Container {
    id: String,
    name: String,
    image: String,
    restart_count: u64,
    #[serde(deserialize_with = "or_default")]
    state: State,
    #[serde(deserialize_with = "or_default")]
    config: Config,
    #[serde(deserialize_with = "or_default")]
    host_config: HostConfig,
    #[serde(deserialize_with = "or_default")]
    network_settings: NetworkSettings,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "these are the engine's own flags"
)]
struct State {
    status: String,
    running: bool,
    paused: bool,
    restarting: bool,
    #[serde(rename = "OOMKilled")]
    oom_killed: bool,
    dead: bool,
    exit_code: i64,
    error: String,
    started_at: String,
    finished_at: String,
    #[serde(alias = "Healthcheck")]
    health: Option<HealthReport>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct HealthReport {
    status: String,
    #[serde(deserialize_with = "or_default")]
    log: Vec<HealthRun>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct HealthRun {
    output: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Config {
    image: String,
    #[serde(deserialize_with = "or_default")]
    labels: BTreeMap<String, String>,
}

type Bindings = BTreeMap<String, Option<Vec<Binding>>>;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct HostConfig {
    #[serde(deserialize_with = "or_default")]
    port_bindings: Bindings,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct NetworkSettings {
    #[serde(deserialize_with = "or_default")]
    ports: Bindings,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Binding {
    host_ip: String,
    host_port: String,
}

impl Container {
    pub fn observed(self) -> ObservedContainer {
        ObservedContainer {
            state: self.state(),
            id: self.id,
            name: self.name.trim_start_matches('/').to_owned(),
            labels: self.config.labels,
            image: self.config.image,
            image_id: self.image,
        }
    }

    pub fn state(&self) -> ContainerState {
        let state = &self.state;
        let phase = state.phase();
        let health = state.health.as_ref();
        ContainerState {
            phase,
            health: health.map_or(Health::None, |health| self::health(&health.status)),
            health_output: health
                .and_then(|health| health.log.last())
                .map(|run| run.output.trim().to_owned())
                .filter(|output| !output.is_empty()),
            exit_code: matches!(phase, Phase::Exited | Phase::Dead | Phase::Restarting)
                .then_some(state.exit_code),
            oom_killed: state.oom_killed,
            error: Some(state.error.clone()).filter(|error| !error.is_empty()),
            started_at: moment(&state.started_at),
            finished_at: moment(&state.finished_at),
            restart_count: self.restart_count,
            ports: self.ports(),
        }
    }

    /// What is published now, or what will be once it is started.
    fn ports(&self) -> Vec<PublishedPort> {
        let mut ports = published(&self.network_settings.ports);
        if ports.is_empty() {
            ports = published(&self.host_config.port_bindings);
        }
        ports.sort();
        ports.dedup();
        ports
    }
}

impl State {
    /// The word if we know it, else what the flags say, which are older than the word.
    fn phase(&self) -> Phase {
        match self.status.as_str() {
            "created" | "configured" | "initialized" => Phase::Created,
            "running" | "stopping" => Phase::Running,
            "restarting" => Phase::Restarting,
            "paused" => Phase::Paused,
            "exited" | "stopped" => Phase::Exited,
            "dead" | "removing" => Phase::Dead,
            _ if self.restarting => Phase::Restarting,
            _ if self.paused => Phase::Paused,
            _ if self.running => Phase::Running,
            _ if self.dead => Phase::Dead,
            _ if moment(&self.started_at).is_none() => Phase::Created,
            _ => Phase::Exited,
        }
    }
}

/// The engine's health word; one that we do not know decides nothing.
pub(super) fn health(word: &str) -> Health {
    match word {
        "starting" => Health::Starting,
        "healthy" => Health::Healthy,
        "unhealthy" => Health::Unhealthy,
        _ => Health::None,
    }
}

/// Go's zero time means "never".
fn moment(time: &str) -> Option<String> {
    (!time.is_empty() && !time.starts_with("0001-01-01")).then(|| time.to_owned())
}

fn published(bindings: &Bindings) -> Vec<PublishedPort> {
    bindings
        .iter()
        .filter_map(|(port, bindings)| Some((tcp_port(port)?, bindings.as_ref()?)))
        .flat_map(|(container_port, bindings)| {
            bindings.iter().filter_map(move |binding| {
                Some(PublishedPort {
                    host_ip: any_address(&binding.host_ip),
                    host_port: binding.host_port.parse().ok().filter(|port| *port != 0)?,
                    container_port,
                })
            })
        })
        .collect()
}

/// The number in `8080/tcp`.
fn tcp_port(port: &str) -> Option<u16> {
    match port.split_once('/') {
        Some((number, "tcp")) => number.parse().ok(),
        Some(_) => None,
        None => port.parse().ok(),
    }
}

/// One network of `GET /networks`, or `GET /networks/NAME`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Network {
    pub name: String,
    pub id: String,
    /// In the engine's own time and form, which sorts.
    pub created: String,
    #[serde(deserialize_with = "or_default")]
    pub labels: BTreeMap<String, String>,
}

/// `GET /volumes`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Volumes {
    #[serde(deserialize_with = "or_default")]
    pub volumes: Vec<Volume>,
}

/// One volume.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Volume {
    pub name: String,
    #[serde(deserialize_with = "or_default")]
    pub labels: BTreeMap<String, String>,
}

/// `GET /images/NAME/json`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Image {
    id: String,
    size: u64,
    #[serde(deserialize_with = "or_default")]
    repo_digests: Vec<String>,
    #[serde(deserialize_with = "or_default")]
    config: ImageConfig,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ImageConfig {
    #[serde(deserialize_with = "or_default")]
    labels: BTreeMap<String, String>,
}

impl Image {
    pub fn info(self) -> ImageInfo {
        ImageInfo {
            digest: self
                .repo_digests
                .first()
                .and_then(|digest| digest.split_once('@'))
                .map(|(_, digest)| digest.to_owned()),
            id: self.id,
            size_bytes: self.size,
            labels: self.config.labels,
        }
    }
}

/// What a creation gives back.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Created {
    pub id: String,
}

/// One line of `GET /events`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Event {
    #[serde(rename = "Action")]
    pub action: String,
    #[serde(rename = "Actor", deserialize_with = "or_default")]
    pub actor: Actor,
    pub time: i64,
    #[serde(rename = "HealthStatus")]
    pub health_status: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Actor {
    #[serde(rename = "ID")]
    pub id: String,
    #[serde(deserialize_with = "or_default")]
    pub attributes: BTreeMap<String, String>,
}

/// One line of `GET /containers/ID/stats`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Stats {
    pub read: String,
    #[serde(rename = "cpu_stats", deserialize_with = "or_default")]
    pub cpu: CpuStats,
    #[serde(rename = "memory_stats", deserialize_with = "or_default")]
    pub memory: MemoryStats,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct CpuStats {
    #[serde(rename = "cpu_usage", deserialize_with = "or_default")]
    pub usage: CpuUsage,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct CpuUsage {
    #[serde(rename = "total_usage")]
    pub total_nanos: u64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct MemoryStats {
    pub usage: u64,
    pub limit: u64,
    #[serde(deserialize_with = "or_default")]
    pub stats: MemoryDetail,
}

/// The first name is that of control groups 1, the second that of both.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct MemoryDetail {
    pub total_inactive_file: Option<u64>,
    pub inactive_file: Option<u64>,
}
