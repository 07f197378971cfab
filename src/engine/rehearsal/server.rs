//! A model of a PostgreSQL server with Ed-Fi's databases: what it has, not how it keeps it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::script::{self, Wish};
use crate::deployment::Secret;
use crate::postgres::packed_hash;

/// Claim sets that `EdFi_Security` brings (release 7.3).
const CLAIM_SETS: [&str; 12] = [
    "AB Connect",
    "Assessment Read",
    "Assessment Vendor",
    "Bootstrap Descriptors and EdOrgs",
    "District Hosted SIS Vendor",
    "Ed-Fi API Publisher - Reader",
    "Ed-Fi API Publisher - Writer",
    "Ed-Fi Sandbox",
    "Education Preparation Program",
    "Finance Vendor",
    "Roster Vendor",
    "SIS Vendor",
];

/// What lives in a volume of a database service.
#[derive(Debug, Default)]
pub(super) struct Server {
    /// The password of its login; none before the first start.
    pub password: Option<Secret>,
    /// Databases that are there and filled, and whether we have looked into them and said so.
    pub databases: BTreeMap<String, bool>,
    /// Extensions that each has, by their marks.
    extended: BTreeMap<String, BTreeSet<String>>,
    /// Instances we wrote, with their fingerprints; none before we wrote any.
    instances: Option<BTreeMap<String, String>>,
    /// By name, and by how many of that name a script wrote before: tenants number theirs apart.
    clients: BTreeMap<(String, usize), ApiClient>,
    /// Who is registered with the Admin API, by key; and what we noted of our own.
    administrators: BTreeMap<String, Secret>,
    administrator: Option<String>,
}

/// Somebody who may ask the API.
#[derive(Debug, Clone)]
struct ApiClient {
    fingerprint: String,
    key: Secret,
    secret: Secret,
    sees: Data,
}

/// What is in the database that a client sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Data {
    /// Nothing yet.
    Empty,
    /// The sample district.
    Sample,
}

/// What psql would print and exit with.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refused {
    pub exit_code: i64,
    pub words: String,
}

impl Server {
    /// Runs a script and gives its output.
    pub fn run(&mut self, text: &str) -> Result<String, Refused> {
        let wish = script::read(text).ok_or_else(|| Refused {
            exit_code: 3,
            words: "psql:<stdin>:1: ERROR:  a rehearsal does not understand this script".to_owned(),
        })?;
        match wish {
            Wish::Observe(names) => Ok(self.observe(&names)),
            Wish::Ensure(names) => Ok(self.ensure(&names)),
            Wish::Extend(name, mark) => {
                self.has(std::slice::from_ref(&name))?;
                self.extended.entry(name).or_default().insert(mark);
                Ok(String::new())
            }
            Wish::Write {
                databases,
                detached,
                instances,
                clients,
                forget_before,
            } => {
                self.has(&databases)?;
                self.forget_verifications(forget_before);
                for name in detached {
                    self.detach(&name);
                }
                self.instances.get_or_insert_default().extend(instances);
                let mut written: BTreeMap<String, usize> = BTreeMap::new();
                for row in clients {
                    let client = ApiClient {
                        fingerprint: row.fingerprint,
                        key: row.key,
                        secret: row.secret,
                        sees: Data::Empty,
                    };
                    let before = written.entry(row.name.clone()).or_default();
                    self.clients.insert((row.name, *before), client);
                    *before += 1;
                }
                Ok(String::new())
            }
            Wish::Administrator(databases, noted) => {
                self.has(&databases)?;
                self.instances.get_or_insert_default();
                let key = noted.as_ref().map(|(key, _)| key.expose());
                self.administrators
                    .retain(|one, _| Some(one.as_str()) == key);
                self.administrator = noted.map(|(_, fingerprint)| fingerprint);
                Ok(String::new())
            }
            Wish::Forget(databases, name) => {
                self.has(&databases)?;
                self.clients
                    .retain(|(client, _), _| !client.starts_with(&name));
                Ok(String::new())
            }
            Wish::ClaimSets(names) => Ok(claim_sets(&names)),
            Wish::OtherInstances(own) => Ok(self
                .instances
                .iter()
                .flatten()
                .filter(|(name, _)| !own.contains(name))
                .map(|(name, _)| format!("{name}\n"))
                .collect::<Vec<_>>()
                .concat()),
            Wish::Password(password) => {
                self.password = Some(password);
                Ok(String::new())
            }
        }
    }

    /// What a key's owner sees, if key and secret are right.
    pub fn who(&self, key: &str, secret: &str) -> Option<Data> {
        // Sandbox Admin's are known as they are, ours by their hash.
        let given = Secret::new(secret);
        self.clients
            .values()
            .find(|client| {
                client.key.expose() == key
                    && (client.secret == given
                        || client.secret.expose() == packed_hash(&client.key, &given))
            })
            .map(|client| client.sees)
    }

    /// Registers somebody with the Admin API, as the Admin API does; nobody twice, and only where its tables are.
    pub fn register(&mut self, key: &str, secret: &str) -> bool {
        let has_tables = self.extended.contains_key("EdFi_Admin");
        let is_new = has_tables && !self.administrators.contains_key(key);
        if is_new {
            let secret = Secret::new(secret);
            self.administrators.insert(key.to_owned(), secret);
        }
        is_new
    }

    /// Whether somebody may administer.
    pub fn administers(&self, key: &str, secret: &str) -> bool {
        let known = self.administrators.get(key);
        known.is_some_and(|known| known.expose() == secret)
    }

    /// Makes a sandbox with its key, as Sandbox Admin does.
    pub fn add_sandbox(&mut self, name: &str, key: Secret, secret: Secret, sees: Data) {
        let client = ApiClient {
            fingerprint: String::new(),
            key,
            secret,
            sees,
        };
        self.clients.insert((format!("sandbox {name}"), 0), client);
    }

    /// Whether it has all of these databases.
    fn has(&self, names: &[String]) -> Result<(), Refused> {
        let missing = names
            .iter()
            .find(|name| !self.databases.contains_key(*name));
        let Some(name) = missing else {
            return Ok(());
        };
        Err(Refused {
            exit_code: 3,
            words: format!(
                "psql:<stdin>:1: error: connection to server on socket \"/var/run/postgresql/.s.PGSQL.5432\" failed: FATAL:  database \"{name}\" does not exist"
            ),
        })
    }

    /// Takes an instance away, with the client that could use it alone.
    fn detach(&mut self, name: &str) {
        if let Some(instances) = &mut self.instances {
            instances.remove(name);
        }
        let client = format!("client of {name}");
        self.clients.retain(|(own, _), _| *own != client);
    }

    fn observe(&self, admin: &[String]) -> String {
        let filled = self.databases.iter().filter(|(_, filled)| **filled);
        let mut lines: Vec<String> = filled
            .map(|(name, _)| {
                let marks = self.extended.get(name).into_iter().flatten();
                let marks: Vec<String> = marks.map(|mark| format!("; {mark}")).collect();
                let marks = marks.concat();
                format!("filled {name}\t{marks}\n")
            })
            .collect();
        let is_there = admin.iter().any(|name| self.databases.contains_key(name));
        if let (Some(instances), true) = (&self.instances, is_there) {
            // Sandbox Admin's own keys are no rows of ours.
            let ours = |client: &&ApiClient| !client.fingerprint.is_empty();
            let clients: BTreeMap<&String, &String> = self
                .clients
                .iter()
                .filter(|(_, client)| ours(client))
                .map(|((name, _), client)| (name, &client.fingerprint))
                .collect();
            let rows = json!({ "instances": instances, "clients": clients });
            lines.push(format!("rows {rows}\n"));
            let noted = self.administrator.iter();
            let ours = noted.filter(|_| !self.administrators.is_empty());
            lines.extend(ours.map(|fingerprint| format!("administrator {fingerprint}\n")));
        }
        lines.concat()
    }

    fn ensure(&mut self, names: &[String]) -> String {
        names
            .iter()
            .filter(|name| self.databases.insert((*name).clone(), true).is_none())
            .map(|name| format!("made {name}\n"))
            .collect::<Vec<_>>()
            .concat()
    }

    fn forget_verifications(&mut self, before: Option<i64>) {
        let Some(before) = before else { return };
        self.clients.retain(|(name, _), _| {
            name.strip_prefix("verify ")
                .and_then(|rest| rest.split(' ').next()?.parse::<i64>().ok())
                .is_none_or(|made| made >= before)
        });
    }
}

fn claim_sets(names: &[String]) -> String {
    let unknown = names
        .iter()
        .filter(|name| !CLAIM_SETS.contains(&name.as_str()))
        .map(|name| format!("unknown {name}\n"));
    let known = CLAIM_SETS.iter().map(|name| format!("known {name}\n"));
    unknown.chain(known).collect::<Vec<_>>().concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::postgres::{self, VerifyClient, VerifyMark};
    use crate::stack::{Databases, WantedDatabase, example};

    const ADMIN: &str = "EdFi_Admin";

    fn databases() -> Databases {
        example::stack("district-shared").databases
    }

    fn ensure(databases: &Databases) -> String {
        let admin = |database: &&WantedDatabase| database.name == ADMIN;
        let wanted: Vec<&WantedDatabase> = databases.wanted.iter().filter(admin).collect();
        postgres::ensure_databases("postgres", &wanted)
    }

    fn verification(begun: i64) -> (VerifyMark, [VerifyClient; 1]) {
        let word = "word".to_owned();
        let client = VerifyClient {
            key: Secret::new(format!("key {begun}")),
            secret: Secret::new("secret"),
            instance: "default".to_owned(),
            education_organizations: Vec::new(),
        };
        (VerifyMark { begun, word }, [client])
    }

    fn make(begun: i64) -> String {
        let (mark, clients) = verification(begun);
        postgres::make_verify_clients(&databases(), &mark, &clients)
    }

    #[test]
    fn what_is_written_is_found_again_and_forgotten_on_demand() {
        let mut server = Server::default();
        let databases = databases();
        let observe = postgres::observe_server(&[ADMIN]);
        let nothing = Ok(String::new());
        assert_eq!(server.run(&make(1)).unwrap_err().exit_code, 3);
        assert_eq!(server.run(&observe), nothing);

        let made = server.run(&ensure(&databases));
        assert_eq!(made, Ok("made EdFi_Admin\n".to_owned()));
        assert_eq!(server.run(&ensure(&databases)), nothing);

        server.run(&make(1)).unwrap();
        assert_eq!(server.who("key 1", "secret"), Some(Data::Empty));
        assert_eq!(server.who("key 1", "other"), None);
        let seen = server.run(&observe).unwrap();
        let state = postgres::read_server_state(&seen).unwrap();
        assert!(state.filled.contains(ADMIN));
        assert_eq!(
            state.clients.keys().collect::<Vec<_>>(),
            ["verify 1 word 0"]
        );

        // A later verification takes away what a killed one left.
        server.run(&make(5000)).unwrap();
        assert_eq!(server.who("key 1", "secret"), None);
        let (mark, _) = verification(5000);
        server
            .run(&postgres::remove_verify_clients(&databases, &mark))
            .unwrap();
        assert_eq!(server.who("key 5000", "secret"), None);
    }

    #[test]
    fn what_is_detached_is_gone_with_its_own_client() {
        let mut server = Server::default();
        let databases = example::stack("district-years").databases;
        server.run(&ensure(&databases)).unwrap();
        server.run(&postgres::write_rows(&databases, &[])).unwrap();
        let mut fewer = databases.clone();
        fewer.instances.retain(|instance| instance.name != "2026");
        fewer.clients.retain(|client| client.instance != "2026");
        server
            .run(&postgres::write_rows(&fewer, &["2026".to_owned()]))
            .unwrap();
        let seen = server.run(&postgres::observe_server(&[ADMIN])).unwrap();
        let state = postgres::read_server_state(&seen).unwrap();
        assert_eq!(state.instances.keys().collect::<Vec<_>>(), ["2027"]);
        assert_eq!(state.clients.keys().collect::<Vec<_>>(), ["client of 2027"]);
    }

    #[test]
    fn databases_of_the_first_start_count_once_we_have_seen_them() {
        let mut server = Server::default();
        server.databases.insert(ADMIN.to_owned(), false);
        let observe = postgres::observe_server(&[ADMIN]);
        let nothing = Ok(String::new());
        assert_eq!(server.run(&observe), nothing);
        assert_eq!(server.run(&ensure(&databases())), nothing);
        let seen = server.run(&observe);
        assert_eq!(seen, Ok("filled EdFi_Admin\t\n".to_owned()));
    }
}
