//! Containers made, filled with files and removed.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::time::Duration;

use bytes::Bytes;
use hyper::Method;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::api::no_container;
use super::fault::Fault;
use super::wire::{Asked, Reply};
use super::world::{Answers, Container, HealthCheck, State, World};
use super::{NOTICE, Role};
use crate::deployment::Secret;
use crate::engine::{Health, Phase};

/// Folders that images bring, as far as files are placed in them.
const FOLDERS: [&str; 5] = ["/", "/etc", "/tmp", "/etc/nginx", "/etc/nginx/conf.d"];

/// `POST /containers/create`, as far as it matters here.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Body {
    image: String,
    env: Option<Vec<String>>,
    labels: Option<BTreeMap<String, String>>,
    healthcheck: Option<Check>,
    host_config: HostConfig,
    networking_config: NetworkingConfig,
}

/// Nanoseconds.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Check {
    interval: u64,
    start_period: u64,
    retries: u32,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct HostConfig {
    network_mode: String,
    port_bindings: Option<BTreeMap<String, Option<Vec<Binding>>>>,
    mounts: Option<Vec<Mount>>,
    restart_policy: Restart,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Binding {
    host_ip: String,
    host_port: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Mount {
    source: String,
    target: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Restart {
    name: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct NetworkingConfig {
    endpoints_config: Option<BTreeMap<String, Endpoint>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Endpoint {
    aliases: Option<Vec<String>>,
}

/// `POST /containers/create?name=NAME`
pub(super) fn container(world: &World, asked: &Asked) -> Reply {
    let body: Body = match serde_json::from_slice(&asked.body) {
        Ok(body) => body,
        Err(error) => return Reply::error(400, &error.to_string()),
    };
    let name = asked.query.get("name").cloned().unwrap_or_default();
    world.change(|state| {
        if !state.images.contains(&body.image) {
            return Reply::error(404, &format!("No such image: {}", body.image));
        }
        if let Some(network) = missing_network(state, &body) {
            return Reply::error(404, &format!("network {network} not found"));
        }
        let id = world.id(state, "container");
        let container = described(state, &id, &name, body);
        let owner = if state.strikes(Fault::NameTaken, container.service.as_deref()) {
            Some(world.dice(&format!("owner of {name}")))
        } else {
            state.find(&name).map(|owner| owner.id.clone())
        };
        if let Some(owner) = owner {
            let words = format!(
                "Conflict. The container name \"/{name}\" is already in use by container \"{owner}\". You have to remove (or rename) that container to be able to reuse that name."
            );
            return Reply::error(409, &words);
        }
        for (volume, _) in &container.mounts {
            state.volumes.entry(volume.clone()).or_default();
        }
        state.containers.insert(id.clone(), container);
        state.happen(&id, "create", &[]);
        Reply::json(201, &json!({ "Id": id, "Warnings": [] }))
    })
}

fn missing_network(state: &State, body: &Body) -> Option<String> {
    let network = &body.host_config.network_mode;
    let usual = ["", "default", "bridge", "none", "host"];
    let known = usual.contains(&network.as_str()) || state.networks.contains_key(network);
    (!known).then(|| network.clone())
}

fn described(state: &State, id: &str, name: &str, body: Body) -> Container {
    let host = body.host_config;
    let aliases: Vec<String> = body
        .networking_config
        .endpoints_config
        .unwrap_or_default()
        .into_values()
        .flat_map(|endpoint| endpoint.aliases.unwrap_or_default())
        .collect();
    let by_alias = aliases
        .iter()
        .find(|alias| state.parts.contains_key(*alias))
        .cloned();
    let service = by_alias.or_else(|| {
        let part = state.part_of_image(&body.image)?;
        Some(part.service.clone())
    });
    Container {
        id: id.to_owned(),
        name: name.to_owned(),
        service,
        image: body.image,
        labels: body.labels.unwrap_or_default(),
        env: body
            .env
            .unwrap_or_default()
            .iter()
            .filter_map(|setting| setting.split_once('='))
            .map(|(name, value)| (name.to_owned(), Secret::new(value)))
            .collect(),
        mounts: host
            .mounts
            .unwrap_or_default()
            .into_iter()
            .map(|mount| (mount.source, mount.target))
            .collect(),
        ports: ports(host.port_bindings.unwrap_or_default()),
        network: host.network_mode,
        aliases,
        restarts_by_itself: matches!(
            host.restart_policy.name.as_str(),
            "always" | "unless-stopped"
        ),
        check: body.healthcheck.map(|check| HealthCheck {
            interval: Duration::from_nanos(check.interval),
            start_period: Duration::from_nanos(check.start_period),
            retries: check.retries,
        }),
        files: BTreeMap::new(),
        created: Timestamp::now(),
        phase: Phase::Created,
        started: None,
        finished: None,
        exit_code: 0,
        out_of_memory: false,
        restarts: 0,
        health: Health::None,
        health_words: String::new(),
        answers: Answers::Not,
        log: std::collections::VecDeque::new(),
        first_line: 0,
        stop: CancellationToken::new(),
    }
}

fn ports(bindings: BTreeMap<String, Option<Vec<Binding>>>) -> Vec<(String, u16, u16)> {
    bindings
        .into_iter()
        .flat_map(|(port, bindings)| {
            let inside = port.split('/').next().and_then(|port| port.parse().ok());
            bindings
                .unwrap_or_default()
                .into_iter()
                .filter_map(move |binding| {
                    Some((binding.host_ip, binding.host_port.parse().ok()?, inside?))
                })
        })
        .collect()
}

/// `DELETE /containers/NAME`
pub(super) fn remove(world: &World, which: &str, asked: &Asked) -> Reply {
    if asked.method != Method::DELETE {
        return Reply::error(404, "page not found");
    }
    let force = asked
        .query
        .get("force")
        .is_some_and(|force| force == "true" || force == "1");
    world.change(|state| {
        let Some(container) = state.find(which) else {
            return no_container(which);
        };
        if container.lives() && !force {
            let words = format!(
                "You cannot remove a running container {}. Stop the container before attempting removal or force remove",
                container.id
            );
            return Reply::error(409, &words);
        }
        container.stop.cancel();
        let id = container.id.clone();
        state.happen(&id, "destroy", &[]);
        state.containers.remove(&id);
        Reply::empty(204)
    })
}

/// What is in the Admin API's image, as far as anybody reads it there.
const SCRIPTS: [&str; 2] = [
    "Structure/Admin/00001-rehearsed.sql",
    "Structure/Security/00001-rehearsed.sql",
];

/// `GET /containers/ID/archive?path=…`, for the one folder that is ever read.
fn packed(world: &World, id: &str, path: &str) -> Reply {
    let is_there = world.look(|state| {
        let service = state.containers.get(id)?.service.as_ref()?;
        let role = &state.parts.get(service)?.role;
        Some(*role == Role::AdminApi && path.ends_with("/Structure"))
    });
    let mut archive = tar::Builder::new(Vec::new());
    for name in SCRIPTS {
        let text = format!("-- {NOTICE}\n");
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o644);
        header.set_size(text.len() as u64);
        let added = archive.append_data(&mut header, name, text.as_bytes());
        if let Err(error) = added {
            return Reply::error(500, &error.to_string());
        }
    }
    match archive.into_inner() {
        Ok(archive) if is_there == Some(true) => Reply::binary(200, archive),
        Ok(_) => {
            let words = format!("Could not find the file {path} in container {id}");
            Reply::error(404, &words)
        }
        Err(error) => Reply::error(500, &error.to_string()),
    }
}

/// `GET`, `HEAD` and `PUT /containers/ID/archive?path=…`
pub(super) fn archive(world: &World, id: &str, asked: &Asked) -> Reply {
    let path = asked.query.get("path").map_or("/", String::as_str);
    if asked.method == Method::GET {
        return packed(world, id, path);
    }
    if asked.method == Method::PUT {
        let files = match unpacked(path, &asked.body) {
            Ok(files) => files,
            Err(error) => return Reply::error(400, &error.to_string()),
        };
        return world.change(|state| match state.containers.get_mut(id) {
            Some(container) => {
                container.files.extend(files);
                Reply::empty(200)
            }
            None => no_container(id),
        });
    }
    let there = FOLDERS.contains(&path)
        || world.look(|state| {
            let within = format!("{}/", path.trim_end_matches('/'));
            state.containers.get(id).is_some_and(|container| {
                let mut files = container.files.keys();
                files.any(|file| file == path || file.starts_with(&within))
            })
        });
    if there {
        Reply::empty(200)
    } else {
        Reply::error(
            404,
            &format!("Could not find the file {path} in container {id}"),
        )
    }
}

fn unpacked(folder: &str, archive: &Bytes) -> std::io::Result<BTreeMap<String, Secret>> {
    let mut files = BTreeMap::new();
    for entry in tar::Archive::new(archive.as_ref()).entries()? {
        let mut entry = entry?;
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let path = format!(
            "{}/{}",
            folder.trim_end_matches('/'),
            entry.path()?.display()
        );
        // Programs are no text, and nobody here runs them.
        let mut content = Vec::new();
        entry.read_to_end(&mut content)?;
        files.insert(path, Secret::new(String::from_utf8_lossy(&content)));
    }
    Ok(files)
}
