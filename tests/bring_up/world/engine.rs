//! The engine as a test sees it and meddles with it.

use std::collections::{BTreeSet, HashMap};

use bollard::models::NetworkCreateRequest;
use bollard::query_parameters as query;
use edfi_setup::deployment::Secret;
use edfi_setup::engine::docker::{DockerEngine, Environment};
use edfi_setup::engine::{
    ContainerState, Engine, ExecSpec, LABEL_DEPLOYMENT, LogOptions, Observed, Phase,
};
use futures_util::StreamExt;
use jiff::{SignedDuration, Timestamp};
use tokio::runtime::Runtime;

use super::{DEADLINE, NAMES};

/// What is older was left by a test run that was killed.
const LEFT_AFTER: SignedDuration = SignedDuration::from_hours(1);

/// Time between two looks at something that is waited for.
const LOOK: std::time::Duration = std::time::Duration::from_millis(20);

/// A connection of one test's own.
#[derive(Debug)]
pub struct Lab {
    runtime: Runtime,
    engine: DockerEngine,
}

impl Lab {
    pub fn connect() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let engine = runtime
            .block_on(DockerEngine::connect(&Environment::of_process()))
            .expect("these tests need a container engine");
        Self { runtime, engine }
    }

    fn wait<T>(&self, what: &str, work: impl Future<Output = T>) -> T {
        let work = async { tokio::time::timeout(DEADLINE, work).await };
        self.runtime
            .block_on(work)
            .unwrap_or_else(|_| panic!("the engine takes too long to {what}"))
    }

    /// Does something that needs the engine itself.
    pub fn with_engine<T>(&self, what: &str, work: impl AsyncFnOnce(&DockerEngine) -> T) -> T {
        self.wait(what, work(&self.engine))
    }

    /// Everything of a deployment.
    pub fn observed(&self, deployment: &str) -> Observed {
        self.wait("look", self.engine.observe(deployment)).unwrap()
    }

    /// Makes a second network with the name and labels of a deployment's first, as a killed run can.
    /// Newer engines refuse that; then it cannot happen to them.
    pub fn double_the_network(&self, deployment: &str) -> bool {
        let (name, network) = self.observed(deployment).networks.pop_first().unwrap();
        let twin = NetworkCreateRequest {
            name,
            labels: Some(network.labels.into_iter().collect()),
            ..NetworkCreateRequest::default()
        };
        let made = self.engine.client().create_network(twin);
        self.wait("make a network", made).is_ok()
    }

    /// How many networks a deployment has, of the same name or not.
    pub fn networks(&self, deployment: &str) -> usize {
        let label = format!("{LABEL_DEPLOYMENT}={deployment}");
        let own = query::ListNetworksOptionsBuilder::default()
            .filters(&HashMap::from([("label", vec![label])]))
            .build();
        let listed = self.engine.client().list_networks(Some(own));
        self.wait("list networks", listed).unwrap().len()
    }

    pub fn stop(&self, container: &str) {
        let grace = std::time::Duration::from_secs(10);
        self.wait("stop", self.engine.stop(container, grace))
            .unwrap();
    }

    /// Kills a container's programs, as a power cut would.
    pub fn kill(&self, container: &str) {
        let client = self.engine.client();
        let killed = client.kill_container(container, None::<query::KillContainerOptions>);
        self.wait("kill", killed).unwrap();
        self.until(container, |state| state.phase != Phase::Running);
    }

    pub fn pause(&self, container: &str) {
        let paused = self.engine.client().pause_container(container);
        self.wait("pause", paused).unwrap();
    }

    /// Removes a container, running or not, but no named volume.
    pub fn remove_container(&self, container: &str) {
        let force = query::RemoveContainerOptionsBuilder::default()
            .force(true)
            .build();
        let removed = self
            .engine
            .client()
            .remove_container(container, Some(force));
        self.wait("remove", removed).unwrap();
    }

    /// Looks at a container until it is as wanted.
    pub fn until(&self, container: &str, wanted: impl Fn(&ContainerState) -> bool) {
        self.wait(&format!("bring {container} where it is wanted"), async {
            while !wanted(&self.engine.inspect(container).await.unwrap()) {
                tokio::time::sleep(LOOK).await;
            }
        });
    }

    /// Everything a container wrote.
    pub fn log(&self, container: &str) -> String {
        let mut lines = self.engine.logs(container, &LogOptions::default());
        self.wait("tell the log", async {
            let mut text = String::new();
            while let Some(Ok(line)) = lines.next().await {
                text.push_str(&line.text);
                text.push('\n');
            }
            text
        })
    }

    /// Follows a container's log until a line holds this text. The container may not be there yet.
    pub fn until_logged(&self, container: &str, text: &str) {
        let follow = LogOptions {
            follow: true,
            ..LogOptions::default()
        };
        self.wait(&format!("log {text:?} in {container}"), async {
            loop {
                let mut lines = self.engine.logs(container, &follow);
                while let Some(Ok(line)) = lines.next().await {
                    if line.text.contains(text) {
                        return;
                    }
                }
                tokio::time::sleep(LOOK).await;
            }
        });
    }

    /// Everything the engine tells about a container.
    pub fn inspect(&self, container: &str) -> serde_json::Value {
        let client = self.engine.client();
        let told = client.inspect_container(container, None::<query::InspectContainerOptions>);
        serde_json::to_value(self.wait("tell", told).unwrap()).unwrap()
    }

    /// Waits until a database server takes connections from the network.
    pub fn until_serving(&self, container: &str) {
        let exec = ExecSpec {
            command: ["pg_isready", "-h", "127.0.0.1"].map(str::to_owned).into(),
            stdin: None,
            user: None,
        };
        self.wait(&format!("make {container} serve"), async {
            while self
                .engine
                .exec(container, &exec, &|_, _| {})
                .await
                .is_ok_and(|outcome| outcome.exit_code != 0)
            {
                tokio::time::sleep(LOOK).await;
            }
        });
    }

    /// Runs a program in a container and gives its output.
    pub fn run(&self, container: &str, words: &[&str]) -> String {
        let exec = ExecSpec {
            command: words.iter().map(|word| (*word).to_owned()).collect(),
            stdin: None,
            user: None,
        };
        let outcome = self.engine.exec(container, &exec, &|_, _| {});
        let outcome = self.wait("run a program", outcome).unwrap();
        assert_eq!(outcome.exit_code, 0, "{words:?}\n{}", outcome.stderr);
        outcome.stdout
    }

    /// Asks a database server through its own socket.
    pub fn sql(&self, container: &str, database: &str, text: &str) -> String {
        let words = "psql -X -q -A -t -v ON_ERROR_STOP=1 -U postgres -d";
        let mut command: Vec<String> = words.split(' ').map(str::to_owned).collect();
        command.push(database.to_owned());
        let exec = ExecSpec {
            command,
            stdin: Some(Secret::new(text)),
            user: None,
        };
        let outcome = self.engine.exec(container, &exec, &|_, _| {});
        let outcome = self.wait("run psql", outcome).unwrap();
        assert_eq!(outcome.exit_code, 0, "{text}\n{}", outcome.stderr);
        outcome.stdout.trim().to_owned()
    }

    /// Removes everything of a deployment, data too. The folder is not touched.
    pub fn remove(&self, deployment: &str) {
        self.wait("clear away", remove(self.engine.client(), deployment));
    }

    /// Removes what killed test runs left, and nothing else.
    pub fn sweep(&self) {
        self.wait("clear away", async {
            for name in left(self.engine.client()).await {
                remove(self.engine.client(), &name).await;
            }
        });
    }
}

/// What a program that was killed had asked the engine for may still be on its way, so this goes on
/// until nothing is left.
async fn remove(client: &bollard::Docker, deployment: &str) {
    let label = format!("{LABEL_DEPLOYMENT}={deployment}");
    let filters = HashMap::from([("label", vec![label])]);
    while remove_once(client, &filters).await > 0 {
        tokio::time::sleep(LOOK).await;
    }
}

/// Removes what there is, as far as it can be removed, and gives how much there was.
async fn remove_once(client: &bollard::Docker, filters: &HashMap<&str, Vec<String>>) -> usize {
    let all = query::ListContainersOptionsBuilder::default()
        .all(true)
        .filters(filters)
        .build();
    let containers = client.list_containers(Some(all)).await.unwrap();
    for container in &containers {
        let force = query::RemoveContainerOptionsBuilder::default()
            .force(true)
            .v(true)
            .build();
        let id = container.id.as_deref().unwrap_or_default();
        let _ = client.remove_container(id, Some(force)).await;
    }
    let own = query::ListNetworksOptionsBuilder::default()
        .filters(filters)
        .build();
    let networks = client.list_networks(Some(own)).await.unwrap();
    for network in &networks {
        let id = network.id.as_deref().unwrap_or_default();
        let _ = client.remove_network(id).await;
    }
    let own = query::ListVolumesOptionsBuilder::default()
        .filters(filters)
        .build();
    let volumes = client.list_volumes(Some(own)).await.unwrap().volumes;
    let volumes = volumes.unwrap_or_default();
    for volume in &volumes {
        let options = None::<query::RemoveVolumeOptions>;
        let _ = client.remove_volume(&volume.name, options).await;
    }
    containers.len() + networks.len() + volumes.len()
}

/// Names of tests' deployments of which nothing is younger than an hour.
async fn left(client: &bollard::Docker) -> BTreeSet<String> {
    let filters = HashMap::from([("label", vec![LABEL_DEPLOYMENT])]);
    let all = query::ListContainersOptionsBuilder::default()
        .all(true)
        .filters(&filters)
        .build();
    let own = query::ListVolumesOptionsBuilder::default()
        .filters(&filters)
        .build();
    let containers = client.list_containers(Some(all)).await.unwrap();
    let volumes = client.list_volumes(Some(own)).await.unwrap().volumes;
    let containers = containers.into_iter().map(|container| {
        let made = container
            .created
            .and_then(|made| Timestamp::from_second(made).ok());
        (container.labels.unwrap_or_default(), made)
    });
    let volumes = volumes.unwrap_or_default().into_iter().map(|volume| {
        let made = volume.created_at.and_then(|made| made.parse().ok());
        (volume.labels, made)
    });
    let oldest = Timestamp::now() - LEFT_AFTER;
    let (mut old, mut young) = (BTreeSet::new(), BTreeSet::new());
    for (mut labels, made) in containers.chain(volumes) {
        let name = labels.remove(LABEL_DEPLOYMENT).unwrap_or_default();
        if name.starts_with(NAMES) {
            let is_old = made.is_some_and(|made| made < oldest);
            if is_old { &mut old } else { &mut young }.insert(name);
        }
    }
    old.difference(&young).cloned().collect()
}
