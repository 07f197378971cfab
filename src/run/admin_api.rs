//! The Admin API's own tables, made in the platform's databases by the SQL that is in its image.

use crate::engine::{Asset, Engine, EngineError};
use crate::extension::Script;
use crate::postgres;
use crate::stack::{AdminApi, WantedDatabase};

use super::databases::psql;
use super::execute::Run;
use super::failure::Failure;

/// Makes the tables where they are missing, each script whole or not at all, and once. Says what it did.
pub(super) async fn extend<E: Engine + Clone + 'static>(
    run: &Run<'_, E>,
) -> Result<Vec<String>, Failure> {
    let Some(admin_api) = &run.stack.admin_api else {
        return Ok(Vec::new());
    };
    let databases = &run.stack.databases;
    let service = &databases.admin_service;
    let look = postgres::observe_server(&[]);
    let look = psql(run.engine, run.stack, service, look).await?;
    let state = postgres::read_server_state(&look).unwrap_or_default();
    let lacks = |database: &&WantedDatabase| {
        let marks = state.extended.get(&database.name);
        !marks.is_some_and(|marks| marks.contains(&admin_api.mark))
    };
    let lacking: Vec<(&WantedDatabase, &str)> = databases
        .wanted
        .iter()
        .filter(lacks)
        .filter_map(|database| Some((database, admin_api.folder_for(database)?)))
        .collect();
    if lacking.is_empty() {
        return Ok(Vec::new());
    }
    let container = run.stack.container_name(&admin_api.service);
    let files = match run.engine.download(&container, &admin_api.scripts).await {
        Ok(files) => files,
        Err(EngineError::NotFound { .. }) => return Err(no_scripts(admin_api)),
        Err(error) => return Err(Failure::engine(&error, Some(&admin_api.service))),
    };
    let mut done = Vec::new();
    for (database, folder) in lacking {
        let scripts = scripts(&files, folder);
        if scripts.is_empty() {
            return Err(no_scripts(admin_api));
        }
        let script =
            postgres::extend_database(&database.name, database.template, &scripts, &admin_api.mark);
        psql(run.engine, run.stack, service, script)
            .await
            .map_err(|failure| unfit(failure, &database.name))?;
        done.push(format!("{} with the Admin API's tables", database.name));
    }
    Ok(done)
}

/// The SQL in one folder, in the order of the numbers that its files' names begin with.
fn scripts(files: &[Asset], folder: &str) -> Vec<Script> {
    let number = |path: &str| {
        let name = path.rsplit('/').next().unwrap_or(path);
        let digits = name.find(|c: char| !c.is_ascii_digit()).unwrap_or(0);
        name.get(..digits)
            .and_then(|digits| digits.parse::<u64>().ok())
            .unwrap_or(u64::MAX)
    };
    let mut scripts: Vec<Script> = files
        .iter()
        .filter(|file| {
            let inside = file.path.strip_prefix(folder);
            inside.is_some_and(|rest| rest.starts_with('/'))
                && std::path::Path::new(&file.path)
                    .extension()
                    .is_some_and(|ending| ending.eq_ignore_ascii_case("sql"))
        })
        .map(|file| {
            let text = String::from_utf8_lossy(&file.bytes);
            Script {
                path: file.path.clone(),
                // The package was made on another system.
                text: text.trim_start_matches('\u{feff}').replace("\r\n", "\n"),
            }
        })
        .collect();
    scripts.sort_by_key(|script| (number(&script.path), script.path.clone()));
    scripts
}

fn no_scripts(admin_api: &AdminApi) -> Failure {
    Failure {
        code: "E-4034",
        service: Some(admin_api.service.clone()),
        what: format!(
            "the image of {} has no SQL for its tables in {}",
            admin_api.service, admin_api.scripts
        ),
        meaning: "It is not the image that Ed-Fi publishes, or one of another version than 2.3."
            .to_owned(),
        next_step: format!(
            "Check images.replace.{} in the profile, then run the same command again.",
            admin_api.service
        ),
        ..Failure::default()
    }
}

fn unfit(failure: Failure, database: &str) -> Failure {
    Failure {
        code: "E-4035",
        what: format!("the Admin API's tables could not be made in {database}"),
        meaning: "Each of its scripts runs whole or not at all, and those that ran are not run again. Most often the \
                  Admin API is of another version than the database was made for."
            .to_owned(),
        next_step: "Look at the lines above. Without the Admin API the platform works as before: set \
                    admin_api.placement to none, and run the same command again."
            .to_owned(),
        ..failure
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_run_by_number_and_other_files_do_not() {
        let files = [
            ("Admin/00010-Last.sql", "ten"),
            ("Admin/00002-Next.sql", "\u{feff}a\r\nb\r\n"),
            ("Admin/readme.txt", ""),
            ("AdminOther/00001-No.sql", ""),
            ("Security/00001-Other.sql", ""),
            ("Admin/3-Third.sql", ""),
        ]
        .map(|(path, text)| Asset {
            path: path.to_owned(),
            bytes: std::sync::Arc::from(text.as_bytes()),
        });
        let found = scripts(&files, "Admin");
        let paths: Vec<&str> = found.iter().map(|script| script.path.as_str()).collect();
        assert_eq!(
            paths,
            [
                "Admin/00002-Next.sql",
                "Admin/3-Third.sql",
                "Admin/00010-Last.sql"
            ]
        );
        assert_eq!(found[0].text, "a\nb\n");
    }
}
