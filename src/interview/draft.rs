//! An interview as a text, to be gone on with another day.

use serde::{Deserialize, Serialize};

use super::context::Context;
use super::questions::find;
use super::state::{Interview, Place};
use crate::diagnostic::holds_a_login;
use crate::profile::Profile;

/// Version of the format.
const VERSION: u32 = 1;

/// What is kept. Names are those of questions; one that a later version does not know is skipped.
#[derive(Debug, Serialize, Deserialize)]
struct Draft {
    version: u32,
    base: Profile,
    /// In the order in which they are to be taken: a choice before what hangs on it.
    answers: Vec<(String, String)>,
    #[serde(default)]
    typed: Vec<(String, String)>,
    #[serde(default)]
    look_again: Vec<(String, String)>,
    /// The question, or nothing for the review.
    place: Option<String>,
    #[serde(default)]
    history: Vec<Option<String>>,
    #[serde(default)]
    changing: bool,
    reviewed: bool,
}

/// Why a draft cannot be gone on with.
#[derive(Debug, thiserror::Error)]
pub enum DraftError {
    /// It is not a draft.
    #[error("the draft cannot be read: {0}")]
    Damaged(String),
    /// It was written by a later version of the program.
    #[error("the draft was written by a newer edfi-setup")]
    Newer,
}

impl Interview {
    /// The interview as a text. It holds no secrets: what was typed and looks like a login stays out.
    pub fn draft(&self) -> String {
        let pairs = |map: &super::state::Answers| {
            super::ALL
                .iter()
                .filter_map(|question| {
                    Some((question.id.to_owned(), map.get(question.id)?.clone()))
                })
                .collect::<Vec<_>>()
        };
        let name = |place: &Place| match place {
            Place::Question(id) => Some((*id).to_owned()),
            Place::Review => None,
        };
        let mut typed = pairs(&self.typed);
        typed.retain(|(_, text)| !holds_a_login(text) && !text.contains("-----BEGIN"));
        let draft = Draft {
            version: VERSION,
            base: self.base.clone(),
            answers: pairs(&self.answers),
            typed,
            look_again: self
                .look_again
                .iter()
                .map(|(id, cause)| ((*id).to_owned(), (*cause).to_owned()))
                .collect(),
            place: name(&self.place),
            history: self.history.iter().map(name).collect(),
            changing: self.changing,
            reviewed: self.reviewed,
        };
        let mut text = serde_json::to_string_pretty(&draft).unwrap_or_default();
        text.push('\n');
        text
    }

    /// Goes on with a draft. An answer that is none any more is kept as typed.
    pub fn resume(context: Context, text: &str) -> Result<Self, DraftError> {
        let damaged = |error: serde_json::Error| DraftError::Damaged(error.to_string());
        let value: serde_json::Value = serde_json::from_str(text).map_err(damaged)?;
        let version = value.get("version").and_then(serde_json::Value::as_u64);
        if version.is_some_and(|version| version > u64::from(VERSION)) {
            return Err(DraftError::Newer);
        }
        let draft: Draft = serde_json::from_value(value).map_err(damaged)?;
        let mut interview = Self::new(context);
        (_, interview.unsayable) = super::values::answers(&interview.context, &draft.base);
        interview.base = draft.base;
        for (id, answer) in &draft.answers {
            match find(id) {
                Some(question) if interview.still_good(question, answer) => {
                    interview.answers.insert(question.id, answer.clone());
                }
                _ => interview.keep_typed(id, answer),
            }
        }
        for (id, text) in &draft.typed {
            interview.keep_typed(id, text);
        }
        interview.look_again = draft
            .look_again
            .iter()
            .filter_map(|(id, cause)| Some((find(id)?.id, find(cause)?.id)))
            .collect();
        let place = |name: &Option<String>| match name {
            None => Some(Place::Review),
            Some(id) => find(id).map(|question| Place::Question(question.id)),
        };
        for place in draft.history.iter().filter_map(place) {
            interview.remember(place);
        }
        interview.changing = draft.changing;
        interview.reviewed = draft.reviewed;
        let asked = |place: &Place| match place {
            Place::Review => true,
            Place::Question(id) => find(id).is_some_and(|question| interview.is_asked(question)),
        };
        // Where the place is gone, the first question without an answer is the next best.
        interview.place = match place(&draft.place).filter(asked) {
            Some(place) => place,
            None => interview
                .asked()
                .iter()
                .find(|question| interview.given(question.id).is_none())
                .map_or(Place::Review, |question| Place::Question(question.id)),
        };
        Ok(interview)
    }
}
