//! Each service in Compose's words.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::diagnostic::sentence;
use crate::engine::{Asset, FileSpec, HealthCheck, LABEL_DEPLOYMENT, LABEL_ONCE};
use crate::plan::LABEL_SERVICE;
use crate::stack::{GATEWAY, Service, Stack};

use super::databases::{Preparation, service_name};
use super::extension_folder;
use super::variables::{Variables, is_public};
use super::yaml::{Yaml, literal, variable};

/// Time between two health checks. Compose waits for them, and engines before version 25 know no
/// quicker ones for the start alone.
const INTERVAL: Duration = Duration::from_secs(5);
/// The role of the services that the gateway waits for, so that its port opens when requests can be
/// answered.
const API: &str = "api";
/// The role of the service that keeps nothing.
const CACHE: &str = "cache";
/// The volume that its image declares (docker-library redis, `VOLUME /data`).
const CACHE_VOLUME: &str = "/data";
/// Parts of the path of an extension's folder, as in `/app/Plugin/Sample`: the empty one before the first
/// slash, and three.
const FOLDER_PARTS: usize = 4;
/// Where a preparation finds its script.
const SCRIPT: &str = "/edfi-setup/databases.sql";

/// Writes a service of the stack.
pub(super) fn service(
    yaml: &mut Yaml,
    stack: &Stack,
    service: &Service,
    preparations: &[Preparation<'_>],
    variables: &Variables,
) {
    yaml.gap();
    yaml.comment(&format!(
        "{}\nUses about {} MB of memory.",
        sentence(&service.title),
        service.memory_mb
    ));
    yaml.block(&service.name, |yaml| {
        yaml.text("image", &service.image);
        command(yaml, service);
        yaml.word("restart", "unless-stopped");
        depends_on(yaml, stack, service, preparations);
        environment(yaml, service, variables);
        ports(yaml, service);
        names(yaml, service);
        files(yaml, service);
        scratch(yaml, service);
        health(yaml, service);
        yaml.word("stop_grace_period", &seconds(service.stop_grace));
        if service.init {
            yaml.comment("A first process that passes signals on and tidies up after ended ones.");
            yaml.word("init", "true");
        }
        logging(yaml, service);
        labels(yaml, stack, &service.name, false);
    });
}

/// Writes the service that prepares a server's databases and then ends.
pub(super) fn preparation(
    yaml: &mut Yaml,
    stack: &Stack,
    preparation: &Preparation<'_>,
    variables: &Variables,
) {
    let Some(server) = stack.services.get(preparation.server) else {
        return;
    };
    yaml.gap();
    yaml.comment(&format!(
        "Makes the databases in {} that are missing, and ends. It runs again at each start and\n\
         changes nothing that is there. \"Exited (0)\" is right for it.",
        preparation.server
    ));
    yaml.block(&preparation.service, |yaml| {
        yaml.text("image", &server.image);
        yaml.word("restart", "\"no\"");
        yaml.block("depends_on", |yaml| {
            condition(yaml, preparation.server, "service_healthy");
        });
        yaml.comment("Reads the script below, which only its owner may read.");
        yaml.text("user", "0:0");
        yaml.block("environment", |yaml| {
            yaml.text("PGHOST", preparation.server);
            if let Some(name) = variables.name(preparation.server, "POSTGRES_PASSWORD") {
                yaml.word("PGPASSWORD", &variable(name));
            }
        });
        let mut command = crate::postgres::psql(&stack.databases.user);
        // The last argument says where the script comes from.
        command.pop();
        command.push(SCRIPT.to_owned());
        yaml.list("entrypoint", command.iter().map(String::as_str));
        yaml.block("volumes", |yaml| {
            bind(yaml, &preparation.file(), SCRIPT);
        });
        yaml.comment("The image would else make an unnamed volume here at each start.");
        yaml.list(
            "tmpfs",
            server.mounts.iter().map(|mount| mount.target.as_str()),
        );
        yaml.block("healthcheck", |yaml| yaml.word("disable", "true"));
        logging(yaml, server);
        labels(yaml, stack, &preparation.service, true);
    });
}

fn depends_on(yaml: &mut Yaml, stack: &Stack, service: &Service, preparations: &[Preparation<'_>]) {
    let behind_gateway = stack
        .services
        .values()
        .filter(|other| service.name == GATEWAY && other.role == API)
        .map(|other| &other.name);
    let needs: Vec<&String> = service.needs.iter().chain(behind_gateway).collect();
    if needs.is_empty() {
        return;
    }
    yaml.block("depends_on", |yaml| {
        for need in needs {
            condition(yaml, need, "service_healthy");
            if preparations
                .iter()
                .any(|preparation| preparation.server == *need)
            {
                condition(yaml, &service_name(need), "service_completed_successfully");
            }
        }
    });
}

fn condition(yaml: &mut Yaml, service: &str, condition: &str) {
    yaml.block(service, |yaml| yaml.word("condition", condition));
}

fn command(yaml: &mut Yaml, service: &Service) {
    if service.command.is_empty() {
        return;
    }
    yaml.comment("Started with these settings instead of the image's own.");
    yaml.list("command", service.command.iter().map(String::as_str));
}

/// Further names on the network.
fn names(yaml: &mut Yaml, service: &Service) {
    if service.aliases.is_empty() {
        return;
    }
    yaml.comment(&format!(
        "Also found as {}: requests are spread over all that answer to that name.",
        service.aliases.join(", ")
    ));
    yaml.block("networks", |yaml| {
        yaml.block("default", |yaml| {
            yaml.list("aliases", service.aliases.iter().map(String::as_str));
        });
    });
}

fn environment(yaml: &mut Yaml, service: &Service, variables: &Variables) {
    if service.env.is_empty() {
        return;
    }
    yaml.block("environment", |yaml| {
        for (name, value) in &service.env {
            match variables.name(&service.name, name) {
                Some(name_of_secret) => yaml.word(name, &variable(name_of_secret)),
                None => yaml.text(name, value.value.expose()),
            }
        }
    });
}

fn ports(yaml: &mut Yaml, service: &Service) {
    if service.ports.is_empty() {
        return;
    }
    yaml.comment("host_ip says who can reach it: 127.0.0.1 this computer only, 0.0.0.0 everybody.");
    yaml.block("ports", |yaml| {
        for port in &service.ports {
            yaml.item(&[
                ("host_ip", literal(&port.host_ip)),
                ("published", literal(&port.host_port.to_string())),
                ("target", port.container_port.to_string()),
                ("protocol", "tcp".to_owned()),
            ]);
        }
    });
}

fn files(yaml: &mut Yaml, service: &Service) {
    let (public, private): (Vec<_>, Vec<_>) =
        service.files.iter().partition(|file| is_public(file.mode));
    let programs = programs(service);
    if !public.is_empty() || !service.mounts.is_empty() || !programs.is_empty() {
        yaml.block("volumes", |yaml| {
            for mount in &service.mounts {
                yaml.item(&[
                    ("type", "volume".to_owned()),
                    ("source", literal(volume_key(&mount.volume))),
                    ("target", literal(&mount.target)),
                ]);
            }
            for file in public {
                bind(yaml, &file_name(service, file), &file.path);
            }
            for (name, place) in programs {
                bind(yaml, &extension_folder(name), &place);
            }
        });
    }
    if !private.is_empty() {
        // Without uid and gid, for which engines look in their own machine's list of users and fail where
        // nobody has that number; and without mode, which Compose before 2.30 warns about.
        yaml.comment(
            "Taken from .env and placed in the container alone, where nobody but its program lives.",
        );
        yaml.block("secrets", |yaml| {
            for file in private {
                yaml.item(&[
                    ("source", literal(&secret_key(service, file))),
                    ("target", literal(&file.path)),
                ]);
            }
        });
    }
}

/// A place in memory where an image asks for a volume that nobody would ever look into.
fn scratch(yaml: &mut Yaml, service: &Service) {
    if service.role == CACHE {
        yaml.comment("The image would else make an unnamed volume here. Nothing is kept in it.");
        yaml.list("tmpfs", [CACHE_VOLUME]);
    }
}

/// Folders with the programs of extensions: each extension's name and the folder's place.
fn programs(service: &Service) -> BTreeSet<(&str, String)> {
    let folder = |asset: &'_ Asset| {
        // As in /app/Plugin/Sample/….
        let parts: Vec<&str> = asset.path.split('/').take(FOLDER_PARTS).collect();
        parts.join("/")
    };
    service
        .assets
        .iter()
        .filter_map(|asset| Some((asset.path.split('/').nth(FOLDER_PARTS - 1)?, folder(asset))))
        .collect()
}

fn bind(yaml: &mut Yaml, source: &str, target: &str) {
    yaml.item(&[
        ("type", "bind".to_owned()),
        ("source", literal(&format!("./{source}"))),
        ("target", literal(target)),
        ("read_only", "true".to_owned()),
        // A missing file is an error; by default an empty folder would take its place.
        ("bind", "{ create_host_path: false }".to_owned()),
    ]);
}

fn health(yaml: &mut Yaml, service: &Service) {
    let HealthCheck {
        command,
        interval,
        timeout,
        start_period,
        retries,
    } = &service.health;
    yaml.comment(&format!(
        "Healthy means: it {}. At its start it has {} to get there.",
        service.probe.question,
        seconds(*start_period)
    ));
    yaml.block("healthcheck", |yaml| {
        yaml.list(
            "test",
            std::iter::once("CMD").chain(command.iter().map(String::as_str)),
        );
        yaml.word("interval", &seconds(INTERVAL));
        yaml.word("timeout", &seconds(*timeout));
        yaml.word("start_period", &seconds(*start_period));
        // As patient as calmer checks would be.
        let patience = interval.as_secs().saturating_mul(u64::from(*retries));
        let retries = (patience / INTERVAL.as_secs()).max(u64::from(*retries));
        yaml.word("retries", &retries.to_string());
    });
}

fn logging(yaml: &mut Yaml, service: &Service) {
    yaml.block("logging", |yaml| {
        yaml.word("driver", "json-file");
        yaml.block("options", |yaml| {
            for (name, value) in &service.log_options {
                yaml.text(name, value);
            }
        });
    });
}

/// Compose sets its own labels by itself.
fn labels(yaml: &mut Yaml, stack: &Stack, service: &str, once: bool) {
    yaml.block("labels", |yaml| {
        yaml.text(LABEL_DEPLOYMENT, &stack.deployment);
        yaml.text(LABEL_SERVICE, service);
        if once {
            yaml.text(LABEL_ONCE, "true");
        }
    });
}

/// Place in the folder of a file that everybody may read.
pub(super) fn file_name(service: &Service, file: &FileSpec) -> String {
    let last = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
    let name = last(&file.path);
    let alone = service
        .files
        .iter()
        .filter(|other| last(&other.path) == name)
        .count()
        == 1;
    if alone {
        format!("{}/{name}", service.name)
    } else {
        format!("{}{}", service.name, file.path)
    }
}

/// Compose's own name for a private file.
pub(super) fn secret_key(service: &Service, file: &FileSpec) -> String {
    let words: Vec<&str> = file
        .path
        .split(|char: char| !char.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    format!("{}-{}", service.name, words.join("-"))
}

/// Compose's own name for a volume: what comes after the deployment's name.
pub(super) fn volume_key(volume: &str) -> &str {
    volume.split_once('_').map_or(volume, |(_, rest)| rest)
}

/// Whole seconds, rounded up.
fn seconds(duration: Duration) -> String {
    let extra = u64::from(duration.subsec_nanos() > 0);
    format!("{}s", duration.as_secs() + extra)
}
