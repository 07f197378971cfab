//! `data`: which databases a deployment keeps, and deleting what is served no more.

use serde_json::json;

use crate::diagnostic::{Diagnostic, Severity};
use crate::engine::Engine;
use crate::engine::docker::DockerEngine;
use crate::plain::Table;
use crate::run;
use crate::session::kept::{self, Data};
use crate::session::{self, Kind, Looked, Trouble};
use crate::words;

use super::args::{DataCommand, Named};
use super::instances::failed;
use super::{Desk, Verdict, ask_for, down, look, now};

/// Runs a `data` command.
pub(super) async fn data(desk: &Desk, command: Option<DataCommand>, which: Named) -> Verdict {
    let engine = desk.engine().await?;
    let name = session::existing(&engine, &desk.home, which.name.as_deref()).await?;
    match command {
        None | Some(DataCommand::List) => list(desk, &engine, &name).await,
        Some(DataCommand::Delete {
            database, confirm, ..
        }) => delete(desk, &engine, &name, &database, confirm).await,
    }
}

async fn all(engine: &DockerEngine, looked: &Looked) -> Result<Vec<Data>, Trouble> {
    let stack = &looked.stack;
    let databases = run::kept(engine, stack).await.map_err(failed)?;
    let found = engine.observe(&stack.deployment).await?;
    Ok(kept::data(stack, &databases, &found))
}

async fn list(desk: &Desk, engine: &DockerEngine, name: &str) -> Verdict {
    let looked = look::looked(desk, name)?;
    let all = all(engine, &looked).await?;
    desk.printer
        .json(&json!({ "deployment": name, "data": all }));
    let mut table = Table::new(&["database", "server", "size", "last written", "what it is"]);
    for data in &all {
        table.row([
            data.name.clone(),
            data.server.clone(),
            size(data),
            written(data),
            if data.volume {
                "detached volume".to_owned()
            } else {
                data.standing.words()
            },
        ]);
    }
    desk.printer.say(table.to_string());
    if all.iter().any(|data| data.standing.may_go()) {
        desk.printer.say(format!(
            "\nWhat is detached or incomplete can be deleted: edfi-setup data delete NAME --name {name}"
        ));
    }
    Ok(0)
}

/// Deletes one, after the operator has named it and typed its name.
async fn delete(
    desk: &Desk,
    engine: &DockerEngine,
    name: &str,
    database: &str,
    confirm: Option<String>,
) -> Verdict {
    // Nobody may attach it again between the look and the deletion.
    let folder = down::folder(desk, name)?;
    let _lock = down::lock(&folder, &format!("data delete {database}"))?;
    let looked = look::looked(desk, name)?;
    let all = all(engine, &looked).await?;
    let data = kept::to_delete(&all, database, name)
        .map_err(|finding| Trouble::new(Kind::Input, *finding))?;
    let printer = &desk.printer;
    printer.say("This deletes for good:");
    printer.say(format!(
        "  DATA  {} {} of {name}, kept by {}: {}, last written {}",
        if data.volume {
            "the volume"
        } else {
            "the database"
        },
        data.name,
        data.server,
        size(data),
        written(data),
    ));
    if data.connections > 0 {
        printer.say(format!(
            "  {} programs are still connected to it; they are cut off.",
            data.connections
        ));
    }
    let typed = match confirm {
        Some(typed) => typed,
        None => ask_for(
            &format!("Data cannot be brought back. Type {database} to delete it:"),
            &format!("--yes --confirm {}", words::shell_word(database)),
        )?,
    };
    if typed.trim() != database {
        return Err(Trouble::new(
            Kind::Blocked,
            Diagnostic::new(
                "E-5112",
                Severity::Block,
                format!("The name typed is not {database}."),
            )
            .help("Nothing was deleted."),
        ));
    }
    if data.volume {
        engine.remove_volume(&data.name).await?;
    } else {
        run::drop_database(engine, &looked.stack, &data.server, &data.name)
            .await
            .map_err(failed)?;
    }
    printer.say(format!("{database} is gone."));
    printer.json(&json!({ "deployment": name, "deleted": database }));
    Ok(0)
}

fn size(data: &Data) -> String {
    data.bytes.map_or_else(|| "-".to_owned(), words::bytes)
}

fn written(data: &Data) -> String {
    data.written.map_or_else(
        || "-".to_owned(),
        |then| format!("{} ago", words::age(now().as_second() - then)),
    )
}
