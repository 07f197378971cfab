//! The stand-in for the ODS/API: finds its databases from its settings, its clients and instances in `EdFi_Admin`, its
//! permissions in `EdFi_Security`, and its answers in the instance's own database.

mod authorization;
mod cache;
mod client;
mod data;
mod discovery;
mod extension;
mod metadata;
mod mode;
mod plugin;
mod query;
mod route;
mod selection;
mod settings;
mod shared_cache;
mod template;
mod token;
mod write;

use std::sync::Arc;

use hyper::Method;
use serde_json::Value;

use super::crash::Crash;
use super::database::Databases;
use super::http::{self, Reply, Request};
use super::log;
use super::problem::Problem;
use super::settings::Settings;
use super::wait;
use cache::Cache;
use client::ApiClient;
use route::{Area, Route};
use selection::OdsInstance;
use settings::{ApiSettings, Tenant};

/// A running API.
#[derive(Debug)]
struct Api {
    settings: ApiSettings,
    databases: Databases,
    /// By tenant and token.
    clients: Cache<(String, String), Arc<ApiClient>>,
    /// By tenant and id.
    instances: Cache<(String, i32), Arc<OdsInstance>>,
    /// By tenant, claim set, resource and action.
    permissions: Cache<(String, String, String, String), Arc<Vec<authorization::Claim>>>,
}

/// Waits as the start script does, reads the settings, serves.
pub async fn run(settings: Settings) -> Result<(), Crash> {
    let hosts = settings
        .variable("ODS_WAIT_POSTGRES_HOSTS")
        .or_else(|| settings.variable("ODS_POSTGRES_HOST"))
        .unwrap_or_default();
    wait::for_servers(&settings, &hosts.split_whitespace().collect::<Vec<_>>()).await?;
    let read = ApiSettings::read(&settings)?;
    log::info(
        "Startup",
        &format!(
            "practice stand-in for ODS/API {}, data standard {}, path base '/{}', {}",
            read.release,
            read.data_standard,
            read.path_base,
            read.legacy.as_ref().map_or_else(
                || {
                    format!(
                        "multi-tenancy {}, ODS context '{}'",
                        read.multi_tenancy,
                        read.template.text()
                    )
                },
                |legacy| format!("mode {}", legacy.mode.title()),
            )
        ),
    );
    let api = Arc::new(Api {
        databases: Databases::default(),
        clients: Cache::new(read.client_cache),
        instances: Cache::new(read.instance_cache),
        permissions: Cache::new(read.security_cache),
        settings: read,
    });
    http::serve(&settings, move |request| {
        let api = Arc::clone(&api);
        async move { api.handle(&request).await }
    })
    .await
}

impl Api {
    async fn handle(&self, request: &Request) -> Reply {
        let (base, path) = http::split_base(&request.path, &self.settings.path_base);
        if path.trim_end_matches('/') == "/health" {
            return http::health_reply(self.is_healthy().await);
        }
        self.answer(request, base, path)
            .await
            .unwrap_or_else(|problem| {
                log::warn(
                    "Api",
                    &format!(
                        "{} {} -> {} {}",
                        request.method, request.path, problem.status, problem.title
                    ),
                );
                if self.settings.legacy.is_some() {
                    problem.reply_of_6()
                } else {
                    problem.reply()
                }
            })
    }

    async fn answer(&self, request: &Request, base: &str, path: &str) -> Result<Reply, Problem> {
        let missing = || Problem::no_such_path(path);
        let route = match &self.settings.legacy {
            Some(legacy) => route::parse_6(path, legacy.mode),
            None => route::parse(path, self.settings.multi_tenancy, &self.settings.template),
        };
        let route = route.ok_or_else(missing)?;
        let tenant = self.tenant(&route)?;
        match &route.area {
            Area::Discovery => {
                only(request, &[Method::GET])?;
                Ok(http::json_reply(
                    200,
                    &self.discovery(request, base, &route)?,
                ))
            }
            Area::Token => {
                only(request, &[Method::POST])?;
                self.token(request, tenant.ok_or_else(missing)?).await
            }
            Area::Metadata(rest) => {
                only(request, &[Method::GET])?;
                let place = self.place(request, base, &route)?;
                let document = metadata::document(rest, &place, &self.settings.data_standard)
                    .ok_or_else(missing)?;
                Ok(http::json_reply(200, &document))
            }
            Area::Data(rest) => {
                let tenant = tenant.ok_or_else(missing)?;
                let client = self.authenticate(request, tenant).await?;
                if let (Some(extension), [_, collection]) = (self.extension(rest), rest.as_slice())
                {
                    let instance = self.select(tenant, &client, &route.context).await?;
                    return self
                        .serve_extension(request, tenant, &client, &instance, extension, collection)
                        .await;
                }
                let resource = data::Resource::find(rest).ok_or_else(missing)?;
                let instance = self.select(tenant, &client, &route.context).await?;
                let place = self.place(request, base, &route)?;
                self.serve_data(request, tenant, &client, &instance, resource, &place)
                    .await
            }
        }
    }

    /// The tenant that the path names; without multi-tenancy the only one. `None` where the path names none but should.
    fn tenant(&self, route: &Route) -> Result<Option<&Tenant>, Problem> {
        let Some(name) = &route.tenant else {
            return Ok(self.settings.single_tenant());
        };
        self.settings
            .tenants
            .get(&name.to_lowercase())
            .map(Some)
            .ok_or_else(|| {
                let mut problem = Problem::not_found("The specified data could not be found.");
                problem
                    .errors
                    .push(format!("There is no tenant '{name}'. Is its name right?"));
                problem
            })
    }

    /// `EdFi_Admin` of every tenant answers. Neither Security nor any ODS is looked at, as in the real one.
    async fn is_healthy(&self) -> bool {
        for tenant in self.settings.tenants.values() {
            let answer = async {
                Ok::<_, super::database::DatabaseError>(
                    self.databases
                        .connect(&tenant.admin)
                        .await?
                        .simple_query("SELECT 1")
                        .await?,
                )
            };
            if let Err(error) = answer.await {
                log::error(
                    "DefaultHealthCheckService",
                    &format!("EdFi_Admin is unhealthy: {error}"),
                );
                return false;
            }
        }
        true
    }
}

/// Refuses every other method.
fn only(request: &Request, methods: &[Method]) -> Result<(), Problem> {
    if methods.contains(&request.method) {
        Ok(())
    } else {
        Err(Problem::method_not_allowed(request.method.as_str()))
    }
}

/// A JSON body.
fn json_body(request: &Request) -> Result<Value, Problem> {
    serde_json::from_slice(&request.body)
        .map_err(|error| Problem::data(format!("The body is not valid JSON: {error}")))
}
