//! One test's own corner of a real engine: everything in it carries the test's label and is removed
//! with it, also when the test fails.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use bollard::query_parameters as query;
use edfi_setup::engine::docker::{DockerEngine, Environment};
use edfi_setup::engine::{
    ContainerSpec, ContainerState, Engine, LABEL_DEPLOYMENT, NetworkSpec, Restart,
};

use crate::tiny_image;

/// How long the slowest thing a test waits for may take on a busy machine.
pub const DEADLINE: Duration = Duration::from_mins(1);

/// The corner.
#[derive(Debug)]
pub struct Sandbox {
    pub engine: DockerEngine,
    /// The deployment's name, also a prefix for names.
    pub name: String,
    pub image: String,
}

impl Sandbox {
    /// Connects to the engine of this computer. Without one the test fails.
    pub async fn new(test: &str) -> Self {
        let engine = DockerEngine::connect(&Environment::of_process())
            .await
            .expect("these tests need a Docker engine");
        let name = format!("engine-test-{test}-{}", std::process::id());
        let mut sandbox = Self {
            engine,
            name,
            image: String::new(),
        };
        sandbox.image = tiny_image::import(&sandbox.engine, &sandbox.name).await;
        let network = NetworkSpec {
            name: sandbox.name.clone(),
            labels: sandbox.labels(),
        };
        sandbox
            .engine
            .create_network(&network)
            .await
            .expect("a network");
        sandbox
    }

    pub fn labels(&self) -> BTreeMap<String, String> {
        BTreeMap::from([(LABEL_DEPLOYMENT.to_owned(), self.name.clone())])
    }

    /// A container that runs a shell script as its first process.
    pub fn container(&self, short_name: &str, script: &str) -> ContainerSpec {
        ContainerSpec {
            name: format!("{}-{short_name}", self.name),
            image: self.image.clone(),
            env: BTreeMap::new(),
            labels: self.labels(),
            entrypoint: Some(vec!["/bin/sh".into(), "-c".into()]),
            command: Some(vec![script.into()]),
            user: None,
            mounts: Vec::new(),
            ports: Vec::new(),
            network: self.name.clone(),
            aliases: Vec::new(),
            health: None,
            restart: Restart::No,
            log_driver: "json-file".into(),
            log_options: BTreeMap::new(),
            init: false,
            stop_grace: Duration::from_secs(1),
        }
    }

    /// Creates and starts it, and gives its name.
    pub async fn run(&self, container: &ContainerSpec) -> String {
        self.engine
            .create_container(container)
            .await
            .expect("created");
        self.engine.start(&container.name).await.expect("started");
        container.name.clone()
    }

    /// Looks at a container until it is as wanted.
    pub async fn until(
        &self,
        container: &str,
        wanted: impl Fn(&ContainerState) -> bool,
    ) -> ContainerState {
        let watch = async {
            loop {
                let state = self.engine.inspect(container).await.expect("it is there");
                if wanted(&state) {
                    return state;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        if let Ok(state) = tokio::time::timeout(DEADLINE, watch).await {
            return state;
        }
        let state = self.engine.inspect(container).await;
        panic!("{container} is not as wanted: {state:?}")
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let (engine, name) = (self.engine.clone(), self.name.clone());
        // The test's own runtime cannot be waited for here, so a thread brings another.
        let cleaner = std::thread::spawn(move || {
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime")
                .block_on(remove_everything(&engine, &name));
        });
        let is_clean = cleaner.join().is_ok();
        assert!(
            is_clean || std::thread::panicking(),
            "the test's things could not all be removed"
        );
    }
}

async fn remove_everything(engine: &DockerEngine, name: &str) {
    let client = engine.client();
    let observed = engine.observe(name).await.expect("a list");
    for container in observed.containers.keys() {
        let force = query::RemoveContainerOptionsBuilder::default()
            .force(true)
            .v(true)
            .build();
        client
            .remove_container(container, Some(force))
            .await
            .expect("removed");
    }
    for network in observed.networks.keys() {
        engine.remove_network(network).await.expect("removed");
    }
    for volume in observed.volumes.keys() {
        engine.remove_volume(volume).await.expect("removed");
    }
    let label = format!("{LABEL_DEPLOYMENT}={name}");
    let filters = HashMap::from([("label", vec![label.as_str()])]);
    let of_ours = query::ListImagesOptionsBuilder::default()
        .filters(&filters)
        .build();
    for image in client.list_images(Some(of_ours)).await.expect("a list") {
        let force = query::RemoveImageOptionsBuilder::default()
            .force(true)
            .build();
        client
            .remove_image(&image.id, Some(force), None)
            .await
            .expect("removed");
    }
}
