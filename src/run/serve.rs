//! Starting a service and finding out, as soon as it is true, that it serves or never will.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::StreamExt;

use crate::engine::{Engine, EngineError, ExecSpec, LogOptions, Phase};
use crate::stack::{Probe, Service, Stack};

use super::execute::Run;
use super::failure::Failure;
use super::watch::{Doom, Watch};

/// Time between looks at the container itself, in case an event was missed.
const SAFETY_LOOK: Duration = Duration::from_secs(2);
/// Time before a probe is started again in a container that was restarted under it.
const PROBE_AGAIN: Duration = Duration::from_millis(100);
/// Lines of a failed service's log to show.
const LAST_LINES: u32 = 15;
/// Runs inside the container and asks until the answer is yes.
const LOOP: &str = include_str!("probe.sh");

/// Starts a service's container and waits until it serves.
pub(super) async fn start<E: Engine + Clone + 'static>(
    run: &Run<'_, E>,
    watch: &Watch,
    service: &Service,
    container: &str,
    note: &(dyn Fn(String) + Send + Sync),
) -> Result<(), Failure> {
    run.engine
        .start(container)
        .await
        .map_err(|error| Failure::engine(&error, Some(&service.name)))?;
    note(format!("waits until it {}", service.probe.question));
    wait(run.engine, run.stack, watch, service, container).await
}

/// Waits until a service that was just started serves.
pub(super) async fn wait_until_it_serves<E: Engine + Clone + 'static>(
    engine: &E,
    stack: &Stack,
    service: &Service,
    container: &str,
) -> Result<(), Failure> {
    let id = engine
        .observe(&stack.deployment)
        .await
        .map_err(|error| Failure::engine(&error, Some(&service.name)))?
        .containers
        .get(container)
        .map_or_else(|| container.to_owned(), |found| found.id.clone());
    let watch = Watch::new(
        engine,
        &stack.deployment,
        jiff::Timestamp::now().as_second(),
    );
    wait(engine, stack, &watch, service, &id).await
}

/// Waits until a service in this container serves.
pub(super) async fn wait<E: Engine>(
    engine: &E,
    stack: &Stack,
    watch: &Watch,
    service: &Service,
    container: &str,
) -> Result<(), Failure> {
    let last_words = Mutex::new(String::new());
    let outcome = tokio::select! {
        biased;
        served = probe(engine, container, &service.probe, &last_words) => served,
        doom = watch.doom(container) => Err(Ending::Doom(doom)),
        ending = safety_looks(engine, container) => Err(ending),
        () = tokio::time::sleep(engine.pace().take(service.probe.patience)) => Err(Ending::Patience),
    };
    match outcome {
        Ok(()) => Ok(()),
        Err(ending) => {
            let words = last_words
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone();
            Err(explain(engine, stack, service, container, &ending, words).await)
        }
    }
}

/// Why waiting ended without success.
#[derive(Debug)]
enum Ending {
    Doom(Doom),
    Patience,
    /// The container is not running and nothing will start it again.
    Stopped {
        exit_code: Option<i64>,
        error: Option<String>,
    },
    Engine(EngineError),
}

/// Asks until the answer is yes. One exec holds the whole loop, so asking twenty times a second
/// costs the engine nothing. It ends by itself should we be killed.
async fn probe<E: Engine>(
    engine: &E,
    container: &str,
    probe: &Probe,
    last_words: &Mutex<String>,
) -> Result<(), Ending> {
    let mut command: Vec<String> = ["sh", "-c", LOOP, "probe.sh"]
        .iter()
        .map(|part| (*part).to_owned())
        .collect();
    command.push(probe.patience.as_secs().to_string());
    command.push(format!("{:04X}", probe.port));
    command.extend(probe.command.iter().cloned());
    let exec = ExecSpec {
        command,
        stdin: None,
        user: None,
    };
    loop {
        let outcome = engine
            .exec(container, &exec, &|_, bytes| {
                let text = String::from_utf8_lossy(bytes);
                if let Some(line) = text.lines().rfind(|line| !line.trim().is_empty()) {
                    line.trim()
                        .clone_into(&mut last_words.lock().unwrap_or_else(PoisonError::into_inner));
                }
            })
            .await;
        match outcome {
            Ok(outcome) if outcome.exit_code == 0 => return Ok(()),
            Err(error @ (EngineError::Unreachable { .. } | EngineError::Broken { .. })) => {
                return Err(Ending::Engine(error));
            }
            // The container ended under the probe, or is just being started again: events and
            // looks decide whether there is hope.
            Ok(_) | Err(_) => tokio::time::sleep(engine.pace().take(PROBE_AGAIN)).await,
        }
    }
}

async fn safety_looks<E: Engine>(engine: &E, container: &str) -> Ending {
    // Podman calls a container exited between two of its restarts, so one look does not count.
    let mut ended_before = false;
    // How often it was restarted before we began says nothing of now: its cause may be mended.
    let before = engine.inspect(container).await;
    let before = before.map_or(0, |state| state.restart_count);
    loop {
        tokio::time::sleep(engine.pace().take(SAFETY_LOOK)).await;
        match engine.inspect(container).await {
            Ok(state) if state.oom_killed && state.phase != Phase::Running => {
                return Ending::Doom(Doom::OutOfMemory);
            }
            Ok(state)
                if state.restart_count.saturating_sub(before) >= 3
                    && state.phase != Phase::Running =>
            {
                return Ending::Doom(Doom::Crashes {
                    exit_code: state.exit_code.unwrap_or(-1),
                    times: usize::try_from(state.restart_count).unwrap_or(usize::MAX),
                });
            }
            Ok(state) if matches!(state.phase, Phase::Exited | Phase::Dead) => {
                if ended_before {
                    return Ending::Stopped {
                        exit_code: state.exit_code,
                        error: state.error,
                    };
                }
                ended_before = true;
            }
            Ok(_) => ended_before = false,
            Err(EngineError::NotFound { .. }) => return Ending::Doom(Doom::Removed),
            // A slow moment of the engine is no verdict on the service; patience has its own end.
            Err(_) => {}
        }
    }
}

async fn explain<E: Engine>(
    engine: &E,
    stack: &Stack,
    service: &Service,
    container: &str,
    ending: &Ending,
    words: String,
) -> Failure {
    let name = &service.name;
    let logs = format!(
        "Look at the whole log: edfi-setup logs {name} --name {}.",
        stack.deployment
    );
    let (code, what, meaning, next_step) = match ending {
        Ending::Doom(Doom::OutOfMemory) => (
            "E-4021",
            format!("{name} was stopped because memory ran out"),
            "The computer, or the engine's virtual machine, has too little memory for this deployment.".to_owned(),
            format!("Give it more memory; this deployment typically needs {} MB. Then run the same command again.", stack.memory_mb()),
        ),
        Ending::Doom(Doom::Crashes { exit_code, times }) => (
            "E-4022",
            format!("{name} stopped {times} times with exit code {exit_code}"),
            exit_code_meaning(*exit_code),
            logs,
        ),
        Ending::Doom(Doom::Unhealthy) => (
            "E-4023",
            format!("{name} runs, but the engine calls it unhealthy"),
            "It was asked several times and did not answer well.".to_owned(),
            logs,
        ),
        Ending::Doom(Doom::Removed) => (
            "E-4024",
            format!("the container of {name} was removed while we waited for it"),
            "Somebody or something else removed it.".to_owned(),
            "Run the same command again.".to_owned(),
        ),
        Ending::Patience => (
            "E-4025",
            format!("{name} did not serve within {} s", service.probe.patience.as_secs()),
            format!("It runs, but it never {}.", service.probe.question),
            logs,
        ),
        Ending::Stopped { exit_code, error } => (
            "E-4026",
            format!(
                "{name} is not running any more{}",
                exit_code.map(|code| format!(" (exit code {code})")).unwrap_or_default()
            ),
            error
                .clone()
                .unwrap_or_else(|| "It was stopped from outside, or it ended and the engine will not start it again.".to_owned()),
            logs,
        ),
        Ending::Engine(error) => return Failure::engine(error, Some(name)),
    };
    Failure {
        code,
        service: Some(name.clone()),
        what,
        meaning,
        last_probe: (!words.is_empty()).then_some(words),
        last_lines: last_lines(engine, container).await,
        next_step,
    }
    .with_known_cause(&stack.deployment)
}

fn exit_code_meaning(code: i64) -> String {
    match code {
        0 => "It ended by itself as if its work were done, which it should not.",
        125..=127 => "The program in the image could not be started; the image may be damaged or not the one expected.",
        134 | 139 => "The program crashed; it was not stopped from outside and did not run out of memory.",
        137 => "It was killed from outside.",
        143 => "It was asked to stop from outside.",
        _ => "The program ended with an error of its own; its last lines say more.",
    }
    .to_owned()
}

/// The last lines of a container's log; none if they cannot be had.
pub(super) async fn last_lines<E: Engine>(engine: &E, container: &str) -> Vec<String> {
    let options = LogOptions {
        tail: Some(LAST_LINES),
        ..LogOptions::default()
    };
    let mut lines = engine.logs(container, &options);
    let mut text = Vec::new();
    while let Some(Ok(line)) = lines.next().await {
        text.push(line.text);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;
    use std::process::Command;

    /// Runs the loop to its first look at the clock with a question that is always answered no, and
    /// counts how often that was asked.
    fn asked(port: u16) -> usize {
        let folder = tempfile::tempdir().unwrap();
        let notes = folder.path().join("notes");
        let status = Command::new("sh")
            .args(["-c", LOOP, "probe.sh", "-1", &format!("{port:04X}")])
            .args(["sh", "-c", r#"echo asked >> "$0"; false"#])
            .arg(&notes)
            .status()
            .unwrap();
        assert_eq!(status.code(), Some(1));
        std::fs::read_to_string(notes).unwrap().lines().count()
    }

    #[test]
    fn who_does_not_listen_is_asked_seldom() {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        assert_eq!(asked(port), 1);
    }

    #[test]
    fn who_listens_is_asked_each_time() {
        for address in ["127.0.0.1:0", "[::]:0"] {
            let listening = TcpListener::bind(address).unwrap();
            assert_eq!(
                asked(listening.local_addr().unwrap().port()),
                20,
                "{address}"
            );
        }
    }

    #[test]
    fn a_yes_ends_the_loop() {
        let listening = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listening.local_addr().unwrap().port();
        let status = Command::new("sh")
            .args(["-c", LOOP, "probe.sh", "60", &format!("{port:04X}"), "true"])
            .status()
            .unwrap();
        assert!(status.success());
    }
}
