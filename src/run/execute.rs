//! The plan, executed: every step the moment those it waits for are done.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use crate::engine::{ContainerSpec, Engine, EngineError, Phase};
use crate::plan::{self, Action, Observation, Plan, Step};
use crate::stack::{GATEWAY, REGISTRATION, Service, Stack};

use super::event::{Event, Outcome};
use super::failure::Failure;
use super::verification::Traces;
use super::watch::Watch;
use super::{databases, pull, register, reload, serve, verification};

/// How long a container that a killed run asked for may take to appear.
const LATE_ARRIVAL: Duration = Duration::from_secs(10);
/// Time between two looks for it.
const LATE_ARRIVAL_LOOK: Duration = Duration::from_millis(100);

/// What a run works on.
pub struct Run<'a, E> {
    /// The engine.
    pub engine: &'a E,
    /// What should be.
    pub stack: &'a Stack,
    /// What was found.
    pub found: &'a Observation,
    /// The steps.
    pub plan: &'a Plan,
    /// Where the gateway's port can be reached: a host name or address.
    pub address: &'a str,
    /// Instances that are verified; all of them without it.
    pub only: Option<&'a [String]>,
    /// Now, seconds since 1970.
    pub now: i64,
    /// Where events go.
    pub emit: &'a (dyn Fn(Event) + Send + Sync),
}

impl<E> std::fmt::Debug for Run<'_, E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Run")
            .field("deployment", &self.stack.deployment)
            .finish_non_exhaustive()
    }
}

/// Executes the plan until it is done, a step fails, or `stop` resolves. Nothing is torn down in
/// any case: what was made stays, and the same command goes on from there.
pub async fn execute<E>(run: &Run<'_, E>, stop: impl Future<Output = ()>) -> Outcome
where
    E: Engine + Clone + 'static,
{
    let start = Instant::now();
    (run.emit)(Event::Begin {
        deployment: run.stack.deployment.clone(),
        steps: run.plan.steps.len(),
    });
    let traces = Traces::default();
    let outcome = tokio::select! {
        biased;
        () = stop => Outcome::Stopped,
        outcome = steps(run, &traces) => outcome,
    };
    traces.tidy(run.engine, run.stack).await;
    (run.emit)(Event::End {
        outcome,
        milliseconds: milliseconds(start),
    });
    outcome
}

async fn steps<E>(run: &Run<'_, E>, traces: &Traces) -> Outcome
where
    E: Engine + Clone + 'static,
{
    let work = Work {
        watch: Watch::new(run.engine, &run.stack.deployment, run.now),
        containers: Mutex::new(found_containers(run)),
        traces,
    };
    let mut waiting: Vec<&Step> = run.plan.steps.iter().collect();
    let mut done: BTreeSet<&str> = BTreeSet::new();
    let mut working = FuturesUnordered::new();
    loop {
        let (ready, blocked): (Vec<_>, Vec<_>) = waiting
            .into_iter()
            .partition(|step| step.after.iter().all(|id| done.contains(id.as_str())));
        waiting = blocked;
        for step in ready {
            working.push(perform(run, &work, step));
        }
        match working.next().await {
            Some((step, Ok(()))) => {
                done.insert(&step.id);
            }
            Some((_, Err(()))) => return Outcome::Failed,
            None => return Outcome::Done,
        }
    }
}

/// What the steps of one run share.
struct Work<'t> {
    watch: Watch,
    /// Container ids by service.
    containers: Mutex<BTreeMap<String, String>>,
    traces: &'t Traces,
}

/// Container ids by service, of those that are there already.
fn found_containers<E>(run: &Run<'_, E>) -> BTreeMap<String, String> {
    run.stack
        .services
        .keys()
        .filter_map(|service| {
            let container = run
                .found
                .engine
                .containers
                .get(&run.stack.container_name(service))?;
            Some((service.clone(), container.id.clone()))
        })
        .collect()
}

async fn perform<'s, E>(
    run: &Run<'_, E>,
    work: &Work<'_>,
    step: &'s Step,
) -> (&'s Step, Result<(), ()>)
where
    E: Engine + Clone + 'static,
{
    let start = Instant::now();
    (run.emit)(Event::StepStarted {
        step: step.id.clone(),
    });
    let result = act(run, work, step).await;
    match result {
        Ok(note) => {
            (run.emit)(Event::StepDone {
                step: step.id.clone(),
                milliseconds: milliseconds(start),
                note,
            });
            (step, Ok(()))
        }
        Err(failure) => {
            (run.emit)(Event::StepFailed {
                step: step.id.clone(),
                failure,
            });
            (step, Err(()))
        }
    }
}

async fn act<E>(run: &Run<'_, E>, work: &Work<'_>, step: &Step) -> Result<Option<String>, Failure>
where
    E: Engine + Clone + 'static,
{
    let engine = run.engine;
    let refused = |error: EngineError| Failure::engine(&error, step.action.service());
    let note = |note: String| {
        (run.emit)(Event::StepNote {
            step: step.id.clone(),
            note,
        });
    };
    match &step.action {
        Action::Pull { image } => {
            let progress = |progress| (run.emit)(Event::pulling(&step.id, progress));
            pull::pull(engine, image, &progress, &note).await?;
        }
        Action::CreateNetwork { .. } => {
            engine
                .create_network(&plan::network_spec(run.stack))
                .await
                .map_err(refused)?;
        }
        Action::CreateVolume { volume } => {
            if let Some(spec) = plan::volume_spec(run.stack, run.found, volume) {
                engine.create_volume(&spec).await.map_err(refused)?;
            }
        }
        Action::RemoveContainer { container, .. } => {
            remove(run, container).await.map_err(refused)?;
        }
        Action::CreateContainer { service } => {
            let service = wanted(run, service).ok_or_else(|| not_in_stack(service))?;
            let spec = plan::container_spec(run.stack, &service);
            let id = create(run, &spec).await.map_err(refused)?;
            // Said before anything else can fail: whoever undoes the run has to know it.
            (run.emit)(Event::ContainerMade {
                step: step.id.clone(),
                service: service.name.clone(),
                container: id.clone(),
            });
            let files = plan::files_to_place(run.stack, &service, &[]);
            if !files.is_empty() {
                engine.upload(&id, &files).await.map_err(refused)?;
            }
            if !service.assets.is_empty() {
                engine.place(&id, &service.assets).await.map_err(refused)?;
            }
            work.containers
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(service.name.clone(), id);
        }
        Action::Start { service } => {
            let service = wanted(run, service).ok_or_else(|| not_in_stack(service))?;
            let id = work
                .containers
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .get(&service.name)
                .cloned();
            let container = id.unwrap_or_else(|| run.stack.container_name(&service.name));
            start(run, work, &service, &container, &note).await?;
        }
        Action::Reload { service, only } => {
            let service = wanted(run, service).ok_or_else(|| not_in_stack(service))?;
            return reload::reload(engine, run.stack, &service, only).await;
        }
        Action::PrepareDatabases { detach } => {
            return databases::prepare(run, detach).await.map(Some);
        }
        Action::RegisterAdminClient { .. } => {
            return register::register(run, &work.watch, work.traces, &note)
                .await
                .map(Some);
        }
        Action::Verify => {
            let verification = verification::verify_leaving(
                engine,
                run.stack,
                run.address,
                run.stack.verify_patience,
                run.only,
                run.now,
                work.traces,
                &note,
            )
            .await?;
            let mut failure = verification
                .failure()
                .map(|check| Failure::wrong_answer(&run.stack.deployment, check));
            if let Some(failure) = &mut failure {
                // Whatever was asked, the API has the most to say about it.
                failure.last_lines =
                    serve::last_lines(engine, &run.stack.container_name("api")).await;
            }
            (run.emit)(Event::Verified { verification });
            if let Some(failure) = failure {
                return Err(failure);
            }
        }
    }
    Ok(None)
}

/// Starts a service and waits until it serves. A gateway that was there before may have other files than
/// the wanted ones: they are placed anew, and taken in.
async fn start<E: Engine + Clone + 'static>(
    run: &Run<'_, E>,
    work: &Work<'_>,
    service: &Service,
    container: &str,
    note: &(dyn Fn(String) + Send + Sync),
) -> Result<(), Failure> {
    let name = run.stack.container_name(&service.name);
    let phase = match run.found.engine.containers.get(&name) {
        Some(found) if found.id == container && service.role == GATEWAY => Some(found.state.phase),
        _ => None,
    };
    if let Some(phase) = phase {
        reload::before_start(run.engine, run.stack, service, phase).await?;
    }
    serve::start(run, &work.watch, service, container, note).await?;
    if phase.is_some_and(|phase| phase != Phase::Exited) {
        reload::reload(run.engine, run.stack, service, &[]).await?;
    }
    Ok(())
}

/// Creates a container. A run that was killed in the midst of this may have asked the engine for
/// the same one, which then appears after we looked: never started, perhaps without its files, and
/// so of no use.
pub(super) async fn create<E: Engine>(
    run: &Run<'_, E>,
    spec: &ContainerSpec,
) -> Result<String, EngineError> {
    let pace = run.engine.pace();
    let end = Instant::now() + pace.take(LATE_ARRIVAL);
    loop {
        let taken = match run.engine.create_container(spec).await {
            Err(error @ EngineError::NameTaken { .. }) => error,
            other => return other,
        };
        let found = run.engine.observe(&run.stack.deployment).await?;
        match found.containers.get(&spec.name) {
            Some(ours) if ours.state.phase == Phase::Created => {
                run.engine.remove_container(&ours.id).await?;
            }
            // The engine gives a name away before it lists the container.
            None if Instant::now() < end => tokio::time::sleep(pace.take(LATE_ARRIVAL_LOOK)).await,
            _ => return Err(taken),
        }
    }
}

fn wanted<'a, E>(run: &'a Run<'_, E>, service: &str) -> Option<Cow<'a, Service>> {
    plan::service(run.stack, service)
}

fn not_in_stack(service: &str) -> Failure {
    Failure {
        code: "E-4090",
        service: Some(service.to_owned()),
        what: format!("the plan speaks of {service}, which is not part of this deployment"),
        meaning: "Plan and stack do not belong together; this is a mistake in edfi-setup."
            .to_owned(),
        next_step: "Please report it.".to_owned(),
        ..Failure::default()
    }
}

async fn remove<E: Engine>(run: &Run<'_, E>, container: &str) -> Result<(), EngineError> {
    let runs = run
        .found
        .engine
        .containers
        .get(container)
        .is_some_and(|found| {
            matches!(
                found.state.phase,
                Phase::Running | Phase::Restarting | Phase::Paused
            )
        });
    // The spare copy may have been made since.
    if runs || container == run.stack.container_name(plan::SPARE) {
        run.engine.stop(container, grace(run, container)).await?;
    }
    run.engine.remove_container(container).await
}

fn grace<E>(run: &Run<'_, E>, container: &str) -> Duration {
    if container == run.stack.container_name(REGISTRATION) {
        // Nothing in it is worth a polite end.
        return Duration::from_secs(1);
    }
    let spare = plan::spare(run.stack);
    run.stack
        .services
        .values()
        .chain(&spare)
        .find(|service| run.stack.container_name(&service.name) == container)
        .map_or(Duration::from_secs(30), |service| service.stop_grace)
}

fn milliseconds(start: Instant) -> u64 {
    u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX)
}
