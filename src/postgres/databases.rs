//! Making databases that are missing, each whole or not at all.

use std::fmt::Write as _;

use crate::stack::{Fill, WantedDatabase};

use super::quote::{identifier, literal};

/// The comment on a database that is known to be whole, so that it need not be counted again.
pub(crate) const COMPLETE: &str = "edfi-setup: complete";

/// A script that makes each wanted database of one server if it is missing.
///
/// The image's own first start makes them, unless it was interrupted: then nobody ever runs its
/// scripts again, and we do their work from the same SQL inside the image. A database is filled
/// under another name and renamed when it is complete. One that exists without being complete is
/// moved aside under a name that says so; nothing is dropped but our own unfinished work.
///
/// Complete means: it has the table that tells it was filled, and at least as many foreign keys as
/// the dump. A dump ends with them, so an interruption anywhere before shows. A template that nobody
/// may connect to is complete, since that is the last step of making one. A clone is complete when it
/// exists: the server makes it whole or not at all. A copy gets its name when it is whole.
///
/// `user` is the login that reads and writes a copy; its database names are quoted for the shell.
///
/// It prints `made NAME` and `aside NAME` and nothing else: what the dump's own queries answer is
/// thrown away.
pub fn ensure_databases(user: &str, wanted: &[&WantedDatabase]) -> String {
    let mut script = String::from("\\set VERBOSITY terse\n");
    for database in wanted {
        ensure(&mut script, user, database);
    }
    script
}

fn ensure(script: &mut String, user: &str, database: &WantedDatabase) {
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
{remember}\\endif
{mark}",
        known = known(database),
        name = literal(&database.name),
        look_inside = look_inside(database),
        move_aside = move_aside(database),
        make = make(database, user, &new),
        mark = mark_template(database),
        echo = database.name,
        remember = remember(database),
    );
}

/// Whether it is known to be complete, by our comment.
fn known(database: &WantedDatabase) -> String {
    format!(
        "SELECT coalesce((SELECT starts_with(shobj_description(oid, 'pg_database'), {}) FROM pg_database WHERE datname = {}), false) AS known \\gset",
        literal(COMPLETE),
        literal(&database.name)
    )
}

/// Notes that it is complete. What was cloned or copied has what its origin has.
fn remember(database: &WantedDatabase) -> String {
    match &database.fill {
        Fill::Dump(_) => format!(
            "COMMENT ON DATABASE {} IS {};\n",
            identifier(&database.name),
            literal(COMPLETE)
        ),
        Fill::Clone(origin) | Fill::Copy(origin) => format!(
            "SELECT format('COMMENT ON DATABASE %I IS %L', {name}, coalesce((SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = {origin}), {complete})) \\gexec\n",
            name = literal(&database.name),
            origin = literal(origin),
            complete = literal(COMPLETE),
        ),
    }
}

/// Sets `complete` for a database that exists.
fn look_inside(database: &WantedDatabase) -> String {
    let own = identifier(&database.name);
    let sign = literal(&database.sign);
    let inside = match &database.fill {
        Fill::Dump(dump) => format!(
            "\\connect {own}
\\set keys `grep -c 'FOREIGN KEY (' {dump} 2>/dev/null | grep . || echo 0`
SELECT to_regclass({sign}) IS NOT NULL AND (SELECT count(*) FROM pg_constraint WHERE contype = 'f') >= :keys AS complete \\gset
\\connect postgres
"
        ),
        Fill::Clone(_) | Fill::Copy(_) => format!(
            "\\connect {own}
SELECT to_regclass({sign}) IS NOT NULL AS complete \\gset
\\connect postgres
"
        ),
    };
    if !database.template {
        return inside;
    }
    format!(
        "SELECT NOT datallowconn AS complete FROM pg_database WHERE datname = {name} \\gset
\\if :complete
\\else
{inside}\\endif
",
        name = literal(&database.name),
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

/// Makes it. What takes time is done under another name; a killed run may have left that name, even
/// with somebody at work in it.
fn make(database: &WantedDatabase, user: &str, new: &str) -> String {
    let new_id = identifier(new);
    let own = identifier(&database.name);
    let sign = literal(&database.sign);
    match &database.fill {
        Fill::Clone(template) => format!(
            "CREATE DATABASE {own} TEMPLATE {template};\n",
            template = identifier(template)
        ),
        Fill::Dump(dump) => format!(
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
"
        ),
        Fill::Copy(from) => format!(
            "DROP DATABASE IF EXISTS {new_id} WITH (FORCE);
CREATE DATABASE {new_id} TEMPLATE template0;
\\! {copy}
\\connect {new_id}
SELECT to_regclass({sign}) IS NULL AS partial \\gset
\\if :partial
DO $$ BEGIN RAISE EXCEPTION 'the database to copy could not be read or written whole; it may not exist, or the disk may be full'; END $$;
\\endif
\\connect postgres
ALTER DATABASE {new_id} RENAME TO {own};
",
            copy = copy(user, from, new),
        ),
    }
}

/// Copies a database that goes on serving. All of it is written in one transaction, and a dump that
/// breaks off ends it with an error, so that half a copy is no copy.
fn copy(user: &str, from: &str, to: &str) -> String {
    let word = |text: &str| format!("'{}'", text.replace('\'', r"'\''"));
    format!(
        "{{ pg_dump -U {user} -d {from} || echo 'SELECT 1/0;'; }} | psql -X -q -v ON_ERROR_STOP=1 --single-transaction -U {user} -d {to} -o /dev/null",
        user = word(user),
        from = word(from),
        to = word(to),
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
    use crate::stack::Holds;

    #[test]
    fn every_condition_is_closed_and_names_are_quoted() {
        let database = WantedDatabase {
            service: "db-ods".to_owned(),
            name: "EdFi_Ods".to_owned(),
            fill: Fill::Dump("/tmp/EdFi_Ods_Minimal_Template.sql".to_owned()),
            holds: Holds::Ods,
            sign: "edfi.school".to_owned(),
            template: false,
        };
        let with = |fill: Fill| WantedDatabase {
            fill,
            ..database.clone()
        };
        let script = ensure_databases(
            "postgres",
            &[
                &database,
                &WantedDatabase {
                    template: true,
                    ..database.clone()
                },
                &with(Fill::Clone("EdFi_Ods_Template".to_owned())),
                &with(Fill::Copy("EdFi_Ods_2026".to_owned())),
            ],
        );
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
