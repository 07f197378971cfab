//! Docker Compose v2: the machine's own, or the one that Debian and Ubuntu package.

use std::path::Path;
use std::process::{Command, Stdio};

use edfi_setup::practice;

/// Names of the package, Ubuntu's first: under the other name Ubuntu still has Compose v1.
const PACKAGES: [&str; 2] = ["docker-compose-v2", "docker-compose"];
/// Where the package keeps the program.
const PLACES: [&str; 2] = [
    "usr/libexec/docker/cli-plugins/docker-compose",
    "usr/lib/docker/cli-plugins/docker-compose",
];

/// A Compose that answers.
#[derive(Debug, Clone)]
pub struct Compose {
    call: Vec<String>,
}

impl Compose {
    /// Finds one, or says why there is none.
    pub async fn find() -> Result<Self, String> {
        let own: [&[&str]; 2] = [&["docker", "compose"], &["docker-compose"]];
        if let Some(compose) = own.iter().find_map(|call| Self::answering(call)) {
            return Ok(compose);
        }
        let root = practice::unpacked_package(&PACKAGES)
            .await
            .map_err(|error| format!("Compose v2 is not here and could not be had: {error}"))?;
        PLACES
            .iter()
            .find_map(|place| Self::answering(&[&path(&root, place)]))
            .ok_or_else(|| format!("no Compose v2 that runs here lies in {}", root.display()))
    }

    /// A command line that begins with this Compose.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.call[0]);
        command.args(&self.call[1..]).stdin(Stdio::null());
        command
    }

    fn answering(call: &[&str]) -> Option<Self> {
        let (program, arguments) = call.split_first()?;
        let output = Command::new(program)
            .args(arguments)
            .args(["version", "--short"])
            .stdin(Stdio::null())
            .output()
            .ok()
            .filter(|output| output.status.success())?;
        let text = String::from_utf8(output.stdout).ok()?;
        let version = text.trim().trim_start_matches('v');
        let major: u32 = version.split('.').next()?.parse().ok()?;
        (major >= 2).then(|| Self {
            call: call.iter().map(|part| (*part).to_owned()).collect(),
        })
    }
}

fn path(root: &Path, place: &str) -> String {
    root.join(place).to_string_lossy().into_owned()
}
