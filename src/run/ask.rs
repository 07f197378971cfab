//! Single questions and orders for the databases of a deployment that runs.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::Engine;
use crate::postgres::{self, Credential, CredentialRow, Kept};
use crate::stack::{Client, Databases, Stack, Tenant};

use super::databases::psql;
use super::failure::Failure;

/// Every database of every server, by service.
pub async fn kept<E: Engine>(
    engine: &E,
    stack: &Stack,
) -> Result<BTreeMap<String, Vec<Kept>>, Failure> {
    let databases = &stack.databases;
    let mut servers: BTreeSet<&str> = databases
        .wanted
        .iter()
        .map(|database| database.service.as_str())
        .collect();
    servers.insert(&databases.admin_service);
    let mut kept = BTreeMap::new();
    for server in servers {
        let answer = psql(engine, stack, server, postgres::list_databases()).await?;
        let rows = postgres::read_databases(&answer)
            .map_err(|error| odd_answer(server, &error.to_string()))?;
        kept.insert(server.to_owned(), rows);
    }
    Ok(kept)
}

/// Removes a database with everything in it. Only ever called for one that the operator has named.
pub async fn drop_database<E: Engine>(
    engine: &E,
    stack: &Stack,
    server: &str,
    name: &str,
) -> Result<(), Failure> {
    let script = postgres::drop_database(name);
    psql(engine, stack, server, script).await.map(drop)
}

/// The credentials that the operator made, of all tenants.
pub async fn credentials<E: Engine>(
    engine: &E,
    stack: &Stack,
) -> Result<Vec<CredentialRow>, Failure> {
    let server = &stack.databases.admin_service;
    let script: String = stack
        .databases
        .tenants
        .iter()
        .map(|tenant| postgres::list_credentials(&tenant.admin))
        .collect();
    let answer = psql(engine, stack, server, script).await?;
    postgres::read_credentials(&answer).map_err(|error| odd_answer(server, &error.to_string()))
}

/// Makes a credential in a tenant's database.
pub async fn add_credential<E: Engine>(
    engine: &E,
    stack: &Stack,
    tenant: &Tenant,
    credential: &Credential,
) -> Result<(), Failure> {
    let server = &stack.databases.admin_service;
    check_claim_set(engine, stack, tenant, credential).await?;
    let dialect = stack.databases.dialect;
    let script = postgres::add_credential(dialect, &tenant.admin, credential);
    let answer = psql(engine, stack, server, script).await?;
    let refused = |code, what: String, meaning: &str, next_step: String| Failure {
        code,
        what,
        meaning: meaning.to_owned(),
        next_step,
        ..Failure::default()
    };
    match answer.trim() {
        "added" => Ok(()),
        "exists" => Err(refused(
            "E-5121",
            format!("there is a credential {} already", credential.name),
            "Nothing was changed.",
            format!(
                "Choose another --application, or remove it first: edfi-setup credentials remove {} --name {}.",
                credential.name, stack.deployment
            ),
        )),
        "no instance" => Err(refused(
            "E-5122",
            format!("the instance {} is not registered yet", credential.instance),
            "Nothing was changed.",
            format!(
                "Bring it up first: edfi-setup up --name {}.",
                stack.deployment
            ),
        )),
        other => Err(odd_answer(server, other)),
    }
}

/// Removes a credential of that name with its tokens, in whichever tenant's database it is.
pub async fn remove_credential<E: Engine>(
    engine: &E,
    stack: &Stack,
    name: &str,
) -> Result<(), Failure> {
    let script: String = stack
        .databases
        .tenants
        .iter()
        .map(|tenant| postgres::remove_credential(stack.databases.dialect, &tenant.admin, name))
        .collect();
    let server = &stack.databases.admin_service;
    psql(engine, stack, server, script).await.map(drop)
}

/// With a claim set that nobody knows, a program would be granted tokens and refused everything.
async fn check_claim_set<E: Engine>(
    engine: &E,
    stack: &Stack,
    tenant: &Tenant,
    credential: &Credential,
) -> Result<(), Failure> {
    let only = Databases {
        tenants: vec![tenant.clone()],
        clients: vec![Client {
            name: credential.name.clone(),
            instance: credential.instance.clone(),
            key: credential.key.clone(),
            secret: credential.secret.clone(),
            claim_set: credential.claim_set.clone(),
            education_organizations: Vec::new(),
            namespaces: Vec::new(),
        }],
        ..stack.databases.clone()
    };
    let script = postgres::unknown_claim_sets(&only);
    let answer = psql(engine, stack, &only.admin_service, script).await?;
    let named = |kind: &str| -> Vec<&str> {
        let lines = answer.lines();
        lines.filter_map(|line| line.strip_prefix(kind)).collect()
    };
    if named("unknown ").is_empty() {
        return Ok(());
    }
    Err(Failure {
        code: "E-5123",
        what: format!("there is no claim set named {}", credential.claim_set),
        meaning: "Nothing was changed.".to_owned(),
        next_step: format!(
            "A claim set says what a program may do. Choose one with --claim-set: {}.",
            named("known ").join(", ")
        ),
        ..Failure::default()
    })
}

fn odd_answer(server: &str, words: &str) -> Failure {
    Failure {
        code: "E-4034",
        service: Some(server.to_owned()),
        what: format!("{server} answered something that makes no sense: {words}"),
        meaning: "The image may hold another version of PostgreSQL than this program knows."
            .to_owned(),
        next_step: "Please report it.".to_owned(),
        ..Failure::default()
    }
}
