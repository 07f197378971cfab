//! Problem details, the form in which the ODS/API reports every failure.

use serde_json::json;

use super::database::DatabaseError;
use super::http::{Reply, json_reply};
use super::log;

/// A failure that a caller gets to see. Nothing in it may be a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// HTTP status.
    pub status: u16,
    /// What follows `urn:ed-fi:api:` in the type.
    pub kind: &'static str,
    /// Title of that kind.
    pub title: &'static str,
    /// What to tell a person.
    pub detail: String,
    /// What exactly is wrong.
    pub errors: Vec<String>,
}

impl Problem {
    fn new(status: u16, kind: &'static str, title: &'static str, detail: &str) -> Self {
        Self {
            status,
            kind,
            title,
            detail: detail.to_owned(),
            errors: Vec::new(),
        }
    }

    fn because(mut self, error: impl Into<String>) -> Self {
        self.errors.push(error.into());
        self
    }

    /// 401: no token, or none that counts.
    pub fn authentication(error: impl Into<String>) -> Self {
        let detail = "The caller could not be authenticated.";
        Self::new(
            401,
            "security:authentication",
            "Authentication Failed",
            detail,
        )
        .because(error)
    }

    /// 403: the client may not do this. `kind` is the whole type after the common prefix.
    pub fn denied(kind: &'static str, error: impl Into<String>) -> Self {
        Self::new(
            403,
            kind,
            "Authorization Denied",
            "The client may not do this with the requested data.",
        )
        .because(error)
    }

    /// 404: no such path, tenant, instance or item.
    pub fn not_found(detail: &str) -> Self {
        Self::new(404, "not-found", "Not Found", detail)
    }

    /// 404 for an address that leads nowhere.
    pub fn no_such_path(path: &str) -> Self {
        Self::not_found("The specified data could not be found.").because(format!(
            "There is nothing at '{path}'. Is the resource's name right?"
        ))
    }

    /// 405.
    pub fn method_not_allowed(method: &str) -> Self {
        Self::new(
            405,
            "method-not-allowed",
            "Method Not Allowed",
            "The endpoint does not support this method.",
        )
        .because(format!("'{method}' is not supported here."))
    }

    /// 400: a parameter is out of its range.
    pub fn parameter(error: impl Into<String>) -> Self {
        let kind = "bad-request:parameter-validation-failed";
        Self::new(
            400,
            kind,
            "Parameter Validation Failed",
            "A parameter of the request is not valid.",
        )
        .because(error)
    }

    /// 400: the item that was sent is not acceptable.
    pub fn data(error: impl Into<String>) -> Self {
        let kind = "bad-request:data-validation-failed";
        Self::new(
            400,
            kind,
            "Data Validation Failed",
            "The data of the request is not valid.",
        )
        .because(error)
    }

    /// 415.
    pub fn media_type() -> Self {
        Self::new(
            415,
            "unsupported-media-type",
            "Unsupported Media Type",
            "The content type is not supported.",
        )
    }

    /// 429: a client has as many tokens as it may have.
    pub fn too_many_tokens(limit: i64) -> Self {
        let kind = "security:authentication:too-many-tokens";
        Self::new(
            429,
            kind,
            "Too Many Tokens",
            "The caller asked for too many tokens in too short a time.",
        )
        .because(format!(
            "A client may hold {limit} tokens at a time. Use a token until it expires."
        ))
    }

    /// 500: the client's registration is incomplete.
    pub fn security_configuration(error: impl Into<String>) -> Self {
        let detail = "The security configuration of the client is incomplete. The request cannot be authorized.";
        Self::new(
            500,
            "system:configuration:security",
            "Security Configuration Error",
            detail,
        )
        .because(error)
    }

    /// 500 with nothing to see; the cause goes to the log.
    pub fn system(logger: &str, cause: &str) -> Self {
        log::error(logger, cause);
        Self::new(
            500,
            "system",
            "System Error",
            "An unexpected problem has occurred.",
        )
    }

    /// 500: a database did not answer. The cause goes to the log.
    pub fn database(logger: &str, error: &DatabaseError) -> Self {
        match error {
            DatabaseError::Connect { .. } => {
                log::error(logger, &error.to_string());
                let detail = "There was a problem communicating with the database.";
                Self::new(
                    500,
                    "system:database-connection",
                    "Database Connection Problem",
                    detail,
                )
            }
            DatabaseError::Format(_) | DatabaseError::Statement(_) => {
                Self::system(logger, &error.to_string())
            }
        }
    }

    /// As a response of release 6: one message, and for what nobody expected always the same.
    pub fn reply_of_6(&self) -> Reply {
        let message = if self.status == 500 && self.errors.is_empty() {
            "An unexpected error occurred on the server."
        } else {
            self.errors.first().unwrap_or(&self.detail)
        };
        json_reply(self.status, &json!({ "message": message }))
    }

    /// As a response.
    pub fn reply(&self) -> Reply {
        let mut body = json!({
            "detail": self.detail,
            "type": format!("urn:ed-fi:api:{}", self.kind),
            "title": self.title,
            "status": self.status,
            "correlationId": correlation_id(),
        });
        if let (false, Some(members)) = (self.errors.is_empty(), body.as_object_mut()) {
            members.insert("errors".to_owned(), json!(self.errors));
        }
        let mut reply = json_reply(self.status, &body);
        let media = hyper::header::HeaderValue::from_static("application/problem+json");
        reply
            .headers_mut()
            .insert(hyper::header::CONTENT_TYPE, media);
        reply
    }
}

fn correlation_id() -> String {
    format!("{:032x}", rand::random::<u128>())
}
