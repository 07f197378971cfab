//! `down` and `remove`: taking away, never more than was named.

use serde_json::json;

use crate::deployment::{Folder, Lock, remove_folder};
use crate::diagnostic::{Diagnostic, Severity, sentence};
use crate::engine::docker::DockerEngine;
use crate::engine::{Engine, Observed};
use crate::run::{Taken, take_away};
use crate::session::{self, Kind, Trouble};

use super::args::Down;
use super::{Desk, Verdict, ask_for, confirm, now};

/// Stops and removes containers and network. Data stays.
pub(super) async fn down(desk: &Desk, down: Down) -> Verdict {
    let engine = desk.engine().await?;
    let name = session::existing(&engine, &desk.home, down.which.name()).await?;
    let folder = folder(desk, &name)?;
    let _lock = lock(&folder, &format!("down {name}"))?;
    let observed = engine.observe(&name).await?;
    if observed.containers.is_empty() && observed.networks.is_empty() {
        desk.printer.say(format!(
            "{name} is down already; its data is there ({} volumes).",
            observed.volumes.len()
        ));
        desk.printer
            .json(&json!({ "deployment": name, "removed": [], "kept": volumes(&observed) }));
        return Ok(0);
    }
    if !down.yes {
        let question = format!(
            "Stop {name} and remove its {} containers? Data stays.",
            observed.containers.len()
        );
        if !confirm(&question, "--yes")? {
            desk.printer.complain("Nothing was changed.");
            return Ok(Kind::Blocked.exit_code());
        }
    }
    let removed = take_containers(desk, &engine, &observed).await?;
    desk.printer.say(format!(
        "{name} is down. Its data stays in {}.",
        volumes(&observed).join(", ")
    ));
    desk.printer
        .say(format!("To bring it up again: edfi-setup up --name {name}"));
    desk.printer
        .json(&json!({ "deployment": name, "removed": removed, "kept": volumes(&observed) }));
    Ok(0)
}

/// Removes everything, data too, after the operator has named it.
pub(super) async fn remove(desk: &Desk, name: Option<&str>, confirm: Option<String>) -> Verdict {
    let engine = desk.engine().await?;
    let name = session::existing(&engine, &desk.home, name).await?;
    let folder = folder(desk, &name)?;
    let lock = lock(&folder, &format!("remove {name}"))?;
    let observed = engine.observe(&name).await?;
    desk.printer.say(format!("This removes {name} for good:"));
    for container in observed.containers.values() {
        desk.printer.say(format!("  container  {}", container.name));
    }
    for (volume, found) in &observed.volumes {
        let holds = found
            .labels
            .get("io.edfi-setup.holds")
            .map(String::as_str)
            .unwrap_or_default();
        desk.printer
            .say(format!("  DATA       {volume}  ({holds})"));
    }
    desk.printer.say(format!(
        "  folder     {}  (profile, passwords, certificate)",
        folder.path().display()
    ));
    let typed = match confirm {
        Some(typed) => typed,
        None => ask_for(
            &format!("Data cannot be brought back. Type {name} to remove it:"),
            &format!("--confirm {name}"),
        )?,
    };
    if typed.trim() != name {
        return Err(Trouble::new(
            Kind::Blocked,
            Diagnostic::new(
                "E-5050",
                Severity::Block,
                format!("The name typed is not {name}."),
            )
            .help("Nothing was removed."),
        ));
    }
    take_containers(desk, &engine, &observed).await?;
    for volume in observed.volumes.keys() {
        engine.remove_volume(volume).await?;
        desk.printer.say(format!("  removed volume {volume}"));
    }
    remove_folder(lock).map_err(|error| Trouble::new(Kind::Failed, error.diagnostic()))?;
    desk.printer.say(format!("{name} is gone."));
    desk.printer
        .json(&json!({ "deployment": name, "removed": true }));
    Ok(0)
}

/// Takes all containers and networks away and tells of each; gives the containers' names.
async fn take_containers(
    desk: &Desk,
    engine: &DockerEngine,
    observed: &Observed,
) -> Result<Vec<String>, Trouble> {
    let containers: Vec<_> = observed.containers.values().collect();
    let networks: Vec<&str> = observed.networks.keys().map(String::as_str).collect();
    let tell = |taken: Taken| match taken {
        Taken::NetworkKept { .. } => desk.printer.complain(&format!("  {taken}")),
        Taken::Container(_) | Taken::Network(_) => desk.printer.say(format!("  {taken}")),
    };
    take_away(engine, &containers, &networks, &tell).await?;
    Ok(observed.containers.keys().cloned().collect())
}

fn volumes(observed: &Observed) -> Vec<String> {
    observed.volumes.keys().cloned().collect()
}

pub(super) fn folder(desk: &Desk, name: &str) -> Result<Folder, Trouble> {
    desk.home.folder(name).map_err(|error| {
        Trouble::new(
            Kind::Input,
            Diagnostic::new("E-5010", Severity::Block, sentence(&error.to_string())),
        )
    })
}

pub(super) fn lock(folder: &Folder, command: &str) -> Result<Lock, Trouble> {
    Lock::take(folder, command, now()).map_err(|error| Trouble::new(Kind::Busy, error.diagnostic()))
}
