//! What `{name}` in a catalog value stands for.

use std::collections::BTreeMap;

use crate::catalog::{Condition, ImageEntry};
use crate::deployment::Secret;
use crate::profile::UseCase;

use super::build::Builder;
use super::instances::Context;
use super::parts::{CACHE, DB_ODS, ods_servers};
use super::template::{self, TemplateError};
use super::{EnvValue, Tenant, dialect, pools};

/// The login all programs use. The dumps of every release name this role.
pub(super) const DATABASE_USER: &str = "postgres";
const DATABASE_PORT: u16 = 5432;

/// An image's whole environment in this deployment.
pub(super) fn environment(
    builder: &Builder<'_>,
    entry: &ImageEntry,
    tenants: &[Tenant],
) -> Result<BTreeMap<String, EnvValue>, TemplateError> {
    let mut env = BTreeMap::new();
    for (name, value) in &entry.env {
        env.insert(name.clone(), fill(builder, value)?);
    }
    let with_tenants = tenants.iter().any(|tenant| tenant.name.is_some());
    for (condition, additions) in &entry.env_when {
        let counts = match condition {
            Condition::Context => builder.context().is_some(),
            Condition::Tenants | Condition::EachTenant => with_tenants,
            Condition::Cache => builder.has(CACHE),
        };
        if !counts {
            continue;
        }
        if *condition != Condition::EachTenant {
            for (name, value) in additions {
                env.insert(name.clone(), fill(builder, value)?);
            }
            continue;
        }
        for tenant in tenants {
            let own = |wanted: &str| match wanted {
                "tenant" => tenant.name.as_deref().map(plain),
                "tenant.admin" => Some(plain(&tenant.admin)),
                "tenant.security" => Some(plain(&tenant.security)),
                other => lookup(builder, other),
            };
            for (name, value) in additions {
                let name = template::fill(name, &own)?;
                env.insert(name.value.expose().to_owned(), template::fill(value, &own)?);
            }
        }
    }
    Ok(env)
}

/// Fills a catalog value in.
pub(super) fn fill(builder: &Builder<'_>, template: &str) -> Result<EnvValue, TemplateError> {
    template::fill(template, &|name| lookup(builder, name))
}

/// The value of a name; none if it means nothing.
pub(super) fn lookup(builder: &Builder<'_>, name: &str) -> Option<EnvValue> {
    let profile = builder.input.profile;
    if let Some(secret) = name.strip_prefix("secret:") {
        let value = builder.input.secrets.get(secret)?.clone();
        return Some(EnvValue {
            value,
            secret: true,
        });
    }
    if let Some(service) = name.strip_prefix("host:") {
        // Services are found by their own name on the deployment's network.
        return Some(match service {
            DB_ODS => plain(ods_servers(profile).first()?),
            other => plain(other),
        });
    }
    let sandbox = profile.use_case == UseCase::Sandbox;
    Some(match name {
        "postgres.user" => plain(DATABASE_USER),
        "postgres.port" => plain(&DATABASE_PORT.to_string()),
        "pool.ods" => plain(&builder.pools.ods.to_string()),
        "pool.admin" => plain(&builder.pools.admin.to_string()),
        "pool.admin-api" => plain(&pools::ADMIN_API.to_string()),
        "access.base" => plain(&builder.access.base()),
        "access.host" => plain(&builder.access.host),
        "access.path" => plain(&builder.access.path),
        "context.template" => plain(builder.context().map_or("", Context::template)),
        "api.mode" => plain(dialect::api_mode(profile.use_case)),
        "release" => plain(&builder.release.release),
        "standard.id" => plain(&builder.standard.id),
        "standard.suffix" => plain(&builder.standard.suffix),
        "standard.tpdm" => plain(if builder.standard.tpdm {
            "true"
        } else {
            "false"
        }),
        // Swagger UI hands these to every browser that asks, so only a try-out gets them.
        "sample.key" if sandbox => return lookup(builder, "secret:populated-key"),
        "sample.secret" if sandbox => return lookup(builder, "secret:populated-secret"),
        "sample.key" | "sample.secret" => plain(""),
        _ => return None,
    })
}

/// A value that anybody may see.
pub(super) fn plain(value: &str) -> EnvValue {
    EnvValue {
        value: Secret::new(value),
        secret: false,
    }
}
