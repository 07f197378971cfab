//! Questions in a terminal, and what happens where nobody can be asked.

use crate::world::World;

#[test]
fn questions_are_asked_in_a_terminal_and_named_without_one() {
    let world = World::new();
    let profile = world.profile();
    let name = world.name.as_str();

    world.run(&["up", &profile]).expect(2).says("--yes");
    let mut up = world.terminal(&["up", &profile]);
    up.shows("Start?");
    assert!(up.screen().contains("Plan for"), "{}", up.screen());
    up.answers("n");
    assert_eq!(up.ends(), 3, "{}", up.screen());
    assert!(
        up.screen().contains("Nothing was changed."),
        "{}",
        up.screen()
    );
    assert!(world.observed().networks.is_empty());

    let mut up = world.terminal(&["up", &profile]);
    up.shows("Start?");
    up.answers("y");
    assert_eq!(up.ends(), 0, "{}", up.screen());
    assert!(up.screen().contains("Ready: "), "{}", up.screen());
    world.assert_nothing_secret("the screen", &up.screen());

    showing_secrets(&world);

    let before = world.observed();
    let mut down = world.terminal(&["down", name]);
    down.shows("Data stays.");
    down.answers("n");
    assert_eq!(down.ends(), 3, "{}", down.screen());
    let mut remove = world.terminal(&["remove", name]);
    remove.shows(&format!("Type {name} to remove it"));
    remove.answers("somebody-else");
    assert_eq!(remove.ends(), 3, "{}", remove.screen());
    assert_eq!(world.observed(), before);

    let mut remove = world.terminal(&["remove", name]);
    remove.shows(&format!("Type {name} to remove it"));
    remove.answers(name);
    assert_eq!(remove.ends(), 0, "{}", remove.screen());
    assert!(world.observed().volumes.is_empty());
}

fn showing_secrets(world: &World) {
    let show = [
        "secrets",
        "show",
        "first-client-secret",
        "--name",
        &world.name,
    ];
    let value = world.secret("first-client-secret");
    world.run(&show).expect(2).says("--yes");
    let mut no = world.terminal(&show);
    no.shows("Show first-client-secret");
    no.answers("n");
    assert_eq!(no.ends(), 3, "{}", no.screen());
    assert!(!no.screen().contains(&value), "{}", no.screen());
    let mut yes = world.terminal(&show);
    yes.shows("Show first-client-secret");
    yes.answers("y");
    assert_eq!(yes.ends(), 0, "{}", yes.screen());
    assert!(yes.screen().contains(&value), "{}", yes.screen());
}
