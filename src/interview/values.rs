//! Between answers and the profile, both ways.

use std::collections::BTreeSet;
use std::path::Path;

use super::context::Context;
use super::question::{Choice, Form, Question, When};
use super::questions::{ALL, find};
use super::state::{Answers, Interview, applies};
use crate::diagnostic::{Diagnostic, Severity};
use crate::profile::{self, Override, Profile, Reading};

/// Stands for where practice images are, in a choice.
const PRACTICE: &str = "{practice}";

/// What messages call the profile that is made from answers.
const SOURCE: &str = "your answers";

impl Interview {
    /// The profile that the answers make, or what is in its way.
    pub fn profile(&self) -> Result<Reading, Vec<Diagnostic>> {
        let open = self.unanswered();
        if !open.is_empty() {
            return Err(open.into_iter().map(not_answered).collect());
        }
        let text = profile::write(&self.base).map_err(|diagnostic| vec![*diagnostic])?;
        let mut changes: Vec<Override> = Vec::new();
        for (field, value) in self.settings() {
            changes.push(profile::setting(field, &value).map_err(|diagnostic| vec![*diagnostic])?);
        }
        profile::read(&text, Path::new(SOURCE), &changes)
    }

    /// Questions that have to be answered before there is a profile.
    pub fn unanswered(&self) -> Vec<&'static Question> {
        ALL.iter()
            .copied()
            .filter(|question| {
                self.applies(question)
                    && self.effective(question.id).is_none()
                    && !self.unsayable.contains(question.id)
            })
            .collect()
    }

    /// Answers that the catalog cannot serve.
    pub fn problems(&self) -> Vec<(&'static Question, Diagnostic)> {
        let from_catalog = ALL
            .iter()
            .copied()
            .filter(|question| matches!(question.form, Form::Catalog { .. }));
        from_catalog
            .filter_map(|question| {
                let answer = self.effective(question.id)?;
                let offers = self.offers(question);
                let known = offers.iter().any(|offer| offer.id == answer);
                (!known).then(|| (question, not_on_offer(question, &answer, self)))
            })
            .collect()
    }

    /// Fields and values, in the order in which they are set: first what does not apply gets its
    /// usual value, then every answer that counts.
    fn settings(&self) -> Vec<(&'static str, String)> {
        let before = |id: &str| Self::base_answer(&self.context, &self.base, id);
        let mut settings = Vec::new();
        for question in ALL.iter().filter(|question| !self.applies(question)) {
            // What the profile said beside the point from the beginning is left alone.
            if !applies(question, &before) {
                continue;
            }
            for field in question.form.fields() {
                settings.extend(profile::usual(field).map(|value| (field, value)));
            }
        }
        for question in ALL.iter().filter(|question| self.applies(question)) {
            let kept =
                !self.answers.contains_key(question.id) && self.unsayable.contains(question.id);
            if let (false, Some(answer)) = (kept, self.effective(question.id)) {
                settings.extend(sets(&self.context, question, &answer));
            }
        }
        settings
    }

    fn base_answer(context: &Context, base: &Profile, id: &str) -> Option<String> {
        read_answer(context, base, find(id)?)
    }

    /// Checks a text as an answer, and gives it the form in which it is kept.
    pub(super) fn accepted(
        &self,
        question: &'static Question,
        text: &str,
    ) -> Result<String, Box<Diagnostic>> {
        let text = text.trim();
        let answer = match question.form {
            Form::Choice(choices) => {
                return if choices.iter().any(|choice| choice.id == text) {
                    Ok(text.to_owned())
                } else {
                    Err(Box::new(not_on_offer(question, text, self)))
                };
            }
            Form::Catalog { field, .. } => {
                let offered = self.offers(question).iter().any(|offer| offer.id == text);
                let there = profile::told(&self.base, field).as_deref() == Some(text)
                    || self.given(question.id) == Some(text);
                if !offered && !there {
                    return Err(Box::new(not_on_offer(question, text, self)));
                }
                text.to_owned()
            }
            Form::File { .. } if !text.is_empty() => self
                .context
                .folder
                .join(text)
                .to_string_lossy()
                .into_owned(),
            Form::List { field } => profile::tidy(field, text),
            Form::Text { .. } | Form::File { .. } => text.to_owned(),
        };
        if let Some(field) = question.form.field() {
            profile::setting(field, &answer)
                .and_then(|change| profile::check(&change))
                .map_err(|wrong| said(question, *wrong))?;
            if answer.is_empty() && profile::usual(field).as_deref() != Some("") {
                return Err(Box::new(not_answered(question)));
            }
            if let Some(choice) = sibling(&self.context, question, field, &answer) {
                let wrong = Diagnostic::new(
                    "E-5065",
                    Severity::Block,
                    format!(
                        "{} is what the answer “{}” stands for.",
                        shown(&answer),
                        choice.title
                    ),
                );
                return Err(Box::new(
                    wrong.help("Go back one question and choose that answer there."),
                ));
            }
        }
        Ok(answer)
    }

    /// Whether an answer from a draft can be taken as it is. What the catalog has may have changed
    /// since; that is told, not forgotten.
    pub(super) fn still_good(&self, question: &'static Question, answer: &str) -> bool {
        match question.form.field() {
            Some(field) => profile::setting(field, answer)
                .and_then(|change| profile::check(&change))
                .is_ok(),
            None => self.accepted(question, answer).is_ok(),
        }
    }
}

/// The answers that a profile gives, and the questions whose answer cannot be said.
pub(super) fn answers(context: &Context, profile: &Profile) -> (Answers, BTreeSet<&'static str>) {
    let read = |id: &str| find(id).and_then(|question| read_answer(context, profile, question));
    let mut answers = Answers::new();
    let mut unsayable = BTreeSet::new();
    for question in ALL.iter() {
        let applies = applies(question, &read);
        let answer = read_answer(context, profile, question);
        if applies {
            match answer {
                Some(answer) => {
                    answers.insert(question.id, answer);
                }
                None => {
                    unsayable.insert(question.id);
                }
            }
            continue;
        }
        // Beside the point now; kept for the day it is not, if it says something of its own.
        let said = |field: &&str| {
            let told = profile::told(profile, field);
            told != profile::usual(field) && told.is_some_and(|told| !told.is_empty())
        };
        let own = question.form.fields().iter().any(said);
        let twice = |answer: &str| {
            let field = question.form.field();
            field.is_some_and(|field| sibling(context, question, field, answer).is_some())
        };
        if let Some(answer) = answer.filter(|answer| own && !twice(answer)) {
            answers.insert(question.id, answer);
        }
    }
    (answers, unsayable)
}

/// The answer that a profile gives to a question, whether it applies or not.
fn read_answer(context: &Context, profile: &Profile, question: &Question) -> Option<String> {
    let Form::Choice(choices) = question.form else {
        return profile::told(profile, question.form.field()?);
    };
    let fits = |choice: &&Choice| {
        let is = |field: &str, value: &str| {
            profile::told(profile, field).as_deref() == Some(&*filled(context, value))
        };
        !choice.sets.is_empty() && choice.sets.iter().all(|(field, value)| is(field, value))
    };
    let other = |choice: &&Choice| choice.sets.is_empty();
    choices
        .iter()
        .find(fits)
        .or_else(|| choices.iter().find(other))
        .map(|choice| choice.id.to_owned())
}

/// What an answer sets.
fn sets(context: &Context, question: &Question, answer: &str) -> Vec<(&'static str, String)> {
    match question.form {
        Form::Choice(choices) => choices
            .iter()
            .filter(|choice| choice.id == answer)
            .flat_map(|choice| choice.sets)
            .map(|(field, value)| (*field, filled(context, value)))
            .collect(),
        _ => question
            .form
            .field()
            .map(|field| (field, answer.to_owned()))
            .into_iter()
            .collect(),
    }
}

fn filled(context: &Context, value: &str) -> String {
    value.replace(PRACTICE, &context.practice)
}

/// The choice of the question this one hangs on that stands for the same value. Two ways to say
/// one thing would be read back as one of them.
fn sibling(
    context: &Context,
    question: &Question,
    field: &str,
    value: &str,
) -> Option<&'static Choice> {
    let When::Answered {
        question: parent, ..
    } = question.when
    else {
        return None;
    };
    let Form::Choice(choices) = find(parent)?.form else {
        return None;
    };
    choices.iter().find(|choice| {
        let same = |(other, set): &(&str, &str)| *other == field && filled(context, set) == value;
        choice.sets.iter().any(same)
    })
}

/// A problem of a field, said of the question.
fn said(question: &Question, mut wrong: Diagnostic) -> Box<Diagnostic> {
    if let Some(field) = question.form.field() {
        wrong.message = wrong.message.replace(&format!("`{field}`"), question.title);
    }
    wrong.location = None;
    Box::new(wrong)
}

fn shown(answer: &str) -> &str {
    if answer.is_empty() {
        "No value"
    } else {
        answer
    }
}

fn not_answered(question: &Question) -> Diagnostic {
    Diagnostic::new(
        "E-5060",
        Severity::Block,
        format!("{}: this question needs an answer.", question.title),
    )
    .help(question.help)
}

fn not_on_offer(question: &Question, text: &str, interview: &Interview) -> Diagnostic {
    let offers = interview.offers(question);
    let names: Vec<&str> = offers.iter().map(|offer| offer.id.as_str()).collect();
    let mut wrong = Diagnostic::new(
        "E-5064",
        Severity::Block,
        format!("{}: “{text}” is not one of the answers.", question.title),
    );
    wrong.expected = Some(format!("one of: {}", names.join(", ")));
    wrong
}

/// Only a mistake in a face can cause it.
pub(super) fn no_such_question(id: &str) -> Box<Diagnostic> {
    Box::new(Diagnostic::new(
        "E-5063",
        Severity::Block,
        format!("There is no question “{id}”."),
    ))
}
