//! A container that writes lines at a steady pace. Each line carries its number and the moment it was
//! written, so that whoever sees it knows how old it is and what is missing before it.

use std::io::Write;
use std::process::Command;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bollard::query_parameters::UploadToContainerOptionsBuilder;
use edfi_setup::engine::{ContainerSpec, Engine};
use edfi_setup::plan::LABEL_SERVICE;

use crate::sandbox::Sandbox;

/// The writer's place in its container: this very program.
const INSIDE: &str = "/writer";
/// The argument that makes this program the writer.
pub const ARGUMENT: &str = "--write-lines";
/// Lines between two pauses.
const AT_ONCE: u32 = 10;

/// Makes a container that will write so many lines at so many a second, and then does nothing.
pub async fn create(sandbox: &Sandbox, service: &str, lines: u64, rate: u32) -> String {
    let mut container = ContainerSpec {
        entrypoint: Some(vec![INSIDE.to_owned()]),
        command: Some(vec![
            ARGUMENT.to_owned(),
            lines.to_string(),
            rate.to_string(),
        ]),
        ..sandbox.container(service, "")
    };
    named(&mut container, service);
    sandbox.engine.create_container(&container).await.unwrap();
    let options = UploadToContainerOptionsBuilder::default().path("/").build();
    sandbox
        .engine
        .client()
        .upload_to_container(
            &container.name,
            Some(options),
            bollard::body_full(writer().into()),
        )
        .await
        .unwrap();
    container.name
}

/// Makes the container a service of the deployment.
pub fn named(container: &mut ContainerSpec, service: &str) {
    container
        .labels
        .insert(LABEL_SERVICE.to_owned(), service.to_owned());
}

/// This program and every library it loads.
fn writer() -> Vec<u8> {
    let program = std::env::current_exe().unwrap();
    let listing = Command::new("ldd").arg(&program).output().unwrap();
    let mut archive = tar::Builder::new(Vec::new());
    archive.follow_symlinks(true);
    // The engine does not understand holes in files.
    archive.sparse(false);
    archive
        .append_path_with_name(&program, INSIDE.trim_start_matches('/'))
        .unwrap();
    for library in String::from_utf8_lossy(&listing.stdout)
        .lines()
        .filter_map(|line| line.split_whitespace().find(|word| word.starts_with('/')))
    {
        archive
            .append_path_with_name(library, library.trim_start_matches('/'))
            .unwrap();
    }
    archive.into_inner().unwrap()
}

/// Inside the container: each line is written by itself, as programs write their logs.
pub fn write(lines: u64, rate: u32) {
    let mut out = std::io::stdout();
    let start = Instant::now();
    let pause = Duration::from_secs(1) * AT_ONCE / rate;
    let mut due = start;
    for number in 1..=lines {
        let text = format!(
            "line {number:09} {:013} GET /data/v3/ed-fi/students?offset=25&limit=25 responded 200 in 12.5 ms\n",
            milliseconds()
        );
        if out
            .write_all(text.as_bytes())
            .and_then(|()| out.flush())
            .is_err()
        {
            return;
        }
        if number % u64::from(AT_ONCE) == 0 {
            due += pause;
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
        }
    }
    // Until it is removed; whoever forgets it has a process that does nothing.
    std::thread::park();
}

/// Now, since 1970.
pub fn milliseconds() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    u64::try_from(since.as_millis()).unwrap()
}

/// The newest line in a text: its number and when it was written.
pub fn newest(text: &str) -> Option<(u64, u64)> {
    let lines = text.split("line ").skip(1);
    lines
        .filter_map(|rest| {
            let number = rest.get(..9)?.parse().ok()?;
            let written = rest.get(10..23)?.parse().ok()?;
            Some((number, written))
        })
        .max()
}
