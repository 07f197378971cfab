//! The same work for every tenant, in one script: each has a pair of databases of its own.

use std::collections::HashMap;

use crate::stack::{Databases, Own};

use super::rows::{self, VerifyClient, VerifyMark};

/// A script that writes all instances and clients, as far as they are missing or differ. Instances of
/// ours with one of the names in `detached` are taken away, with our clients that may use nothing else;
/// their databases stay. Each tenant's rows are written whole or not at all.
pub fn write_rows(databases: &Databases, detached: &[String]) -> String {
    let detached: Vec<&str> = detached.iter().map(String::as_str).collect();
    each(databases, |own| {
        rows::write_rows(
            databases.dialect,
            &own.tenant.admin,
            &own.instances,
            &own.clients,
            &detached,
        )
    })
}

/// A script that makes a verification's clients, and removes those that killed verifications left.
pub fn make_verify_clients(
    databases: &Databases,
    mark: &VerifyMark,
    clients: &[VerifyClient],
) -> String {
    let mut by_instance: HashMap<&str, Vec<&VerifyClient>> = HashMap::new();
    for client in clients {
        by_instance
            .entry(&client.instance)
            .or_default()
            .push(client);
    }
    each(databases, |own| {
        let instances = own.instances.iter();
        let clients: Vec<&VerifyClient> = instances
            .filter_map(|instance| by_instance.get(instance.name.as_str()))
            .flatten()
            .copied()
            .collect();
        rows::make_verify_clients(databases.dialect, &own.tenant.admin, mark, &clients)
    })
}

/// A script that removes a verification's clients and their tokens.
pub fn remove_verify_clients(databases: &Databases, mark: &VerifyMark) -> String {
    each(databases, |own| {
        rows::remove_verify_clients(databases.dialect, &own.tenant.admin, mark)
    })
}

/// A script that says which claim sets of the clients Ed-Fi does not know, and then which it knows.
pub fn unknown_claim_sets(databases: &Databases) -> String {
    each(databases, |own| {
        rows::unknown_claim_sets(&own.tenant.security, &own.clients)
    })
}

/// A script that fails if Ed-Fi does not know a claim set of the clients: where nobody reads answers, a
/// program would else be refused everything and nobody would know why.
pub fn require_claim_sets(databases: &Databases) -> String {
    each(databases, |own| {
        rows::require_claim_sets(&own.tenant.security, &own.clients)
    })
}

/// A script that names instances which others than we have registered.
pub fn other_instances(databases: &Databases) -> String {
    each(databases, |own| {
        rows::other_instances(&own.tenant.admin, &own.instances)
    })
}

fn each(databases: &Databases, script: impl Fn(&Own<'_>) -> String) -> String {
    databases.by_tenant().iter().map(script).collect()
}
