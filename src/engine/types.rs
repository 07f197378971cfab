//! Plain values that go to and come from an engine.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::deployment::Secret;

/// Label that everything we make carries; its value is the deployment's name.
pub const LABEL_DEPLOYMENT: &str = "io.edfi-setup.deployment";

/// Label of a container that does one piece of work and ends; an exported project has such.
pub const LABEL_ONCE: &str = "io.edfi-setup.once";

/// Label that every practice image carries; its value says what it was made from.
pub const LABEL_PRACTICE: &str = "io.edfi-setup.practice";

/// What an engine says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineInfo {
    /// Where it was found, as in `unix:///var/run/docker.sock`.
    pub endpoint: String,
    /// How we knew: default socket, `DOCKER_HOST`, a docker context.
    pub found_by: String,
    /// Its version, as in 20.10.24.
    pub version: String,
    /// The API version both sides speak, as in 1.41.
    pub api_version: String,
    /// Operating system as the engine names it.
    pub operating_system: String,
    /// Processor architecture, as in `x86_64`.
    pub architecture: String,
    /// Memory of the engine's machine in bytes (inside Docker Desktop, of its virtual machine).
    pub memory_bytes: u64,
    /// Processors of the engine's machine.
    pub cpus: u32,
    /// Folder on the engine's machine where it keeps its data.
    pub data_root: String,
    /// Whether the engine runs on this computer, so that its disk and ports are ours to look at.
    pub local: bool,
    /// Whether it runs without root.
    pub rootless: bool,
    /// Proxy for https that the engine itself uses (not the shell's), without credentials.
    pub https_proxy: Option<String>,
    /// The engine's clock, unix seconds, as far as it tells it.
    pub time: Option<i64>,
}

/// What carries a deployment's label on an engine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Observed {
    /// Containers, by name.
    pub containers: BTreeMap<String, ObservedContainer>,
    /// Networks, by name.
    pub networks: BTreeMap<String, ObservedNetwork>,
    /// Volumes, by name.
    pub volumes: BTreeMap<String, ObservedVolume>,
}

/// A container as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservedContainer {
    /// Engine's id.
    pub id: String,
    /// Name without the leading slash.
    pub name: String,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// Image name it was made from.
    pub image: String,
    /// Id of the image it was made from.
    pub image_id: String,
    /// State now.
    pub state: ContainerState,
}

impl ObservedContainer {
    /// Whether it had one piece of work and has done it, so that it need not run.
    pub fn is_done(&self) -> bool {
        self.labels.contains_key(LABEL_ONCE)
            && self.state.phase == Phase::Exited
            && self.state.exit_code == Some(0)
    }
}

/// A network as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservedNetwork {
    /// Engine's id.
    pub id: String,
    /// Labels.
    pub labels: BTreeMap<String, String>,
}

/// A volume as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservedVolume {
    /// Labels.
    pub labels: BTreeMap<String, String>,
}

/// The engine's word for what a container does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Made, never started.
    Created,
    /// Running.
    Running,
    /// Between two tries of the restart policy.
    Restarting,
    /// Frozen.
    Paused,
    /// Ended.
    Exited,
    /// Being removed, or beyond repair.
    Dead,
}

/// The engine's own health check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// No check, or none has run.
    None,
    /// Not decided yet.
    Starting,
    /// Passed.
    Healthy,
    /// Failed as often as allowed.
    Unhealthy,
}

/// A container's state at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerState {
    /// What it does.
    pub phase: Phase,
    /// The engine's health check.
    pub health: Health,
    /// What the last health check printed.
    pub health_output: Option<String>,
    /// Exit code of the last run, when it has ended.
    pub exit_code: Option<i64>,
    /// Whether the kernel killed it for lack of memory.
    pub oom_killed: bool,
    /// The engine's own error text, if starting failed.
    pub error: Option<String>,
    /// Start of the current or last run, RFC 3339.
    pub started_at: Option<String>,
    /// End of the last run, RFC 3339.
    pub finished_at: Option<String>,
    /// Restarts by the restart policy.
    pub restart_count: u64,
    /// Published ports.
    pub ports: Vec<PublishedPort>,
}

/// An image on the engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageInfo {
    /// Content id.
    pub id: String,
    /// Size in bytes, unpacked.
    pub size_bytes: u64,
    /// Digest under which the registry knows it, if it came from one.
    pub digest: Option<String>,
    /// Labels of the image.
    pub labels: BTreeMap<String, String>,
}

/// How far a pull is. Totals grow as layers are discovered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PullProgress {
    /// Layers seen so far.
    pub layers: u32,
    /// Layers that are complete.
    pub layers_done: u32,
    /// Bytes fetched.
    pub bytes: u64,
    /// Bytes known to be needed so far.
    pub bytes_total: u64,
}

/// A network to create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkSpec {
    /// Name.
    pub name: String,
    /// Labels.
    pub labels: BTreeMap<String, String>,
}

/// A volume to create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VolumeSpec {
    /// Name.
    pub name: String,
    /// Labels.
    pub labels: BTreeMap<String, String>,
}

/// A container to create.
#[derive(Debug, Clone)]
pub struct ContainerSpec {
    /// Name.
    pub name: String,
    /// Complete image name.
    pub image: String,
    /// Environment. Values may be secret, so `Debug` shows none of them.
    pub env: BTreeMap<String, Secret>,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// Replaces the image's entrypoint.
    pub entrypoint: Option<Vec<String>>,
    /// Replaces the image's command.
    pub command: Option<Vec<String>>,
    /// User inside the container, where the image's own will not do.
    pub user: Option<String>,
    /// Named volumes.
    pub mounts: Vec<VolumeMount>,
    /// Ports published on the engine's machine.
    pub ports: Vec<PublishedPort>,
    /// Network to join.
    pub network: String,
    /// Names under which others on the network find it.
    pub aliases: Vec<String>,
    /// The engine's calm health check.
    pub health: Option<HealthCheck>,
    /// Restart policy.
    pub restart: Restart,
    /// Log driver and its options.
    pub log_driver: String,
    /// Options of the log driver.
    pub log_options: BTreeMap<String, String>,
    /// Run a small init as first process, which passes signals on.
    pub init: bool,
    /// Time between the polite and the final signal.
    pub stop_grace: Duration,
}

/// A volume at its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VolumeMount {
    /// Volume name.
    pub volume: String,
    /// Path in the container.
    pub target: String,
}

/// A port of the engine's machine that leads into a container.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PublishedPort {
    /// Address on the engine's machine.
    pub host_ip: String,
    /// Port on the engine's machine.
    pub host_port: u16,
    /// TCP port in the container.
    pub container_port: u16,
}

/// A health check that the engine runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HealthCheck {
    /// Program and arguments; never a shell line.
    pub command: Vec<String>,
    /// Time between checks (and before the first).
    pub interval: Duration,
    /// Time one check may take.
    pub timeout: Duration,
    /// Time after the start in which failures do not count.
    pub start_period: Duration,
    /// Failures in a row before it counts as unhealthy.
    pub retries: u32,
}

/// What happens when a container ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restart {
    /// Nothing.
    No,
    /// It is started again, unless the operator stopped it.
    UnlessStopped,
}

/// A file to place in a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileSpec {
    /// Absolute path in the container. Folders that are missing are made.
    pub path: String,
    /// Content; may be secret, so `Debug` does not show it.
    pub content: Secret,
    /// Mode, as in 0o400.
    pub mode: u32,
    /// Owner's number in the container.
    pub uid: u32,
    /// Group's number in the container.
    pub gid: u32,
}

/// A file of a program to place in a container, where anybody may read it and nobody change it; or one read there.
#[derive(Clone, PartialEq, Eq)]
pub struct Asset {
    /// Absolute path in the container, where folders that are missing are made; of one that was read, the path below
    /// the folder that was asked for.
    pub path: String,
    /// Content.
    pub bytes: Arc<[u8]>,
}

impl std::fmt::Debug for Asset {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({} bytes)", self.path, self.bytes.len())
    }
}

/// A program to run inside a container.
#[derive(Debug, Clone)]
pub struct ExecSpec {
    /// Program and arguments. Anybody on the machine can read them: no secrets.
    pub command: Vec<String>,
    /// What the program reads; the place for secrets.
    pub stdin: Option<Secret>,
    /// User inside the container.
    pub user: Option<String>,
}

/// How an exec ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecOutcome {
    /// Exit code.
    pub exit_code: i64,
    /// Standard output, its first 16 MiB at most; bytes that are no UTF-8 are replaced.
    pub stdout: String,
    /// Standard error, likewise.
    pub stderr: String,
}

/// Which of a program's two outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogStream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

/// Which part of a log to read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogOptions {
    /// Only the last lines; all of them without it.
    pub tail: Option<u32>,
    /// Only lines from this moment on, unix seconds.
    pub since: Option<i64>,
    /// Go on with new lines as they come.
    pub follow: bool,
}

/// One line of a container's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// Standard output or standard error.
    pub stream: LogStream,
    /// When the engine received it, RFC 3339.
    pub time: Option<String>,
    /// The line without its end. Container output is untrusted: escape it before it meets a terminal.
    pub text: String,
}

/// What a container uses at one moment. Counters grow from its start; two samples make a rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StatsSample {
    /// When the engine took it, nanoseconds since 1970.
    pub at_nanos: i64,
    /// Processor time used so far by all its processes, nanoseconds.
    pub cpu_nanos: u64,
    /// Memory in use, bytes, without file caches that the kernel takes back when it needs them
    /// (the way `docker stats` counts).
    pub memory_bytes: u64,
    /// The most it may use, bytes; the machine's memory where no limit is set.
    pub memory_limit_bytes: u64,
}

/// Something that happened to a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineEvent {
    /// Container id.
    pub container: String,
    /// Container name.
    pub name: String,
    /// When, unix seconds.
    pub time: i64,
    /// What.
    pub kind: EngineEventKind,
}

/// What happened to a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EngineEventKind {
    /// Created.
    Created,
    /// Started.
    Started,
    /// Ended, with its exit code.
    Died {
        /// Exit code.
        exit_code: i64,
    },
    /// Killed for lack of memory.
    OutOfMemory,
    /// The engine's health check changed its mind.
    Health(Health),
    /// Removed.
    Removed,
}

/// A port of this computer and the container that publishes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortOwner {
    /// Address, as in 0.0.0.0.
    pub host_ip: String,
    /// Port.
    pub host_port: u16,
    /// The container's name.
    pub container: String,
    /// The deployment it belongs to, if it is one of ours.
    pub deployment: Option<String>,
}
