//! Where deployments live, and the folder of one of them.

use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

use super::file::{self, FileError};

/// Variable with which an operator chooses another place.
const HOME_VARIABLE: &str = "EDFI_SETUP_HOME";

/// The folder in which every deployment has its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home(PathBuf);

/// Why the place where deployments live cannot be told.
#[derive(Debug, thiserror::Error)]
#[error(
    "this user has no home folder, so there is no place for deployments: {reason}. Name a place \
     with the variable EDFI_SETUP_HOME"
)]
pub struct HomeError {
    reason: String,
}

/// Why a word cannot be a deployment's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{name:?} cannot be a deployment's name: {fault}. A name has 2 to 40 lower-case letters, \
     digits and hyphens, and begins with a letter"
)]
pub struct NameError {
    /// The word.
    pub name: String,
    /// What is wrong with it.
    pub fault: &'static str,
}

/// Whether a word can be a deployment's name. It becomes a folder's name, a label's value and
/// part of container names, so the alphabet is what all of these take.
pub fn check_name(name: &str) -> Result<(), NameError> {
    let fault = if !name
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    {
        "it has a character that is not allowed"
    } else if !name.starts_with(|c: char| c.is_ascii_lowercase()) {
        "it does not begin with a letter"
    } else if name.len() < 2 {
        "it is too short"
    } else if name.len() > 40 {
        "it is too long"
    } else {
        return Ok(());
    };
    Err(NameError {
        name: name.to_owned(),
        fault,
    })
}

impl Home {
    /// The place the operator chose with `EDFI_SETUP_HOME`, else the user's folder for state:
    /// `$XDG_STATE_HOME/edfi-setup`, which is `~/.local/state/edfi-setup` where that is not set.
    pub fn find() -> Result<Self, HomeError> {
        Self::choose(std::env::var_os(HOME_VARIABLE), || {
            let strategy =
                etcetera::base_strategy::choose_base_strategy().map_err(|error| HomeError {
                    reason: error.to_string(),
                })?;
            Ok(strategy
                .state_dir()
                .unwrap_or_else(|| strategy.data_dir())
                .join("edfi-setup"))
        })
    }

    fn choose(
        setting: Option<OsString>,
        usual: impl FnOnce() -> Result<PathBuf, HomeError>,
    ) -> Result<Self, HomeError> {
        let path = match setting {
            Some(chosen) if !chosen.is_empty() => PathBuf::from(chosen),
            _ => usual()?,
        };
        std::path::absolute(path)
            .map(Self)
            .map_err(|error| HomeError {
                reason: error.to_string(),
            })
    }

    /// A home at a place of the caller's choice.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The folder of the deployment of that name, whether it exists or not.
    pub fn folder(&self, name: &str) -> Result<Folder, NameError> {
        check_name(name)?;
        Ok(Folder {
            name: name.to_owned(),
            path: self.0.join(name),
        })
    }

    /// The names of all deployments that have a folder, in order.
    pub fn list(&self) -> Result<Vec<String>, FileError> {
        let failed = |error: std::io::Error| FileError::from_io("read", &self.0, &error);
        let entries = match fs::read_dir(&self.0) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed(error)),
        };
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry.map_err(failed)?;
            // The entry's own kind: a link to a folder is not a deployment's folder.
            if entry.file_type().map_err(failed)?.is_dir()
                && let Ok(name) = entry.file_name().into_string()
                && check_name(&name).is_ok()
            {
                names.push(name);
            }
        }
        names.sort();
        Ok(names)
    }
}

/// The folder of one deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    name: String,
    path: PathBuf,
}

impl Folder {
    /// The deployment's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it exists.
    pub fn exists(&self) -> bool {
        fs::symlink_metadata(&self.path).is_ok()
    }

    /// Makes it, closed to other users; an existing one must be a real folder and closed.
    pub fn make(&self) -> Result<(), FileError> {
        file::make_folder(&self.path)
    }

    /// The profile as last applied.
    pub fn profile(&self) -> PathBuf {
        self.path.join("profile.yml")
    }

    /// The one file with secrets.
    pub fn secrets(&self) -> PathBuf {
        self.path.join("secrets.json")
    }

    /// The authority's certificate, for clients.
    pub fn authority(&self) -> PathBuf {
        self.path.join("ca.crt")
    }

    /// When made, when verified, address, engine.
    pub fn record(&self) -> PathBuf {
        self.path.join("record.json")
    }

    /// What the runs did.
    pub fn journal(&self) -> PathBuf {
        self.path.join("journal.jsonl")
    }

    /// What the runs did before that.
    pub fn older_journal(&self) -> PathBuf {
        self.path.join("journal.1.jsonl")
    }

    /// Who is at work here.
    pub fn lock(&self) -> PathBuf {
        self.path.join("lock")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_are_strict() {
        for good in ["ab", "demo", "district-12", "a1-", &"a".repeat(40)] {
            assert_eq!(check_name(good), Ok(()), "{good}");
        }
        for (bad, fault) in [
            ("", "begin with a letter"),
            ("a", "too short"),
            (&"a".repeat(41), "too long"),
            ("1ab", "begin with a letter"),
            ("-ab", "begin with a letter"),
            ("Ab", "not allowed"),
            ("a/b", "not allowed"),
            ("..", "not allowed"),
            ("a\0b", "not allowed"),
            ("a b", "not allowed"),
            ("schüler", "not allowed"),
            ("ab\n", "not allowed"),
        ] {
            let error = check_name(bad).unwrap_err();
            assert!(error.fault.contains(fault), "{bad:?}: {error}");
        }
    }

    proptest! {
        #[test]
        fn a_folder_never_leaves_its_home(name in ".{0,45}") {
            let home = Home::at("/home/of/all");
            if let Ok(folder) = home.folder(&name) {
                prop_assert_eq!(folder.path().parent(), Some(home.path()));
                prop_assert_eq!(folder.path().file_name().and_then(|n| n.to_str()), Some(&*name));
            }
        }
    }

    #[test]
    fn the_operators_choice_comes_first_and_an_empty_one_is_none() {
        let usual = || Ok(PathBuf::from("/usual"));
        let chosen = |value: &str| Home::choose(Some(value.into()), usual).unwrap();
        assert_eq!(chosen("/srv/edfi").path(), Path::new("/srv/edfi"));
        assert_eq!(chosen("").path(), Path::new("/usual"));
        assert_eq!(
            Home::choose(None, usual).unwrap().path(),
            Path::new("/usual")
        );
        assert!(chosen("relative").path().is_absolute());
    }

    #[test]
    fn only_real_folders_with_good_names_are_listed() {
        let place = tempfile::tempdir().unwrap();
        let home = Home::at(place.path().join("not-yet"));
        assert_eq!(home.list().unwrap(), Vec::<String>::new());

        let home = Home::at(place.path());
        for name in ["zeta", "alpha"] {
            home.folder(name).unwrap().make().unwrap();
        }
        fs::create_dir(place.path().join("Not A Name")).unwrap();
        fs::write(place.path().join("a-file"), "").unwrap();
        std::os::unix::fs::symlink(place.path().join("alpha"), place.path().join("a-link"))
            .unwrap();
        assert_eq!(home.list().unwrap(), ["alpha", "zeta"]);
    }
}
