//! The work that our own runs do in the databases, for a container that does it once and ends.

use std::collections::BTreeMap;

use crate::postgres;
use crate::stack::{Databases, Stack, WantedDatabase};

/// Databases to make on one server, and rows to write.
#[derive(Debug)]
pub(super) struct Preparation<'a> {
    /// The server's service.
    pub server: &'a str,
    /// Name of the service that does the work.
    pub service: String,
    /// What it makes, and whose rows it writes.
    databases: &'a Databases,
    wanted: Vec<&'a WantedDatabase>,
    /// Whether passwords stand in it.
    pub secret: bool,
}

impl Preparation<'_> {
    /// Place of the script in the folder.
    pub(super) fn file(&self) -> String {
        format!("databases/{}.sql", self.server)
    }

    /// SQL for psql. Every client's secret is hashed for it, so it is made only for who wants to have it.
    pub(super) fn script(&self) -> String {
        let mut script = HEAD.to_owned();
        script.push_str(&made_and_extended(self.databases, &self.wanted));
        if self.secret {
            script.push_str(&postgres::require_claim_sets(self.databases));
            script.push_str(&postgres::write_rows(self.databases, &[]));
        }
        script
    }
}

/// Name of the service that prepares a server's databases.
pub(super) fn service_name(server: &str) -> String {
    format!("prepare-{server}")
}

/// One preparation for each database server, in the order of the services. The SQL in a server's
/// image fills that server's databases, so each has its own.
pub(super) fn preparations(stack: &Stack) -> Vec<Preparation<'_>> {
    let databases = &stack.databases;
    let mut by_server: BTreeMap<&str, Vec<&WantedDatabase>> = BTreeMap::new();
    for database in &databases.wanted {
        by_server
            .entry(&database.service)
            .or_default()
            .push(database);
    }
    let rows = !databases.instances.is_empty() || !databases.clients.is_empty();
    stack
        .services
        .keys()
        .filter_map(|server| {
            Some(Preparation {
                server,
                service: service_name(server),
                databases,
                wanted: by_server.remove(server.as_str())?,
                secret: rows && *server == databases.admin_service,
            })
        })
        .collect()
}

/// Makes each database and runs the SQL of extensions in it, where that did not run yet. Templates come
/// first, so that what is cloned from them has it already.
fn made_and_extended(databases: &Databases, wanted: &[&WantedDatabase]) -> String {
    if databases.extensions.is_empty() {
        return postgres::ensure_databases(&databases.user, wanted);
    }
    let mut script = String::new();
    for database in wanted {
        script.push_str(&postgres::ensure_databases(&databases.user, &[database]));
        for extension in &databases.extensions {
            if let Some((scripts, mark)) = database.extended_by(extension) {
                script.push_str(&postgres::extend_database_once(
                    &database.name,
                    database.template,
                    scripts,
                    &mark,
                ));
            }
        }
    }
    script
}

const HEAD: &str = "\
-- Written by edfi-setup. It makes what is missing and leaves alone what is there, so it may run at any
-- time and runs at each start.
";
