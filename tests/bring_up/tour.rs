//! The tour of a deployment that really runs: a try-out and a district, each from first to last step.

use serde_json::Value;

use crate::world::{PREFIX, World};

/// Takes the tour as a program does, and gives its steps.
fn steps(world: &World) -> Vec<Value> {
    let tour = world.run(&["tour", &world.name, "--output", "json"]);
    tour.expect(0);
    let steps = tour.events();
    assert_eq!(steps.len(), 8, "{tour}");
    for step in &steps {
        assert_eq!(step["good"], true, "{step:#}");
    }
    steps
}

fn statuses(step: &Value) -> Vec<u64> {
    let exchanges = step["exchanges"].as_array().unwrap();
    let status = |exchange: &Value| exchange["status"].as_u64().unwrap();
    exchanges.iter().map(status).collect()
}

/// The answer of a step's first request, as it was shown.
fn shown(step: &Value) -> String {
    step["exchanges"][0]["lines"].to_string()
}

#[test]
fn a_tour_of_the_try_out_shows_its_sample_data() {
    let world = World::new();
    let port = format!("access.port={}", world.port);
    let registry = format!("images.registry={PREFIX}");
    let name = ["--name", world.name.as_str()];
    let set = ["--set", port.as_str(), "--set", registry.as_str()];
    let demo = [&["demo", "--practice"][..], &name, &set].concat();
    world.run(&demo).expect(0);

    let steps = steps(&world);
    assert_eq!(statuses(&steps[1]), [200]);
    assert!(shown(&steps[2]).contains("bearer"), "{:#}", steps[2]);
    assert!(
        shown(&steps[3]).contains("nameOfInstitution"),
        "{:#}",
        steps[3]
    );
    assert!(shown(&steps[4]).contains("lastSurname"), "{:#}", steps[4]);
    assert!(!shown(&steps[4]).contains("•••"), "{:#}", steps[4]);
    assert_eq!(statuses(&steps[5]), [200, 403]);
    let refused = steps[5]["exchanges"][1]["lines"].to_string();
    assert!(refused.contains("access-denied:action"), "{refused}");
    let pages = steps[6]["rows"].to_string();
    assert!(
        pages.contains("/admin/") && pages.contains("Swagger UI"),
        "{pages}"
    );
}

#[test]
fn a_tour_of_a_district_hides_its_students_and_leaves_no_key() {
    let world = World::new();
    world.up(&world.profile());
    let clients = "SELECT count(*) FROM dbo.apiclients";
    let before = world.sql("db-admin", "EdFi_Admin", clients);

    let steps_of_none = steps(&world);
    assert!(steps_of_none[4]["exchanges"][0]["example"].is_array());
    assert_eq!(world.sql("db-admin", "EdFi_Admin", clients), before);

    // A child that the district's own key may see, and so the tour's.
    for statement in [
        "INSERT INTO edfi.educationorganization (educationorganizationid, nameofinstitution, discriminator) \
         VALUES (255901, 'Grand Bend ISD', 'edfi.LocalEducationAgency')",
        "INSERT INTO edfi.student (studentuniqueid, firstname, lastsurname, birthdate, discriminator) \
         VALUES ('604822', 'Amaya', 'Oakhurst', '2015-01-31', 'edfi.Student')",
        "CREATE OR REPLACE VIEW auth.educationorganizationidtostudentusi AS \
         SELECT 255901::bigint AS sourceeducationorganizationid, studentusi FROM edfi.student",
    ] {
        world.sql("db-ods", "EdFi_Ods", statement);
    }
    let steps = steps(&world);
    let student = &steps[4]["exchanges"][0];
    assert!(
        student["lines"].to_string().contains("lastSurname"),
        "{student:#}"
    );
    assert!(student["lines"].to_string().contains("•••"), "{student:#}");
    for hidden in ["Amaya", "Oakhurst", "604822", "2015-01-31"] {
        assert!(!student.to_string().contains(hidden), "{student:#}");
    }
    assert_eq!(world.sql("db-admin", "EdFi_Admin", clients), before);
    // Refused means unchanged.
    let years = "SELECT count(*) FROM edfi.schoolyeartype WHERE lastmodifieddate > createdate";
    assert_eq!(world.sql("db-ods", "EdFi_Ods", years), "0");
    backs_up_as_told(&world, &steps[7]);
}

/// The commands of the last step are there to be copied, so one of them is: the child is in the backup.
fn backs_up_as_told(world: &World, step: &Value) {
    let rows = step["rows"].as_array().unwrap();
    let told = |row: &&Value| {
        let text = row["text"].as_str().unwrap();
        row["label"] == "back up" && text.contains("db-ods")
    };
    let command = rows.iter().find(told).unwrap()["text"].as_str().unwrap();
    let container = world.container("db-ods");
    let file = format!(" > {}-db-ods.sql", world.name);
    let inside = command
        .strip_prefix(&format!("docker exec {container} "))
        .and_then(|rest| rest.strip_suffix(&file));
    let inside: Vec<&str> = inside.expect(command).split(' ').collect();
    let backup = world.lab.run(&container, &inside);
    assert!(backup.contains("CREATE DATABASE \"EdFi_Ods\""));
    assert!(backup.contains("Oakhurst"));
}
