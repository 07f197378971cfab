//! The Admin API: by what programs of others administer the platform.
//!
//! Its tables are its own and stand in `EdFi_Admin` and `EdFi_Security`. Ed-Fi brings them in a database image of
//! another data standard than ours may be, whose scripts run on an empty volume only; so we run them.
//! The SQL is in the program's own image, and so always of its version.

use indexmap::IndexMap;

use crate::deployment::Secret;
use crate::fingerprint;

use super::build::Builder;
use super::parts::ADMIN_API;
use super::secrets::{ADMIN_API_KEY, ADMIN_API_SECRET};
use super::settings::plain;
use super::{Holds, Service, Stack, StackError, WantedDatabase};

/// First part of its address; the catalog says the same to the program.
pub(super) const PATH: &str = "adminapi";
/// Service, and so container, that registers our client and goes away.
pub const REGISTRATION: &str = "register-admin-api";
/// What its SQL is called in a database's comment.
const MARK: &str = "AdminApi";

/// The Admin API of a deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdminApi {
    /// Its service.
    pub service: String,
    /// First part of its address.
    pub path: &'static str,
    /// TCP port in its container.
    pub port: u16,
    /// Folder in its image with the SQL for its tables, a folder for each database in it.
    pub scripts: String,
    /// Tells in a database's comment that all of that SQL ran.
    pub mark: String,
    /// The client that we register with it.
    pub client: AdminClient,
}

/// Key and secret of somebody who may administer everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdminClient {
    /// Key.
    pub key: Secret,
    /// Secret.
    pub secret: Secret,
}

impl AdminClient {
    /// Tells whether a client that was registered is this one.
    pub fn fingerprint(&self) -> String {
        let pair = format!("{} {}", self.key.expose(), self.secret.expose());
        fingerprint::short(&pair)
    }
}

impl AdminApi {
    /// Name of the folder with the SQL for this database; none if there is none for it.
    pub fn folder_for(&self, database: &WantedDatabase) -> Option<&'static str> {
        match database.holds {
            _ if database.template => None,
            Holds::Admin => Some("Admin"),
            Holds::Security => Some("Security"),
            Holds::Ods => None,
        }
    }
}

impl Stack {
    /// The Admin API's address, without a slash at the end.
    pub fn admin_api_address(&self) -> Option<String> {
        let admin_api = self.admin_api.as_ref()?;
        Some(format!("{}/{}", self.access.base(), admin_api.path))
    }

    /// The Admin API once more, for the moments in which our client is registered: it alone takes registrations, and
    /// hears nobody but programs in its own container. The service itself never takes any.
    pub fn registration(&self) -> Option<Service> {
        let admin_api = self.admin_api.as_ref()?;
        let mut service = self.services.get(&admin_api.service)?.clone();
        REGISTRATION.clone_into(&mut service.name);
        let mut set = |name: &str, value: &str| {
            service.env.insert(name.to_owned(), plain(value));
        };
        set("Authentication__AllowRegistration", "true");
        // .NET listens where this says, whatever else says otherwise.
        let here = format!("http://127.0.0.1:{}", admin_api.port);
        set("ASPNETCORE_URLS", &here);
        service.needs.clear();
        Some(service)
    }
}

/// The Admin API, if the profile wants one.
pub(super) fn of(
    builder: &Builder<'_>,
    services: &IndexMap<String, Service>,
) -> Result<Option<AdminApi>, StackError> {
    let Some(service) = services.get(ADMIN_API) else {
        return Ok(None);
    };
    let entry = builder.entry(ADMIN_API)?;
    Ok(Some(AdminApi {
        service: service.name.clone(),
        path: PATH,
        port: entry.port,
        scripts: entry.scripts.clone().unwrap_or_default(),
        mark: format!("{MARK}@{}", version(&service.image)),
        client: AdminClient {
            key: builder.secret(ADMIN_API_KEY)?.clone(),
            secret: builder.secret(ADMIN_API_SECRET)?.clone(),
        },
    }))
}

/// What an image's name says of its version: its tag, or else its digest.
fn version(image: &str) -> &str {
    let name = image.rsplit('/').next().unwrap_or(image);
    let (name, digest) = match name.split_once('@') {
        Some((name, digest)) => (name, Some(digest)),
        None => (name, None),
    };
    match name.split_once(':') {
        Some((_, tag)) => tag,
        None => digest.unwrap_or("unknown"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_follows_the_image() {
        for (image, expected) in [
            ("edfialliance/ods-admin-api:v2.3.2", "v2.3.2"),
            ("mirror.example:5000/edfi/ods-admin-api:v2.3.3", "v2.3.3"),
            ("own/admin-api:v2.4@sha256:abc", "v2.4"),
            ("own:5000/admin-api@sha256:abc", "sha256:abc"),
        ] {
            assert_eq!(version(image), expected, "{image}");
        }
    }
}
