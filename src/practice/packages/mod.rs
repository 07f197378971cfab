//! Packages of Debian and Ubuntu: fetched once into the user's cache, unpacked into a folder.

mod apt;
mod sources;
mod system;
mod unpack;

use std::fs::File;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::error::off_runtime;
use super::{BuildEvent, PracticeError, Report};
use apt::{Apt, Archive};

pub use system::System;
pub use unpack::{Tree, unpack};

/// The oldest PostgreSQL that Ed-Fi's ODS/API 7.3 works with.
const OLDEST_POSTGRES: u32 = 16;

/// What the images are made of, beside PostgreSQL.
const PACKAGES: [&str; 4] = ["pgbouncer", "nginx", "redis-server", "busybox-static"];

/// Large things that an installation would want and no image uses: the compiler behind just-in-time
/// queries, Perl with its modules, translations, tools of the system's maintenance.
const LEFT_OUT: [&str; 14] = [
    "libllvm",
    "libz3",
    "perl",
    "libperl",
    "libjson-perl",
    "libipc-run-perl",
    "locales",
    "libc-l10n",
    "openssl_",
    "passwd",
    "iproute2",
    "procps",
    "postgresql-common",
    "libpam-modules",
];

/// Written last: a folder without it is not complete.
const COMPLETE: &str = "complete";

/// Package files on this computer's disk.
#[derive(Debug, Clone)]
pub struct Packages {
    folder: PathBuf,
}

impl Packages {
    /// The files, in the order of their names.
    pub fn files(&self) -> Result<Vec<PathBuf>, PracticeError> {
        let listing = std::fs::read_dir(&self.folder)
            .map_err(PracticeError::file("read", self.folder.clone()))?;
        let mut files: Vec<_> = listing
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.extension().is_some_and(|end| end == "deb"))
            .collect();
        files.sort();
        Ok(files)
    }

    /// The file of one package.
    pub fn file(&self, package: &str) -> Result<PathBuf, PracticeError> {
        let prefix = format!("{package}_");
        self.files()?
            .into_iter()
            .find(|path| {
                path.file_name()
                    .is_some_and(|name| name.to_string_lossy().starts_with(&prefix))
            })
            .ok_or_else(|| PracticeError::Incomplete {
                program: "the practice images' recipe".to_owned(),
                needs: format!("the package {package}"),
            })
    }
}

/// Gives the packages, from the cache if they are there.
pub async fn fetch(
    system: &System,
    cache: &Path,
    report: Report<'_>,
) -> Result<Packages, PracticeError> {
    let folder = cache.join(format!("packages-{}-{}", system.suite(), &key(system)));
    once(cache, &folder, async {
        let archives = fetch_from_machines_mirror(system, &folder, report).await?;
        let list: Vec<_> = archives.iter().map(line).collect();
        Ok(list.concat())
    })
    .await?;
    Ok(Packages { folder })
}

/// Unpacks the first of these packages that the archive has, alone, into the cache, and gives the
/// folder that stands for `/`. Nothing is installed.
pub async fn fetch_unpacked(
    system: &System,
    cache: &Path,
    names: &[&str],
) -> Result<PathBuf, PracticeError> {
    let what = names.first().copied().unwrap_or_default();
    let arch = std::env::consts::ARCH;
    let folder = cache.join(format!("package-{}-{arch}-{what}", system.suite()));
    once(cache, &folder, async {
        let private = tempfile::tempdir().map_err(PracticeError::file("create", "a folder"))?;
        let apt = machines_mirror(system, private.path()).await?;
        let archive = first_there(&apt, names).await?;
        let package = Packages {
            folder: private.path().to_path_buf(),
        };
        apt.download(std::slice::from_ref(&archive), &package.folder)
            .await?;
        unpack::unpack_one(&package.file(&archive.package)?, &folder).await?;
        Ok(line(&archive))
    })
    .await?;
    Ok(folder)
}

/// A package in the list of what a folder holds.
fn line(archive: &Archive) -> String {
    format!("{} {}\n", archive.package, archive.version)
}

async fn first_there(apt: &Apt, names: &[&str]) -> Result<Archive, PracticeError> {
    let mut last_error = None;
    for name in names {
        match apt.closure(&[(*name).to_owned()]).await {
            Ok(archives) => {
                let own = archives
                    .into_iter()
                    .find(|archive| archive.package == *name);
                if let Some(own) = own {
                    return Ok(own);
                }
            }
            Err(error) => last_error = Some(error),
        }
    }
    Err(last_error.unwrap_or_else(|| PracticeError::Packages {
        step: "find the packages".to_owned(),
        reason: format!("the archive has none of {}", names.join(", ")),
    }))
}

/// Fills a folder of the cache unless it is complete, and marks it with what `fill` gives. Two
/// programs that want it at once fill it once.
async fn once(
    cache: &Path,
    folder: &Path,
    fill: impl Future<Output = Result<String, PracticeError>>,
) -> Result<(), PracticeError> {
    let cache = cache.to_path_buf();
    // Held until the end of this function.
    let _lock = off_runtime(move || lock(&cache)).await?;
    let mark = folder.join(COMPLETE);
    if mark.exists() {
        return Ok(());
    }
    if folder.exists() {
        std::fs::remove_dir_all(folder).map_err(PracticeError::file("empty", folder))?;
    }
    std::fs::create_dir_all(folder).map_err(PracticeError::file("create", folder))?;
    let contents = fill.await?;
    std::fs::write(&mark, contents).map_err(PracticeError::file("write", mark.clone()))
}

/// apt, confined to a folder, with the index of the first mirror of this machine that gives it.
async fn machines_mirror(system: &System, folder: &Path) -> Result<Apt, PracticeError> {
    let apt_folder = Path::new("/etc/apt");
    let all = sources::of_machine(apt_folder);
    let name = system.distribution.name();
    let mut first_error = None;
    for source in sources::main_archives(&all, name, &system.own_suite) {
        let apt = Apt::prepare(folder, system, &source)?;
        match apt.update().await {
            Ok(()) => return Ok(apt),
            Err(error) => {
                first_error.get_or_insert(error);
            }
        }
    }
    Err(first_error.unwrap_or(PracticeError::NoMirror {
        distribution: name,
        folder: apt_folder.to_path_buf(),
    }))
}

async fn fetch_from_machines_mirror(
    system: &System,
    folder: &Path,
    report: Report<'_>,
) -> Result<Vec<Archive>, PracticeError> {
    report(BuildEvent::ReadingIndex);
    let private = tempfile::tempdir().map_err(PracticeError::file("create", "a folder"))?;
    let apt = machines_mirror(system, private.path()).await?;
    let postgres = apt
        .newest_postgres()
        .await?
        .filter(|version| *version >= OLDEST_POSTGRES)
        .ok_or_else(|| PracticeError::NoPostgres {
            suite: system.suite().to_owned(),
            needed: OLDEST_POSTGRES,
        })?;
    let mut wanted = vec![format!("postgresql-{postgres}")];
    wanted.extend(PACKAGES.map(str::to_owned));
    let archives: Vec<_> = apt
        .closure(&wanted)
        .await?
        .into_iter()
        .filter(|archive| !left_out(&archive.package))
        .collect();
    report(BuildEvent::Fetching {
        packages: archives.len(),
        bytes: archives.iter().map(|archive| archive.size).sum(),
    });
    apt.download(&archives, folder).await?;
    Ok(archives)
}

fn left_out(package: &str) -> bool {
    let package = format!("{package}_");
    LEFT_OUT.iter().any(|prefix| package.starts_with(prefix))
}

/// Another suite, processor or list of packages is another folder.
fn key(system: &System) -> String {
    let mut hash = Sha256::new();
    for part in system
        .suites()
        .iter()
        .map(String::as_str)
        .chain([std::env::consts::ARCH])
        .chain(PACKAGES)
        .chain(LEFT_OUT)
    {
        hash.update(part);
        hash.update([0]);
    }
    super::stamp::short_hex(hash)
}

fn lock(cache: &Path) -> Result<File, PracticeError> {
    std::fs::create_dir_all(cache).map_err(PracticeError::file("create", cache.to_path_buf()))?;
    let path = cache.join("lock");
    let file = File::create(&path).map_err(PracticeError::file("create", path.clone()))?;
    file.lock().map_err(PracticeError::file("lock", path))?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn perl_stays_out_and_the_c_library_comes_in() {
        assert!(left_out("perl-modules-5.40"));
        assert!(left_out("libllvm19"));
        assert!(left_out("openssl"));
        assert!(!left_out("openssl-provider-legacy"));
        assert!(!left_out("libc6"));
        assert!(!left_out("libpcre2-8-0"));
    }

    #[test]
    fn each_suite_has_a_folder_of_its_own() {
        let of = |text: &str| key(&System::from_os_release(text).unwrap());
        let noble = of("ID=ubuntu\nVERSION_CODENAME=noble\n");
        assert_ne!(noble, of("ID=debian\nVERSION_CODENAME=bookworm\n"));
        assert_eq!(
            of("ID=debian\nVERSION_CODENAME=bookworm\n"),
            of("ID=debian\nVERSION_CODENAME=trixie\n")
        );
    }
}
