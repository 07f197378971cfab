//! `plan` and `up`: from profile to a verified deployment.

use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};

use crate::deployment::Redactor;
use crate::diagnostic::{Diagnostic, Severity};
use crate::engine::docker::DockerEngine;
use crate::plain::{Printer, Progress};
use crate::plan::plan as make_plan;
use crate::profile::Loaded;
use crate::run::{Event, Outcome, observe};
use crate::session::{self, Kind, Prepared, Trouble, Wish};

use super::args::{Up, Wanted};
use super::{Desk, STOPPED, Verdict, confirm, now};

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

/// What a command wants to have carried out.
pub(super) struct Errand<'a> {
    /// What other runs are told while this one holds the lock.
    pub verb: &'a str,
    /// What is asked before anything starts.
    pub question: &'a str,
    /// Whether it is asked.
    pub ask: Ask,
    /// Instances that are verified if no container is touched; all without it.
    pub only: Option<Vec<String>>,
}

/// How an errand ended.
pub(super) enum Carried {
    /// All of it is done and verified.
    Done(Box<Prepared>),
    /// It is not, and why was said.
    Ended(u8),
}

/// Everything from a checked profile on.
pub(super) async fn bring_up(
    desk: &Desk,
    engine: &DockerEngine,
    loaded: &Loaded,
    verb: &str,
    ask: Ask,
) -> Verdict {
    let question = if desk.printer.rehearses() {
        "Start the rehearsal?"
    } else {
        "Start?"
    };
    let errand = Errand {
        verb,
        question,
        ask,
        only: None,
    };
    match carry_out(desk, engine, loaded, &errand).await? {
        Carried::Done(prepared) => {
            ready(&desk.printer, &prepared);
            Ok(0)
        }
        Carried::Ended(code) => Ok(code),
    }
}

/// Plans, shows the plan, asks, and does it.
pub(super) async fn carry_out(
    desk: &Desk,
    engine: &DockerEngine,
    loaded: &Loaded,
    errand: &Errand<'_>,
) -> Result<Carried, Trouble> {
    let printer = &desk.printer;
    printer.findings(&loaded.warnings, &loaded.source.text);
    let begun = session::begin(&desk.home, loaded, errand.verb, now())?;
    printer.guard(begun.redactor());
    printer.findings(begun.warnings(), "");
    if let Some(words) = &begun.stopped {
        printer.say(format!("Going on where the last run stopped: {words}"));
    }
    let mut prepared = begun.prepare(engine).await?;
    if let Some(only) = &errand.only {
        prepared.verify_only(only.clone());
    }
    tell_plan(printer, &prepared)?;
    if prepared.plan.is_empty() {
        return nothing_to_do(desk, engine, prepared).await;
    }
    if errand.ask == Ask::Yes && !confirm(errand.question, "--yes")? {
        printer.complain("Nothing was changed.");
        return Ok(Carried::Ended(Kind::Blocked.exit_code()));
    }
    let progress = Progress::new(printer, &prepared.plan);
    let emit = |event: Event| progress.tell(&event);
    let ended = prepared.run(engine, &emit, stop_signal()).await?;
    printer.findings(&ended.notes, "");
    Ok(match ended.outcome {
        Outcome::Done => Carried::Done(Box::new(prepared)),
        Outcome::Failed => Carried::Ended(Kind::Failed.exit_code()),
        Outcome::Stopped => Carried::Ended(STOPPED),
    })
}

/// The plan, what should be known with it, and what forbids it.
fn tell_plan(printer: &Printer, prepared: &Prepared) -> Result<(), Trouble> {
    let plan = &prepared.plan;
    if printer.for_people() {
        printer.say(plan.to_string().trim_end());
    } else {
        printer.json(&json!({ "event": "plan", "plan": plan }));
    }
    if plan.blocks().next().is_none() {
        printer.findings(&plan.findings, "");
    }
    printer.findings(&prepared.machine, "");
    if prepared.blocks.is_empty() {
        Ok(())
    } else {
        Err(Trouble::all(Kind::Blocked, prepared.blocks.clone()))
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

/// With nothing to do, what counts is whether the platform answers.
async fn nothing_to_do(
    desk: &Desk,
    engine: &DockerEngine,
    prepared: Prepared,
) -> Result<Carried, Trouble> {
    let printer = &desk.printer;
    let progress = Progress::new(printer, &prepared.plan);
    let emit = |event: Event| progress.tell(&event);
    let ended = prepared.run(engine, &emit, stop_signal()).await?;
    match (ended.outcome, ended.failure) {
        (Outcome::Done, _) => {
            return Ok(Carried::Done(Box::new(prepared)));
        }
        (Outcome::Stopped, _) => return Ok(Carried::Ended(STOPPED)),
        (Outcome::Failed, Some(failure)) if ended.verification.is_none() => {
            let finding = Diagnostic::new(failure.code, Severity::Block, failure.what);
            return Err(Trouble::new(Kind::Failed, finding.help(failure.next_step)));
        }
        (Outcome::Failed, failure) => {
            printer.complain(
                "Everything runs as the profile says, but not every question was answered well.",
            );
            if let Some(failure) = failure {
                printer.complain(&format!("Next step: {}", failure.next_step));
            }
        }
    }
    Ok(Carried::Ended(Kind::Failed.exit_code()))
}

/// What people want to know when it is ready.
fn ready(printer: &Printer, prepared: &Prepared) {
    let stack = prepared.stack();
    let access = &stack.access;
    let name = &stack.deployment;
    let folder = prepared.folder();
    if !printer.for_people() {
        printer.json(&json!({
            "event": "ready",
            "deployment": name,
            "verified": true,
            "address": access.api(),
            "authority": access.authority_pem.is_some().then(|| folder.authority()),
            "secrets": folder.secrets(),
        }));
        return;
    }
    let row = |label: &str, words: &str| printer.say(format!("  {label:<14} {words}"));
    let places = prepared.places();
    if printer.rehearses() {
        printer.say(format!(
            "\nReady: {name} would be there now, and every question was answered through the gateway."
        ));
        for (label, words) in places.iter().take(1) {
            row(label, words);
        }
        return;
    }
    printer.say(format!(
        "\nReady: {name} is verified, every question was answered through the gateway.\n"
    ));
    for (label, words) in &places {
        row(label, words);
    }
    let secrets = folder.secrets();
    row(
        "",
        &format!("kept in {}: make a copy of it", secrets.display()),
    );
    row(
        "Look",
        &format!("edfi-setup dashboard {name}   ·   edfi-setup status {name}"),
    );
    row("Stop", &format!("edfi-setup down {name}     (data stays)"));
    row(
        "Remove",
        &format!("edfi-setup remove {name}   (with all data, asks first)"),
    );
}
