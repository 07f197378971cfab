//! `docs/use-cases.md` tells of every use case what really runs, from the stack itself.
//! `UPDATE_EXPECTED=1 cargo test --test export` writes those parts anew; the prose around them is by hand.

use std::fmt::Write as _;

use edfi_setup::stack::{Fill, Stack};

use crate::samples::{docs, updates};
use crate::world::{profiles, stack_with};

const ADVICE: &str = "UPDATE_EXPECTED=1 cargo test --test export";

/// Megabytes in words that can be compared at a glance.
fn size(megabytes: u64) -> String {
    if megabytes < 1000 {
        return format!("{megabytes} MB");
    }
    let tenths = (megabytes + 50) / 100;
    format!("{}.{} GB", tenths / 10, tenths % 10)
}

/// What a use case leads to: its picture, addresses, databases, and what it takes.
fn facts(profile: &str, stack: &Stack) -> String {
    let mut text = String::from("```text\n");
    for line in stack.picture() {
        writeln!(text, "{}", line.trim_end()).unwrap();
    }
    text.push_str("```\n\n");
    let api = stack.access.api();
    let databases = &stack.databases;
    text.push_str(
        "| data of | address of the data | address for tokens | database |\n|---|---|---|---|\n",
    );
    for instance in &databases.instances {
        let name = match instance.name.as_str() {
            "default" => "everybody",
            name => name,
        };
        writeln!(
            text,
            "| {name} | `{api}/{}` | `{api}/{}` | `{}` in `{}` |",
            instance.data_path, instance.token_path, instance.database, instance.service
        )
        .unwrap();
    }
    for sandbox in &databases.sandboxes {
        writeln!(
            text,
            "| the {} sandbox | `{api}/data/v3` | `{api}/oauth/token` | `EdFi_Ods_Sandbox_` with its key behind it, in `db-ods` |",
            sandbox.name
        )
        .unwrap();
    }
    let admin: Vec<String> = databases
        .tenants
        .iter()
        .flat_map(|tenant| [&tenant.admin, &tenant.security])
        .map(|name| format!("`{name}`"))
        .collect();
    let templates: Vec<String> = databases
        .wanted
        .iter()
        .filter(|database| database.template)
        .map(|database| format!("`{}`", database.name))
        .collect();
    writeln!(
        text,
        "\n- Keys and rights: {} in `{}`.",
        admin.join(", "),
        databases.admin_service
    )
    .unwrap();
    if !templates.is_empty() {
        writeln!(
            text,
            "- Templates that new databases are cloned from: {}.",
            templates.join(", ")
        )
        .unwrap();
    }
    let clones = databases
        .wanted
        .iter()
        .filter(|database| !matches!(database.fill, Fill::Dump(_)))
        .count();
    let containers = stack.services.len();
    writeln!(
        text,
        "- Memory: about {} for all {containers} containers together. Disk: about {} for images and the first data{}.",
        size(stack.memory_mb()),
        size(stack.disk_mb()),
        if clones > 0 { ", before any of your own" } else { "" },
    )
    .unwrap();
    writeln!(
        text,
        "- Profile: `edfi-setup profile show {profile}`. As a Compose project: [sample](samples/{profile}/README.md)."
    )
    .unwrap();
    text
}

#[test]
fn the_page_about_the_use_cases_is_current() {
    let path = docs().join("use-cases.md");
    let mut page = std::fs::read_to_string(&path).unwrap();
    for name in profiles() {
        let stack = stack_with(name, &[], |secret| format!("value-of-{secret}"));
        let wanted = facts(name, &stack);
        let begin = format!("<!-- facts of {name} -->\n");
        let end = "<!-- end of facts -->";
        let Some((before, rest)) = page.split_once(&begin) else {
            panic!(
                "docs/use-cases.md says nothing of {name}: give it a section with `{begin}{end}`, then {ADVICE}"
            );
        };
        let (found, after) = rest.split_once(end).unwrap();
        if updates() {
            page = format!("{before}{begin}\n{wanted}\n{end}{after}");
            continue;
        }
        assert!(
            found.trim() == wanted.trim(),
            "what docs/use-cases.md says of {name} is not current: {ADVICE}. It should be:\n{wanted}"
        );
    }
    if updates() {
        std::fs::write(&path, page).unwrap();
    }
}

/// The page is read on narrow screens, and pictures break when they are wrapped.
#[test]
fn pictures_are_narrow() {
    for name in profiles() {
        let stack = stack_with(name, &[], |secret| format!("value-of-{secret}"));
        for line in stack.picture() {
            assert!(line.chars().count() <= 76, "{name}: {line}");
        }
    }
}
