//! What all contestants share: one profile, its images, one name on the engine.

use std::process::{Command, Stdio};

use edfi_setup::deployment::Home;
use edfi_setup::engine::Engine;
use edfi_setup::engine::docker::{DockerEngine, Environment};
use edfi_setup::practice::{self, BuildOptions, Role, Wanted};
use edfi_setup::profile;
use edfi_setup::session;
use edfi_setup::stack::Stack;
use futures_util::StreamExt;
use jiff::Timestamp;

/// Of the bench's own, so that images made meanwhile for something else change nothing here.
const PREFIX: &str = "localhost/edfi-practice-bench";
/// The pooler that upstream's files moved to name it otherwise; it is the same program.
const POOLER: &str = "edoburu/pgbouncer:v1.24.1-p1";
/// The first district's number.
const FIRST: usize = 255_001;

/// Some districts on one platform.
pub struct World {
    pub size: usize,
    pub engine: DockerEngine,
    pub stack: Stack,
    folder: tempfile::TempDir,
    settings: Vec<String>,
}

impl World {
    pub async fn new(size: usize, port: u16) -> Self {
        let numbers: Vec<String> = (FIRST..FIRST + size).map(|n| n.to_string()).collect();
        let settings = vec![
            format!("name=instances-bench-{}", std::process::id()),
            format!("access.port={port}"),
            format!("images.registry={PREFIX}"),
            format!("instances.districts=[{}]", numbers.join(", ")),
        ];
        let overrides: Vec<_> = settings
            .iter()
            .map(|setting| profile::Override::parse(setting).unwrap())
            .collect();
        let loaded = profile::load("districts", &overrides).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let nowhere = Home::at(folder.path().join("nowhere"));
        let world = Self {
            size,
            engine: DockerEngine::connect(&Environment::of_process())
                .await
                .unwrap(),
            stack: session::look(&nowhere, &loaded.profile, Timestamp::now())
                .unwrap()
                .stack,
            folder,
            settings,
        };
        let mut build = world.setup();
        let output = build
            .args(["practice", "build", "--prefix", PREFIX])
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        let pooler = Wanted {
            role: Role::Pooler,
            reference: POOLER.to_owned(),
            release: world.stack.release.clone(),
            data_standard: world.stack.data_standard.clone(),
        };
        let options = BuildOptions {
            prefix: PREFIX.to_owned(),
            start_delay: std::time::Duration::ZERO,
            executable: env!("CARGO_BIN_EXE_edfi-setup").into(),
        };
        practice::build(world.engine.client(), &[pooler], &options, &|_| {})
            .await
            .unwrap();
        world
    }

    /// A command line of the product, in a home of its own.
    pub fn setup(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_edfi-setup"));
        command
            .env("EDFI_SETUP_HOME", self.folder.path().join("home"))
            .stdin(Stdio::null());
        command
    }

    /// The words of `up`.
    pub fn up(&self) -> Vec<String> {
        let mut words = ["up", "districts", "--yes", "--output=json"]
            .map(str::to_owned)
            .to_vec();
        for setting in &self.settings {
            words.extend(["--set".to_owned(), setting.clone()]);
        }
        words
    }

    /// The words of `add`, for the district after the last.
    pub fn add(&self) -> Vec<String> {
        let next = (FIRST + self.size).to_string();
        ["add", "district", &next, "--yes", "--output=json"]
            .map(str::to_owned)
            .to_vec()
    }

    pub fn container(&self, service: &str) -> String {
        self.stack.container_name(service)
    }

    pub fn network(&self) -> String {
        format!("{}_theirs", self.stack.deployment)
    }

    /// The practice pooler.
    pub fn pooler() -> String {
        format!("{PREFIX}/{POOLER}")
    }

    /// Megabytes that a container takes, as the engine counts them.
    pub async fn memory(&self, service: &str) -> f64 {
        let mut samples = self.engine.stats(&self.container(service));
        let sample = samples.next().await.unwrap().unwrap();
        #[allow(clippy::cast_precision_loss, reason = "far below 2^52")]
        let bytes = sample.memory_bytes as f64;
        bytes / 1_000_000.0
    }

    /// Takes everything away, whoever made it: all contestants' things carry the deployment's label.
    pub async fn clear(&self) {
        let engine = &self.engine;
        let found = engine.observe(&self.stack.deployment).await.unwrap();
        for container in found.containers.values() {
            engine
                .stop(&container.id, std::time::Duration::ZERO)
                .await
                .unwrap();
            engine.remove_container(&container.id).await.unwrap();
        }
        for network in found.networks.keys() {
            engine.remove_network(network).await.unwrap();
        }
        for volume in found.volumes.keys() {
            engine.remove_volume(volume).await.unwrap();
        }
        let _ = std::fs::remove_dir_all(self.folder.path().join("home"));
    }
}

impl Drop for World {
    fn drop(&mut self) {
        // After a panic something may be left.
        if std::thread::panicking() {
            let name = &self.stack.deployment;
            let _ = self
                .setup()
                .args(["remove", name, "--confirm", name])
                .output();
        }
    }
}
