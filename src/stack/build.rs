//! From profile, catalog, secrets and certificate to a stack.

use std::collections::BTreeMap;
use std::time::Duration;

use indexmap::IndexMap;

use crate::catalog::{Catalog, DataStandard, ImageEntry, ImageKind, Release};
use crate::deployment::{Secret, SecretKind, SecretRequest, Secrets};
use crate::engine::{HealthCheck, PublishedPort, VolumeMount};
use crate::profile::{Profile, UseCase};

use super::gateway::{self, Route};
use super::image::image_reference;
use super::template::{self, TemplateError};
use super::{
    Access, Client, Databases, EnvValue, GATEWAY, Instance, Probe, Sandbox, Service, Stack, Volume,
    WantedDatabase,
};

/// The login all programs use. The dumps of every release name this role.
const DATABASE_USER: &str = "postgres";
const DATABASE_PORT: u16 = 5432;
/// Where the gateway answers its own probe; see `assets/gateway/default.conf`.
const GATEWAY_PROBE_PORT: u16 = 8080;
/// Time between the engine's own health checks: calm, since we do not wait for it.
const HEALTH_INTERVAL: Duration = Duration::from_secs(30);
const HEALTH_TIMEOUT: Duration = Duration::from_secs(10);
const HEALTH_RETRIES: u32 = 3;

/// How long a service that serves may take until what stands behind it answers, too.
const VERIFY_PATIENCE: Duration = Duration::from_mins(1);
/// The same where databases are cloned in the background first.
const SANDBOX_PATIENCE: Duration = Duration::from_mins(5);

/// What a stack is made from.
#[derive(Debug)]
pub struct StackInput<'a> {
    /// What the operator wants.
    pub profile: &'a Profile,
    /// What Ed-Fi publishes.
    pub catalog: &'a Catalog,
    /// The deployment's secrets; must hold all of `secret_requests`.
    pub secrets: &'a Secrets,
    /// Names of earlier secret sets whose data was taken over.
    pub adopted_secrets: &'a [String],
    /// Server certificate and those above it, PEM.
    pub chain_pem: &'a str,
    /// Its key, PEM.
    pub key_pem: &'a Secret,
    /// The authority to trust, PEM, unless browsers know it.
    pub authority_pem: Option<&'a str>,
    /// When the certificate ends, seconds since 1970.
    pub certificate_until: Option<i64>,
}

/// Why no stack can be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StackError {
    /// The catalog has no such release.
    #[error("release {release} is not in the catalog; it knows {known}")]
    UnknownRelease {
        /// What the profile says.
        release: String,
        /// What there is.
        known: String,
    },
    /// The release was not built for that data standard.
    #[error("release {release} does not support data standard {standard}; it supports {known}")]
    UnknownStandard {
        /// The release.
        release: String,
        /// What the profile says.
        standard: String,
        /// What there is.
        known: String,
    },
    /// `images.replace` names a service that is not part of this deployment.
    #[error(
        "images.replace names {service}, which is not a service of this deployment; its services are {known}"
    )]
    UnknownService {
        /// What the profile says.
        service: String,
        /// What there is.
        known: String,
    },
    /// A secret is missing.
    #[error("the secret {name} is missing")]
    MissingSecret {
        /// Its name.
        name: String,
    },
    /// The catalog lacks an image that this use case needs.
    #[error("release {release} has no image for {role} in the catalog")]
    MissingImage {
        /// The release.
        release: String,
        /// The role.
        role: String,
    },
    /// A catalog value that cannot be filled in.
    #[error(transparent)]
    Template(#[from] TemplateError),
}

/// A service of a use case: its name, the image's role in the catalog, what it needs first.
struct Part {
    service: &'static str,
    role: &'static str,
    needs: &'static [&'static str],
}

/// The services of a use case, each after those it needs.
///
/// The gateway needs nobody: it looks its upstreams up at each request. Swagger UI talks to the
/// API from the browser only.
fn parts(profile: &Profile) -> Vec<Part> {
    let ods = match profile.use_case {
        UseCase::Sandbox => "db-ods-sandbox",
        UseCase::DistrictShared => "db-ods-minimal",
    };
    let databases: &[&str] = &["db-admin", "db-ods"];
    let mut parts = vec![
        Part {
            service: "db-admin",
            role: "db-admin",
            needs: &[],
        },
        Part {
            service: "db-ods",
            role: ods,
            needs: &[],
        },
        Part {
            service: "api",
            role: "api",
            needs: databases,
        },
    ];
    if profile.use_case == UseCase::Sandbox {
        parts.push(Part {
            service: "sandbox-admin",
            role: "sandbox-admin",
            needs: databases,
        });
    }
    if profile.swagger_ui {
        parts.push(Part {
            service: "swagger",
            role: "swagger",
            needs: &[],
        });
    }
    parts.push(Part {
        service: GATEWAY,
        role: "gateway",
        needs: &[],
    });
    parts
}

/// The secrets that this profile's stack will ask for.
pub fn secret_requests(profile: &Profile) -> Vec<SecretRequest> {
    let mut wanted = vec![
        ("postgres-password", SecretKind::Password),
        ("connection-string-key", SecretKind::Key256),
    ];
    match profile.use_case {
        UseCase::Sandbox => wanted.extend([
            ("sandbox-admin-password", SecretKind::Password),
            ("minimal-key", SecretKind::ClientKey),
            ("minimal-secret", SecretKind::Password),
            ("populated-key", SecretKind::ClientKey),
            ("populated-secret", SecretKind::Password),
        ]),
        UseCase::DistrictShared => wanted.extend([
            ("first-client-key", SecretKind::ClientKey),
            ("first-client-secret", SecretKind::Password),
        ]),
    }
    wanted
        .into_iter()
        .map(|(name, kind)| SecretRequest {
            name: name.to_owned(),
            kind,
        })
        .collect()
}

/// Makes the stack.
pub fn build(input: &StackInput<'_>) -> Result<Stack, StackError> {
    let release = find_release(input)?;
    let standard = find_standard(input.profile, release)?;
    let parts = parts(input.profile);
    check_replacements(input.profile, &parts)?;
    let builder = Builder {
        input,
        release,
        standard,
        access: access(input, &parts),
    };
    let mut volumes = BTreeMap::new();
    let mut services = IndexMap::new();
    for part in &parts {
        let entry = builder.entry(part.role)?;
        if entry.data.is_some() {
            volumes.insert(
                builder.volume_name(part.service),
                Volume {
                    service: part.service.to_owned(),
                    holds: entry.title.clone(),
                },
            );
        }
        services.insert(
            part.service.to_owned(),
            builder.service(part, entry, &parts)?,
        );
    }
    Ok(Stack {
        deployment: input.profile.name.clone(),
        use_case: input.profile.use_case,
        release: release.release.clone(),
        data_standard: standard.id.clone(),
        network: format!("{}_default", input.profile.name),
        volumes,
        services,
        databases: builder.databases(&parts)?,
        access: builder.access,
        verify_patience: match input.profile.use_case {
            // Sandbox Admin says it serves, and only then clones its databases.
            UseCase::Sandbox => SANDBOX_PATIENCE,
            UseCase::DistrictShared => VERIFY_PATIENCE,
        },
        secrets_id: input.secrets.id.clone(),
        adopted_secrets: input.adopted_secrets.to_vec(),
        certificate_until: input.certificate_until,
    })
}

fn find_release<'a>(input: &StackInput<'a>) -> Result<&'a Release, StackError> {
    let wanted = &input.profile.release;
    input
        .catalog
        .release(wanted)
        .ok_or_else(|| StackError::UnknownRelease {
            release: wanted.clone(),
            known: join(
                input
                    .catalog
                    .releases()
                    .iter()
                    .map(|release| release.release.as_str()),
            ),
        })
}

fn find_standard<'a>(
    profile: &Profile,
    release: &'a Release,
) -> Result<&'a DataStandard, StackError> {
    release
        .standard(&profile.data_standard)
        .ok_or_else(|| StackError::UnknownStandard {
            release: release.release.clone(),
            standard: profile.data_standard.clone(),
            known: join(
                release
                    .data_standards
                    .iter()
                    .map(|standard| standard.id.as_str()),
            ),
        })
}

fn check_replacements(profile: &Profile, parts: &[Part]) -> Result<(), StackError> {
    match profile
        .images
        .replace
        .keys()
        .find(|service| !parts.iter().any(|part| part.service == service.as_str()))
    {
        None => Ok(()),
        Some(service) => Err(StackError::UnknownService {
            service: service.clone(),
            known: join(parts.iter().map(|part| part.service)),
        }),
    }
}

fn join<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.collect::<Vec<_>>().join(", ")
}

fn access(input: &StackInput<'_>, parts: &[Part]) -> Access {
    let wanted = &input.profile.access;
    let has = |service: &str| parts.iter().any(|part| part.service == service);
    Access {
        host: wanted.host.clone(),
        port: wanted.port,
        listen: wanted.listen.clone(),
        path: wanted.path.clone(),
        authority_pem: input.authority_pem.map(str::to_owned),
        swagger: has("swagger"),
        sandbox_admin: has("sandbox-admin"),
    }
}

struct Builder<'a> {
    input: &'a StackInput<'a>,
    release: &'a Release,
    standard: &'a DataStandard,
    access: Access,
}

impl Builder<'_> {
    fn entry(&self, role: &str) -> Result<&ImageEntry, StackError> {
        self.release
            .images
            .get(role)
            .ok_or_else(|| StackError::MissingImage {
                release: self.release.release.clone(),
                role: role.to_owned(),
            })
    }

    fn volume_name(&self, service: &str) -> String {
        format!("{}_{service}-data", self.input.profile.name)
    }

    fn service(
        &self,
        part: &Part,
        entry: &ImageEntry,
        parts: &[Part],
    ) -> Result<Service, StackError> {
        let tag = self.fill(&entry.tag)?;
        let mut env = BTreeMap::new();
        for (name, value) in &entry.env {
            env.insert(name.clone(), self.fill(value)?);
        }
        let logging = &self.input.profile.logging;
        let probe = probe(entry);
        let is_gateway = entry.kind == ImageKind::Gateway;
        Ok(Service {
            name: part.service.to_owned(),
            title: entry.title.clone(),
            image: image_reference(
                part.service,
                &entry.repository,
                tag.value.expose(),
                &self.input.profile.images,
            ),
            env,
            files: if is_gateway {
                let routes = routes(&self.access, parts);
                gateway::files(
                    &self.access,
                    &routes,
                    self.input.chain_pem,
                    self.input.key_pem,
                    entry.uid,
                )
            } else {
                Vec::new()
            },
            mounts: entry
                .data
                .iter()
                .map(|target| VolumeMount {
                    volume: self.volume_name(part.service),
                    target: target.clone(),
                })
                .collect(),
            ports: if is_gateway {
                vec![PublishedPort {
                    host_ip: self.access.listen.clone(),
                    host_port: self.access.port,
                    container_port: entry.port,
                }]
            } else {
                Vec::new()
            },
            needs: part.needs.iter().map(|name| (*name).to_owned()).collect(),
            health: HealthCheck {
                command: probe.command.clone(),
                interval: HEALTH_INTERVAL,
                timeout: HEALTH_TIMEOUT,
                start_period: Duration::from_secs(entry.start_seconds),
                retries: HEALTH_RETRIES,
            },
            probe,
            memory_mb: entry.memory_mb,
            image_mb: entry.image_mb,
            log_options: BTreeMap::from([
                (
                    "max-size".to_owned(),
                    format!("{}m", logging.file_megabytes),
                ),
                ("max-file".to_owned(), logging.files.to_string()),
            ]),
            // The web images run their program as a child of a shell, which would be process 1 and reap nobody.
            init: entry.kind == ImageKind::Web,
            stop_grace: match entry.kind {
                ImageKind::Postgres => Duration::from_mins(1),
                ImageKind::Web | ImageKind::Gateway => Duration::from_secs(15),
            },
        })
    }

    fn databases(&self, parts: &[Part]) -> Result<Databases, StackError> {
        let mut wanted = Vec::new();
        for part in parts {
            for database in &self.entry(part.role)?.databases {
                let dump = match &database.dump_tpdm {
                    Some(with_tpdm) if self.standard.tpdm => with_tpdm,
                    _ => &database.dump,
                };
                wanted.push(WantedDatabase {
                    service: part.service.to_owned(),
                    name: database.name.clone(),
                    dump: dump.clone(),
                    sign: database.sign.clone(),
                    template: database.template,
                });
            }
        }
        let sandboxes = match self.input.profile.use_case {
            UseCase::Sandbox => vec![
                self.sandbox("populated", true)?,
                self.sandbox("minimal", false)?,
            ],
            UseCase::DistrictShared => Vec::new(),
        };
        let (instances, clients) = match self.input.profile.use_case {
            UseCase::Sandbox => (Vec::new(), Vec::new()),
            UseCase::DistrictShared => (
                vec![self.instance("default", "EdFi_Ods")?],
                vec![self.first_client("default")?],
            ),
        };
        Ok(Databases {
            user: DATABASE_USER.to_owned(),
            wanted,
            admin_service: "db-admin".to_owned(),
            instances,
            clients,
            sandboxes,
        })
    }

    fn sandbox(&self, name: &str, populated: bool) -> Result<Sandbox, StackError> {
        Ok(Sandbox {
            name: name.to_owned(),
            key: self.secret(&format!("{name}-key"))?.clone(),
            secret: self.secret(&format!("{name}-secret"))?.clone(),
            populated,
        })
    }

    fn instance(&self, name: &str, database: &str) -> Result<Instance, StackError> {
        let template = self
            .entry("api")?
            .connection_string
            .clone()
            .unwrap_or_default();
        let connection_string = template::fill(&template, &|wanted| match wanted {
            "database" => Some(plain(database)),
            other => self.lookup(other),
        })?;
        Ok(Instance {
            name: name.to_owned(),
            kind: "ODS".to_owned(),
            database: database.to_owned(),
            connection_string: connection_string.value,
        })
    }

    fn first_client(&self, instance: &str) -> Result<Client, StackError> {
        let wanted = &self.input.profile.first_client;
        Ok(Client {
            name: "first client".to_owned(),
            instance: instance.to_owned(),
            key: self.secret("first-client-key")?.clone(),
            secret: self.secret("first-client-secret")?.clone(),
            claim_set: wanted.claim_set.clone(),
            education_organizations: wanted.education_organizations.clone(),
            namespaces: wanted.namespaces.clone(),
        })
    }

    fn secret(&self, name: &str) -> Result<&Secret, StackError> {
        self.input
            .secrets
            .get(name)
            .ok_or_else(|| StackError::MissingSecret {
                name: name.to_owned(),
            })
    }

    fn fill(&self, template: &str) -> Result<EnvValue, StackError> {
        Ok(template::fill(template, &|name| self.lookup(name))?)
    }

    fn lookup(&self, name: &str) -> Option<EnvValue> {
        if let Some(secret) = name.strip_prefix("secret:") {
            let value = self.input.secrets.get(secret)?.clone();
            return Some(EnvValue {
                value,
                secret: true,
            });
        }
        if let Some(role) = name.strip_prefix("host:") {
            // Services are found by their own name on the deployment's network.
            return Some(plain(role));
        }
        let sandbox = self.input.profile.use_case == UseCase::Sandbox;
        Some(match name {
            "postgres.user" => plain(DATABASE_USER),
            "postgres.port" => plain(&DATABASE_PORT.to_string()),
            "access.base" => plain(&self.access.base()),
            "access.host" => plain(&self.access.host),
            "access.path" => plain(&self.access.path),
            "release" => plain(&self.release.release),
            "standard.id" => plain(&self.standard.id),
            "standard.suffix" => plain(&self.standard.suffix),
            "standard.tpdm" => plain(if self.standard.tpdm { "true" } else { "false" }),
            // Swagger UI hands these to every browser that asks, so only a try-out gets them.
            "sample.key" if sandbox => return self.lookup("secret:populated-key"),
            "sample.secret" if sandbox => return self.lookup("secret:populated-secret"),
            "sample.key" | "sample.secret" => plain(""),
            _ => return None,
        })
    }
}

fn plain(value: &str) -> EnvValue {
    EnvValue {
        value: Secret::new(value),
        secret: false,
    }
}

/// What to ask a service from inside its own container. PostgreSQL is asked over TCP: its first
/// start runs a server on the socket only, which must not count as ready.
fn probe(entry: &ImageEntry) -> Probe {
    let strings = |parts: &[&str]| parts.iter().map(|part| (*part).to_owned()).collect();
    let (command, question) = match entry.kind {
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
            "accepts connections".to_owned(),
        ),
        ImageKind::Web => {
            let path = entry.health.as_deref().unwrap_or("/");
            (
                strings(&[
                    "wget",
                    "-q",
                    "-T",
                    "5",
                    "-O",
                    "/dev/null",
                    &format!("http://127.0.0.1:{}{path}", entry.port),
                ]),
                format!("answers on {path}"),
            )
        }
        ImageKind::Gateway => (
            strings(&[
                "wget",
                "-q",
                "-T",
                "5",
                "-O",
                "/dev/null",
                &format!("http://127.0.0.1:{GATEWAY_PROBE_PORT}/gateway-health"),
            ]),
            "passes requests on".to_owned(),
        ),
    };
    Probe {
        command,
        port: match entry.kind {
            ImageKind::Postgres | ImageKind::Web => entry.port,
            ImageKind::Gateway => GATEWAY_PROBE_PORT,
        },
        question,
        patience: Duration::from_secs(entry.start_seconds),
    }
}

/// The gateway's routes; the one without a segment takes everything else.
fn routes(access: &Access, parts: &[Part]) -> Vec<Route> {
    let route = |segment: &str, service: &str| Route {
        segment: segment.to_owned(),
        upstream: format!("{service}:80"),
    };
    let mut routes = vec![route(&access.path, "api")];
    for part in parts {
        match part.service {
            "sandbox-admin" => routes.push(route("admin", "sandbox-admin")),
            "swagger" => routes.push(route("", "swagger")),
            _ => {}
        }
    }
    routes
}
