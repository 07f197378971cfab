//! `connect/register` and `connect/token`, and the check of tokens.

use jiff::Timestamp;
use serde_json::json;

use super::super::http::{Reply, Request, json_reply};
use super::super::{secret_hash, web};
use super::settings::Tenant;
use super::{AdminApi, Refusal, failed, invalid, token};

impl AdminApi {
    /// Registers a client with full access, for anybody who asks, as long as registration is open.
    pub(super) async fn register(
        &self,
        request: &Request,
        tenant: &Tenant,
    ) -> Result<Reply, Refusal> {
        if !self.may_register() {
            return Err((
                429,
                json!({ "title": "Too many requests. Try again in a minute." }),
            ));
        }
        if !self.settings.allow_registration {
            return Err((
                403,
                json!({ "title": "Registration is closed.", "status": 403 }),
            ));
        }
        let form = form(request)?;
        let field = |name: &str| {
            web::field(&form, name)
                .filter(|value| !value.is_empty())
                .ok_or_else(|| invalid(name, "must not be empty."))
        };
        let (id, secret, name) = (
            field("ClientId")?,
            field("ClientSecret")?,
            field("DisplayName")?,
        );
        if !is_strong(secret) {
            let rule = "must have 32 to 128 characters, with a lower-case and an upper-case letter, a digit and a symbol.";
            return Err(invalid("ClientSecret", rule));
        }
        let permissions = json!([
            "ept:token",
            "gt:client_credentials",
            format!("scp:{}", token::SCOPE)
        ])
        .to_string();
        let statement = "
            INSERT INTO adminapi.applications
                (clientid, clientsecret, displayname, type, consenttype, permissions, concurrencytoken)
            SELECT $1::text, $2::text, $3::text, 'confidential', 'implicit', $4::text, gen_random_uuid()::text
            WHERE NOT EXISTS (SELECT 1 FROM adminapi.applications WHERE clientid = $1::text)";
        let hash = secret_hash::identity_hash(secret);
        let database = self.admin(tenant).await?;
        let made = database
            .execute(statement, &[&id, &hash, &name, &permissions])
            .await;
        if made.map_err(|error| failed(&error.into()))? == 0 {
            return Err(invalid("ClientId", "is already registered."));
        }
        Ok(json_reply(
            200,
            &json!({ "title": format!("Registered client {id} successfully."), "status": 200 }),
        ))
    }

    /// The client-credentials grant.
    pub(super) async fn token(&self, request: &Request, tenant: &Tenant) -> Result<Reply, Refusal> {
        let refusal = |status: u16, error: &str, description: &str| {
            (
                status,
                json!({ "error": error, "error_description": description }),
            )
        };
        if !self.settings.accept_http {
            return Err(refusal(
                400,
                "invalid_request",
                "This server only accepts HTTPS requests.",
            ));
        }
        let form = form(request)?;
        let field = |name: &str| web::field(&form, name).unwrap_or_default();
        if field("grant_type") != "client_credentials" {
            return Err(refusal(
                400,
                "unsupported_grant_type",
                "Only 'client_credentials' is supported.",
            ));
        }
        let id = field("client_id");
        let statement =
            "SELECT COALESCE(clientsecret, '') FROM adminapi.applications WHERE clientid = $1";
        let database = self.admin(tenant).await?;
        let row = database
            .query_opt(statement, &[&id])
            .await
            .map_err(|error| failed(&error.into()))?;
        let stored: Option<String> = row
            .map(|row| row.try_get(0))
            .transpose()
            .map_err(|error| failed(&error.into()))?;
        if !stored
            .is_some_and(|stored| secret_hash::verify_identity(&stored, field("client_secret")))
        {
            return Err(refusal(
                401,
                "invalid_client",
                "The client credentials are not valid.",
            ));
        }
        if !field("scope").split(' ').any(|scope| scope == token::SCOPE) {
            return Err(refusal(
                400,
                "invalid_scope",
                "The scope is missing or not valid.",
            ));
        }
        let now = Timestamp::now().as_second();
        Ok(json_reply(
            200,
            &json!({
                "access_token": token::issue(&self.settings.signing_key, &self.settings.issuer, id, now),
                "token_type": "Bearer",
                "expires_in": token::LIFETIME,
            }),
        ))
    }

    /// Lets pass whoever has a token of ours.
    pub(super) fn authorize(&self, request: &Request) -> Result<(), Refusal> {
        let now = Timestamp::now().as_second();
        let good = request
            .header("authorization")
            .and_then(|header| header.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .is_some_and(|(_, given)| {
                token::is_valid(
                    &self.settings.signing_key,
                    &self.settings.issuer,
                    given.trim(),
                    now,
                )
            });
        if good {
            Ok(())
        } else {
            Err((401, json!({ "title": "Unauthorized", "status": 401 })))
        }
    }
}

fn form(request: &Request) -> Result<Vec<(String, String)>, Refusal> {
    if request.media_type() == "application/x-www-form-urlencoded" {
        Ok(web::parse_form(&String::from_utf8_lossy(&request.body)))
    } else {
        Err((
            415,
            json!({ "title": "Unsupported Media Type", "status": 415 }),
        ))
    }
}

/// The rule for secrets of administrators.
fn is_strong(secret: &str) -> bool {
    let has = |kind: fn(char) -> bool| secret.chars().any(kind);
    (32..=128).contains(&secret.chars().count())
        && has(|c| c.is_ascii_lowercase())
        && has(|c| c.is_ascii_uppercase())
        && has(|c| c.is_ascii_digit())
        && has(|c| !c.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_long_and_mixed() {
        assert!(is_strong("aB3!aB3!aB3!aB3!aB3!aB3!aB3!aB3!"));
        assert!(!is_strong("aB3!"));
        for weak in ["ab3!", "AB3!", "aBc!", "aB34"] {
            assert!(!is_strong(&weak.repeat(8)), "{weak}");
        }
        assert!(!is_strong(&"aB3!".repeat(33)));
    }
}
