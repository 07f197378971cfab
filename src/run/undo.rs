//! Undoing what a run created: its containers and its network. Never data.
//!
//! What a run made is known from its events: the steps that began, and the engine's id of each container.
//! What was there before, what the run only started, and what another run made since under the same name,
//! is not its own and stays.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::{Engine, ObservedContainer, Phase, Result};
use crate::plan::{Action, LABEL_SERVICE, Plan};
use crate::stack::container_name;

use super::event::Event;
use super::take_away::{Taken, take_away};

/// What one run made, or several tries of it one after the other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Made {
    deployment: String,
    network: Option<String>,
    /// Services whose container was made.
    containers: BTreeMap<String, Container>,
    /// Services whose older container was removed.
    removed: BTreeSet<String>,
}

/// A service's container.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Container {
    /// Whether an older one had to go for it.
    replaces: bool,
    /// The engine's ids of those that several tries made, one after the other.
    ids: BTreeSet<String>,
}

impl Made {
    /// Takes note of what a run tells.
    pub fn heard(&mut self, plan: &Plan, event: &Event) {
        match event {
            Event::StepStarted { step } => self.begun(plan, step),
            Event::ContainerMade {
                service, container, ..
            } => {
                let known = self.containers.entry(service.clone()).or_default();
                known.ids.insert(container.clone());
            }
            _ => {}
        }
    }

    /// A step that began may have done its work even if nobody heard of it any more.
    fn begun(&mut self, plan: &Plan, step: &str) {
        self.deployment.clone_from(&plan.deployment);
        match plan.step(step).map(|step| &step.action) {
            Some(Action::CreateNetwork { network }) => self.network = Some(network.clone()),
            // One that an earlier try made is no older one.
            Some(Action::RemoveContainer { service, .. })
                if !self.containers.contains_key(service) =>
            {
                self.removed.insert(service.clone());
            }
            Some(Action::CreateContainer { service }) => {
                let replaces = self.removed.contains(service);
                let new = || Container {
                    replaces,
                    ..Container::default()
                };
                self.containers.entry(service.clone()).or_insert_with(new);
            }
            // What requests are sent to is not taken away.
            Some(Action::Reload { only, .. }) => {
                self.containers.retain(|service, _| !only.contains(service));
            }
            _ => {}
        }
    }

    /// The deployment; empty if nothing was made.
    pub fn deployment(&self) -> &str {
        &self.deployment
    }

    /// Whether there is nothing to undo.
    pub fn is_empty(&self) -> bool {
        self.containers.is_empty() && self.network.is_none()
    }

    /// What undoing would remove, as in `5 containers and 1 network`.
    pub fn counted(&self) -> String {
        let containers = match self.containers.len() {
            0 => None,
            1 => Some("1 container".to_owned()),
            count => Some(format!("{count} containers")),
        };
        let network = self.network.as_ref().map(|_| "1 network".to_owned());
        let parts: Vec<String> = [containers, network].into_iter().flatten().collect();
        parts.join(" and ")
    }

    /// What undoing would do and what it leaves, in sentences for the operator to agree to.
    pub fn words(&self) -> String {
        let mut words = format!("Undo removes {} made by this run", self.counted());
        if !self.containers.is_empty() {
            let names: Vec<&str> = self.containers.keys().map(String::as_str).collect();
            words.push_str(": ");
            words.push_str(&names.join(", "));
        }
        words.push('.');
        let of = |wanted: bool| {
            let of = move |(_, made): &(&String, &Container)| made.replaces == wanted;
            self.containers.iter().filter(of)
        };
        let replaced: Vec<&str> = of(true).map(|(service, _)| service.as_str()).collect();
        if !replaced.is_empty() {
            words.push_str(
                "\nThese took the place of older containers, which cannot be brought back: ",
            );
            words.push_str(&replaced.join(", "));
            words.push_str(". After Undo they do not run until the next start.");
        }
        let gone: Vec<&str> = self
            .removed
            .iter()
            .filter(|service| !self.containers.contains_key(*service))
            .map(String::as_str)
            .collect();
        if !gone.is_empty() {
            words.push_str(
                "\nThis run also removed older containers, which Undo does not bring back: ",
            );
            words.push_str(&gone.join(", "));
            words.push('.');
        }
        words.push_str(
            "\nData stays: all volumes, images, passwords and the deployment's folder. So does everything that was there before.",
        );
        words
    }

    /// Whether this container is one that was made: the engine's id says so. One whose making was never
    /// confirmed has a name only, and nobody started it; what runs under that name is another's.
    fn is_ours(&self, container: &ObservedContainer) -> bool {
        let made = container
            .labels
            .get(LABEL_SERVICE)
            .and_then(|service| Some((service, self.containers.get(service)?)));
        made.is_some_and(|(service, made)| {
            let unheard = container.state.phase == Phase::Created
                && container.name == container_name(&self.deployment, service);
            made.ids.contains(&container.id) || unheard
        })
    }
}

/// Stops and removes what was made. Whoever calls this holds the deployment's lock. Only what carries the
/// deployment's label is ever touched. `report` hears of each thing that is gone.
pub async fn undo<E: Engine>(
    engine: &E,
    made: &Made,
    report: &(dyn Fn(Taken) + Send + Sync),
) -> Result<()> {
    if made.is_empty() {
        return Ok(());
    }
    let found = engine.observe(&made.deployment).await?;
    let containers: Vec<&ObservedContainer> = found
        .containers
        .values()
        .filter(|container| made.is_ours(container))
        .collect();
    let networks: Vec<&str> = made
        .network
        .iter()
        .filter(|network| found.networks.contains_key(*network))
        .map(String::as_str)
        .collect();
    take_away(engine, &containers, &networks, report).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Step;

    fn plan(actions: impl IntoIterator<Item = (&'static str, Action)>) -> Plan {
        let step = |(id, action): (&str, Action)| Step {
            id: id.to_owned(),
            action,
            causes: Vec::new(),
            after: Vec::new(),
            interrupts: false,
        };
        Plan {
            deployment: "demo".to_owned(),
            steps: actions.into_iter().map(step).collect(),
            unchanged: Vec::new(),
            findings: Vec::new(),
        }
    }

    fn create(service: &str) -> Action {
        Action::CreateContainer {
            service: service.to_owned(),
        }
    }

    fn remove(service: &str) -> Action {
        Action::RemoveContainer {
            container: container_name("demo", service),
            service: service.to_owned(),
        }
    }

    fn start(service: &str) -> Action {
        Action::Start {
            service: service.to_owned(),
        }
    }

    #[test]
    fn only_what_began_and_was_made_is_undone() {
        let plan = plan([
            (
                "network",
                Action::CreateNetwork {
                    network: "demo_default".to_owned(),
                },
            ),
            (
                "volume",
                Action::CreateVolume {
                    volume: "demo_data".to_owned(),
                },
            ),
            ("create:db", create("db")),
            ("create:api", create("api")),
            ("start:old", start("old")),
        ]);
        let mut made = Made::default();
        assert!(made.is_empty());
        for step in ["network", "volume", "create:db", "start:old"] {
            made.begun(&plan, step);
        }
        assert_eq!(made.counted(), "1 container and 1 network");
        assert_eq!(
            made.words(),
            "Undo removes 1 container and 1 network made by this run: db.\n\
             Data stays: all volumes, images, passwords and the deployment's folder. So does everything that was there before."
        );
    }

    #[test]
    fn what_only_runs_on_or_was_only_started_is_not_made() {
        let plan = plan([("start:api", start("api"))]);
        let mut made = Made::default();
        made.begun(&plan, "start:api");
        assert!(made.is_empty());
    }

    #[test]
    fn a_copy_that_stands_in_for_another_is_not_undone() {
        let turn = Action::Reload {
            service: "gateway".to_owned(),
            only: vec!["api-spare".to_owned()],
        };
        let plan = plan([
            ("create:db", create("db")),
            ("create:api-spare", create("api-spare")),
            ("turn:api", turn),
        ]);
        let mut made = Made::default();
        for step in ["create:db", "create:api-spare"] {
            made.begun(&plan, step);
        }
        assert_eq!(made.counted(), "2 containers");
        made.begun(&plan, "turn:api");
        assert_eq!(made.counted(), "1 container");
    }

    #[test]
    fn a_replaced_container_is_said_plainly_and_one_of_an_earlier_try_is_not_older() {
        let first = plan([
            ("remove:api", remove("api")),
            ("create:api", create("api")),
            ("create:db", create("db")),
            ("remove:left", remove("left")),
        ]);
        let mut made = Made::default();
        for step in ["remove:api", "create:api", "create:db", "remove:left"] {
            made.begun(&first, step);
        }
        let again = plan([("remove:db", remove("db")), ("create:db", create("db"))]);
        for step in ["remove:db", "create:db"] {
            made.begun(&again, step);
        }
        let words = made.words();
        assert!(
            words.contains("2 containers made by this run: api, db."),
            "{words}"
        );
        assert!(words.contains("cannot be brought back: api."), "{words}");
        assert!(words.contains("does not bring back: left."), "{words}");
    }
}
