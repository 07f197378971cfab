//! School years come and go while programs use the others.

use serde_json::json;

use crate::api::{Caller, profile};
use crate::load::{Keys, Load};
use crate::world::{Ran, World};

/// Runs a command that is done with, by JSON lines.
fn done(world: &World, words: &[&str]) -> Ran {
    let mut all = words.to_vec();
    all.extend(["--name", &world.name, "--yes", "--output", "json"]);
    let ran = world.run(&all);
    ran.expect(0);
    ran
}

#[test]
fn years_come_and_go_and_nobody_is_interrupted() {
    let world = World::new();
    let wanted = profile(&world, "district-years", "instances: {years: [2026, 2027]}");
    world.up(&wanted);
    let containers = world.ids();

    let last = Caller::of(&world, "2026", "2026/");
    let this = Caller::of(&world, "2027", "2027/");
    last.send("2026/", 1);
    this.send("2027/", 2);
    // By the other's address, and by one's own address with the other's token.
    assert_eq!(last.schools("2026/"), [1]);
    assert_eq!(this.schools("2027/"), [2]);
    for (caller, other) in [(&last, "2027/"), (&this, "2026/")] {
        let answer = caller.get(other);
        assert!([401, 403, 404].contains(&answer.status), "{answer:?}");
        assert!(!answer.body.contains("School"), "{answer:?}");
    }

    let keys = Keys::make(&world, "2026", "2026/");
    let mut requests = 0;
    let load = Load::begin(&world, &last, "2026/", &keys);
    let ran = done(&world, &["add", "year", "2028"]);
    requests += load.end(&world, "add year 2028");
    assert_eq!(ran.steps(), ["databases", "verify"]);
    let added = ran.event("added");
    assert_eq!(added["instances"][0]["instance"], "2028");
    assert_eq!(added["instances"][0]["began"], "empty");
    assert_eq!(added["instances"][0]["key"], "client-2028-key");
    assert_eq!(
        added["instances"][0]["address"],
        format!("https://localhost:{}/api/2028/data/v3", world.port)
    );
    assert!(
        Caller::of(&world, "2028", "2028/")
            .schools("2028/")
            .is_empty()
    );

    let load = Load::begin(&world, &last, "2026/", &keys);
    let ran = done(&world, &["add", "year", "2029", "--from", "2026"]);
    requests += load.end(&world, "add year 2029 --from 2026");
    assert_eq!(ran.event("added")["instances"][0]["from"], "2026");
    let copy = Caller::of(&world, "2029", "2029/");
    assert_eq!(copy.schools("2029/"), [1]);
    copy.send("2029/", 3);
    assert_eq!(
        last.schools("2026/"),
        [1],
        "a copy is a database of its own"
    );
    assert!(world.text("profile.yml").contains("2029"));

    let load = Load::begin(&world, &last, "2026/", &keys);
    let ran = done(&world, &["remove", "year", "2027"]);
    requests += load.end(&world, "remove year 2027");
    let left = ran.event("detached");
    assert_eq!(left["instances"][0]["databases"], json!(["EdFi_Ods_2027"]));
    assert!(requests > 100, "{requests}");
    let key = world.secret("client-2027-key");
    let secret = world.secret("client-2027-secret");
    let refused = world.token_at("/api/2027/oauth/token", world.port, &key, &secret);
    assert_eq!(refused.status, 401, "{refused:?}");

    what_is_kept(&world);
    comes_back_with_its_data(&world, &key);
    goes_for_good_only_by_its_name(&world);
    the_last_one_stays(&world);
    assert_eq!(world.ids(), containers, "no container was touched");
    world
        .run(&["plan", "--name", &world.name])
        .expect(0)
        .says("Nothing to do");
}

fn standing(world: &World, database: &str) -> String {
    let listed = world.run(&["data", "--name", &world.name, "--output", "json"]);
    listed.expect(0);
    let listed = listed.json();
    let rows = listed["data"].as_array().unwrap();
    let row = rows.iter().find(|row| row["name"] == database);
    row.map_or("gone", |row| row["standing"].as_str().unwrap())
        .to_owned()
}

fn what_is_kept(world: &World) {
    for (database, expected) in [
        ("EdFi_Ods_2026", "served"),
        ("EdFi_Ods_2027", "detached"),
        ("EdFi_Ods_2028", "served"),
        ("EdFi_Ods_Template", "template"),
        ("EdFi_Admin", "platform"),
        ("EdFi_Security", "platform"),
        ("EdFi_Ods", "spare"),
        ("template0", "system"),
    ] {
        assert_eq!(standing(world, database), expected, "{database}");
    }
    world
        .run(&["data", "list", "--name", &world.name])
        .expect(0)
        .says("serves 2026")
        .says("MB");
}

fn comes_back_with_its_data(world: &World, key: &str) {
    let ran = done(world, &["add", "years", "2027"]);
    assert_eq!(ran.event("added")["instances"][0]["began"], "attached");
    assert_eq!(
        world.secret("client-2027-key"),
        key,
        "programs keep their key"
    );
    assert_eq!(Caller::of(world, "2027", "2027/").schools("2027/"), [2]);
    assert_eq!(standing(world, "EdFi_Ods_2027"), "served");
}

fn goes_for_good_only_by_its_name(world: &World) {
    let name = world.name.as_str();
    done(world, &["remove", "year", "2028"]);
    let refused = |words: &[&str], code: &str| {
        let mut all = vec!["data", "delete"];
        all.extend(words);
        all.extend(["--name", name]);
        let ran = world.run(&all);
        assert_ne!(ran.code, Some(0), "{ran}");
        ran.says(code);
    };
    for database in [
        "EdFi_Ods_2026",
        "EdFi_Ods_Template",
        "EdFi_Admin",
        "postgres",
        "template1",
    ] {
        refused(&[database, "--yes", "--confirm", database], "E-5111");
    }
    refused(
        &["EdFi_Ods_1999", "--yes", "--confirm", "EdFi_Ods_1999"],
        "E-5110",
    );
    refused(
        &["EdFi_Ods_2028", "--yes", "--confirm", "EdFi_Ods_2027"],
        "E-5112",
    );
    refused(&["EdFi_Ods_2028"], "--confirm EdFi_Ods_2028");
    refused(&["EdFi_Ods_2028", "--yes"], "--confirm");
    assert_eq!(standing(world, "EdFi_Ods_2028"), "detached");

    let gone = world.run(&[
        "data",
        "delete",
        "EdFi_Ods_2028",
        "--yes",
        "--confirm",
        "EdFi_Ods_2028",
        "--name",
        name,
    ]);
    gone.expect(0).says("is gone");
    assert_eq!(standing(world, "EdFi_Ods_2028"), "gone");
    // Its place can be taken again, by a new one.
    let again = done(world, &["add", "year", "2028"]);
    assert_eq!(again.event("added")["instances"][0]["began"], "empty");

    // What an interrupted copy left may go, too.
    let left = "EdFi_Ods_2030 (being made)";
    world.sql("db-ods", "postgres", &format!("CREATE DATABASE \"{left}\""));
    assert_eq!(standing(world, left), "incomplete");
    world
        .run(&[
            "data",
            "delete",
            left,
            "--yes",
            "--confirm",
            left,
            "--name",
            name,
        ])
        .expect(0);
    assert_eq!(standing(world, left), "gone");
}

fn the_last_one_stays(world: &World) {
    done(world, &["remove", "year", "2027,2028", "2029"]);
    let last = world.run(&["remove", "year", "2026", "--name", &world.name, "--yes"]);
    last.expect(2).says("E-5103").says("edfi-setup down");
    let caller = Caller::of(world, "2026", "2026/");
    assert_eq!(caller.schools("2026/"), [1]);
}
