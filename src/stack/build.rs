//! From profile, catalog, secrets and certificate to a stack.

use std::collections::BTreeMap;
use std::time::Duration;

use indexmap::IndexMap;

use crate::catalog::{Catalog, DataStandard, ImageEntry, ImageKind, Release};
use crate::deployment::{Secret, Secrets};
use crate::engine::{Asset, FileSpec, HealthCheck, PublishedPort, VolumeMount};
use crate::extension::Extension;
use crate::profile::{Profile, UseCase};

use super::error::StackError;
use super::gateway::{self, Route};
use super::image::image_reference;
use super::instances::{self, Context};
use super::parts::{ADMIN_API, API, DB_ADMIN, Part, parts};
use super::pools::{Pools, pools, server_command};
use super::probe::probe;
use super::{Access, Service, Stack, Tenant, Volume, admin_api, cache, dialect, settings};

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
    /// The profile's extensions, read.
    pub extensions: &'a [Extension],
    /// When the certificate ends, seconds since 1970.
    pub certificate_until: Option<i64>,
}

/// Makes the stack.
pub fn build(input: &StackInput<'_>) -> Result<Stack, StackError> {
    let release = find_release(input)?;
    check_use_case(input, release)?;
    let standard = find_standard(input.profile, release)?;
    dialect::check(input.profile, release)?;
    let parts = parts(input.profile);
    check_replacements(input.profile, &parts)?;
    let builder = Builder {
        input,
        release,
        standard,
        access: access(input, &parts),
        pools: pools(input.profile),
        parts,
    };
    let tenants = instances::tenants(input.profile);
    let mut volumes = BTreeMap::new();
    let mut services = IndexMap::new();
    for part in &builder.parts {
        let entry = builder.entry(part.role)?;
        if entry.data.is_some() {
            volumes.insert(
                builder.volume_name(&part.service),
                Volume {
                    service: part.service.clone(),
                    holds: entry.title.clone(),
                },
            );
        }
        services.insert(
            part.service.clone(),
            builder.service(part, entry, &tenants)?,
        );
    }
    let databases = instances::databases(&builder, &tenants)?;
    let admin_api = admin_api::of(&builder, &services)?;
    Ok(Stack {
        deployment: input.profile.name.clone(),
        use_case: input.profile.use_case,
        release: release.release.clone(),
        data_standard: standard.id.clone(),
        network: format!("{}_default", input.profile.name),
        volumes,
        services,
        databases,
        admin_api,
        access: builder.access,
        verify_patience: match input.profile.use_case {
            // Sandbox Admin says it serves, and only then clones its databases.
            UseCase::Sandbox => SANDBOX_PATIENCE,
            _ => VERIFY_PATIENCE,
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

fn check_use_case(input: &StackInput<'_>, release: &Release) -> Result<(), StackError> {
    let wanted = input.profile.use_case;
    if release.serves().contains(&wanted) {
        return Ok(());
    }
    let all = input.catalog.releases().iter();
    let others = all.filter(|other| other.serves().contains(&wanted));
    Err(StackError::UnservedUseCase {
        release: release.release.clone(),
        use_case: wanted.served(),
        others: others
            .map(|other| other.release.as_str())
            .collect::<Vec<_>>()
            .join(" or "),
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
        .find(|service| !parts.iter().any(|part| part.service == **service))
    {
        None => Ok(()),
        Some(service) => Err(StackError::UnknownService {
            service: service.clone(),
            known: join(parts.iter().map(|part| part.service.as_str())),
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

/// What every part of a stack is made from.
pub(super) struct Builder<'a> {
    pub input: &'a StackInput<'a>,
    pub release: &'a Release,
    pub standard: &'a DataStandard,
    pub access: Access,
    pub pools: Pools,
    pub parts: Vec<Part>,
}

impl Builder<'_> {
    /// The catalog's entry for a role.
    pub fn entry(&self, role: &str) -> Result<&ImageEntry, StackError> {
        self.release
            .images
            .get(role)
            .ok_or_else(|| StackError::MissingImage {
                release: self.release.release.clone(),
                role: role.to_owned(),
            })
    }

    /// Whether there is such a service.
    pub fn has(&self, service: &str) -> bool {
        self.parts.iter().any(|part| part.service == service)
    }

    /// The part of an address that chooses the instance, if there is one.
    pub fn context(&self) -> Option<Context> {
        Context::of(self.input.profile)
    }

    /// A secret of the deployment.
    pub fn secret(&self, name: &str) -> Result<&Secret, StackError> {
        self.input
            .secrets
            .get(name)
            .ok_or_else(|| StackError::MissingSecret {
                name: name.to_owned(),
            })
    }

    fn volume_name(&self, service: &str) -> String {
        format!("{}_{service}-data", self.input.profile.name)
    }

    fn service(
        &self,
        part: &Part,
        entry: &ImageEntry,
        tenants: &[Tenant],
    ) -> Result<Service, StackError> {
        let tag = settings::fill(self, &entry.tag)?;
        let logging = &self.input.profile.logging;
        let probe = probe(entry);
        Ok(Service {
            name: part.service.clone(),
            role: part.role.to_owned(),
            // Every copy of the API answers to the name of the first.
            aliases: if part.role == API && part.service != API {
                vec![API.to_owned()]
            } else {
                Vec::new()
            },
            command: self.command(part, entry),
            title: entry.title.clone(),
            image: image_reference(
                &part.service,
                &entry.repository,
                tag.value.expose(),
                &self.input.profile.images,
            ),
            env: settings::environment(self, entry, tenants)?,
            files: self.files(entry)?,
            assets: if part.role == API {
                assets(self.input.extensions)
            } else {
                Vec::new()
            },
            mounts: entry
                .data
                .iter()
                .map(|target| VolumeMount {
                    volume: self.volume_name(&part.service),
                    target: target.clone(),
                })
                .collect(),
            ports: if entry.kind == ImageKind::Gateway {
                vec![PublishedPort {
                    host_ip: self.access.listen.clone(),
                    host_port: self.access.port,
                    container_port: entry.port,
                }]
            } else {
                Vec::new()
            },
            needs: part.needs.clone(),
            health: HealthCheck {
                command: probe.command.clone(),
                interval: HEALTH_INTERVAL,
                timeout: HEALTH_TIMEOUT,
                start_period: Duration::from_secs(entry.start_seconds),
                retries: HEALTH_RETRIES,
            },
            probe,
            memory_mb: self.memory(part, entry),
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
                ImageKind::Web | ImageKind::Gateway | ImageKind::Cache => Duration::from_secs(15),
            },
        })
    }

    fn command(&self, part: &Part, entry: &ImageEntry) -> Vec<String> {
        if entry.kind != ImageKind::Postgres {
            return entry.command.clone();
        }
        if part.service == DB_ADMIN {
            server_command(self.pools.admin_server, None)
        } else {
            server_command(
                self.pools.ods_server,
                self.input.profile.postgres.memory_megabytes,
            )
        }
    }

    fn files(&self, entry: &ImageEntry) -> Result<Vec<FileSpec>, StackError> {
        Ok(match entry.kind {
            ImageKind::Gateway => gateway::files(
                &self.access,
                &routes(&self.access, &self.parts),
                self.input.chain_pem,
                self.input.key_pem,
                entry.uid,
            ),
            ImageKind::Cache => cache::files(self.secret("cache-password")?, entry.uid),
            ImageKind::Postgres | ImageKind::Web => Vec::new(),
        })
    }

    /// Memory it typically takes, megabytes.
    fn memory(&self, part: &Part, entry: &ImageEntry) -> u64 {
        let told = self.input.profile.postgres.memory_megabytes;
        match told {
            Some(told) if entry.kind == ImageKind::Postgres && part.service != DB_ADMIN => {
                u64::from(told)
            }
            _ => entry.memory_mb,
        }
    }
}

/// Folders in which the API looks for plug-ins. Its start script chooses one of them: the second where the
/// teacher-preparation extension is off or the data standard has none, and there it finds no other plug-in
/// either (Docker/ods-api-web-api/alpine/pgsql/run.sh). So ours stand in both.
const PLUGIN_FOLDERS: [&str; 2] = ["/app/Plugin", "/app/Plugin_Disabled"];

fn assets(extensions: &[Extension]) -> Vec<Asset> {
    let mut assets = Vec::new();
    for folder in PLUGIN_FOLDERS {
        for extension in extensions {
            for (path, bytes) in &extension.program {
                assets.push(Asset {
                    path: format!("{folder}/{}/{path}", extension.name),
                    bytes: std::sync::Arc::clone(bytes),
                });
            }
        }
    }
    assets
}

/// The gateway's routes; the one without a segment takes everything else.
fn routes(access: &Access, parts: &[Part]) -> Vec<Route> {
    let route = |segment: &str, service: &str| Route {
        segment: segment.to_owned(),
        upstream: format!("{service}:80"),
    };
    let mut routes = vec![Route {
        segment: access.path.clone(),
        upstream: gateway::API_UPSTREAM.to_owned(),
    }];
    for part in parts {
        match part.service.as_str() {
            "sandbox-admin" => routes.push(route("admin", "sandbox-admin")),
            "swagger" => routes.push(route("", "swagger")),
            ADMIN_API => routes.push(route(admin_api::PATH, ADMIN_API)),
            _ => {}
        }
    }
    routes
}
