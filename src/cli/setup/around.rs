//! What questions, defaults and choices depend on, and what this machine is like.

use crate::checks::{self, Finding};
use crate::deployment::{self, Home};
use crate::diagnostic::{Diagnostic, Severity};
use crate::engine::Engine;
use crate::engine::docker::DockerEngine;
use crate::interview::{Context, Interview, school_year};
use crate::session::{self, Kind, Trouble};

use super::super::look::registry_answer;
use super::super::now;

/// The world as far as it can be known without an engine and at once.
pub(in crate::cli) fn context(home: &Home, practice_prefix: &str) -> Result<Context, Trouble> {
    let mut context = Context::new(&session::catalog()?);
    context.taken_names = own_deployments(home)?;
    context.computer_name = computer_name();
    context.folder = std::env::current_dir().unwrap_or_else(|_| "/".into());
    practice_prefix.clone_into(&mut context.practice);
    let today = now().to_zoned(jiff::tz::TimeZone::system()).date();
    context.school_year = school_year(today);
    Ok(context)
}

/// Memory of the engine's machine in megabytes, if it says so.
pub(in crate::cli) async fn memory_mb(engine: &DockerEngine) -> Option<u64> {
    const MEGABYTE: u64 = 1_000_000;
    let info = engine.info().await.ok()?;
    Some(info.memory_bytes / MEGABYTE).filter(|memory| *memory > 0)
}

/// Deployments with a folder here.
pub(in crate::cli) fn own_deployments(home: &Home) -> Result<Vec<String>, Trouble> {
    home.list()
        .map_err(|error| Trouble::new(Kind::Failed, error.diagnostic()))
}

/// Names that cannot be given again: those with a folder here, and those the engine knows.
pub(in crate::cli) async fn taken_names(
    home: &Home,
    engine: &DockerEngine,
) -> Result<Vec<String>, Trouble> {
    let mut names = own_deployments(home)?;
    names.extend(engine.deployments().await.unwrap_or_default());
    Ok(names)
}

/// The name this computer gives itself, where it could be a host name.
fn computer_name() -> Option<String> {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").ok()?;
    let name = name.trim();
    let change = crate::profile::setting("access.host", name).ok()?;
    let good = crate::profile::check(&change).is_ok();
    good.then(|| name.to_owned())
}

/// What the usual answers need, without ports: those are looked at when one was chosen.
fn usual_needs(home: &Home, context: &Context) -> Result<checks::Needs, Trouble> {
    let usual = Interview::new(Context {
        registry_answers: Some(true),
        ..context.clone()
    });
    let profile = usual
        .profile()
        .map_err(|findings| Trouble::all(Kind::Failed, findings))?
        .profile;
    let stack = session::look(home, &profile, now())?.stack;
    let mut needs = session::needs(&stack);
    needs.ports.clear();
    Ok(needs)
}

/// What there is to say about the machine; quickly found.
pub(in crate::cli) async fn machine(
    home: &Home,
    engine: &DockerEngine,
    context: &Context,
) -> Result<Vec<Finding>, Trouble> {
    let needs = checks::Needs {
        images: Vec::new(),
        ..usual_needs(home, context)?
    };
    let facts = checks::gather(Ok(engine), &needs, |_| async { Ok(()) }).await;
    Ok(checks::judge(&facts, &needs))
}

/// Whether images can be had, if somebody could ask; this takes as long as the registry takes.
pub(in crate::cli) async fn registry(
    home: &Home,
    engine: &DockerEngine,
    context: &Context,
) -> Result<(Vec<Finding>, Option<bool>), Trouble> {
    let mut needs = usual_needs(home, context)?;
    // The first image speaks for the registry: where it cannot be reached, the others only take time.
    needs.images.truncate(1);
    let obtainable = |image: String| async move { registry_answer(engine, &image).await };
    let facts = checks::gather(Ok(engine), &needs, obtainable).await;
    let mut findings = checks::judge(&facts, &needs);
    findings.retain(|finding| finding.diagnostic.code.starts_with("C-4"));
    for finding in &mut findings {
        "images".clone_into(&mut finding.subject);
    }
    let answers = findings.first().map(|finding| !finding.blocks());
    Ok((findings, answers))
}

/// The answers that were kept, if there are any that are not the usual ones.
pub(in crate::cli) fn draft(
    home: &Home,
    context: &Context,
) -> Result<Option<Interview>, Box<Diagnostic>> {
    let Some(text) = deployment::read_draft(home).map_err(|error| Box::new(error.diagnostic()))?
    else {
        return Ok(None);
    };
    match Interview::resume(context.clone(), &text) {
        Ok(interview) => {
            let untouched = interview == Interview::new(context.clone());
            Ok((!untouched).then_some(interview))
        }
        Err(error) => Err(Box::new(
            Diagnostic::new(
                "E-5068",
                Severity::Warn,
                crate::diagnostic::sentence(&error.to_string()),
            )
            .help(format!(
                "The questions begin anew. The old answers stay in {} until the first new one.",
                deployment::file::shell_word(&home.draft())
            )),
        )),
    }
}
