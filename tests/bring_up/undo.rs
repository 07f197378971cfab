//! Undoing a run on a real engine: what it made goes, data and what was there before stay.

use std::sync::Mutex;

use edfi_setup::run::{Event, Made, Outcome};
use edfi_setup::session::{self, Wish};
use jiff::Timestamp;

use crate::world::World;

#[test]
fn a_run_is_undone_and_neither_data_nor_older_containers_are_touched() {
    let world = World::new();
    let profile = world.profile();
    world.up(&profile);
    let keys = "SELECT count(*) FROM dbo.apiclients";
    let clients = world.sql("db-admin", "EdFi_Admin", keys);
    let before = world.ids();
    world.lab.remove_container(&world.container("api"));
    world.lab.remove_container(&world.container("gateway"));

    let made = Mutex::<Made>::default();
    let home = world.home();
    let wish = Wish {
        profile: Some(profile.clone()),
        ..Wish::default()
    };
    let loaded = session::profile(&home, &wish).unwrap();
    let lines = world.lab.with_engine("start and undo", async |engine| {
        let begun = session::begin(&home, &loaded, "up", Timestamp::now()).unwrap();
        let prepared = begun.prepare(engine).await.unwrap();
        let emit = |event: Event| {
            made.lock().unwrap().heard(&prepared.plan, &event);
        };
        let run = prepared.run(engine, &emit, std::future::pending());
        assert_eq!(run.await.unwrap().outcome, Outcome::Done);
        // Undoing takes the lock again.
        drop(prepared);
        let made = made.lock().unwrap().clone();
        assert_eq!(made.counted(), "2 containers");
        session::undo(&home, engine, &made, Timestamp::now(), &|_| {})
            .await
            .unwrap()
    });
    assert_eq!(lines.len(), 2, "{lines:?}");

    let after = world.ids();
    assert!(!after.contains_key("api") && !after.contains_key("gateway"));
    for (service, id) in &after {
        assert_eq!(before.get(service), Some(id), "{service} is the one it was");
    }
    assert_eq!(after.len(), before.len() - 2);
    assert_eq!(world.lab.networks(&world.name), 1, "it was there before");

    world.up(&profile);
    assert_eq!(
        world.sql("db-admin", "EdFi_Admin", keys),
        clients,
        "the data is the same"
    );
}
