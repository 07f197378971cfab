//! The whole text of what the built-in profiles export, and what holds for all of it.

use std::fmt::Write as _;

use edfi_setup::deployment::Secret;
use edfi_setup::export::{self, Exported, FileMode};
use edfi_setup::stack::Stack;

use crate::world::{KEY, stack_with, variables};

const PROFILES: [&str; 2] = ["district-shared", "demo"];

fn stack_of(name: &str, set: &[&str]) -> Stack {
    stack_with(name, set, |secret| format!("value-of-{secret}"))
}

/// Every file, one after the other.
fn whole(exported: &Exported) -> String {
    let mut text = String::new();
    for file in &exported.files {
        let mode = match file.mode {
            FileMode::Public => "",
            FileMode::Private => " (private)",
        };
        writeln!(
            text,
            "═══ {}{mode}: {} ═══\n{}",
            file.name,
            file.about,
            file.text.expose()
        )
        .unwrap();
    }
    text
}

#[test]
fn the_built_in_profiles_export_like_this() {
    for name in PROFILES {
        let stack = stack_of(name, &[]);
        let exported = export::compose(&stack);
        insta::assert_snapshot!(format!("compose_{name}"), whole(&exported));
        let compose = &exported.files[0];
        assert_eq!(compose.name, export::COMPOSE_FILE);
        assert_eq!(compose.text.expose(), export::compose_text(&stack));
    }
}

#[test]
fn secrets_stand_in_private_files_only() {
    for name in PROFILES {
        let exported = export::compose(&stack_of(name, &["swagger_ui=true"]));
        for file in &exported.files {
            let text = file.text.expose();
            let secret = text.contains("value-of-") || text.contains(KEY.lines().nth(1).unwrap());
            assert_eq!(secret, file.mode == FileMode::Private, "{}", file.name);
        }
    }
}

/// The page for people speaks of no variable and no file that is not there.
#[test]
fn the_page_names_only_what_there_is() {
    for name in PROFILES {
        let exported = export::compose(&stack_of(name, &[]));
        let text = |name: &str| {
            let file = exported.files.iter().find(|file| file.name == name);
            file.unwrap().text.expose().to_owned()
        };
        let known = variables(&text(export::ENV_FILE));
        let readme = text("README.md");
        let quoted: Vec<&str> = readme.split('`').skip(1).step_by(2).collect();
        let mut named = 0;
        for word in quoted {
            if word.starts_with("EDFI_") {
                assert!(known.contains_key(word), "{word} in {name}");
                named += 1;
            }
            if word.starts_with("gateway/") || word == "ca.crt" {
                text(word);
            }
        }
        assert!(named >= 2, "{named} in {name}");
    }
}

/// Where browsers know the certificate's authority already, nobody is told to trust another.
#[test]
fn a_certificate_that_everybody_trusts_needs_no_authority() {
    let mut stack = stack_of("district-shared", &[]);
    stack.access.authority_pem = None;
    let exported = export::compose(&stack);
    for file in &exported.files {
        assert_ne!(file.name, "ca.crt");
        assert!(!file.text.expose().contains("ca.crt"), "{}", file.name);
    }
}

#[test]
fn two_secrets_never_share_a_variable() {
    let stack = stack_of("demo", &[]);
    let exported = export::compose(&stack);
    let env = exported
        .files
        .iter()
        .find(|file| file.name == export::ENV_FILE);
    let known = variables(env.unwrap().text.expose());
    for service in stack.services.values() {
        for (name, value) in service.env.iter().filter(|(_, value)| value.secret) {
            let variable = known.get(&format!("EDFI_{name}"));
            assert_eq!(
                variable.map(String::as_str),
                Some(value.value.expose()),
                "{name}"
            );
        }
    }
    assert_eq!(known["EDFI_GATEWAY_SERVER_KEY"], KEY);
}

#[test]
fn the_same_setting_with_another_value_gets_a_variable_of_its_own() {
    let mut stack = stack_of("district-shared", &[]);
    let api = stack.services.get_mut("api").unwrap();
    let setting = api.env.get_mut("POSTGRES_PASSWORD").unwrap();
    setting.value = Secret::new("another");
    let exported = export::compose(&stack);
    let env = exported
        .files
        .iter()
        .find(|file| file.name == export::ENV_FILE);
    let known = variables(env.unwrap().text.expose());
    assert_eq!(
        known["EDFI_POSTGRES_PASSWORD"],
        "value-of-postgres-password"
    );
    assert_eq!(known["EDFI_API_POSTGRES_PASSWORD"], "another");
    let compose = export::compose_text(&stack);
    assert!(compose.contains("POSTGRES_PASSWORD: \"${EDFI_API_POSTGRES_PASSWORD}\""));
}
