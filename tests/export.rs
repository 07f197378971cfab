//! Exported projects: their text, and that no secret gets out of its place.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "helpers of tests fail by panicking"
)]

use std::fmt::Write as _;

use edfi_setup::catalog::Catalog;
use edfi_setup::deployment::{Secret, Secrets};
use edfi_setup::export::{self, Exported, FileMode};
use edfi_setup::profile::{self, Override};
use edfi_setup::stack::{self, Stack, StackInput};

const KEY: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2Vw\n-----END PRIVATE KEY-----\n";

fn stack_of(name: &str, set: &[&str]) -> Stack {
    let overrides: Vec<Override> = set
        .iter()
        .map(|argument| Override::parse(argument).unwrap())
        .collect();
    let profile = profile::load(name, &overrides).unwrap().profile;
    let values = stack::secret_requests(&profile).into_iter().map(|request| {
        (
            request.name.clone(),
            Secret::new(format!("value-of-{}", request.name)),
        )
    });
    let secrets = Secrets::with_values("first", values);
    stack::build(&StackInput {
        profile: &profile,
        catalog: &Catalog::embedded().unwrap(),
        secrets: &secrets,
        adopted_secrets: &secrets.adopted_ids,
        chain_pem: "chain\n",
        key_pem: &Secret::new(KEY),
        authority_pem: Some("authority\n"),
        certificate_until: Some(1_800_000_000),
    })
    .unwrap()
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
    for name in ["district-shared", "demo"] {
        let stack = stack_of(name, &[]);
        let exported = export::compose(&stack);
        insta::assert_snapshot!(format!("compose_{name}"), whole(&exported));
        let compose = &exported.files[0];
        assert_eq!(compose.name, export::COMPOSE_FILE);
        assert_eq!(compose.text.expose(), export::compose_text(&stack));
    }
}
