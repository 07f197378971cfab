//! The answers in a table, for the review.

use super::question::Question;
use super::questions::ALL;
use super::state::Interview;
use crate::profile;

/// Entries of a list that are named; further ones are counted.
const NAMED: usize = 4;

/// How an answer can be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Not at all: there is only one.
    Never,
    /// By its question, one of those that everybody is asked.
    Asked,
    /// By its question, which is asked on request.
    OnRequest,
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The question.
    pub id: &'static str,
    /// What it is about.
    pub title: &'static str,
    /// The answer in words.
    pub words: String,
    /// Whether it was answered by the operator, not by default.
    pub given: bool,
    /// How it can be changed.
    pub change: Change,
    /// The question after whose change it deserves another look.
    pub look_again: Option<&'static str>,
    /// Whether nothing can start before this is answered, or answered otherwise.
    pub open: bool,
}

impl Interview {
    /// Every answer that counts, in the order of the questions.
    pub fn summary(&self) -> Vec<Row> {
        let wrong = self.problems();
        let unanswered = self.unanswered();
        ALL.iter()
            .filter(|question| self.applies(question))
            .map(|question| {
                let is_wrong = wrong.iter().any(|(other, _)| other.id == question.id);
                let missing = unanswered.iter().any(|other| other.id == question.id);
                Row {
                    id: question.id,
                    title: question.title,
                    words: self.words(question),
                    given: self.given(question.id).is_some(),
                    change: match (self.is_asked(question), self.on_request(question)) {
                        (false, _) => Change::Never,
                        (true, false) => Change::Asked,
                        (true, true) => Change::OnRequest,
                    },
                    look_again: self.look_again(question.id).map(|cause| cause.title),
                    open: is_wrong || missing,
                }
            })
            .collect()
    }

    /// The answer that counts, in words.
    pub fn words(&self, question: &Question) -> String {
        let Some(answer) = self.effective(question.id) else {
            return if self.unsayable.contains(question.id) {
                "as in the profile".to_owned()
            } else {
                "not answered yet".to_owned()
            };
        };
        let offers = self.offers(question);
        match offers.into_iter().find(|offer| offer.id == answer) {
            Some(offer) => offer.title,
            None if answer.is_empty() => "none".to_owned(),
            None => match question.form.list() {
                Some(field) => listed(&profile::listed(field, &answer), &answer),
                None => answer,
            },
        }
    }

    /// What everybody with these answers should know.
    pub fn warnings(&self) -> Vec<(&'static Question, &'static str)> {
        ALL.iter()
            .copied()
            .filter(|question| self.applies(question))
            .filter_map(|question| {
                let answer = self.effective(question.id)?;
                let chosen = self
                    .offers(question)
                    .into_iter()
                    .find(|offer| offer.id == answer);
                Some((question, chosen?.warning?))
            })
            .collect()
    }
}

/// A few entries by name and the others by number.
fn listed(entries: &[String], all: &str) -> String {
    match entries.get(..NAMED) {
        Some(first) if entries.len() > NAMED + 1 => {
            let more = entries.len() - NAMED;
            format!("{} and {more} more", first.join(", "))
        }
        _ => all.to_owned(),
    }
}
