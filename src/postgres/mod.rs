//! Databases and the rows the platform needs in them, by our own idempotent SQL.
//!
//! Everything here writes text for `psql` and reads its answers; who runs it is somebody else's
//! matter. Names are mixed case and always quoted; values are quoted by rule, never by hand. Every
//! script may run again at any time: what is there already is left alone.

mod admin_client;
mod credentials;
mod databases;
mod extend;
mod kept;
mod observe;
mod quote;
mod rows;
mod secret_hash;
mod tenants;

pub use admin_client::{ADMIN_CLIENT_NAME, forget_admin_clients, note_admin_client};
pub use credentials::{
    Credential, CredentialError, CredentialRow, add_credential, list_credentials, read_credentials,
    remove_credential,
};
pub(crate) use databases::COMPLETE;
pub use databases::ensure_databases;
pub use extend::{extend_database, extend_database_once};
pub use kept::{Kept, KeptError, drop_database, list_databases, read_databases};
pub use observe::{ServerState, observe_server, read_server_state};
pub use quote::{identifier, literal};
pub use rows::{VerifyClient, VerifyMark, client_fingerprint, instance_fingerprint};
pub use secret_hash::packed_hash;
pub use tenants::{
    make_verify_clients, other_instances, remove_verify_clients, require_claim_sets,
    unknown_claim_sets, write_rows,
};

/// A script that gives a login this password.
pub fn set_password(user: &str, password: &crate::deployment::Secret) -> String {
    format!(
        "SET log_min_error_statement = panic;\nALTER ROLE {} PASSWORD {};\n",
        identifier(user),
        literal(password.expose())
    )
}

/// The program and arguments that read a script from standard input. Secrets travel there, never
/// in an argument. The socket is asked, which the images let their own superuser use.
pub fn psql(user: &str) -> Vec<String> {
    [
        "psql",
        "-X",
        "-q",
        "-A",
        "-t",
        "-v",
        "ON_ERROR_STOP=1",
        "-U",
        user,
        "-d",
        "postgres",
        "-f",
        "-",
    ]
    .iter()
    .map(|part| (*part).to_owned())
    .collect()
}
