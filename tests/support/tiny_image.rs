//! A small image made from this computer's own shell, so that engine tests need no registry.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use bollard::query_parameters::CreateImageOptionsBuilder;
use edfi_setup::engine::LABEL_DEPLOYMENT;
use edfi_setup::engine::docker::DockerEngine;
use futures_util::TryStreamExt;

/// Programs of the image. The shell comes first.
const PROGRAMS: [&str; 3] = ["/bin/sh", "/bin/sleep", "/usr/bin/stat"];

/// Imports the image under `edfi-setup-test/NAME:1`, labelled as the deployment's, and gives its name.
pub async fn import(engine: &DockerEngine, deployment: &str) -> String {
    let repository = format!("edfi-setup-test/{deployment}");
    let mut options = CreateImageOptionsBuilder::default()
        .from_src("-")
        .repo(&repository)
        .tag("1")
        .build();
    options.changes = vec![
        format!("LABEL {LABEL_DEPLOYMENT}={deployment}"),
        "ENV PATH=/bin:/usr/bin".to_owned(),
    ];
    let root = bollard::body_full(root().into());
    engine
        .client()
        .create_image(Some(options), Some(root), None)
        .try_collect::<Vec<_>>()
        .await
        .expect("the engine imports the image");
    format!("{repository}:1")
}

/// A root folder with the programs and every library they load.
fn root() -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    archive.follow_symlinks(true);
    let mut files: BTreeSet<PathBuf> = PROGRAMS.iter().map(PathBuf::from).collect();
    for program in PROGRAMS {
        files.extend(libraries(program));
    }
    for file in files {
        let inside = file.strip_prefix("/").expect("absolute");
        archive
            .append_path_with_name(&file, inside)
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    }
    for (folder, mode) in [("tmp/", 0o1777), ("proc/", 0o755), ("etc/", 0o755)] {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Directory);
        header.set_mode(mode);
        header.set_size(0);
        archive
            .append_data(&mut header, Path::new(folder), std::io::empty())
            .expect("memory takes it");
    }
    archive.into_inner().expect("memory takes it")
}

/// What the loader would load for a program, and the loader.
fn libraries(program: &str) -> Vec<PathBuf> {
    let listing = Command::new("ldd")
        .arg(program)
        .output()
        .expect("ldd comes with the C library");
    String::from_utf8_lossy(&listing.stdout)
        .lines()
        .filter_map(|line| line.split_whitespace().find(|word| word.starts_with('/')))
        .map(PathBuf::from)
        .collect()
}
