//! Puts an exported project into a folder: all of it or nothing, and nobody else's files are touched.
//!
//! Every file is first written and synced in a folder of its own inside the target; only then are they
//! renamed into place, `compose.yaml` last. What was written is remembered in a small file, so that a later
//! export knows what it may replace, and so that a run that was killed can simply be repeated.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Component, Path, PathBuf};

use crate::deployment::file::{self, FileError, Keep, PRIVATE, PUBLIC, make_folder, sync_folder};
use crate::diagnostic::{Diagnostic, Severity};

use super::{COMPOSE_FILE, Exported, FileMode};

/// Remembers which files an export wrote.
const MARK: &str = ".edfi-setup-export";
const MARK_HEAD: &str = "\
# The files that edfi-setup wrote here. With --force it replaces these and no others.
";
/// Where files wait until all of them are there.
const STAGE: &str = ".edfi-setup-export.part";
/// How many names a message lists.
const NAMED: usize = 5;

/// What became of the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The folder, as an absolute path.
    pub folder: PathBuf,
    /// Whether an earlier export was replaced.
    pub replaced: bool,
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// Files of somebody else are in the folder.
    #[error("{} has other files in it: {}", folder.display(), listed(names))]
    OtherFiles {
        /// The folder.
        folder: PathBuf,
        /// Their names.
        names: Vec<String>,
    },
    /// An earlier export is in the folder.
    #[error("{} holds an earlier export", folder.display())]
    EarlierExport {
        /// The folder.
        folder: PathBuf,
    },
    /// Files that no export wrote stand where files of this one belong.
    #[error("files that no export wrote stand in the way in {}: {}", folder.display(), listed(names))]
    InTheWay {
        /// The folder.
        folder: PathBuf,
        /// Their names.
        names: Vec<String>,
    },
    /// A file or folder could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
}

impl FolderError {
    /// The message with its code and what to do.
    pub fn diagnostic(&self) -> Diagnostic {
        let (code, help) = match self {
            Self::File(error) => return error.diagnostic(),
            Self::OtherFiles { .. } => (
                "E-7001",
                "Name a new or an empty folder with --to. Nothing was written.",
            ),
            Self::EarlierExport { .. } => (
                "E-7002",
                "Name another folder with --to, or add --force to replace it; changes made there by hand are then lost.",
            ),
            Self::InTheWay { .. } => (
                "E-7003",
                "Move them away, or name another folder with --to. Nothing was written.",
            ),
        };
        Diagnostic::new(code, Severity::Block, format!("{self}.")).help(help)
    }
}

fn listed(names: &[String]) -> String {
    let mut text = names
        .iter()
        .take(NAMED)
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(", ");
    if names.len() > NAMED {
        text.push_str(&format_args!(" and {} more", names.len() - NAMED).to_string());
    }
    text
}

/// Writes the project into `folder`, which must be new or empty; with `force` it may hold an earlier export.
pub fn write(exported: &Exported, folder: &Path, force: bool) -> Result<Written, FolderError> {
    let folder =
        std::path::absolute(folder).map_err(|error| FileError::from_io("write", folder, &error))?;
    let there = entries(&folder)?;
    let marked = marked(&folder)?;
    check(exported, &folder, &there, &marked, force)?;

    let is_new = !folder.exists();
    if is_new {
        make_folder(&folder)?;
    }
    let stage = folder.join(STAGE);
    let outcome = stage_files(exported, &stage).and_then(|()| {
        let names = exported.names().map(str::to_owned);
        save_mark(&folder, &marked.union(&names.collect()).cloned().collect())?;
        put_in_place(exported, &stage, &folder)
    });
    // What could not be used is of no use to anybody. If removing fails too, the first error says why.
    let _ = fs::remove_dir_all(&stage);
    if outcome.is_err() && is_new {
        // Only succeeds while it is empty.
        let _ = fs::remove_dir(&folder);
    }
    outcome?;
    Ok(Written {
        folder,
        replaced: !marked.is_empty(),
    })
}

/// Whether everything that is there may be there.
fn check(
    exported: &Exported,
    folder: &Path,
    there: &BTreeSet<String>,
    marked: &BTreeSet<String>,
    force: bool,
) -> Result<(), FolderError> {
    let foreign: BTreeSet<&String> = there.difference(marked).collect();
    let folder = folder.to_owned();
    if force && !marked.is_empty() {
        let blocks = |name: &&&String| {
            exported.names().any(|own| {
                own == name.as_str()
                    || Path::new(own).starts_with(name)
                    || Path::new(name).starts_with(own)
            })
        };
        let names: Vec<String> = foreign
            .iter()
            .filter(blocks)
            .map(ToString::to_string)
            .collect();
        return if names.is_empty() {
            Ok(())
        } else {
            Err(FolderError::InTheWay { folder, names })
        };
    }
    if !foreign.is_empty() {
        let names = foreign.into_iter().cloned().collect();
        return Err(FolderError::OtherFiles { folder, names });
    }
    if !there.is_empty() {
        return Err(FolderError::EarlierExport { folder });
    }
    Ok(())
}

/// Everything in the folder that is not a folder, by its path below it; what we use for ourselves is left out.
fn entries(folder: &Path) -> Result<BTreeSet<String>, FileError> {
    let mut found = BTreeSet::new();
    match fs::metadata(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(found),
        Err(error) => return Err(FileError::from_io("read", folder, &error)),
        Ok(is) if !is.is_dir() => {
            return Err(FileError::NotAFolder {
                path: folder.to_owned(),
            });
        }
        Ok(_) => {}
    }
    let mut waiting = vec![PathBuf::new()];
    while let Some(below) = waiting.pop() {
        let place = folder.join(&below);
        let failed = |error: &io::Error| FileError::from_io("read", &place, error);
        for entry in fs::read_dir(&place).map_err(|error| failed(&error))? {
            let entry = entry.map_err(|error| failed(&error))?;
            let name = below.join(entry.file_name());
            if name == Path::new(MARK) || name == Path::new(STAGE) {
                continue;
            }
            // A link to a folder is not followed.
            let is_folder = entry.file_type().map_err(|error| failed(&error))?.is_dir();
            if is_folder {
                waiting.push(name);
            } else {
                found.insert(name.to_string_lossy().into_owned());
            }
        }
    }
    Ok(found)
}

/// The files that earlier exports wrote.
fn marked(folder: &Path) -> Result<BTreeSet<String>, FileError> {
    let Some(bytes) = file::read(&folder.join(MARK))? else {
        return Ok(BTreeSet::new());
    };
    Ok(String::from_utf8_lossy(&bytes)
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(str::to_owned)
        .collect())
}

fn save_mark(folder: &Path, names: &BTreeSet<String>) -> Result<(), FileError> {
    let mut text = MARK_HEAD.to_owned();
    for name in names {
        text.push_str(name);
        text.push('\n');
    }
    file::write(&folder.join(MARK), text.as_bytes(), PUBLIC, Keep::Nothing)
}

fn stage_files(exported: &Exported, stage: &Path) -> Result<(), FileError> {
    match fs::remove_dir_all(stage) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Err(FileError::from_io("remove", stage, &error));
        }
        _ => make_folder(stage)?,
    }
    for one in &exported.files {
        let path = inside(stage, &one.name);
        folders_above(&path)?;
        let mode = match one.mode {
            FileMode::Public => PUBLIC,
            FileMode::Private => PRIVATE,
        };
        file::write(&path, one.text.expose().as_bytes(), mode, Keep::Nothing)?;
    }
    for program in &exported.programs {
        let path = inside(stage, &program.name);
        folders_above(&path)?;
        file::write(&path, &program.bytes, PUBLIC, Keep::Nothing)?;
    }
    Ok(())
}

fn put_in_place(exported: &Exported, stage: &Path, folder: &Path) -> Result<(), FileError> {
    let (last, first): (Vec<&str>, Vec<&str>) =
        exported.names().partition(|name| *name == COMPOSE_FILE);
    for name in first.into_iter().chain(last) {
        let path = inside(folder, name);
        folders_above(&path)?;
        fs::rename(inside(stage, name), &path)
            .map_err(|error| FileError::from_io("write", &path, &error))?;
        let above = path.parent().unwrap_or(folder);
        sync_folder(above).map_err(|error| FileError::from_io("write", above, &error))?;
    }
    Ok(())
}

fn folders_above(path: &Path) -> Result<(), FileError> {
    let above = path.parent().unwrap_or(path);
    fs::create_dir_all(above).map_err(|error| FileError::from_io("write", above, &error))
}

/// The name's place in the folder; whatever leads out of it is left out.
fn inside(folder: &Path, name: &str) -> PathBuf {
    let parts = Path::new(name)
        .components()
        .filter(|part| matches!(part, Component::Normal(_)));
    folder.join(parts.collect::<PathBuf>())
}

#[cfg(test)]
mod tests;
