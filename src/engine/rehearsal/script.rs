//! Reading the scripts that `postgres` writes for psql: what they are about, not how they do it.
//!
//! Each is known by lines that only it has. A script without any is refused, so that a rehearsal
//! fails loudly when the two drift apart; tests below read every script that is written today.

use std::collections::BTreeSet;

use crate::deployment::Secret;

/// What a script asks of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wish {
    /// Say which databases are there and filled, and which rows are in these.
    Observe(Vec<String>),
    /// Make those of these databases that are missing.
    Ensure(Vec<String>),
    /// Run an extension's SQL in a database: its name, and the extension's mark.
    Extend(String, String),
    /// Write these rows, after forgetting verifications from before that second.
    Write {
        databases: Vec<String>,
        detached: Vec<String>,
        instances: Vec<(String, String)>,
        clients: Vec<ClientRow>,
        forget_before: Option<i64>,
    },
    /// Forget our clients with the Admin API, and note this one: its key and fingerprint, if there is one.
    Administrator(Vec<String>, Option<(Secret, String)>),
    /// Forget the clients whose names begin so, in these databases.
    Forget(Vec<String>, String),
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
    /// As it is stored: hashed.
    pub secret: Secret,
}

/// What the script asks for; nothing if it is none of ours.
pub(super) fn read(script: &str) -> Option<Wish> {
    observe(script)
        .or_else(|| extend(script))
        .or_else(|| ensure(script))
        .or_else(|| administrator(script))
        .or_else(|| write(script))
        .or_else(|| forget(script))
        .or_else(|| claim_sets(script))
        .or_else(|| other_instances(script))
        .or_else(|| password(script))
}

fn observe(script: &str) -> Option<Wish> {
    script
        .starts_with("SELECT 'filled ' || datname ")
        .then(|| Wish::Observe(connected(script)))
}

/// The databases that a script goes to, but for the one it comes back to.
fn connected(script: &str) -> Vec<String> {
    script
        .lines()
        .filter_map(|line| line.strip_prefix("\\connect \"")?.strip_suffix('"'))
        .map(str::to_owned)
        .collect()
}

fn ensure(script: &str) -> Option<Wish> {
    let names: Vec<String> = script
        .lines()
        .filter_map(|line| line.strip_prefix("\\echo made "))
        .map(str::to_owned)
        .collect();
    (!names.is_empty()).then_some(Wish::Ensure(names))
}

fn extend(script: &str) -> Option<Wish> {
    let lines = || script.lines().rev();
    let name = lines().find_map(|line| line.strip_prefix("\\echo extended "))?;
    let comment = lines().find(|line| line.contains("shobj_description(oid, 'pg_database')"))?;
    let mark = literals(comment).into_iter().next_back()?;
    Some(Wish::Extend(name.to_owned(), mark))
}

fn write(script: &str) -> Option<Wish> {
    let mut detached = Vec::new();
    let mut instances = Vec::new();
    let mut clients = Vec::new();
    let mut forget_before = None;
    let mut pair = None;
    for line in script.lines() {
        let mut values = literals(line).into_iter();
        let mut two = || Some((values.next()?, values.next()?));
        if line.starts_with("INSERT INTO edfi_setup.instance ") {
            instances.extend(two());
        } else if line.starts_with("DELETE FROM edfi_setup.instance WHERE name = ANY ") {
            detached = literals(line);
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
    let is_one = !instances.is_empty() || !clients.is_empty() || !detached.is_empty();
    is_one.then_some(Wish::Write {
        databases: connected(script),
        detached,
        instances,
        clients,
        forget_before,
    })
}

fn administrator(script: &str) -> Option<Wish> {
    let line = script
        .lines()
        .find(|line| line.starts_with("DELETE FROM adminapi.applications WHERE "))?;
    let key = literals(line).into_iter().nth(1).map(Secret::new);
    let noted = script
        .lines()
        .find(|line| line.starts_with("INSERT INTO edfi_setup.client "))
        .and_then(|line| literals(line).into_iter().nth(1));
    Some(Wish::Administrator(connected(script), key.zip(noted)))
}

fn forget(script: &str) -> Option<Wish> {
    let line = script
        .lines()
        .find(|line| line.starts_with("CREATE TEMPORARY TABLE gone "))?;
    let pattern = literals(line).into_iter().next()?;
    pattern
        .strip_suffix('%')
        .map(|beginning| Wish::Forget(connected(script), beginning.to_owned()))
}

fn claim_sets(script: &str) -> Option<Wish> {
    let names: BTreeSet<String> = script
        .lines()
        .filter_map(|line| line.strip_prefix("SELECT 'unknown ' || "))
        .filter_map(|line| literals(line).into_iter().next())
        .collect();
    let is_one = script.contains("SELECT 'known ' || claimsetname");
    is_one.then(|| Wish::ClaimSets(names.into_iter().collect()))
}

fn other_instances(script: &str) -> Option<Wish> {
    let mut own = None;
    for line in script.lines() {
        if line.starts_with("SELECT name FROM dbo.odsinstances WHERE name <> ALL ") {
            own.get_or_insert_with(Vec::new).extend(literals(line));
        }
    }
    own.map(Wish::OtherInstances)
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
    use crate::stack::{AdminClient, Databases, WantedDatabase, example};

    /// Quotes and backslashes stand in every secret of it.
    fn databases() -> Databases {
        example::stack("tenants").databases
    }

    fn verification() -> (postgres::VerifyMark, [postgres::VerifyClient; 2]) {
        let mark = postgres::VerifyMark {
            begun: 1_700_000_000,
            word: "abc".to_owned(),
        };
        let client = |instance: &str| postgres::VerifyClient {
            key: Secret::new(format!("key of {instance}")),
            secret: Secret::new(r"it's a \'; DROP"),
            instance: instance.to_owned(),
            education_organizations: Vec::new(),
        };
        (mark, [client("north"), client("south")])
    }

    fn admin() -> Vec<String> {
        ["EdFi_Admin_north", "EdFi_Admin_south"]
            .map(str::to_owned)
            .into()
    }

    #[test]
    fn the_scripts_about_databases_are_understood() {
        let databases = databases();
        let wanted: Vec<&WantedDatabase> = databases.wanted.iter().collect();
        let names: Vec<String> = wanted.iter().map(|one| one.name.clone()).collect();
        let observe = postgres::observe_server(&["EdFi_Admin_north", "EdFi_Admin_south"]);
        assert_eq!(read(&observe), Some(Wish::Observe(admin())));
        assert_eq!(
            read(&postgres::observe_server(&[])),
            Some(Wish::Observe(Vec::new()))
        );
        let ensure = postgres::ensure_databases("postgres", &wanted);
        assert_eq!(read(&ensure), Some(Wish::Ensure(names)));
        let script = crate::extension::Script {
            path: "a.sql".to_owned(),
            text: "\\echo made nonsense\nSELECT 1;".to_owned(),
        };
        let extend =
            postgres::extend_database("EdFi_Ods_north", false, &[script], "sample@12345678");
        let wish = Wish::Extend("EdFi_Ods_north".to_owned(), "sample@12345678".to_owned());
        assert_eq!(read(&extend), Some(wish));
    }

    #[test]
    fn the_scripts_that_write_rows_are_understood() {
        let databases = databases();
        let detached = ["east".to_owned(), "it's".to_owned()];
        let script = postgres::write_rows(&databases, &detached);
        let wish = Wish::Write {
            databases: admin(),
            detached: detached.to_vec(),
            instances: databases
                .instances
                .iter()
                .map(|instance| {
                    let mark = postgres::instance_fingerprint(instance);
                    (instance.name.clone(), mark)
                })
                .collect(),
            clients: databases
                .clients
                .iter()
                .map(|client| ClientRow {
                    name: client.name.clone(),
                    fingerprint: postgres::client_fingerprint(client),
                    key: client.key.clone(),
                    secret: Secret::new(postgres::packed_hash(&client.key, &client.secret)),
                })
                .collect(),
            forget_before: None,
        };
        assert_eq!(read(&script), Some(wish));
    }

    #[test]
    fn the_scripts_about_an_administrator_are_understood() {
        let client = AdminClient {
            key: Secret::new("key"),
            secret: Secret::new(r"it's a \'; DROP"),
        };
        let databases = vec!["EdFi_Admin".to_owned()];
        let noted = (client.key.clone(), client.fingerprint());
        assert_eq!(
            read(&postgres::note_admin_client("EdFi_Admin", &client)),
            Some(Wish::Administrator(databases.clone(), Some(noted)))
        );
        assert_eq!(
            read(&postgres::forget_admin_clients("EdFi_Admin")),
            Some(Wish::Administrator(databases, None))
        );
    }

    #[test]
    fn the_scripts_of_a_verification_are_understood() {
        let databases = databases();
        let (mark, clients) = verification();
        let row = |client: &postgres::VerifyClient| ClientRow {
            name: "verify 1700000000 abc 0".to_owned(),
            fingerprint: "verify".to_owned(),
            key: client.key.clone(),
            secret: Secret::new(postgres::packed_hash(&client.key, &client.secret)),
        };
        let wish = Wish::Write {
            databases: admin(),
            detached: Vec::new(),
            instances: Vec::new(),
            clients: clients.iter().map(row).collect(),
            forget_before: Some(1_700_000_000 - 600),
        };
        let make = postgres::make_verify_clients(&databases, &mark, &clients);
        assert_eq!(read(&make), Some(wish));
        let remove = postgres::remove_verify_clients(&databases, &mark);
        let beginning = "verify 1700000000 abc ".to_owned();
        assert_eq!(read(&remove), Some(Wish::Forget(admin(), beginning)));
    }

    #[test]
    fn questions_and_a_new_password_are_understood_and_other_scripts_are_not() {
        let odd = r"it's a \'; DROP";
        let script = postgres::set_password("postgres", &Secret::new(odd));
        assert_eq!(read(&script), Some(Wish::Password(Secret::new(odd))));
        let databases = databases();
        let names = vec!["Ed-Fi Sandbox".to_owned()];
        let script = postgres::unknown_claim_sets(&databases);
        assert_eq!(read(&script), Some(Wish::ClaimSets(names)));
        let own = vec!["north".to_owned(), "south".to_owned()];
        let script = postgres::other_instances(&databases);
        assert_eq!(read(&script), Some(Wish::OtherInstances(own)));
        assert_eq!(read("SELECT 'hello';\nDROP TABLE x;"), None);
        assert_eq!(read(""), None);
    }
}
