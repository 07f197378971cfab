//! Which services a profile needs, and what each needs first.

use crate::profile::{AdminApiPlacement, CachePlacement, Isolation, Profile, UseCase};

use super::GATEWAY;

/// Service with the platform's own databases.
pub(super) const DB_ADMIN: &str = "db-admin";
/// Service with the data; the first one where there are several.
pub(super) const DB_ODS: &str = "db-ods";
/// Name under which every copy of the API is found.
pub(super) const API: &str = "api";
/// Service with what copies of the API share.
pub(super) const CACHE: &str = "cache";

/// Service by which others administer the platform.
pub(super) const ADMIN_API: &str = "admin-api";

/// A service of a use case: its name, the image's role in the catalog, what it needs first.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub service: String,
    pub role: &'static str,
    pub needs: Vec<String>,
}

/// The services of a use case, each after those it needs.
///
/// The gateway needs nobody: it looks its upstreams up at each request. Swagger UI talks to the
/// API from the browser only.
pub(super) fn parts(profile: &Profile) -> Vec<Part> {
    let part = |service: &str, role: &'static str, needs: &[String]| Part {
        service: service.to_owned(),
        role,
        needs: needs.to_vec(),
    };
    let sandbox = profile.use_case == UseCase::Sandbox;
    let mut parts = vec![part(DB_ADMIN, "db-admin", &[])];
    for server in ods_servers(profile) {
        let role = if sandbox {
            "db-ods-sandbox"
        } else {
            "db-ods-minimal"
        };
        parts.push(part(&server, role, &[]));
    }
    let databases: Vec<String> = parts.iter().map(|part| part.service.clone()).collect();
    let mut before_api = databases.clone();
    if profile.cache.placement == CachePlacement::Internal {
        parts.push(part(CACHE, "cache", &[]));
        before_api.push(CACHE.to_owned());
    }
    for copy in api_services(profile) {
        parts.push(part(&copy, "api", &before_api));
    }
    if has_admin_api(profile) {
        parts.push(part(ADMIN_API, "admin-api", &[DB_ADMIN.to_owned()]));
    }
    if sandbox {
        parts.push(part("sandbox-admin", "sandbox-admin", &databases));
    }
    if profile.swagger_ui {
        parts.push(part("swagger", "swagger", &[]));
    }
    parts.push(part(GATEWAY, "gateway", &[]));
    parts
}

/// Services that keep the data: one for all instances, or one for each.
pub(super) fn ods_servers(profile: &Profile) -> Vec<String> {
    match profile.instances.isolation {
        Isolation::ServerPerInstance if has_instances(profile) => profile
            .instance_names()
            .iter()
            .map(|instance| format!("{DB_ODS}-{instance}"))
            .collect(),
        _ => vec![DB_ODS.to_owned()],
    }
}

/// Whether there is an Admin API.
pub(super) fn has_admin_api(profile: &Profile) -> bool {
    profile.admin_api.placement == AdminApiPlacement::Internal
}

/// Whether several instances can stand beside each other.
pub(super) fn has_instances(profile: &Profile) -> bool {
    let use_case = profile.use_case;
    use_case.has_years() || use_case.has_districts() || use_case.has_tenants()
}

/// The copies of the API: `api`, `api-2`, and so on.
pub(super) fn api_services(profile: &Profile) -> Vec<String> {
    (1..=profile.api.replicas.max(1))
        .map(|number| match number {
            1 => API.to_owned(),
            number => format!("{API}-{number}"),
        })
        .collect()
}
