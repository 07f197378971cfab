//! Making databases that are missing, each whole or not at all.

use std::fmt::Write as _;

use crate::stack::WantedDatabase;

use super::quote::{identifier, literal};

/// The comment on a database that is known to be whole, so that it need not be counted again.
pub(super) const COMPLETE: &str = "edfi-setup: complete";

/// A script that makes each wanted database of one server if it is missing.
///
/// The image's own first start makes them, unless it was interrupted: then nobody ever runs its
/// scripts again, and we do their work from the same SQL inside the image. A database is filled
/// under another name and renamed when it is complete. One that exists without being complete is
/// moved aside under a name that says so; nothing is dropped but our own unfinished work.
///
/// Complete means: it has the table that tells it was filled, and at least as many foreign keys as
/// the dump. A dump ends with them, so an interruption anywhere before shows. A template is complete
/// when it is marked as one, which is the image's last step.
///
/// It prints `made NAME` and `aside NAME` and nothing else: what the dump's own queries answer is
/// thrown away.
pub fn ensure_databases(wanted: &[&WantedDatabase]) -> String {
    let mut script = String::from("\\set VERBOSITY terse\n");
    for database in wanted {
        ensure(&mut script, database);
    }
    script
}

fn ensure(script: &mut String, database: &WantedDatabase) {
    let own = identifier(&database.name);
    let new = format!("{} (being made)", database.name);
    // Writing to a String cannot fail.
    let _ = write!(
        script,
        "{known}
\\if :known
\\else
\\set complete false
SELECT EXISTS (SELECT FROM pg_database WHERE datname = {name}) AS there \\gset
\\if :there
{look_inside}\\if :complete
\\else
{move_aside}\\echo aside {echo}
\\endif
\\endif
\\if :complete
\\else
{make}\\echo made {echo}
\\endif
COMMENT ON DATABASE {own} IS {complete};
\\endif
{mark}",
        known = known(database),
        name = literal(&database.name),
        look_inside = look_inside(database),
        move_aside = move_aside(database),
        make = make(database, &new),
        mark = mark_template(database),
        echo = database.name,
        complete = literal(COMPLETE),
    );
}

/// Whether it is known to be complete, by our comment.
fn known(database: &WantedDatabase) -> String {
    format!(
        "SELECT coalesce((SELECT shobj_description(oid, 'pg_database') = {} FROM pg_database WHERE datname = {}), false) AS known \\gset",
        literal(COMPLETE),
        literal(&database.name)
    )
}

/// Sets `complete` for a database that exists.
fn look_inside(database: &WantedDatabase) -> String {
    let name = literal(&database.name);
    if database.template {
        // Nobody can connect to a template.
        return format!(
            "SELECT datistemplate AS complete FROM pg_database WHERE datname = {name} \\gset\n"
        );
    }
    format!(
        "\\connect {own}
\\set keys `grep -c 'FOREIGN KEY (' {dump} 2>/dev/null | grep . || echo 0`
SELECT to_regclass({sign}) IS NOT NULL AND (SELECT count(*) FROM pg_constraint WHERE contype = 'f') >= :keys AS complete \\gset
\\connect postgres
",
        own = identifier(&database.name),
        dump = database.dump,
        sign = literal(&database.sign),
    )
}

/// Gives it a name that says what it is. Whoever is connected would hinder that.
fn move_aside(database: &WantedDatabase) -> String {
    let name = literal(&database.name);
    format!(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = {name} \\g /dev/null
SELECT format('ALTER DATABASE %I RENAME TO %I', {name}, {name} || ' (incomplete ' || to_char(now(), 'YYYY-MM-DD HH24:MI:SS') || ')') \\gexec
"
    )
}

/// Fills it under another name; a killed run may have left that name, even with somebody at work in it.
fn make(database: &WantedDatabase, new: &str) -> String {
    let new_id = identifier(new);
    format!(
        "DROP DATABASE IF EXISTS {new_id} WITH (FORCE);
CREATE DATABASE {new_id} TEMPLATE template0;
\\connect {new_id}
\\set ON_ERROR_STOP off
\\o /dev/null
\\i {dump}
\\o
\\set ON_ERROR_STOP on
\\connect {new_id}
\\set keys `grep -c 'FOREIGN KEY (' {dump} 2>/dev/null | grep . || echo 0`
SELECT to_regclass({sign}) IS NULL OR (SELECT count(*) FROM pg_constraint WHERE contype = 'f') < :keys AS partial \\gset
\\if :partial
DO $$ BEGIN RAISE EXCEPTION 'the SQL in the image could not be restored whole; the disk may be full'; END $$;
\\endif
\\connect postgres
ALTER DATABASE {new_id} RENAME TO {own};
",
        dump = database.dump,
        sign = literal(&database.sign),
        own = identifier(&database.name),
    )
}

/// The last step of a template: nobody may connect to it, or it could not be cloned.
fn mark_template(database: &WantedDatabase) -> String {
    if !database.template {
        return String::new();
    }
    format!(
        "SELECT 'ALTER DATABASE {} WITH IS_TEMPLATE true ALLOW_CONNECTIONS false' FROM pg_database WHERE datname = {} AND NOT (datistemplate AND NOT datallowconn) \\gexec\n",
        identifier(&database.name),
        literal(&database.name)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_condition_is_closed_and_names_are_quoted() {
        let database = WantedDatabase {
            service: "db-ods".to_owned(),
            name: "EdFi_Ods".to_owned(),
            dump: "/tmp/EdFi_Ods_Minimal_Template.sql".to_owned(),
            sign: "edfi.school".to_owned(),
            template: false,
        };
        let script = ensure_databases(&[
            &database,
            &WantedDatabase {
                template: true,
                ..database.clone()
            },
        ]);
        assert_eq!(
            script.matches("\\if ").count(),
            script.matches("\\endif").count()
        );
        assert!(
            !script.contains("DATABASE EdFi"),
            "an unquoted name would become lower case"
        );
    }
}
