//! What all contestants share: one stack, its images, one name on the engine.

use std::path::Path;
use std::process::{Command, Stdio};

use edfi_setup::deployment::Home;
use edfi_setup::engine::docker::{DockerEngine, Environment};
use edfi_setup::profile;
use edfi_setup::session;
use edfi_setup::stack::Stack;
use jiff::Timestamp;

use crate::Scenario;

/// Of the bench's own, so that images made meanwhile for something else change nothing here.
const PREFIX: &str = "localhost/edfi-practice-bench";

/// One scenario's stack and where it is brought up.
pub struct World {
    pub scenario: Scenario,
    pub engine: DockerEngine,
    /// What the profile asks for. Its secrets are not those of the product's own runs, which make theirs.
    pub stack: Stack,
    folder: tempfile::TempDir,
    settings: Vec<String>,
}

impl World {
    pub async fn new(scenario: Scenario, port: u16) -> Self {
        let delay = scenario.start_delay().to_string();
        let prefix = match scenario.start_delay() {
            0 => PREFIX.to_owned(),
            _ => format!("{PREFIX}-{delay}s"),
        };
        let settings = vec![
            format!("name=bring-up-bench-{}", std::process::id()),
            format!("access.port={port}"),
            format!("images.registry={prefix}"),
        ];
        let overrides: Vec<_> = settings
            .iter()
            .map(|setting| profile::Override::parse(setting).unwrap())
            .collect();
        let loaded = profile::load("district-shared", &overrides).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let nowhere = Home::at(folder.path().join("nowhere"));
        let world = Self {
            scenario,
            engine: DockerEngine::connect(&Environment::of_process())
                .await
                .unwrap(),
            stack: session::look(&nowhere, &loaded.profile, Timestamp::now())
                .unwrap()
                .stack,
            folder,
            settings,
        };
        world.run(&[
            "practice",
            "build",
            "--prefix",
            &prefix,
            "--start-delay",
            &delay,
        ]);
        world
    }

    /// A folder for files of this scenario.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A command line of the product, in a home of its own.
    pub fn setup(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_edfi-setup"));
        command
            .env("EDFI_SETUP_HOME", self.folder().join("home"))
            .stdin(Stdio::null());
        command
    }

    /// `up` with this scenario's profile.
    pub fn up(&self) -> Command {
        let mut command = self.setup();
        command.args(["up", "district-shared", "--yes", "--output=json"]);
        for setting in &self.settings {
            command.args(["--set", setting]);
        }
        command
    }

    /// Takes everything away, whoever made it: all contestants' things carry the deployment's label.
    pub fn clear(&self) {
        let name = &self.stack.deployment;
        self.run(&["remove", name, "--confirm", name]);
    }

    fn run(&self, arguments: &[&str]) {
        let output = self.setup().args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
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
