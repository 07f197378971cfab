//! The simulated engine's requests, each handed to whoever knows the answer.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use hyper::Method;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::wire::{Answer, Asked, Reply, Said, unescape};
use super::world::{Network, State, Volume, World};
use super::{NOTICE, conversation, create, inspect, life, registry, stream};

/// The oldest and newest version spoken.
const VERSIONS: (&str, &str) = ("1.24", "1.47");
/// Memory and processors of the machine that is not there.
const MEMORY: u64 = 16_000_000_000;
const CPUS: u32 = 4;

/// Answers requests out of a world.
#[derive(Debug)]
pub(super) struct Api(pub Arc<World>);

impl Answer for Api {
    fn answer<'a>(&'a self, asked: &'a Asked) -> BoxFuture<'a, Said> {
        Box::pin(async move {
            let path = asked.path.trim_matches('/');
            let parts: Vec<String> = path.split('/').map(unescape).collect();
            let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
            self.route(asked, &parts).await
        })
    }
}

impl Api {
    async fn route(&self, asked: &Asked, parts: &[&str]) -> Said {
        let world = &self.0;
        let get = asked.method == Method::GET || asked.method == Method::HEAD;
        match (&asked.method, parts) {
            (_, ["_ping"]) => Reply::text(200, "OK").into(),
            (_, ["version"]) => version().into(),
            (_, ["info"]) => info().into(),
            (_, ["events"]) => stream::events(world, asked),
            (_, ["images", rest @ ..]) => registry::images(world, asked, rest),
            (_, ["distribution", name @ .., "json"]) => {
                registry::obtainable(world, &name.join("/")).into()
            }
            (&Method::POST, ["networks", "create"]) => create_network(world, asked).into(),
            (&Method::DELETE, ["networks", name]) => remove_network(world, name).into(),
            (_, ["networks", rest @ ..]) if get => networks(world, asked, rest).into(),
            (&Method::POST, ["volumes", "create"]) => create_volume(world, asked).into(),
            (&Method::DELETE, ["volumes", name]) => remove_volume(world, name).into(),
            (_, ["volumes", rest @ ..]) if get => volumes(world, asked, rest).into(),
            (&Method::POST, ["containers", "create"]) => create::container(world, asked).into(),
            (_, ["containers", "json"]) => inspect::list(world, asked).into(),
            (_, ["containers", which]) => create::remove(world, which, asked).into(),
            (_, ["containers", which, what]) => self.container(asked, which, what).await,
            (_, ["exec", id, what]) => conversation::answer(world, id, what),
            _ => Reply::error(404, "page not found").into(),
        }
    }

    async fn container(&self, asked: &Asked, which: &str, what: &str) -> Said {
        let world = &self.0;
        let Some(id) = world.look(|state| state.find(which).map(|found| found.id.clone())) else {
            return no_container(which).into();
        };
        match (&asked.method, what) {
            (_, "json") => inspect::container(world, &id).into(),
            (_, "logs") => stream::logs(world, &id, asked),
            (_, "stats") => stream::stats(world, &id, asked),
            (_, "archive") => create::archive(world, &id, asked).into(),
            (&Method::POST, "exec") => conversation::prepare(world, &id, asked).into(),
            (&Method::POST, "start") => life::start(world, &id).into(),
            (&Method::POST, "stop" | "kill") => life::stop(world, &id).await.into(),
            (&Method::POST, "restart") => {
                life::stop(world, &id).await;
                life::start(world, &id).into()
            }
            _ => Reply::error(404, "page not found").into(),
        }
    }
}

/// What an engine says when there is no such container.
pub(super) fn no_container(which: &str) -> Reply {
    Reply::error(404, &format!("No such container: {which}"))
}

fn version() -> Reply {
    let (oldest, newest) = VERSIONS;
    Reply::json(
        200,
        &json!({
            "Version": "0.0-rehearsal",
            "ApiVersion": newest,
            "MinAPIVersion": oldest,
            "Os": "linux",
            "Arch": "amd64",
            "Components": [{ "Name": NOTICE, "Version": "0.0" }],
        }),
    )
}

fn info() -> Reply {
    Reply::json(
        200,
        &json!({
            "ID": "rehearsal",
            "Name": "rehearsal",
            "ServerVersion": "0.0-rehearsal",
            "OperatingSystem": NOTICE,
            "OSType": "linux",
            "Architecture": "x86_64",
            "MemTotal": MEMORY,
            "NCPU": CPUS,
            // A folder that no computer has: its disk cannot be looked at, since nothing is kept.
            "DockerRootDir": "/rehearsal",
            "SecurityOptions": [],
            "SystemTime": Timestamp::now().to_string(),
        }),
    )
}

/// The labels that a request's filters ask for, each as `name` or `name=value`.
pub(super) fn wanted_labels(asked: &Asked) -> Vec<String> {
    filter(asked, "label")
}

/// The values of one filter. Clients write them as a list, or as a map of `true`.
pub(super) fn filter(asked: &Asked, name: &str) -> Vec<String> {
    let filters: Value = asked
        .query
        .get("filters")
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default();
    match filters.get(name) {
        Some(Value::Array(values)) => values
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        Some(Value::Object(values)) => values.keys().cloned().collect(),
        _ => Vec::new(),
    }
}

/// Whether all wanted labels are there.
pub(super) fn carries(labels: &BTreeMap<String, String>, wanted: &[String]) -> bool {
    wanted.iter().all(|label| match label.split_once('=') {
        Some((name, value)) => labels.get(name).is_some_and(|found| found == value),
        None => labels.contains_key(label),
    })
}

/// The body's `Name` and `Labels`.
fn named(asked: &Asked) -> (String, BTreeMap<String, String>) {
    let body: Value = serde_json::from_slice(&asked.body).unwrap_or_default();
    (
        body.get("Name")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned(),
        texts(body.get("Labels")),
    )
}

/// A map of texts.
pub(super) fn texts(value: Option<&Value>) -> BTreeMap<String, String> {
    value
        .and_then(|value| serde_json::from_value(value.clone()).ok())
        .unwrap_or_default()
}

fn create_network(world: &World, asked: &Asked) -> Reply {
    let (name, labels) = named(asked);
    world.change(|state| {
        if state.networks.contains_key(&name) {
            let words = format!("network with name {name} already exists");
            return Reply::error(409, &words);
        }
        let id = world.id(state, "network");
        let network = Network {
            id: id.clone(),
            labels,
        };
        state.networks.insert(name, network);
        Reply::json(201, &json!({ "Id": id, "Warning": "" }))
    })
}

fn network_json(name: &str, network: &Network) -> Value {
    json!({
        "Name": name,
        "Id": network.id,
        "Driver": "bridge",
        "Scope": "local",
        "Labels": network.labels,
    })
}

fn networks(world: &World, asked: &Asked, rest: &[&str]) -> Reply {
    let labels = wanted_labels(asked);
    world.look(|state| match rest {
        [] => Reply::json(
            200,
            &state
                .networks
                .iter()
                .filter(|(_, network)| carries(&network.labels, &labels))
                .map(|(name, network)| network_json(name, network))
                .collect(),
        ),
        [which] => match find_network(state, which) {
            Some((name, network)) => Reply::json(200, &network_json(name, network)),
            None => Reply::error(404, &format!("network {which} not found")),
        },
        _ => Reply::error(404, "page not found"),
    })
}

fn find_network<'s>(state: &'s State, which: &str) -> Option<(&'s String, &'s Network)> {
    state
        .networks
        .iter()
        .find(|(name, network)| *name == which || network.id == which)
}

fn remove_network(world: &World, which: &str) -> Reply {
    world.change(|state| {
        let Some((name, _)) = find_network(state, which) else {
            return Reply::error(404, &format!("network {which} not found"));
        };
        let name = name.clone();
        let used = |one: &super::world::Container| one.network == name && one.lives();
        if state.containers.values().any(used) {
            let words =
                format!("error while removing network: network {name} has active endpoints");
            return Reply::error(403, &words);
        }
        state.networks.remove(&name);
        Reply::empty(204)
    })
}

fn create_volume(world: &World, asked: &Asked) -> Reply {
    let (name, labels) = named(asked);
    world.change(|state| {
        let volume = state.volumes.entry(name.clone()).or_insert_with(|| Volume {
            labels,
            ..Volume::default()
        });
        Reply::json(201, &volume_json(&name, volume))
    })
}

fn volume_json(name: &str, volume: &Volume) -> Value {
    json!({
        "Name": name,
        "Driver": "local",
        "Mountpoint": format!("/rehearsal/volumes/{name}/_data"),
        "Scope": "local",
        "Labels": volume.labels,
    })
}

fn volumes(world: &World, asked: &Asked, rest: &[&str]) -> Reply {
    let labels = wanted_labels(asked);
    world.look(|state| match rest {
        [] => {
            let volumes: Vec<Value> = state
                .volumes
                .iter()
                .filter(|(_, volume)| carries(&volume.labels, &labels))
                .map(|(name, volume)| volume_json(name, volume))
                .collect();
            Reply::json(200, &json!({ "Volumes": volumes, "Warnings": [] }))
        }
        [name] => match state.volumes.get(*name) {
            Some(volume) => Reply::json(200, &volume_json(name, volume)),
            None => Reply::error(404, &format!("get {name}: no such volume")),
        },
        _ => Reply::error(404, "page not found"),
    })
}

fn remove_volume(world: &World, name: &str) -> Reply {
    world.change(|state| {
        if !state.volumes.contains_key(name) {
            return Reply::error(404, &format!("get {name}: no such volume"));
        }
        let user = state
            .containers
            .values()
            .find(|container| container.mounts.iter().any(|(volume, _)| volume == name));
        if let Some(user) = user {
            let words = format!("remove {name}: volume is in use - [{}]", user.id);
            return Reply::error(409, &words);
        }
        state.volumes.remove(name);
        Reply::empty(204)
    })
}
