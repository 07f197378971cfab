//! Between answers and the profile, both ways.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use super::context::Context;
use super::question::{Choice, Form, Question, Shelf, Usual};
use super::questions::{ALL, find};
use super::state::{Answers, Interview, applies};
use crate::diagnostic::{Diagnostic, Severity};
use crate::profile::{self, Override, Profile, Reading, UseCase, Values};

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
        let base = Values::of(&self.base);
        let before = |id: &str| read_answer(&self.context, &base, find(id)?);
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

    /// The value that the answers give a field; nothing if none of them sets it.
    pub fn set_to(&self, field: &str) -> Option<String> {
        ALL.iter()
            .rev()
            .filter(|question| question.form.fields().contains(&field) && self.applies(question))
            .find_map(|question| {
                let answer = self.effective(question.id)?;
                let mut sets = sets(&self.context, question, &answer).into_iter();
                sets.find_map(|(own, value)| (own == field).then_some(value))
            })
    }

    /// The use case that the answers say.
    pub fn use_case(&self) -> Option<UseCase> {
        UseCase::of_word(&self.set_to("use_case")?)
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
            Form::Folders { field } => {
                let folder = &self.context.folder;
                let entries = absolute(folder, profile::listed(field, text));
                if let Some(wrong) = named_twice(question, &entries) {
                    return Err(Box::new(wrong));
                }
                profile::joined(field, &entries)
            }
            Form::Text { .. } | Form::File { .. } => text.to_owned(),
        };
        if let Some(field) = question.form.field() {
            profile::setting(field, &answer)
                .and_then(|change| profile::check(&change))
                .map_err(|wrong| said(question, &answer, *wrong))?;
            let needed = matches!(question.usual, Usual::Nothing | Usual::SchoolYears);
            let is_value = profile::usual(field).as_deref() == Some("") && !needed;
            if answer.is_empty() && !is_value {
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
    let profile = &Values::of(profile);
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
            let told = profile.told(field);
            told != profile::usual(field) && told.is_some_and(|told| !told.is_empty())
        };
        let own = question.form.fields().iter().any(said);
        let twice = |answer: &str| {
            let mut sets = sets(context, question, answer).into_iter();
            sets.all(|(field, value)| sibling(context, question, field, &value).is_some())
        };
        if let Some(answer) = answer.filter(|answer| own && !twice(answer)) {
            answers.insert(question.id, answer);
        }
    }
    (answers, unsayable)
}

/// The answer that a profile gives to a question, whether it applies or not: the choice whose values
/// it has; or one that leaves them to a question that hangs on it, if a choice there fits; or one
/// that leaves them to be written.
fn read_answer(context: &Context, profile: &Values, question: &Question) -> Option<String> {
    let Form::Choice(choices) = question.form else {
        return profile.told(question.form.field()?);
    };
    let is = |(field, value): &(&str, &str)| profile.is(field, &filled(context, value));
    let fits = |choice: &&Choice| !choice.sets.is_empty() && choice.sets.iter().all(is);
    let below = |choice: &Choice| {
        let own = choice.id;
        ALL.iter().filter(move |other| {
            let parents = other.when.parents();
            let mut only = parents.iter().filter(|(_, is)| *is == [own]);
            only.any(|(parent, _)| *parent == question.id)
        })
    };
    let chosen_below = |choice: &&Choice| {
        choice.sets.is_empty()
            && below(choice).any(|other| match other.form {
                Form::Choice(choices) => choices.iter().any(|choice| fits(&choice)),
                _ => false,
            })
    };
    let written_below = |choice: &&Choice| {
        choice.sets.is_empty() && below(choice).any(|other| other.form.field().is_some())
    };
    choices
        .iter()
        .find(fits)
        .or_else(|| choices.iter().find(chosen_below))
        .or_else(|| choices.iter().find(written_below))
        .map(|choice| choice.id.to_owned())
}

/// Two entries with one name: what a profile says of them together.
fn named_twice(question: &Question, entries: &[String]) -> Option<Diagnostic> {
    let name = |entry: &String| {
        let name = entry.split('=').next().unwrap_or_default();
        name.trim().to_ascii_lowercase()
    };
    let mut seen = BTreeSet::new();
    let second = entries.iter().position(|entry| !seen.insert(name(entry)))?;
    let entry = entries.get(second)?;
    let message = format!(
        "{}: entry {} (“{}”) has the name of another one.",
        question.title,
        second + 1,
        short(entry)
    );
    Some(
        Diagnostic::new(profile::codes::EXTENSION, Severity::Block, message)
            .help("Give each a name of its own."),
    )
}

/// The same with folders that stay what they are, wherever the profile is saved.
fn absolute(folder: &Path, entries: Vec<String>) -> Vec<String> {
    entries
        .into_iter()
        .map(|entry| match entry.split_once(" = ") {
            Some((name, own)) if !own.is_empty() => {
                format!("{name} = {}", folder.join(own).display())
            }
            _ => entry,
        })
        .collect()
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
    let parents = question.when.parents();
    let choices = parents.iter().flat_map(|(parent, _)| {
        let form = find(parent).map(|parent| parent.form);
        match form {
            Some(Form::Choice(choices)) => choices,
            _ => &[],
        }
    });
    choices.into_iter().find(|choice| {
        let same = |(other, set): &(&str, &str)| *other == field && filled(context, set) == value;
        choice.sets.iter().any(same)
    })
}

/// A problem of a field, said of the question; of an entry of a list, by its number and its words.
fn said(question: &Question, answer: &str, mut wrong: Diagnostic) -> Box<Diagnostic> {
    if let Some(field) = question.form.field() {
        wrong.message = wrong.message.replace(&format!("`{field}`"), question.title);
        if question.form.list().is_some() {
            wrong.message = entries_named(question, field, answer, &wrong.message);
        }
    }
    wrong.location = None;
    Box::new(wrong)
}

/// A message with ``districts[3]`` as “entry 4 (x)”, behind the question's title.
fn entries_named(question: &Question, field: &str, answer: &str, message: &str) -> String {
    let mark = format!("`{field}[");
    if !message.contains(&mark) {
        return message.to_owned();
    }
    let entries = profile::listed(field, answer);
    let mut parts = message.split(&mark);
    let mut said = parts.next().unwrap_or_default().to_owned();
    said.push_str(question.title);
    said.push_str(": ");
    for part in parts {
        let (place, rest) = part.split_once('`').unwrap_or((part, ""));
        let (number, below) = place.split_once(']').unwrap_or((place, ""));
        let number: usize = number.parse().unwrap_or_default();
        let words = entries.get(number).map_or("", String::as_str);
        let what = match below.trim_start_matches('.') {
            "" => String::new(),
            below => format!(", its {below},"),
        };
        // Writing to a String cannot fail.
        let _ = write!(said, "entry {} (“{}”){what}", number + 1, short(words));
        said.push_str(rest);
    }
    said
}

/// So much of an entry that it can be found.
pub(super) fn short(words: &str) -> String {
    const LONGEST: usize = 40;
    if words.chars().count() <= LONGEST {
        return words.to_owned();
    }
    let start: String = words.chars().take(LONGEST - 1).collect();
    format!("{start}…")
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
    if matches!(
        question.form,
        Form::Catalog {
            shelf: Shelf::Releases,
            ..
        }
    ) {
        let known = interview.context.releases.iter();
        let found = known.clone().find(|on_offer| on_offer.release == text);
        if let Some(refusal) = crate::catalog::refusal(text) {
            wrong.message = format!("{}: {} {}.", question.title, text, refusal.reason);
            wrong = wrong.help(&*refusal.help);
        } else if let (Some(on_offer), Some(use_case)) = (found, interview.use_case()) {
            wrong.message = format!(
                "{}: ODS/API {} cannot serve {}.",
                question.title,
                on_offer.release,
                use_case.served()
            );
            wrong = wrong
                .help("Choose another release, or another answer to who will use the platform.");
        }
    }
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
