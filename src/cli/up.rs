//! `plan` and `up`: from profile to a verified deployment.

use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};

use crate::checks;
use crate::deployment::{self, Journal, LastRun, Lock, Record, Redactor, StepMark};
use crate::diagnostic::{Diagnostic, Severity};
use crate::engine::Engine;
use crate::engine::docker::DockerEngine;
use crate::plain::Progress;
use crate::plan::{Action, Plan, plan as make_plan};
use crate::profile::{self, Loaded};
use crate::run::{Event, Outcome, Run, execute, observe, verify_deployment};
use crate::session::{self, Kind, Opened, Trouble, Wish};
use crate::stack::Stack;

use super::args::{Up, Wanted};
use super::{Desk, STOPPED, Verdict, confirm, gateway_address, now};

impl From<Wanted> for Wish {
    fn from(wanted: Wanted) -> Self {
        Self {
            profile: wanted.profile,
            name: wanted.name,
            set: wanted.set,
        }
    }
}

/// Shows what `up` would do.
pub(super) async fn plan(desk: &Desk, wanted: Wanted) -> Verdict {
    let loaded = session::profile(&desk.home, &wanted.into())?;
    desk.printer.findings(&loaded.warnings, &loaded.source.text);
    let looked = session::look(&desk.home, &loaded.profile, now())?;
    desk.printer.guard(Redactor::new(&looked.secrets));
    let engine = desk.engine().await?;
    let found = observe(&engine, &looked.stack).await?;
    let plan = make_plan(&looked.stack, &found);
    if desk.printer.for_people() {
        desk.printer.say(plan.to_string().trim_end());
        desk.printer.findings(&plan.findings, "");
    } else {
        desk.printer.json(&plan);
    }
    Ok(if plan.blocks().next().is_some() {
        Kind::Blocked.exit_code()
    } else {
        0
    })
}

/// Brings a deployment up.
pub(super) async fn up(desk: &Desk, up: Up) -> Verdict {
    let loaded = session::profile(&desk.home, &up.wanted.clone().into())?;
    let engine = desk.engine().await?;
    let ask = if up.yes { Ask::No } else { Ask::Yes };
    bring_up(desk, &engine, &loaded, "up", ask).await
}

/// Whether to ask before something starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ask {
    Yes,
    No,
}

/// Everything from a checked profile on.
pub(super) async fn bring_up(
    desk: &Desk,
    engine: &DockerEngine,
    loaded: &Loaded,
    verb: &str,
    ask: Ask,
) -> Verdict {
    let printer = &desk.printer;
    printer.findings(&loaded.warnings, &loaded.source.text);
    let command = format!("{verb} {}", loaded.profile.name);
    let opened = session::take(&desk.home, &loaded.profile, &command, now())?;
    printer.guard(Redactor::new(&opened.secrets));
    printer.findings(&opened.warnings, "");
    tell_last_run(desk, &opened);

    let stack = &opened.stack;
    let found = observe(engine, stack).await?;
    let plan = make_plan(stack, &found);
    if printer.for_people() {
        printer.say(plan.to_string().trim_end());
    } else {
        printer.json(&json!({ "event": "plan", "plan": &plan }));
    }
    let blocks: Vec<Diagnostic> = plan.blocks().cloned().collect();
    if !blocks.is_empty() {
        return Err(Trouble::all(Kind::Blocked, blocks));
    }
    printer.findings(&plan.findings, "");

    check_machine(desk, engine, &plan, stack).await?;
    let endpoint = engine.info().await?.endpoint;
    let address = gateway_address(&stack.access.listen, &endpoint);
    if plan.is_empty() {
        return nothing_to_do(desk, engine, &opened, &address).await;
    }
    let question = if printer.rehearses() {
        "Start the rehearsal?"
    } else {
        "Start?"
    };
    if ask == Ask::Yes && !confirm(question, "--yes")? {
        printer.complain("Nothing was changed.");
        return Ok(Kind::Blocked.exit_code());
    }
    save_profile(&opened.lock, loaded)?;
    let journal = begin_journal(desk, &opened, &command);
    let progress = Progress::new(printer, &plan);
    let emit = |event: Event| {
        if let Some(journal) = &journal {
            note(journal, &plan, &event);
        }
        progress.tell(&event);
    };
    let run = Run {
        engine,
        stack,
        found: &found,
        plan: &plan,
        address: &address,
        now: now().as_second(),
        emit: &emit,
    };
    match execute(&run, stop_signal()).await {
        Outcome::Done => {
            remember(desk, &opened, &endpoint);
            ready(desk, &opened.lock, stack);
            Ok(0)
        }
        Outcome::Failed => Ok(Kind::Failed.exit_code()),
        Outcome::Stopped => Ok(STOPPED),
    }
}

/// What would only be found out half-way is looked at first: ports, memory, disk, clock. Images are
/// left to the pulls, which know more about them.
async fn check_machine(
    desk: &Desk,
    engine: &DockerEngine,
    plan: &Plan,
    stack: &Stack,
) -> Result<(), Trouble> {
    let creates = plan
        .steps
        .iter()
        .any(|step| matches!(step.action, Action::CreateContainer { .. }));
    if !creates {
        return Ok(());
    }
    let needs = checks::Needs {
        images: Vec::new(),
        ..super::look::needs(stack)
    };
    let facts = checks::gather(Ok(engine), &needs, |_| async { Ok(()) }).await;
    let findings = checks::judge(&facts, &needs);
    let (blocks, notes): (Vec<_>, Vec<_>) = findings
        .into_iter()
        .filter(|finding| !finding.good)
        .partition(checks::Finding::blocks);
    let diagnostics = |findings: Vec<checks::Finding>| {
        findings
            .into_iter()
            .map(|finding| finding.diagnostic)
            .collect::<Vec<_>>()
    };
    desk.printer.findings(&diagnostics(notes), "");
    if blocks.is_empty() {
        Ok(())
    } else {
        Err(Trouble::all(Kind::Blocked, diagnostics(blocks)))
    }
}

/// The first Ctrl-C or SIGTERM stops waiting; the second ends the program at once.
async fn stop_signal() {
    static ASKED: AtomicBool = AtomicBool::new(false);
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
    if !ASKED.swap(true, Ordering::SeqCst) {
        tokio::spawn(async {
            if tokio::signal::ctrl_c().await.is_ok() {
                std::process::exit(i32::from(STOPPED));
            }
        });
    }
}

fn tell_last_run(desk: &Desk, opened: &Opened) {
    // A journal that cannot be read holds nobody up; the plan finds out what is missing anyway.
    if let Ok(Some(last)) = Journal::last_run(opened.lock.folder())
        && let Some(words) = LastRun::stopped(&last)
    {
        desk.printer
            .say(format!("Going on where the last run stopped: {words}"));
    }
}

/// With nothing to do, the platform is asked once all the same: an answer counts, a plan does not.
async fn nothing_to_do(
    desk: &Desk,
    engine: &DockerEngine,
    opened: &Opened,
    address: &str,
) -> Verdict {
    let stack = &opened.stack;
    let verification = verify_deployment(
        engine,
        stack,
        address,
        stack.verify_patience,
        now().as_second(),
    )
    .await
    .map_err(|failure| {
        Trouble::new(
            Kind::Failed,
            Diagnostic::new(failure.code, Severity::Block, failure.what).help(failure.next_step),
        )
    })?;
    if desk.printer.for_people() {
        crate::plain::say_verification(&desk.printer, &verification);
    } else {
        desk.printer.json(&Event::Verified {
            verification: verification.clone(),
        });
    }
    if verification.passed() {
        ready(desk, &opened.lock, stack);
        return Ok(0);
    }
    desk.printer
        .complain("Everything runs as the profile says, but not every question was answered well.");
    if let Some(step) = verification
        .failure()
        .and_then(|check| check.next_step.as_ref())
    {
        desk.printer.complain(&format!("Next step: {step}"));
    }
    Ok(Kind::Failed.exit_code())
}

fn save_profile(lock: &Lock, loaded: &Loaded) -> Result<(), Trouble> {
    let text =
        profile::write(&loaded.profile).map_err(|finding| Trouble::new(Kind::Failed, *finding))?;
    deployment::save_profile(lock, &text)
        .map_err(|error| Trouble::new(Kind::Failed, error.diagnostic()))
}

fn begin_journal(desk: &Desk, opened: &Opened, command: &str) -> Option<Journal> {
    match Journal::begin(&opened.lock, Redactor::new(&opened.secrets), command, now()) {
        Ok(journal) => Some(journal),
        Err(error) => {
            // A run without its journal is better than no run.
            desk.printer.findings(&[error.diagnostic()], "");
            None
        }
    }
}

/// Notes an event in the journal. A journal that cannot be written does not stop a run.
fn note(journal: &Journal, plan: &Plan, event: &Event) {
    use deployment::Outcome as Ended;
    let _ = match event {
        Event::StepStarted { step } => {
            let number = plan
                .steps
                .iter()
                .position(|other| other.id == *step)
                .unwrap_or_default();
            let title = plan
                .step(step)
                .map(Plan::wording)
                .map(|(verb, object)| format!("{verb} {object}"));
            let mark = StepMark {
                step: step.clone(),
                number: number + 1,
                of: plan.steps.len(),
                title: title.unwrap_or_default(),
            };
            journal.step_begun(now(), &mark)
        }
        Event::StepDone { step, .. } => journal.step_ended(now(), step, Ended::Done, None),
        Event::StepFailed { step, failure } => {
            let _ = journal.write(now(), "failure", failure);
            journal.step_ended(now(), step, Ended::Failed, Some(&failure.what))
        }
        Event::Verified { verification } => journal.write(now(), "verified", verification),
        Event::End { outcome, .. } => {
            let ended = match outcome {
                Outcome::Done => Ended::Done,
                Outcome::Failed => Ended::Failed,
                Outcome::Stopped => Ended::Cancelled,
            };
            journal.ended(now(), ended, None)
        }
        Event::Begin { .. } | Event::StepNote { .. } | Event::Pulling { .. } => Ok(()),
    };
}

fn remember(desk: &Desk, opened: &Opened, endpoint: &str) {
    let now = now();
    let mut record = Record::load(opened.lock.folder())
        .ok()
        .flatten()
        .unwrap_or_else(|| Record::new(now));
    record.verified = Some(now);
    record.address = Some(opened.stack.access.api());
    record.engine = Some(endpoint.to_owned());
    env!("CARGO_PKG_VERSION").clone_into(&mut record.tool_version);
    if let Err(error) = record.save(&opened.lock) {
        desk.printer.findings(&[error.diagnostic()], "");
    }
}

/// What people want to know when it is ready.
fn ready(desk: &Desk, lock: &Lock, stack: &Stack) {
    let access = &stack.access;
    let name = &stack.deployment;
    if !desk.printer.for_people() {
        desk.printer.json(&json!({
            "event": "ready",
            "deployment": name,
            "verified": true,
            "address": access.api(),
            "authority": access.authority_pem.is_some().then(|| lock.folder().authority()),
            "secrets": lock.folder().secrets(),
        }));
        return;
    }
    let say = |line: String| desk.printer.say(line);
    if desk.printer.rehearses() {
        say(format!(
            "\nReady: {name} would be there now, and every question was answered through the gateway."
        ));
        say(format!("  API            {}/", access.api()));
        return;
    }
    say(format!(
        "\nReady: {name} is verified, every question was answered through the gateway.\n"
    ));
    say(format!("  API            {}/", access.api()));
    if access.swagger {
        say(format!("  Swagger UI     {}/", access.base()));
    }
    if access.sandbox_admin {
        say(format!(
            "  Sandbox Admin  {}/admin/   (user admin@{})",
            access.base(),
            access.host
        ));
    }
    if access.authority_pem.is_some() {
        say(format!(
            "  Trust          browsers warn until they trust {}",
            lock.folder().authority().display()
        ));
    }
    say(format!(
        "  Keys           edfi-setup secrets show --name {name}"
    ));
    say(format!(
        "                 kept in {}: make a copy of it",
        lock.folder().secrets().display()
    ));
    say(format!(
        "  Look           edfi-setup dashboard {name}   ·   edfi-setup status {name}"
    ));
    say(format!(
        "  Stop           edfi-setup down {name}     (data stays)"
    ));
    say(format!(
        "  Remove         edfi-setup remove {name}   (with all data, asks first)"
    ));
}
