//! The same work for every tenant, in one script: each has a pair of databases of its own.

use crate::stack::{Client, Databases, Instance, Tenant};

use super::rows::{self, VerifyClient, VerifyMark};

/// A script that writes all instances and clients, as far as they are missing or differ. Instances of
/// ours with one of the names in `detached` are taken away, with our clients that may use nothing else;
/// their databases stay. Each tenant's rows are written whole or not at all.
pub fn write_rows(databases: &Databases, detached: &[String]) -> String {
    let detached: Vec<&str> = detached.iter().map(String::as_str).collect();
    each(databases, |tenant| {
        let instances: Vec<&Instance> = databases.instances_of(tenant).collect();
        let clients = clients_of(databases, tenant);
        rows::write_rows(
            databases.dialect,
            &tenant.admin,
            &instances,
            &clients,
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
    each(databases, |tenant| {
        let own: Vec<&VerifyClient> = clients
            .iter()
            .filter(|client| {
                let instance = databases.instance(&client.instance);
                instance.is_some_and(|instance| instance.tenant == tenant.name)
            })
            .collect();
        rows::make_verify_clients(databases.dialect, &tenant.admin, mark, &own)
    })
}

/// A script that removes a verification's clients and their tokens.
pub fn remove_verify_clients(databases: &Databases, mark: &VerifyMark) -> String {
    each(databases, |tenant| {
        rows::remove_verify_clients(databases.dialect, &tenant.admin, mark)
    })
}

/// A script that says which claim sets of the clients Ed-Fi does not know, and then which it knows.
pub fn unknown_claim_sets(databases: &Databases) -> String {
    each(databases, |tenant| {
        rows::unknown_claim_sets(&tenant.security, &clients_of(databases, tenant))
    })
}

/// A script that fails if Ed-Fi does not know a claim set of the clients: where nobody reads answers, a
/// program would else be refused everything and nobody would know why.
pub fn require_claim_sets(databases: &Databases) -> String {
    each(databases, |tenant| {
        rows::require_claim_sets(&tenant.security, &clients_of(databases, tenant))
    })
}

/// A script that names instances which others than we have registered.
pub fn other_instances(databases: &Databases) -> String {
    each(databases, |tenant| {
        let own: Vec<&Instance> = databases.instances_of(tenant).collect();
        rows::other_instances(&tenant.admin, &own)
    })
}

fn each(databases: &Databases, script: impl Fn(&Tenant) -> String) -> String {
    databases.tenants.iter().map(script).collect()
}

fn clients_of<'a>(databases: &'a Databases, tenant: &'a Tenant) -> Vec<&'a Client> {
    databases.clients_of(tenant).collect()
}
