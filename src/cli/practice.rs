//! `practice`: making and removing practice images.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::json;

use crate::catalog::{Catalog, ImageKind};
use crate::diagnostic::{Diagnostic, Severity, sentence};
use crate::engine::docker::DockerEngine;
use crate::practice::{self, BuildEvent, BuildOptions, BuildSummary, PracticeError, Role, Wanted};
use crate::session::{self, Kind, Trouble};

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
            let removed = practice::remove(engine.client(), &prefix)
                .await
                .map_err(|error| trouble(&error))?;
            for reference in &removed {
                desk.printer.say(format!("removed {reference}"));
            }
            desk.printer
                .say(format!("{} practice images removed.", removed.len()));
            desk.printer.json(&json!({ "removed": removed }));
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
    let executable = match executable {
        Some(executable) => executable,
        None => std::env::current_exe().map_err(|error| {
            Trouble::new(
                Kind::Failed,
                Diagnostic::new(
                    "E-6002",
                    Severity::Block,
                    format!("This program cannot find its own file: {error}."),
                ),
            )
        })?,
    };
    let options = BuildOptions {
        prefix: prefix.to_owned(),
        start_delay,
        executable,
    };
    let wanted = wanted(&session::catalog()?);
    let report = |event: BuildEvent| {
        let line = match event {
            BuildEvent::UpToDate { .. } | BuildEvent::Removed { .. } => return,
            BuildEvent::ReadingIndex => "reading the package list".to_owned(),
            BuildEvent::Fetching { packages, bytes } => {
                format!("getting {packages} packages, {} MB", bytes / 1_000_000)
            }
            BuildEvent::Unpacking { packages } => format!("unpacking {packages} packages"),
            BuildEvent::Built { reference } => format!("made {reference}"),
        };
        desk.printer.say(format!("  practice images: {line}"));
    };
    let summary = practice::build(engine.client(), &wanted, &options, &report)
        .await
        .map_err(|error| trouble(&error))?;
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

fn trouble(error: &PracticeError) -> Trouble {
    Trouble::new(
        Kind::Failed,
        Diagnostic::new("E-6001", Severity::Block, sentence(&error.to_string())),
    )
}

/// Every image of every release in the catalog, for each of its data standards, and the two that
/// other stacks will want.
fn wanted(catalog: &Catalog) -> Vec<Wanted> {
    let mut wanted: Vec<Wanted> = Vec::new();
    for release in catalog.releases() {
        for standard in &release.data_standards {
            for (name, image) in &release.images {
                let Some(role) = role(name) else { continue };
                let tag = image
                    .tag
                    .replace("{release}", &release.release)
                    .replace("{standard.suffix}", &standard.suffix);
                let reference = format!("{}:{tag}", image.repository);
                if wanted.iter().any(|other| other.reference == reference) {
                    continue;
                }
                debug_assert!(image.kind != ImageKind::Gateway || role == Role::Gateway);
                wanted.push(Wanted {
                    role,
                    reference,
                    release: release.release.clone(),
                    data_standard: standard.id.clone(),
                });
            }
        }
    }
    wanted
}

fn role(name: &str) -> Option<Role> {
    Some(match name {
        "db-admin" => Role::DbAdmin,
        "db-ods-minimal" => Role::DbOdsMinimal,
        "db-ods-sandbox" => Role::DbOdsSandbox,
        "api" => Role::WebApi,
        "admin-api" => Role::AdminApi,
        "sandbox-admin" => Role::SandboxAdmin,
        "swagger" => Role::Swagger,
        "gateway" => Role::Gateway,
        "pooler" => Role::Pooler,
        "cache" => Role::Cache,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_image_of_the_catalog_has_a_practice_twin() {
        let catalog = Catalog::embedded().unwrap();
        for release in catalog.releases() {
            for name in release.images.keys() {
                assert!(role(name).is_some(), "{name} has none");
            }
        }
        assert!(
            wanted(&catalog)
                .iter()
                .any(|wanted| wanted.reference == "edfialliance/ods-api-web-api:7.3.2-5.2.0")
        );
    }
}
