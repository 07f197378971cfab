//! What to ask a service from inside its own container.

use std::time::Duration;

use crate::catalog::{ImageEntry, ImageKind};

use super::Probe;
use super::settings::DATABASE_USER;

/// Where the gateway answers its own probe; see `assets/gateway/default.conf`.
const GATEWAY_PORT: u16 = 8080;

/// The question for an image. PostgreSQL is asked over TCP: its first start runs a server on the
/// socket only, which must not count as ready.
pub(super) fn probe(entry: &ImageEntry) -> Probe {
    let strings = |parts: &[&str]| parts.iter().map(|part| (*part).to_owned()).collect();
    let get = |address: &str| strings(&["wget", "-q", "-T", "5", "-O", "/dev/null", address]);
    let (command, port, question) = match entry.kind {
        ImageKind::Postgres => (
            strings(&[
                "pg_isready",
                "-h",
                "127.0.0.1",
                "-p",
                &entry.port.to_string(),
                "-U",
                DATABASE_USER,
            ]),
            entry.port,
            "accepts connections".to_owned(),
        ),
        ImageKind::Web => {
            let path = entry.health.as_deref().unwrap_or("/");
            (
                get(&format!("http://127.0.0.1:{}{path}", entry.port)),
                entry.port,
                format!("answers on {path}"),
            )
        }
        ImageKind::Gateway => (
            get(&format!("http://127.0.0.1:{GATEWAY_PORT}/gateway-health")),
            GATEWAY_PORT,
            "passes requests on".to_owned(),
        ),
        // The password comes from the environment, and a refusal is an answer with exit code 0.
        ImageKind::Cache => (
            strings(&["sh", "-c", "redis-cli ping | grep -q PONG"]),
            entry.port,
            "answers a ping".to_owned(),
        ),
    };
    Probe {
        command,
        port,
        question,
        patience: Duration::from_secs(entry.start_seconds),
    }
}
