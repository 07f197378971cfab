//! A rehearsal in this process, brought up as the program does it.

use std::future::Future;
use std::sync::Mutex;
use std::time::Duration;

use edfi_setup::deployment::Home;
use edfi_setup::engine::docker::DockerEngine;
use edfi_setup::engine::rehearsal::{Fault, FaultWish};
use edfi_setup::engine::{Engine, Pace};
use edfi_setup::plan::{Plan, plan};
use edfi_setup::run::{Event, Failure, Outcome, Run, execute, observe};
use edfi_setup::session::{self, Opened, Rehearsing, Wish};
use edfi_setup::stack::secret_requests;
use jiff::Timestamp;

/// Fast, and yet every patience is longer than a busy machine needs for a few requests.
pub const SPEED: u32 = 20;
/// Bound for everything that must come to an end by itself.
pub const DEADLINE: Duration = Duration::from_mins(2);

/// Opens a rehearsal of a profile that comes with the program.
pub async fn stage(profile: &str, faults: &[Fault]) -> Rehearsing {
    stage_with(profile, &[], faults).await
}

/// The same, with single values changed.
pub async fn stage_with(profile: &str, set: &[&str], faults: &[Fault]) -> Rehearsing {
    let nobody = tempfile::tempdir().unwrap();
    let wish = Wish {
        profile: Some(profile.to_owned()),
        set: set.iter().map(|change| (*change).to_owned()).collect(),
        ..Wish::default()
    };
    let faults: Vec<FaultWish> = faults.iter().copied().map(FaultWish::from).collect();
    let home = Home::at(nobody.path().join("home"));
    session::rehearse(&home, &wish, &faults, Pace::times(SPEED), 7)
        .await
        .expect("a rehearsal needs nothing but a temporary folder")
}

/// Everything that one run did.
#[derive(Debug)]
pub struct Ran {
    pub plan: Plan,
    pub outcome: Outcome,
    pub events: Vec<Event>,
}

impl Ran {
    /// The first failed step's card.
    pub fn card(&self) -> &Failure {
        self.events
            .iter()
            .find_map(|event| match event {
                Event::StepFailed { failure, .. } => Some(failure),
                _ => None,
            })
            .unwrap_or_else(|| panic!("nothing failed: {:?}", self.events))
    }

    /// Whether the platform was asked, and every answer was right.
    pub fn verified(&self) -> bool {
        self.events
            .iter()
            .any(|event| matches!(event, Event::Verified { verification } if verification.passed()))
    }

    /// What was said of steps while they went on.
    pub fn notes(&self) -> Vec<&str> {
        self.events
            .iter()
            .filter_map(|event| match event {
                Event::StepNote { note, .. } => Some(note.as_str()),
                _ => None,
            })
            .collect()
    }
}

pub fn open(set: &Rehearsing) -> Opened {
    session::take(&set.home, &set.loaded.profile, "up", Timestamp::now()).unwrap()
}

/// The plan from what is there to what should be.
pub async fn planned(set: &Rehearsing, opened: &Opened) -> Plan {
    plan(
        &opened.stack,
        &observe(&set.engine, &opened.stack).await.unwrap(),
    )
}

/// One run, to its end.
pub async fn up(set: &Rehearsing) -> Ran {
    up_hearing(set, |_| {}).await
}

/// One run, with somebody who hears every event.
pub async fn up_hearing(set: &Rehearsing, hear: impl Fn(&Event) + Send + Sync) -> Ran {
    let opened = open(set);
    run(set, &opened, hear, std::future::pending())
        .await
        .unwrap()
}

/// One run that is dropped as soon as `end` resolves; nothing is left of it then.
pub async fn run(
    set: &Rehearsing,
    opened: &Opened,
    hear: impl Fn(&Event) + Send + Sync,
    end: impl Future<Output = ()>,
) -> Option<Ran> {
    let found = observe(&set.engine, &opened.stack).await.unwrap();
    let plan = plan(&opened.stack, &found);
    let blocks: Vec<_> = plan.blocks().collect();
    assert!(blocks.is_empty(), "{blocks:?}");
    let events = Mutex::new(Vec::new());
    let emit = |event: Event| {
        hear(&event);
        events.lock().unwrap().push(event);
    };
    let run = Run {
        engine: &set.engine,
        stack: &opened.stack,
        found: &found,
        plan: &plan,
        address: "127.0.0.1",
        only: None,
        now: Timestamp::now().as_second(),
        emit: &emit,
    };
    let work = tokio::time::timeout(DEADLINE, execute(&run, std::future::pending()));
    let outcome = tokio::select! {
        outcome = work => outcome.expect("a run ends"),
        () = end => return None,
    };
    Some(Ran {
        outcome,
        events: events.into_inner().unwrap(),
        plan,
    })
}

/// Asserts that a run finished the job, and that there is nothing left to do.
pub async fn assert_done(set: &Rehearsing, ran: &Ran) {
    assert_eq!(ran.outcome, Outcome::Done, "{:#?}", ran.events);
    assert!(ran.plan.is_empty() || ran.verified(), "{:#?}", ran.events);
    assert_idle(set).await;
}

/// Asserts that the next run would do nothing.
pub async fn assert_idle(set: &Rehearsing) {
    let plan = planned(set, &open(set)).await;
    assert!(plan.is_empty(), "{plan}");
}

/// Every line that every container wrote.
pub async fn logs(engine: &DockerEngine, opened: &Opened) -> Vec<String> {
    use futures_util::StreamExt;
    let mut lines = Vec::new();
    for service in opened.stack.services.keys() {
        let container = opened.stack.container_name(service);
        let mut log = engine.logs(&container, &edfi_setup::engine::LogOptions::default());
        while let Some(Ok(line)) = log.next().await {
            lines.push(line.text);
        }
    }
    lines
}

/// The values that nobody may see.
pub fn secret_values(set: &Rehearsing, opened: &Opened) -> Vec<String> {
    secret_requests(&set.loaded.profile)
        .iter()
        .map(|request| {
            let secret = opened.secrets.get(&request.name).expect("it was made");
            secret.expose().to_owned()
        })
        .collect()
}
