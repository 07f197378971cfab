//! Adding instances to a deployment, or detaching some: its profile with the change, what becomes of
//! each, and where it is afterwards.
//!
//! Nothing has to be waited for when an instance is added. The API keeps what it read of an instance by
//! the instance's number (300 s) and of a client by its token (900 s); it keeps nothing of what it did
//! not find (Ed-Fi-ODS v7.3.2, `appsettings.json` of the API, `Caching:OdsInstances` and
//! `Caching:ApiClientDetails`; `OdsInstanceConfigurationProvider` is asked by number,
//! `ApiClientDetailsProvider` by token). A new instance has a new number and its client's tokens are
//! new, also when a detached one comes back. What is removed can be answered from these caches until
//! they are over.

use std::collections::BTreeSet;
use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;

use crate::deployment::Home;
use crate::diagnostic::{Diagnostic, Severity};
use crate::engine::Engine;
use crate::profile::{Loaded, Profile};
use crate::run::observe;
use crate::stack::{Stack, client_secrets};

use super::lists::{self, Change, Kind};
use super::open::{Looked, Wish, look, profile};
use super::start::Prepared;
use super::trouble::{self, Trouble};
use super::{list_file, open};

/// How long the API may go on answering for a detached instance, seconds: to programs that have a token.
pub const CLIENTS_REMEMBERED: u64 = 900;
/// How long the API remembers where an instance's database is, seconds.
pub const INSTANCES_REMEMBERED: u64 = 300;

/// A change of a deployment's lists, ready to be planned.
#[derive(Debug)]
pub struct Changed {
    /// What changes.
    pub change: Change,
    /// The profile as it is.
    pub before: Profile,
    /// The profile as it will be.
    pub after: Loaded,
}

/// The values an operator named: words, several in one, and files named as `@file.csv`.
pub fn listed(kind: Kind, words: &[String]) -> Result<Vec<String>, Trouble> {
    let mut values = Vec::new();
    for word in words {
        let Some(file) = word.strip_prefix('@') else {
            values.extend(list_file::split(word));
            continue;
        };
        let text = std::fs::read_to_string(Path::new(file)).map_err(|error| {
            Trouble::new(
                trouble::Kind::Input,
                Diagnostic::new(
                    "E-5106",
                    Severity::Block,
                    format!("The file {file} cannot be read: {error}."),
                )
                .help("Its first column, or each line, names one; a heading may stand above it."),
            )
        })?;
        values.extend(list_file::from_text(kind, &text));
    }
    Ok(values)
}

/// A deployment's last applied profile with values added to a list.
pub fn add(
    home: &Home,
    name: &str,
    kind: Kind,
    values: &[String],
    from: Option<&str>,
) -> Result<Changed, Trouble> {
    changed(home, name, |before| lists::add(before, kind, values, from))
}

/// A deployment's last applied profile with values taken from a list.
pub fn remove(home: &Home, name: &str, kind: Kind, values: &[String]) -> Result<Changed, Trouble> {
    changed(home, name, |before| lists::remove(before, kind, values))
}

fn changed(
    home: &Home,
    name: &str,
    change: impl FnOnce(&Profile) -> Result<Change, Vec<Diagnostic>>,
) -> Result<Changed, Trouble> {
    let wish = Wish {
        name: Some(name.to_owned()),
        ..Wish::default()
    };
    let before = profile(home, &wish)?.profile;
    let change =
        change(&before).map_err(|findings| Trouble::all(trouble::Kind::Input, findings))?;
    let after = profile(
        home,
        &Wish {
            set: change.set.clone(),
            ..wish
        },
    )?;
    Ok(Changed {
        change,
        before,
        after,
    })
}

/// How an instance's database came to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "began", content = "from", rename_all = "kebab-case")]
pub enum Began {
    /// Empty, cloned from the template.
    Empty,
    /// As a copy of another instance.
    Copy(String),
    /// It was there, with its data.
    Attached,
}

/// An instance that was added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Added {
    /// Its name.
    pub instance: String,
    /// Where its data is.
    pub address: String,
    /// Where its tokens are granted.
    pub token: String,
    /// Its database.
    pub database: String,
    /// The server that keeps it.
    pub server: String,
    /// Name of the secret with its client's key.
    pub key: String,
    /// Name of the secret with its client's secret.
    pub secret: String,
    /// How its database came to be.
    #[serde(flatten)]
    pub began: Began,
}

/// Refuses what can be seen to go wrong only when the databases are known: a copy of something that is
/// not there, and a copy where the data of an earlier time is. Nothing is written.
pub async fn check<E: Engine>(
    engine: &E,
    home: &Home,
    changed: &Changed,
    now: Timestamp,
) -> Result<(), Trouble> {
    if changed.change.copies.is_empty() {
        return Ok(());
    }
    let stack = look(home, &changed.after.profile, now)?.stack;
    let Some(found) = observe(engine, &stack).await?.databases else {
        return Ok(());
    };
    let mut findings = Vec::new();
    for (name, from) in &changed.change.copies {
        let Some(instance) = stack.databases.instance(name) else {
            continue;
        };
        let there = found
            .databases
            .get(&instance.service)
            .is_some_and(|names| names.contains(&instance.database));
        // A run that was interrupted after copying goes on.
        let goes_on = changed.before.instances.copies.get(name) == Some(from);
        if there && !goes_on && !found.instances.contains_key(name) {
            findings.push(
                Diagnostic::new(
                    "E-5107",
                    Severity::Block,
                    format!(
                        "There is a database {} already, with the data of {name} from before; nothing was copied into it.",
                        instance.database
                    ),
                )
                .help(format!(
                    "To bring that data back, leave --from out. To begin with a copy of {from}, delete it first: edfi-setup data delete {} --name {}.",
                    instance.database, stack.deployment
                )),
            );
        }
        let source = stack.databases.wanted.iter().find_map(|wanted| {
            let copied = wanted.name == instance.database && wanted.service == instance.service;
            match &wanted.fill {
                crate::stack::Fill::Copy(from) if copied => Some(from),
                _ => None,
            }
        });
        let known = source.is_none_or(|source| {
            let names = found.databases.get(&instance.service);
            names.is_some_and(|names| names.contains(source))
        });
        if !known {
            findings.push(
                Diagnostic::new(
                    "E-5105",
                    Severity::Block,
                    format!("There is no {from} to copy: it has no database."),
                )
                .help(format!(
                    "There are: {}.",
                    changed.before.instance_names().join(", ")
                )),
            );
        }
    }
    if findings.is_empty() {
        Ok(())
    } else {
        Err(Trouble::all(trouble::Kind::Input, findings))
    }
}

/// What was added, once it is there.
pub fn added(changed: &Changed, prepared: &Prepared) -> Vec<Added> {
    let stack = prepared.stack();
    let profile = &changed.after.profile;
    let found = prepared.databases();
    let there = |service: &str, database: &str| {
        found
            .and_then(|found| found.databases.get(service))
            .is_some_and(|names| names.contains(database))
    };
    changed
        .change
        .instances
        .iter()
        .filter_map(|name| {
            let instance = stack.databases.instance(name)?;
            let [key, secret] = client_secrets(profile, name);
            let began = if there(&instance.service, &instance.database) {
                Began::Attached
            } else {
                match profile.instances.copies.get(name) {
                    Some(from) => Began::Copy(from.clone()),
                    None => Began::Empty,
                }
            };
            Some(Added {
                instance: name.clone(),
                address: format!("{}/{}", stack.access.api(), instance.data_path),
                token: format!("{}/{}", stack.access.api(), instance.token_path),
                database: instance.database.clone(),
                server: instance.service.clone(),
                key,
                secret,
                began,
            })
        })
        .collect()
}

/// What an instance leaves behind when it is detached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Left {
    /// Its name.
    pub instance: String,
    /// Its databases: the one with its data, and with tenants their own.
    pub databases: Vec<String>,
    /// The server that keeps the data.
    pub server: String,
}

/// What the instances of a change will leave behind, by the deployment as it is now.
pub fn left(home: &Home, changed: &Changed, now: Timestamp) -> Result<Vec<Left>, Trouble> {
    let Looked { stack, .. } = look(home, &changed.before, now)?;
    let mut tenants: BTreeSet<&str> = BTreeSet::new();
    Ok(changed
        .change
        .instances
        .iter()
        .filter_map(|name| {
            let instance = stack.databases.instance(name)?;
            let mut databases = vec![instance.database.clone()];
            let tenant = stack.databases.tenant(instance.tenant.as_deref());
            if let Some(tenant) = tenant.filter(|_| changed.change.kind == Kind::Tenant)
                && tenants.insert(&tenant.admin)
            {
                databases.extend([tenant.admin.clone(), tenant.security.clone()]);
            }
            Some(Left {
                instance: name.clone(),
                databases,
                server: instance.service.clone(),
            })
        })
        .collect())
}

/// Names that are served now, for those who ask.
pub fn served(stack: &Stack) -> Vec<&str> {
    let instances = &stack.databases.instances;
    instances.iter().map(|one| one.name.as_str()).collect()
}

/// The opened profile of a deployment.
pub fn applied(home: &Home, name: &str) -> Result<Loaded, Trouble> {
    open::profile(
        home,
        &Wish {
            name: Some(name.to_owned()),
            ..Wish::default()
        },
    )
}
