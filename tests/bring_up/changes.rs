//! A changed profile touches only what the change is about.

use std::collections::BTreeSet;

use serde_json::json;

use crate::world::{World, free_port};

/// Services whose containers are not the same any more.
fn touched(world: &World, before: &std::collections::BTreeMap<String, String>) -> Vec<String> {
    let after = world.ids();
    let names: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    names
        .into_iter()
        .filter(|name| before.get(*name) != after.get(*name))
        .cloned()
        .collect()
}

#[test]
fn a_change_touches_only_what_it_is_about() {
    let world = World::new();
    let profile = world.profile();
    world.up(&profile);
    let school = json!({
        "schoolId": 255_901_001,
        "nameOfInstitution": "Grand Bend High School",
        "educationOrganizationCategories": [{
            "educationOrganizationCategoryDescriptor": "uri://ed-fi.org/EducationOrganizationCategoryDescriptor#School"
        }],
        "gradeLevels": [{"gradeLevelDescriptor": "uri://ed-fi.org/GradeLevelDescriptor#Ninth grade"}],
    });
    let sent = world.data(world.port, "/api/data/v3/ed-fi/schools", Some(&school));
    assert_eq!(sent.status, 201, "{sent:?}");

    let port = another_port(&world, &profile);
    swagger_on_and_off(&world, port);
    what_the_first_client_may_do(&world, port);
    down_and_up_again(&world, port);
}

fn another_port(world: &World, profile: &str) -> u16 {
    let before = world.ids();
    let port = free_port();
    let set = format!("access.port={port}");
    let preview = world.run(&["plan", profile, "--set", &set]);
    preview
        .expect(0)
        .says("port changes")
        .says("Unchanged: db-admin, db-ods, api.");
    let ran = world.run(&["up", profile, "--yes", "--output", "json", "--set", &set]);
    ran.expect(0);
    assert_eq!(
        ran.steps(),
        [
            "remove:gateway",
            "create:gateway",
            "start:gateway",
            "verify"
        ]
    );
    assert_eq!(touched(world, &before), ["gateway"]);
    assert_eq!(
        ran.event("ready")["address"],
        format!("https://localhost:{port}/api")
    );
    assert_eq!(world.get(port, "/api/", None).status, 200);
    assert!(
        std::net::TcpStream::connect(("127.0.0.1", world.port)).is_err(),
        "the old port"
    );
    // The change was for good: without a profile the last one applied counts.
    let plan = world.run(&["plan", "--name", &world.name, "--output", "json"]);
    assert_eq!(plan.json()["steps"], json!([]), "{plan}");
    port
}

fn up_by_name(world: &World, set: &[&str]) -> crate::world::Ran {
    let mut arguments = vec!["up", "--name", &world.name, "--yes", "--output", "json"];
    for set in set {
        arguments.extend(["--set", set]);
    }
    let ran = world.run(&arguments);
    ran.expect(0);
    ran
}

fn swagger_on_and_off(world: &World, port: u16) {
    let before = world.ids();
    let on = up_by_name(world, &["swagger_ui=true"]);
    assert!(on.steps().contains(&"create:swagger".to_owned()), "{on}");
    // The gateway takes the route to it in while it serves.
    assert!(on.steps().contains(&"reload:gateway".to_owned()), "{on}");
    assert_eq!(touched(world, &before), ["swagger"]);
    let page = world.get(port, "/", None);
    assert_eq!(page.status, 200, "{page:?}");

    let off = up_by_name(world, &["swagger_ui=false"]);
    let removal = format!("remove:{}", world.container("swagger"));
    assert!(
        off.causes(&removal).contains("no longer in the profile"),
        "{off}"
    );
    assert!(!world.ids().contains_key("swagger"));
    assert_eq!(touched(world, &before), [""; 0]);
    assert_eq!(world.observed().volumes.len(), 2, "no data goes with it");
}

fn what_the_first_client_may_do(world: &World, port: u16) {
    let before = world.ids();
    let path = "/api/data/v3/ed-fi/schools/";
    let ran = up_by_name(
        world,
        &["first_client.claim_set=Ed-Fi API Publisher - Reader"],
    );
    assert_eq!(ran.steps(), ["databases", "verify"]);
    assert!(
        ran.causes("databases")
            .contains("client first client changed"),
        "{ran}"
    );
    assert_eq!(touched(world, &before), [""; 0]);
    let rows = "SELECT count(*), min(claimsetname) FROM dbo.applications";
    let rows = world.sql("db-admin", "EdFi_Admin", rows);
    assert_eq!(rows, "1|Ed-Fi API Publisher - Reader");
    assert_eq!(world.data(port, path, None).status, 200);
}

fn down_and_up_again(world: &World, port: u16) {
    let volumes = world.observed().volumes;
    let secrets = world.text("secrets.json");
    let down = world.run(&["down", &world.name, "--yes", "--output", "json"]);
    down.expect(0);
    let after = world.observed();
    assert!(
        after.containers.is_empty() && after.networks.is_empty(),
        "{after:?}"
    );
    assert_eq!(after.volumes, volumes);
    world
        .run(&["down", &world.name])
        .expect(0)
        .says("is down already");
    world
        .run(&["status", &world.name])
        .expect(1)
        .says("does not serve");

    let up = up_by_name(world, &[]);
    assert!(
        !up.steps().iter().any(|step| step.starts_with("volume:")),
        "{up}"
    );
    assert_eq!(world.text("secrets.json"), secrets);
    let schools = world.data(port, "/api/data/v3/ed-fi/schools", None);
    assert_eq!(
        schools.json()[0]["nameOfInstitution"],
        "Grand Bend High School"
    );
}
