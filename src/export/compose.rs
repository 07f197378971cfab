//! The text of `compose.yaml`.

use crate::engine::LABEL_DEPLOYMENT;
use crate::stack::Stack;

use super::databases::preparations;
use super::services::{preparation, secret_key, service, volume_key};
use super::variables::{Variables, is_public};
use super::yaml::{Yaml, literal};
use super::{ENV_FILE, VOLUMES_FILE};

/// The whole file.
pub(super) fn text(stack: &Stack, variables: &Variables) -> String {
    let mut yaml = Yaml::default();
    yaml.comment(&format!(
        "The Ed-Fi platform {}: ODS/API {}, data standard {}. Written by edfi-setup.\n\
         README.md beside this file says how to start, check and stop it.\n\
         \n\
         No password stands here: \"${{EDFI_…}}\" is filled in from the file {ENV_FILE}.\n\
         All services together use about {} MB of memory. Needs Docker Compose 2.24 or newer.",
        stack.deployment,
        stack.release,
        stack.data_standard,
        stack.memory_mb()
    ));
    yaml.text("name", &stack.deployment);
    yaml.gap();
    services(&mut yaml, stack, variables);
    yaml.gap();
    volumes(&mut yaml, stack);
    yaml.gap();
    secrets(&mut yaml, stack, variables);
    networks(&mut yaml, stack);
    yaml.finish()
}

/// Each preparation stands behind the server that it prepares.
fn services(yaml: &mut Yaml, stack: &Stack, variables: &Variables) {
    let preparations = preparations(stack);
    yaml.comment("Started in this order: databases, what is missing in them, programs, gateway.");
    yaml.block("services", |yaml| {
        for one in stack.services.values() {
            service(yaml, stack, one, &preparations, variables);
            for own in preparations.iter().filter(|own| own.server == one.name) {
                preparation(yaml, stack, own, variables);
            }
        }
    });
}

fn volumes(yaml: &mut Yaml, stack: &Stack) {
    let commands: Vec<String> = stack
        .volumes
        .keys()
        .map(|volume| format!("  docker volume create {volume}"))
        .collect();
    yaml.comment(&format!(
        "The data. It outlives every container, and no command of Compose takes it away, not even\n\
         \"docker compose down -v\". So Compose does not make these volumes either. Before the first start run\n\
         \"sh {VOLUMES_FILE}\", which does this, and notes on each volume what it holds:\n{}",
        commands.join("\n")
    ));
    yaml.block("volumes", |yaml| {
        for volume in stack.volumes.keys() {
            yaml.block(volume_key(volume), |yaml| {
                yaml.text("name", volume);
                yaml.word("external", "true");
            });
        }
    });
}

fn secrets(yaml: &mut Yaml, stack: &Stack, variables: &Variables) {
    let mut private = stack
        .services
        .values()
        .flat_map(|service| service.files.iter().map(move |file| (service, file)))
        .filter(|(_, file)| !is_public(file.mode))
        .peekable();
    if private.peek().is_none() {
        return;
    }
    yaml.comment(&format!(
        "Files that hold a secret. Their text is in {ENV_FILE}."
    ));
    yaml.block("secrets", |yaml| {
        for (service, file) in private {
            if let Some(name) = variables.name(&service.name, &file.path) {
                yaml.block(&secret_key(service, file), |yaml| {
                    yaml.word("environment", &literal(name));
                });
            }
        }
    });
    yaml.gap();
}

fn networks(yaml: &mut Yaml, stack: &Stack) {
    yaml.comment(
        "The services find each other here by name. Only the gateway can be reached from outside.",
    );
    yaml.block("networks", |yaml| {
        yaml.block("default", |yaml| {
            yaml.text("name", &stack.network);
            yaml.block("labels", |yaml| {
                yaml.text(LABEL_DEPLOYMENT, &stack.deployment);
            });
        });
    });
}
