//! `secrets`: showing passwords and keys, and giving old data the present password.

use serde_json::json;

use crate::deployment::{Home, Lock, Secrets};
use crate::diagnostic::{Diagnostic, Severity, sentence};
use crate::engine::Engine;
use crate::plan::LABEL_SECRETS;
use crate::run::adopt;
use crate::session::{Kind, Trouble};

use super::args::Secrets as Command;
use super::{Desk, Verdict, confirm, now};

/// Runs a `secrets` command.
pub(super) async fn secrets(desk: &Desk, command: Command) -> Verdict {
    match command {
        Command::Show { secret, name, yes } => show(desk, secret.as_deref(), name.as_deref(), yes),
        Command::Adopt { name, yes } => adopt_volumes(desk, name.as_deref(), yes).await,
    }
}

/// Needs no engine: keys must be found when nothing else works.
fn show(desk: &Desk, wanted: Option<&str>, name: Option<&str>, yes: bool) -> Verdict {
    let name = local_name(&desk.home, name)?;
    let secrets = load(desk, &name)?;
    if let Some(wanted) = wanted.filter(|wanted| secrets.get(wanted).is_none()) {
        let known: Vec<&str> = secrets.values.keys().map(String::as_str).collect();
        return Err(Trouble::new(
            Kind::Input,
            Diagnostic::new(
                "E-5060",
                Severity::Block,
                format!("{name} has no secret named {wanted}."),
            )
            .help(format!("It has: {}.", known.join(", "))),
        ));
    }
    let what = wanted.unwrap_or("all passwords and keys");
    if !yes && !confirm(&format!("Show {what} of {name} on this screen?"), "--yes")? {
        desk.printer.complain("Nothing was shown.");
        return Ok(Kind::Blocked.exit_code());
    }
    for (secret, value) in secrets
        .values
        .iter()
        .filter(|(secret, _)| wanted.is_none_or(|wanted| wanted == *secret))
    {
        desk.printer.reveal(secret, value);
    }
    Ok(0)
}

fn load(desk: &Desk, name: &str) -> Result<Secrets, Trouble> {
    let folder = desk.home.folder(name).map_err(|error| {
        Trouble::new(
            Kind::Input,
            Diagnostic::new("E-5010", Severity::Block, sentence(&error.to_string())),
        )
    })?;
    Secrets::load(&folder)
        .map_err(|error| Trouble::new(Kind::Failed, error.diagnostic()))?
        .ok_or_else(|| {
            Trouble::new(
                Kind::Input,
                Diagnostic::new(
                    "E-5061",
                    Severity::Block,
                    format!("There are no secrets for {name} here."),
                )
                .help(format!("They would be in {}.", folder.secrets().display())),
            )
        })
}

/// The deployment of that name, or the only one with a folder here.
fn local_name(home: &Home, name: Option<&str>) -> Result<String, Trouble> {
    if let Some(name) = name {
        return Ok(name.to_owned());
    }
    let names = home
        .list()
        .map_err(|error| Trouble::new(Kind::Failed, error.diagnostic()))?;
    match names.as_slice() {
        [only] => Ok(only.clone()),
        [] => Err(Trouble::new(
            Kind::Input,
            Diagnostic::new("E-5012", Severity::Block, "There is no deployment yet."),
        )),
        several => Err(Trouble::new(
            Kind::Input,
            Diagnostic::new(
                "E-5013",
                Severity::Block,
                "There are several deployments; say which one you mean.",
            )
            .help(format!("Name one with --name: {}.", several.join(", "))),
        )),
    }
}

/// Gives the databases in old volumes the present password, then remembers that they were adopted.
async fn adopt_volumes(desk: &Desk, name: Option<&str>, yes: bool) -> Verdict {
    let name = local_name(&desk.home, name)?;
    let looked = super::look::looked(desk, &name)?;
    let folder = desk.home.folder(&name).map_err(|error| {
        Trouble::new(
            Kind::Input,
            Diagnostic::new("E-5010", Severity::Block, error.to_string()),
        )
    })?;
    let lock = Lock::take(&folder, &format!("secrets adopt {name}"), now())
        .map_err(|error| Trouble::new(Kind::Busy, error.diagnostic()))?;
    let mut secrets = load(desk, &name)?;
    let engine = desk.engine().await?;
    let observed = engine.observe(&name).await?;
    let foreign: Vec<(String, String)> = observed
        .volumes
        .iter()
        .filter_map(|(volume, found)| {
            let id = found.labels.get(LABEL_SECRETS)?;
            (!secrets.knows_id(id)).then(|| (volume.clone(), id.clone()))
        })
        .collect();
    if foreign.is_empty() {
        desk.printer.say(format!(
            "All data of {name} was made with the present secrets; there is nothing to adopt."
        ));
        desk.printer
            .json(&json!({ "deployment": name, "adopted": [] }));
        return Ok(0);
    }
    let volumes: Vec<&str> = foreign.iter().map(|(volume, _)| volume.as_str()).collect();
    let question = format!(
        "Give the databases in {} the present password?",
        volumes.join(", ")
    );
    if !yes && !confirm(&question, "--yes")? {
        desk.printer.complain("Nothing was changed.");
        return Ok(Kind::Blocked.exit_code());
    }
    adopt(&engine, &looked.stack, &volumes, &|line| {
        desk.printer.say(format!("  {line}"));
    })
    .await
    .map_err(|failure| {
        let mut finding =
            Diagnostic::new(failure.code, Severity::Block, failure.what).help(failure.next_step);
        finding.found = failure.last_lines.last().cloned();
        Trouble::new(Kind::Failed, finding)
    })?;
    for (_, id) in &foreign {
        if !secrets.knows_id(id) {
            secrets.adopted_ids.push(id.clone());
        }
    }
    secrets
        .save(&lock)
        .map_err(|error| Trouble::new(Kind::Failed, error.diagnostic()))?;
    desk.printer.say(format!(
        "Done. Now bring it up: edfi-setup up --name {name}"
    ));
    desk.printer
        .json(&json!({ "deployment": name, "adopted": volumes }));
    Ok(0)
}
