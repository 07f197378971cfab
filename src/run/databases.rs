//! Running the database scripts inside the database containers.

use std::collections::{BTreeMap, BTreeSet};

use crate::deployment::Secret;
use crate::engine::{Engine, EngineError, ExecSpec, Phase};
use crate::postgres;
use crate::stack::{Databases, Stack, WantedDatabase};

use super::admin_api;
use super::execute::Run;
use super::failure::Failure;

/// How the scripts say that an incomplete database was moved aside.
const ASIDE: &str = "aside ";

/// Databases that are named in what was done; further ones are counted.
const NAMED: usize = 6;

/// Makes missing databases, writes missing rows, takes those of detached instances away. Says what it did.
pub(super) async fn prepare<E: Engine + Clone + 'static>(
    run: &Run<'_, E>,
    detached: &[String],
) -> Result<String, Failure> {
    let databases = &run.stack.databases;
    // Templates first, with everything that belongs into them, so that clones have it from the start.
    let (templates, others): (Vec<_>, Vec<_>) = databases
        .wanted
        .iter()
        .partition(|database| database.template);
    let mut made = Vec::new();
    for wanted in [templates, others] {
        made.extend(make(run, &wanted).await?);
        made.extend(extend(run, &wanted).await?);
    }
    made.extend(admin_api::extend(run).await?);
    if !databases.instances.is_empty() || !databases.clients.is_empty() {
        check_claim_sets(run).await?;
        let rows = unwritten(run);
        if !(rows.instances.is_empty() && rows.clients.is_empty() && detached.is_empty()) {
            let script = postgres::write_rows(&rows, detached);
            psql(run.engine, run.stack, &databases.admin_service, script).await?;
        }
    }
    let rows = databases.instances.len() + databases.clients.len();
    let (moved, mut made): (Vec<_>, Vec<_>) = made
        .into_iter()
        .partition(|words: &String| words.starts_with(ASIDE));
    let mut parts = moved;
    if made.len() > NAMED {
        let more = made.len() - NAMED;
        made.truncate(NAMED);
        made.push(format!("and {more} more"));
    }
    if !made.is_empty() {
        parts.push(format!("made {}", made.join(", ")));
    }
    let mut said = if parts.is_empty() {
        format!("{} databases, {rows} entries", databases.wanted.len())
    } else {
        format!("{}; {rows} entries", parts.join(", "))
    };
    if !detached.is_empty() {
        said.push_str("; detached ");
        said.push_str(&detached.join(", "));
    }
    Ok(said)
}

/// The same with only those instances and clients that were not found to be as they should be: among a
/// thousand, one more is a few lines. Where it is not known what was found, all are written.
fn unwritten<E>(run: &Run<'_, E>) -> Databases {
    let mut databases = run.stack.databases.clone();
    let Some(found) = &run.found.databases else {
        return databases;
    };
    databases.clients.retain(|client| {
        let mark = postgres::client_fingerprint(client);
        found.clients.get(&client.name) != Some(&mark)
    });
    // A client's instance is written with it: by that it is known whose tenant it is.
    let needed: BTreeSet<&str> = databases
        .clients
        .iter()
        .map(|client| client.instance.as_str())
        .collect();
    databases.instances.retain(|instance| {
        let mark = postgres::instance_fingerprint(instance);
        needed.contains(instance.name.as_str())
            || found.instances.get(&instance.name) != Some(&mark)
    });
    databases
}

/// Makes those of these databases that are missing; all servers at the same time. Says which.
async fn make<E: Engine + Clone + 'static>(
    run: &Run<'_, E>,
    wanted: &[&WantedDatabase],
) -> Result<Vec<String>, Failure> {
    let databases = &run.stack.databases;
    let servers = by_service(wanted).into_iter().map(|(service, wanted)| {
        let script = postgres::ensure_databases(&databases.user, &wanted);
        psql(run.engine, run.stack, service, script)
    });
    let mut made = Vec::new();
    for output in futures_util::future::try_join_all(servers).await? {
        made.extend(output.lines().map(|line| match line.strip_prefix("made ") {
            Some(name) => name.to_owned(),
            None => line.to_owned(),
        }));
    }
    Ok(made)
}

/// Runs extensions' SQL in those of these databases where it did not run. Says what it did.
async fn extend<E: Engine + Clone + 'static>(
    run: &Run<'_, E>,
    wanted: &[&WantedDatabase],
) -> Result<Vec<String>, Failure> {
    let databases = &run.stack.databases;
    let mut done = Vec::new();
    if databases.extensions.is_empty() {
        return Ok(done);
    }
    for (service, wanted) in by_service(wanted) {
        let look = psql(
            run.engine,
            run.stack,
            service,
            postgres::observe_server(&[]),
        );
        let state = postgres::read_server_state(&look.await?).unwrap_or_default();
        for database in wanted {
            for extension in &databases.extensions {
                let Some((scripts, mark)) = database.extended_by(extension) else {
                    continue;
                };
                let marks = state.extended.get(&database.name);
                if marks.is_some_and(|marks| marks.contains(&mark)) {
                    continue;
                }
                let script =
                    postgres::extend_database(&database.name, database.template, scripts, &mark);
                psql(run.engine, run.stack, service, script)
                    .await
                    .map_err(|failure| unfit(failure, &extension.name, &database.name))?;
                done.push(format!("{} with {}", database.name, extension.name));
            }
        }
    }
    Ok(done)
}

fn unfit(failure: Failure, extension: &str, database: &str) -> Failure {
    Failure {
        code: "E-4033",
        what: format!("the SQL of the extension {extension} failed in {database}"),
        meaning: "Each of its scripts runs whole or not at all, and those that ran are not run again. \
                  Most often it was made for another data standard, or changes what it needs first."
            .to_owned(),
        next_step: "Show the lines above to its makers. With a mended extension, run the same command again; \
                    to go on without it, take it out of the profile."
            .to_owned(),
        ..failure
    }
}

fn by_service<'a>(wanted: &[&'a WantedDatabase]) -> BTreeMap<&'a str, Vec<&'a WantedDatabase>> {
    let mut servers: BTreeMap<&str, Vec<&WantedDatabase>> = BTreeMap::new();
    for database in wanted {
        servers.entry(&database.service).or_default().push(database);
    }
    servers
}

/// A claim set that nobody knows would only show when a program is refused everything.
async fn check_claim_sets<E: Engine + Clone + 'static>(run: &Run<'_, E>) -> Result<(), Failure> {
    let databases = &run.stack.databases;
    let script = postgres::unknown_claim_sets(databases);
    let answer = psql(run.engine, run.stack, &databases.admin_service, script).await?;
    let named = |kind: &str| -> Vec<&str> {
        answer
            .lines()
            .filter_map(|line| line.strip_prefix(kind))
            .collect()
    };
    let Some(unknown) = named("unknown ").first().copied() else {
        return Ok(());
    };
    Err(Failure {
        code: "E-4031",
        service: Some(databases.admin_service.clone()),
        what: format!("there is no claim set named {unknown}"),
        meaning: format!("A claim set says what a program may do. This release has: {}.", named("known ").join(", ")),
        next_step: "Put one of these into first_client.claim_set of the profile, then run the same command again.".to_owned(),
        ..Failure::default()
    })
}

/// Runs a script by psql in a database service's container and gives its output.
pub(super) async fn psql<E: Engine>(
    engine: &E,
    stack: &Stack,
    service: &str,
    script: String,
) -> Result<String, Failure> {
    let exec = ExecSpec {
        command: postgres::psql(&stack.databases.user),
        stdin: Some(Secret::new(script)),
        user: None,
    };
    let container = stack.container_name(service);
    let outcome = match engine.exec(&container, &exec, &|_, _| {}).await {
        Ok(outcome) => outcome,
        Err(error) => return Err(cannot_ask(engine, stack, service, &container, &error).await),
    };
    if outcome.exit_code == 0 {
        return Ok(outcome.stdout);
    }
    Err(Failure {
        code: "E-4030",
        service: Some(service.to_owned()),
        what: format!("{service} refused a database script"),
        meaning: "The server runs, but what we asked of it failed. Nothing is half done: each database and each set of entries is written whole or not at all.".to_owned(),
        last_probe: None,
        last_lines: outcome.stderr.lines().rev().take(15).map(str::to_owned).collect::<Vec<_>>().into_iter().rev().collect(),
        next_step: format!("Look at the server's log: edfi-setup logs {service} --name {}. Then run the same command again.", stack.deployment),
    }
    .with_known_cause(&stack.deployment))
}

/// Why a database could not even be asked: most often its container is stopped, paused or gone.
async fn cannot_ask<E: Engine>(
    engine: &E,
    stack: &Stack,
    service: &str,
    container: &str,
    error: &EngineError,
) -> Failure {
    let state = match engine.inspect(container).await {
        Ok(state) if state.phase == Phase::Running => return Failure::engine(error, Some(service)),
        Ok(state) if state.phase == Phase::Paused => "is paused",
        Ok(_) => "is not running",
        Err(EngineError::NotFound { .. }) => "is not there",
        Err(error) => return Failure::engine(&error, Some(service)),
    };
    Failure {
        code: "E-4032",
        service: Some(service.to_owned()),
        what: format!("{service} {state}"),
        meaning: "Nothing can be asked of its databases.".to_owned(),
        next_step: format!(
            "Bring it up again: edfi-setup up --name {}.",
            stack.deployment
        ),
        ..Failure::default()
    }
}
