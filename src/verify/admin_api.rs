//! Does the Admin API serve, for our client and for nobody who has none?

use std::fmt::Write as _;

use serde_json::Value;

use crate::deployment::Secret;
use crate::stack::AdminApi;

use super::{Answer, Ask, Body, Check, Client, beginning, check};

/// What tokens of the Admin API are asked for.
pub const ADMIN_SCOPE: &str = "edfi_admin_api/full_access";

const LOG: &str = "Look at its last lines: edfi-setup logs admin-api.";

/// Fields of a form, as text.
pub fn form(fields: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for (name, value) in fields {
        if !text.is_empty() {
            text.push('&');
        }
        escape(&mut text, name);
        text.push('=');
        escape(&mut text, value);
    }
    text
}

fn escape(text: &mut String, value: &str) {
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(text, "%{byte:02X}");
        }
    }
}

/// What was granted and answered before, so that patience does not use up what the Admin API allows in a minute.
#[derive(Debug, Default)]
pub struct AdminTokens {
    token: Option<(Secret, Check)>,
    closed: Option<Check>,
}

/// Asks the Admin API: a token with our client, its vendors, and that it takes no registrations from outside.
pub async fn verify_admin_api(
    client: &Client,
    admin_api: &AdminApi,
    kept: &mut AdminTokens,
) -> Vec<Check> {
    let (token, granted) = match kept.token.take() {
        Some((token, check)) => (Some(token), check),
        None => token(client, admin_api).await,
    };
    let mut checks = vec![granted.clone()];
    if let Some(token) = token {
        let vendors = vendors(client, admin_api, &token).await;
        if vendors.ok {
            kept.token = Some((token, granted));
        }
        checks.push(vendors);
    }
    if checks.iter().any(|check| check.silent) {
        return checks;
    }
    let closed = match kept.closed.take() {
        Some(check) => check,
        None => registration(client, admin_api).await,
    };
    if closed.ok {
        kept.closed = Some(closed.clone());
    }
    checks.push(closed);
    checks
}

/// What to say of a wrong answer, and what to do.
fn wrong(answer: &Answer) -> (String, String) {
    let next = match answer.status {
        502 | 504 => {
            "The gateway runs, but the Admin API behind it does not answer. Look at its last lines: edfi-setup logs admin-api."
        }
        503 => {
            "The Admin API runs, but cannot reach its databases. Look at: edfi-setup logs admin-api db-admin."
        }
        _ => LOG,
    };
    let detail = if answer.body.trim_start().starts_with('<') {
        format!("status {}", answer.status)
    } else {
        format!("status {}: {}", answer.status, beginning(&answer.body))
    };
    (detail, next.to_owned())
}

async fn token(client: &Client, admin_api: &AdminApi) -> (Option<Secret>, Check) {
    let path = format!("/{}/connect/token", admin_api.path);
    let own = &admin_api.client;
    let fields = Secret::new(form(&[
        ("client_id", own.key.expose()),
        ("client_secret", own.secret.expose()),
        ("grant_type", "client_credentials"),
        ("scope", ADMIN_SCOPE),
    ]));
    let ask = Ask {
        path: &path,
        authorization: None,
        body: Some(Body::Form(fields.expose())),
    };
    let mut token = None;
    let check = check(client, "Admin API token", None, ask, |answer| {
        match answer.status {
            200 => {}
            400 | 401 | 403 => {
                let (detail, _) = wrong(answer);
                let next = "Its client was changed or removed by somebody else. Run up again; it registers the client \
                            once more if it is gone.";
                return Err((detail, next.to_owned()));
            }
            _ => return Err(wrong(answer)),
        }
        let document: Value = serde_json::from_str(&answer.body).unwrap_or_default();
        // The body holds the token, so it is not quoted when something is wrong with it.
        let value = document.get("access_token").and_then(Value::as_str);
        token = value.map(Secret::new);
        value
            .map(|_| "granted".to_owned())
            .ok_or_else(|| ("the answer holds no token".to_owned(), LOG.to_owned()))
    })
    .await;
    (token, check)
}

async fn vendors(client: &Client, admin_api: &AdminApi, token: &Secret) -> Check {
    let path = format!("/{}/v2/vendors", admin_api.path);
    let ask = Ask {
        path: &path,
        authorization: Some(format!("Bearer {}", token.expose())),
        body: None,
    };
    check(client, "Admin API vendors", None, ask, |answer| {
        if answer.status != 200 {
            return Err(wrong(answer));
        }
        let document: Value = serde_json::from_str(&answer.body).unwrap_or_default();
        match document.as_array().map(Vec::len) {
            Some(0) => Ok("answered, none yet".to_owned()),
            Some(count) => Ok(format!("answered, {count} on its first page")),
            None => Err((
                format!("not a list: {}", beginning(&answer.body)),
                LOG.to_owned(),
            )),
        }
    })
    .await
}

/// Asks to be registered, with a form that lacks everything: whoever takes registrations complains of the form (400),
/// whoever does not refuses before looking at it. So the question itself can never open anything. (Order: ODS-Admin-API
/// v2.3.2, `RegisterService.Handle`.) A limit of three tries a minute refuses everybody, and is answered before that.
async fn registration(client: &Client, admin_api: &AdminApi) -> Check {
    let path = format!("/{}/connect/register", admin_api.path);
    let ask = Ask {
        path: &path,
        authorization: None,
        body: Some(Body::Form("ClientId=&ClientSecret=&DisplayName=")),
    };
    check(client, "Admin API registration", None, ask, |answer| {
        judge_registration(answer)
    })
    .await
}

fn judge_registration(answer: &Answer) -> Result<String, (String, String)> {
    match answer.status {
        401 | 403 | 404 => Ok("closed".to_owned()),
        429 => Ok("refused, as every further try in this minute".to_owned()),
        200..=299 | 400 | 415 | 422 => Err((
            format!(
                "OPEN: anybody can make themselves an administrator (status {})",
                answer.status
            ),
            "Stop it now: edfi-setup down. Then see who changed its setting Authentication__AllowRegistration; up puts \
             it back."
                .to_owned(),
        )),
        _ => Err(wrong(answer)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_survives_whatever_is_in_it() {
        assert_eq!(
            form(&[("a b", "x&y=z"), ("scope", "edfi_admin_api/full_access")]),
            "a%20b=x%26y%3Dz&scope=edfi_admin_api%2Ffull_access"
        );
        assert_eq!(form(&[("s", "aB3-._~")]), "s=aB3-._~");
    }

    #[test]
    fn a_complaint_about_the_form_means_that_registration_is_open() {
        let answer = |status| Answer {
            status,
            body: String::new(),
        };
        for closed in [401, 403, 404, 429] {
            assert!(judge_registration(&answer(closed)).is_ok(), "{closed}");
        }
        for open in [200, 201, 400, 415] {
            let (detail, _) = judge_registration(&answer(open)).unwrap_err();
            assert!(detail.starts_with("OPEN"), "{open}");
        }
        assert!(judge_registration(&answer(502)).is_err());
    }
}
