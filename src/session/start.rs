//! From a checked profile to a deployment that serves, for every face: opened, planned, carried out.
//!
//! ```text
//! begin ──▶ Begun ──prepare──▶ Prepared ──run──▶ Ended
//! lock, secrets     plan, machine        events meanwhile
//! ```
//!
//! The faces decide what of it they tell, when they ask, and how.

use std::future::Future;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use crate::checks;
use crate::deployment::{self, Home, Journal, LastRun, Record, Redactor};
use crate::diagnostic::Diagnostic;
use crate::engine::Engine;
use crate::plan::{Action, DatabaseState, Observation, Plan, plan as make_plan};
use crate::profile::{self, Loaded, Profile};
use crate::run::{Event, Failure, Outcome, Run, execute, observe, verify_deployment};
use crate::stack::Stack;
use crate::verify::Verification;

use super::address::gateway_address;
use super::noting::note;
use super::open::{Opened, take};
use super::trouble::{Kind, Trouble};

/// A deployment whose lock is held and whose secrets are there. Nothing was asked of the engine.
#[derive(Debug)]
pub struct Begun {
    opened: Opened,
    profile: Profile,
    command: String,
    /// Where the last run stopped, in words, if it did not come to its end.
    pub stopped: Option<String>,
}

/// Opens a deployment to bring it up: takes its lock, makes what secrets and certificates it lacks.
/// `verb` is what other runs are told while this one holds the lock, as in `up`.
pub fn begin(home: &Home, loaded: &Loaded, verb: &str, now: Timestamp) -> Result<Begun, Trouble> {
    let command = format!("{verb} {}", loaded.profile.name);
    let opened = take(home, &loaded.profile, &command, now)?;
    // A journal that cannot be read holds nobody up; the plan finds out what is missing anyway.
    let last = Journal::last_run(opened.lock.folder()).ok().flatten();
    Ok(Begun {
        opened,
        profile: loaded.profile.clone(),
        command,
        stopped: last.as_ref().and_then(LastRun::stopped),
    })
}

impl Begun {
    /// Takes the deployment's secrets out of texts.
    pub fn redactor(&self) -> Redactor {
        Redactor::new(&self.opened.secrets)
    }

    /// Things to mention.
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.opened.warnings
    }

    /// Looks at what there is, plans, and checks the machine. Nothing is changed.
    pub async fn prepare<E: Engine>(self, engine: &E) -> Result<Prepared, Trouble> {
        let stack = &self.opened.stack;
        let found = observe(engine, stack).await?;
        let plan = make_plan(stack, &found);
        let mut blocks: Vec<Diagnostic> = plan.blocks().cloned().collect();
        let mut machine = Vec::new();
        if blocks.is_empty() {
            (blocks, machine) = check_machine(engine, &plan, stack).await;
        }
        let endpoint = engine.info().await?.endpoint;
        Ok(Prepared {
            address: gateway_address(&stack.access.listen, &endpoint),
            endpoint,
            found,
            plan,
            blocks,
            machine,
            only: None,
            begun: self,
        })
    }
}

/// What would only be found out half-way is looked at first: ports, memory, disk, clock. Images are
/// left to the pulls, which know more about them. Gives what blocks, and what should be known.
async fn check_machine<E: Engine>(
    engine: &E,
    plan: &Plan,
    stack: &Stack,
) -> (Vec<Diagnostic>, Vec<Diagnostic>) {
    let creates = plan
        .steps
        .iter()
        .any(|step| matches!(step.action, Action::CreateContainer { .. }));
    if !creates {
        return (Vec::new(), Vec::new());
    }
    let needs = checks::Needs {
        images: Vec::new(),
        ..needs(stack)
    };
    let facts = checks::gather(Ok(engine), &needs, |_| async { Ok(()) }).await;
    let (blocks, notes): (Vec<_>, Vec<_>) = checks::judge(&facts, &needs)
        .into_iter()
        .filter(|finding| !finding.good)
        .partition(checks::Finding::blocks);
    let diagnostics = |findings: Vec<checks::Finding>| {
        findings
            .into_iter()
            .map(|finding| finding.diagnostic)
            .collect()
    };
    (diagnostics(blocks), diagnostics(notes))
}

/// What a deployment needs of a machine.
pub fn needs(stack: &Stack) -> checks::Needs {
    let megabyte = 1_000_000;
    checks::Needs {
        deployment: stack.deployment.clone(),
        memory_bytes: stack.memory_mb() * megabyte,
        disk_bytes: stack.disk_mb() * megabyte,
        ports: stack
            .services
            .values()
            .flat_map(|service| &service.ports)
            .filter_map(|port| {
                Some(checks::WantedPort {
                    address: port.host_ip.parse().ok()?,
                    port: port.host_port,
                })
            })
            .collect(),
        images: stack.images(),
    }
}

/// A deployment with its plan, ready to be brought up. The lock is held until this is dropped.
#[derive(Debug)]
pub struct Prepared {
    begun: Begun,
    found: Observation,
    address: String,
    endpoint: String,
    /// What will be done.
    pub plan: Plan,
    /// What forbids to start. Then nothing else is worth telling.
    pub blocks: Vec<Diagnostic>,
    /// What should be known of the machine.
    pub machine: Vec<Diagnostic>,
    only: Option<Vec<String>>,
}

/// How a run ended.
#[derive(Debug, Clone)]
pub struct Ended {
    /// How.
    pub outcome: Outcome,
    /// What failed, if something did.
    pub failure: Option<Failure>,
    /// What the platform answered, if it was asked.
    pub verification: Option<Verification>,
    /// What did not work beside it and held nobody up.
    pub notes: Vec<Diagnostic>,
}

impl Prepared {
    /// What should be.
    pub fn stack(&self) -> &Stack {
        &self.begun.opened.stack
    }

    /// Verifies these instances and no others, as long as no container is touched: what runs and was not
    /// changed has been verified before.
    pub fn verify_only(&mut self, instances: Vec<String>) {
        self.only = Some(instances);
    }

    fn touches_no_container(&self) -> bool {
        self.plan.steps.iter().all(|step| {
            matches!(
                step.action,
                Action::PrepareDatabases { .. } | Action::Verify
            )
        })
    }

    /// What was found in the databases; nothing while their servers do not run.
    pub fn databases(&self) -> Option<&DatabaseState> {
        self.found.databases.as_ref()
    }

    /// The services and what each is, each after those it needs.
    pub fn titles(&self) -> Vec<(String, String)> {
        self.stack()
            .services
            .values()
            .map(|service| (service.name.clone(), service.title.clone()))
            .collect()
    }

    /// Takes the deployment's secrets out of texts.
    pub fn redactor(&self) -> Redactor {
        self.begun.redactor()
    }

    /// Where things are once it serves: what they are called, and the address or command.
    pub fn places(&self) -> Vec<(&'static str, String)> {
        let access = &self.stack().access;
        let folder = self.begun.opened.lock.folder();
        let mut places = vec![("API", format!("{}/", access.api()))];
        if let [first, others @ ..] = self.stack().databases.instances.as_slice()
            && !others.is_empty()
        {
            let one_address = others
                .iter()
                .all(|other| other.data_path == first.data_path);
            let which = if one_address {
                format!("each key opens one of {} databases", others.len() + 1)
            } else {
                format!("{}; status shows {} more", first.name, others.len())
            };
            let words = format!("{}/{}   ({which})", access.api(), first.data_path);
            places.push(("Data", words));
        }
        if access.swagger {
            places.push(("Swagger UI", format!("{}/", access.base())));
        }
        if access.sandbox_admin {
            let page = format!("{}/admin/   (user admin@{})", access.base(), access.host);
            places.push(("Sandbox Admin", page));
        }
        if let Some(address) = self.stack().admin_api_address() {
            places.push(("Admin API", format!("{address}/")));
        }
        if access.authority_pem.is_some() {
            let authority = folder.authority();
            let words = format!("browsers warn until they trust {}", authority.display());
            places.push(("Trust", words));
        }
        let name = &self.stack().deployment;
        places.push(("Keys", format!("edfi-setup secrets show --name {name}")));
        places
    }

    /// The deployment's folder.
    pub fn folder(&self) -> &deployment::Folder {
        self.begun.opened.lock.folder()
    }

    /// Carries the plan out until it is done, a step fails, or `stop` resolves. With nothing to do,
    /// the platform is asked once all the same: an answer counts, a plan does not.
    pub async fn run<E>(
        &self,
        engine: &E,
        emit: &(dyn Fn(Event) + Send + Sync),
        stop: impl Future<Output = ()> + Send,
    ) -> Result<Ended, Trouble>
    where
        E: Engine + Clone + 'static,
    {
        if self.plan.is_empty() {
            let mut ended = tokio::select! {
                biased;
                () = stop => Ended::new(Outcome::Stopped),
                ended = self.ask(engine, emit) => ended,
            };
            if ended.outcome == Outcome::Done {
                ended.notes.extend(self.remember());
            }
            return Ok(ended);
        }
        let opened = &self.begun.opened;
        self.save_profile()?;
        let mut notes = Vec::new();
        let journal = Journal::begin(
            &opened.lock,
            self.redactor(),
            &self.begun.command,
            Timestamp::now(),
        )
        // A run without its journal is better than no run.
        .map_err(|error| notes.push(error.diagnostic()))
        .ok();
        let kept = Mutex::new(Ended::new(Outcome::Done));
        let emit = |event: Event| {
            if let Some(journal) = &journal {
                note(journal, &self.plan, &event, Timestamp::now());
            }
            kept.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .keep(&event);
            emit(event);
        };
        let run = Run {
            engine,
            stack: &opened.stack,
            found: &self.found,
            plan: &self.plan,
            address: &self.address,
            only: self.only.as_deref().filter(|_| self.touches_no_container()),
            now: Timestamp::now().as_second(),
            emit: &emit,
        };
        let outcome = execute(&run, stop).await;
        if outcome == Outcome::Done {
            notes.extend(self.remember());
        }
        let kept = kept.into_inner().unwrap_or_else(PoisonError::into_inner);
        Ok(Ended {
            outcome,
            notes,
            ..kept
        })
    }

    async fn ask<E: Engine>(&self, engine: &E, emit: &(dyn Fn(Event) + Send + Sync)) -> Ended {
        let stack = self.stack();
        let now = Timestamp::now().as_second();
        let patience = stack.verify_patience;
        match verify_deployment(engine, stack, &self.address, patience, now).await {
            Ok(verification) => {
                emit(Event::Verified {
                    verification: verification.clone(),
                });
                let failure = verification
                    .failure()
                    .map(|check| Failure::wrong_answer(&stack.deployment, check));
                Ended {
                    outcome: if verification.passed() {
                        Outcome::Done
                    } else {
                        Outcome::Failed
                    },
                    failure,
                    verification: Some(verification),
                    notes: Vec::new(),
                }
            }
            Err(failure) => Ended {
                failure: Some(failure),
                ..Ended::new(Outcome::Failed)
            },
        }
    }

    fn save_profile(&self) -> Result<(), Trouble> {
        let text = profile::write(&self.begun.profile)
            .map_err(|finding| Trouble::new(Kind::Failed, *finding))?;
        deployment::save_profile(&self.begun.opened.lock, &text)
            .map_err(|error| Trouble::new(Kind::Failed, error.diagnostic()))
    }

    /// Keeps when and where it was verified; gives why that was not possible.
    fn remember(&self) -> Option<Diagnostic> {
        let lock = &self.begun.opened.lock;
        let now = Timestamp::now();
        let mut record = Record::load(lock.folder())
            .ok()
            .flatten()
            .unwrap_or_else(|| Record::new(now));
        record.verified = Some(now);
        record.address = Some(self.stack().access.api());
        record.engine = Some(self.endpoint.clone());
        env!("CARGO_PKG_VERSION").clone_into(&mut record.tool_version);
        record.save(lock).err().map(|error| error.diagnostic())
    }
}

impl Ended {
    fn new(outcome: Outcome) -> Self {
        Self {
            outcome,
            failure: None,
            verification: None,
            notes: Vec::new(),
        }
    }

    fn keep(&mut self, event: &Event) {
        match event {
            Event::StepFailed { failure, .. } => self.failure = Some(failure.clone()),
            Event::Verified { verification } => self.verification = Some(verification.clone()),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::docker::DockerEngine;

    fn can_be_sent<T: Send>(_: &T) {}

    /// A face with a screen runs it beside its loop. Compiling is the test.
    #[expect(dead_code, reason = "only its types matter")]
    fn runs_in_a_task(begun: Begun, prepared: &Prepared, engine: &DockerEngine) {
        can_be_sent(&begun.prepare(engine));
        can_be_sent(&prepared.run(engine, &|_| {}, std::future::pending()));
    }
}
