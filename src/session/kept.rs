//! Whose each database on a deployment's servers is, and which of them may be deleted. Pure.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::diagnostic::{Diagnostic, Severity};
use crate::engine::Observed;
use crate::postgres::Kept;
use crate::stack::Stack;

/// Whose a database is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "standing", content = "of", rename_all = "kebab-case")]
pub enum Standing {
    /// The data of an instance that the API serves.
    Served(String),
    /// The platform's own: instances, clients and rights.
    Platform,
    /// A sandbox; Sandbox Admin makes and removes it.
    Sandbox,
    /// What others are cloned from.
    Template,
    /// The server's own.
    System,
    /// Made by this program and served no more.
    Detached,
    /// Left by an interrupted first start or copy.
    Incomplete,
    /// The image made it at its first start, and nothing uses it.
    Spare,
    /// Somebody else's.
    Unknown,
}

impl Standing {
    /// For people.
    pub fn words(&self) -> String {
        match self {
            Self::Served(instance) => format!("serves {instance}"),
            Self::Platform => "the platform's own".to_owned(),
            Self::Sandbox => "a sandbox".to_owned(),
            Self::Template => "template".to_owned(),
            Self::System => "PostgreSQL's own".to_owned(),
            Self::Detached => "detached".to_owned(),
            Self::Incomplete => "incomplete".to_owned(),
            Self::Spare => "spare, from the image".to_owned(),
            Self::Unknown => "unknown".to_owned(),
        }
    }

    /// Whether an operator may delete it here.
    pub fn may_go(&self) -> bool {
        matches!(self, Self::Detached | Self::Incomplete)
    }
}

/// One database, or one volume whose server is no longer part of the deployment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Data {
    /// Its name.
    pub name: String,
    /// The server that keeps it; for a volume, the one that kept it.
    pub server: String,
    /// Whether it is a whole volume: the server that opens it does not run any more.
    pub volume: bool,
    /// Whose it is.
    #[serde(flatten)]
    pub standing: Standing,
    /// Size in bytes, where it is known.
    pub bytes: Option<u64>,
    /// Seconds since 1970 at which it was written last, where that is known.
    pub written: Option<i64>,
    /// Programs connected to it.
    pub connections: u64,
}

/// Everything that a deployment keeps: the databases of its servers, and volumes without a server.
pub fn data(stack: &Stack, kept: &BTreeMap<String, Vec<Kept>>, found: &Observed) -> Vec<Data> {
    let mut all: Vec<Data> = kept
        .iter()
        .flat_map(|(server, databases)| databases.iter().map(move |kept| (server, kept)))
        .map(|(server, kept)| Data {
            name: kept.name.clone(),
            server: server.clone(),
            volume: false,
            standing: standing(stack, server, kept),
            bytes: Some(kept.bytes),
            written: kept.written,
            connections: kept.connections,
        })
        .collect();
    let volumes = found.volumes.keys();
    all.extend(
        volumes
            .filter(|volume| !stack.volumes.contains_key(*volume))
            .map(|volume| Data {
                name: volume.clone(),
                server: server_of(stack, volume),
                volume: true,
                standing: Standing::Detached,
                bytes: None,
                written: None,
                connections: 0,
            }),
    );
    all
}

/// The service that a volume of this deployment was made for, by the form of its name.
fn server_of(stack: &Stack, volume: &str) -> String {
    let own = volume.strip_prefix(&format!("{}_", stack.deployment));
    let service = own.and_then(|own| own.strip_suffix("-data"));
    service.unwrap_or("unknown").to_owned()
}

fn standing(stack: &Stack, service: &str, kept: &Kept) -> Standing {
    let name = kept.name.as_str();
    let databases = &stack.databases;
    let served = databases
        .instances
        .iter()
        .find(|instance| instance.service == service && instance.database == name);
    if let Some(instance) = served {
        return Standing::Served(instance.name.clone());
    }
    let wanted = databases
        .wanted
        .iter()
        .find(|database| database.service == service && database.name == name);
    let platform = databases
        .tenants
        .iter()
        .any(|tenant| tenant.admin == name || tenant.security == name);
    if service == databases.admin_service && platform {
        return Standing::Platform;
    }
    if ["postgres", "template0", "template1"].contains(&name) {
        return Standing::System;
    }
    if kept.template || wanted.is_some_and(|database| database.template) {
        return Standing::Template;
    }
    if wanted.is_some() {
        return Standing::Platform;
    }
    if !databases.sandboxes.is_empty() && name.starts_with("EdFi_Ods_Sandbox_") {
        return Standing::Sandbox;
    }
    let cut = |mark: &str| {
        name.split_once(mark)
            .is_some_and(|(own, _)| own.starts_with("EdFi_"))
    };
    if (cut(" (incomplete ") || cut(" (being made")) && name.ends_with(')') {
        return Standing::Incomplete;
    }
    if kept.ours {
        return Standing::Detached;
    }
    if ["EdFi_Admin", "EdFi_Security", "EdFi_Ods"].contains(&name) {
        return Standing::Spare;
    }
    Standing::Unknown
}

/// The one that an operator named, if it may be deleted.
pub fn to_delete<'a>(
    data: &'a [Data],
    name: &str,
    deployment: &str,
) -> Result<&'a Data, Box<Diagnostic>> {
    let named: Vec<&Data> = data.iter().filter(|data| data.name == name).collect();
    let refused = |code, message: String, help: String| {
        Err(Box::new(
            Diagnostic::new(code, Severity::Block, message).help(help),
        ))
    };
    let list = format!("See what there is: edfi-setup data list --name {deployment}.");
    let Some(first) = named.first() else {
        return refused(
            "E-5110",
            format!("{deployment} has no database named {name}."),
            list,
        );
    };
    match named.iter().find(|data| data.standing.may_go()) {
        Some(data) => Ok(*data),
        None => refused(
            "E-5111",
            format!(
                "{name} is not deleted: it is {}.",
                match &first.standing {
                    Standing::Served(instance) =>
                        format!("the data of {instance}, which is served"),
                    Standing::Unknown =>
                        "unknown to this program, and so somebody else's".to_owned(),
                    other => other.words(),
                }
            ),
            match &first.standing {
                Standing::Served(_) => format!(
                    "Only what is detached or incomplete can be deleted. What detaching means: edfi-setup remove --help. {list}"
                ),
                _ => format!("Only what is detached or incomplete can be deleted. {list}"),
            },
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::example;

    fn kept(name: &str, template: bool, ours: bool) -> Kept {
        Kept {
            name: name.to_owned(),
            template,
            bytes: 1,
            written: None,
            ours,
            connections: 0,
        }
    }

    fn of(profile: &str, server: &str, name: &str, template: bool, ours: bool) -> Standing {
        standing(
            &example::stack(profile),
            server,
            &kept(name, template, ours),
        )
    }

    #[test]
    fn only_what_is_detached_or_incomplete_may_go() {
        let years =
            |name: &str, template, ours| of("district-years", "db-ods", name, template, ours);
        for (name, template, ours, expected) in [
            (
                "EdFi_Ods_2026",
                false,
                true,
                Standing::Served("2026".to_owned()),
            ),
            ("EdFi_Ods_2020", false, true, Standing::Detached),
            ("EdFi_Ods_2020", false, false, Standing::Unknown),
            ("EdFi_Ods_Template", true, true, Standing::Template),
            ("EdFi_Ods_Template", false, false, Standing::Template),
            ("EdFi_Ods", false, false, Standing::Spare),
            ("EdFi_Ods", false, true, Standing::Detached),
            (
                "EdFi_Ods_2026 (incomplete 2026-01-01 10:00:00)",
                false,
                false,
                Standing::Incomplete,
            ),
            (
                "EdFi_Ods_2027 (being made)",
                false,
                false,
                Standing::Incomplete,
            ),
            ("Payroll (incomplete list)", false, false, Standing::Unknown),
            ("postgres", false, false, Standing::System),
            ("template1", true, false, Standing::System),
        ] {
            assert_eq!(years(name, template, ours), expected, "{name}");
        }
        assert_eq!(
            of("district-years", "db-admin", "EdFi_Admin", false, true),
            Standing::Platform
        );
        assert_eq!(
            of("tenants", "db-admin", "EdFi_Admin", false, false),
            Standing::Spare
        );
        assert_eq!(
            of("tenants", "db-admin", "EdFi_Admin_east", false, true),
            Standing::Detached
        );
        assert_eq!(
            of("demo", "db-ods", "EdFi_Ods_Sandbox_abc", false, false),
            Standing::Sandbox
        );
    }

    #[test]
    fn what_is_served_is_refused_with_the_way_forward() {
        let stack = example::stack("district-years");
        let databases = vec![
            kept("EdFi_Ods_2026", false, true),
            kept("EdFi_Ods_2020", false, true),
        ];
        let all = data(
            &stack,
            &BTreeMap::from([("db-ods".to_owned(), databases)]),
            &Observed::default(),
        );
        let refused = to_delete(&all, "EdFi_Ods_2026", "d").unwrap_err();
        assert_eq!(refused.code, "E-5111");
        assert_eq!(to_delete(&all, "nothing", "d").unwrap_err().code, "E-5110");
        assert_eq!(
            to_delete(&all, "EdFi_Ods_2020", "d").unwrap().server,
            "db-ods"
        );
    }
}
