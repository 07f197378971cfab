//! Finding the steps.

use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};

use crate::diagnostic::{Diagnostic, Severity};
use crate::postgres::{client_fingerprint, instance_fingerprint};
use crate::stack::{GATEWAY, REGISTRATION, Service, Stack, WantedDatabase};

use super::compare::{Verdict, compare};
use super::labels::{
    LABEL_MADE_BY, LABEL_ORIGIN, LABEL_RELEASE, LABEL_SECRETS, LABEL_SERVICE, LABEL_STANDARD,
    ORIGIN_PRACTICE, ORIGIN_REAL, data_origin, repository,
};
use super::rolling::{Rolling, SPARE, is_copy, left_id, reload_id, turn_id};
use super::{Action, DatabaseState, Observation, Plan, Step};

/// The way from `found` to `stack`.
pub fn plan(stack: &Stack, found: &Observation) -> Plan {
    let mut maker = Maker {
        stack,
        found,
        steps: Vec::new(),
        ids: HashSet::new(),
        unchanged: Vec::new(),
        rolling: Rolling::default(),
    };
    maker.network_and_volumes();
    let verdicts: Vec<_> = stack
        .services
        .values()
        .map(|service| (service, maker.verdict(service)))
        .collect();
    maker.rolling = Rolling::of(stack, found, &verdicts);
    maker.pulls(&verdicts);
    maker.removals(&verdicts);
    maker.creations(&verdicts);
    maker.starts(&verdicts);
    for step in maker.rolling.steps() {
        maker.ids.insert(step.id.clone());
        maker.steps.push(step);
    }
    maker.leftovers();
    maker.databases();
    maker.registration();
    maker.order();
    maker.verification();
    Plan {
        deployment: stack.deployment.clone(),
        steps: maker.steps,
        unchanged: maker.unchanged,
        findings: findings(stack, found),
    }
}

/// Roles of services that read the rows we write.
const READERS: [&str; 2] = ["api", "sandbox-admin"];

/// A service's verdict; none when no container is there.
pub(super) type Verdicts<'a> = [(&'a Service, Option<Verdict>)];

struct Maker<'a> {
    stack: &'a Stack,
    found: &'a Observation,
    steps: Vec<Step>,
    /// Names of the steps.
    ids: HashSet<String>,
    unchanged: Vec<String>,
    rolling: Rolling<'a>,
}

impl Maker<'_> {
    fn push(
        &mut self,
        id: String,
        action: Action,
        causes: Vec<String>,
        after: Vec<String>,
        interrupts: bool,
    ) {
        self.ids.insert(id.clone());
        self.steps.push(Step {
            id,
            action,
            causes,
            after,
            interrupts,
        });
    }

    fn has(&self, id: &str) -> bool {
        self.ids.contains(id)
    }

    fn verdict(&self, service: &Service) -> Option<Verdict> {
        let container = self
            .found
            .engine
            .containers
            .get(&self.stack.container_name(&service.name))?;
        if !self.found.engine.networks.contains_key(&self.stack.network) {
            return Some(Verdict::recreate("the network it was on is gone"));
        }
        let image = self
            .found
            .images
            .get(&service.image)
            .and_then(Option::as_ref);
        let live = self.found.live_files.get(&service.name);
        let verdict = compare(self.stack, service, container, image, live);
        match self.found.not_serving.get(&service.name) {
            // An interrupted run did not wait for it. What comes after it must not come too early:
            // a database server in its first start still fills its databases.
            Some(words) if matches!(verdict, Verdict::Keep | Verdict::Reload(_)) => Some(
                Verdict::Start(vec![format!("it runs, but does not serve yet: {words}")]),
            ),
            _ => Some(verdict),
        }
    }

    fn network_and_volumes(&mut self) {
        let absent = || vec!["it does not exist".to_owned()];
        let network = &self.stack.network;
        if !self.found.engine.networks.contains_key(network) {
            self.push(
                "network".to_owned(),
                Action::CreateNetwork {
                    network: network.clone(),
                },
                absent(),
                Vec::new(),
                false,
            );
        }
        for volume in self.stack.volumes.keys() {
            if !self.found.engine.volumes.contains_key(volume) {
                self.push(
                    format!("volume:{volume}"),
                    Action::CreateVolume {
                        volume: volume.clone(),
                    },
                    absent(),
                    Vec::new(),
                    false,
                );
            }
        }
    }

    fn pulls(&mut self, verdicts: &Verdicts<'_>) {
        for (service, verdict) in verdicts {
            let id = pull_id(&service.image);
            let wanted = matches!(verdict, None | Some(Verdict::Recreate { .. }));
            let there = self
                .found
                .images
                .get(&service.image)
                .is_some_and(Option::is_some);
            if wanted && !there && !self.has(&id) {
                let causes = vec!["it is not on the engine".to_owned()];
                self.push(
                    id,
                    Action::Pull {
                        image: service.image.clone(),
                    },
                    causes,
                    Vec::new(),
                    false,
                );
            }
        }
    }

    fn removals(&mut self, verdicts: &Verdicts<'_>) {
        for (service, verdict) in verdicts {
            if let Some(Verdict::Recreate { causes, .. }) = verdict {
                let container = self.stack.container_name(&service.name);
                let noticed = self.runs(&container) && !self.rolling.makes_anew(&service.name);
                let action = Action::RemoveContainer {
                    container,
                    service: service.name.clone(),
                };
                // The old one serves until the new one's image is there.
                self.push(
                    remove_id(&service.name),
                    action,
                    causes.clone(),
                    vec![pull_id(&service.image), turn_id(&service.name)],
                    noticed,
                );
            }
        }
    }

    /// Containers that are no longer wanted go last, when nobody is sent to them any more.
    fn leftovers(&mut self) {
        let spare = self.stack.container_name(SPARE);
        let services = self.stack.services.keys();
        let wanted: HashSet<String> = services
            .map(|service| self.stack.container_name(service))
            .collect();
        for container in self.found.engine.containers.values() {
            if wanted.contains(&container.name) || container.name == spare {
                continue;
            }
            let service = container
                .labels
                .get(LABEL_SERVICE)
                .unwrap_or(&container.name)
                .clone();
            let action = Action::RemoveContainer {
                container: container.name.clone(),
                service,
            };
            if container.labels.get(LABEL_SERVICE).map(String::as_str) == Some(REGISTRATION) {
                // What takes registrations goes before anything else.
                let causes = vec!["an interrupted run left it".to_owned()];
                self.push(left_id(&container.name), action, causes, Vec::new(), false);
                continue;
            }
            let causes = vec!["no longer in the profile; data stays".to_owned()];
            let turn = self.rolling.lets_go(&container.name);
            let noticed = self.runs(&container.name) && turn.is_none();
            let after = vec![turn.unwrap_or_else(reload_id)];
            self.push(left_id(&container.name), action, causes, after, noticed);
        }
        if self.found.engine.containers.contains_key(&spare) || self.rolling.brings_the_spare() {
            let mut after: Vec<String> = self.copies().collect();
            after.extend([reload_id(), start_id(GATEWAY)]);
            let action = Action::RemoveContainer {
                container: spare.clone(),
                service: SPARE.to_owned(),
            };
            let causes = vec!["it stood in for another copy of the API".to_owned()];
            self.push(left_id(&spare), action, causes, after, false);
        }
    }

    /// The steps after which the copies of the API serve.
    fn copies(&self) -> impl Iterator<Item = String> + use<'_> {
        let services = self.stack.services.values();
        services
            .filter(|service| is_copy(service))
            .map(|service| start_id(&service.name))
    }

    fn runs(&self, container: &str) -> bool {
        self.found
            .engine
            .containers
            .get(container)
            .is_some_and(|container| container.state.phase == crate::engine::Phase::Running)
    }

    fn creations(&mut self, verdicts: &Verdicts<'_>) {
        for (service, verdict) in verdicts {
            let causes = match verdict {
                None => vec!["it does not exist".to_owned()],
                Some(Verdict::Recreate { .. }) => vec!["in place of the one removed".to_owned()],
                Some(_) => continue,
            };
            let mut after = vec![
                pull_id(&service.image),
                "network".to_owned(),
                remove_id(&service.name),
            ];
            after.extend(
                service
                    .mounts
                    .iter()
                    .map(|mount| format!("volume:{}", mount.volume)),
            );
            let action = Action::CreateContainer {
                service: service.name.clone(),
            };
            self.push(create_id(&service.name), action, causes, after, false);
        }
    }

    fn starts(&mut self, verdicts: &Verdicts<'_>) {
        for (service, verdict) in verdicts {
            let causes = match verdict {
                None | Some(Verdict::Recreate { .. }) => vec![service.probe.question.clone()]
                    .into_iter()
                    .map(|question| format!("until it {question}"))
                    .collect(),
                Some(Verdict::Start(causes)) => causes.clone(),
                Some(Verdict::Reload(_)) => continue,
                Some(Verdict::Keep) => {
                    self.unchanged.push(service.name.clone());
                    continue;
                }
            };
            let mut after = vec![create_id(&service.name)];
            after.extend(service.needs.iter().map(|need| start_id(need)));
            self.push(
                start_id(&service.name),
                Action::Start {
                    service: service.name.clone(),
                },
                causes,
                after,
                false,
            );
        }
    }

    fn databases(&mut self) {
        let causes = match &self.found.databases {
            None if self.steps.is_empty() => Vec::new(),
            None => vec!["as far as anything is missing".to_owned()],
            Some(state) => missing(self.stack, state),
        };
        if causes.is_empty() {
            return;
        }
        let mut after: Vec<String> = self
            .database_services()
            .map(|service| start_id(&service))
            .collect();
        // Whoever reads the rows must not do so while they are written: with old data there may be
        // connection strings that a new key would spoil. On new volumes there is nothing to read. Copies
        // that are made anew while others serve keep their key.
        let reads = |service: &&Service| {
            READERS.contains(&service.role.as_str()) && !self.rolling.makes_anew(&service.name)
        };
        let readers = self.stack.services.values().filter(reads);
        after.extend(readers.map(|service| remove_id(&service.name)));
        // Its tables' SQL is read out of its container.
        let admin_api = self.admin_api();
        after.extend(admin_api.iter().map(|service| create_id(service)));
        let detach = self
            .found
            .databases
            .as_ref()
            .map(|state| detached(self.stack, state))
            .unwrap_or_default();
        self.push(
            "databases".to_owned(),
            Action::PrepareDatabases { detach },
            causes,
            after,
            false,
        );
        let old_data = self
            .stack
            .volumes
            .keys()
            .any(|volume| self.found.engine.volumes.contains_key(volume));
        let has_tenants = self
            .stack
            .databases
            .tenants
            .iter()
            .any(|tenant| tenant.name.is_some());
        let apis: HashSet<String> = self.copies().chain([start_id(SPARE)]).collect();
        for step in &mut self.steps {
            // Sandbox Admin clones the template databases as soon as it starts.
            // With tenants, the API looks into each tenant's own databases as it starts.
            let waits = step.id == start_id("sandbox-admin")
                || admin_api.iter().any(|service| step.id == start_id(service))
                || ((old_data || has_tenants) && apis.contains(&step.id));
            if waits {
                step.after.push("databases".to_owned());
            }
        }
    }

    fn admin_api(&self) -> Option<String> {
        let admin_api = self.stack.admin_api.as_ref()?;
        Some(admin_api.service.clone())
    }

    /// A client with the Admin API. After the service serves: what keeps that from serving would keep the registration
    /// from it, too, and is better told of the service itself.
    fn registration(&mut self) {
        let Some(admin_api) = &self.stack.admin_api else {
            return;
        };
        let causes = match &self.found.databases {
            None if self.steps.is_empty() => return,
            None => vec!["as far as it is missing".to_owned()],
            Some(state) => match &state.administrator {
                None => vec!["its client is not registered".to_owned()],
                Some(found) if *found != admin_api.client.fingerprint() => {
                    vec!["the key or secret of its client changed".to_owned()]
                }
                Some(_) => return,
            },
        };
        let service = admin_api.service.clone();
        let after = vec![
            "databases".to_owned(),
            start_id(&service),
            left_id(&self.stack.container_name(REGISTRATION)),
        ];
        let action = Action::RegisterAdminClient {
            service: service.clone(),
        };
        self.push(format!("register:{service}"), action, causes, after, false);
    }

    /// Keeps every step behind those it waits for. Only steps that exist can be waited for.
    fn order(&mut self) {
        let ids = &self.ids;
        for step in &mut self.steps {
            step.after.retain(|id| ids.contains(id));
        }
        let mut rest: VecDeque<Step> = std::mem::take(&mut self.steps).into();
        let mut placed: HashSet<String> = HashSet::new();
        while !rest.is_empty() {
            let ready = rest
                .iter()
                .position(|step| step.after.iter().all(|id| placed.contains(id)))
                // A circle cannot arise from the parts of a use case; should it, keep the order as it is.
                .unwrap_or(0);
            // Almost always the first one, which costs nothing to take.
            if let Some(step) = rest.remove(ready) {
                placed.insert(step.id.clone());
                self.steps.push(step);
            }
        }
    }

    fn database_services(&self) -> impl Iterator<Item = String> + use<> {
        let mut seen = HashSet::new();
        let wanted = self.stack.databases.wanted.iter();
        let services: Vec<String> = wanted
            .map(|database| &database.service)
            .filter(|service| seen.insert(*service))
            .cloned()
            .collect();
        services.into_iter()
    }

    fn verification(&mut self) {
        if self.steps.is_empty() {
            return;
        }
        let after = self
            .steps
            .iter()
            .filter(|step| {
                matches!(
                    step.action,
                    Action::Start { .. }
                        | Action::Reload { .. }
                        | Action::PrepareDatabases { .. }
                        | Action::RegisterAdminClient { .. }
                        | Action::RemoveContainer { .. }
                )
            })
            .map(|step| step.id.clone())
            .collect();
        let causes = vec!["real requests must be answered".to_owned()];
        self.push("verify".to_owned(), Action::Verify, causes, after, false);
    }
}

/// Instances that we wrote and the profile no longer has.
fn detached(stack: &Stack, state: &DatabaseState) -> Vec<String> {
    if stack.databases.instances.is_empty() {
        return Vec::new();
    }
    let wanted: BTreeSet<&str> = stack
        .databases
        .instances
        .iter()
        .map(|instance| instance.name.as_str())
        .collect();
    state
        .instances
        .keys()
        .filter(|name| !wanted.contains(name.as_str()))
        .cloned()
        .collect()
}

/// Extensions whose SQL did not run in a database that is there. Several databases make one cause.
fn unextended(stack: &Stack, state: &DatabaseState) -> Vec<String> {
    let mut causes = Vec::new();
    for extension in &stack.databases.extensions {
        let lacks = |database: &&WantedDatabase| {
            let marks = state
                .extended
                .get(&database.service)
                .and_then(|databases| databases.get(&database.name));
            database
                .extended_by(extension)
                .is_some_and(|(_, mark)| !marks.is_some_and(|marks| marks.contains(&mark)))
        };
        let lacking = stack.databases.wanted.iter().filter(lacks);
        let names: Vec<&str> = lacking.map(|database| database.name.as_str()).collect();
        match names.as_slice() {
            [] => {}
            [one] => causes.push(format!("the extension {} is not in {one}", extension.name)),
            [first, rest @ ..] => causes.push(format!(
                "the extension {} is not in {first} and {} more",
                extension.name,
                rest.len()
            )),
        }
    }
    causes
}

/// The Admin API's tables, where they are missing in a database that is there.
fn unadministered(stack: &Stack, state: &DatabaseState) -> Option<String> {
    let admin_api = stack.admin_api.as_ref()?;
    let lacks = |database: &&WantedDatabase| {
        let marks = state
            .extended
            .get(&database.service)
            .and_then(|databases| databases.get(&database.name));
        admin_api.folder_for(database).is_some()
            && !marks.is_some_and(|marks| marks.contains(&admin_api.mark))
    };
    let lacking = stack.databases.wanted.iter().filter(lacks);
    let names: Vec<&str> = lacking.map(|database| database.name.as_str()).collect();
    (!names.is_empty())
        .then(|| format!("what the Admin API needs is not in {}", names.join(" and ")))
}

/// Databases and rows that are missing, differ, or are wanted no more.
fn missing(stack: &Stack, state: &DatabaseState) -> Vec<String> {
    let databases = &stack.databases;
    let mut causes = Vec::new();
    let gone = detached(stack, state);
    let gone = gone.iter().map(String::as_str).collect();
    tell(
        &mut causes,
        gone,
        |name| {
            format!("instance {name} is no longer in the profile: it is detached, its data stays")
        },
        |count, names| {
            format!(
                "{count} instances are no longer in the profile: they are detached, their data stays: {names}"
            )
        },
    );
    let mut absent: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for database in &databases.wanted {
        let there = state.databases.get(&database.service);
        if !there.is_some_and(|names| names.contains(&database.name)) {
            absent
                .entry(&database.service)
                .or_default()
                .push(&database.name);
        }
    }
    causes.extend(unextended(stack, state));
    causes.extend(unadministered(stack, state));
    for (service, names) in absent {
        tell(
            &mut causes,
            names,
            |name| {
                format!("database {name} is missing in {service}, or not yet known to be complete")
            },
            |count, names| {
                format!(
                    "{count} databases are missing in {service}, or not yet known to be complete: {names}"
                )
            },
        );
    }
    let (mut new, mut changed) = (Vec::new(), Vec::new());
    for instance in &databases.instances {
        match state.instances.get(&instance.name) {
            None => new.push(instance.name.as_str()),
            Some(found) if *found != instance_fingerprint(instance) => {
                changed.push(&*instance.name);
            }
            Some(_) => {}
        }
    }
    tell(
        &mut causes,
        new,
        |name| format!("instance {name} is not registered"),
        |count, names| format!("{count} instances are not registered: {names}"),
    );
    tell(
        &mut causes,
        changed,
        |name| format!("the connection of instance {name} changed"),
        |count, names| format!("the connections of {count} instances changed: {names}"),
    );
    let (mut new, mut changed) = (Vec::new(), Vec::new());
    for client in &databases.clients {
        match state.clients.get(&client.name) {
            None => new.push(client.name.as_str()),
            Some(found) if *found != client_fingerprint(client) => changed.push(&*client.name),
            Some(_) => {}
        }
    }
    tell(
        &mut causes,
        new,
        |name| format!("API client {name} does not exist"),
        |count, names| format!("{count} API clients do not exist: {names}"),
    );
    tell(
        &mut causes,
        changed,
        |name| format!("API client {name} changed"),
        |count, names| format!("{count} API clients changed: {names}"),
    );
    causes
}

/// Tells of each, or of all together where there are many: a few by name, the others by number.
fn tell(
    causes: &mut Vec<String>,
    names: Vec<&str>,
    one: impl Fn(&str) -> String,
    all: impl Fn(usize, &str) -> String,
) {
    const EACH: usize = 5;
    const NAMED: usize = 3;
    match names.get(..NAMED) {
        Some(first) if names.len() > EACH => {
            let more = names.len() - NAMED;
            let words = format!("{} and {more} more", first.join(", "));
            causes.push(all(names.len(), &words));
        }
        _ => causes.extend(names.into_iter().map(one)),
    }
}

/// What stands in the way, or should be known, before anything starts.
fn findings(stack: &Stack, found: &Observation) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for (name, volume) in &stack.volumes {
        let Some(there) = found.engine.volumes.get(name) else {
            continue;
        };
        let label = |key: &str| {
            there
                .labels
                .get(key)
                .map(String::as_str)
                .unwrap_or_default()
        };
        let secrets = label(LABEL_SECRETS);
        if secrets != stack.secrets_id && !stack.adopted_secrets.iter().any(|id| id == secrets) {
            findings.push(other_secrets(stack, name, secrets));
        }
        let made_by = stack
            .services
            .get(&volume.service)
            .map(|service| repository(&service.image))
            .unwrap_or_default();
        let origin = data_origin(stack, found, &volume.service);
        if ![origin, ""].contains(&label(LABEL_ORIGIN)) {
            findings.push(other_origin(stack, name, label(LABEL_ORIGIN), origin));
        } else if label(LABEL_STANDARD) != stack.data_standard || label(LABEL_MADE_BY) != made_by {
            findings.push(other_contents(
                stack,
                name,
                label(LABEL_STANDARD),
                label(LABEL_MADE_BY),
                made_by,
            ));
        } else if label(LABEL_RELEASE) != stack.release {
            findings.push(
                Diagnostic::new(
                    "E-3003",
                    Severity::Warn,
                    format!("The data in {name} was made by release {}, and this is {}.", label(LABEL_RELEASE), stack.release),
                )
                .help("Make a copy of the data first, and read the release notes for database changes."),
            );
        }
    }
    findings
}

fn other_secrets(stack: &Stack, volume: &str, found: &str) -> Diagnostic {
    let mut finding = Diagnostic::new(
        "E-3001",
        Severity::Block,
        format!("The data volume {volume} was made with other passwords than the ones in this deployment's secrets file."),
    )
    .help(format!(
        "Three ways out. If you have the old secrets file, put it back. \
         If you have not, give the old data the new passwords: edfi-setup secrets adopt --name {name}. \
         To leave the old data alone, choose another name: edfi-setup up … --name {name}-2.",
        name = stack.deployment
    ));
    finding.found = Some(format!(
        "data made with secrets {}",
        if found.is_empty() { "unknown" } else { found }
    ));
    finding.expected = Some(format!("secrets {}", stack.secrets_id));
    finding
}

fn other_origin(stack: &Stack, volume: &str, found: &str, wanted: &str) -> Diagnostic {
    let words = |origin: &str| match origin {
        ORIGIN_PRACTICE => "practice images",
        ORIGIN_REAL => "Ed-Fi's own images",
        _ => "images unknown to this version",
    };
    let mut finding = Diagnostic::new(
        "E-3004",
        Severity::Block,
        format!(
            "The data volume {volume} was made with {}, and the profile now means {}.",
            words(found),
            words(wanted)
        ),
    )
    .help(format!(
        "Their PostgreSQL servers differ, and one cannot open the other's data. Change images.registry back, or make \
         another deployment: --name {}-2.",
        stack.deployment
    ));
    finding.found = Some(words(found).to_owned());
    finding.expected = Some(words(wanted).to_owned());
    finding
}

fn other_contents(
    stack: &Stack,
    volume: &str,
    standard: &str,
    image: &str,
    wanted_image: &str,
) -> Diagnostic {
    let mut finding = Diagnostic::new(
        "E-3002",
        Severity::Block,
        format!(
            "The data volume {volume} holds data of another kind: it was made by {image} for data standard {standard}, and the profile asks for {wanted_image} and data standard {}.",
            stack.data_standard
        ),
    )
    .help(format!(
        "Change the profile back, or keep both by giving this one another name: --name {}-2. Data of one standard cannot be served as another.",
        stack.deployment
    ));
    finding.found = Some(format!("{image}, data standard {standard}"));
    finding.expected = Some(format!(
        "{wanted_image}, data standard {}",
        stack.data_standard
    ));
    finding
}

pub(super) fn pull_id(image: &str) -> String {
    format!("pull:{image}")
}
fn remove_id(service: &str) -> String {
    format!("remove:{service}")
}
fn create_id(service: &str) -> String {
    format!("create:{service}")
}
pub(super) fn start_id(service: &str) -> String {
    format!("start:{service}")
}
