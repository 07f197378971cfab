//! Asking a database server what it has, in one script and one answer.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde::Deserialize;

use super::admin_client::{ADMIN_CLIENT, ADMIN_CLIENT_NAME};
use super::databases::COMPLETE;
use super::quote::{identifier, literal};
use super::rows::OURS;

/// What one server has.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct ServerState {
    /// Databases that exist and were filled.
    #[serde(skip)]
    pub filled: BTreeSet<String>,
    /// Extensions that each database has, by their marks.
    #[serde(skip)]
    pub extended: BTreeMap<String, BTreeSet<String>>,
    /// Instances we wrote, with the fingerprint of what we wrote.
    #[serde(default)]
    pub instances: BTreeMap<String, String>,
    /// Clients we wrote, with the fingerprint of what we wrote.
    #[serde(default)]
    pub clients: BTreeMap<String, String>,
    /// Fingerprint of the client that we registered with the Admin API, if it is there still.
    #[serde(skip)]
    pub administrator: Option<String>,
}

/// The answer makes no sense: psql printed something else than asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the database server's answer is not understood: {line}")]
pub struct ObserveError {
    /// The line.
    pub line: String,
}

/// A script that prints what one server has, with the rows in these of its databases. It changes nothing.
///
/// Only databases that carry our comment count: it is written when one was seen to be complete. A
/// row counts as ours only while Ed-Fi's own row is there too.
pub fn observe_server(admin_databases: &[&str]) -> String {
    let mut script = format!(
        "SELECT 'filled ' || datname || E'\\t' || substr(shobj_description(oid, 'pg_database'), {after}) FROM pg_database WHERE starts_with(shobj_description(oid, 'pg_database'), {complete});\n",
        after = COMPLETE.len() + 1,
        complete = literal(COMPLETE),
    );
    for admin in admin_databases {
        let _ = write!(
            script,
            "SELECT EXISTS (SELECT FROM pg_database WHERE datname = {name}) AS there \\gset
\\if :there
\\connect {own}
SELECT to_regclass('edfi_setup.instance') IS NOT NULL AS ours \\gset
\\if :ours
SELECT 'rows ' || json_build_object(
    'instances', (SELECT coalesce(json_object_agg(ours.name, ours.fingerprint), '{{}}') FROM edfi_setup.instance ours
        WHERE EXISTS (SELECT FROM dbo.odsinstances theirs WHERE theirs.name = ours.name)),
    'clients', (SELECT coalesce(json_object_agg(ours.name, ours.fingerprint), '{{}}') FROM edfi_setup.client ours
        WHERE EXISTS (SELECT FROM dbo.apiclients theirs WHERE theirs.name = {ours_prefix} || ours.name)));
SELECT to_regclass('adminapi.applications') IS NOT NULL AS administered \\gset
\\if :administered
SELECT 'administrator ' || ours.fingerprint FROM edfi_setup.client ours
    WHERE ours.name = {admin_client} AND EXISTS (SELECT FROM adminapi.applications theirs WHERE theirs.displayname = {admin_name});
\\endif
\\endif
\\connect postgres
\\endif
",
            name = literal(admin),
            own = identifier(admin),
            ours_prefix = literal(OURS),
            admin_client = literal(ADMIN_CLIENT),
            admin_name = literal(ADMIN_CLIENT_NAME),
        );
    }
    script
}

/// Reads the answer to `observe_server`.
pub fn read_server_state(output: &str) -> Result<ServerState, ObserveError> {
    let mut state = ServerState::default();
    for line in output.lines().filter(|line| !line.trim().is_empty()) {
        let odd = || ObserveError {
            line: line.to_owned(),
        };
        match line.split_once(' ').ok_or_else(odd)? {
            ("filled", name) => {
                let (name, marks) = name.split_once('\t').unwrap_or((name, ""));
                state.filled.insert(name.to_owned());
                let marks: BTreeSet<String> = marks
                    .split("; ")
                    .filter(|mark| !mark.is_empty())
                    .map(str::to_owned)
                    .collect();
                if !marks.is_empty() {
                    state.extended.insert(name.to_owned(), marks);
                }
            }
            ("rows", json) => {
                let rows: ServerState = serde_json::from_str(json).map_err(|_| odd())?;
                state.instances.extend(rows.instances);
                state.clients.extend(rows.clients);
            }
            ("administrator", fingerprint) => {
                state.administrator = Some(fingerprint.to_owned());
            }
            _ => return Err(odd()),
        }
    }
    Ok(state)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_script_prints() {
        let state = read_server_state("filled EdFi_Admin\nfilled EdFi_Ods\t; sample@12345678; other@00000000\nrows {\"instances\" : {\"default\" : \"ab12\"}, \"clients\" : {}}\nadministrator 12ab\n").unwrap();
        assert_eq!(state.administrator.as_deref(), Some("12ab"));
        assert!(state.filled.contains("EdFi_Admin"));
        assert_eq!(state.extended.len(), 1);
        assert!(state.extended["EdFi_Ods"].contains("other@00000000"));
        assert_eq!(
            state.instances.get("default").map(String::as_str),
            Some("ab12")
        );
        assert!(read_server_state("psql: error").is_err());
    }
}
