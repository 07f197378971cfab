//! `edfi-setup export compose`: what it says, whose secrets it takes, what it refuses.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use edfi_setup::deployment::Home;
use edfi_setup::profile;
use edfi_setup::session;
use jiff::Timestamp;
use serde_json::Value;

use crate::world::{files, program, said, succeeded, variables};

const EXPORT: [&str; 3] = ["export", "compose", "district-shared"];

fn with<'a>(more: &[&'a str]) -> Vec<&'a str> {
    EXPORT.iter().chain(more).copied().collect()
}

#[test]
fn says_what_it_wrote_and_shows_no_secret() {
    let home = tempfile::tempdir().unwrap();
    let output = program(home.path(), &with(&["--to", "out"]));
    let text = succeeded(&output);
    let folder = home.path().join("out");
    for (name, path) in files(&folder) {
        let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        let private = name == ".env" || name == "databases/db-admin.sql";
        assert_eq!(mode, if private { 0o600 } else { 0o644 }, "{name}");
        if !name.starts_with(".edfi-setup") {
            let line = text.lines().find(|line| line.contains(&name)).unwrap();
            assert_eq!(line.contains("only you; holds secrets"), private, "{line}");
        }
    }
    for part in [
        "New, made for this export and kept nowhere else:",
        "postgres-password",
        "sh create-volumes.sh",
        "docker compose up -d --wait",
    ] {
        assert!(text.contains(part), "{part}:\n{text}");
    }
    let env = fs::read_to_string(folder.join(".env")).unwrap();
    for (name, value) in variables(&env) {
        assert!(!said(&output).contains(&value), "{name} was shown");
    }
    // Looking at a deployment that does not exist makes none.
    assert!(!home.path().join("state/district").exists());
}

#[test]
fn a_deployment_that_exists_gives_its_own_secrets_and_certificate() {
    let home = tempfile::tempdir().unwrap();
    let wanted = profile::load("district-shared", &[]).unwrap().profile;
    let own = Home::at(home.path().join("state"));
    let opened = session::take(&own, &wanted, "a test", Timestamp::now()).unwrap();
    let text = succeeded(&program(home.path(), &with(&["--to", "out"])));
    assert!(
        text.contains("Passwords and certificate are those of the deployment district."),
        "{text}"
    );
    let read = |name: &str| fs::read_to_string(home.path().join("out").join(name)).unwrap();
    let known = variables(&read(".env"));
    let secret = |name: &str| opened.secrets.get(name).unwrap().expose();
    assert_eq!(known["EDFI_POSTGRES_PASSWORD"], secret("postgres-password"));
    assert_eq!(
        known["EDFI_FIRST_CLIENT_SECRET"],
        secret("first-client-secret")
    );
    assert_eq!(Some(read("ca.crt")), opened.stack.access.authority_pem);
    assert!(read("create-volumes.sh").contains(&opened.secrets.id));
}

#[test]
fn programs_get_one_line() {
    let home = tempfile::tempdir().unwrap();
    let output = program(home.path(), &with(&["--to", "out", "--output", "json"]));
    let told: Value = serde_json::from_str(&succeeded(&output)).unwrap();
    assert_eq!(told["event"], "exported");
    assert_eq!(told["deployment"], "district");
    assert_eq!(told["replaced"], false);
    assert_eq!(told["next"][1], "docker compose up -d --wait");
    let folder = told["folder"].as_str().unwrap();
    let mut names: Vec<_> = told["files"].as_array().unwrap().iter().collect();
    names.retain(|file| file["secret"] == true);
    let names: Vec<_> = names.iter().map(|file| file["name"].as_str()).collect();
    assert_eq!(names, [Some(".env"), Some("databases/db-admin.sql")]);
    assert!(files(folder.as_ref()).contains_key("compose.yaml"));
    assert!(
        told["made_up"]
            .as_array()
            .unwrap()
            .iter()
            .any(|name| name == "certificate")
    );
}

#[test]
fn wrong_input_is_named_and_nothing_is_written() {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join("full")).unwrap();
    fs::write(home.path().join("full/notes.txt"), "mine").unwrap();
    fs::write(home.path().join("a-file"), "mine").unwrap();
    for (arguments, code, part) in [
        (with(&[]), 2, "--to"),
        (with(&["--to", "full"]), 3, "notes.txt. (E-7001)"),
        (with(&["--to", "full", "--force"]), 3, "(E-7001)"),
        (with(&["--to", "a-file"]), 1, "is not a folder"),
        (with(&["--to", "new", "--name", "Not A Name"]), 2, "name"),
        (with(&["--to", "new", "--set", "release=1.0"]), 2, "1.0"),
        (
            vec!["export", "compose", "--to", "new"],
            2,
            "No profile was named",
        ),
        (
            vec!["export", "compose", "no-such-profile", "--to", "new"],
            2,
            "no-such-profile",
        ),
    ] {
        let output = program(home.path(), &arguments);
        let text = said(&output);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {text}");
        assert!(text.contains(part), "{arguments:?}: {text}");
    }
    assert!(!home.path().join("new").exists());
    let left: Vec<_> = files(&home.path().join("full")).into_keys().collect();
    assert_eq!(left, ["notes.txt"]);
}

#[test]
fn force_replaces_what_an_export_wrote() {
    let home = tempfile::tempdir().unwrap();
    succeeded(&program(home.path(), &with(&["--to", "out"])));
    let before = fs::read_to_string(home.path().join("out/.env")).unwrap();
    let refused = program(home.path(), &with(&["--to", "out"]));
    assert_eq!(refused.status.code(), Some(3));
    assert!(said(&refused).contains("add --force"), "{}", said(&refused));
    assert_eq!(
        before,
        fs::read_to_string(home.path().join("out/.env")).unwrap()
    );
    let text = succeeded(&program(home.path(), &with(&["--to", "out", "--force"])));
    assert!(text.contains("The earlier export was replaced"), "{text}");
    assert_ne!(
        before,
        fs::read_to_string(home.path().join("out/.env")).unwrap()
    );
}
