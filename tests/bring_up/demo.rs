//! The demo, as somebody meets it first: one command, no questions, sample data.

use crate::world::{PREFIX, World};

const SCHOOLS: &str = "/api/data/v3/ed-fi/schools";

#[test]
fn the_demo_asks_nothing_and_ends_verified_with_sample_schools() {
    let world = World::new();
    let port = format!("access.port={}", world.port);
    let registry = format!("images.registry={PREFIX}");
    let name = world.name.as_str();
    let command = [
        "demo",
        "--practice",
        "--name",
        name,
        "--set",
        &port,
        "--set",
        &registry,
    ];

    let demo = world.run(&command);
    demo.expect(0)
        .says("practice images made here")
        .says("Practice images: 0 made")
        .says("the first is ")
        .says(&format!("Ready: {name} is verified"))
        .says(&format!("https://localhost:{}/admin/", world.port))
        .says(&format!("edfi-setup remove {name}"));

    let populated = world.data_of("populated", world.port, SCHOOLS, None);
    let schools = populated.json();
    assert!(!schools.as_array().unwrap().is_empty(), "{populated:?}");
    let minimal = world.data_of("minimal", world.port, SCHOOLS, None);
    assert_eq!((minimal.status, minimal.body.as_str()), (200, "[]"));
    let page = world.get(world.port, "/", None);
    assert_eq!(page.status, 200, "{page:?}");
    assert!(page.body.to_lowercase().contains("swagger"), "{page:?}");
    let page = world.get(world.port, "/admin/", None);
    assert_eq!(page.status, 200, "{page:?}");
    assert!(
        page.body.contains("Populated") && page.body.contains("Minimal"),
        "{page:?}"
    );

    let before = world.observed();
    world
        .run(&command)
        .expect(0)
        .says("Nothing to do")
        .says("Ready");
    assert_eq!(world.observed(), before);
    world.run(&["verify", name]).expect(0);
    let status = world.run(&["status", name, "--output", "json"]);
    status.expect(0);
    let status = status.json();
    let instances = status["instances"].as_array().unwrap();
    assert_eq!(instances.len(), 2, "{instances:?}");
    for file in ["journal.jsonl", "profile.yml", "record.json"] {
        world.assert_nothing_secret(file, &world.text(file));
    }
}
