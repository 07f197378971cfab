//! `practice`: making and removing practice images.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::json;

use crate::engine::docker::DockerEngine;
use crate::practice::{self, BuildSummary};
use crate::session::{self, Trouble};

use super::args::Practice;
use super::{Desk, Verdict};

/// Runs a `practice` command.
pub(super) async fn practice(desk: &Desk, command: Practice) -> Verdict {
    let engine = desk.engine().await?;
    match command {
        Practice::Build {
            prefix,
            start_delay,
            executable,
        } => {
            build(
                desk,
                &engine,
                &prefix,
                Duration::from_secs(start_delay),
                executable,
            )
            .await?;
            Ok(0)
        }
        Practice::Remove { prefix } => {
            let removal = practice::remove(engine.client(), &prefix)
                .await
                .map_err(|error| session::practice_trouble(&error))?;
            for reference in &removal.removed {
                desk.printer.say(format!("removed {reference}"));
            }
            for (reference, containers) in &removal.in_use {
                desk.printer.say(format!(
                    "kept {reference}: a container is made of it ({})",
                    containers.join(", ")
                ));
            }
            desk.printer.say(format!(
                "{} practice images removed.",
                removal.removed.len()
            ));
            if !removal.in_use.is_empty() {
                desk.printer.say(
                    "Those that were kept go when nothing is made of them any more: \
                     edfi-setup list shows the deployments, edfi-setup remove NAME takes one away.",
                );
            }
            desk.printer
                .json(&json!({ "removed": removal.removed, "in_use": removal.in_use }));
            Ok(0)
        }
    }
}

/// Makes the practice images that are missing, telling what happens.
pub(super) async fn build(
    desk: &Desk,
    engine: &DockerEngine,
    prefix: &str,
    start_delay: Duration,
    executable: Option<PathBuf>,
) -> Result<BuildSummary, Trouble> {
    let summary = session::practice_images(engine, prefix, start_delay, executable, |line| {
        desk.printer.say(format!("  practice images: {line}"));
    })
    .await?;
    desk.printer.say(format!(
        "Practice images: {} made, {} were fine already.",
        summary.built.len(),
        summary.up_to_date.len()
    ));
    desk.printer.json(
        &json!({ "event": "practice", "built": summary.built, "up_to_date": summary.up_to_date }),
    );
    Ok(summary)
}
