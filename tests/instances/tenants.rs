//! Tenants: nothing of one is open to another.

use crate::api::{Caller, profile};
use crate::load::{Keys, Load};
use crate::world::World;

fn two_tenants(world: &World) {
    let lists = "instances: {tenants: [north, south]}";
    world.up(&profile(world, "tenants", lists));
}

#[test]
fn a_tenant_s_key_is_unknown_to_the_others() {
    let world = World::new();
    two_tenants(&world);
    let north = Caller::of(&world, "north", "north/");
    let south = Caller::of(&world, "south", "south/");
    north.send("north/", 1);
    assert_eq!(north.schools("north/"), [1]);
    assert!(south.schools("south/").is_empty());
    for (caller, other) in [(&south, "north/"), (&north, "south/")] {
        let answer = caller.get(other);
        assert!([401, 403, 404].contains(&answer.status), "{answer:?}");
        assert!(!answer.body.contains("School"), "{answer:?}");
    }
    let [key, secret] = ["key", "secret"].map(|part| world.secret(&format!("client-north-{part}")));
    let refused = world.token_at("/api/south/oauth/token", world.port, &key, &secret);
    assert_eq!(refused.status, 401, "{refused:?}");
}

/// The API learns of a tenant from its environment, so its container is made anew, while a spare answers.
#[test]
fn a_tenant_comes_and_goes_and_nobody_is_interrupted() {
    let world = World::new();
    two_tenants(&world);
    let north = Caller::of(&world, "north", "north/");
    north.send("north/", 1);
    let keys = Keys::make(&world, "north", "north/");
    let run = |words: &[&str]| {
        let mut all = words.to_vec();
        all.extend(["--name", &world.name, "--yes"]);
        world.run(&all).expect(0);
    };
    let mut requests = 0;
    let load = Load::begin(&world, &north, "north/", &keys);
    run(&["add", "tenant", "east", "--from", "north"]);
    requests += load.end(&world, "add tenant east");
    let east = Caller::of(&world, "east", "east/");
    assert_eq!(east.schools("east/"), [1]);
    east.send("east/", 2);

    let load = Load::begin(&world, &north, "north/", &keys);
    run(&["remove", "tenant", "east"]);
    requests += load.end(&world, "remove tenant east");
    let load = Load::begin(&world, &north, "north/", &keys);
    run(&["add", "tenant", "east"]);
    requests += load.end(&world, "add tenant east again");
    assert!(requests > 100, "{requests}");
    assert_eq!(Caller::of(&world, "east", "east/").schools("east/"), [1, 2]);
    assert_eq!(north.schools("north/"), [1]);
}
