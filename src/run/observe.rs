//! Looking at what is there, before planning. Changes nothing.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::{join, join_all};

use crate::deployment::Secret;
use crate::engine::{Engine, ExecSpec, Phase, Result};
use crate::plan::{self, DatabaseState, Observation};
use crate::postgres::{self, ServerState};
use crate::stack::{GATEWAY, Service, Stack, WantedDatabase};

/// Time for a look into a running service; a longer silence counts as not serving.
const LOOK: Duration = Duration::from_secs(15);
/// Our own exit code in a look into a database server that does not serve yet.
const NOT_SERVING: i64 = 91;

/// Looks at containers, networks, volumes and images, and into the services that run.
pub async fn observe<E: Engine>(engine: &E, stack: &Stack) -> Result<Observation> {
    let references = stack.images();
    let (observed, images) = join(
        engine.observe(&stack.deployment),
        join_all(references.iter().map(|reference| engine.image(reference))),
    )
    .await;
    let mut observation = Observation {
        engine: observed?,
        ..Observation::default()
    };
    for (reference, image) in references.into_iter().zip(images) {
        observation.images.insert(reference, image?);
    }
    look_inside(engine, stack, &mut observation).await;
    Ok(observation)
}

/// What a look into one service found.
enum Look {
    Serves,
    Server(ServerState),
    Silent(String),
}

async fn look_inside<E: Engine>(engine: &E, stack: &Stack, observation: &mut Observation) {
    let spare = plan::spare(stack);
    let running: Vec<&Service> = stack
        .services
        .values()
        .chain(&spare)
        .filter(|service| {
            let container = observation
                .engine
                .containers
                .get(&stack.container_name(&service.name));
            container.is_some_and(|container| container.state.phase == Phase::Running)
        })
        .collect();
    let looks = join_all(running.iter().map(|service| look(engine, stack, service))).await;
    let stamps = running.iter().map(|service| stamp(engine, stack, service));
    for (service, stamp) in running.iter().zip(join_all(stamps).await) {
        if let Some(stamp) = stamp {
            observation.live_files.insert(service.name.clone(), stamp);
        }
    }
    let mut servers = BTreeMap::new();
    for (service, look) in running.iter().zip(looks) {
        match look {
            Look::Serves => {}
            Look::Server(state) => {
                servers.insert(service.name.clone(), state);
            }
            Look::Silent(words) => {
                observation.not_serving.insert(service.name.clone(), words);
            }
        }
    }
    let all_servers = stack
        .databases
        .wanted
        .iter()
        .all(|database| servers.contains_key(&database.service));
    if all_servers {
        let mut state = DatabaseState::default();
        for (service, server) in servers {
            state.extended.insert(service.clone(), server.extended);
            state.databases.insert(service, server.filled);
            state.instances.extend(server.instances);
            state.clients.extend(server.clients);
            state.administrator = state.administrator.or(server.administrator);
        }
        observation.databases = Some(state);
    }
}

/// The files that a running gateway took in last, if it tells.
async fn stamp<E: Engine>(
    engine: &E,
    stack: &Stack,
    service: &Service,
) -> Option<BTreeMap<String, String>> {
    if service.role != GATEWAY {
        return None;
    }
    let exec = ExecSpec {
        command: vec!["cat".to_owned(), plan::STAMP.to_owned()],
        stdin: None,
        user: None,
    };
    let container = stack.container_name(&service.name);
    let outcome = tokio::time::timeout(LOOK, engine.exec(&container, &exec, &|_, _| {})).await;
    match outcome {
        Ok(Ok(outcome)) if outcome.exit_code == 0 => plan::read_stamp(&outcome.stdout),
        _ => None,
    }
}

async fn look<E: Engine>(engine: &E, stack: &Stack, service: &Service) -> Look {
    let wanted: Vec<&WantedDatabase> = stack
        .databases
        .wanted
        .iter()
        .filter(|database| database.service == service.name)
        .collect();
    let exec = if wanted.is_empty() {
        ExecSpec {
            command: service.probe.command.clone(),
            stdin: None,
            user: None,
        }
    } else {
        server_look(stack, service)
    };
    let container = stack.container_name(&service.name);
    let outcome = tokio::time::timeout(LOOK, engine.exec(&container, &exec, &|_, _| {})).await;
    match outcome {
        Err(_) => Look::Silent(format!("no answer within {} s", LOOK.as_secs())),
        Ok(Err(error)) => Look::Silent(error.to_string()),
        Ok(Ok(outcome)) if outcome.exit_code == 0 && wanted.is_empty() => Look::Serves,
        Ok(Ok(outcome)) if outcome.exit_code == 0 => {
            match postgres::read_server_state(&outcome.stdout) {
                Ok(state) => Look::Server(state),
                Err(error) => Look::Silent(error.to_string()),
            }
        }
        Ok(Ok(outcome)) => {
            let words = if outcome.exit_code == NOT_SERVING {
                &outcome.stdout
            } else {
                &outcome.stderr
            };
            let last = words.lines().rfind(|line| !line.trim().is_empty());
            Look::Silent(last.unwrap_or("it gave no reason").trim().to_owned())
        }
    }
}

/// Asks over TCP first: the socket also answers while the first start is still filling databases.
fn server_look(stack: &Stack, service: &Service) -> ExecSpec {
    let databases = &stack.databases;
    let admin: Vec<&str> = if service.name == databases.admin_service {
        databases
            .tenants
            .iter()
            .map(|tenant| tenant.admin.as_str())
            .collect()
    } else {
        Vec::new()
    };
    let script = format!(
        "words=$({probe} 2>&1) || {{ echo \"$words\"; exit {NOT_SERVING}; }}\nexec {psql}\n",
        probe = shell_words(&service.probe.command),
        psql = shell_words(&postgres::psql(&stack.databases.user)),
    );
    ExecSpec {
        command: vec!["sh".to_owned(), "-c".to_owned(), script],
        stdin: Some(Secret::new(postgres::observe_server(&admin))),
        user: None,
    }
}

/// Words for a POSIX shell.
fn shell_words(words: &[String]) -> String {
    words
        .iter()
        .map(|word| format!("'{}'", word.replace('\'', r"'\''")))
        .collect::<Vec<_>>()
        .join(" ")
}
