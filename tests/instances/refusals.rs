//! What cannot be done is refused before anything is written.

use crate::api::profile;
use crate::world::World;

/// The files in the deployment's folder that a change would touch.
fn files(world: &World) -> [String; 2] {
    ["profile.yml", "secrets.json"].map(|name| world.text(name))
}

#[test]
fn wrong_words_change_nothing() {
    let world = World::new();
    let name = world.name.clone();
    world.up(&profile(
        &world,
        "district-years",
        "instances: {years: [2026, 2027]}",
    ));
    let (before, observed) = (files(&world), world.observed());
    let says = |words: &[&str], exit: i32, texts: &[&str]| {
        let ran = world.run(words);
        ran.expect(exit);
        for text in texts {
            ran.says(text);
        }
    };
    // All that is wrong is told at once.
    says(
        &["add", "year", "1999", "next", "--yes"],
        2,
        &["E-5100", "\"1999\"", "\"next\""],
    );
    says(
        &["add", "district", "255901", "--yes"],
        2,
        &["E-5102", "add year 2027"],
    );
    says(
        &["add", "year", "2030", "--from", "2062", "--yes"],
        2,
        &["E-5105"],
    );
    says(&["add", "year", "@no-such.csv", "--yes"], 2, &["E-5106"]);
    says(&["add", "year"], 2, &["required"]);
    says(&["add", "planet", "2030"], 2, &["planet"]);
    says(&["add", "year", "2030", "--name", "nobody"], 2, &["E-5011"]);
    says(
        &["remove", "year", "2031", "--yes"],
        2,
        &["E-5104", "2026, 2027"],
    );
    // A whole deployment and a part of one are never confused.
    says(&["remove", "year"], 2, &["E-5101", "was not said"]);
    says(&["remove", &name, "--yes"], 2, &["E-5101", "--confirm"]);
    says(&["remove", &name, "2026", "--yes"], 2, &["E-5101"]);
    says(
        &["remove", "year", "2026", "--confirm", &name],
        2,
        &["E-5101"],
    );
    says(&["remove", "2026", "--confirm", "2026"], 2, &["E-5010"]);
    says(
        &["remove", &name, "--name", &name, "--confirm", &name],
        2,
        &["E-5101"],
    );
    // Without a terminal nobody can say yes.
    says(
        &["remove", "year", "2026"],
        2,
        &["E-5032", "The data stays."],
    );
    says(&["data", "delete", "EdFi_Ods_2026"], 2, &["E-5111"]);
    says(
        &["credentials", "add", "--application", "SIS"],
        2,
        &["E-5124", "2026, 2027"],
    );
    says(
        &[
            "credentials",
            "add",
            "--application",
            "SIS",
            "--instance",
            "2026",
            "--claim-set",
            "Nobody",
        ],
        1,
        &["E-5123", "SIS Vendor"],
    );
    says(&["credentials", "remove", "sis", "--yes"], 2, &["E-5125"]);
    assert_eq!(files(&world), before);
    assert_eq!(world.observed(), observed);
}

#[test]
fn one_database_for_everything_has_no_list_to_add_to() {
    let world = World::new();
    world.up(&profile(&world, "district-shared", ""));
    let before = files(&world);
    world
        .run(&["add", "year", "2030", "--yes"])
        .expect(2)
        .says("E-5102")
        .says("edfi-setup up district-years");
    world
        .run(&["remove", "year", "2030", "--yes"])
        .expect(2)
        .says("E-5102");
    assert_eq!(files(&world), before);
}
