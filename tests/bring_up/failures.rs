//! When something fails: which service, why, its last words, what to do.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::world::{PREFIX, Ran, World};

fn card(ran: &Ran) -> Value {
    ran.expect(1);
    assert_eq!(ran.event("end")["outcome"], "failed");
    let failure = ran.event("step-failed")["failure"].clone();
    for part in ["what", "meaning", "next_step", "code"] {
        assert!(
            failure[part].as_str().is_some_and(|text| !text.is_empty()),
            "{failure}"
        );
    }
    failure
}

fn text<'a>(failure: &'a Value, part: &str) -> &'a str {
    failure[part].as_str().unwrap_or_default()
}

#[test]
fn each_failure_names_service_cause_last_words_and_next_step() {
    let world = World::new();
    let profile = world.profile();
    let up = |set: &str| world.run(&["up", &profile, "--yes", "--output", "json", "--set", set]);

    a_port_is_taken(&world, &profile);
    no_such_image(&up);
    a_service_crashes(&world, &profile, &up);

    // Whatever failed before: without the cause it comes up.
    world.up(&profile);
    stopped_by_hand(&world, &profile);
    the_api_hangs(&world, &profile);
    the_database_is_away(&world, &profile);
}

fn no_such_image(up: &dyn Fn(&str) -> Ran) {
    let begin = Instant::now();
    let ran = up("images.replace.api=localhost/nothing/api:1.0.0");
    assert!(begin.elapsed() < Duration::from_mins(1), "it hangs");
    let failure = card(&ran);
    assert!(
        text(&failure, "what").contains("localhost/nothing/api:1.0.0"),
        "{failure}"
    );
    assert!(text(&failure, "code").starts_with("E-400"), "{failure}");
    assert!(
        !text(&failure, "last_probe").is_empty(),
        "the engine's own words: {failure}"
    );
}

fn a_port_is_taken(world: &World, profile: &str) {
    let other = TcpListener::bind(("127.0.0.1", world.port)).unwrap();
    let port = world.port.to_string();
    let refused = world.run(&["up", profile, "--yes"]);
    let process = format!("(process {})", std::process::id());
    refused.expect(3).says("C-3001").says(&port).says(&process);
    refused.says("Choose another port");
    assert!(
        world.observed().networks.is_empty(),
        "nothing starts before that is mended"
    );
    world.run(&["check", profile]).expect(3).says(&process);
    drop(other);
}

fn a_service_crashes(world: &World, profile: &str, up: &dyn Fn(&str) -> Ran) {
    // Admin API in the API's place: it misses its settings and ends at once.
    let crash = format!("images.replace.api={PREFIX}/edfialliance/ods-admin-api:v2.3.2");
    let failure = card(&up(&crash));
    assert_eq!(
        (text(&failure, "code"), text(&failure, "service")),
        ("E-4022", "api")
    );
    assert!(text(&failure, "what").contains("exit code"), "{failure}");
    assert!(
        !failure["last_lines"].as_array().unwrap().is_empty(),
        "{failure}"
    );
    let logs = format!("edfi-setup logs api --name {}", world.name);
    assert!(text(&failure, "next_step").contains(&logs), "{failure}");
    let told = world.run(&["up", profile, "--yes", "--set", &crash]);
    told.expect(1).says("Last lines").says(&logs);
    told.says("Nothing was torn down.");
    world
        .run(&["status", &world.name])
        .expect(1)
        .says("does not serve");
}

fn stopped_by_hand(world: &World, profile: &str) {
    let before = world.ids();
    world.lab.stop(&world.container("gateway"));
    world.lab.kill(&world.container("api"));
    let status = world.run(&["status", &world.name, "--output", "json"]);
    status.expect(1);
    assert_eq!(status.json()["serving"], false);
    world
        .run(&["verify", &world.name])
        .expect(1)
        .says("Next step:");
    let up = world.up(profile);
    assert_eq!(up.steps(), ["start:api", "start:gateway", "verify"], "{up}");
    assert!(
        up.causes("start:api")
            .contains("it is stopped (exit code 137)"),
        "{up}"
    );
    assert!(
        up.causes("start:gateway")
            .contains("it is stopped (exit code 0)"),
        "{up}"
    );
    assert_eq!(world.ids(), before);
}

fn the_api_hangs(world: &World, profile: &str) {
    let before = world.ids();
    world.lab.pause(&world.container("api"));
    let verify = world.run(&["verify", &world.name]);
    verify.expect(1).says("Next step:").says("edfi-setup logs");
    let up = world.up(profile);
    assert!(up.causes("start:api").contains("it is paused"), "{up}");
    assert_eq!(world.ids(), before);
}

fn the_database_is_away(world: &World, profile: &str) {
    world.lab.stop(&world.container("db-ods"));
    let verify = world.run(&["verify", &world.name]);
    verify
        .expect(1)
        .says("✗ schools default")
        .says("Next step:");
    world.lab.stop(&world.container("db-admin"));
    let verify = world.run(&["verify", &world.name]);
    verify
        .expect(1)
        .says("db-admin")
        .says(&format!("edfi-setup up --name {}", world.name));
    world.up(profile);
}
