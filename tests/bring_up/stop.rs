//! Stopping to wait, and two at work at once.

use serde_json::Value;

use crate::world::{PREFIX, World};

fn waits_for_the_api(event: &Value) -> bool {
    event["event"] == "step-note" && event["step"] == "start:api"
}

#[test]
fn a_stopped_run_says_how_to_go_on_and_nothing_is_torn_down() {
    let world = World::new();
    let profile = world.profile();
    // The gateway in the API's place runs and does not answer there, so that there is something to wait for.
    let silent =
        format!("images.replace.api={PREFIX}/nginxinc/nginx-unprivileged:1.27.3-alpine3.20");
    let arguments = [
        "up", &profile, "--yes", "--output", "json", "--set", &silent,
    ];

    let mut first = world.start(&arguments);
    first
        .until(waits_for_the_api)
        .expect("it waits for the API");
    let before = world.observed();
    let holder = format!("process {}", first.pid());
    for second in [
        world.run(&["up", &profile, "--yes"]),
        world.run(&arguments),
        world.run(&["down", &world.name, "--yes"]),
        world.run(&["remove", &world.name, "--confirm", &world.name]),
    ] {
        second.expect(4).says(&holder);
    }
    assert_eq!(
        world.observed(),
        before,
        "whoever came second changed nothing"
    );

    first.signal("INT");
    let stopped = first.finish();
    stopped.expect(130);
    assert_eq!(stopped.event("end")["outcome"], "stopped");
    assert!(world.text("journal.jsonl").contains("cancelled"));
    assert_eq!(world.observed(), before, "everything goes on");

    for signal in ["INT", "TERM"] {
        let mut waiting = world.start(&["up", &profile, "--yes", "--set", &silent]);
        waiting.until_line("start api: waits until it answers");
        waiting.signal(signal);
        let stopped = waiting.finish();
        stopped
            .expect(130)
            .says("Going on where the last run stopped")
            .says("Stopped waiting. The containers go on. Run the same command again");
        assert_eq!(world.observed(), before);
    }

    let done = world.run(&["up", &profile, "--yes"]);
    done.expect(0)
        .says("Going on where the last run stopped")
        .says("Ready");
    let before = before
        .containers
        .into_values()
        .map(|container| container.id);
    let after = world.ids().into_values().collect::<Vec<_>>();
    let stayed = before.filter(|id| after.contains(id)).count();
    assert_eq!(stayed, 3, "only the API is another one");
    a_network_that_was_made_twice(&world, &profile);
}

/// By a run that was killed while it asked for it, and the one after it.
fn a_network_that_was_made_twice(world: &World, profile: &str) {
    let name = world.name.as_str();
    let mut before = world.ids();
    world.lab.remove_container(&world.container("api"));
    before.remove("api");
    let made = world.lab.double_the_network(name);
    assert_eq!(world.lab.networks(name), 1 + usize::from(made));
    world.up(profile);
    assert_eq!(world.lab.networks(name), 1);
    let mut after = world.ids();
    assert!(after.remove("api").is_some());
    assert_eq!(after, before);

    world.lab.double_the_network(name);
    world.run(&["down", name, "--yes"]).expect(0);
    assert_eq!(world.lab.networks(name), 0);
}
