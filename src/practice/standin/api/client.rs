//! Who calls: a bearer token, looked up in `EdFi_Admin`.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::super::database::DatabaseError;
use super::super::http::Request;
use super::super::problem::Problem;
use super::Api;
use super::settings::Tenant;
use super::shared_cache::SharedCache;

const LOGGER: &str = "OAuthTokenAuthenticator";

/// An API client as its token shows it.
#[derive(Debug)]
pub struct ApiClient {
    /// Its key.
    pub key: String,
    /// Its claim set.
    pub claim_set: String,
    /// The education organizations that it was given.
    pub education_organizations: Vec<i64>,
    /// The ODS instances that it was given.
    pub ods_instances: Vec<i32>,
    /// When its token ends.
    expires: SystemTime,
}

impl Api {
    /// The client behind the request's token.
    pub(super) async fn authenticate(
        &self,
        request: &Request,
        tenant: &Tenant,
    ) -> Result<Arc<ApiClient>, Problem> {
        let token = bearer(request.header("authorization"))?;
        let invalid = || Problem::authentication("The token is not valid, or not valid any more.");
        let token = normalize(token).ok_or_else(invalid)?;
        let key = (tenant.name.clone(), token);
        let known = if let Some(client) = self.known_client(&key).await? {
            client
        } else {
            let found = self
                .find_client(tenant, &key.1)
                .await
                .map_err(|error| Problem::database(LOGGER, &error))?;
            let client = Arc::new(found.ok_or_else(invalid)?);
            self.keep_client(key, &client).await?;
            client
        };
        if known.expires <= SystemTime::now() {
            return Err(invalid());
        }
        Ok(known)
    }

    /// What is remembered of a token, here or in the shared cache.
    async fn known_client(
        &self,
        key: &(String, String),
    ) -> Result<Option<Arc<ApiClient>>, Problem> {
        match self.shared_clients() {
            None => Ok(self.clients.get(key)),
            Some(cache) => {
                let found = cache.get(&shared_key(key)).await?;
                Ok(found.and_then(|text| ApiClient::read(&text)).map(Arc::new))
            }
        }
    }

    async fn keep_client(
        &self,
        key: (String, String),
        client: &Arc<ApiClient>,
    ) -> Result<(), Problem> {
        match self.shared_clients() {
            None => {
                self.clients.put(key, Arc::clone(client));
                Ok(())
            }
            Some(cache) => {
                let seconds = self.settings.client_cache.as_secs();
                cache.put(&shared_key(&key), &client.write(), seconds).await
            }
        }
    }

    fn shared_clients(&self) -> Option<&SharedCache> {
        let cache = self.settings.shared_cache.as_ref()?;
        cache.client_details.then_some(cache)
    }

    async fn find_client(
        &self,
        tenant: &Tenant,
        token: &str,
    ) -> Result<Option<ApiClient>, DatabaseError> {
        // Release 6 links no client to an instance.
        let instances = if self.settings.legacy.is_some() {
            "ARRAY[]::integer[]"
        } else {
            "ARRAY(SELECT odsinstance_odsinstanceid FROM dbo.apiclientodsinstances
                   WHERE apiclient_apiclientid = ac.apiclientid ORDER BY 1)"
        };
        let statement = format!(
            "
            SELECT COALESCE(app.claimsetname, ''),
                   ARRAY(SELECT DISTINCT aeo.educationorganizationid::bigint
                         FROM dbo.apiclientapplicationeducationorganizations link
                         JOIN dbo.applicationeducationorganizations aeo
                             ON aeo.applicationeducationorganizationid = link.applicationedorg_applicationedorgid
                         WHERE link.apiclient_apiclientid = ac.apiclientid
                             AND (cat.scope IS NULL OR aeo.educationorganizationid = cat.scope::bigint)
                         ORDER BY 1),
                   {instances},
                   EXTRACT(EPOCH FROM cat.expiration - CURRENT_TIMESTAMP AT TIME ZONE 'UTC')::float8,
                   ac.key
            FROM dbo.clientaccesstokens cat
            JOIN dbo.apiclients ac ON ac.apiclientid = cat.apiclient_apiclientid
            JOIN dbo.applications app ON app.applicationid = ac.application_applicationid
            WHERE cat.id = $1::text::uuid AND cat.expiration > CURRENT_TIMESTAMP AT TIME ZONE 'UTC'"
        );
        let database = self.databases.connect(&tenant.admin).await?;
        let row = database.query_opt(&statement, &[&token]).await?;
        row.map(|row| {
            let seconds: f64 = row.try_get(3)?;
            Ok(ApiClient {
                key: row.try_get(4)?,
                claim_set: row.try_get(0)?,
                education_organizations: row.try_get(1)?,
                ods_instances: row.try_get(2)?,
                expires: SystemTime::now() + Duration::from_secs_f64(seconds.max(0.0)),
            })
        })
        .transpose()
    }
}

/// The real one has no tenant in it.
fn shared_key((tenant, token): &(String, String)) -> String {
    if tenant.is_empty() {
        format!("ApiClientDetails.{token}")
    } else {
        format!("ApiClientDetails.{tenant}.{token}")
    }
}

impl ApiClient {
    /// For the shared cache.
    fn write(&self) -> String {
        let expires = self.expires.duration_since(UNIX_EPOCH).unwrap_or_default();
        json!({
            "key": self.key,
            "claimSet": self.claim_set,
            "educationOrganizations": self.education_organizations,
            "odsInstances": self.ods_instances,
            "expires": expires.as_secs(),
        })
        .to_string()
    }

    /// From the shared cache; what cannot be read counts as missing.
    fn read(text: &str) -> Option<Self> {
        let json: Value = serde_json::from_str(text).ok()?;
        let numbers = |name: &str| -> Option<Vec<i64>> {
            json.get(name)?
                .as_array()?
                .iter()
                .map(Value::as_i64)
                .collect()
        };
        let text = |name: &str| Some(json.get(name)?.as_str()?.to_owned());
        Some(Self {
            key: text("key")?,
            claim_set: text("claimSet")?,
            education_organizations: numbers("educationOrganizations")?,
            ods_instances: numbers("odsInstances")?
                .into_iter()
                .map(|id| id.try_into().ok())
                .collect::<Option<_>>()?,
            expires: UNIX_EPOCH + Duration::from_secs(json.get("expires")?.as_u64()?),
        })
    }
}

fn bearer(header: Option<&str>) -> Result<&str, Problem> {
    let header =
        header.ok_or_else(|| Problem::authentication("Authorization header is missing."))?;
    let (scheme, token) = header.trim().split_once(' ').unwrap_or((header.trim(), ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Problem::authentication(
            "Unknown Authorization header scheme.",
        ));
    }
    let token = token.trim();
    if token.is_empty() {
        return Err(Problem::authentication(
            "Missing Authorization header bearer token value.",
        ));
    }
    Ok(token)
}

/// A token is a UUID, usually without hyphens.
fn normalize(token: &str) -> Option<String> {
    let digits = token.replace('-', "").to_lowercase();
    (digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_bearer_tokens_count() {
        assert_eq!(bearer(Some("bearer abc")), Ok("abc"));
        for header in [None, Some("Basic abc"), Some("Bearer"), Some("Bearer  ")] {
            assert_eq!(bearer(header).unwrap_err().status, 401);
        }
    }

    #[test]
    fn a_client_survives_the_shared_cache() {
        let client = ApiClient {
            key: "k".to_owned(),
            claim_set: "SIS Vendor".to_owned(),
            education_organizations: vec![255_901, 6_000_000_000],
            ods_instances: vec![7],
            expires: UNIX_EPOCH + Duration::from_hours(500_000),
        };
        let read = ApiClient::read(&client.write()).unwrap();
        assert_eq!(format!("{read:?}"), format!("{client:?}"));
        assert!(ApiClient::read("{}").is_none() && ApiClient::read("junk").is_none());
        let key = |tenant: &str| shared_key(&(tenant.to_owned(), "t".to_owned()));
        assert_ne!(key(""), key("north"));
    }

    #[test]
    fn tokens_are_uuids() {
        let plain = "0123456789abcdef0123456789abcdef";
        assert_eq!(
            normalize("01234567-89AB-cdef-0123-456789abcdef").as_deref(),
            Some(plain)
        );
        assert_eq!(normalize("'; DROP TABLE"), None);
    }
}
