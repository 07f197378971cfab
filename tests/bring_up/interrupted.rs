//! A database server whose first start was cut off: nobody but us will ever fill it.

use crate::world::World;

#[test]
fn what_a_first_start_left_out_is_made_and_nothing_of_others_is_dropped() {
    let world = World::new();
    let profile = world.profile();
    let arguments = ["up", &profile, "--yes", "--output", "json"];

    // As in a power cut, in the midst of the image's own filling.
    let run = world.start(&arguments);
    let server = world.container("db-ods");
    world
        .lab
        .until_logged(&server, "running /docker-entrypoint-initdb.d/");
    world.lab.kill(&server);
    let failed = run.finish();
    failed.expect(1);
    let failure = &failed.event("step-failed")["failure"];
    assert_eq!(
        (&failure["service"], &failure["code"]),
        (&"db-ods".into(), &"E-4026".into())
    );
    let again = world.up(&profile);
    assert!(
        again.causes("start:db-ods").contains("it is stopped"),
        "{again}"
    );
    assert_eq!(again.event("end")["outcome"], "done");
    assert_eq!(
        world
            .data(world.port, "/api/data/v3/ed-fi/schools", None)
            .status,
        200
    );

    // Every state such a cut can leave, with somebody's own table in it.
    for (state, left) in [
        ("missing", &[][..]),
        ("empty", &["CREATE TABLE theirs AS SELECT 'mine' AS word"]),
        (
            "half filled",
            &[
                "CREATE TABLE theirs AS SELECT 'mine' AS word",
                "CREATE SCHEMA edfi",
                "CREATE TABLE edfi.school (schoolid bigint)",
            ],
        ),
    ] {
        after_a_cut(&world, &profile, state, left);
    }
}

/// Puts `EdFi_Ods` into a state that a cut can leave, and expects it whole after the next run.
fn after_a_cut(world: &World, profile: &str, state: &str, left: &[&str]) {
    world.lab.stop(&world.container("api"));
    for text in [
        "DROP DATABASE \"EdFi_Ods\" WITH (FORCE)",
        // What an earlier run of ours did not finish is in nobody's way.
        "CREATE DATABASE \"EdFi_Ods (being made)\"",
    ] {
        world.sql("db-ods", "postgres", text);
    }
    if !left.is_empty() {
        world.sql("db-ods", "postgres", "CREATE DATABASE \"EdFi_Ods\"");
    }
    for text in left {
        world.sql("db-ods", "EdFi_Ods", text);
    }
    let names = "SELECT datname FROM pg_database WHERE datname LIKE 'EdFi%' ORDER BY 1";
    let before = world.sql("db-ods", "postgres", names);

    let up = world.up(profile);
    assert!(
        up.causes("databases")
            .contains("database EdFi_Ods is missing"),
        "{state}: {up}"
    );
    let done = if left.is_empty() {
        "\"made EdFi_Ods;"
    } else {
        "\"aside EdFi_Ods, made EdFi_Ods;"
    };
    assert!(up.out.contains(done), "{state}: {up}");
    let keys = "SELECT count(*) > 0 FROM pg_constraint WHERE contype = 'f'";
    assert_eq!(world.sql("db-ods", "EdFi_Ods", keys), "t", "{state}");
    let after = world.sql("db-ods", "postgres", names);
    assert!(!after.contains("being made"), "{state}: {after}");
    let aside: Vec<_> = after
        .lines()
        .filter(|name| name.contains("(incomplete ") && !before.contains(name))
        .collect();
    assert_eq!(
        aside.len(),
        usize::from(!left.is_empty()),
        "{state}: {after}"
    );
    for name in aside {
        let theirs = world.sql("db-ods", name, "SELECT word FROM theirs");
        assert_eq!(theirs, "mine", "{state}");
    }
}
