//! The stand-in for Sandbox Admin: at its start it makes one user, and a sandbox database with an API client for each of
//! the two demonstration sandboxes; then it serves a page about them.
//!
//! As in the real one this happens in the background, once, and a failure is logged and does not end the program: who
//! starts it before the databases are there gets no sandboxes. Unlike it, what is missing is made at the next start.

mod provision;
mod settings;

use std::sync::Arc;

use tokio::sync::OnceCell;

use super::crash::Crash;
use super::database::{Databases, open};
use super::http::{self, Reply, Request};
use super::settings::Settings;
use super::{log, wait, web};
use settings::SandboxSettings;

const LOGGER: &str = "InitializationEngine";

#[derive(Debug)]
struct SandboxAdmin {
    settings: SandboxSettings,
    databases: Databases,
    /// Set when the sandboxes are made, or cannot be.
    done: OnceCell<bool>,
}

/// Waits for the ODS server as the start script does, makes the sandboxes, serves.
pub async fn run(settings: Settings) -> Result<(), Crash> {
    let host = settings
        .variable("ODS_POSTGRES_HOST")
        .unwrap_or_default()
        .to_owned();
    wait::for_servers(&settings, &[&host]).await?;
    let admin = Arc::new(SandboxAdmin {
        settings: SandboxSettings::read(&settings)?,
        databases: Databases::default(),
        done: OnceCell::new(),
    });
    log::info(
        "Startup",
        &format!(
            "practice stand-in for Sandbox Admin, path base '/{}'",
            admin.settings.base
        ),
    );
    let background = Arc::clone(&admin);
    tokio::spawn(async move { background.initialize().await });
    http::serve(&settings, move |request| {
        let admin = Arc::clone(&admin);
        async move { admin.handle(&request).await }
    })
    .await
}

impl SandboxAdmin {
    async fn initialize(&self) {
        let made = match provision::everything(&self.settings).await {
            Ok(()) => true,
            Err(error) => {
                log::error(LOGGER, &error.to_string());
                false
            }
        };
        // Nobody else sets it.
        let _ = self.done.set(made);
    }

    async fn handle(&self, request: &Request) -> Reply {
        let (_, path) = http::split_base(&request.path, &self.settings.base);
        match path.trim_end_matches('/').to_lowercase().as_str() {
            "/health" => http::health_reply(self.is_healthy().await),
            "" | "/home" | "/home/index" | "/account/login" => {
                http::reply(200, "text/html; charset=utf-8", self.page().await)
            }
            _ => http::text_reply(404, ""),
        }
    }

    /// `EdFi_Admin` answers.
    async fn is_healthy(&self) -> bool {
        match self.databases.connect(&self.settings.admin).await {
            Ok(database) => database.simple_query("SELECT 1").await.is_ok(),
            Err(error) => {
                log::error(
                    "DefaultHealthCheckService",
                    &format!("EdFi_Admin is unhealthy: {error}"),
                );
                false
            }
        }
    }

    async fn page(&self) -> String {
        let mut rows = String::new();
        for sandbox in &self.settings.sandboxes {
            let state = if self.exists(&sandbox.database()).await {
                "online"
            } else {
                "not there"
            };
            let row = format!(
                "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{state}</td></tr>\n",
                web::escape_html(sandbox.name),
                sandbox.kind.name(),
                web::escape_html(&sandbox.key),
                web::escape_html(&sandbox.database()),
            );
            rows.push_str(&row);
        }
        let state = match self.done.get() {
            None => "The sandboxes are being made.",
            Some(true) => "The sandboxes are made.",
            Some(false) => {
                "The sandboxes could not be made; the log says why. Start this program again when it is mended."
            }
        };
        include_str!("page.html")
            .replace("%STATE%", state)
            .replace("%ROWS%", &rows)
            .replace("%OAUTH%", &web::escape_html(&self.settings.oauth_url))
    }

    async fn exists(&self, name: &str) -> bool {
        let Ok(database) = open(&self.settings.master).await else {
            return false;
        };
        database
            .query_opt("SELECT 1 FROM pg_database WHERE datname = $1", &[&name])
            .await
            .is_ok_and(|row| row.is_some())
    }
}
