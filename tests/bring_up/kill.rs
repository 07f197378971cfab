//! Killed at every step, by a signal that no program sees, and gone on with the same command.

use std::collections::BTreeMap;

use edfi_setup::engine::Phase;
use serde_json::Value;

use crate::world::{World, step_ids};

/// Everything by which the end of a run can be told from the end of another.
#[derive(Debug, PartialEq, Eq)]
struct EndState {
    containers: BTreeMap<String, BTreeMap<String, String>>,
    volumes: BTreeMap<String, BTreeMap<String, String>>,
    networks: Vec<String>,
    rows: String,
    databases: Vec<String>,
}

fn end_state(world: &World) -> EndState {
    let containers = world.containers();
    for (service, container) in &containers {
        assert_eq!(container.state.phase, Phase::Running, "{service}");
    }
    let rows = "SELECT (SELECT json_agg(name) FROM dbo.odsinstances), (SELECT json_agg(name) FROM dbo.apiclients),
        (SELECT json_agg(applicationname) FROM dbo.applications), (SELECT json_agg(vendorname) FROM dbo.vendors),
        (SELECT count(*) FROM dbo.apiclientodsinstances), (SELECT count(*) FROM dbo.applicationeducationorganizations),
        (SELECT count(*) FROM dbo.apiclientapplicationeducationorganizations),
        (SELECT json_agg(name || fingerprint) FROM edfi_setup.instance), (SELECT json_agg(name || fingerprint) FROM edfi_setup.client)";
    let observed = world.observed();
    EndState {
        containers: containers
            .into_iter()
            .map(|(service, container)| (service, container.labels))
            .collect(),
        volumes: observed
            .volumes
            .into_iter()
            .map(|(name, volume)| (name, volume.labels))
            .collect(),
        networks: observed.networks.into_keys().collect(),
        rows: world.sql("db-admin", "EdFi_Admin", rows),
        databases: ["db-admin", "db-ods"]
            .map(|service| {
                let names = "SELECT datname FROM pg_database ORDER BY 1";
                world.sql(service, "postgres", names)
            })
            .to_vec(),
    }
}

/// A moment of a run: an event of a step.
type Moment = (&'static str, String);

fn is_at((name, step): &Moment) -> impl Fn(&Value) -> bool {
    move |event| event["event"] == *name && event["step"] == step.as_str()
}

#[test]
fn killed_at_every_step_the_same_command_finishes_the_job() {
    let world = World::new();
    let profile = world.profile();

    let undisturbed = world.up(&profile);
    let secrets = world.text("secrets.json");
    let wanted = end_state(&world);
    world.lab.remove(&world.name);

    // From nothing, in the midst of the first start of both servers.
    killed_when_the_servers_are_being_filled(&world, &profile);

    let steps = undisturbed.steps();
    assert_eq!(steps.len(), 13, "{steps:?}");
    for step in &steps {
        for name in ["step-started", "step-done"] {
            kill_at(&world, &profile, &(name, step.clone()));
            assert_eq!(world.text("secrets.json"), secrets);
        }
    }

    world.up(&profile);
    forget_the_youth_of_leftover_clients(&world);
    world.run(&["verify", &world.name]).expect(0);
    assert_eq!(end_state(&world), wanted);
    assert_eq!(world.text("secrets.json"), secrets);
    assert_eq!(world.up(&profile).steps(), [""; 0]);
    world.assert_nothing_secret("the journal", &world.text("journal.jsonl"));
}

fn killed_when_the_servers_are_being_filled(world: &World, profile: &str) {
    let run = world.start(&["up", profile, "--yes", "--output", "json"]);
    world.lab.until_logged(
        &world.container("db-ods"),
        "running /docker-entrypoint-initdb.d/",
    );
    assert_eq!(run.kill().code, None, "it ended before it was killed");
    // What was started goes on alone, is found, and is waited for.
    world.up(profile);
    let names = "SELECT string_agg(datname, ' ' ORDER BY datname) FROM pg_database WHERE datname LIKE 'EdFi%'";
    assert_eq!(world.sql("db-ods", "postgres", names), "EdFi_Ods");
    assert_eq!(
        world.sql("db-admin", "postgres", names),
        "EdFi_Admin EdFi_Security"
    );
}

/// Runs until the moment comes, and kills. If the run's plan has no such step, because what it makes
/// is there already, that is taken away first.
fn kill_at(world: &World, profile: &str, moment: &Moment) {
    let start = || {
        let mut run = world.start(&["up", profile, "--yes", "--output", "json"]);
        let plan = run.until(|event| event["event"] == "plan").expect("a plan");
        let is_planned = step_ids(&plan["plan"]).contains(&moment.1);
        (run, is_planned)
    };
    let (mut run, is_planned) = start();
    if !is_planned {
        run.kill();
        undo(world, &moment.1);
        let (again, is_planned) = start();
        run = again;
        assert!(is_planned, "{moment:?} is not planned any more");
    }
    let came = run.until(is_at(moment));
    let ran = run.kill();
    assert!(came.is_some(), "{moment:?} did not come:\n{ran}");
}

fn undo(world: &World, step: &str) {
    let part = step.split_once(':');
    match part {
        Some(("create", service)) => world.lab.remove_container(&world.container(service)),
        Some(("start", service)) => kill_container(world, service),
        // Without this server nobody can tell what is in it, and the step comes back.
        None if step == "databases" => kill_container(world, "db-admin"),
        None if step == "verify" => world.lab.kill(&world.container("gateway")),
        // Network and volumes are made from nothing only.
        _ => world.lab.remove(&world.name),
    }
}

/// A server that is killed while it makes its data folder leaves one that nobody can use, so servers
/// get the time for that; being killed later must do no harm.
fn kill_container(world: &World, service: &str) {
    let container = world.container(service);
    if service.starts_with("db-") {
        world.lab.until_serving(&container);
    }
    world.lab.kill(&container);
}

/// A verification that was killed leaves its client for ten minutes, since it might still be asking.
/// Here ten minutes pass at once.
fn forget_the_youth_of_leftover_clients(world: &World) {
    let older = |table: &str, column: &str| {
        format!(
            "UPDATE {table} SET {column} = regexp_replace({column}, 'verify \\d', 'verify 0') WHERE {column} LIKE '%verify %';"
        )
    };
    let script = [
        older("edfi_setup.client", "name"),
        older("dbo.apiclients", "name"),
        older("dbo.applications", "applicationname"),
        older("dbo.vendors", "vendorname"),
    ];
    world.sql("db-admin", "EdFi_Admin", &script.concat());
}
