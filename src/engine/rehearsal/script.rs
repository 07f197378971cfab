//! Reading the scripts that `postgres` writes for psql: what they are about, not how they do it.
//!
//! Each is known by lines that only it has. A script without any is refused, so that a rehearsal
//! fails loudly when the two drift apart; tests below read every script that is written today.

use crate::deployment::Secret;

/// What a script asks of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wish {
    /// Say which of these databases are there and filled, and which rows.
    Observe(Vec<String>),
    /// Make those of these databases that are missing.
    Ensure(Vec<String>),
    /// Write these rows, after forgetting verifications from before that second.
    Write {
        instances: Vec<(String, String)>,
        clients: Vec<ClientRow>,
        forget_before: Option<i64>,
    },
    /// Forget the clients whose names begin so.
    Forget(String),
    /// Say which of these claim sets are unknown, and which are known.
    ClaimSets(Vec<String>),
    /// Name the instances that are not among these.
    OtherInstances(Vec<String>),
    /// Give the login this password.
    Password(Secret),
}

/// A client as a script writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ClientRow {
    pub name: String,
    pub fingerprint: String,
    pub key: Secret,
    pub secret: Secret,
}

/// What the script asks for; nothing if it is none of ours.
pub(super) fn read(script: &str) -> Option<Wish> {
    observe(script)
        .or_else(|| ensure(script))
        .or_else(|| write(script))
        .or_else(|| forget(script))
        .or_else(|| claim_sets(script))
        .or_else(|| other_instances(script))
        .or_else(|| password(script))
}

fn observe(script: &str) -> Option<Wish> {
    let names: Vec<String> = script
        .lines()
        .filter_map(|line| {
            let (name, rest) = line.strip_prefix("SELECT 'filled ")?.split_once('\'')?;
            rest.contains("pg_database").then(|| name.to_owned())
        })
        .collect();
    (!names.is_empty()).then_some(Wish::Observe(names))
}

fn ensure(script: &str) -> Option<Wish> {
    let names: Vec<String> = script
        .lines()
        .filter_map(|line| line.strip_prefix("\\echo made "))
        .map(str::to_owned)
        .collect();
    (!names.is_empty()).then_some(Wish::Ensure(names))
}

fn write(script: &str) -> Option<Wish> {
    let mut instances = Vec::new();
    let mut clients = Vec::new();
    let mut forget_before = None;
    let mut pair = None;
    for line in script.lines() {
        let mut values = literals(line).into_iter();
        let mut two = || Some((values.next()?, values.next()?));
        if line.starts_with("INSERT INTO edfi_setup.instance ") {
            instances.extend(two());
        } else if line.starts_with("UPDATE dbo.apiclients SET key = ") {
            pair = two();
        } else if line.starts_with("INSERT INTO edfi_setup.client ")
            && let (Some((name, fingerprint)), Some((key, secret))) = (two(), pair.take())
        {
            clients.push(ClientRow {
                name,
                fingerprint,
                key: Secret::new(key),
                secret: Secret::new(secret),
            });
        } else if let Some((_, second)) = line.rsplit_once("::bigint < ") {
            forget_before = second.trim_end_matches(';').parse().ok();
        }
    }
    let is_one = !instances.is_empty() || !clients.is_empty();
    is_one.then_some(Wish::Write {
        instances,
        clients,
        forget_before,
    })
}

fn forget(script: &str) -> Option<Wish> {
    let line = script
        .lines()
        .find(|line| line.starts_with("CREATE TEMPORARY TABLE gone "))?;
    let pattern = literals(line).into_iter().next()?;
    pattern
        .strip_suffix('%')
        .map(|beginning| Wish::Forget(beginning.to_owned()))
}

fn claim_sets(script: &str) -> Option<Wish> {
    let names: Vec<String> = script
        .lines()
        .filter_map(|line| line.strip_prefix("SELECT 'unknown ' || "))
        .filter_map(|line| literals(line).into_iter().next())
        .collect();
    let is_one = script.contains("SELECT 'known ' || claimsetname");
    is_one.then_some(Wish::ClaimSets(names))
}

fn other_instances(script: &str) -> Option<Wish> {
    let line = script
        .lines()
        .find(|line| line.starts_with("SELECT name FROM dbo.odsinstances WHERE name <> ALL "))?;
    Some(Wish::OtherInstances(literals(line)))
}

fn password(script: &str) -> Option<Wish> {
    let line = script
        .lines()
        .find(|line| line.starts_with("ALTER ROLE "))?;
    let (_, rest) = line.split_once(" PASSWORD ")?;
    let value = literals(rest).into_iter().next()?;
    Some(Wish::Password(Secret::new(value)))
}

/// The string values on a line, as the server would read them.
fn literals(line: &str) -> Vec<String> {
    let mut values = Vec::new();
    let mut chars = line.chars().peekable();
    let mut before = ' ';
    while let Some(char) = chars.next() {
        if char != '\'' {
            before = char;
            continue;
        }
        let escaped = before == 'E';
        let mut value = String::new();
        while let Some(char) = chars.next() {
            match char {
                '\'' if chars.next_if_eq(&'\'').is_some() => value.push('\''),
                '\'' => break,
                '\\' if escaped => value.extend(chars.next()),
                char => value.push(char),
            }
        }
        values.push(value);
        before = '\'';
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::postgres;
    use crate::stack::{Client, Instance, WantedDatabase};

    const ODD: &str = r"it's a \'; DROP";

    fn databases() -> Vec<WantedDatabase> {
        ["EdFi_Admin", "EdFi_Ods_Minimal_Template"]
            .iter()
            .map(|name| WantedDatabase {
                service: "db-admin".to_owned(),
                name: (*name).to_owned(),
                dump: "/tmp/x.sql".to_owned(),
                sign: "dbo.odsinstances".to_owned(),
                template: name.ends_with("Template"),
            })
            .collect()
    }

    fn client(name: &str) -> Client {
        Client {
            name: name.to_owned(),
            instance: "default".to_owned(),
            key: Secret::new(format!("key of {name}")),
            secret: Secret::new(ODD),
            claim_set: "Ed-Fi Sandbox".to_owned(),
            education_organizations: vec![1, 2],
            namespaces: vec!["uri://ed-fi.org".to_owned(), ODD.to_owned()],
        }
    }

    fn verification() -> (postgres::VerifyMark, [postgres::VerifyClient; 1]) {
        let mark = postgres::VerifyMark {
            begun: 1_700_000_000,
            word: "abc".to_owned(),
        };
        let client = postgres::VerifyClient {
            key: Secret::new("k"),
            secret: Secret::new(ODD),
            instance: "default".to_owned(),
            education_organizations: Vec::new(),
        };
        (mark, [client])
    }

    #[test]
    fn the_scripts_about_databases_are_understood() {
        let databases = databases();
        let wanted: Vec<&WantedDatabase> = databases.iter().collect();
        let names: Vec<String> = databases.iter().map(|one| one.name.clone()).collect();
        let observe = postgres::observe_server(&wanted);
        assert_eq!(read(&observe), Some(Wish::Observe(names.clone())));
        let ensure = postgres::ensure_databases(&wanted);
        assert_eq!(read(&ensure), Some(Wish::Ensure(names)));
    }

    #[test]
    fn the_scripts_that_write_rows_are_understood() {
        let instance = Instance {
            name: "default".to_owned(),
            kind: "ODS".to_owned(),
            database: "EdFi_Ods".to_owned(),
            connection_string: Secret::new(format!("host=db-ods;password={ODD}")),
        };
        let clients = [client("first client"), client("second")];
        let script = postgres::write_rows(std::slice::from_ref(&instance), &clients);
        let wish = Wish::Write {
            instances: vec![(
                "default".to_owned(),
                postgres::instance_fingerprint(&instance),
            )],
            clients: clients
                .iter()
                .map(|client| ClientRow {
                    name: client.name.clone(),
                    fingerprint: postgres::client_fingerprint(client),
                    key: client.key.clone(),
                    secret: client.secret.clone(),
                })
                .collect(),
            forget_before: None,
        };
        assert_eq!(read(&script), Some(wish));
    }

    #[test]
    fn the_scripts_of_a_verification_are_understood() {
        let (mark, clients) = verification();
        let wish = Wish::Write {
            instances: Vec::new(),
            clients: vec![ClientRow {
                name: "verify 1700000000 abc 0".to_owned(),
                fingerprint: "verify".to_owned(),
                key: clients[0].key.clone(),
                secret: clients[0].secret.clone(),
            }],
            forget_before: Some(1_700_000_000 - 600),
        };
        let make = postgres::make_verify_clients(&mark, &clients);
        assert_eq!(read(&make), Some(wish));
        let remove = postgres::remove_verify_clients(&mark);
        let beginning = "verify 1700000000 abc ".to_owned();
        assert_eq!(read(&remove), Some(Wish::Forget(beginning)));
    }

    #[test]
    fn questions_and_a_new_password_are_understood_and_other_scripts_are_not() {
        let script = postgres::set_password("postgres", &Secret::new(ODD));
        assert_eq!(read(&script), Some(Wish::Password(Secret::new(ODD))));
        let script = postgres::unknown_claim_sets(&[client("x")]);
        let names = vec!["Ed-Fi Sandbox".to_owned()];
        assert_eq!(read(&script), Some(Wish::ClaimSets(names)));
        assert_eq!(
            read(&postgres::other_instances(&[])),
            Some(Wish::OtherInstances(Vec::new()))
        );
        assert_eq!(read("SELECT 'hello';\nDROP TABLE x;"), None);
        assert_eq!(read(""), None);
    }
}
