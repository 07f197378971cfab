//! What the answers lead to: the stack, the plan, what is good to know.

use crate::deployment::Redactor;
use crate::diagnostic::{Diagnostic, Severity};
use crate::engine::docker::DockerEngine;
use crate::interview::Interview;
use crate::plain::ask::Preview;
use crate::plan::{Action, Observation, Plan, plan as make_plan};
use crate::run::observe;
use crate::session;
use crate::stack::Stack;

use super::super::{Desk, now};
use super::loaded;

/// Works out what the answers lead to. Changes nothing; what cannot be worked out is among the notes.
pub(super) async fn preview(
    desk: &Desk,
    interview: &Interview,
    engine: Option<&DockerEngine>,
) -> Preview {
    let mut preview = Preview::default();
    let problems = interview.problems();
    preview
        .notes
        .extend(problems.into_iter().map(|(_, wrong)| wrong));
    let loaded = match loaded(interview) {
        Ok(loaded) => loaded,
        Err(trouble) => {
            preview.notes.extend(trouble.findings);
            return preview;
        }
    };
    preview.profile.clone_from(&loaded.source.text);
    preview.notes.extend(loaded.warnings);
    let stack = match session::look(&desk.home, &loaded.profile, now()) {
        Ok(looked) => {
            desk.printer.guard(Redactor::new(&looked.secrets));
            looked.stack
        }
        Err(trouble) => {
            preview.notes.extend(trouble.findings);
            return preview;
        }
    };
    preview.picture = stack.picture();
    preview.services = stack
        .services
        .values()
        .map(|service| {
            [
                service.name.clone(),
                service.title.clone(),
                service.image.clone(),
                format!("{} MB", service.memory_mb),
            ]
        })
        .collect();
    let found = match engine {
        Some(engine) => observe(engine, &stack)
            .await
            .map_err(session::Trouble::from),
        None => Err(session::Trouble::new(
            session::Kind::Engine,
            Diagnostic::new(
                "E-5067",
                Severity::Block,
                "No container engine answers, so what starting would do is not known yet.",
            )
            .help("“edfi-setup check” says why. The answers are kept."),
        )),
    };
    let plan = match &found {
        Ok(found) => {
            let plan = make_plan(&stack, found);
            preview.plan = plan.to_string();
            preview.notes.extend(plan.findings.iter().cloned());
            Some(plan)
        }
        Err(_) => None,
    };
    preview.facts = facts(interview, &stack, found.as_ref().ok(), plan.as_ref());
    preview
        .notes
        .extend(found.err().into_iter().flat_map(|trouble| trouble.findings));
    preview
}

fn facts(
    interview: &Interview,
    stack: &Stack,
    found: Option<&Observation>,
    plan: Option<&Plan>,
) -> Vec<(&'static str, String)> {
    let mut facts = vec![("Address", format!("{}/", stack.access.api()))];
    let reach = crate::interview::find("reach").map(|question| interview.words(question));
    facts.extend(reach.map(|words| ("Reachable from", words)));
    facts.push((
        "Made of",
        format!(
            "{} containers, {} data volumes, 1 network, {} databases",
            stack.services.len(),
            stack.volumes.len(),
            stack.databases.wanted.len() + stack.databases.sandboxes.len(),
        ),
    ));
    if let Some(found) = found {
        let there = found.images.values().flatten().count();
        let missing = found.images.len() - there;
        let practice = stack
            .images()
            .iter()
            .all(|image| image.starts_with(&interview.context().practice));
        let how = if practice {
            "to be made here"
        } else {
            "to get"
        };
        facts.push(("Images", format!("{there} there, {missing} {how}")));
    }
    facts.push((
        "Memory and disk",
        format!(
            "about {} MB of memory, {} MB of disk to begin with",
            stack.memory_mb(),
            stack.disk_mb()
        ),
    ));
    if let Some(plan) = plan {
        let interrupted: Vec<&str> = plan
            .steps
            .iter()
            .filter(|step| step.interrupts)
            .filter_map(|step| match &step.action {
                Action::RemoveContainer { service, .. } => Some(service.as_str()),
                other => other.service(),
            })
            .collect();
        let words = if interrupted.is_empty() {
            "nothing".to_owned()
        } else {
            interrupted.join(", ")
        };
        facts.push(("Interrupts", words));
    }
    facts
}
