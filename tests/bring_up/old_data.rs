//! Data that was made with other secrets.

use crate::world::World;

#[test]
fn old_data_and_new_secrets_are_brought_together_only_on_demand() {
    let world = World::new();
    let profile = world.profile();
    world.up(&profile);
    let old = world.secret("postgres-password");
    world.sql(
        "db-ods",
        "EdFi_Ods",
        "CREATE TABLE kept (word text); INSERT INTO kept VALUES ('still here');",
    );
    world.run(&["down", &world.name, "--yes"]).expect(0);

    // Half of the two copies is not a loss.
    std::fs::remove_file(world.file("secrets.json")).unwrap();
    world
        .run(&["up", &profile, "--yes"])
        .expect(1)
        .says("secrets.json.bak");
    assert!(!world.file("secrets.json").exists());
    std::fs::remove_file(world.file("secrets.json.bak")).unwrap();

    let volumes = world.observed().volumes;
    let blocked = world.run(&["up", &profile, "--yes"]);
    blocked
        .expect(3)
        .says("E-3001")
        .says("edfi-setup secrets adopt --name");
    let found = world.observed();
    assert!(
        found.containers.is_empty() && found.networks.is_empty(),
        "nothing may start"
    );
    assert_eq!(found.volumes, volumes);
    world.run(&["plan", &profile]).expect(3).says("E-3001");

    world
        .run(&["secrets", "adopt", "--name", &world.name])
        .expect(2)
        .says("--yes");
    world
        .run(&["secrets", "adopt", "--name", &world.name, "--yes"])
        .expect(0)
        .says("has the present password");
    assert_ne!(world.secret("postgres-password"), old);
    world.up(&profile);
    assert_eq!(
        world.sql("db-ods", "EdFi_Ods", "SELECT word FROM kept"),
        "still here"
    );
    assert_eq!(
        world.sql(
            "db-admin",
            "EdFi_Admin",
            "SELECT count(*) FROM dbo.odsinstances"
        ),
        "1"
    );
    assert_eq!(
        world
            .data(world.port, "/api/data/v3/ed-fi/schools", None)
            .status,
        200
    );
    world
        .run(&["secrets", "adopt", "--name", &world.name, "--yes"])
        .expect(0)
        .says("nothing to adopt");
}
