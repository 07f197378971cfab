//! A stack in tables and sentences.

use std::net::IpAddr;

use crate::plan::{Action, Observation, Plan};
use crate::stack::Stack;
use crate::words;

use super::{Door, ImageLine, Preview, ServiceLine, Supply};

const MEGABYTE: u64 = 1_000_000;

impl Preview {
    /// Fills in what a stack tells; with what was found and is to be done, if that is known.
    pub(super) fn describe(
        &mut self,
        stack: &Stack,
        known: Option<(&Observation, &Plan)>,
        practice: &str,
    ) {
        self.picture = stack.picture();
        self.small_picture = stack.small_picture();
        self.compose = Some(crate::export::compose_text(stack));
        self.services = stack.services.values().map(service).collect();
        self.doors = doors(stack);
        self.images = images(stack, known.map(|(found, _)| found), practice);
        self.memory_needed = Some(memory_bytes(stack));
        self.facts = self.facts_of(stack, known);
    }

    fn facts_of(
        &self,
        stack: &Stack,
        known: Option<(&Observation, &Plan)>,
    ) -> Vec<(&'static str, String)> {
        let mut facts = vec![match known {
            Some((found, plan)) => ("Will be created", created(stack, found, plan)),
            None => ("Made of", made_of(stack)),
        }];
        facts.extend(serves(stack).map(|words| ("Serves", words)));
        facts.push(("Images", supplies(&self.images)));
        let needed = format!("about {}", words::bytes(memory_bytes(stack)));
        facts.push((
            "Memory",
            match self.memory_there {
                Some(there) => format!("{needed} of {}", words::bytes(there)),
                None => needed,
            },
        ));
        facts.push((
            "Disk",
            format!(
                "about {} to begin with",
                words::bytes(stack.disk_mb() * MEGABYTE)
            ),
        ));
        facts.push(("Address", format!("{}/", stack.access.api())));
        facts.push(("Reachable from", who(&stack.access.listen)));
        facts.extend(known.map(|(_, plan)| ("Interrupts", interrupted(plan))));
        facts
    }
}

/// The instances, where there are several: a few by name and the others by number.
fn serves(stack: &Stack) -> Option<String> {
    const NAMED: usize = 4;
    let instances = &stack.databases.instances;
    if instances.len() < 2 {
        return None;
    }
    let names = |count: usize| -> String {
        let names: Vec<&str> = instances
            .iter()
            .take(count)
            .map(|instance| instance.name.as_str())
            .collect();
        names.join(", ")
    };
    Some(if instances.len() > NAMED + 1 {
        format!("{} and {} more", names(NAMED), instances.len() - NAMED)
    } else {
        names(instances.len())
    })
}

fn service(service: &crate::stack::Service) -> ServiceLine {
    ServiceLine {
        name: service.name.clone(),
        title: service.title.clone(),
        image: service.image.clone(),
        memory_mb: service.memory_mb,
    }
}

fn doors(stack: &Stack) -> Vec<Door> {
    let all = stack.services.values();
    all.flat_map(|service| service.ports.iter().map(move |port| (service, port)))
        .map(|(service, port)| Door {
            service: service.name.clone(),
            address: if port.host_ip.contains(':') {
                format!("[{}]:{}", port.host_ip, port.host_port)
            } else {
                format!("{}:{}", port.host_ip, port.host_port)
            },
            who: who(&port.host_ip),
        })
        .collect()
}

/// Memory that everything takes together.
pub(super) fn memory_bytes(stack: &Stack) -> u64 {
    stack.memory_mb() * MEGABYTE
}

/// Who can reach what listens at this address.
fn who(address: &str) -> String {
    match address.parse::<IpAddr>() {
        Ok(address) if address.is_loopback() => "this computer only".to_owned(),
        Ok(address) if address.is_unspecified() => {
            "every computer that can reach this one".to_owned()
        }
        _ => format!("computers that can reach {address}"),
    }
}

fn images(stack: &Stack, found: Option<&Observation>, practice: &str) -> Vec<ImageLine> {
    let mut lines: Vec<ImageLine> = Vec::new();
    for service in stack.services.values() {
        if lines.iter().any(|line| line.image == service.image) {
            continue;
        }
        let there = found.map(|found| {
            let image = found.images.get(&service.image);
            image.is_some_and(Option::is_some)
        });
        let is_practice = service
            .image
            .strip_prefix(practice)
            .is_some_and(|rest| rest.starts_with('/'));
        lines.push(ImageLine {
            image: service.image.clone(),
            supply: match there {
                None => Supply::Unknown,
                Some(true) => Supply::There,
                Some(false) if is_practice => Supply::Make,
                Some(false) => Supply::Get,
            },
            megabytes: service.image_mb,
        });
    }
    lines
}

/// As in "5 there, 2 to get (210 MB)".
fn supplies(images: &[ImageLine]) -> String {
    let of = |supply| images.iter().filter(move |line| line.supply == supply);
    let size = |supply| {
        let megabytes: u64 = of(supply).map(|line| line.megabytes).sum();
        words::bytes(megabytes * MEGABYTE)
    };
    let unknown = of(Supply::Unknown).count();
    if unknown > 0 {
        return format!("{unknown}, about {} unpacked", size(Supply::Unknown));
    }
    let mut parts = Vec::new();
    let there = of(Supply::There).count();
    if there > 0 {
        parts.push(format!("{there} there"));
    }
    for (supply, how) in [(Supply::Get, "to get"), (Supply::Make, "to be made here")] {
        let count = of(supply).count();
        if count > 0 {
            parts.push(format!("{count} {how} ({} unpacked)", size(supply)));
        }
    }
    parts.join(", ")
}

fn count(number: usize, one: &str, several: &str) -> Option<String> {
    match number {
        0 => None,
        1 => Some(format!("1 {one}")),
        _ => Some(format!("{number} {several}")),
    }
}

fn parts(containers: usize, volumes: usize, networks: usize, databases: usize) -> String {
    let parts: Vec<String> = [
        count(containers, "container", "containers"),
        count(volumes, "data volume", "data volumes"),
        count(networks, "network", "networks"),
        count(databases, "database", "databases"),
    ]
    .into_iter()
    .flatten()
    .collect();
    if parts.is_empty() {
        "nothing".to_owned()
    } else {
        parts.join(", ")
    }
}

fn made_of(stack: &Stack) -> String {
    let databases = stack.databases.wanted.len() + stack.databases.sandboxes.len();
    parts(stack.services.len(), stack.volumes.len(), 1, databases)
}

fn created(stack: &Stack, found: &Observation, plan: &Plan) -> String {
    let steps = |wanted: fn(&Action) -> bool| {
        let actions = plan.steps.iter().map(|step| &step.action);
        actions.filter(|action| wanted(action)).count()
    };
    parts(
        steps(|action| matches!(action, Action::CreateContainer { .. })),
        steps(|action| matches!(action, Action::CreateVolume { .. })),
        steps(|action| matches!(action, Action::CreateNetwork { .. })),
        missing_databases(stack, found),
    )
}

/// Those that are known not to be there: what a stopped server has, nobody can say.
fn missing_databases(stack: &Stack, found: &Observation) -> usize {
    let is_new = |service: &str| {
        let mut own = stack
            .volumes
            .iter()
            .filter(|(_, volume)| volume.service == service);
        own.any(|(name, _)| !found.engine.volumes.contains_key(name))
    };
    let missing = stack.databases.wanted.iter().filter(|wanted| {
        let there = found
            .databases
            .as_ref()
            .map(|state| state.databases.get(&wanted.service));
        match there {
            Some(there) => !there.is_some_and(|names| names.contains(&wanted.name)),
            None => is_new(&wanted.service),
        }
    });
    let servers = stack.databases.wanted.iter();
    let all_new = servers.clone().count() > 0 && servers.clone().all(|own| is_new(&own.service));
    let sandboxes = if all_new {
        stack.databases.sandboxes.len()
    } else {
        0
    };
    missing.count() + sandboxes
}

fn interrupted(plan: &Plan) -> String {
    let mut services: Vec<&str> = Vec::new();
    for step in plan.steps.iter().filter(|step| step.interrupts) {
        if let Some(service) = step.action.service()
            && !services.contains(&service)
        {
            services.push(service);
        }
    }
    if services.is_empty() {
        "nothing".to_owned()
    } else {
        services.join(", ")
    }
}
