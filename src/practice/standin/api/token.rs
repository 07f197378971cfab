//! `POST oauth/token`: the client-credentials grant.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::super::database::DatabaseError;
use super::super::http::{Reply, Request, json_reply};
use super::super::problem::Problem;
use super::super::{log, secret_hash, web};
use super::settings::Tenant;
use super::{Api, json_body};

const LOGGER: &str = "TokenController";

/// What a caller asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
struct TokenRequest {
    grant_type: String,
    key: String,
    secret: String,
    /// An education organization to which the token is limited.
    scope: Option<String>,
}

/// A refusal as OAuth words it: HTTP status and error code.
type Refusal = (u16, &'static str);

const INVALID_CLIENT: Refusal = (401, "invalid_client");

struct Registration {
    id: i32,
    secret: String,
    is_hashed: bool,
    education_organizations: Vec<i64>,
}

impl Api {
    pub(super) async fn token(&self, request: &Request, tenant: &Tenant) -> Result<Reply, Problem> {
        let fields = fields(request)?;
        let asked = match read(&fields, request.header("authorization")) {
            Ok(asked) => asked,
            Err((status, error)) => return Ok(json_reply(status, &json!({ "error": error }))),
        };
        if !asked.grant_type.eq_ignore_ascii_case("client_credentials") {
            return Ok(json_reply(
                400,
                &json!({ "error": "unsupported_grant_type" }),
            ));
        }
        let failed = |error: DatabaseError| Problem::database(LOGGER, &error);
        let refused = json_reply(INVALID_CLIENT.0, &json!({ "error": INVALID_CLIENT.1 }));
        let Some(client) = self.find_key(tenant, &asked.key).await.map_err(failed)? else {
            return Ok(refused);
        };
        if !matches(&client, &asked.secret) {
            return Ok(refused);
        }
        if !client.is_hashed && !self.settings.plain_secrets {
            self.hash_secret(tenant, client.id, &asked.secret)
                .await
                .map_err(failed)?;
        }
        if let Some(scope) = &asked.scope {
            let known = scope
                .parse()
                .is_ok_and(|id| client.education_organizations.contains(&id));
            if !known {
                let description = "The scope must be the id of an education organization that the client was given.";
                return Ok(json_reply(
                    400,
                    &json!({ "error": "invalid_scope", "error_description": description }),
                ));
            }
        }
        match self
            .create(tenant, client.id, asked.scope.as_deref())
            .await
            .map_err(failed)?
        {
            Some(token) => {
                let mut body = json!({
                    "access_token": token,
                    "expires_in": i64::from(self.settings.token_minutes) * 60,
                    "token_type": "bearer",
                });
                if let (Some(scope), Some(members)) = (asked.scope, body.as_object_mut()) {
                    members.insert("scope".to_owned(), Value::from(scope));
                }
                Ok(json_reply(200, &body))
            }
            None if self.is_approved(tenant, client.id).await.map_err(failed)? => {
                Err(Problem::too_many_tokens(self.settings.token_limit))
            }
            None => Ok(refused),
        }
    }

    async fn find_key(
        &self,
        tenant: &Tenant,
        key: &str,
    ) -> Result<Option<Registration>, DatabaseError> {
        let statement = "
            SELECT ac.apiclientid, ac.secret, ac.secretishashed,
                   ARRAY(SELECT aeo.educationorganizationid::bigint
                         FROM dbo.apiclientapplicationeducationorganizations link
                         JOIN dbo.applicationeducationorganizations aeo
                             ON aeo.applicationeducationorganizationid = link.applicationedorg_applicationedorgid
                         WHERE link.apiclient_apiclientid = ac.apiclientid)
            FROM dbo.apiclients ac
            JOIN dbo.applications app ON app.applicationid = ac.application_applicationid
            WHERE ac.key = $1 ORDER BY ac.apiclientid LIMIT 1";
        let row = self
            .databases
            .connect(&tenant.admin)
            .await?
            .query_opt(statement, &[&key])
            .await?;
        row.map(|row| {
            Ok(Registration {
                id: row.try_get(0)?,
                secret: row.try_get(1)?,
                is_hashed: row.try_get(2)?,
                education_organizations: row.try_get(3)?,
            })
        })
        .transpose()
    }

    /// The first use of a plain secret replaces it by its hash, as in the real API.
    async fn hash_secret(
        &self,
        tenant: &Tenant,
        client: i32,
        secret: &str,
    ) -> Result<(), DatabaseError> {
        let statement =
            "UPDATE dbo.apiclients SET secret = $2, secretishashed = true WHERE apiclientid = $1";
        let hash = secret_hash::pack(secret);
        self.databases
            .connect(&tenant.admin)
            .await?
            .execute(statement, &[&client, &hash])
            .await?;
        log::info(
            LOGGER,
            &format!("the secret of API client {client} is stored as a hash from now on"),
        );
        Ok(())
    }

    /// Stores a token for an approved client that has not too many.
    async fn create(
        &self,
        tenant: &Tenant,
        client: i32,
        scope: Option<&str>,
    ) -> Result<Option<String>, DatabaseError> {
        let statement = "
            INSERT INTO dbo.clientaccesstokens (id, expiration, scope, apiclient_apiclientid)
            SELECT gen_random_uuid(), CURRENT_TIMESTAMP AT TIME ZONE 'UTC' + make_interval(mins => $2), $3, ac.apiclientid
            FROM dbo.apiclients ac
            WHERE ac.apiclientid = $1 AND ac.isapproved
                AND ($4::bigint < 1 OR $4::bigint > (SELECT count(*) FROM dbo.clientaccesstokens
                                     WHERE apiclient_apiclientid = $1
                                         AND expiration > CURRENT_TIMESTAMP AT TIME ZONE 'UTC'))
            RETURNING replace(id::text, '-', '')";
        let database = self.databases.connect(&tenant.admin).await?;
        let (minutes, limit) = (self.settings.token_minutes, self.settings.token_limit);
        let row = database
            .query_opt(statement, &[&client, &minutes, &scope, &limit])
            .await?;
        Ok(row.map(|row| row.try_get(0)).transpose()?)
    }

    async fn is_approved(&self, tenant: &Tenant, client: i32) -> Result<bool, DatabaseError> {
        let statement = "SELECT isapproved FROM dbo.apiclients WHERE apiclientid = $1";
        let row = self
            .databases
            .connect(&tenant.admin)
            .await?
            .query_one(statement, &[&client])
            .await?;
        Ok(row.try_get(0)?)
    }
}

fn matches(client: &Registration, secret: &str) -> bool {
    if client.is_hashed {
        secret_hash::verify(&client.secret, secret)
    } else {
        client.secret == secret
    }
}

/// The fields of the body, which is a form or JSON.
fn fields(request: &Request) -> Result<Vec<(String, String)>, Problem> {
    match request.media_type().as_str() {
        "application/x-www-form-urlencoded" => {
            Ok(web::parse_form(&String::from_utf8_lossy(&request.body)))
        }
        "application/json" => {
            let json = json_body(request)?;
            let members = json.as_object().into_iter().flatten();
            Ok(members
                .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
                .collect())
        }
        _ => Err(Problem::media_type()),
    }
}

/// Key and secret come in the body or in a Basic header, never in both.
fn read(fields: &[(String, String)], authorization: Option<&str>) -> Result<TokenRequest, Refusal> {
    let field = |name: &str| web::field(fields, name).unwrap_or_default().to_owned();
    let (mut key, mut secret) = (field("client_id"), field("client_secret"));
    if let Some(header) = authorization {
        let mut parts = header.split(' ');
        let (Some(scheme), Some(encoded), None) = (parts.next(), parts.next(), parts.next()) else {
            return Err((400, "invalid_request"));
        };
        if !scheme.eq_ignore_ascii_case("basic") {
            return Err(INVALID_CLIENT);
        }
        let decoded = STANDARD
            .decode(encoded)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok());
        let decoded = decoded
            .filter(|_| !encoded.is_empty())
            .ok_or((400, "invalid_request"))?;
        let mut pair = decoded.split(':');
        let (Some(id), Some(password), None) = (pair.next(), pair.next(), pair.next()) else {
            return Err((400, "invalid_client"));
        };
        if !key.trim().is_empty() || !secret.trim().is_empty() {
            return Err((400, "invalid_client"));
        }
        (key, secret) = (id.to_owned(), password.to_owned());
    }
    if key.trim().is_empty() || secret.trim().is_empty() {
        return Err((401, "invalid_request"));
    }
    let scope = Some(field("scope").trim().to_owned()).filter(|scope| !scope.is_empty());
    Ok(TokenRequest {
        grant_type: field("grant_type"),
        key,
        secret,
        scope,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn basic(pair: &str) -> String {
        format!("Basic {}", STANDARD.encode(pair))
    }

    fn form(text: &str) -> Vec<(String, String)> {
        web::parse_form(text)
    }

    #[test]
    fn credentials_come_from_the_body_or_from_the_header() {
        let body = form(
            "grant_type=client_credentials&client_id=key&client_secret=s%2Fecret&scope=+255901+",
        );
        let asked = read(&body, None).unwrap();
        assert_eq!(
            (asked.key.as_str(), asked.secret.as_str()),
            ("key", "s/ecret")
        );
        assert_eq!(asked.scope.as_deref(), Some("255901"));
        let asked = read(
            &form("grant_type=client_credentials"),
            Some(&basic("key:secret")),
        )
        .unwrap();
        assert_eq!(
            (asked.key.as_str(), asked.secret.as_str(), asked.scope),
            ("key", "secret", None)
        );
    }

    #[test]
    fn refusals_have_the_statuses_of_the_real_api() {
        let grant = form("grant_type=client_credentials");
        assert_eq!(read(&grant, None), Err((401, "invalid_request")));
        assert_eq!(read(&grant, Some("Basic")), Err((400, "invalid_request")));
        assert_eq!(
            read(&grant, Some("Basic %%%")),
            Err((400, "invalid_request"))
        );
        assert_eq!(
            read(&grant, Some("Bearer abc")),
            Err((401, "invalid_client"))
        );
        assert_eq!(
            read(&grant, Some(&basic("no colon"))),
            Err((400, "invalid_client"))
        );
        let both = form("grant_type=client_credentials&client_id=key&client_secret=secret");
        assert_eq!(
            read(&both, Some(&basic("key:secret"))),
            Err((400, "invalid_client"))
        );
    }

    #[test]
    fn a_plain_secret_is_compared_and_a_hashed_one_verified() {
        let mut client = Registration {
            id: 1,
            secret: "secret".into(),
            is_hashed: false,
            education_organizations: vec![],
        };
        assert!(matches(&client, "secret") && !matches(&client, "Secret"));
        client.is_hashed = true;
        assert!(!matches(&client, "secret"));
        client.secret = secret_hash::pack("secret");
        assert!(matches(&client, "secret"));
    }
}
