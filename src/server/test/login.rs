//! Why nobody was let in. The server tells reasons apart by SQLSTATE; where one state has several
//! reasons, by the place in its source that it names (which, unlike its words, is never translated).

use std::net::IpAddr;

use tokio_postgres::error::DbError;

use super::advice::{HandOver, HandOverKind, name};
use super::protection::handshake_row;
use super::{Row, Stage, Verdict};
use crate::postgres::literal;
use crate::server::session::{LoginFault, ReachFault};
use crate::server::target::Target;

/// The row of a login that failed.
pub(super) fn row(fault: &LoginFault, target: &Target, encrypted: bool, inside: bool) -> Row {
    let block = |found: &str| Row::new(Stage::Login, Verdict::Block, found);
    match fault {
        LoginFault::Said(said) => {
            judge(&Said::of(said), target, encrypted, inside).said(said.message().to_owned())
        }
        LoginFault::NoPassword => block("the server asks for a password, and none was given")
            .advice("Give the role's password: at the prompt, in a file that only you can read, or in an environment variable."),
        LoginFault::UnknownWay(_) => block("the server wants a login of another kind (Kerberos, for example)")
            .advice("Ed-Fi's programs log in with a password or a client certificate. Ask for a line in pg_hba.conf that allows that for this role.")
            .hand_over(hba(target, None, encrypted, inside)),
        LoginFault::Tls(fault) => Row {
            stage: Stage::Login,
            ..handshake_row(fault)
        },
        LoginFault::Silent => block("the server does not answer the login")
            .advice("It may be overloaded, or it asks another system (LDAP, RADIUS) that does not answer. Try again; if it stays, ask whoever runs the server."),
        LoginFault::Lost(words) => block("the connection ended during the login")
            .advice(format!("The server may be restarting. Try again. What was seen: {words}.")),
        LoginFault::Reach(ReachFault::Dial(_)) => block("the server cannot be reached any more")
            .advice("It answered a moment ago. It may be restarting. Try again."),
        LoginFault::Reach(_) => block("the connection could not be protected again")
            .advice("It worked a moment ago. Several servers with different settings may answer in turns."),
    }
}

/// What counts of a server's answer.
struct Said<'e> {
    state: &'e str,
    routine: &'e str,
    words: &'e str,
}

impl<'e> Said<'e> {
    fn of(error: &'e DbError) -> Self {
        Self {
            state: error.code().code(),
            routine: error.routine().unwrap_or_default(),
            words: error.message(),
        }
    }

    fn has(&self, part: &str) -> bool {
        self.words.contains(part)
    }
}

fn judge(said: &Said<'_>, target: &Target, encrypted: bool, inside: bool) -> Row {
    let block = |found: String| Row::new(Stage::Login, Verdict::Block, found);
    let role = name(&target.user);
    let user = &target.user;
    match said.state {
        // For a role that is not there, a server that asks for passwords says the same on purpose.
        "28P01" => block(format!("wrong password, or there is no role {user}"))
            .advice("The server does not tell which of the two, so that nobody can try names. Look at both; capital letters count in each.")
            .hand_over(HandOver::sql(format!(
                "SELECT rolname, rolcanlogin, rolvaliduntil FROM pg_roles WHERE rolname = {};\n\\password {role}",
                literal(user)
            ))),
        "28000" if said.has("client certificate") || said.has("certificate authentication") => {
            block("the server wants a client certificate".to_owned()).advice(
                "Give the file with the client certificate and the one with its key. Its common name usually has to be the role's name.",
            )
        }
        "28000" if said.has("peer") || said.has("Peer") || said.has("Ident") => {
            block(format!("this user of the computer may not log in as {user}"))
                .advice("The server compares the names of the computer's user and the role (peer). Ask for a line in pg_hba.conf that asks for a password instead.")
                .hand_over(HandOver::new(
                    HandOverKind::PgHba,
                    format!("local  all  {}  scram-sha-256", hba_word(user)),
                ))
        }
        "28000" if said.routine == "ClientAuthentication" || said.has("pg_hba") => {
            let plain = !encrypted && (said.has("no encryption") || said.has("SSL off"));
            let row = block("the server lets nobody in from here with this role (pg_hba.conf)".to_owned());
            let row = if plain {
                row.advice("The password was not looked at. The connection was not encrypted: the server may let you in over TLS. Choose verify-full first; if it stays like this, the server needs a line for you.")
            } else {
                row.advice("The password was not looked at. The server needs a line for this role and this address. The address in it is the one that the server sees.")
            };
            row.hand_over(hba(target, address_in(said.words), encrypted, inside))
        }
        "28000" if said.has("not permitted to log in") => block(format!("the role {user} may not log in"))
            .advice("The role is there, but only as a group.")
            .hand_over(HandOver::sql(format!("ALTER ROLE {role} LOGIN;"))),
        "28000" => block(format!("there is no role {user}, or it may not log in"))
            .advice("Look for a spelling mistake; capital letters count. Otherwise the role has to be made. The password is typed by whoever runs this, and never written down.")
            .hand_over(HandOver::sql(format!("CREATE ROLE {role} LOGIN CREATEDB;\n\\password {role}"))),
        "3D000" => block(format!("there is no database {}", target.database))
            .advice("The login is good. The test only needs a database to log in to, and writes nothing to it: name another one that is there. Most servers have one called postgres; managed ones sometimes defaultdb."),
        "42501" => block(format!("the role may not connect to the database {}", target.database))
            .advice("The login is good, but this database is closed to the role.")
            .hand_over(HandOver::sql(format!(
                "GRANT CONNECT ON DATABASE {} TO {role};",
                name(&target.database)
            ))),
        "53300" => full(said, &role),
        "57P03" => block("the server is starting, stopping, or recovering".to_owned())
            .advice("Wait a minute and try again. If it stays like this, the server may be a standby that takes no connections."),
        "55000" => block(format!("the database {} takes no connections", target.database))
            .advice("It is closed on purpose, as templates are. Name another one, such as postgres."),
        "08P01" | "0A000" => block("the server, or a pooler before it, refuses the connection".to_owned())
            .advice("If a pooler such as PgBouncer is in between, it has to know the role and the database. Its own words are below."),
        state => block(format!("the server refuses the login ({state})")).advice("Its own words are below."),
    }
}

fn full(said: &Said<'_>, role: &str) -> Row {
    let row = |found: &str| Row::new(Stage::Login, Verdict::Block, found);
    if said.routine == "InitializeSessionUserId" {
        row("the role has all the connections it may have")
            .advice("The role has a limit of its own, and it is used up.")
            .hand_over(HandOver::sql(format!(
                "ALTER ROLE {role} CONNECTION LIMIT -1;"
            )))
    } else if said.routine == "CheckMyDatabase" {
        row("the database has all the connections it may have")
            .advice("The database has a limit of its own, and it is used up. Name another database to log in to, such as postgres.")
    } else {
        row("all connections of the server are in use")
            .advice("The login is good, but there is no room. Close what is not needed, or have the limit raised.")
            .hand_over(HandOver::sql(
                "SELECT usename, application_name, count(*) FROM pg_stat_activity GROUP BY 1, 2 ORDER BY 3 DESC;\nALTER SYSTEM SET max_connections = 200;  -- then restart the server",
            ))
    }
}

/// The address in quotes among the server's words: ours, as it sees it.
fn address_in(words: &str) -> Option<IpAddr> {
    words
        .split(['"', '»', '«', '“', '”', '„', '\''])
        .find_map(|part| part.parse().ok())
}

/// The line that would let us in.
fn hba(target: &Target, address: Option<IpAddr>, encrypted: bool, inside: bool) -> HandOver {
    // Without TLS today, the line asks for it all the same, unless the operator wants none.
    let kind = if encrypted || target.tls.mode > crate::server::target::TlsMode::Prefer {
        "hostssl"
    } else {
        "host"
    };
    let address = address.map_or_else(
        || {
            let whose = if inside {
                "containers"
            } else {
                "this computer"
            };
            format!("ADDRESS-OF-{}/32", whose.to_uppercase().replace(' ', "-"))
        },
        |address| match address.to_canonical() {
            IpAddr::V4(address) => format!("{address}/32"),
            IpAddr::V6(address) => format!("{address}/128"),
        },
    );
    HandOver::new(
        HandOverKind::PgHba,
        format!(
            "{kind}  all  {}  {address}  scram-sha-256",
            hba_word(&target.user)
        ),
    )
}

/// A name as `pg_hba.conf` takes it: in double quotes where it has blanks, or is one of its own words.
fn hba_word(word: &str) -> String {
    let plain = word
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c));
    if plain && !["all", "samerole", "samegroup", "replication", "sameuser"].contains(&word) {
        word.to_owned()
    } else {
        format!("\"{}\"", word.replace('"', "\"\""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::target::Fields;

    fn found(state: &str, routine: &str, words: &str) -> Row {
        let target = Fields::paste("postgres://Edfi@db/x")
            .unwrap()
            .target()
            .unwrap();
        judge(
            &Said {
                state,
                routine,
                words,
            },
            &target,
            true,
            false,
        )
    }

    #[test]
    fn reasons_have_messages_of_their_own() {
        let rows = [
            found(
                "28P01",
                "auth_failed",
                "password authentication failed for user \"Edfi\"",
            ),
            found(
                "28000",
                "ClientAuthentication",
                "no pg_hba.conf entry for host \"10.1.2.3\", user \"Edfi\", database \"x\", SSL encryption",
            ),
            found(
                "28000",
                "ClientAuthentication",
                "connection requires a valid client certificate",
            ),
            found(
                "28000",
                "InitializeSessionUserId",
                "role \"Edfi\" does not exist",
            ),
            found(
                "28000",
                "InitializeSessionUserId",
                "role \"Edfi\" is not permitted to log in",
            ),
            found(
                "28000",
                "auth_failed",
                "Peer authentication failed for user \"Edfi\"",
            ),
            found("3D000", "InitPostgres", "database \"x\" does not exist"),
            found(
                "42501",
                "CheckMyDatabase",
                "permission denied for database \"x\"",
            ),
            found("53300", "InitProcess", "sorry, too many clients already"),
            found(
                "53300",
                "InitializeSessionUserId",
                "too many connections for role \"Edfi\"",
            ),
            found(
                "57P03",
                "ProcessStartupPacket",
                "the database system is starting up",
            ),
            found("99999", "", "?"),
        ];
        for (at, row) in rows.iter().enumerate() {
            assert!(row.advice.is_some(), "{row:?}");
            assert!(
                rows.iter()
                    .skip(at + 1)
                    .all(|other| other.found != row.found),
                "{row:?}"
            );
        }
    }

    #[test]
    fn the_line_for_pg_hba_has_the_address_that_the_server_sees_in_any_language() {
        for words in [
            "no pg_hba.conf entry for host \"10.1.2.3\", user \"Edfi\", database \"x\", SSL encryption",
            "kein pg_hba.conf-Eintrag für Host »10.1.2.3«, Benutzer »Edfi«, Datenbank »x«",
        ] {
            let row = found("28000", "ClientAuthentication", words);
            assert_eq!(
                row.hand_over.unwrap().text,
                "hostssl  all  Edfi  10.1.2.3/32  scram-sha-256"
            );
        }
        let six = found(
            "28000",
            "ClientAuthentication",
            "no pg_hba.conf entry for host \"fd00::7\"",
        );
        assert!(six.hand_over.unwrap().text.contains("fd00::7/128"));
    }

    #[test]
    fn names_in_statements_keep_their_case() {
        let row = found(
            "28000",
            "InitializeSessionUserId",
            "role \"Edfi\" does not exist",
        );
        assert!(
            row.hand_over
                .unwrap()
                .text
                .contains("CREATE ROLE \"Edfi\" LOGIN")
        );
    }
}
