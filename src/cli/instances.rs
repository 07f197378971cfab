//! `add` and `remove`: school years, districts and tenants of a deployment that runs.

use serde_json::json;

use crate::diagnostic::{Diagnostic, Severity};
use crate::run::Failure;
use crate::session::addition::{self, Added, Began, Changed, Left};
use crate::session::lists::{self, Kind as List};
use crate::session::{self, Kind, Trouble};
use crate::words;

use super::args::{Add, Remove};
use super::up::{Ask, Carried, Errand, carry_out};
use super::{Desk, Verdict, down, now};

/// Names that are said one by one; more are counted.
const NAMED: usize = 6;
/// Instances whose address and keys are told one by one.
const TOLD: usize = 12;
/// The longest list that is put on the screen to be copied into a profile.
const LISTED: usize = 40;

/// Adds to a list of the deployment's profile and brings up what that means.
pub(super) async fn add(desk: &Desk, add: Add) -> Verdict {
    let engine = desk.engine().await?;
    let name = session::existing(&engine, &desk.home, add.which.name.as_deref()).await?;
    let values = addition::listed(add.kind, &add.values)?;
    let changed = addition::add(&desk.home, &name, add.kind, &values, add.from.as_deref())?;
    addition::check(&engine, &desk.home, &changed, now()).await?;
    let change = &changed.change;
    if !change.known.is_empty() {
        desk.printer.say(format!(
            "{name} has {} already; what is missing is made.",
            several(&change.known)
        ));
    }
    let question = format!("Add {} to {name}?", several(&change.values));
    let errand = Errand {
        verb: "add",
        question: &question,
        ask: if add.yes { Ask::No } else { Ask::Yes },
        only: Some(change.instances.clone()),
    };
    match carry_out(desk, &engine, &changed.after, &errand).await? {
        Carried::Done(prepared) => {
            let added = addition::added(&changed, &prepared);
            tell_added(desk, &name, &changed, &added);
            Ok(0)
        }
        Carried::Ended(code) => Ok(code),
    }
}

/// Removes a whole deployment, or detaches from one: which of them is never guessed.
pub(super) async fn remove(desk: &Desk, remove: Remove) -> Verdict {
    let wrong = |message: String, help: &str| {
        let finding = Diagnostic::new("E-5101", Severity::Block, message).help(help);
        Err(Trouble::new(Kind::Input, finding))
    };
    let both = "To remove a whole deployment: edfi-setup remove NAME. To detach and keep the data: edfi-setup remove year 2025, remove district 255901, or remove tenant east.";
    let (first, values) = match remove.words.split_first() {
        Some((first, [])) => (Some(first), &[][..]),
        Some((first, values)) => (Some(first), values),
        None => (None, &[][..]),
    };
    if values.is_empty() {
        if remove.yes {
            return wrong(
                "--yes does not remove a whole deployment with its data.".to_owned(),
                "Its name has to be typed, or said once more with --confirm.",
            );
        }
        if first.is_some() && remove.name.is_some() {
            return wrong(
                "The deployment is named twice.".to_owned(),
                "Leave --name out; or say what to detach from it, as in: edfi-setup remove year 2025 --name NAME.",
            );
        }
        if let Some(kind) = first.and_then(|first| List::of(first))
            && !desk.home.folder(kind.word()).is_ok_and(|own| own.exists())
        {
            return wrong(
                format!("Which {} is to be detached was not said.", kind.title()),
                both,
            );
        }
        let name = first.or(remove.name.as_ref());
        return down::remove(desk, name.map(String::as_str), remove.confirm).await;
    }
    let Some(kind) = first.and_then(|first| List::of(first)) else {
        return wrong(
            format!(
                "{} is neither a year, a district nor a tenant.",
                first.map_or("", |first| first)
            ),
            both,
        );
    };
    if remove.confirm.is_some() {
        return wrong(
            "--confirm is for removing a whole deployment, and something to detach was named."
                .to_owned(),
            both,
        );
    }
    detach(desk, kind, values, remove.name.as_deref(), remove.yes).await
}

async fn detach(
    desk: &Desk,
    kind: List,
    words: &[String],
    name: Option<&str>,
    yes: bool,
) -> Verdict {
    let engine = desk.engine().await?;
    let name = session::existing(&engine, &desk.home, name).await?;
    let values = addition::listed(kind, words)?;
    let changed = addition::remove(&desk.home, &name, kind, &values)?;
    let left = addition::left(&desk.home, &changed, now())?;
    let question = format!(
        "Detach {} from {name}? The data stays.",
        several(&changed.change.values)
    );
    let errand = Errand {
        verb: "remove",
        question: &question,
        ask: if yes { Ask::No } else { Ask::Yes },
        // One that stays stands for all that were not touched.
        only: Some(
            changed
                .after
                .profile
                .instance_names()
                .into_iter()
                .take(1)
                .collect(),
        ),
    };
    match carry_out(desk, &engine, &changed.after, &errand).await? {
        Carried::Done(_) => {
            tell_left(desk, &name, &changed, &left);
            Ok(0)
        }
        Carried::Ended(code) => Ok(code),
    }
}

fn tell_added(desk: &Desk, name: &str, changed: &Changed, added: &[Added]) {
    let printer = &desk.printer;
    let profile = desk.home.folder(name).ok().map(|folder| folder.profile());
    printer.json(&json!({
        "event": "added",
        "deployment": name,
        "instances": added,
        "profile": profile,
    }));
    printer.say(format!(
        "\n{} of {name} answers at its own address.\n",
        several(&changed.change.values)
    ));
    for one in added.iter().take(TOLD) {
        let row = |label: &str, words: &str| printer.say(format!("    {label:<10} {words}"));
        printer.say(format!("  {}", one.instance));
        row("API", &one.address);
        row("token", &one.token);
        row(
            "database",
            &format!("{} on {}, {}", one.database, one.server, began(&one.began)),
        );
        row("key", &format!("{} and {}", one.key, one.secret));
    }
    if added.len() > TOLD {
        printer.say(format!("  and {} more", added.len() - TOLD));
    }
    printer.say(format!("\n  Keys: edfi-setup secrets show --name {name}"));
    own_profile(desk, name, changed, "takes it away again");
}

fn began(began: &Began) -> String {
    match began {
        Began::Empty => "new and empty".to_owned(),
        Began::Copy(from) => format!("a copy of {from}"),
        Began::Attached => "with the data that was there".to_owned(),
    }
}

fn tell_left(desk: &Desk, name: &str, changed: &Changed, left: &[Left]) {
    let printer = &desk.printer;
    let kind = changed.change.kind;
    printer.json(&json!({
        "event": "detached",
        "deployment": name,
        "instances": left,
        "answers_at_most_seconds": addition::CLIENTS_REMEMBERED,
    }));
    printer.say(format!(
        "\n{} of {name} is detached. No data was deleted.\n",
        several(&changed.change.values)
    ));
    for one in left.iter().take(TOLD) {
        printer.say(format!(
            "  {:<12} stays in {} on {}",
            one.instance,
            one.databases.join(", "),
            one.server
        ));
    }
    if left.len() > TOLD {
        printer.say(format!("  and {} more", left.len() - TOLD));
    }
    let values = changed.change.values.join(" ");
    let short = if changed.change.values.len() > NAMED {
        "…"
    } else {
        &values
    };
    printer.say(format!(
        "\n  To bring it back with its data: edfi-setup add {kind} {short} --name {name}"
    ));
    printer.say(format!(
        "  To see and delete it:           edfi-setup data --name {name}"
    ));
    printer.say(format!(
        "  The API remembers: programs with a token may be answered for up to {} more.",
        words::age(i64::try_from(addition::CLIENTS_REMEMBERED).unwrap_or(i64::MAX))
    ));
    own_profile(desk, name, changed, "brings it back");
}

/// A profile file that the operator keeps must be told, too, or the next `up` with it undoes this.
fn own_profile(desk: &Desk, name: &str, changed: &Changed, undoes: &str) {
    let printer = &desk.printer;
    let profile = &changed.after.profile;
    printer.say(format!(
        "\n  If you keep a profile file of your own, change it too: an up with the old one {undoes}."
    ));
    if profile.instance_names().len() <= LISTED {
        for line in lists::as_lines(profile, changed.change.kind).lines() {
            printer.say(format!("    {line}"));
        }
    } else if let Ok(folder) = desk.home.folder(name) {
        printer.say(format!(
            "  The whole profile as it is now: {}",
            folder.profile().display()
        ));
    }
}

/// A few names in full, many as a number.
fn several(values: &[String]) -> String {
    if values.len() <= NAMED {
        return values.join(", ");
    }
    let first: Vec<&str> = values.iter().take(3).map(String::as_str).collect();
    format!(
        "{} and {} more",
        first.join(", "),
        values.len() - first.len()
    )
}

/// A failed question or order as trouble.
pub(super) fn failed(failure: Failure) -> Trouble {
    let mut finding = Diagnostic::new(failure.code, Severity::Block, sentence(&failure.what))
        .help(failure.next_step);
    finding.found = failure.last_lines.last().cloned();
    Trouble::new(Kind::Failed, finding)
}

fn sentence(words: &str) -> String {
    crate::diagnostic::sentence(words)
}
