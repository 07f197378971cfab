//! `export`: the deployment as files for another tool.

use std::path::Path;

use serde_json::json;

use crate::deployment::Redactor;
use crate::deployment::file::shell_word;
use crate::export::{
    self, COMPOSE_FILE, ENV_FILE, Exported, FileMode, FolderError, VOLUMES_FILE, Written,
};
use crate::plain::Table;
use crate::session::{self, Kind, Looked, Trouble};

use super::args::{Exports, Wanted};
use super::{Desk, Verdict, now};

/// Runs an `export` command.
pub(super) fn exports(desk: &Desk, command: Exports) -> Verdict {
    match command {
        Exports::Compose { wanted, to, force } => compose(desk, wanted, &to, force),
    }
}

fn compose(desk: &Desk, wanted: Wanted, to: &Path, force: bool) -> Verdict {
    let loaded = session::profile(&desk.home, &wanted.into())?;
    desk.printer.findings(&loaded.warnings, &loaded.source.text);
    let looked = session::look(&desk.home, &loaded.profile, now())?;
    desk.printer.guard(Redactor::new(&looked.secrets));
    let exported = export::compose(&looked.stack);
    let written = export::write(&exported, to, force).map_err(|error| {
        let kind = match error {
            FolderError::File(_) => Kind::Failed,
            _ => Kind::Blocked,
        };
        Trouble::new(kind, error.diagnostic())
    })?;
    if desk.printer.for_people() {
        tell(desk, &looked, &exported, &written);
    } else {
        tell_programs(desk, &looked, &exported, &written);
    }
    Ok(0)
}

/// What to type next, in the folder.
fn next_commands() -> [String; 2] {
    [
        format!("sh {VOLUMES_FILE}"),
        "docker compose up -d --wait".to_owned(),
    ]
}

fn tell(desk: &Desk, looked: &Looked, exported: &Exported, written: &Written) {
    let printer = &desk.printer;
    let folder = written.folder.display();
    let done = if written.replaced {
        "The earlier export was replaced"
    } else {
        "Written"
    };
    printer.say(format!(
        "{done}: a Compose project for {}, in {folder}.\n",
        looked.stack.deployment
    ));
    let mut table = Table::new(&["file", "what it is", "who can read it"]);
    for file in &exported.files {
        let readers = match file.mode {
            FileMode::Public => "",
            FileMode::Private => "only you; holds secrets",
        };
        table.row([file.name.clone(), file.about.clone(), readers.to_owned()]);
    }
    if !exported.programs.is_empty() {
        let count = exported.programs.len();
        let about = format!("programs of extensions, files: {count}");
        table.row(["extensions/".to_owned(), about, String::new()]);
    }
    printer.say(table.to_string());
    printer.say(if looked.made_up.is_empty() {
        format!(
            "Passwords and certificate are those of the deployment {}.",
            looked.stack.deployment
        )
    } else {
        format!(
            "New, made for this export and kept nowhere else: {}. Keep a copy of {ENV_FILE} in a safe place.",
            looked.made_up.join(", ")
        )
    });
    printer.say(format!(
        "\nTo start it, with Docker Compose 2.24 or newer:\n\n  cd {}",
        shell_word(&written.folder)
    ));
    for command in next_commands() {
        printer.say(format!("  {command}"));
    }
}

fn tell_programs(desk: &Desk, looked: &Looked, exported: &Exported, written: &Written) {
    let files: Vec<_> = exported
        .files
        .iter()
        .map(|file| {
            json!({
                "name": file.name,
                "about": file.about,
                "secret": file.mode == FileMode::Private,
            })
        })
        .chain(exported.programs.iter().map(|program| {
            json!({
                "name": program.name,
                "about": "of an extension's program",
                "secret": false,
            })
        }))
        .collect();
    desk.printer.json(&json!({
        "event": "exported",
        "deployment": looked.stack.deployment,
        "folder": written.folder,
        "compose": written.folder.join(COMPOSE_FILE),
        "replaced": written.replaced,
        "files": files,
        "made_up": looked.made_up,
        "next": next_commands(),
    }));
}
