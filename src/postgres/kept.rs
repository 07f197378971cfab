//! Which databases a server keeps, and taking one away for good.

use serde::Deserialize;

use super::databases::COMPLETE;
use super::quote::{identifier, literal};

/// One database as its server tells of it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Kept {
    /// Its name.
    pub name: String,
    /// Whether others may be cloned from it.
    pub template: bool,
    /// Size on disk in bytes.
    pub bytes: u64,
    /// Seconds since 1970 at which one of its files was written last; none where the server does not
    /// tell. What was written a moment ago reaches the files up to five minutes later.
    pub written: Option<i64>,
    /// Whether we made it, or saw it to be complete.
    pub ours: bool,
    /// Programs connected to it now.
    pub connections: u64,
}

/// The answer makes no sense: psql printed something else than asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the database server's answer is not understood: {line}")]
pub struct KeptError {
    /// The line.
    pub line: String,
}

/// A script that tells of every database of a server. It changes nothing.
pub fn list_databases() -> String {
    format!(
        "SELECT json_build_object('name', datname, 'template', datistemplate, 'bytes', pg_database_size(d.oid),
    'written', (SELECT extract(epoch FROM max((pg_stat_file('base/' || d.oid || '/' || file, true)).modification))::bigint
        FROM pg_ls_dir('base/' || d.oid, true, false) AS file),
    'ours', coalesce(shobj_description(d.oid, 'pg_database') = {complete}, false),
    'connections', (SELECT count(*) FROM pg_stat_activity a WHERE a.datid = d.oid AND a.pid <> pg_backend_pid()))
    FROM pg_database d ORDER BY datname;\n",
        complete = literal(COMPLETE)
    )
}

/// Reads the answer to `list_databases`.
pub fn read_databases(output: &str) -> Result<Vec<Kept>, KeptError> {
    output
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| {
            serde_json::from_str(line).map_err(|_| KeptError {
                line: line.to_owned(),
            })
        })
        .collect()
}

/// A script that removes a database with everything in it, and ends connections to it.
pub fn drop_database(name: &str) -> String {
    format!("DROP DATABASE {} WITH (FORCE);\n", identifier(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_script_prints() {
        let line = r#"{"name" : "EdFi_Ods_2026", "template" : false, "bytes" : 12345, "written" : null, "ours" : true, "connections" : 0}"#;
        let read = read_databases(&format!("{line}\n\n")).unwrap();
        assert_eq!(
            (read[0].name.as_str(), read[0].bytes),
            ("EdFi_Ods_2026", 12345)
        );
        assert!(read_databases("psql: error").is_err());
    }

    #[test]
    fn odd_names_are_quoted() {
        let script = drop_database("EdFi_Ods (incomplete \"2026\")");
        assert_eq!(
            script,
            "DROP DATABASE \"EdFi_Ods (incomplete \"\"2026\"\")\" WITH (FORCE);\n"
        );
    }
}
