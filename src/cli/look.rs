//! `verify`, `check`, `list`: looking without changing.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;

use crate::checks;
use crate::deployment::{Record, Redactor};
use crate::diagnostic::{Diagnostic, Severity};
use crate::engine::docker::{DockerEngine, Environment};
use crate::engine::{Engine, EngineError, Phase, PullFault};
use crate::plain::Table;
use crate::run::verify_deployment;
use crate::session::{self, Kind, Looked, Trouble, Wish};
use crate::words::age;

use super::args::Wanted;
use super::{Desk, Verdict, now};

/// Time for a registry to say whether it has an image. Firewalls that swallow packets say nothing.
const REGISTRY_ANSWER: Duration = Duration::from_secs(6);

/// The deployment's stack, from its own folder.
pub(super) fn looked(desk: &Desk, name: &str) -> Result<Looked, Trouble> {
    let wish = Wish {
        name: Some(name.to_owned()),
        ..Wish::default()
    };
    let loaded = session::profile(&desk.home, &wish)?;
    let looked = session::look(&desk.home, &loaded.profile, now())?;
    desk.printer.guard(Redactor::new(&looked.secrets));
    Ok(looked)
}

/// Asks the platform real questions.
pub(super) async fn verify(desk: &Desk, name: Option<&str>) -> Verdict {
    let engine = desk.engine().await?;
    let name = session::existing(&engine, &desk.home, name).await?;
    let looked = looked(desk, &name)?;
    let endpoint = engine.info().await?.endpoint;
    let address = session::gateway_address(&looked.stack.access.listen, &endpoint);
    let verification = verify_deployment(
        &engine,
        &looked.stack,
        &address,
        Duration::ZERO,
        now().as_second(),
    )
    .await
    .map_err(|failure| {
        let mut finding =
            Diagnostic::new(failure.code, Severity::Block, failure.what).help(failure.next_step);
        finding.found = failure.last_lines.last().cloned();
        Trouble::new(Kind::Failed, finding)
    })?;
    if desk.printer.for_people() {
        crate::plain::say_verification(&desk.printer, &verification);
        match verification.failure() {
            None => desk.printer.say(format!("{name} is verified.")),
            Some(check) => {
                desk.printer
                    .complain(&format!("{name} is not verified: {}", check.detail));
                desk.printer.complain(&format!(
                    "Next step: {}",
                    check.next_step.as_deref().unwrap_or("edfi-setup status")
                ));
            }
        }
    } else {
        desk.printer.json(&json!({ "deployment": name, "verified": verification.passed(), "checks": verification.checks }));
    }
    Ok(if verification.passed() {
        0
    } else {
        Kind::Failed.exit_code()
    })
}

/// Lists the deployments.
pub(super) async fn list(desk: &Desk) -> Verdict {
    let engine = desk.engine().await?;
    let mut names = engine.deployments().await?;
    names.extend(
        desk.home
            .list()
            .map_err(|error| Trouble::new(Kind::Failed, error.diagnostic()))?,
    );
    names.sort();
    names.dedup();
    let mut rows = Vec::new();
    for name in names {
        let observed = engine.observe(&name).await?;
        let lasting: Vec<_> = observed
            .containers
            .values()
            .filter(|container| !container.is_done())
            .collect();
        let running = lasting
            .iter()
            .filter(|container| container.state.phase == Phase::Running)
            .count();
        let record = desk
            .home
            .folder(&name)
            .ok()
            .and_then(|folder| Record::load(&folder).ok().flatten());
        rows.push(json!({
            "deployment": name,
            "containers": lasting.len(),
            "running": running,
            "volumes": observed.volumes.len(),
            "address": record.as_ref().and_then(|record| record.address.clone()),
            "verified": record.as_ref().and_then(|record| record.verified),
        }));
    }
    if !desk.printer.for_people() {
        desk.printer.json(&json!({ "deployments": rows }));
        return Ok(0);
    }
    if rows.is_empty() {
        desk.printer
            .say("There is no deployment yet. Make one to try things out with: edfi-setup demo");
        return Ok(0);
    }
    let mut table = Table::new(&[
        "deployment",
        "running",
        "data volumes",
        "address",
        "last verified",
    ]);
    for row in &rows {
        let text = |key: &str| {
            row.get(key)
                .and_then(serde_json::Value::as_str)
                .unwrap_or("-")
                .to_owned()
        };
        let number = |key: &str| {
            row.get(key)
                .and_then(serde_json::Value::as_u64)
                .unwrap_or_default()
        };
        let verified = text("verified").parse::<Timestamp>().ok();
        table.row([
            text("deployment"),
            format!("{} of {}", number("running"), number("containers")),
            number("volumes").to_string(),
            text("address"),
            verified.map_or_else(
                || "-".to_owned(),
                |then| format!("{} ago", age(now().as_second() - then.as_second())),
            ),
        ]);
    }
    desk.printer.say(table.to_string());
    Ok(0)
}

/// Checks the machine for a deployment.
pub(super) async fn check(desk: &Desk, wanted: Wanted) -> Verdict {
    let mut wish: Wish = wanted.into();
    let own = desk.home.list().map_or(0, |names| names.len());
    if wish.profile.is_none() && wish.name.is_none() && own != 1 {
        // Nothing says which deployment is meant, so the commonest one stands for it.
        wish.profile = Some("district-shared".to_owned());
    }
    let loaded = session::profile(&desk.home, &wish)?;
    let stack = session::look(&desk.home, &loaded.profile, now())?.stack;
    let needs = session::needs(&stack);
    let engine = DockerEngine::connect(&Environment::of_process()).await;
    let facts = match engine {
        Ok(engine) => {
            let asked = &engine;
            let obtainable = |image: String| async move { registry_answer(asked, &image).await };
            checks::gather(Ok(asked), &needs, obtainable).await
        }
        Err(error) => checks::Facts { engine: Err(error) },
    };
    let findings = checks::judge(&facts, &needs);
    let blocked = findings.iter().any(checks::Finding::blocks);
    if desk.printer.for_people() {
        desk.printer
            .say(format!("Is this machine ready for {}?\n", stack.deployment));
        let width = findings
            .iter()
            .map(|finding| finding.subject.chars().count())
            .max()
            .unwrap_or(0);
        for finding in &findings {
            let diagnostic = &finding.diagnostic;
            desk.printer.say(format!(
                "  {} {:<width$}  {}",
                finding.mark(),
                finding.subject,
                diagnostic.message
            ));
            if let Some(help) = &diagnostic.help {
                desk.printer.say(format!("    {:<width$}  → {help}", ""));
            }
        }
        desk.printer.say(if blocked {
            "\nNot yet: mend what is marked ✗ first."
        } else {
            "\nReady: nothing stands in the way."
        });
    } else {
        desk.printer.json(
            &json!({ "deployment": stack.deployment, "ready": !blocked, "findings": findings }),
        );
    }
    Ok(if blocked {
        Kind::Blocked.exit_code()
    } else {
        0
    })
}
/// Whether the registry has an image; a registry that says nothing counts as out of reach.
pub(super) async fn registry_answer(engine: &DockerEngine, image: &str) -> Result<(), EngineError> {
    match tokio::time::timeout(REGISTRY_ANSWER, engine.obtainable(image)).await {
        Ok(answer) => answer,
        Err(_) => Err(EngineError::Pull {
            reference: image.to_owned(),
            fault: PullFault::NoRoute {
                reason: format!("no answer within {} s", REGISTRY_ANSWER.as_secs()),
            },
        }),
    }
}
