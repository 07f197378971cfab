//! `profile`: checking profiles and showing their form.

use serde_json::json;

use crate::plain::Table;
use crate::profile::{self, Override};
use crate::session::{Kind, Trouble};

use super::args::Profiles;
use super::{Desk, Verdict};

/// Runs a `profile` command.
pub(super) fn profiles(desk: &Desk, command: Profiles) -> Verdict {
    match command {
        Profiles::Check { file, set } => check(desk, &file, &set),
        Profiles::Schema => {
            desk.printer.raw(profile::schema().trim_end());
            Ok(0)
        }
        Profiles::List => {
            list(desk);
            Ok(0)
        }
        Profiles::Show { profile } => {
            let source = profile::find(&profile)?;
            desk.printer.raw(source.text.trim_end());
            Ok(0)
        }
    }
}

fn check(desk: &Desk, file: &str, set: &[String]) -> Verdict {
    let mut overrides = Vec::new();
    for argument in set {
        overrides.push(
            Override::parse(argument).map_err(|finding| Trouble::new(Kind::Input, *finding))?,
        );
    }
    let loaded = profile::load(file, &overrides)?;
    // What the catalog cannot serve is wrong too, though the form is right.
    let now = super::now();
    crate::session::look(&desk.home, &loaded.profile, now)?;
    desk.printer.findings(&loaded.warnings, &loaded.source.text);
    let name = &loaded.profile.name;
    desk.printer.say(format!(
        "{} is good: deployment {name}.",
        loaded.source.file.display()
    ));
    desk.printer
        .json(&json!({ "good": true, "profile": loaded.profile }));
    Ok(0)
}

fn list(desk: &Desk) {
    let names: Vec<&str> = profile::built_in().iter().map(|(name, _)| *name).collect();
    desk.printer.json(&json!({ "profiles": names }));
    let mut table = Table::new(&["profile", "what for"]);
    for (name, text) in profile::built_in() {
        let about = text
            .lines()
            .next()
            .unwrap_or_default()
            .trim_start_matches(['#', ' ']);
        table.row([(*name).to_owned(), about.to_owned()]);
    }
    desk.printer.say(table.to_string());
}
