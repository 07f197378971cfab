//! Any printable secret arrives in its container as it is: by the rules, and by a real Compose.

use std::collections::BTreeMap;
use std::path::Path;

use edfi_setup::export::{self, Exported, FileMode};
use proptest::prelude::*;
use serde_json::Value;

use crate::compose::Compose;
use crate::world::{interpolated, profiles, real_compose, stack_with, succeeded, variables};

/// Makes a secret recognisable wherever it stands.
const SIGN: &str = "q7Zx";

/// What people choose, and what readers of YAML and of `.env` stumble over.
const AWKWARD: [&str; 30] = [
    "yes",
    "no",
    "null",
    "~",
    "1_000",
    "0042",
    "1e3",
    "0x1f",
    "12:30:45",
    "#nothing",
    "a #b",
    "a: b",
    "- a",
    "$HOME",
    "${HOME}",
    "$$",
    "a$",
    "\\$HOME",
    "\\",
    "a\\",
    "'",
    "\"",
    "it's",
    "\\'",
    "\\\"",
    "' \"$x\" \\",
    " padded ",
    "{a}",
    "%s&*!|>@`",
    "Grüße ✓",
];

fn text<'a>(exported: &'a Exported, name: &str) -> &'a str {
    let file = exported.files.iter().find(|file| file.name == name);
    file.unwrap().text.expose()
}

/// The settings of a service as Compose would hand them to the container.
fn settings(exported: &Exported, service: &str) -> BTreeMap<String, String> {
    let known = variables(text(exported, export::ENV_FILE));
    let compose: serde_yaml::Value =
        serde_yaml::from_str(text(exported, export::COMPOSE_FILE)).unwrap();
    let environment = compose["services"][service]["environment"].as_mapping();
    environment
        .unwrap()
        .iter()
        .map(|(name, value)| {
            let value = value.as_str().expect("a setting that is not text");
            (
                name.as_str().unwrap().to_owned(),
                interpolated(value, &known),
            )
        })
        .collect()
}

/// The files that hold secrets as Compose would place them, by service and path.
fn private_files(exported: &Exported) -> BTreeMap<(String, String), String> {
    let known = variables(text(exported, export::ENV_FILE));
    let compose: serde_yaml::Value =
        serde_yaml::from_str(text(exported, export::COMPOSE_FILE)).unwrap();
    let mut found = BTreeMap::new();
    for (service, value) in compose["services"].as_mapping().unwrap() {
        for secret in value["secrets"].as_sequence().into_iter().flatten() {
            let source = secret["source"].as_str().unwrap();
            let variable = compose["secrets"][source]["environment"].as_str().unwrap();
            let target = secret["target"].as_str().unwrap().to_owned();
            let service = service.as_str().unwrap().to_owned();
            found.insert((service, target), known[variable].clone());
        }
    }
    found
}

/// A profile, and the service of it whose settings are looked at.
const PLACES: [(&str, &str); 4] = [
    ("district-shared", "api"),
    ("demo", "sandbox-admin"),
    ("tenants-years", "api"),
    ("state-years", "cache"),
];

/// In one of the places, by its length: a secret's length is as random as the secret.
fn arrives_somewhere(secret: &str) {
    arrives_at(PLACES[secret.len() % PLACES.len()], secret);
}

fn arrives(secret: &str) {
    for place in PLACES {
        arrives_at(place, secret);
    }
}

fn arrives_at((profile, service): (&str, &str), secret: &str) {
    let stack = stack_with(profile, &[], |name| format!("{SIGN}{secret}{name}{secret}"));
    let exported = export::compose(&stack);
    let found = settings(&exported, service);
    let wanted = &stack.services[service].env;
    assert_eq!(found.len(), wanted.len());
    for (name, value) in wanted {
        assert_eq!(found[name], value.value.expose(), "{name}");
    }
    let found = private_files(&exported);
    for service in stack.services.values() {
        for file in service.files.iter().filter(|file| file.mode & 0o004 == 0) {
            let place = (service.name.clone(), file.path.clone());
            assert_eq!(found[&place], file.content.expose(), "{place:?}");
        }
    }
    for file in exported
        .files
        .iter()
        .filter(|file| file.mode == FileMode::Public)
    {
        assert!(!file.text.expose().contains(SIGN), "{}", file.name);
    }
}

#[test]
fn awkward_secrets_arrive() {
    for secret in AWKWARD {
        arrives(secret);
    }
    arrives("two\nlines\n");
    arrives("\r\n");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn any_printable_secret_arrives(secret in "\\PC{0,24}") {
        arrives_somewhere(&secret);
    }

    #[test]
    fn any_mix_of_awkward_characters_arrives(secret in r##"[\\$'"#{}\r\n a:%!-]{0,12}"##) {
        arrives_somewhere(&secret);
    }
}

/// What a real Compose makes of a project. It needs no engine for that.
fn configured(compose: &Compose, folder: &Path) -> Value {
    let output = compose
        .command()
        .args(["config", "--format", "json"])
        .current_dir(folder)
        .output()
        .unwrap();
    serde_json::from_str(&succeeded(&output)).unwrap()
}

#[tokio::test]
async fn a_real_compose_reads_what_was_meant() {
    let Some(compose) = real_compose().await else {
        return;
    };
    let home = tempfile::tempdir().unwrap();
    // Several secrets at a time: each gets the next awkward value.
    let profiles: Vec<&str> = profiles().collect();
    for (turn, profile) in profiles.iter().enumerate() {
        let stack = stack_with(profile, &[], |name| {
            let number = name.bytes().map(usize::from).sum::<usize>() + turn * 7;
            AWKWARD[number % AWKWARD.len()].to_owned()
        });
        let folder = home.path().join(turn.to_string());
        export::write(&export::compose(&stack), &folder, false).unwrap();
        let read = configured(&compose, &folder);
        for service in stack.services.values() {
            for (name, value) in &service.env {
                let found = read["services"][&service.name]["environment"][name].as_str();
                // What it prints is meant to be read again, so a dollar is doubled.
                let found = found.unwrap_or_default().replace("$$", "$");
                assert_eq!(found, value.value.expose(), "{name}");
            }
        }
        for service in stack.services.values() {
            let own = &read["services"][&service.name];
            let words = |value: &Value| -> Vec<String> {
                let words = value.as_array().into_iter().flatten();
                words
                    .map(|word| word.as_str().unwrap().to_owned())
                    .collect()
            };
            assert_eq!(words(&own["command"]), service.command, "{}", service.name);
            let aliases = words(&own["networks"]["default"]["aliases"]);
            assert_eq!(aliases, service.aliases, "{}", service.name);
        }
        let gateway = &read["services"]["gateway"];
        // Engines look such a number up among their own machine's users.
        assert!(gateway["secrets"][0]["uid"].is_null(), "{gateway}");
        assert_eq!(gateway["depends_on"]["api"]["condition"], "service_healthy");
        for volume in stack.volumes.keys() {
            let volumes = read["volumes"].as_object().unwrap();
            let own = volumes.values().find(|own| own["name"] == volume.as_str());
            assert_eq!(own.unwrap()["external"], true, "{volumes:?}");
        }
    }
}
