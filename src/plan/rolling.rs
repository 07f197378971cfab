//! Making copies of the API anew while others answer.
//!
//! The gateway stands before all copies and can leave some out. So a copy is made anew in four steps:
//! the gateway sends new requests to the others and finishes those that run, the old container goes,
//! the new one comes and serves, the gateway sends requests to all again. Where there is one copy
//! only, a spare one stands in for it.
//!
//! Nothing of this is remembered between runs: which copies are left out stands in the gateway's
//! files, and a spare copy is a container like any other.

use std::borrow::Cow;

use crate::engine::{ObservedContainer, Phase};
use crate::stack::{GATEWAY_SWITCH, Service, Stack};

use super::compare::{Verdict, compare};
use super::labels::LABEL_SERVICE;
use super::make::{Verdicts, pull_id, start_id};
use super::spec::{files_to_place, fingerprints};
use super::{Action, Observation, Step};

/// The service name of the spare copy.
pub const SPARE: &str = "api-spare";
/// The role of what is copied.
const API: &str = "api";

/// The spare copy of the API: as the first one, but nobody finds it under the name of all.
pub fn spare(stack: &Stack) -> Option<Service> {
    let first = stack.services.values().find(|service| is_copy(service))?;
    Some(Service {
        name: SPARE.to_owned(),
        aliases: Vec::new(),
        ..first.clone()
    })
}

/// A service that a plan speaks of: one of the stack's, or the spare copy.
pub fn service<'a>(stack: &'a Stack, name: &str) -> Option<Cow<'a, Service>> {
    if name == SPARE {
        return spare(stack).map(Cow::Owned);
    }
    stack.services.get(name).map(Cow::Borrowed)
}

/// Whether a service is a copy of the API.
pub(super) fn is_copy(service: &Service) -> bool {
    service.role == API
}

/// What is to be made anew one after the other, and by which means.
#[derive(Debug, Default)]
pub(super) struct Rolling<'a> {
    /// The gateway, if it serves and takes files in.
    gateway: Option<&'a Service>,
    /// Its files that changed.
    changed: Vec<String>,
    /// All copies of the API.
    copies: Vec<&'a Service>,
    /// Those to make anew, in this order.
    anew: Vec<&'a Service>,
    /// Copies that are no longer wanted.
    leaving: Vec<(&'a ObservedContainer, String)>,
    /// The spare copy, if it has to be made.
    spare: Option<MissingSpare>,
}

/// A spare copy to make.
#[derive(Debug)]
struct MissingSpare {
    service: Service,
    /// The container that has to go for it, and why.
    old: Option<(String, Vec<String>)>,
}

impl<'a> Rolling<'a> {
    /// Finds out what can be made anew without anybody noticing.
    pub fn of(stack: &'a Stack, found: &'a Observation, verdicts: &Verdicts<'a>) -> Self {
        let copies = || verdicts.iter().filter(|(service, _)| is_copy(service));
        let mut rolling = Self {
            copies: copies().map(|(service, _)| *service).collect(),
            ..Self::default()
        };
        for (service, verdict) in verdicts {
            if !found.live_files.contains_key(&service.name) {
                continue;
            }
            match verdict {
                Some(Verdict::Keep) => rolling.gateway = Some(service),
                Some(Verdict::Reload(causes)) => {
                    rolling.gateway = Some(service);
                    rolling.changed.clone_from(causes);
                }
                _ => {}
            }
        }
        let Some(gateway) = rolling.gateway else {
            return rolling;
        };
        let kept = |name: &String| {
            let mut verdicts = verdicts.iter();
            verdicts.any(|(service, verdict)| {
                service.name == *name && matches!(verdict, Some(Verdict::Keep))
            })
        };
        let can = |service: &Service, verdict: &Option<Verdict>| {
            matches!(verdict, Some(Verdict::Recreate { beside: true, .. }))
                && !found.not_serving.contains_key(&service.name)
                && service.needs.iter().all(kept)
        };
        rolling.anew = copies()
            .filter(|(service, verdict)| can(service, verdict))
            .map(|(service, _)| *service)
            .collect();
        rolling.leaving = leaving(stack, found);
        if rolling.copies.len() == 1 && !rolling.anew.is_empty() {
            rolling.spare = missing_spare(stack, found, gateway);
        }
        rolling
    }

    /// Whether this copy is made anew while others serve.
    pub fn makes_anew(&self, service: &str) -> bool {
        self.anew.iter().any(|copy| copy.name == service)
    }

    /// The step after which this container gets no requests any more, if there is one.
    pub fn lets_go(&self, container: &str) -> Option<String> {
        let (_, first) = self.leaving.first()?;
        let mut leaving = self.leaving.iter();
        leaving
            .any(|(leaving, _)| leaving.name == container)
            .then(|| turn_id(first))
    }

    /// Whether a spare copy is made.
    pub fn brings_the_spare(&self) -> bool {
        self.spare.is_some()
    }

    /// Steps beside those that removing, making and starting takes anyway.
    pub fn steps(&self) -> Vec<Step> {
        let Some(gateway) = self.gateway else {
            return Vec::new();
        };
        let mut steps = Vec::new();
        self.bring_the_spare(&mut steps);
        // What the new files lead to should be there.
        let mut before: Vec<String> = self
            .copies
            .iter()
            .filter(|copy| !self.makes_anew(&copy.name))
            .map(|copy| start_id(&copy.name))
            .collect();
        let mut changed = self.changed.clone();
        for copy in &self.anew {
            let others = self.others(&copy.name);
            let mut causes = std::mem::take(&mut changed);
            causes.push(format!(
                "requests go to {} from now on, and those that run are finished",
                others.join(" and ")
            ));
            // The others serve already, are made anew before this one, or are waited for.
            let mut after = before.clone();
            after.extend([start_id(SPARE), pull_id(&copy.image)]);
            steps.push(reload(turn_id(&copy.name), gateway, others, causes, after));
            before.push(start_id(&copy.name));
        }
        if let Some((_, first)) = self.leaving.first() {
            let only: Vec<String> = self.copies.iter().map(|copy| copy.name.clone()).collect();
            let causes = vec![format!(
                "{} gets no requests any more, and those that run are finished",
                self.leaving
                    .iter()
                    .map(|(_, service)| service.as_str())
                    .collect::<Vec<_>>()
                    .join(" and ")
            )];
            steps.push(reload(
                turn_id(first),
                gateway,
                only,
                causes,
                before.clone(),
            ));
        }
        let turns: Vec<String> = steps
            .iter()
            .filter(|step| matches!(step.action, Action::Reload { .. }))
            .map(|step| step.id.clone())
            .collect();
        if turns.is_empty() && changed.is_empty() {
            return steps;
        }
        if !turns.is_empty() {
            changed.push("requests go to every copy of the API again".to_owned());
        }
        before.extend(turns);
        before.extend(
            self.leaving
                .iter()
                .map(|(container, _)| left_id(&container.name)),
        );
        steps.push(reload(reload_id(), gateway, Vec::new(), changed, before));
        steps
    }

    /// The copies that serve while this one does not.
    fn others(&self, service: &str) -> Vec<String> {
        let others: Vec<String> = self
            .copies
            .iter()
            .filter(|copy| copy.name != service)
            .map(|copy| copy.name.clone())
            .collect();
        if others.is_empty() {
            vec![SPARE.to_owned()]
        } else {
            others
        }
    }

    fn bring_the_spare(&self, steps: &mut Vec<Step>) {
        let Some(MissingSpare {
            service: spare,
            old,
        }) = &self.spare
        else {
            return;
        };
        let name = || SPARE.to_owned();
        let step = |id: String, action, causes, after| Step {
            id,
            action,
            causes,
            after,
            interrupts: false,
        };
        let (remove, create) = (format!("remove:{SPARE}"), format!("create:{SPARE}"));
        if let Some((container, causes)) = old {
            let action = Action::RemoveContainer {
                container: container.clone(),
                service: name(),
            };
            steps.push(step(remove.clone(), action, causes.clone(), Vec::new()));
        }
        let stands_in = self.anew.iter().map(|copy| copy.name.as_str()).next();
        let causes = vec![
            format!(
                "answers while {} is made anew",
                stands_in.unwrap_or_default()
            ),
            format!("takes another {} MB of memory meanwhile", spare.memory_mb),
        ];
        let after = vec![pull_id(&spare.image), remove];
        let action = Action::CreateContainer { service: name() };
        steps.push(step(create.clone(), action, causes, after));
        let causes = vec![format!("until it {}", spare.probe.question)];
        let mut after = vec![create];
        after.extend(spare.needs.iter().map(|need| start_id(need)));
        let action = Action::Start { service: name() };
        steps.push(step(start_id(SPARE), action, causes, after));
    }
}

fn reload(
    id: String,
    gateway: &Service,
    only: Vec<String>,
    causes: Vec<String>,
    after: Vec<String>,
) -> Step {
    Step {
        id,
        action: Action::Reload {
            service: gateway.name.clone(),
            only,
        },
        causes,
        after,
        interrupts: false,
    }
}

/// Copies that run and are no longer wanted: fewer were asked for.
fn leaving<'a>(stack: &Stack, found: &'a Observation) -> Vec<(&'a ObservedContainer, String)> {
    let numbered = |service: &String| {
        let number = service.strip_prefix(API)?.strip_prefix('-')?;
        number.parse::<u32>().ok()
    };
    found
        .engine
        .containers
        .values()
        .filter(|container| container.state.phase == Phase::Running)
        .filter_map(|container| {
            let service = container.labels.get(LABEL_SERVICE)?;
            numbered(service)?;
            let wanted = stack.services.contains_key(service);
            (!wanted).then(|| (container, service.clone()))
        })
        .collect()
}

/// The spare copy, unless one is there that does: one that is as it should be, or to which requests
/// go already, whatever it was made from.
fn missing_spare(stack: &Stack, found: &Observation, gateway: &Service) -> Option<MissingSpare> {
    let service = spare(stack)?;
    let name = stack.container_name(SPARE);
    let Some(container) = found.engine.containers.get(&name) else {
        return Some(MissingSpare { service, old: None });
    };
    let serves = container.state.phase == Phase::Running && !found.not_serving.contains_key(SPARE);
    let image = found.images.get(&service.image).and_then(Option::as_ref);
    let verdict = compare(stack, &service, container, image, None);
    if serves && (verdict == Verdict::Keep || points_at_spare(stack, found, gateway)) {
        return None;
    }
    let causes = match verdict {
        Verdict::Recreate { causes, .. } => causes,
        _ => vec!["it does not serve".to_owned()],
    };
    Some(MissingSpare {
        service,
        old: Some((name, causes)),
    })
}

fn points_at_spare(stack: &Stack, found: &Observation, gateway: &Service) -> bool {
    let files = files_to_place(stack, gateway, &[SPARE.to_owned()]);
    let turned = fingerprints(&files);
    found.live_files.get(&gateway.name).is_some_and(|live| {
        live.contains_key(GATEWAY_SWITCH) && live.get(GATEWAY_SWITCH) == turned.get(GATEWAY_SWITCH)
    })
}

/// The step after which the gateway leaves a copy out.
pub(super) fn turn_id(service: &str) -> String {
    format!("turn:{service}")
}

/// The step after which the gateway is as the profile says.
pub(super) fn reload_id() -> String {
    "reload:gateway".to_owned()
}

/// The step that removes a container that is no longer wanted.
pub(super) fn left_id(container: &str) -> String {
    format!("remove:{container}")
}
