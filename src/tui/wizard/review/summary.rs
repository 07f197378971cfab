//! The summary as a list: the answers that everybody is asked for, then the others; what is chosen.

use crate::interview::{self, Change, Interview};

use super::state::{Button, Focus};

/// One row of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Entry {
    Answer(interview::Row),
    Heading(&'static str),
}

const MORE: &str = "More, fine as they are for almost everybody";

/// Every answer, the usual ones first.
pub(super) fn list(interview: &Interview) -> Vec<Entry> {
    let (more, usual): (Vec<_>, Vec<_>) = interview
        .summary()
        .into_iter()
        .partition(|row| row.change == Change::OnRequest);
    let mut entries: Vec<Entry> = usual.into_iter().map(Entry::Answer).collect();
    if !more.is_empty() {
        entries.push(Entry::Heading(MORE));
        entries.extend(more.into_iter().map(Entry::Answer));
    }
    entries
}

/// Everything that can be chosen, in order.
pub(super) fn places(entries: &[Entry]) -> Vec<Focus> {
    let answers = entries.iter().filter_map(|entry| match entry {
        Entry::Answer(row) if row.change != Change::Never => Some(Focus::Answer(row.id)),
        _ => None,
    });
    answers.chain(Button::ALL.map(Focus::Button)).collect()
}

/// What is chosen, among what there is now: at first what most needs a look.
pub(super) fn chosen(focus: Focus, entries: &[Entry]) -> Focus {
    let places = places(entries);
    if places.contains(&focus) {
        return focus;
    }
    let first = |wanted: fn(&interview::Row) -> bool| {
        entries.iter().find_map(|entry| match entry {
            Entry::Answer(row) if row.change != Change::Never && wanted(row) => {
                Some(Focus::Answer(row.id))
            }
            _ => None,
        })
    };
    first(|row| row.open)
        .or_else(|| first(|row| row.look_again.is_some()))
        .or_else(|| places.first().copied())
        .unwrap_or(Focus::Button(Button::Start))
}

/// The first row shown, so that the chosen one is among those shown, with some before and after it.
pub(super) fn first_shown(focus: Focus, entries: &[Entry], height: usize) -> usize {
    let last = entries.len().saturating_sub(height);
    let at = entries.iter().position(
        |entry| matches!((entry, focus), (Entry::Answer(row), Focus::Answer(id)) if row.id == id),
    );
    match at {
        Some(at) => at.saturating_sub(height / 2).min(last),
        None => last,
    }
}

/// Why nothing can start, and the question to answer otherwise, if it is one.
pub(super) fn open(interview: &Interview) -> Option<(Option<&'static str>, String)> {
    if let Some((question, wrong)) = interview.problems().into_iter().next() {
        return Some((Some(question.id), wrong.message));
    }
    if let Some(question) = interview.unanswered().first() {
        let words = format!("{} is not answered yet.", question.title);
        return Some((Some(question.id), words));
    }
    let wrong = interview.profile().err()?.into_iter().next()?;
    let question = interview::ALL.iter().find(|question| {
        let sets = |path: &String| question.form.fields().contains(&path.as_str());
        interview.is_asked(question) && wrong.path.as_ref().is_some_and(sets)
    });
    Some((question.map(|question| question.id), wrong.message))
}
