//! Keys for programs: made, shown once, kept, at rest with their instance, and gone.

use std::collections::BTreeMap;

use crate::api::{Caller, profile};
use crate::world::World;

/// Runs a command that reveals secrets, past the watch over what the program says.
fn reveals(world: &World, words: &[&str]) -> BTreeMap<String, String> {
    let output = world.program(words).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let pairs = text.lines().filter_map(|line| line.split_once("  "));
    pairs
        .filter(|(name, _)| name.starts_with("credential-"))
        .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
        .collect()
}

fn rows(world: &World, from: &str) -> String {
    world.sql(
        "db-admin",
        "EdFi_Admin",
        &format!("SELECT count(*) FROM {from}"),
    )
}

#[test]
fn a_program_gets_a_key_and_loses_it_again() {
    let world = World::new();
    let wanted = profile(&world, "district-years", "instances: {years: [2026, 2027]}");
    world.up(&wanted);
    let before =
        ["dbo.vendors", "dbo.applications", "dbo.apiclients"].map(|table| rows(&world, table));

    let made = reveals(
        &world,
        &[
            "credentials",
            "add",
            "--application",
            "Our SIS",
            "--instance",
            "2026",
            "--organizations",
            "255901,255902",
            "--namespaces",
            "uri://ed-fi.org,uri://sis.example",
            "--claim-set",
            "Ed-Fi Sandbox",
        ],
    );
    let key = &made["credential-our-sis-2026-key"];
    let secret = &made["credential-our-sis-2026-secret"];
    assert_eq!((key.len(), secret.len()), (20, 32));
    let stored =
        "SELECT secretishashed, length(secret), secret FROM dbo.apiclients WHERE name = 'Our SIS'";
    let stored = world.sql("db-admin", "EdFi_Admin", stored);
    assert!(stored.starts_with("t|84|"), "{stored}");
    assert!(!stored.contains(secret.as_str()));

    let program = Caller::with(&world, "2026/", key, secret);
    program.send("2026/", 7);
    assert_eq!(program.schools("2026/"), [7]);
    assert_eq!(program.get("2027/").status, 404);
    let bad = world.token_at("/api/2026/oauth/token", world.port, key, "another");
    assert_eq!(bad.status, 401);

    // The same once more is refused and changes nothing; the key still opens.
    world
        .run(&[
            "credentials",
            "add",
            "--application",
            "our sis",
            "--instance",
            "2026",
        ])
        .expect(1)
        .says("E-5121");
    let listed = world.run(&["credentials", "list", "--output", "json"]);
    listed.expect(0);
    let listed = listed.json();
    let row = &listed["credentials"][0];
    assert_eq!(row["name"], "our-sis-2026");
    assert_eq!(row["application"], "Our SIS");
    assert_eq!(row["claim_set"], "Ed-Fi Sandbox");
    assert_eq!(row["organizations"], serde_json::json!([255_901, 255_902]));
    assert_eq!(row["active"], true);
    let shown = reveals(&world, &["credentials", "show", "our-sis-2026", "--yes"]);
    assert_eq!(shown, made);
    world
        .run(&["credentials", "show", "our-sis-2026"])
        .expect(2)
        .says("--yes");

    // It survives a bring-up, and a change of something else.
    world
        .run(&["up", &wanted, "--yes"])
        .expect(0)
        .says("Nothing to do");
    Caller::with(&world, "2026/", key, secret);
    at_rest_with_its_instance(&world, key, secret);

    let gone = world.run(&["credentials", "remove", "our-sis-2026", "--yes"]);
    gone.expect(0).says("is gone");
    assert_eq!(
        world
            .token_at("/api/2026/oauth/token", world.port, key, secret)
            .status,
        401
    );
    assert!(!world.text("secrets.json").contains("credential-"));
    let after =
        ["dbo.vendors", "dbo.applications", "dbo.apiclients"].map(|table| rows(&world, table));
    assert_eq!(after, before);
    assert_eq!(rows(&world, "edfi_setup.credential"), "0");
    // All secrets of before are still there.
    world
        .run(&["up", &wanted, "--yes"])
        .expect(0)
        .says("Nothing to do");
}

fn at_rest_with_its_instance(world: &World, key: &str, secret: &str) {
    let name = world.name.as_str();
    world
        .run(&["remove", "year", "2026", "--name", name, "--yes"])
        .expect(0);
    assert_eq!(
        world
            .token_at("/api/2026/oauth/token", world.port, key, secret)
            .status,
        401
    );
    world.run(&["credentials", "list"]).expect(0).says("rests");
    world
        .run(&["add", "year", "2026", "--name", name, "--yes"])
        .expect(0);
    let program = Caller::with(world, "2026/", key, secret);
    assert_eq!(program.schools("2026/"), [7]);
    world.run(&["credentials", "list"]).expect(0).says("yes");
}
