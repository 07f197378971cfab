//! Districts side by side: each by its address, or each by its key alone.

use crate::api::{Caller, profile};
use crate::load::{Keys, Load};
use crate::world::World;

#[test]
fn districts_have_addresses_of_their_own() {
    let world = World::new();
    let wanted = profile(
        &world,
        "districts",
        "instances: {districts: [255901, 255902]}",
    );
    world.up(&wanted);
    let containers = world.ids();
    let one = Caller::of(&world, "255901", "255901/");
    let two = Caller::of(&world, "255902", "255902/");
    one.send("255901/", 11);
    assert_eq!(one.schools("255901/"), [11]);
    assert!(two.schools("255902/").is_empty());
    for (caller, other) in [(&two, "255901/"), (&one, "255902/")] {
        let answer = caller.get(other);
        assert!([401, 403, 404].contains(&answer.status), "{answer:?}");
        assert!(!answer.body.contains("School"), "{answer:?}");
    }
    let keys = Keys::make(&world, "255901", "255901/");
    let sheet = world.home().path().join("districts.csv");
    std::fs::write(
        &sheet,
        "District,Name\n255903,\"North, Upper\"\n255904,South\n",
    )
    .unwrap();
    let named = format!("@{}", sheet.display());
    let load = Load::begin(&world, &one, "255901/", &keys);
    world
        .run(&["add", "district", &named, "--name", &world.name, "--yes"])
        .expect(0)
        .says("/api/255904/data/v3")
        .says("client-255903-key")
        .says("districts: [255901, 255902, 255903, 255904]");
    let requests = load.end(&world, "add district of two");
    assert!(requests > 100, "{requests}");
    assert!(
        Caller::of(&world, "255904", "255904/")
            .schools("255904/")
            .is_empty()
    );
    assert_eq!(world.ids(), containers, "no container was touched");
}

#[test]
fn districts_can_share_an_address_and_are_told_apart_by_their_keys() {
    let world = World::new();
    let lists = "instances: {districts: [255901, 255902], chosen_by: key}";
    world.up(&profile(&world, "districts", lists));
    let one = Caller::of(&world, "255901", "");
    let two = Caller::of(&world, "255902", "");
    one.send("", 11);
    two.send("", 22);
    assert_eq!(one.schools(""), [11]);
    assert_eq!(two.schools(""), [22]);
    let keys = Keys::make(&world, "255901", "");
    let load = Load::begin(&world, &one, "", &keys);
    world
        .run(&["add", "district", "255903", "--name", &world.name, "--yes"])
        .expect(0);
    let requests = load.end(&world, "add district by key");
    assert!(requests > 100, "{requests}");
    assert!(Caller::of(&world, "255903", "").schools("").is_empty());
}
