//! Running an extension's SQL in a database, each script whole or not at all, and once.
//!
//! What ran is remembered in the database itself (`edfi_setup.script`), so that an interrupted run goes
//! on where it stopped; and when all of it ran, in the database's comment, where it can be seen without
//! connecting. A clone or copy has the tables and gets the comment of its origin.

use std::fmt::Write as _;

use crate::extension::Script;
use crate::fingerprint;

use super::databases::COMPLETE;
use super::quote::{identifier, literal};

/// A script that runs these scripts in a database, as far as they did not run yet, and notes `mark`.
/// `template` tells that nobody may connect to it before and after.
pub fn extend_database(database: &str, template: bool, scripts: &[Script], mark: &str) -> String {
    let own = identifier(database);
    let name = literal(database);
    let connections = |allowed: bool| {
        if template {
            format!("ALTER DATABASE {own} ALLOW_CONNECTIONS {allowed};\n")
        } else {
            String::new()
        }
    };
    let mut text = format!(
        "\\set VERBOSITY terse
{open}\\connect {own}
SET client_min_messages = warning;
CREATE SCHEMA IF NOT EXISTS edfi_setup;
CREATE TABLE IF NOT EXISTS edfi_setup.script (path text PRIMARY KEY, fingerprint text NOT NULL, written timestamptz NOT NULL DEFAULT now());
\\o /dev/null
",
        open = connections(true),
    );
    let extension = mark
        .split_once('@')
        .map_or(mark, |(extension, _)| extension);
    for script in scripts {
        let path = literal(&format!("{extension}/{}", script.path));
        let print = literal(&fingerprint::short(&script.text));
        // A script that is another than the one that ran is not run again: what it would do to tables
        // that are there already only its makers know.
        let _ = write!(
            text,
            "SELECT EXISTS (SELECT FROM edfi_setup.script WHERE path = {path}) AS ran \\gset
\\if :ran
\\else
BEGIN;
{sql}
;
INSERT INTO edfi_setup.script (path, fingerprint) VALUES ({path}, {print});
COMMIT;
\\endif
",
            sql = script.text,
        );
    }
    let _ = write!(
        text,
        "\\o
\\connect postgres
{close}SELECT format('COMMENT ON DATABASE %I IS %L', {name}, concat_ws('; ',
    coalesce((SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = {name}), {complete}), {mark})) \\gexec
\\echo extended {database}
",
        close = connections(false),
        complete = literal(COMPLETE),
        mark = literal(mark),
    );
    text
}

/// The same, but nothing where the mark is noted already: for a script whose reader cannot look first.
pub fn extend_database_once(
    database: &str,
    template: bool,
    scripts: &[Script],
    mark: &str,
) -> String {
    let name = literal(database);
    format!(
        "SELECT coalesce((SELECT {mark} = ANY (string_to_array(shobj_description(oid, 'pg_database'), '; '))
    FROM pg_database WHERE datname = {name}), false) AS extended \\gset
\\if :extended
\\else
{extend}\\endif
",
        mark = literal(mark),
        extend = extend_database(database, template, scripts, mark),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_script_runs_once_and_a_template_is_closed_again() {
        let scripts = ["a.sql", "b.sql"].map(|path| Script {
            path: path.to_owned(),
            text: format!("CREATE TABLE sample.\"{path}\" ()"),
        });
        let text = extend_database("EdFi_Ods_Template", true, &scripts, "sample@12345678");
        assert_eq!(text.matches("BEGIN;").count(), 2);
        assert_eq!(text.matches("COMMIT;").count(), 2);
        assert_eq!(
            text.matches("\\if ").count(),
            text.matches("\\endif").count()
        );
        let open = text.find("ALLOW_CONNECTIONS true").unwrap();
        let close = text.find("ALLOW_CONNECTIONS false").unwrap();
        assert!(open < text.find("\\connect").unwrap() && close > text.rfind("COMMIT").unwrap());
        assert!(text.contains("'sample/a.sql'"));
    }
}
