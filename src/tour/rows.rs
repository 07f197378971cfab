//! Things of a deployment with a name: its services, its addresses, its places and commands.

use std::path::Path;

use crate::engine::{Observed, Phase};
use crate::stack::Stack;
use crate::words::phase;

use super::visit::Row;

/// Instances that are named with their addresses; further ones are counted.
const NAMED: usize = 4;

/// A page for a browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Page {
    /// Name.
    pub label: &'static str,
    /// Its path behind the host.
    pub path: String,
}

/// The services, each with what it is for and what it does now.
pub(super) fn services(stack: &Stack, observed: &Observed) -> Vec<Row> {
    let services = stack.services.values().rev();
    services
        .map(|service| {
            let row = Row::new(&service.name, service.title.clone());
            let container = stack.container_name(&service.name);
            match observed.containers.get(&container) {
                Some(container) => {
                    let state = &container.state;
                    let words = phase(state.phase, state.exit_code);
                    row.found(state.phase == Phase::Running, words)
                }
                None => row.found(false, "not there"),
            }
        })
        .collect()
}

/// The pages that this deployment has.
pub(super) fn pages(stack: &Stack) -> Vec<Page> {
    let access = &stack.access;
    let page = |label, path: String| Page { label, path };
    let mut pages = Vec::new();
    if access.swagger {
        pages.push(page("Swagger UI", "/".to_owned()));
    }
    if access.sandbox_admin {
        pages.push(page("Sandbox Admin", "/admin/".to_owned()));
    }
    pages.push(page("API", format!("/{}/", access.path)));
    pages
}

/// What goes with the pages: who to be there, what to trust, and the views in the terminal.
pub(super) fn beside_pages(stack: &Stack, folder: Option<&Path>) -> Vec<Row> {
    let name = &stack.deployment;
    let access = &stack.access;
    let mut rows = Vec::new();
    if access.sandbox_admin {
        rows.push(Row::new("user there", format!("admin@{}", access.host)));
        rows.push(Row::new(
            "its password",
            format!("edfi-setup secrets show sandbox-admin-password --name {name}"),
        ));
    }
    if let (Some(folder), Some(_)) = (folder, &access.authority_pem) {
        let file = folder.join("ca.crt");
        rows.push(Row::new("file to trust", file.display().to_string()));
    }
    rows.extend(instances(stack));
    rows.push(Row::new(
        "dashboard",
        format!("edfi-setup dashboard {name}"),
    ));
    rows
}

/// Where programs find the data, if there are several places.
fn instances(stack: &Stack) -> Vec<Row> {
    let all = &stack.databases.instances;
    if all.len() < 2 {
        return Vec::new();
    }
    let api = stack.access.api();
    let mut rows: Vec<Row> = all
        .iter()
        .take(NAMED)
        .map(|instance| {
            let words = format!("{}: {api}/{}", instance.name, instance.data_path);
            Row::new("instance", words)
        })
        .collect();
    if all.len() > NAMED {
        let words = format!(
            "and {} more: edfi-setup status {}",
            all.len() - NAMED,
            stack.deployment
        );
        rows.push(Row::new("instances", words));
    }
    rows
}

/// Where things are, and the commands for what comes next.
pub(super) fn places(stack: &Stack, folder: Option<&Path>) -> Vec<Row> {
    let name = &stack.deployment;
    let mut rows: Vec<Row> = stack
        .volumes
        .iter()
        .map(|(volume, what)| Row::new("volume", format!("{volume}: {}", what.holds)))
        .collect();
    if let Some(folder) = folder {
        rows.push(Row::new("folder", folder.display().to_string()));
    }
    rows.push(Row::new("stop", format!("edfi-setup down {name}")));
    rows.push(Row::new(
        "start again",
        format!("edfi-setup up --name {name}"),
    ));
    rows.push(Row::new(
        "look after it",
        format!("edfi-setup verify {name}"),
    ));
    rows.extend(stack.volumes.values().map(|volume| {
        let container = stack.container_name(&volume.service);
        let user = &stack.databases.user;
        let file = format!("{name}-{}.sql", volume.service);
        let command = format!("docker exec {container} pg_dumpall -U {user} > {file}");
        Row::new("back up", command)
    }));
    rows.push(Row::new(
        "remove, data too",
        format!("edfi-setup remove {name}"),
    ));
    rows
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::catalog::Catalog;
    use crate::deployment::{Secret, Secrets};
    use crate::stack::{self, StackInput};

    /// The stack of a profile that comes with the program.
    pub fn stack(profile: &str) -> Stack {
        let profile = crate::profile::load(profile, &[]).unwrap().profile;
        let values = stack::secret_requests(&profile).into_iter().map(|request| {
            (
                request.name.clone(),
                Secret::new(format!("value-of-{}", request.name)),
            )
        });
        let secrets = Secrets::with_values("first", values);
        stack::build(&StackInput {
            profile: &profile,
            catalog: &Catalog::embedded().unwrap(),
            secrets: &secrets,
            adopted_secrets: &[],
            chain_pem: "chain",
            key_pem: &Secret::new("key"),
            authority_pem: Some("authority"),
            extensions: &[],
            certificate_until: None,
        })
        .unwrap()
    }

    fn all(profile: &str) -> Vec<Row> {
        let stack = stack(profile);
        let folder = Path::new("/home/ada/.local/state/edfi-setup/demo");
        let mut rows = beside_pages(&stack, Some(folder));
        rows.extend(places(&stack, Some(folder)));
        rows.extend(services(&stack, &Observed::default()));
        rows
    }

    #[test]
    fn no_row_holds_a_secret_and_none_is_empty() {
        for (profile, _) in crate::profile::built_in() {
            for row in all(profile) {
                assert!(!row.text.contains("value-of"), "{row:?}");
                assert!(!row.label.is_empty() && !row.text.is_empty(), "{row:?}");
                assert!(row.label.chars().count() <= 16, "{row:?}");
            }
        }
    }

    #[test]
    fn only_pages_that_exist_are_named() {
        let labels = |profile: &str| -> Vec<&str> {
            pages(&stack(profile))
                .iter()
                .map(|page| page.label)
                .collect()
        };
        assert_eq!(labels("demo"), ["Swagger UI", "Sandbox Admin", "API"]);
        assert!(!labels("district-shared").contains(&"Sandbox Admin"));
    }

    #[test]
    fn a_few_instances_are_named_and_the_others_counted() {
        let mut stack = stack("district-years");
        let texts = |stack: &Stack| -> Vec<String> {
            instances(stack).into_iter().map(|row| row.text).collect()
        };
        assert_eq!(
            texts(&stack),
            [
                "2026: https://localhost:8443/api/2026/data/v3",
                "2027: https://localhost:8443/api/2027/data/v3",
            ]
        );
        let first = stack.databases.instances[0].clone();
        stack.databases.instances = vec![first; 100];
        let many = texts(&stack);
        assert_eq!(many.len(), NAMED + 1);
        assert_eq!(many[NAMED], "and 96 more: edfi-setup status district");
        stack.databases.instances.truncate(1);
        assert_eq!(texts(&stack), [""; 0]);
    }

    #[test]
    fn a_service_that_is_not_there_is_not_passed_over() {
        let rows = services(&stack("demo"), &Observed::default());
        assert_eq!(rows[0].label, "gateway");
        assert!(rows.iter().all(|row| row.good == Some(false)));
    }

    #[test]
    fn every_volume_has_its_backup() {
        let stack = stack("district-shared");
        let rows = places(&stack, None);
        let count = |label: &str| rows.iter().filter(|row| row.label == label).count();
        assert_eq!(count("volume"), stack.volumes.len());
        assert_eq!(count("back up"), stack.volumes.len());
    }
}
