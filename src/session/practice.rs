//! Practice images, made for whoever wants them: which ones, and what is told meanwhile.

use std::path::PathBuf;
use std::time::Duration;

use crate::catalog::{Catalog, ImageKind};
use crate::diagnostic::{Diagnostic, Severity, sentence};
use crate::engine::docker::DockerEngine;
use crate::practice::{self, BuildEvent, BuildOptions, BuildSummary, PracticeError, Role, Wanted};

use super::open::catalog;
use super::trouble::{Kind, Trouble};

/// Makes the practice images that are missing. `executable` is the program that plays Ed-Fi's own in
/// them: this one, unless another is named. `report` hears what is being done, as in
/// `getting 14 packages, 31 MB`.
pub async fn practice_images(
    engine: &DockerEngine,
    prefix: &str,
    start_delay: Duration,
    executable: Option<PathBuf>,
    report: impl Fn(String) + Send + Sync,
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
    let wanted = wanted(&catalog()?);
    let tell = |event: BuildEvent| {
        if let Some(words) = words(event) {
            report(words);
        }
    };
    practice::build(engine.client(), &wanted, &options, &tell)
        .await
        .map_err(|error| practice_trouble(&error))
}

/// Why practice images could not be made or removed.
pub fn practice_trouble(error: &PracticeError) -> Trouble {
    Trouble::new(
        Kind::Failed,
        Diagnostic::new("E-6001", Severity::Block, sentence(&error.to_string())),
    )
}

fn words(event: BuildEvent) -> Option<String> {
    Some(match event {
        BuildEvent::UpToDate { .. } | BuildEvent::Removed { .. } => return None,
        BuildEvent::ReadingIndex => "reading the package list".to_owned(),
        BuildEvent::Fetching { packages, bytes } => {
            format!("getting {packages} packages, {} MB", bytes / 1_000_000)
        }
        BuildEvent::Unpacking { packages } => format!("unpacking {packages} packages"),
        BuildEvent::Built { reference } => format!("made {reference}"),
    })
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
