//! Containers described in the engine's words.

use serde_json::{Map, Value, json};

use super::api::{carries, no_container, wanted_labels};
use super::registry::image_id;
use super::wire::{Asked, Reply};
use super::world::{Container, World};
use crate::engine::{Health, Phase};

/// `GET /containers/json`
pub(super) fn list(world: &World, asked: &Asked) -> Reply {
    let all = asked
        .query
        .get("all")
        .is_some_and(|all| all == "1" || all == "true");
    let labels = wanted_labels(asked);
    world.look(|state| {
        let listed = state
            .containers
            .values()
            .filter(|one| (all || one.lives()) && carries(&one.labels, &labels))
            .map(listed)
            .collect();
        Reply::json(200, &listed)
    })
}

fn listed(container: &Container) -> Value {
    let running = container.phase == Phase::Running;
    let ports: Vec<Value> = container
        .ports
        .iter()
        .filter(|_| running)
        .map(|(ip, outside, inside)| {
            json!({ "IP": ip, "PublicPort": outside, "PrivatePort": inside, "Type": "tcp" })
        })
        .collect();
    json!({
        "Id": container.id,
        "Names": [format!("/{}", container.name)],
        "Image": container.image,
        "ImageID": image_id(&container.image),
        "Created": container.created.as_second(),
        "Labels": container.labels,
        "State": word(container.phase),
        "Status": word(container.phase),
        "Ports": ports,
    })
}

/// `GET /containers/ID/json`. The environment is left out: nobody needs it, and it holds secrets.
pub(super) fn container(world: &World, id: &str) -> Reply {
    world.look(|state| match state.containers.get(id) {
        Some(container) => Reply::json(200, &inspected(container)),
        None => no_container(id),
    })
}

fn inspected(container: &Container) -> Value {
    let never = "0001-01-01T00:00:00Z".to_owned();
    let moment =
        |time: Option<jiff::Timestamp>| time.map_or(never.clone(), |time| time.to_string());
    let mut state = json!({
        "Status": word(container.phase),
        "Running": matches!(container.phase, Phase::Running | Phase::Restarting),
        "Paused": container.phase == Phase::Paused,
        "Restarting": container.phase == Phase::Restarting,
        "OOMKilled": container.out_of_memory,
        "Dead": false,
        "Pid": if container.phase == Phase::Running { 4711 } else { 0 },
        "ExitCode": container.exit_code,
        "Error": "",
        "StartedAt": moment(container.started),
        "FinishedAt": moment(container.finished),
    });
    if let Some(state) = state.as_object_mut()
        && container.health != Health::None
    {
        let health = json!({
            "Status": health_word(container.health),
            "FailingStreak": 0,
            "Log": [{ "Output": container.health_words, "ExitCode": 0 }],
        });
        state.insert("Health".to_owned(), health);
    }
    let bindings = bindings(container);
    let published = if container.phase == Phase::Running {
        bindings.clone()
    } else {
        Map::new()
    };
    json!({
        "Id": container.id,
        "Name": format!("/{}", container.name),
        "Created": container.created.to_string(),
        "Image": image_id(&container.image),
        "RestartCount": container.restarts,
        "State": state,
        "Config": { "Image": container.image, "Labels": container.labels },
        "HostConfig": { "PortBindings": bindings, "NetworkMode": container.network },
        "NetworkSettings": { "Ports": published },
        "Mounts": container.mounts.iter().map(|(volume, target)| {
            json!({ "Type": "volume", "Name": volume, "Destination": target })
        }).collect::<Vec<_>>(),
    })
}

fn bindings(container: &Container) -> Map<String, Value> {
    let mut bindings = Map::new();
    for (ip, outside, inside) in &container.ports {
        let binding = json!({ "HostIp": ip, "HostPort": outside.to_string() });
        let entry = bindings
            .entry(format!("{inside}/tcp"))
            .or_insert_with(|| json!([]));
        if let Some(list) = entry.as_array_mut() {
            list.push(binding);
        }
    }
    bindings
}

fn word(phase: Phase) -> &'static str {
    match phase {
        Phase::Created => "created",
        Phase::Running => "running",
        Phase::Restarting => "restarting",
        Phase::Paused => "paused",
        Phase::Exited => "exited",
        Phase::Dead => "dead",
    }
}

/// The engine's word for a container's health.
pub(super) fn health_word(health: Health) -> &'static str {
    match health {
        Health::None => "none",
        Health::Starting => "starting",
        Health::Healthy => "healthy",
        Health::Unhealthy => "unhealthy",
    }
}
