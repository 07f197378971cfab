//! `credentials`: keys for programs that use the API, each for one instance.

use serde_json::json;

use crate::deployment::{Redactor, Secrets};
use crate::diagnostic::{Diagnostic, Severity};
use crate::engine::docker::DockerEngine;
use crate::plain::Table;
use crate::postgres::Credential;
use crate::run;
use crate::session::credentials::{self, Decided, Wish};
use crate::session::{self, Kind, Looked, Trouble, addition};
use crate::stack::Stack;
use crate::words;

use super::args::Credentials as Command;
use super::instances::failed;
use super::{Desk, Verdict, confirm, down, look};

/// Runs a `credentials` command.
pub(super) async fn credentials(desk: &Desk, command: Command) -> Verdict {
    let engine = desk.engine().await?;
    match command {
        Command::Add {
            application,
            instance,
            claim_set,
            organizations,
            namespaces,
            which,
        } => {
            let wish = Wish {
                instance,
                application,
                claim_set: Some(claim_set),
                organizations,
                namespaces,
            };
            add(desk, &engine, which.name.as_deref(), wish).await
        }
        Command::List { which } => list(desk, &engine, which.name.as_deref()).await,
        Command::Show {
            credential,
            which,
            yes,
        } => show(desk, &engine, which.name.as_deref(), &credential, yes).await,
        Command::Remove {
            credential,
            which,
            yes,
        } => remove(desk, &engine, which.name.as_deref(), &credential, yes).await,
    }
}

/// Key and secret are kept before anybody can use them, and go again if they were not taken.
async fn add(desk: &Desk, engine: &DockerEngine, name: Option<&str>, wish: Wish) -> Verdict {
    let name = session::existing(engine, &desk.home, name).await?;
    let profile = addition::applied(&desk.home, &name)?.profile;
    let stack = look::looked(desk, &name)?.stack;
    let decided = credentials::decide(&profile, &stack, wish)
        .map_err(|findings| Trouble::all(Kind::Input, findings))?;
    let lock = down::lock(
        &down::folder(desk, &name)?,
        &format!("credentials add {}", decided.name),
    )?;
    let trouble =
        |error: crate::deployment::SecretsError| Trouble::new(Kind::Failed, error.diagnostic());
    let names = credentials::secrets(&decided.name);
    let mut secrets = Secrets::load(lock.folder())
        .map_err(trouble)?
        .ok_or_else(|| not_up(&name))?;
    let made = secrets
        .ensure(&credentials::requests(&decided.name))
        .map_err(trouble)?;
    secrets.save(&lock).map_err(trouble)?;
    desk.printer.guard(Redactor::new(&secrets));
    let [key, secret] = names.clone().map(|name| secrets.get(&name).cloned());
    let (Some(key), Some(secret)) = (key, secret) else {
        return Err(not_up(&name));
    };
    let instance = stack.databases.instance(&decided.instance);
    let tenant = instance.and_then(|own| stack.databases.tenant(own.tenant.as_deref()));
    let Some(tenant) = tenant else {
        return Err(not_up(&name));
    };
    let credential = Credential {
        name: decided.name.clone(),
        instance: decided.instance.clone(),
        application: decided.application.clone(),
        key: key.clone(),
        secret: secret.clone(),
        claim_set: decided.claim_set.clone(),
        organizations: decided.organizations.clone(),
        namespaces: decided.namespaces.clone(),
    };
    if let Err(failure) = run::add_credential(engine, &stack, tenant, &credential).await {
        // Only what this run made goes: a key that was there may be in use.
        if made.len() == names.len() {
            secrets.discard(&lock, &made).map_err(trouble)?;
        }
        return Err(failed(failure));
    }
    tell(desk, &name, &stack, &decided);
    desk.printer.reveal(&names[0], &key);
    desk.printer.reveal(&names[1], &secret);
    desk.printer.say(format!(
        "\nThe database keeps only a hash of the secret. To see both again: edfi-setup credentials show {} --name {name}",
        decided.name
    ));
    Ok(0)
}

fn tell(desk: &Desk, name: &str, stack: &Stack, decided: &Decided) {
    let instance = stack.databases.instance(&decided.instance);
    let address = |path: Option<&String>| {
        path.map(|path| format!("{}/{path}", stack.access.api()))
            .unwrap_or_default()
    };
    let data = address(instance.map(|instance| &instance.data_path));
    let token = address(instance.map(|instance| &instance.token_path));
    desk.printer.json(&json!({
        "deployment": name,
        "credential": decided.name,
        "instance": decided.instance,
        "application": decided.application,
        "claim_set": decided.claim_set,
        "organizations": decided.organizations,
        "namespaces": decided.namespaces,
        "address": data,
        "token": token,
    }));
    let row = |label: &str, words: &str| desk.printer.say(format!("  {label:<14} {words}"));
    desk.printer.say(format!(
        "{} has a key for {} of {name}:\n",
        decided.application, decided.instance
    ));
    row("credential", &decided.name);
    row("API", &data);
    row("token", &token);
    row("claim set", &decided.claim_set);
    row("organizations", &list_or_none(&decided.organizations));
    row("namespaces", &decided.namespaces.join(", "));
    desk.printer.say("");
}

fn list_or_none(numbers: &[u64]) -> String {
    if numbers.is_empty() {
        return "none".to_owned();
    }
    let words: Vec<String> = numbers.iter().map(u64::to_string).collect();
    words.join(", ")
}

async fn list(desk: &Desk, engine: &DockerEngine, name: Option<&str>) -> Verdict {
    let name = session::existing(engine, &desk.home, name).await?;
    let looked = look::looked(desk, &name)?;
    let rows = run::credentials(engine, &looked.stack)
        .await
        .map_err(failed)?;
    let own: Vec<&str> = looked
        .stack
        .databases
        .clients
        .iter()
        .map(|client| client.instance.as_str())
        .collect();
    desk.printer
        .json(&json!({ "deployment": name, "credentials": rows }));
    if rows.is_empty() {
        desk.printer.say(format!(
            "No key was made for a program yet. Make one: edfi-setup credentials add --application \"Our SIS\" --name {name}"
        ));
    } else {
        let mut table = Table::new(&["credential", "instance", "program", "claim set", "works"]);
        for row in &rows {
            table.row([
                row.name.clone(),
                row.instance.clone(),
                row.application.clone(),
                row.claim_set.clone(),
                if row.active { "yes" } else { "rests" }.to_owned(),
            ]);
        }
        desk.printer.say(table.to_string());
    }
    if !own.is_empty() {
        desk.printer.say(format!(
            "\nBeside these, each instance has a first key of its own: edfi-setup secrets show --name {name}"
        ));
    }
    Ok(0)
}

async fn show(
    desk: &Desk,
    engine: &DockerEngine,
    name: Option<&str>,
    credential: &str,
    yes: bool,
) -> Verdict {
    let name = session::existing(engine, &desk.home, name).await?;
    let looked = look::looked(desk, &name)?;
    let names = credentials::secrets(credential);
    let values: Vec<_> = names
        .iter()
        .filter_map(|name| Some((name, looked.secrets.get(name)?)))
        .collect();
    if values.is_empty() {
        return Err(unknown(&name, credential, &looked));
    }
    if !yes
        && !confirm(
            &format!("Show key and secret of {credential} on this screen?"),
            "--yes",
        )?
    {
        desk.printer.complain("Nothing was shown.");
        return Ok(Kind::Blocked.exit_code());
    }
    for (name, value) in values {
        desk.printer.reveal(name, value);
    }
    Ok(0)
}

/// First the rows, then the secret: a secret that opens nothing harms nobody, the other way round nobody
/// would know what to take away.
async fn remove(
    desk: &Desk,
    engine: &DockerEngine,
    name: Option<&str>,
    credential: &str,
    yes: bool,
) -> Verdict {
    let name = session::existing(engine, &desk.home, name).await?;
    let lock = down::lock(
        &down::folder(desk, &name)?,
        &format!("credentials remove {credential}"),
    )?;
    let mut looked = look::looked(desk, &name)?;
    let rows = run::credentials(engine, &looked.stack)
        .await
        .map_err(failed)?;
    let row = rows.iter().find(|row| row.name == credential);
    let names: Vec<String> = credentials::secrets(credential)
        .into_iter()
        .filter(|name| looked.secrets.get(name).is_some())
        .collect();
    if row.is_none() && names.is_empty() {
        return Err(unknown(&name, credential, &looked));
    }
    let question = match row {
        Some(row) => format!(
            "Remove {credential}? {} will be refused by {}.",
            row.application, row.instance
        ),
        None => format!("Remove what is left of {credential}?"),
    };
    if !yes && !confirm(&question, "--yes")? {
        desk.printer.complain("Nothing was changed.");
        return Ok(Kind::Blocked.exit_code());
    }
    run::remove_credential(engine, &looked.stack, credential)
        .await
        .map_err(failed)?;
    // What the deployment lacks was made up while looking; only what the file holds is kept.
    if let Some(mut secrets) = Secrets::load(lock.folder())
        .map_err(|error| Trouble::new(Kind::Failed, error.diagnostic()))?
    {
        secrets
            .discard(&lock, &names)
            .map_err(|error| Trouble::new(Kind::Failed, error.diagnostic()))?;
        looked.secrets = secrets;
    }
    desk.printer.json(&json!({
        "deployment": name,
        "removed": credential,
        "answers_at_most_seconds": addition::CLIENTS_REMEMBERED,
    }));
    desk.printer.say(format!(
        "{credential} is gone. It gets no token any more; one that it has may be answered for up to {}, while the API remembers it.",
        words::age(i64::try_from(addition::CLIENTS_REMEMBERED).unwrap_or(i64::MAX))
    ));
    Ok(0)
}

fn unknown(name: &str, credential: &str, looked: &Looked) -> Trouble {
    let known: Vec<&str> = looked
        .secrets
        .values
        .keys()
        .filter_map(|secret| {
            let own = secret.strip_prefix(crate::deployment::CREDENTIAL)?;
            own.strip_suffix("-key")
        })
        .collect();
    let help = if known.is_empty() {
        "There is none yet. Make one: edfi-setup credentials add --application \"Our SIS\"."
            .to_owned()
    } else {
        format!("There are: {}.", known.join(", "))
    };
    Trouble::new(
        Kind::Input,
        Diagnostic::new(
            "E-5125",
            Severity::Block,
            format!("{name} has no credential named {credential}."),
        )
        .help(help),
    )
}

fn not_up(name: &str) -> Trouble {
    Trouble::new(
        Kind::Input,
        Diagnostic::new(
            "E-5126",
            Severity::Block,
            format!("{name} was not brought up yet."),
        )
        .help(format!("Bring it up first: edfi-setup up --name {name}.")),
    )
}
