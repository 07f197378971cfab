//! The stand-in for Admin API 2.3 in mode v2: registers administrators, hands out tokens, and keeps vendors,
//! applications and ODS instances in `EdFi_Admin`.

mod connect;
mod resources;
mod settings;
mod token;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::crash::Crash;
use super::database::{DatabaseError, Databases};
use super::http::{self, Reply, Request};
use super::npgsql::ConnectionString;
use super::settings::Settings;
use super::{log, wait};
use settings::{AdminSettings, Tenant};

const LOGGER: &str = "AdminApi";

#[derive(Debug)]
struct AdminApi {
    settings: AdminSettings,
    databases: Databases,
    /// When somebody last tried to register.
    registrations: Mutex<VecDeque<Instant>>,
}

/// A refusal: HTTP status and body.
type Refusal = (u16, Value);

/// Waits as the start script does, reads the settings, serves.
pub async fn run(settings: Settings) -> Result<(), Crash> {
    let hosts = settings
        .variable("ADMIN_WAIT_POSTGRES_HOSTS")
        .or_else(|| settings.variable("ADMIN_POSTGRES_HOST"))
        .unwrap_or_default();
    wait::for_servers(&settings, &hosts.split_whitespace().collect::<Vec<_>>()).await?;
    let read = AdminSettings::read(&settings)?;
    log::info(
        "Startup",
        &format!(
            "practice stand-in for Admin API 2.3, path base '/{}', registration {}",
            read.base,
            if read.allow_registration {
                "open"
            } else {
                "closed"
            }
        ),
    );
    let api = Arc::new(AdminApi {
        settings: read,
        databases: Databases::default(),
        registrations: Mutex::default(),
    });
    http::serve(&settings, move |request| {
        let api = Arc::clone(&api);
        async move { api.handle(&request).await }
    })
    .await
}

impl AdminApi {
    async fn handle(&self, request: &Request) -> Reply {
        let (_, path) = http::split_base(&request.path, &self.settings.base);
        let lower = path.trim_matches('/').to_lowercase();
        let parts: Vec<&str> = lower.split('/').filter(|part| !part.is_empty()).collect();
        if parts == ["health"] {
            return http::health_reply(self.is_healthy().await);
        }
        self.answer(request, &parts)
            .await
            .unwrap_or_else(|(status, body)| {
                log::warn(
                    LOGGER,
                    &format!("{} {} -> {status}", request.method, request.path),
                );
                http::json_reply(status, &body)
            })
    }

    async fn answer(&self, request: &Request, parts: &[&str]) -> Result<Reply, Refusal> {
        match (request.method.as_str(), parts) {
            ("GET", []) => Ok(http::json_reply(
                200,
                &json!({ "version": "2.3", "build": "2.3.2-practice" }),
            )),
            ("POST", ["connect", "register"]) => {
                self.register(request, self.tenant(request)?).await
            }
            ("POST", ["connect", "token"]) => self.token(request, self.tenant(request)?).await,
            (_, ["v2", resource @ ..]) => {
                let tenant = self.tenant(request)?;
                self.authorize(request)?;
                self.resource(request, tenant, resource).await
            }
            _ => Err((404, json!({ "title": "Not Found", "status": 404 }))),
        }
    }

    /// With multi-tenancy the header `tenant` names the databases.
    fn tenant(&self, request: &Request) -> Result<&Tenant, Refusal> {
        if !self.settings.multi_tenancy {
            return self
                .settings
                .tenants
                .get("")
                .ok_or_else(|| (500, json!({ "title": "No database is configured." })));
        }
        let refusal = |message: &str| {
            (
                400,
                json!({ "title": "Validation failed", "errors": { "Tenant": [message] } }),
            )
        };
        let name = request
            .header("tenant")
            .ok_or_else(|| refusal("The header 'tenant' is missing."))?;
        self.settings
            .tenants
            .get(&name.to_lowercase())
            .ok_or_else(|| refusal("The header 'tenant' names a tenant that does not exist."))
    }

    /// Both databases of every tenant answer.
    async fn is_healthy(&self) -> bool {
        for (name, tenant) in &self.settings.tenants {
            for text in [&tenant.admin, &tenant.security] {
                let answer = async {
                    let target = ConnectionString::parse(&text.0)?;
                    Ok::<_, DatabaseError>(
                        self.databases
                            .connect(&target)
                            .await?
                            .simple_query("SELECT 1")
                            .await?,
                    )
                };
                if let Err(error) = answer.await {
                    log::error(
                        "DefaultHealthCheckService",
                        &format!("a database of tenant '{name}' is unhealthy: {error}"),
                    );
                    return false;
                }
            }
        }
        true
    }

    /// A connection to the tenant's `EdFi_Admin`.
    async fn admin(&self, tenant: &Tenant) -> Result<Arc<tokio_postgres::Client>, Refusal> {
        let target =
            ConnectionString::parse(&tenant.admin.0).map_err(|error| failed(&error.into()))?;
        self.databases
            .connect(&target)
            .await
            .map_err(|error| failed(&error))
    }

    /// Whether one more registration is within the limit of this minute.
    fn may_register(&self) -> bool {
        let mut tries = self
            .registrations
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        tries.retain(|time| time.elapsed() < Duration::from_mins(1));
        tries.push_back(Instant::now());
        tries.len() <= self.settings.registrations_per_minute
    }
}

/// 500 with nothing to see; the cause goes to the log.
fn failed(error: &DatabaseError) -> Refusal {
    log::error(LOGGER, &error.to_string());
    (
        500,
        json!({ "title": "The request could not be served. The log says why." }),
    )
}

/// 400 about one field.
fn invalid(field: &str, message: &str) -> Refusal {
    (
        400,
        json!({ "title": "Validation failed", "errors": { field: [message] } }),
    )
}
