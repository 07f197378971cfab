//! Unpacks packages into one folder, with dpkg-deb alone: no rights, no scripts, no installation.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use futures_util::{StreamExt, TryStreamExt};
use tokio::process::Command;

use super::super::PracticeError;

/// A folder with unpacked packages. Removed when dropped.
#[derive(Debug)]
pub struct Tree {
    folder: tempfile::TempDir,
}

impl Tree {
    /// The folder that stands for `/`.
    pub fn root(&self) -> &Path {
        self.folder.path()
    }
}

/// Unpacks these package files beside each other, several at a time.
pub async fn unpack(files: &[PathBuf]) -> Result<Tree, PracticeError> {
    let folder = tempfile::tempdir().map_err(PracticeError::file("create", "a folder"))?;
    // Packages of a merged-/usr system may still name the old places; these links lead them together.
    for name in ["bin", "sbin", "lib", "lib64"] {
        let real = folder.path().join("usr").join(name);
        std::fs::create_dir_all(&real).map_err(PracticeError::file("create", real.clone()))?;
        let link = folder.path().join(name);
        std::os::unix::fs::symlink(format!("usr/{name}"), &link)
            .map_err(PracticeError::file("create", link.clone()))?;
    }
    let at_a_time = std::thread::available_parallelism().map_or(2, usize::from);
    futures_util::stream::iter(files)
        .map(|file| unpack_one(file, folder.path()))
        .buffer_unordered(at_a_time)
        .try_collect::<()>()
        .await?;
    Ok(Tree { folder })
}

/// Unpacks one package file into a folder.
pub(super) async fn unpack_one(file: &Path, into: &Path) -> Result<(), PracticeError> {
    let output = Command::new("dpkg-deb")
        .arg("-x")
        .arg(file)
        .arg(into)
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|error| PracticeError::MissingTool {
            tool: "dpkg-deb",
            package: "dpkg",
            reason: error.to_string(),
        })?;
    if output.status.success() {
        return Ok(());
    }
    Err(PracticeError::Unpack {
        package: file
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default(),
        reason: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
    })
}
