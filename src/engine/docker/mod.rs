//! A Docker engine, or one that speaks its language, through the Docker Engine API.
//!
//! API 1.41 (Docker 20.10, Podman 4) is the oldest that will do. The version that both sides speak
//! is settled once, when connecting, and sent with every request.
//!
//! bollard writes request and reply bodies, secrets among them, to the `log` facade at its `debug`
//! and `trace` levels. The program installs no logger, so they go nowhere; whoever installs one has
//! to keep `bollard` and `hyper` at `info` or above in code.

mod connect;
mod create;
mod credentials;
mod download;
mod environment;
mod events;
mod exec;
mod faults;
mod lines;
mod listing;
mod logs;
mod pull;
mod replies;
mod stats;
mod tls;
mod transport;
mod twins;
mod upload;

use std::collections::{BTreeSet, VecDeque};
use std::path::PathBuf;
use std::time::Duration;

use bollard::ClientVersion;
use bollard::errors::Error;
use bollard::query_parameters as query;
use futures_util::stream::{self, BoxStream, StreamExt};
use tokio::io::DuplexStream;

pub use connect::OLDEST_API;
use environment::Address;
pub use environment::Environment;
use faults::Attempt;
use transport::Transport;

use super::{
    Asset, ContainerSpec, ContainerState, Engine, EngineError, EngineEvent, EngineInfo,
    ExecOutcome, ExecSpec, FileSpec, ImageInfo, LABEL_DEPLOYMENT, LogLine, LogOptions, LogStream,
    NetworkSpec, Observed, ObservedNetwork, ObservedVolume, Pace, PortOwner, PullProgress, Result,
    StatsSample, VolumeSpec,
};

/// How long the registry may take to say whether it has an image.
const REGISTRY_PATIENCE: Duration = Duration::from_secs(20);
/// Added to a container's grace period before we give up on the engine's answer.
const STOP_MARGIN: Duration = Duration::from_mins(1);

/// A connection to an engine. Cheap to clone; each request uses a connection of its own.
#[derive(Debug, Clone)]
pub struct DockerEngine {
    client: bollard::Docker,
    transport: Transport,
    found_by: String,
    api: ClientVersion,
    engine_version: String,
    is_podman: bool,
    /// Folder with the logins for registries.
    config_folder: Option<PathBuf>,
    pull_patience: Duration,
    pace: Pace,
}

impl DockerEngine {
    /// How long a pull may go without a word from the engine; 30 seconds if not said otherwise.
    #[must_use]
    pub fn with_pull_patience(mut self, patience: Duration) -> Self {
        self.pull_patience = patience;
        self
    }

    /// Says how fast time goes on this engine, if it is a simulated one.
    #[must_use]
    pub fn with_pace(mut self, pace: Pace) -> Self {
        self.pace = pace;
        self
    }

    /// The bollard client on the same connection, for what the trait does not offer (building and
    /// loading images). Its timeout of 5 minutes covers the wait for an answer's head: raise it
    /// with `with_timeout` on a clone before loading or building something large.
    pub fn client(&self) -> &bollard::Docker {
        &self.client
    }

    /// Asks the registry, through the engine, whether an image could be fetched. Fetches nothing.
    pub async fn obtainable(&self, reference: &str) -> Result<()> {
        let fault = |fault| EngineError::Pull {
            reference: reference.to_owned(),
            fault,
        };
        if self.is_podman {
            return Err(EngineError::Refused {
                operation: "look for an image without fetching it".to_owned(),
                status: 501,
                reason: "Podman cannot do that".to_owned(),
            });
        }
        let login = credentials::for_image(self.config_folder.as_deref(), reference).await;
        let question = self.client.inspect_registry_image(reference, login);
        match tokio::time::timeout(REGISTRY_PATIENCE, question).await {
            Err(_) => Err(fault(super::PullFault::NoRoute {
                reason: "the registry did not answer in time".to_owned(),
            })),
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(pull::failed(self, reference, error)),
        }
    }

    fn address(&self) -> &Address {
        &self.transport.address
    }

    async fn find_image(&self, reference: &str) -> Result<Option<ImageInfo>> {
        let path = transport::path(&format!("/images/{reference}/json"), &[]);
        match self.transport.get::<replies::Image>(&path).await {
            Ok(image) => Ok(Some(image.info())),
            Err(error) if faults::is_missing(&error) => Ok(None),
            Err(error) => Err(self.failed(
                &Attempt::new(
                    format!("look for image {reference}"),
                    format!("image {reference}"),
                ),
                error,
            )),
        }
    }

    fn failed(&self, attempt: &Attempt<'_>, error: Error) -> EngineError {
        attempt.failed(self.address(), error)
    }

    async fn reply(&self, container: &str) -> std::result::Result<replies::Container, Error> {
        let path = transport::path(&format!("/containers/{container}/json"), &[]);
        self.transport.get(&path).await
    }

    /// Which of these folders a container lacks. What is below a missing folder is missing too.
    /// Sends files as one archive.
    async fn unpack(&self, container: &str, files: &[upload::Entry<'_>]) -> Result<()> {
        let folders = upload::folders(files)?;
        let missing = self.missing_folders(container, folders).await?;
        let archive = upload::archive(&missing, files)
            .map_err(|error| self.failed(&placing_files(container), error.into()))?;
        let options = query::UploadToContainerOptionsBuilder::default()
            .path("/")
            .build();
        let body = bollard::body_full(archive);
        self.client
            .upload_to_container(container, Some(options), body)
            .await
            .map_err(|error| self.failed(&placing_files(container), error))
    }

    async fn missing_folders(
        &self,
        container: &str,
        folders: BTreeSet<String>,
    ) -> Result<BTreeSet<String>> {
        let mut missing: BTreeSet<String> = BTreeSet::new();
        for folder in folders {
            let is_below = missing
                .iter()
                .any(|above| folder.starts_with(&format!("{above}/")));
            if is_below || !self.has_path(container, &folder).await? {
                missing.insert(folder);
            }
        }
        Ok(missing)
    }

    async fn has_path(&self, container: &str, path: &str) -> Result<bool> {
        let place = transport::path(
            &format!("/containers/{container}/archive"),
            &[("path", path)],
        );
        match self.transport.open(hyper::Method::HEAD, &place, None).await {
            Ok(_) => Ok(true),
            Err(error) if faults::is_missing(&error) => Ok(false),
            Err(error) => Err(self.failed(&placing_files(container), error)),
        }
    }
}

fn inspecting(container: &str) -> Attempt<'static> {
    Attempt::new(
        format!("inspect container {container}"),
        format!("container {container}"),
    )
}

fn placing_files(container: &str) -> Attempt<'static> {
    Attempt::new(
        format!("place files in container {container}"),
        format!("container {container}"),
    )
}

/// An address of a proxy without the user and password in it.
fn without_login(proxy: &str) -> String {
    let (scheme, rest) = proxy
        .split_once("://")
        .map_or(("", proxy), |(scheme, rest)| (scheme, rest));
    let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    if scheme.is_empty() {
        host.to_owned()
    } else {
        format!("{scheme}://{host}")
    }
}

impl Engine for DockerEngine {
    async fn info(&self) -> Result<EngineInfo> {
        let attempt = Attempt::new("describe itself", "the engine's description");
        let info: replies::Info = self
            .transport
            .get("/info")
            .await
            .map_err(|error| self.failed(&attempt, error))?;
        Ok(EngineInfo {
            endpoint: self.address().to_string(),
            found_by: self.found_by.clone(),
            version: self.engine_version.clone(),
            api_version: self.api.to_string(),
            operating_system: info.operating_system,
            architecture: info.architecture,
            memory_bytes: info.mem_total,
            cpus: info.cpus,
            data_root: info.docker_root_dir,
            local: matches!(self.address(), Address::Unix(_)),
            rootless: info
                .security_options
                .iter()
                .any(|option| option == "name=rootless" || option == "rootless"),
            https_proxy: Some(info.https_proxy)
                .filter(|proxy| !proxy.is_empty())
                .map(|proxy| without_login(&proxy)),
            time: info
                .system_time
                .parse::<jiff::Timestamp>()
                .ok()
                .map(jiff::Timestamp::as_second),
        })
    }

    async fn observe(&self, deployment: &str) -> Result<Observed> {
        let label = format!("{LABEL_DEPLOYMENT}={deployment}");
        let (containers, networks, volumes) = futures_util::try_join!(
            self.containers(&label),
            self.networks(&label),
            self.volumes(&label),
        )?;
        Ok(Observed {
            containers: containers
                .into_iter()
                .map(|container| (container.name.clone(), container))
                .collect(),
            networks: networks
                .into_iter()
                .map(|network| {
                    let (id, labels) = (network.id, network.labels);
                    (network.name, ObservedNetwork { id, labels })
                })
                .collect(),
            volumes: volumes
                .into_iter()
                .map(|volume| {
                    let labels = volume.labels;
                    (volume.name, ObservedVolume { labels })
                })
                .collect(),
        })
    }

    async fn deployments(&self) -> Result<Vec<String>> {
        let (containers, networks, volumes) = futures_util::try_join!(
            self.listed(true, Some(LABEL_DEPLOYMENT)),
            self.networks(LABEL_DEPLOYMENT),
            self.volumes(LABEL_DEPLOYMENT),
        )?;
        let labels = containers
            .into_iter()
            .map(|container| container.labels)
            .chain(networks.into_iter().map(|network| network.labels))
            .chain(volumes.into_iter().map(|volume| volume.labels));
        let names: BTreeSet<String> = labels
            .filter_map(|mut labels| labels.remove(LABEL_DEPLOYMENT))
            .collect();
        Ok(names.into_iter().collect())
    }

    async fn image(&self, reference: &str) -> Result<Option<ImageInfo>> {
        self.find_image(reference).await
    }

    async fn pull(
        &self,
        reference: &str,
        progress: &(dyn Fn(PullProgress) + Send + Sync),
    ) -> Result<()> {
        pull::pull(self, reference, progress).await
    }

    async fn create_network(&self, network: &NetworkSpec) -> Result<String> {
        let name = &network.name;
        let attempt =
            Attempt::new(format!("create network {name}"), format!("network {name}")).takes(name);
        // bollard cannot ask for CheckDuplicate, without which engines before API 1.44 make a second
        // network of the same name.
        let body = serde_json::json!({
            "Name": name,
            "Driver": "bridge",
            "CheckDuplicate": true,
            "Labels": network.labels,
        });
        let error = match self.transport.post("/networks/create", &body).await {
            Ok(replies::Created { id }) => return Ok(id),
            Err(error) => error,
        };
        if faults::has_status(&error, 409) {
            let path = transport::path(&format!("/networks/{name}"), &[]);
            let existing = self.transport.get::<replies::Network>(&path).await;
            if let Ok(existing) = existing
                && existing.labels.get(LABEL_DEPLOYMENT) == network.labels.get(LABEL_DEPLOYMENT)
                && existing.labels.contains_key(LABEL_DEPLOYMENT)
            {
                return Ok(existing.id);
            }
        }
        Err(self.failed(&attempt, error))
    }

    async fn remove_network(&self, name: &str) -> Result<()> {
        let attempt = Attempt::new(format!("remove network {name}"), format!("network {name}"));
        let removed = match self.client.remove_network(name).await {
            Err(error) if twins::is_ambiguous(&error) => self.remove_all_of(name).await?,
            other => other,
        };
        match removed {
            Err(error) if !faults::is_missing(&error) => Err(self.failed(&attempt, error)),
            _ => Ok(()),
        }
    }

    async fn create_volume(&self, volume: &VolumeSpec) -> Result<()> {
        let name = &volume.name;
        let attempt =
            Attempt::new(format!("create volume {name}"), format!("volume {name}")).takes(name);
        let body = serde_json::json!({ "Name": name, "Labels": volume.labels });
        let created = self
            .transport
            .post::<replies::Volume>("/volumes/create", &body)
            .await;
        match created {
            Err(error) => Err(self.failed(&attempt, error)),
            // The engine says yes to a name that is taken, and keeps the labels that were there.
            Ok(there)
                if there.labels.get(LABEL_DEPLOYMENT) != volume.labels.get(LABEL_DEPLOYMENT) =>
            {
                Err(EngineError::NameTaken {
                    name: name.clone(),
                    reason:
                        "a volume of this name is there already, and it is not this deployment's"
                            .to_owned(),
                })
            }
            Ok(_) => Ok(()),
        }
    }

    async fn remove_volume(&self, name: &str) -> Result<()> {
        let attempt = Attempt::new(format!("remove volume {name}"), format!("volume {name}"));
        let options = None::<query::RemoveVolumeOptions>;
        match self.client.remove_volume(name, options).await {
            Err(error) if !faults::is_missing(&error) => Err(self.failed(&attempt, error)),
            _ => Ok(()),
        }
    }

    async fn create_container(&self, container: &ContainerSpec) -> Result<String> {
        let name = &container.name;
        let attempt = Attempt::new(
            format!("create container {name}"),
            // What the engine misses when it answers 404.
            format!("image {}", container.image),
        )
        .takes(name);
        // Not through bollard: it would write the environment, secrets and all, to the log facade.
        let path = transport::path("/containers/create", &[("name", name)]);
        let body = create::body(container, self.is_podman);
        let created = self.transport.post::<replies::Created>(&path, &body).await;
        created
            .map(|created| created.id)
            .map_err(|error| self.failed(&attempt, error))
    }

    async fn upload(&self, container: &str, files: &[FileSpec]) -> Result<()> {
        let entries: Vec<upload::Entry<'_>> = files.iter().map(Into::into).collect();
        self.unpack(container, &entries).await
    }

    async fn place(&self, container: &str, assets: &[Asset]) -> Result<()> {
        let entries: Vec<upload::Entry<'_>> = assets.iter().map(Into::into).collect();
        self.unpack(container, &entries).await
    }

    async fn download(&self, container: &str, folder: &str) -> Result<Vec<Asset>> {
        download::folder(self, container, folder).await
    }

    async fn start(&self, container: &str) -> Result<()> {
        let attempt = Attempt::new(
            format!("start container {container}"),
            format!("container {container}"),
        );
        let started = self
            .client
            .start_container(container, None::<query::StartContainerOptions>)
            .await;
        let started = match started {
            // An engine does not start what is paused; it wants to be asked to go on with it.
            Err(Error::DockerResponseServerError { message, .. }) if message.contains("paused") => {
                self.client.unpause_container(container).await
            }
            Err(error) if twins::is_ambiguous(&error) => {
                self.remove_twins(container).await?;
                self.client
                    .start_container(container, None::<query::StartContainerOptions>)
                    .await
            }
            other => other,
        };
        started.map_err(|error| self.failed(&attempt, error))
    }

    async fn stop(&self, container: &str, grace: Duration) -> Result<()> {
        let attempt = Attempt::new(
            format!("stop container {container}"),
            format!("container {container}"),
        );
        let seconds = create::whole_seconds(grace);
        let options = query::StopContainerOptionsBuilder::default()
            .t(i32::try_from(seconds).unwrap_or(i32::MAX))
            .build();
        let client = self.client.clone().with_timeout(grace + STOP_MARGIN);
        client
            .stop_container(container, Some(options))
            .await
            .map_err(|error| self.failed(&attempt, error))
    }

    async fn remove_container(&self, container: &str) -> Result<()> {
        let attempt = Attempt::new(
            format!("remove container {container}"),
            format!("container {container}"),
        );
        // Unnamed volumes go with it, which nobody would ever find again; data is in named ones, which stay.
        let options = query::RemoveContainerOptionsBuilder::default()
            .v(true)
            .build();
        match self.client.remove_container(container, Some(options)).await {
            Ok(()) => Ok(()),
            Err(error) if faults::is_missing(&error) => Ok(()),
            Err(Error::DockerResponseServerError {
                status_code: 409,
                message,
            }) if message.contains("already in progress") => Ok(()),
            Err(error) => Err(self.failed(&attempt, error)),
        }
    }

    async fn inspect(&self, container: &str) -> Result<ContainerState> {
        match self.reply(container).await {
            Ok(reply) => Ok(reply.state()),
            Err(error) => Err(self.failed(&inspecting(container), error)),
        }
    }

    async fn exec(
        &self,
        container: &str,
        exec: &ExecSpec,
        on_output: &(dyn Fn(LogStream, &[u8]) + Send + Sync),
    ) -> Result<ExecOutcome> {
        exec::run(self, container, exec, on_output).await
    }

    async fn relay(&self, container: &str, command: &[String]) -> Result<DuplexStream> {
        exec::relay(self, container, command).await
    }

    fn logs(&self, container: &str, options: &LogOptions) -> BoxStream<'static, Result<LogLine>> {
        let tail = options.tail.map(|tail| tail.to_string());
        let since = options.since.unwrap_or(0);
        let query = query::LogsOptionsBuilder::default()
            .stdout(true)
            .stderr(true)
            .timestamps(true)
            .follow(options.follow)
            .since(i32::try_from(since).unwrap_or(i32::MAX))
            .tail(tail.as_deref().unwrap_or("all"))
            .build();
        let attempt = Attempt::new(
            format!("read the log of container {container}"),
            format!("container {container}"),
        );
        let address = self.address().clone();
        self.client
            .logs(container, Some(query))
            .map(Some)
            .chain(stream::iter([None]))
            .scan(logs::Lines::default(), move |lines, frame| {
                let completed: VecDeque<Result<LogLine>> = match frame {
                    Some(Ok(frame)) => lines.take(frame).into_iter().map(Ok).collect(),
                    None => lines.rest().into_iter().map(Ok).collect(),
                    Some(Err(error)) => VecDeque::from([Err(attempt.failed(&address, error))]),
                };
                futures_util::future::ready(Some(stream::iter(completed)))
            })
            .flatten()
            .boxed()
    }

    fn events(
        &self,
        deployment: &str,
        since: Option<i64>,
    ) -> BoxStream<'static, Result<EngineEvent>> {
        events::stream(self.transport.clone(), deployment, since)
    }

    fn stats(&self, container: &str) -> BoxStream<'static, Result<StatsSample>> {
        stats::stream(self.transport.clone(), container)
    }

    fn pace(&self) -> Pace {
        self.pace
    }

    async fn published_ports(&self) -> Result<Vec<PortOwner>> {
        let containers = self.listed(false, None).await?;
        let mut owners: Vec<PortOwner> = containers
            .iter()
            .flat_map(replies::ListedContainer::port_owners)
            .collect();
        owners.sort_by(|a, b| {
            (a.host_port, &a.host_ip, &a.container).cmp(&(b.host_port, &b.host_ip, &b.container))
        });
        owners.dedup();
        Ok(owners)
    }
}
