//! What a container is made from, and a description of it short enough for a label.
//!
//! The label lets a later run say *what* changed, not only that something did. Values stand in it
//! only as fingerprints (32 bits of a SHA-256), since labels are readable by everybody who may
//! talk to the engine.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use crate::deployment::Secret;
use crate::engine::{ContainerSpec, FileSpec, LABEL_ONCE, Restart};
use crate::fingerprint;
use crate::stack::{Service, Stack};

use super::labels;

/// Description of a container, kept as one of its labels.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Description {
    /// Image name.
    pub image: String,
    /// Fingerprint of each setting.
    pub env: BTreeMap<String, String>,
    /// Fingerprint of each file.
    pub files: BTreeMap<String, String>,
    /// Published ports, as in `127.0.0.1:8443->8443`.
    pub ports: Vec<String>,
    /// Fingerprint of everything else.
    pub rest: String,
}

/// Describes a service as it should be.
pub(super) fn describe(stack: &Stack, service: &Service) -> Description {
    Description {
        image: service.image.clone(),
        env: service
            .env
            .iter()
            .map(|(name, value)| (name.clone(), fingerprint::short(value.value.expose())))
            .collect(),
        files: service
            .files
            .iter()
            .map(described)
            .chain(programs(service))
            .collect(),
        ports: service
            .ports
            .iter()
            .map(|port| {
                format!(
                    "{}:{}->{}",
                    port.host_ip, port.host_port, port.container_port
                )
            })
            .collect(),
        rest: fingerprint::short(&rest(stack, service)),
    }
}

/// A file's path and fingerprint.
fn described(file: &FileSpec) -> (String, String) {
    let whole = format!(
        "{:o} {} {} {}",
        file.mode,
        file.uid,
        file.gid,
        file.content.expose()
    );
    (file.path.clone(), fingerprint::short(&whole))
}

/// The fingerprints of files, by path.
pub(super) fn fingerprints(files: &[FileSpec]) -> BTreeMap<String, String> {
    files.iter().map(described).collect()
}

/// A file in the gateway that says which files it took in last. Its label cannot: it is from the time
/// when the container was made.
pub const STAMP: &str = "/etc/nginx/edfi/files.json";

/// The files to place in a service's container, in this order. `only` names the copies of the API to
/// which a gateway sends requests; all of them where none is named.
pub fn files_to_place(stack: &Stack, service: &Service, only: &[String]) -> Vec<FileSpec> {
    if !takes_files_in(service) {
        return service.files.clone();
    }
    let mut files = stack.gateway_files(service, only);
    if let Some(first) = files.first().cloned() {
        // Maps of strings always serialize; an empty stamp would only make the next plan reload.
        let text = serde_json::to_string(&fingerprints(&files)).unwrap_or_default();
        files.push(FileSpec {
            path: STAMP.to_owned(),
            content: Secret::new(text),
            ..first
        });
    }
    files
}

/// What a stamp says; none if it is none.
pub fn read_stamp(text: &str) -> Option<BTreeMap<String, String>> {
    serde_json::from_str(text).ok()
}

/// Whether a service takes changed files in while it runs.
pub(super) fn takes_files_in(service: &Service) -> bool {
    service.role == "gateway"
}

/// One fingerprint for each folder of programs that are placed in a container: an extension is many files.
fn programs(service: &Service) -> BTreeMap<String, String> {
    let mut folders: BTreeMap<String, String> = BTreeMap::new();
    for asset in &service.assets {
        let folder: Vec<&str> = asset.path.split('/').take(4).collect();
        let whole = folders.entry(folder.join("/")).or_default();
        // Writing to a String cannot fail.
        let _ = writeln!(
            whole,
            "{} {}",
            asset.path,
            fingerprint::of_bytes(&asset.bytes)
        );
    }
    for whole in folders.values_mut() {
        *whole = fingerprint::short(whole);
    }
    folders
}

/// Everything else that makes a container what it is. What most services lack is left out, so that
/// containers of earlier versions keep their fingerprint.
fn rest(stack: &Stack, service: &Service) -> String {
    let mut rest = format!(
        "{:?} {:?} {:?} {:?} {} {:?} {}",
        service.mounts,
        service.health,
        service.log_options,
        service.needs,
        service.init,
        service.stop_grace,
        stack.network
    );
    if !service.command.is_empty() || !service.aliases.is_empty() {
        let _ = write!(rest, " {:?} {:?}", service.command, service.aliases);
    }
    rest
}

/// The container to create for a service.
pub fn container_spec(stack: &Stack, service: &Service) -> ContainerSpec {
    let description = describe(stack, service);
    // Maps of strings always serialize; an empty label would only make the next plan recreate.
    let text = serde_json::to_string(&description).unwrap_or_default();
    let hash = fingerprint::whole(&text);
    ContainerSpec {
        name: stack.container_name(&service.name),
        image: service.image.clone(),
        env: service
            .env
            .iter()
            .map(|(name, value)| (name.clone(), value.value.clone()))
            .collect(),
        labels: labels::container(stack, service, &text, &hash),
        entrypoint: None,
        command: (!service.command.is_empty()).then(|| service.command.clone()),
        user: None,
        mounts: service.mounts.clone(),
        ports: service.ports.clone(),
        network: stack.network.clone(),
        aliases: std::iter::once(&service.name)
            .chain(&service.aliases)
            .cloned()
            .collect(),
        health: Some(service.health.clone()),
        restart: Restart::UnlessStopped,
        log_driver: "json-file".to_owned(),
        log_options: service.log_options.clone(),
        init: service.init,
        stop_grace: service.stop_grace,
    }
}

/// The container that registers our client with the Admin API, and the service that it plays meanwhile. Nobody finds it
/// under another's name, it publishes nothing, and nothing starts it again.
pub fn registration_spec(stack: &Stack) -> Option<(Service, ContainerSpec)> {
    let service = stack.registration()?;
    let mut spec = container_spec(stack, &service);
    spec.labels.insert(LABEL_ONCE.to_owned(), String::new());
    // Compose leaves alone what runs once.
    let once = ("com.docker.compose.oneoff".to_owned(), "True".to_owned());
    spec.labels.extend([once]);
    spec.health = None;
    spec.restart = Restart::No;
    Some((service, spec))
}
