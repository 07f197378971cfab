//! Does it really serve? Real requests through the gateway, over https, for every instance.
//!
//! The API's own health answer says nothing of the ODS databases, so it is one question of four.

mod admin_api;
mod http;

pub use admin_api::{ADMIN_SCOPE, AdminTokens, form, verify_admin_api};
pub use http::{Answer, Ask, Body, Client, RequestError};

use std::collections::BTreeMap;
use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use futures_util::{StreamExt, stream};
use serde::Serialize;
use serde_json::Value;

use crate::deployment::Secret;
use crate::stack::Access;

/// What a key's owner posts to get a token.
pub const TOKEN_FORM: &str = "grant_type=client_credentials";

/// Instances that are asked at the same time: enough that many of them do not take their round trips
/// one after the other, and few enough that a small machine does not refuse any.
const AT_ONCE: usize = 8;

/// A key and secret to ask with.
#[derive(Debug, Clone)]
pub struct Credential {
    /// The instance it belongs to.
    pub instance: String,
    /// Where its tokens are granted, below the API's address.
    pub token_path: String,
    /// Where its data is, below the API's address.
    pub data_path: String,
    /// Key.
    pub key: Secret,
    /// Secret.
    pub secret: Secret,
    /// Whether there must be schools: where sample data was asked for, an empty list is a failure.
    pub expects_schools: bool,
}

impl Credential {
    /// The `Authorization` header that asks for a token.
    pub fn basic(&self) -> String {
        let pair = format!("{}:{}", self.key.expose(), self.secret.expose());
        format!("Basic {}", BASE64.encode(pair))
    }
}

/// One question and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was asked, as in `token`.
    pub question: &'static str,
    /// The instance, if it was about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// Whether the answer was right.
    pub ok: bool,
    /// Time it took, milliseconds.
    pub milliseconds: u64,
    /// What the answer was, for people.
    pub detail: String,
    /// Whether asking again cannot help.
    #[serde(skip)]
    pub permanent: bool,
    /// Whether no answer came in all the time a question has.
    #[serde(skip)]
    pub silent: bool,
    /// What to do, when it was wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_step: Option<String>,
}

/// All questions of one verification.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Verification {
    /// In the order they were asked.
    pub checks: Vec<Check>,
}

impl Verification {
    /// Whether something was asked and every answer was right.
    pub fn passed(&self) -> bool {
        !self.checks.is_empty() && self.checks.iter().all(|check| check.ok)
    }

    /// The first wrong answer.
    pub fn failure(&self) -> Option<&Check> {
        self.checks.iter().find(|check| !check.ok)
    }

    /// What is still wrong, for people who wait; nothing once all is right.
    pub fn still_wrong(&self) -> Option<String> {
        let first = self.failure()?;
        let of = first
            .instance
            .as_ref()
            .map_or_else(String::new, |instance| format!(" of {instance}"));
        let wrong = self.checks.iter().filter(|check| !check.ok).count();
        let all = match wrong {
            1 => String::new(),
            wrong => format!(" ({wrong} of {} answers are not)", self.checks.len()),
        };
        Some(format!(
            "{}{of} is not right yet: {}{all}",
            first.question, first.detail
        ))
    }
}

/// Asks everything: discovery, health, for each credential a token and schools, and, where addresses
/// lead to several instances, whether the first one's key is refused at the second. After a question
/// that got no answer at all the others are not asked: they would only take as long.
///
/// Several instances are asked at the same time; the answers come in the order of the credentials.
///
/// `tokens` holds what was granted before and is still good: an API grants a client only so many
/// tokens at a time (15), and asking again and again would turn any trouble into that one.
pub async fn verify(
    client: &Client,
    access: &Access,
    credentials: &[Credential],
    tokens: &mut Tokens,
) -> Verification {
    let mut checks = vec![discovery(client, access).await];
    if is_silent(&checks) {
        return Verification { checks };
    }
    checks.push(health(client, access).await);
    if is_silent(&checks) {
        return Verification { checks };
    }
    let questions: Vec<_> = credentials
        .iter()
        .map(|credential| {
            let held = tokens.0.get(&credential.instance).cloned();
            instance(client, access, credential, held)
        })
        .collect();
    let mut answers = stream::iter(questions).buffered(AT_ONCE);
    let mut names = credentials.iter().map(|credential| &credential.instance);
    while let (Some((own, held)), Some(name)) = (answers.next().await, names.next()) {
        checks.extend(own);
        match held {
            Some(held) => tokens.0.insert(name.clone(), held),
            None => tokens.0.remove(name),
        };
        if is_silent(&checks) {
            return Verification { checks };
        }
    }
    drop(answers);
    if let Some((first, second)) = neighbours(credentials)
        && let Some((token, _)) = tokens.0.get(&first.instance)
    {
        checks.push(separation(client, access, first, second, token).await);
    }
    Verification { checks }
}

/// A token that was granted, and the question that it answered.
type Held = (Secret, Check);

/// Asks for one instance: for a token, unless one is held, and with it for schools. Gives the token
/// back if it is still good.
async fn instance(
    client: &Client,
    access: &Access,
    credential: &Credential,
    held: Option<Held>,
) -> (Vec<Check>, Option<Held>) {
    let (token, granted) = match held {
        Some((token, granted)) => (Some(token), granted),
        None => token(client, access, credential).await,
    };
    let Some(token) = token else {
        return (vec![granted], None);
    };
    let (schools, is_refused) = schools(client, access, credential, &token).await;
    let held = (!is_refused).then(|| (token, granted.clone()));
    (vec![granted, schools], held)
}

/// The first credential, and the next one whose key and data have addresses of their own.
///
/// Where all data has one address, a key alone decides, and its owner cannot even name what belongs to
/// another. Where only the data has several, as in release 6, every key opens every year.
fn neighbours(credentials: &[Credential]) -> Option<(&Credential, &Credential)> {
    let first = credentials.first()?;
    let second = credentials
        .iter()
        .find(|other| other.data_path != first.data_path && other.token_path != first.token_path)?;
    Some((first, second))
}

/// Tokens that were granted, by instance, each with the question that it answered.
#[derive(Debug, Default)]
pub struct Tokens(BTreeMap<String, Held>);

fn is_silent(checks: &[Check]) -> bool {
    checks.last().is_some_and(|check| check.silent)
}

/// What an answer was worth: what to say of it, or what was wrong and what to do.
type Judgement = Result<String, (String, String)>;

async fn check(
    client: &Client,
    question: &'static str,
    instance: Option<&str>,
    ask: Ask<'_>,
    judge: impl FnOnce(&Answer) -> Judgement,
) -> Check {
    let start = Instant::now();
    let mut permanent = false;
    let mut silent = false;
    let judgement = match client.ask(&ask).await {
        Ok(answer) => judge(&answer),
        Err(error) => {
            silent = matches!(error, RequestError::Late);
            permanent = matches!(error, RequestError::Tls { .. } | RequestError::Authority(_));
            Err((error.to_string(), advice(&error)))
        }
    };
    let (ok, detail, next_step) = match judgement {
        Ok(detail) => (true, detail, None),
        Err((detail, next_step)) => (false, detail, Some(next_step)),
    };
    let permanent = !ok && (permanent || detail.starts_with(OTHER_ADDRESS));
    Check {
        question,
        instance: instance.map(str::to_owned),
        ok,
        milliseconds: u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX),
        detail,
        permanent,
        silent,
        next_step,
    }
}

const OTHER_ADDRESS: &str = "the API calls itself";

/// What to do when a request got no answer.
pub fn advice(error: &RequestError) -> String {
    match error {
        RequestError::Connect { .. } => "See whether the gateway runs: edfi-setup status. A firewall on this computer may also stand between.",
        RequestError::Tls { .. } => "The certificate does not fit the host name in the profile, or a program between here and the gateway shows its own. Check access.host.",
        RequestError::Broken(_) | RequestError::Late => "Look at the gateway's and the API's last lines: edfi-setup logs gateway api.",
        RequestError::Authority(_) => "The authority's file is damaged. Run up again; it makes a new one if it is ours.",
    }
    .to_owned()
}

const API_LOG: &str = "Look at the API's last lines: edfi-setup logs api.";

/// What to say of an answer with another status than 200, and what to do.
pub fn wrong_status(answer: &Answer) -> (String, String) {
    let next = match answer.status {
        502 | 504 => {
            "The gateway runs, but the API behind it does not answer. Look at its last lines: edfi-setup logs api."
        }
        503 => {
            "The API runs, but cannot reach the EdFi_Admin database. Look at: edfi-setup logs api db-admin."
        }
        _ => API_LOG,
    };
    // A page made for browsers says nothing more than its status.
    let detail = if answer.body.trim_start().starts_with('<') {
        format!("status {}", answer.status)
    } else {
        format!("status {}: {}", answer.status, beginning(&answer.body))
    };
    (detail, next.to_owned())
}

/// The beginning of a text from outside, on one line, without control characters.
fn beginning(text: &str) -> String {
    let mut short: String = text
        .chars()
        .map(|char| if char.is_control() { ' ' } else { char })
        .take(160)
        .collect();
    if text.chars().count() > 160 {
        short.push('…');
    }
    short.trim().to_owned()
}

async fn discovery(client: &Client, access: &Access) -> Check {
    let path = format!("/{}/", access.path);
    let ask = Ask {
        path: &path,
        ..Ask::default()
    };
    check(client, "discovery", None, ask, |answer| {
        if answer.status != 200 {
            return Err(wrong_status(answer));
        }
        let document: Value = serde_json::from_str(&answer.body).map_err(|_| {
            (
                format!("not JSON: {}", beginning(&answer.body)),
                API_LOG.to_owned(),
            )
        })?;
        let version = document
            .get("version")
            .and_then(Value::as_str)
            .unwrap_or("unknown");
        // A wrong forwarded port or host would show here first, and break every client later.
        let address = document
            .pointer("/urls/dataManagementApi")
            .and_then(Value::as_str)
            .unwrap_or_default();
        if address.starts_with(&format!("{}/", access.api())) {
            Ok(format!("version {version}"))
        } else {
            Err((
                format!(
                    "the API calls itself {address}, but people reach it at {}",
                    access.api()
                ),
                "access.host and access.port in the profile must be the ones that people use."
                    .to_owned(),
            ))
        }
    })
    .await
}

async fn health(client: &Client, access: &Access) -> Check {
    let path = format!("/{}/health", access.path);
    let ask = Ask {
        path: &path,
        ..Ask::default()
    };
    check(client, "health", None, ask, |answer| {
        if answer.status == 200 {
            Ok(beginning(&answer.body))
        } else {
            Err(wrong_status(answer))
        }
    })
    .await
}

async fn token(
    client: &Client,
    access: &Access,
    credential: &Credential,
) -> (Option<Secret>, Check) {
    let path = format!("/{}/{}", access.path, credential.token_path);
    let ask = Ask {
        path: &path,
        authorization: Some(credential.basic()),
        body: Some(Body::Form(TOKEN_FORM)),
    };
    let mut token = None;
    let check = check(client, "token", Some(&credential.instance), ask, |answer| {
        if answer.status != 200 {
            return Err(wrong_status(answer));
        }
        let document: Value = serde_json::from_str(&answer.body).unwrap_or_default();
        // The body holds the token, so it is not quoted when something is wrong with it.
        let value = document.get("access_token").and_then(Value::as_str);
        token = value.map(Secret::new);
        value
            .map(|_| "granted".to_owned())
            .ok_or_else(|| ("the answer holds no token".to_owned(), API_LOG.to_owned()))
    })
    .await;
    (token, check)
}

/// Asks for schools. Also tells whether the token itself was refused.
async fn schools(
    client: &Client,
    access: &Access,
    credential: &Credential,
    token: &Secret,
) -> (Check, bool) {
    let mut is_refused = false;
    let path = format!(
        "/{}/{}/ed-fi/schools?limit=1",
        access.path, credential.data_path
    );
    let ask = Ask {
        path: &path,
        authorization: Some(format!("Bearer {}", token.expose())),
        body: None,
    };
    let check = check(
        client,
        "schools",
        Some(&credential.instance),
        ask,
        |answer| {
            is_refused = answer.status == 401;
            if answer.status != 200 {
                return Err(wrong_status(answer));
            }
            let document: Value = serde_json::from_str(&answer.body).unwrap_or_default();
            let Some(schools) = document.as_array() else {
                return Err((
                    format!("not a list: {}", beginning(&answer.body)),
                    API_LOG.to_owned(),
                ));
            };
            let name = schools
                .first()
                .and_then(|school| school.get("nameOfInstitution"))
                .and_then(Value::as_str);
            match (name, credential.expects_schools) {
                (Some(name), _) => Ok(format!("the first is {}", beginning(name))),
                (None, false) => Ok("answered, none yet".to_owned()),
                (None, true) => Err((
                    "the sample data is missing: no school in this database".to_owned(),
                    "Look at how the sandboxes were made: edfi-setup logs sandbox-admin db-ods."
                        .to_owned(),
                )),
            }
        },
    )
    .await;
    (check, is_refused)
}

/// Asks for the second instance's schools with the first one's token, which must be refused: by an API
/// that does not know the token there (401), or that finds no instance of its owner's there (404).
async fn separation(
    client: &Client,
    access: &Access,
    first: &Credential,
    second: &Credential,
    token: &Secret,
) -> Check {
    let path = format!(
        "/{}/{}/ed-fi/schools?limit=1",
        access.path, second.data_path
    );
    let ask = Ask {
        path: &path,
        authorization: Some(format!("Bearer {}", token.expose())),
        body: None,
    };
    let (own, other) = (&first.instance, &second.instance);
    check(client, "separation", Some(other), ask, |answer| {
        match answer.status {
            401 | 403 | 404 => Ok(format!("the key of {own} is refused at {other}")),
            200 => Err((
                format!("the key of {own} opens {other}, too"),
                format!(
                    "Let nobody use the platform meanwhile. See which instances the key was given in EdFi_Admin, and what stands in the context of {other}."
                ),
            )),
            _ => Err(wrong_status(answer)),
        }
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_question_is_no_success() {
        assert!(!Verification::default().passed());
    }

    #[test]
    fn text_from_outside_stays_on_one_line() {
        assert_eq!(beginning("a\n\u{1b}[31mb"), "a  [31mb");
        assert!(beginning(&"x".repeat(500)).chars().count() <= 161);
    }
}
