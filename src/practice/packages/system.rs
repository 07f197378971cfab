//! Which distribution this computer runs, and which of its archives the images are made from.

use std::path::{Path, PathBuf};

use super::super::PracticeError;

/// A distribution whose packages we know how to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Distribution {
    /// Debian.
    Debian,
    /// Ubuntu, or a system that takes its packages from Ubuntu's archive.
    Ubuntu,
}

/// The suite that Debian hosts of any age take the packages from: the first with PostgreSQL 17.
pub const DEBIAN_SUITE: &str = "trixie";

impl Distribution {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Debian => "Debian",
            Self::Ubuntu => "Ubuntu",
        }
    }

    /// The sections of the archive with PostgreSQL, PgBouncer, nginx and Redis in them.
    pub fn components(self) -> &'static str {
        match self {
            Self::Debian => "main",
            Self::Ubuntu => "main universe",
        }
    }

    /// Where the distribution keeps the keys of its archive. The first that exists is used.
    pub fn keyrings(self) -> &'static [&'static str] {
        match self {
            Self::Debian => &[
                "/usr/share/keyrings/debian-archive-keyring.pgp",
                "/usr/share/keyrings/debian-archive-keyring.gpg",
            ],
            Self::Ubuntu => &["/usr/share/keyrings/ubuntu-archive-keyring.gpg"],
        }
    }
}

/// What `/etc/os-release` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct System {
    /// The distribution.
    pub distribution: Distribution,
    /// The suite that the machine itself runs, as in `bookworm` or `noble`. Empty on Debian's
    /// unreleased branch.
    pub own_suite: String,
}

impl System {
    /// Reads this computer's description.
    pub fn detect() -> Result<Self, PracticeError> {
        // The second is where the first points to on most systems, and is there without it on some.
        let read = |path: &str| std::fs::read_to_string(path).ok();
        let text = read("/etc/os-release").or_else(|| read("/usr/lib/os-release"));
        Self::from_os_release(text.as_deref().unwrap_or_default())
    }

    /// Reads the text of an `os-release` file.
    pub fn from_os_release(text: &str) -> Result<Self, PracticeError> {
        let field = |name: &str| {
            text.lines()
                .filter_map(|line| line.trim().split_once('='))
                .find(|(key, _)| *key == name)
                .map(|(_, value)| value.trim_matches(['"', '\'']).to_owned())
                .filter(|value| !value.is_empty())
        };
        let id = field("ID").unwrap_or_default();
        let relatives = field("ID_LIKE").unwrap_or_default();
        let like = |name: &str| id == name || relatives.split_whitespace().any(|like| like == name);
        // A child of Ubuntu names Ubuntu's suite in a field of its own; its own suites have other names.
        if like("ubuntu")
            && let Some(own_suite) = field("UBUNTU_CODENAME").or_else(|| field("VERSION_CODENAME"))
        {
            return Ok(Self {
                distribution: Distribution::Ubuntu,
                own_suite,
            });
        }
        if id == "debian" {
            return Ok(Self {
                distribution: Distribution::Debian,
                own_suite: field("VERSION_CODENAME").unwrap_or_default(),
            });
        }
        Err(PracticeError::WrongSystem {
            found: field("PRETTY_NAME")
                .or_else(|| field("NAME"))
                .unwrap_or_else(|| std::env::consts::OS.to_owned()),
        })
    }

    /// The suite that the images are made from.
    pub fn suite(&self) -> &str {
        match self.distribution {
            Distribution::Debian => DEBIAN_SUITE,
            Distribution::Ubuntu => &self.own_suite,
        }
    }

    /// The suites to read: Ubuntu keeps its fixes in a second one, Debian in the first.
    pub fn suites(&self) -> Vec<String> {
        let suite = self.suite().to_owned();
        match self.distribution {
            Distribution::Debian => vec![suite],
            Distribution::Ubuntu => vec![suite.clone(), format!("{suite}-updates")],
        }
    }

    /// The distribution's archive keys on this computer, if it keeps them where it should.
    pub fn keyring(&self) -> Option<PathBuf> {
        self.distribution
            .keyrings()
            .iter()
            .map(|path| Path::new(path).to_path_buf())
            .find(|path| path.exists())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debian_of_any_age_takes_the_packages_of_one_suite() {
        let system =
            System::from_os_release("PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nVERSION_CODENAME=bookworm\nID=debian\n")
                .unwrap();
        assert_eq!(system.distribution, Distribution::Debian);
        assert_eq!(system.own_suite, "bookworm");
        assert_eq!(system.suites(), ["trixie"]);
    }

    #[test]
    fn ubuntu_takes_its_own_suite_with_its_updates() {
        let system = System::from_os_release(
            "ID=ubuntu\nID_LIKE=debian\nVERSION_CODENAME=noble\nUBUNTU_CODENAME=noble\n",
        )
        .unwrap();
        assert_eq!(system.distribution, Distribution::Ubuntu);
        assert_eq!(system.suites(), ["noble", "noble-updates"]);
    }

    #[test]
    fn a_child_of_ubuntu_takes_ubuntus_suite() {
        let system = System::from_os_release(
            "ID=linuxmint\nID_LIKE=\"ubuntu debian\"\nVERSION_CODENAME=wilma\nUBUNTU_CODENAME=noble\n",
        )
        .unwrap();
        assert_eq!(system.suite(), "noble");
    }

    #[test]
    fn any_other_system_is_named_in_the_refusal() {
        let error = System::from_os_release("ID=fedora\nPRETTY_NAME=\"Fedora Linux 42\"\n")
            .unwrap_err()
            .to_string();
        assert!(error.contains("runs Fedora Linux 42."), "{error}");
        assert!(System::from_os_release("").is_err());
    }
}
