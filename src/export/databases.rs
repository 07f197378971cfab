//! The work that our own runs do in the databases, for a container that does it once and ends.

use std::collections::BTreeMap;

use crate::postgres;
use crate::stack::{Stack, WantedDatabase};

/// Databases to make on one server, and rows to write.
#[derive(Debug)]
pub(super) struct Preparation<'a> {
    /// The server's service.
    pub server: &'a str,
    /// Name of the service that does the work.
    pub service: String,
    /// SQL for psql.
    pub script: String,
    /// Whether passwords stand in it.
    pub secret: bool,
}

impl Preparation<'_> {
    /// Place of the script in the folder.
    pub(super) fn file(&self) -> String {
        format!("databases/{}.sql", self.server)
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
            let wanted = by_server.get(server.as_str())?;
            let secret = rows && *server == databases.admin_service;
            let mut script = HEAD.to_owned();
            script.push_str(&postgres::ensure_databases(&databases.user, wanted));
            if secret {
                script.push_str(&postgres::require_claim_sets(databases));
                script.push_str(&postgres::write_rows(databases, &[]));
            }
            Some(Preparation {
                server,
                service: service_name(server),
                script,
                secret,
            })
        })
        .collect()
}

const HEAD: &str = "\
-- Written by edfi-setup. It makes what is missing and leaves alone what is there, so it may run at any
-- time and runs at each start.
";
