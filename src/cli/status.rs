//! `status`: what a deployment does, for people and for programs.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;

use crate::deployment::Record;
use crate::engine::{Engine, Observed, ObservedContainer, Phase};
use crate::plain::Table;
use crate::plain::ask::wrapped;
use crate::plan::{LABEL_SERVICE, Observation};
use crate::run::observe;
use crate::session::{self, Kind, Looked};
use crate::words::{age, phase, short_image};

use super::look::looked;
use super::{Desk, Verdict, now};

/// Columns of the tables and of what is said below them.
const WIDTH: usize = 78;

/// Health of what had one piece of work and has done it.
const DONE: &str = "done";

/// A service's state, for people and programs.
#[derive(Debug, Serialize)]
struct ServiceRow {
    service: String,
    state: String,
    health: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    up_seconds: Option<i64>,
    restarts: u64,
    image: String,
    ports: Vec<String>,
}

impl ServiceRow {
    /// Whether it does what it should.
    fn is_well(&self) -> bool {
        self.health == "serves" || self.health == DONE
    }

    /// The verdict and its reason, as far as there is one.
    fn health_and_why(&self) -> (&str, Option<&str>) {
        match self.health.split_once(": ") {
            Some((health, why)) => (health, Some(why)),
            None => (&self.health, None),
        }
    }
}

/// An instance, for people and programs.
#[derive(Debug, Serialize)]
struct InstanceRow {
    instance: String,
    database: String,
    address: String,
    registered: bool,
}

/// Shows what runs.
pub(super) async fn status(desk: &Desk, name: Option<&str>) -> Verdict {
    let engine = desk.engine().await?;
    let name = session::existing(&engine, &desk.home, name).await?;
    // Without a folder (another user's deployment) the engine alone still tells a lot.
    let looked = looked(desk, &name).ok();
    let (found, instances) = match &looked {
        Some(looked) => {
            let found = observe(&engine, &looked.stack).await?;
            let instances = instance_rows(looked, &found);
            (found, instances)
        }
        None => (
            Observation {
                engine: engine.observe(&name).await?,
                ..Observation::default()
            },
            Vec::new(),
        ),
    };
    let services = service_rows(&found, looked.as_ref());
    let missing = looked
        .as_ref()
        .map_or_else(Vec::new, |looked| missing(looked, &found.engine));
    let serving =
        missing.is_empty() && !services.is_empty() && services.iter().all(ServiceRow::is_well);
    let record = desk
        .home
        .folder(&name)
        .ok()
        .and_then(|folder| Record::load(&folder).ok().flatten());
    if !desk.printer.for_people() {
        desk.printer.json(&json!({
            "deployment": name,
            "serving": serving,
            "address": looked.as_ref().map(|looked| looked.stack.access.api()),
            "verified": record.as_ref().and_then(|record| record.verified),
            "services": services,
            "missing": missing,
            "instances": instances,
        }));
        return Ok(if serving { 0 } else { Kind::Failed.exit_code() });
    }
    let word = if serving {
        "✓ serves"
    } else {
        "✗ does not serve"
    };
    let address = looked
        .as_ref()
        .map(|looked| format!(", {}/", looked.stack.access.api()))
        .unwrap_or_default();
    desk.printer.say(format!("{name}  {word}{address}\n"));
    say_services(desk, &services, &missing);
    say_instances(desk, &instances);
    if let Some(verified) = record.and_then(|record| record.verified) {
        desk.printer.say(format!(
            "\n  last verified {} ago",
            age(now().as_second() - verified.as_second())
        ));
    }
    if !serving {
        desk.printer.say(format!(
            "\n  To bring it up again: edfi-setup up --name {name}"
        ));
    }
    Ok(if serving { 0 } else { Kind::Failed.exit_code() })
}

/// In columns that fit a narrow terminal: what does not fit beside the rest stands below it.
fn say_services(desk: &Desk, services: &[ServiceRow], missing: &[String]) {
    let mut table = Table::new(&["service", "state", "health", "up", "restarts", "ports"]);
    for row in services {
        let (health, _) = row.health_and_why();
        table.row([
            row.service.clone(),
            row.state.clone(),
            health.to_owned(),
            row.up_seconds.map_or_else(|| "-".to_owned(), age),
            row.restarts.to_string(),
            if row.ports.is_empty() {
                "-".to_owned()
            } else {
                row.ports.join(", ")
            },
        ]);
    }
    for service in missing {
        table.row([service.clone(), "not there".to_owned(), "-".to_owned()]);
    }
    desk.printer.say(table.to_string());
    for row in services {
        if let (_, Some(why)) = row.health_and_why() {
            let lead = format!("  ! {}: ", row.service);
            for line in wrapped(&lead, why, WIDTH) {
                desk.printer.say(line);
            }
        }
    }
    if services.is_empty() {
        return;
    }
    let mut table = Table::new(&["service", "image"]);
    for row in services {
        table.row([row.service.clone(), short_image(&row.image).to_owned()]);
    }
    desk.printer.say(format!("\n{table}"));
}

fn say_instances(desk: &Desk, instances: &[InstanceRow]) {
    if instances.is_empty() {
        return;
    }
    let mut table = Table::new(&["instance", "database", "registered"]);
    let mut addresses: Vec<(&str, &str)> = Vec::new();
    for row in instances {
        let registered = if row.registered { "yes" } else { "unknown" };
        table.row([
            row.instance.clone(),
            row.database.clone(),
            registered.to_owned(),
        ]);
        if !addresses.iter().any(|(_, address)| *address == row.address) {
            addresses.push((&row.instance, &row.address));
        }
    }
    desk.printer.say(format!("\n{table}"));
    if let [(_, address)] = addresses.as_slice() {
        desk.printer.say(format!("  at {address}"));
        return;
    }
    // Beside each other, so that a hundred of them can be looked through.
    let mut table = Table::new(&["instance", "address"]);
    for (instance, address) in addresses {
        table.row([instance.to_owned(), address.to_owned()]);
    }
    desk.printer.say(table.to_string());
}

fn service_rows(found: &Observation, looked: Option<&Looked>) -> Vec<ServiceRow> {
    let mut rows: Vec<(usize, ServiceRow)> = found
        .engine
        .containers
        .values()
        .map(|container| {
            let service = container
                .labels
                .get(LABEL_SERVICE)
                .unwrap_or(&container.name)
                .clone();
            // In the order in which they start, which is how the stack lists them.
            let place = looked
                .and_then(|looked| looked.stack.services.get_index_of(&service))
                .unwrap_or(usize::MAX);
            (place, row(container, service, found, looked.is_some()))
        })
        .collect();
    rows.sort_by(|(place, row), (other, other_row)| {
        place
            .cmp(other)
            .then_with(|| row.service.cmp(&other_row.service))
    });
    rows.into_iter().map(|(_, row)| row).collect()
}

fn row(
    container: &ObservedContainer,
    service: String,
    found: &Observation,
    asked: bool,
) -> ServiceRow {
    let state = &container.state;
    let running = state.phase == Phase::Running;
    let health = if container.is_done() {
        DONE.to_owned()
    } else if !running {
        "-".to_owned()
    } else if let Some(words) = found.not_serving.get(&service) {
        format!("does not serve: {words}")
    } else if asked {
        "serves".to_owned()
    } else {
        crate::words::health(state.health).to_owned()
    };
    let started = state
        .started_at
        .as_deref()
        .and_then(|time| time.parse::<Timestamp>().ok());
    ServiceRow {
        service,
        state: phase(state.phase, state.exit_code),
        health,
        up_seconds: started
            .filter(|_| running)
            .map(|started| now().as_second() - started.as_second()),
        restarts: state.restart_count,
        image: container.image.clone(),
        ports: state
            .ports
            .iter()
            .filter(|port| port.host_port != 0)
            .map(|port| format!("{}:{}", port.host_ip, port.host_port))
            .collect(),
    }
}

fn missing(looked: &Looked, found: &Observed) -> Vec<String> {
    let stack = &looked.stack;
    stack
        .services
        .keys()
        .filter(|service| {
            !found
                .containers
                .contains_key(&stack.container_name(service))
        })
        .cloned()
        .collect()
}

fn instance_rows(looked: &Looked, found: &Observation) -> Vec<InstanceRow> {
    let stack = &looked.stack;
    let known = found.databases.as_ref();
    let own = stack
        .databases
        .instances
        .iter()
        .map(|instance| InstanceRow {
            instance: instance.name.clone(),
            database: instance.database.clone(),
            address: format!("{}/{}", stack.access.api(), instance.data_path),
            registered: known.is_some_and(|state| state.instances.contains_key(&instance.name)),
        });
    let sandboxes = stack.databases.sandboxes.iter().map(|sandbox| InstanceRow {
        instance: format!("sandbox {}", sandbox.name),
        database: format!("EdFi_Ods_Sandbox_{}", sandbox.key.expose()),
        address: format!("{}/data/v3", stack.access.api()),
        registered: known.is_some(),
    });
    own.chain(sandboxes).collect()
}
