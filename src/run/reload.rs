//! The gateway takes changed files in while it goes on serving.

use std::time::Duration;

use crate::engine::{Engine, ExecSpec, FileSpec, Phase};
use crate::plan;
use crate::stack::{Service, Stack};

use super::failure::Failure;

/// Runs inside the gateway's container.
const SCRIPT: &str = include_str!("reload.sh");
/// How long requests that run are waited for. Longer ones are finished, too, as long as nothing they need
/// goes away.
const DRAIN: Duration = Duration::from_mins(1);
/// The script's exit code when nginx refuses the files.
const REFUSED: i64 = 65;

/// Places the gateway's files with which it sends requests to these copies of the API only (all where
/// none is named), and waits until it has taken them in and finished the requests of before.
pub(super) async fn reload<E: Engine>(
    engine: &E,
    stack: &Stack,
    gateway: &Service,
    only: &[String],
) -> Result<Option<String>, Failure> {
    let container = stack.container_name(&gateway.name);
    let failed = |error| Failure::engine(&error, Some(&gateway.name));
    let files = plan::files_to_place(stack, gateway, only);
    let staged: Vec<FileSpec> = files
        .iter()
        .map(|file| FileSpec {
            path: format!("{}.next", file.path),
            ..file.clone()
        })
        .collect();
    engine.upload(&container, &staged).await.map_err(failed)?;
    let mut command: Vec<String> = ["sh", "-c", SCRIPT, "reload.sh"].map(str::to_owned).into();
    command.push(engine.pace().take(DRAIN).as_secs().max(1).to_string());
    command.extend(files.into_iter().map(|file| file.path));
    let exec = ExecSpec {
        command,
        stdin: None,
        user: None,
    };
    let outcome = engine
        .exec(&container, &exec, &|_, _| {})
        .await
        .map_err(failed)?;
    match outcome.exit_code {
        0 => Ok(outcome
            .stdout
            .lines()
            .find_map(|line| line.strip_prefix("left "))
            .map(|_| "some requests take long and go on".to_owned())),
        code => Err(refused(stack, gateway, code == REFUSED, &outcome.stderr)),
    }
}

fn refused(stack: &Stack, gateway: &Service, by_nginx: bool, words: &str) -> Failure {
    let name = &gateway.name;
    let last_lines = words.lines().filter(|line| !line.trim().is_empty());
    let failure = Failure {
        code: "E-4050",
        service: Some(name.clone()),
        what: if by_nginx {
            format!("{name} refuses its new configuration")
        } else {
            format!("the new files could not be put in place in {name}")
        },
        meaning: String::new(),
        last_probe: None,
        last_lines: last_lines.map(str::to_owned).collect(),
        next_step: format!(
            "Run the same command again. If it fails again, let the gateway be made anew: edfi-setup down {0}, then edfi-setup up --name {0}.",
            stack.deployment
        ),
    };
    let mut failure = failure.with_known_cause(&stack.deployment);
    if !failure.meaning.is_empty() {
        failure.meaning.push(' ');
    }
    failure.meaning += "The old files are back, and it goes on serving with them.";
    failure
}

/// Places a gateway's files before it is started again: it may have ended with others than the wanted
/// ones.
pub(super) async fn before_start<E: Engine>(
    engine: &E,
    stack: &Stack,
    gateway: &Service,
    phase: Phase,
) -> Result<(), Failure> {
    if !matches!(phase, Phase::Exited | Phase::Restarting) {
        return Ok(());
    }
    let files = plan::files_to_place(stack, gateway, &[]);
    engine
        .upload(&stack.container_name(&gateway.name), &files)
        .await
        .map_err(|error| Failure::engine(&error, Some(&gateway.name)))
}
