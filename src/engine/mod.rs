//! What runs containers. The rest of the product knows only this trait and its plain types.
//!
//! `docker` speaks to a real engine. A simulated engine, `rehearsal`, speaks the same Docker Engine
//! API over a socket, so it needs no second implementation.

pub mod docker;
mod error;
mod pace;
pub mod rehearsal;
mod types;

pub use error::{EngineError, PullFault};
pub use pace::Pace;
pub use types::*;

use std::future::Future;
use std::time::Duration;

use futures_util::stream::BoxStream;
use tokio::io::DuplexStream;

/// Result of a call to an engine.
pub type Result<T> = std::result::Result<T, EngineError>;

/// A container engine. Every method is one operation; none of them retries, waits for readiness
/// or decides anything: that is `run`'s work.
pub trait Engine: Send + Sync + std::fmt::Debug {
    /// Version, platform, memory, data folder, proxy and where the engine was found.
    fn info(&self) -> impl Future<Output = Result<EngineInfo>> + Send;

    /// Everything that carries the label of this deployment: containers, networks, volumes.
    fn observe(&self, deployment: &str) -> impl Future<Output = Result<Observed>> + Send;

    /// Names of all deployments that left something on this engine.
    fn deployments(&self) -> impl Future<Output = Result<Vec<String>>> + Send;

    /// The image of that name, if it is on the engine already.
    fn image(&self, reference: &str) -> impl Future<Output = Result<Option<ImageInfo>>> + Send;

    /// Fetches an image, reporting progress. One try.
    fn pull(
        &self,
        reference: &str,
        progress: &(dyn Fn(PullProgress) + Send + Sync),
    ) -> impl Future<Output = Result<()>> + Send;

    /// Creates a bridge network and gives its id.
    fn create_network(&self, network: &NetworkSpec) -> impl Future<Output = Result<String>> + Send;

    /// Removes a network; one that is gone already is fine.
    fn remove_network(&self, name: &str) -> impl Future<Output = Result<()>> + Send;

    /// Creates a volume; one that exists already is fine and keeps its labels.
    fn create_volume(&self, volume: &VolumeSpec) -> impl Future<Output = Result<()>> + Send;

    /// Removes a volume and all data in it. Only ever called for a volume the operator has named.
    fn remove_volume(&self, name: &str) -> impl Future<Output = Result<()>> + Send;

    /// Creates a container and gives its id. It is not started.
    fn create_container(
        &self,
        container: &ContainerSpec,
    ) -> impl Future<Output = Result<String>> + Send;

    /// Places files in a container that exists, running or not.
    fn upload(
        &self,
        container: &str,
        files: &[FileSpec],
    ) -> impl Future<Output = Result<()>> + Send;

    /// Places files of programs in a container that exists, running or not.
    fn place(&self, container: &str, assets: &[Asset]) -> impl Future<Output = Result<()>> + Send;

    /// Reads all files in a folder of a container that exists, running or not. Their paths are those below the folder,
    /// in order.
    fn download(
        &self,
        container: &str,
        folder: &str,
    ) -> impl Future<Output = Result<Vec<Asset>>> + Send;

    /// Starts a container; one that runs already is fine, and one that is paused goes on.
    fn start(&self, container: &str) -> impl Future<Output = Result<()>> + Send;

    /// Stops a container, with a grace period before it is killed; a stopped one is fine.
    fn stop(&self, container: &str, grace: Duration) -> impl Future<Output = Result<()>> + Send;

    /// Removes a stopped container, not its named volumes; one that is gone is fine.
    fn remove_container(&self, container: &str) -> impl Future<Output = Result<()>> + Send;

    /// The container's state now.
    fn inspect(&self, container: &str) -> impl Future<Output = Result<ContainerState>> + Send;

    /// Runs a program inside a running container and waits for its end. `on_output` sees standard
    /// output and standard error as they arrive, so that a probe's last words are known while it runs.
    /// Giving up on the future does not stop the program.
    fn exec(
        &self,
        container: &str,
        exec: &ExecSpec,
        on_output: &(dyn Fn(LogStream, &[u8]) + Send + Sync),
    ) -> impl Future<Output = Result<ExecOutcome>> + Send;

    /// Runs a program inside a running container with its input and output open, as bytes both ways.
    /// Dropping it, or shutting its writing side down, closes the program's input; most programs then end.
    fn relay(
        &self,
        container: &str,
        command: &[String],
    ) -> impl Future<Output = Result<DuplexStream>> + Send;

    /// Lines of a container's log, oldest first. With `follow` the stream ends when the container does;
    /// engines may then lose a last line that has no end, so read a dead container's log without it.
    /// Nothing is asked before the stream is first polled.
    fn logs(&self, container: &str, options: &LogOptions) -> BoxStream<'static, Result<LogLine>>;

    /// What happens to the containers of a deployment from `since` (unix seconds) on.
    /// The stream ends with an error when the engine goes away; subscribe again with `since`.
    /// Nothing is asked before the stream is first polled.
    fn events(
        &self,
        deployment: &str,
        since: Option<i64>,
    ) -> BoxStream<'static, Result<EngineEvent>>;

    /// What a running container uses, about once a second. The stream ends with the container, or goes on
    /// with samples of nothing used: engines differ, so stop listening when it has ended.
    /// Nothing is asked before the stream is first polled.
    fn stats(&self, container: &str) -> BoxStream<'static, Result<StatsSample>>;

    /// How fast this engine's time goes, for whoever waits for it.
    fn pace(&self) -> Pace {
        Pace::REAL
    }

    /// Ports of this computer that containers publish, whoever made them.
    fn published_ports(&self) -> impl Future<Output = Result<Vec<PortOwner>>> + Send;
}
