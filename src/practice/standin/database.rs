//! Connections to PostgreSQL, kept or not as the connection string's `pooling` says.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio_postgres::{Client, NoTls};

use super::log;
use super::npgsql::{ConnectionString, FormatError};

/// Npgsql's own default for opening a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);

/// Why a database did not answer. Shown in the log; never contains a password.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The connection string is none.
    #[error("{0}")]
    Format(#[from] FormatError),
    /// Nobody there, or refused.
    #[error("cannot connect to {target}: {reason}")]
    Connect {
        /// User, host, port and database.
        target: String,
        /// What the server or the network said.
        reason: String,
    },
    /// The statement failed.
    #[error("{0}")]
    Statement(String),
}

impl From<tokio_postgres::Error> for DatabaseError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Statement(explain(&error))
    }
}

fn explain(error: &tokio_postgres::Error) -> String {
    error.as_db_error().map_or_else(
        || {
            let cause = std::error::Error::source(error)
                .map_or_else(String::new, |cause| format!(": {cause}"));
            format!("{error}{cause}")
        },
        |server| format!("{}: {}", server.code().code(), server.message()),
    )
}

/// The connections of one program. A kept connection serves any number of statements at a time.
#[derive(Debug, Default)]
pub struct Databases {
    kept: Mutex<HashMap<ConnectionString, Arc<Client>>>,
}

impl Databases {
    /// A connection for single statements: the kept one, or a new one.
    pub async fn connect(&self, target: &ConnectionString) -> Result<Arc<Client>, DatabaseError> {
        if !target.pooling {
            return Ok(Arc::new(open(target).await?));
        }
        if let Some(client) = self.known(target) {
            return Ok(client);
        }
        // Not under the lock: a server that does not answer must not keep the others waiting.
        let client = Arc::new(open(target).await?);
        self.lock().insert(target.clone(), Arc::clone(&client));
        Ok(client)
    }

    fn known(&self, target: &ConnectionString) -> Option<Arc<Client>> {
        self.lock()
            .get(target)
            .filter(|client| !client.is_closed())
            .cloned()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ConnectionString, Arc<Client>>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Opens a connection of its own, for transactions and for statements that must not share one.
pub async fn open(target: &ConnectionString) -> Result<Client, DatabaseError> {
    let failed = |reason: String| DatabaseError::Connect {
        target: format!("{target:?}"),
        reason,
    };
    let mut config = tokio_postgres::Config::new();
    config
        .host(&target.host)
        .port(target.port)
        .user(&target.username)
        .password(&target.password)
        .dbname(&target.database)
        .connect_timeout(CONNECT_TIMEOUT);
    if let Some(name) = &target.application_name {
        config.application_name(name);
    }
    let (client, connection) = config
        .connect(NoTls)
        .await
        .map_err(|error| failed(explain(&error)))?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            log::warn("NpgsqlConnection", &explain(&error));
        }
    });
    Ok(client)
}
