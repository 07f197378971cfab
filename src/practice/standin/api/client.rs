//! Who calls: a bearer token, looked up in `EdFi_Admin`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::super::database::DatabaseError;
use super::super::http::Request;
use super::super::problem::Problem;
use super::Api;
use super::settings::Tenant;

const LOGGER: &str = "OAuthTokenAuthenticator";

/// An API client as its token shows it.
#[derive(Debug)]
pub struct ApiClient {
    /// Its claim set.
    pub claim_set: String,
    /// The education organizations that it was given.
    pub education_organizations: Vec<i64>,
    /// The ODS instances that it was given.
    pub ods_instances: Vec<i32>,
    expires: Instant,
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
        let known = if let Some(client) = self.clients.get(&key) {
            client
        } else {
            let found = self
                .find_client(tenant, &key.1)
                .await
                .map_err(|error| Problem::database(LOGGER, &error))?;
            let client = Arc::new(found.ok_or_else(invalid)?);
            self.clients.put(key, Arc::clone(&client));
            client
        };
        if known.expires <= Instant::now() {
            return Err(invalid());
        }
        Ok(known)
    }

    async fn find_client(
        &self,
        tenant: &Tenant,
        token: &str,
    ) -> Result<Option<ApiClient>, DatabaseError> {
        let statement = "
            SELECT COALESCE(app.claimsetname, ''),
                   ARRAY(SELECT aeo.educationorganizationid
                         FROM dbo.apiclientapplicationeducationorganizations link
                         JOIN dbo.applicationeducationorganizations aeo
                             ON aeo.applicationeducationorganizationid = link.applicationedorg_applicationedorgid
                         WHERE link.apiclient_apiclientid = ac.apiclientid
                             AND (cat.scope IS NULL OR aeo.educationorganizationid = cat.scope::bigint)
                         ORDER BY 1),
                   ARRAY(SELECT odsinstance_odsinstanceid FROM dbo.apiclientodsinstances
                         WHERE apiclient_apiclientid = ac.apiclientid ORDER BY 1),
                   EXTRACT(EPOCH FROM cat.expiration - CURRENT_TIMESTAMP AT TIME ZONE 'UTC')::float8
            FROM dbo.clientaccesstokens cat
            JOIN dbo.apiclients ac ON ac.apiclientid = cat.apiclient_apiclientid
            JOIN dbo.applications app ON app.applicationid = ac.application_applicationid
            WHERE cat.id = $1::text::uuid AND cat.expiration > CURRENT_TIMESTAMP AT TIME ZONE 'UTC'";
        let database = self.databases.connect(&tenant.admin).await?;
        let row = database.query_opt(statement, &[&token]).await?;
        row.map(|row| {
            let seconds: f64 = row.try_get(3)?;
            Ok(ApiClient {
                claim_set: row.try_get(0)?,
                education_organizations: row.try_get(1)?,
                ods_instances: row.try_get(2)?,
                expires: Instant::now() + Duration::from_secs_f64(seconds.max(0.0)),
            })
        })
        .transpose()
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
    fn tokens_are_uuids() {
        let plain = "0123456789abcdef0123456789abcdef";
        assert_eq!(
            normalize("01234567-89AB-cdef-0123-456789abcdef").as_deref(),
            Some(plain)
        );
        assert_eq!(normalize("'; DROP TABLE"), None);
    }
}
