//! Docker Compose v2 meets a deployment of ours: it sees it, stops and starts it, and cannot take its data.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "helpers of tests may fail loudly"
)]

#[path = "support/compose.rs"]
mod compose;
#[path = "support/practice.rs"]
mod practice;

use std::collections::BTreeMap;
use std::process::{Command, Output, Stdio};

use compose::Compose;
use edfi_setup::deployment::Secret;
use edfi_setup::engine::docker::{DockerEngine, Environment};
use edfi_setup::engine::{Engine, ExecSpec, Health};
use practice::PREFIX;
use serde_json::Value;

const SERVICES: [&str; 4] = ["api", "db-admin", "db-ods", "gateway"];

/// A deployment of one district on practice images. Its end, even by panic, takes all of it away.
struct District {
    home: tempfile::TempDir,
    name: String,
    port: u16,
    engine: DockerEngine,
}

impl District {
    async fn new() -> Self {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let district = Self {
            home: tempfile::tempdir().unwrap(),
            name: format!("compose-test-{}", std::process::id()),
            port: free.local_addr().unwrap().port(),
            engine: DockerEngine::connect(&Environment::of_process())
                .await
                .expect("this test needs a Docker engine"),
        };
        drop(free);
        succeeded(&district.setup(&["practice", "build", "--prefix", PREFIX]));
        district
    }

    fn setup(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_edfi-setup"))
            .args(arguments)
            .env("EDFI_SETUP_HOME", self.home.path())
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    /// Brings it up and gives the last event, which must be that it is ready.
    fn up(&self) {
        let port = format!("access.port={}", self.port);
        let registry = format!("images.registry={PREFIX}");
        let output = self.setup(&[
            "up",
            "district-shared",
            "--yes",
            "--output=json",
            "--name",
            &self.name,
            "--set",
            &port,
            "--set",
            &registry,
        ]);
        let events = json(&succeeded(&output));
        let last = events.last().unwrap();
        assert_eq!(last["event"], "ready", "{last}");
        assert_eq!(last["verified"], true, "{last}");
    }

    /// Compose, told nothing but the deployment's name. It runs where no compose file lies.
    fn compose(&self, compose: &Compose, arguments: &[&str]) -> String {
        let output = compose
            .command()
            .args(["-p", &self.name])
            .args(arguments)
            .current_dir(self.home.path())
            .output()
            .unwrap();
        succeeded(&output)
    }

    /// What Compose says of each service: its state, as in `running`.
    fn states(&self, compose: &Compose) -> BTreeMap<String, String> {
        let text = self.compose(compose, &["ps", "--all", "--format", "json"]);
        let field = |entry: &Value, name: &str| entry[name].as_str().unwrap_or_default().to_owned();
        json(&text)
            .iter()
            .map(|entry| (field(entry, "Service"), field(entry, "State")))
            .collect()
    }

    async fn sql(&self, sql: &str) -> String {
        let exec = ExecSpec {
            command: [
                "psql",
                "-U",
                "postgres",
                "-d",
                "EdFi_Ods",
                "-XAtq",
                "-v",
                "ON_ERROR_STOP=1",
            ]
            .map(str::to_owned)
            .to_vec(),
            stdin: Some(Secret::new(sql)),
            user: None,
        };
        let container = format!("{}-db-ods-1", self.name);
        let outcome = self.engine.exec(&container, &exec, &|_, _| {}).await;
        let outcome = outcome.unwrap();
        assert_eq!(outcome.exit_code, 0, "{}", outcome.stderr);
        outcome.stdout
    }

    async fn volumes(&self) -> Vec<String> {
        let observed = self.engine.observe(&self.name).await.unwrap();
        observed.volumes.into_keys().collect()
    }
}

impl Drop for District {
    fn drop(&mut self) {
        let output = self.setup(&["remove", &self.name, "--confirm", &self.name]);
        assert!(
            output.status.success() || std::thread::panicking(),
            "{output:?}"
        );
    }
}

fn succeeded(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// JSON lines, or one list: releases of Compose differ.
fn json(text: &str) -> Vec<Value> {
    serde_json::Deserializer::from_str(text)
        .into_iter::<Value>()
        .flat_map(|value| match value.unwrap() {
            Value::Array(values) => values,
            value => vec![value],
        })
        .collect()
}

fn all(state: &str) -> BTreeMap<String, String> {
    SERVICES
        .map(|service| (service.to_owned(), state.to_owned()))
        .into()
}

#[tokio::test(flavor = "multi_thread")]
async fn compose_sees_the_deployment_and_cannot_take_its_data() {
    let compose = match Compose::find().await {
        Ok(compose) => compose,
        Err(reason) => {
            // A developer may go on without; where everything has to be tested, this is a failure.
            assert!(std::env::var_os("CI").is_none(), "{reason}");
            eprintln!("NOT TESTED: {reason}");
            return;
        }
    };
    let district = District::new().await;
    district.up();
    district
        .sql("CREATE TABLE proof (words text); INSERT INTO proof VALUES ('written before');")
        .await;

    assert_eq!(district.states(&compose), all("running"));
    let table = district.compose(&compose, &["ps"]);
    for service in SERVICES {
        assert!(
            table.contains(&format!("{}-{service}-1", district.name)),
            "{table}"
        );
    }
    let logs = district.compose(&compose, &["logs", "--no-color", "api"]);
    assert!(
        logs.lines()
            .any(|line| line.contains("api-1") && line.contains("takes connections")),
        "{logs}"
    );

    district.compose(&compose, &["stop"]);
    assert_eq!(district.states(&compose), all("exited"));
    district.compose(&compose, &["start"]);
    assert_eq!(district.states(&compose), all("running"));
    // Started one after the other without waiting for the calm health checks, whose first comes late.
    for database in ["db-admin", "db-ods"] {
        let container = format!("{}-{database}-1", district.name);
        let state = district.engine.inspect(&container).await.unwrap();
        assert_eq!(state.health, Health::Starting, "{database}");
    }
    district.up();

    let volumes = district.volumes().await;
    assert_eq!(volumes.len(), 2, "{volumes:?}");
    district.compose(&compose, &["down", "-v"]);
    let left = district.engine.observe(&district.name).await.unwrap();
    assert!(left.containers.is_empty(), "{left:?}");
    assert!(left.networks.is_empty(), "{left:?}");
    assert_eq!(district.volumes().await, volumes);

    district.up();
    assert_eq!(
        district.sql("SELECT words FROM proof").await.trim(),
        "written before"
    );
}
