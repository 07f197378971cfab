//! The client that administers the platform through the Admin API: what we remember of it, and taking away those that
//! nobody holds the secret of any more.
//!
//! The Admin API writes the client itself, since it hashes the secret (`adminapi.applications`; ODS-Admin-API v2.3.2,
//! `00002-AddApiAuthTables.sql`). Ours is known there by the name that it is shown under.

use std::fmt::Write as _;

use crate::stack::AdminClient;

use super::quote::literal;
use super::rows::begin;

/// Name under which the Admin API shows our client.
pub const ADMIN_CLIENT_NAME: &str = "edfi-setup: administrator";
/// What it is called among the clients that we wrote.
pub(super) const ADMIN_CLIENT: &str = "Admin API";

/// A script that notes that this client is registered, and takes earlier ones of ours away.
pub fn note_admin_client(admin: &str, client: &AdminClient) -> String {
    let mut script = begin(admin);
    delete(&mut script, Some(client));
    let _ = write!(
        script,
        "INSERT INTO edfi_setup.client (name, fingerprint) VALUES ({name}, {print})
    ON CONFLICT (name) DO UPDATE SET fingerprint = excluded.fingerprint, written = now();
COMMIT;
",
        name = literal(ADMIN_CLIENT),
        print = literal(&client.fingerprint()),
    );
    script
}

/// A script that takes all clients of ours away: the one to register has another key or another secret.
pub fn forget_admin_clients(admin: &str) -> String {
    let mut script = begin(admin);
    delete(&mut script, None);
    script.push_str("COMMIT;\n");
    script
}

/// Tokens and authorizations go first. The tables do not delete them by themselves.
fn delete(script: &mut String, but: Option<&AdminClient>) {
    let name = literal(ADMIN_CLIENT_NAME);
    let but = but.map_or(String::new(), |client| {
        format!(" AND clientid <> {}", literal(client.key.expose()))
    });
    let gone = format!("(SELECT id FROM adminapi.applications WHERE displayname = {name}{but})");
    let _ = write!(
        script,
        "DELETE FROM adminapi.tokens WHERE applicationid IN {gone};
DELETE FROM adminapi.authorizations WHERE applicationid IN {gone};
DELETE FROM adminapi.applications WHERE displayname = {name}{but};
"
    );
}
