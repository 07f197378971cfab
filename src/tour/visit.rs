//! What a step has to show once it was done.

use serde::Serialize;

/// What became of a step.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Visit {
    /// Requests and their answers, in the order they were made.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub exchanges: Vec<Exchange>,
    /// Things with a name: services, addresses, places, commands.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<Row>,
    /// Why the step could not be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stuck: Option<Stuck>,
}

impl Visit {
    /// A step that could not be done.
    pub(super) fn stuck(what: impl Into<String>, next_step: impl Into<String>) -> Self {
        Self {
            stuck: Some(Stuck {
                what: what.into(),
                next_step: next_step.into(),
            }),
            ..Self::default()
        }
    }

    /// Whether every answer was as it should be.
    pub fn went_well(&self) -> bool {
        self.stuck.is_none()
            && self.exchanges.iter().all(|exchange| exchange.good)
            && self.rows.iter().all(|row| row.good != Some(false))
    }
}

/// Why a step could not be done, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stuck {
    /// What failed, one sentence.
    pub what: String,
    /// What to do.
    pub next_step: String,
}

/// One request and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Exchange {
    /// As in `GET https://localhost:8443/api/`.
    pub request: String,
    /// What went with it, without any secret, as in "with the token".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub with: Option<String>,
    /// HTTP status; none if there was no answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Time it took, milliseconds.
    pub milliseconds: u64,
    /// The answer, shortened.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<String>,
    /// Whether the answer is as it should be.
    pub good: bool,
    /// What the answer means, in a sentence or two.
    pub meaning: String,
    /// What an answer would look like, where there is nothing to show yet.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub example: Vec<String>,
    /// What to do, where the answer is not as it should be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_step: Option<String>,
}

/// Something with a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// Name.
    pub label: String,
    /// What it is: an address, a file, a command, what a service is for.
    pub text: String,
    /// What was found out about it, as in "running".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub found: Option<String>,
    /// Whether that is as it should be, if it was looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub good: Option<bool>,
}

impl Row {
    /// Something that is not looked at.
    pub(super) fn new(label: &str, text: impl Into<String>) -> Self {
        Self {
            label: label.to_owned(),
            text: text.into(),
            found: None,
            good: None,
        }
    }

    /// The same, looked at.
    pub(super) fn found(self, good: bool, words: impl Into<String>) -> Self {
        Self {
            found: Some(words.into()),
            good: Some(good),
            ..self
        }
    }
}
