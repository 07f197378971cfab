//! Changes that interrupt nobody, with requests running through the gateway all the while.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::traffic::Traffic;
use crate::world::{Ran, World, step_ids};

const TENANTS: &str = "use_case: tenants\ninstances: {tenants: [north, south]}\n\
     first_client: {education_organizations: [255901]}";
const STATE: &str = "use_case: state-shared\napi: {replicas: 2}\ncache: {placement: internal}\n\
     first_client: {education_organizations: [255901]}";

fn change(world: &World, set: &str) -> Ran {
    let arguments = ["up", "--name", &world.name, "--yes", "--output", "json"];
    let ran = world.run(&[&arguments[..], &["--set", set]].concat());
    ran.expect(0);
    ran
}

/// Services that have another container than before.
fn replaced(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) -> Vec<String> {
    let services = after.iter();
    services
        .filter(|(service, id)| before.get(*service) != Some(id))
        .map(|(service, _)| service.clone())
        .collect()
}

#[test]
fn one_more_tenant_is_added_and_no_request_fails() {
    let world = World::new();
    world.up(&world.profile_with(TENANTS));
    let before = world.ids();
    let set = "instances.tenants=[north, south, east]";
    let plan = world.run(&["plan", "--name", &world.name, "--set", set]);
    plan.expect(0)
        .says("answers while api is made anew")
        .says("Nobody is interrupted");

    let traffic = Traffic::begin(&world, "client-north", "north/");
    let ran = change(&world, set);
    traffic.end("adding a tenant");
    assert!(ran.steps().contains(&"turn:api".to_owned()), "{ran}");
    let after = world.ids();
    assert_eq!(replaced(&before, &after), ["api"]);
    assert!(!after.contains_key("api-spare"));
    let [key, secret] = ["key", "secret"].map(|part| world.secret(&format!("client-east-{part}")));
    let token = world.token_at("/api/east/oauth/token", world.port, &key, &secret);
    assert_eq!(token.status, 200, "{token:?}");

    killed_and_finished(&world);
    slow_requests_are_finished_first(&world);
}

/// Requests that wait in the database while the gateway turns away from the old copy: it goes only
/// when they are answered.
fn slow_requests_are_finished_first(world: &World) {
    let traffic = Traffic::begin(world, "client-north", "north/");
    let set = "instances.tenants=[north, south, east]";
    let arguments = ["up", "--name", &world.name, "--yes", "--output", "json"];
    let mut run = world.start(&[&arguments[..], &["--set", set]].concat());
    let is_start =
        |event: &Value| event["event"] == "step-started" && event["step"] == "start:api-spare";
    assert!(run.until(is_start).is_some(), "the spare copy is started");
    let lock = "BEGIN; LOCK TABLE edfi.school; SELECT pg_sleep(5); COMMIT;";
    world.sql("db-ods", "EdFi_Ods_north", lock);
    let ran = run.finish();
    ran.expect(0);
    traffic.end("a replacement with slow requests");
    let turned = |event: &Value| event["event"] == "step-done" && event["step"] == "turn:api";
    let turned = ran.events().into_iter().find(turned).unwrap();
    assert!(turned["milliseconds"].as_u64() > Some(1_500), "{turned}");
}

/// Killed in the midst of the replacement, at each step, and finished by the same command.
fn killed_and_finished(world: &World) {
    let container = format!("remove:{}", world.container("api-spare"));
    let traffic = Traffic::begin(world, "client-north", "north/");
    let moments = [
        "start:api-spare",
        "turn:api",
        "remove:api",
        "create:api",
        "start:api",
        "reload:gateway",
        &container,
    ];
    for (number, moment) in moments.into_iter().enumerate() {
        let tenants = ["north, south", "north, south, east"][number % 2];
        let set = format!("instances.tenants=[{tenants}]");
        let arguments = ["up", "--name", &world.name, "--yes", "--output", "json"];
        let arguments = [&arguments[..], &["--set", &set]].concat();
        let mut run = world.start(&arguments);
        let plan = run.until(|event| event["event"] == "plan").expect("a plan");
        let ids = step_ids(&plan["plan"]);
        assert!(ids.contains(&moment.to_owned()), "{moment} in {ids:?}");
        let is_moment = |event: &Value| event["event"] == "step-started" && event["step"] == moment;
        assert!(run.until(is_moment).is_some(), "{moment} did not come");
        run.kill();
        let again = world.run(&arguments);
        again.expect(0);
        let services: Vec<_> = world.ids().into_keys().collect();
        assert_eq!(
            services,
            ["api", "db-admin", "db-ods", "gateway"],
            "{moment}"
        );
        let rest = world.run(&["plan", "--name", &world.name, "--output", "json"]);
        assert_eq!(rest.json()["steps"], serde_json::json!([]), "{rest}");
    }
    traffic.end("replacements that were killed");
}

#[test]
fn routes_and_the_certificate_change_and_no_request_fails() {
    let world = World::new();
    world.up(&world.profile());
    let before = world.ids();

    let traffic = Traffic::begin(&world, "first-client", "");
    let on = change(&world, "swagger_ui=true");
    traffic.end("a new route");
    assert!(on.steps().contains(&"reload:gateway".to_owned()), "{on}");
    assert_eq!(replaced(&before, &world.ids()), ["swagger"]);
    assert_eq!(world.get(world.port, "/", None).status, 200);

    let old = forget_the_certificate(&world);
    let traffic = Traffic::begin(&world, "first-client", "");
    let renewed = change(&world, "swagger_ui=false");
    traffic.end("a new certificate, and a route that goes");
    assert_ne!(world.text("secrets.json"), old);
    let causes = renewed.causes("reload:gateway");
    assert!(causes.contains("server.crt changed"), "{renewed}");
    assert_eq!(replaced(&before, &world.ids()), [""; 0]);
    let gateway = world.container("gateway");
    let files = world
        .lab
        .run(&gateway, &["ls", "/etc/nginx/edfi", "/etc/nginx/conf.d"]);
    assert!(
        !files.contains(".next") && !files.contains(".before"),
        "{files}"
    );
    refused_files_do_no_harm(&world);
}

/// Takes the gateway's certificate out of the secrets, so that the next run makes another one. Gives
/// what stood there.
fn forget_the_certificate(world: &World) -> String {
    let old = world.text("secrets.json");
    let mut secrets: Value = serde_json::from_str(&old).unwrap();
    let gone = secrets["pairs"].as_object_mut().unwrap().remove("server");
    assert!(gone.is_some());
    std::fs::write(world.file("secrets.json"), secrets.to_string()).unwrap();
    old
}

/// A file that the gateway would not take, placed by hand, is found before the gateway meets it.
fn refused_files_do_no_harm(world: &World) {
    let gateway = world.container("gateway");
    let spoil = "echo nonsense > /etc/nginx/conf.d/other.conf";
    world.lab.run(&gateway, &["sh", "-c", spoil]);
    let traffic = Traffic::begin(world, "first-client", "");
    let arguments = ["up", "--name", &world.name, "--yes"];
    let ran = world.run(&[&arguments[..], &["--set", "swagger_ui=true"]].concat());
    ran.expect(1)
        .says("E-4050")
        .says("other.conf")
        .says("goes on serving");
    traffic.end("a configuration that is refused");
    world
        .lab
        .run(&gateway, &["rm", "/etc/nginx/conf.d/other.conf"]);
    world.run(&arguments).expect(0);
    assert_eq!(world.get(world.port, "/", None).status, 200);
}

#[test]
fn one_of_two_copies_is_killed_and_no_request_fails() {
    let world = World::new();
    let first = world.up(&world.profile_with(STATE));
    assert!(first.steps().contains(&"start:cache".to_owned()), "{first}");
    let traffic = Traffic::begin(&world, "first-client", "");
    world.lab.kill(&world.container("api-2"));
    traffic.more(100);
    traffic.end("the death of a copy");

    let traffic = Traffic::begin(&world, "first-client", "");
    let arguments = ["up", "--name", &world.name, "--yes", "--output", "json"];
    world.run(&arguments).expect(0);
    traffic.end("its return");

    let before = world.ids();
    let traffic = Traffic::begin(&world, "first-client", "");
    let set = ["--set", "api.replicas=3"];
    world.run(&[&arguments[..], &set].concat()).expect(0);
    traffic.end("a third copy");
    assert_eq!(replaced(&before, &world.ids()), ["api-3"]);
    let traffic = Traffic::begin(&world, "first-client", "");
    change(&world, "api.replicas=2");
    traffic.end("its leave");
    assert_eq!(replaced(&before, &world.ids()), [""; 0]);
}
