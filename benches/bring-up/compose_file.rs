//! The same stack for Docker Compose: same images, settings, files, order and probes.

use std::collections::BTreeMap;
use std::process::Command;
use std::time::Instant;

use edfi_setup::engine::LABEL_DEPLOYMENT;
use edfi_setup::stack::Service;
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::answers;
use crate::compose::Compose;
use crate::world::World;

/// How a Compose file may find out that services serve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// Our probes each second; `depends_on` names services only. Compose at its best.
    EverySecond,
    /// Our probes each second, and a service starts when those it needs are healthy.
    EverySecondAndAwaited,
    /// As Ed-Fi's own files: databases and API, the engine's default interval, `depends_on` names services only.
    Upstream,
}

/// Seconds that `up -d --wait` takes.
pub async fn up(world: &World, compose: &Compose, health: Health) -> f64 {
    let file = write(world, health);
    let mut command = command(world, compose, &file);
    command.arg("--wait");
    let seconds = tokio::task::spawn_blocking(move || run(&mut command))
        .await
        .unwrap();
    // Not measured: whether what Compose says is true.
    join_all(
        world
            .stack
            .services
            .values()
            .map(|service| answers::until(world, service)),
    )
    .await;
    seconds
}

/// Seconds until `up -d` returns, and until all services answer.
pub async fn up_without_waiting(world: &World, compose: &Compose) -> (f64, f64) {
    let file = write(world, Health::Upstream);
    let mut command = command(world, compose, &file);
    let start = Instant::now();
    let returns = tokio::task::spawn_blocking(move || run(&mut command))
        .await
        .unwrap();
    join_all(
        world
            .stack
            .services
            .values()
            .map(|service| answers::until(world, service)),
    )
    .await;
    (returns, start.elapsed().as_secs_f64())
}

fn command(world: &World, compose: &Compose, file: &std::path::Path) -> Command {
    let mut command = compose.command();
    command
        .args(["-p", &world.stack.deployment, "-f"])
        .arg(file)
        .args(["up", "-d"])
        .current_dir(world.folder());
    command
}

fn run(command: &mut Command) -> f64 {
    let start = Instant::now();
    let output = command.output().unwrap();
    let seconds = start.elapsed().as_secs_f64();
    assert!(output.status.success(), "{output:?}");
    seconds
}

fn write(world: &World, health: Health) -> std::path::PathBuf {
    let stack = &world.stack;
    let labels = json!({ LABEL_DEPLOYMENT: stack.deployment });
    let services: BTreeMap<_, _> = stack
        .services
        .values()
        .map(|each| (&each.name, service(world, each, health, &labels)))
        .collect();
    let volumes: BTreeMap<_, _> = stack
        .volumes
        .keys()
        .map(|name| (name, json!({ "name": name, "labels": labels })))
        .collect();
    let file = json!({
        "services": services,
        "volumes": volumes,
        "networks": { "default": { "name": stack.network, "labels": labels } },
    });
    // JSON is YAML.
    let path = world.folder().join("compose.yml");
    std::fs::write(&path, file.to_string()).unwrap();
    path
}

fn service(world: &World, service: &Service, health: Health, labels: &Value) -> Value {
    let mut environment: BTreeMap<String, String> = service
        .env
        .iter()
        // A dollar sign stands for a variable in a Compose file.
        .map(|(name, value)| (name.clone(), value.value.expose().replace('$', "$$")))
        .collect();
    if let Some(pause) = world.scenario.pause() {
        environment.insert("EDFI_PRACTICE_WAIT_SECONDS".to_owned(), pause.to_owned());
    }
    let condition = match health {
        Health::EverySecondAndAwaited => "service_healthy",
        Health::EverySecond | Health::Upstream => "service_started",
    };
    let needs: BTreeMap<_, _> = service
        .needs
        .iter()
        .map(|need| (need, json!({ "condition": condition })))
        .collect();
    let ports: Vec<_> = service
        .ports
        .iter()
        .map(|port| {
            format!(
                "{}:{}:{}",
                port.host_ip, port.host_port, port.container_port
            )
        })
        .collect();
    let mut volumes: Vec<_> = service
        .mounts
        .iter()
        .map(|mount| format!("{}:{}", mount.volume, mount.target))
        .collect();
    volumes.extend(files(world, service));
    let mut description = json!({
        "image": service.image,
        "environment": environment,
        "labels": labels,
        "depends_on": needs,
        "ports": ports,
        "volumes": volumes,
        "init": service.init,
        "restart": "unless-stopped",
        "stop_grace_period": format!("{}s", service.stop_grace.as_secs()),
        "logging": { "driver": "json-file", "options": service.log_options },
    });
    if let Some(healthcheck) = healthcheck(service, health) {
        description["healthcheck"] = healthcheck;
    }
    description
}

/// Files as Compose users place them: from this machine's disk, for everybody to read.
fn files(world: &World, service: &Service) -> Vec<String> {
    service
        .files
        .iter()
        .map(|file| {
            let name = file.path.replace('/', "_");
            let here = world.folder().join(format!("{}{name}", service.name));
            std::fs::write(&here, file.content.expose()).unwrap();
            format!("{}:{}:ro", here.display(), file.path)
        })
        .collect()
}

/// None where there is none: the images bring no check of their own.
fn healthcheck(service: &Service, health: Health) -> Option<Value> {
    if health != Health::Upstream {
        let mut test = vec!["CMD".to_owned()];
        test.extend(service.probe.command.iter().cloned());
        return Some(json!({
            "test": test,
            "interval": "1s",
            "timeout": format!("{}s", service.health.timeout.as_secs()),
            "start_period": format!("{}s", service.health.start_period.as_secs()),
            "retries": 3,
        }));
    }
    let test = match service.name.as_str() {
        "api" => "wget -q --spider http://127.0.0.1/health",
        name if name.starts_with("db-") => "pg_isready -U ${POSTGRES_USER}",
        _ => return None,
    };
    let test = test.replace('$', "$$");
    Some(json!({ "test": ["CMD-SHELL", test], "start_period": "60s", "retries": 3 }))
}
