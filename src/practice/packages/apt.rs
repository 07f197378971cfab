//! apt with a configuration of its own: nothing is installed, the machine's sources and state stay
//! as they are, no rights are needed, and the machine's own proxy settings go on working.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;

use super::super::PracticeError;
use super::sources::Source;
use super::system::System;

/// One package file that apt would fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archive {
    /// Package name.
    pub package: String,
    /// Exact version.
    pub version: String,
    /// Bytes.
    pub size: u64,
}

/// apt, confined to one folder.
#[derive(Debug)]
pub struct Apt {
    folder: PathBuf,
}

impl Apt {
    /// Lays out the folder for one source.
    pub fn prepare(folder: &Path, system: &System, source: &Source) -> Result<Self, PracticeError> {
        for part in ["lists/partial", "cache/archives/partial"] {
            let path = folder.join(part);
            std::fs::create_dir_all(&path).map_err(PracticeError::file("create", path.clone()))?;
        }
        let write = |name: &str, text: String| {
            let path = folder.join(name);
            std::fs::write(&path, text).map_err(PracticeError::file("write", path.clone()))
        };
        write("status", String::new())?;
        write("sources.list", sources_list(system, source))?;
        write("apt.conf", configuration(folder))?;
        Ok(Self {
            folder: folder.to_path_buf(),
        })
    }

    /// Reads the archive's index.
    pub async fn update(&self) -> Result<(), PracticeError> {
        // Without this a failed download of the index is only a warning.
        let arguments = ["update", "-qq", "--error-on=any"].map(str::to_owned);
        let answer = self.run("apt-get", &arguments, &self.folder).await;
        match answer {
            Err(PracticeError::Packages { reason, .. }) if reason.contains("--error-on") => self
                .run(
                    "apt-get",
                    &["update".to_owned(), "-qq".to_owned()],
                    &self.folder,
                )
                .await
                .map(drop),
            other => other.map(drop),
        }
    }

    /// The newest major version of PostgreSQL that the archive has.
    pub async fn newest_postgres(&self) -> Result<Option<u32>, PracticeError> {
        let arguments = ["pkgnames", "postgresql-"].map(str::to_owned);
        let names = self.run("apt-cache", &arguments, &self.folder).await?;
        Ok(newest_postgres(&names))
    }

    /// Everything that an installation of these packages on an empty system would fetch.
    pub async fn closure(&self, packages: &[String]) -> Result<Vec<Archive>, PracticeError> {
        let mut arguments = ["install", "--print-uris", "-y", "-qq"]
            .map(str::to_owned)
            .to_vec();
        arguments.extend_from_slice(packages);
        let text = self.run("apt-get", &arguments, &self.folder).await?;
        Ok(text.lines().filter_map(printed_uri).collect())
    }

    /// Fetches these packages into a folder, and lets apt check their sums.
    pub async fn download(&self, archives: &[Archive], into: &Path) -> Result<(), PracticeError> {
        let mut arguments = ["download", "-qq"].map(str::to_owned).to_vec();
        arguments.extend(
            archives
                .iter()
                .map(|archive| format!("{}={}", archive.package, archive.version)),
        );
        self.run("apt-get", &arguments, into).await.map(drop)
    }

    async fn run(
        &self,
        tool: &'static str,
        arguments: &[String],
        folder: &Path,
    ) -> Result<String, PracticeError> {
        let output = self
            .command(tool, arguments, folder)
            .output()
            .await
            .map_err(|error| PracticeError::MissingTool {
                tool,
                package: "apt",
                reason: error.to_string(),
            })?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let step = match arguments.first().map(String::as_str) {
            Some("update") => "read the package archive's index",
            Some("download") => "fetch the packages",
            _ => "find the packages",
        };
        Err(PracticeError::Packages {
            step: step.to_owned(),
            reason: complaint(&String::from_utf8_lossy(&output.stderr)),
        })
    }

    fn command(&self, tool: &str, arguments: &[String], folder: &Path) -> Command {
        let mut command = Command::new(tool);
        // The file named with -c is read after the machine's own ones, so proxies and time-outs
        // set there stay, and ours win where both speak.
        command
            .arg("-c")
            .arg(self.folder.join("apt.conf"))
            .args(arguments)
            .current_dir(folder)
            .env("LC_ALL", "C")
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }
}

/// The sources that the images are made from, in the one-line form. Only the package index is wanted.
fn sources_list(system: &System, source: &Source) -> String {
    let mut options = "target=Packages".to_owned();
    let keyring = system
        .keyring()
        .map(|path| path.display().to_string())
        .or_else(|| source.signed_by.clone());
    if let Some(keyring) = keyring {
        options.push_str(" signed-by=");
        options.push_str(&keyring);
    }
    if source.trusted {
        options.push_str(" trusted=yes");
    }
    let mut text = String::new();
    for suite in system.suites() {
        let components = system.distribution.components();
        let uri = &source.uri;
        // Writing to a string cannot fail.
        let _ = writeln!(text, "deb [{options}] {uri} {suite} {components}");
    }
    text
}

fn configuration(folder: &Path) -> String {
    let folder = folder.display();
    // Hooks of the machine clean its own caches after each run; they are none of ours.
    format!(
        r#"Dir::State "{folder}";
Dir::State::lists "lists/";
Dir::State::status "{folder}/status";
Dir::State::extended_states "{folder}/extended_states";
Dir::Cache "{folder}/cache";
Dir::Cache::archives "archives/";
Dir::Etc::sourcelist "{folder}/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Dir::Log "{folder}";
APT::Install-Recommends "false";
APT::Install-Suggests "false";
Acquire::Languages "none";
Acquire::Retries "3";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear APT::Update::Post-Invoke-Stats;
#clear DPkg::Pre-Invoke;
#clear DPkg::Post-Invoke;
#clear DPkg::Pre-Install-Pkgs;
#clear Binary::apt-get::DPkg::Post-Invoke;
"#
    )
}

/// Reads a line like `'http://…/libc6_2.41-12_amd64.deb' libc6_2.41-12_amd64.deb 2846580 SHA256:…`.
fn printed_uri(line: &str) -> Option<Archive> {
    let mut words = line.strip_prefix('\'')?.split_whitespace().skip(1);
    let mut name = words.next()?.strip_suffix(".deb")?.split('_');
    Some(Archive {
        package: name.next()?.to_owned(),
        // The epoch's colon may not stand in a file name.
        version: name.next()?.replace("%3a", ":"),
        size: words.next()?.parse().ok()?,
    })
}

fn newest_postgres(names: &str) -> Option<u32> {
    names
        .lines()
        .filter_map(|name| name.trim().strip_prefix("postgresql-")?.parse().ok())
        .max()
}

/// What apt complained about, without the lines that say nothing new.
fn complaint(text: &str) -> String {
    let errors: Vec<_> = text
        .lines()
        .filter_map(|line| line.strip_prefix("E: "))
        .collect();
    let mut lines = if errors.is_empty() {
        text.lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .collect()
    } else {
        errors
    };
    lines.truncate(3);
    if lines.is_empty() {
        return "it gave no reason".to_owned();
    }
    lines.join("; ")
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Write as _};

    use super::super::system::Distribution;
    use super::*;

    fn debian() -> System {
        System {
            distribution: Distribution::Debian,
            own_suite: "bookworm".to_owned(),
        }
    }

    fn source(uri: &str) -> Source {
        Source {
            uri: uri.to_owned(),
            suite: "bookworm".to_owned(),
            components: vec!["main".to_owned()],
            signed_by: None,
            trusted: false,
        }
    }

    #[test]
    fn a_printed_address_gives_name_version_and_size() {
        let line = "'http://mirror.example/pool/r/redis-tools_5%3a8.0.2-3_amd64.deb' redis-tools_5%3a8.0.2-3_amd64.deb 1245324 SHA256:00";
        assert_eq!(
            printed_uri(line),
            Some(Archive {
                package: "redis-tools".to_owned(),
                version: "5:8.0.2-3".to_owned(),
                size: 1_245_324,
            })
        );
        assert_eq!(printed_uri("Reading package lists..."), None);
    }

    #[test]
    fn the_newest_server_is_found_among_its_plug_ins() {
        let names = "postgresql-17-pgvector\npostgresql-16\npostgresql-17\npostgresql-common\npostgresql-9.6\n";
        assert_eq!(newest_postgres(names), Some(17));
        assert_eq!(newest_postgres("postgresql-client-17\n"), None);
    }

    #[test]
    fn ubuntu_gets_its_fixes_and_its_second_section() {
        let system = System {
            distribution: Distribution::Ubuntu,
            own_suite: "noble".to_owned(),
        };
        let mut source = source("http://mirror.example/ubuntu");
        source.trusted = true;
        let text = sources_list(&system, &source);
        assert_eq!(text.lines().count(), 2);
        for (line, suite) in text.lines().zip(["noble", "noble-updates"]) {
            assert!(
                line.ends_with(&format!(
                    "http://mirror.example/ubuntu {suite} main universe"
                )),
                "{line}"
            );
            assert!(line.contains("trusted=yes"));
        }
    }

    #[test]
    fn complaints_are_short() {
        assert_eq!(
            complaint("W: something\nE: Unable to locate package x\n"),
            "Unable to locate package x"
        );
        assert_eq!(complaint("\n"), "it gave no reason");
    }

    /// Whatever asks this proxy is refused; the first line of the first request is handed out.
    fn refusing_proxy() -> (String, std::sync::mpsc::Receiver<String>) {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let (tell, asked) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { return };
                let mut line = String::new();
                let _ = BufReader::new(&stream).read_line(&mut line);
                let _ = stream.write_all(
                    b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
                );
                if tell.send(line).is_err() {
                    return;
                }
            }
        });
        (address, asked)
    }

    async fn update_asks_the_proxy(set: impl FnOnce(&mut Command, &Path, &str)) {
        let folder = tempfile::tempdir().unwrap();
        let apt = Apt::prepare(
            folder.path(),
            &debian(),
            &source("http://mirror.invalid/debian"),
        )
        .unwrap();
        let (address, asked) = refusing_proxy();
        let arguments = ["update", "-o", "Acquire::Retries=0"].map(str::to_owned);
        let mut command = apt.command("apt-get", &arguments, folder.path());
        set(&mut command, folder.path(), &address);
        command.output().await.unwrap();
        let line = asked
            .recv_timeout(std::time::Duration::from_secs(20))
            .unwrap();
        assert!(
            line.starts_with("GET http://mirror.invalid/debian/dists/trixie/InRelease "),
            "{line}"
        );
    }

    #[tokio::test]
    async fn a_proxy_of_the_environment_is_used() {
        update_asks_the_proxy(|command, _, address| {
            command.env("http_proxy", address).env_remove("no_proxy");
        })
        .await;
    }

    #[tokio::test]
    async fn a_proxy_of_the_machines_own_configuration_is_used() {
        update_asks_the_proxy(|command, folder, address| {
            let file = folder.join("machine.conf");
            std::fs::write(&file, format!("Acquire::http::Proxy \"{address}\";\n")).unwrap();
            command.env("APT_CONFIG", file);
        })
        .await;
    }

    #[tokio::test]
    async fn a_refused_index_is_an_error_with_apts_words() {
        let folder = tempfile::tempdir().unwrap();
        let uri = format!("file:{}/nothing", folder.path().display());
        let apt = Apt::prepare(folder.path(), &debian(), &source(&uri)).unwrap();
        let error = apt.update().await.unwrap_err().to_string();
        assert!(
            error.starts_with("apt could not read the package archive's index: "),
            "{error}"
        );
    }
}
