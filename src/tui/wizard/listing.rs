//! A list on the screen: what is typed is added to it, and meanwhile shows what has those letters.

use std::path::Path;

use crate::diagnostic::{Diagnostic, Severity};
use crate::interview::{Form, Interview, Question};
use crate::profile;
use crate::session::list_name;
use crate::tui::keys::Action;

use super::asking::Asking;
use super::state::{Effect, Wizard};

/// Entries that a page moves by.
const PAGE: usize = 8;

/// The entries so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Entries {
    /// The field that the answer sets.
    field: &'static str,
    pub all: Vec<String>,
    /// The one that the cursor stands on, among those shown; none while it stands in the field.
    pub chosen: Option<usize>,
    /// Whether anything was changed since the question came.
    touched: bool,
}

impl Entries {
    /// Those of an answer, if the question asks for several things.
    pub fn of(question: &Question, answer: &str) -> Option<Self> {
        let field = question.form.list()?;
        Some(Self {
            field,
            all: profile::listed(field, answer),
            ..Self::default()
        })
    }

    /// The entries that have these letters, by their places in the list.
    pub fn shown(&self, letters: &str) -> Vec<usize> {
        let letters = letters.trim().to_lowercase();
        let one = profile::listed(self.field, &letters).len() <= 1;
        let has = |entry: &str| !one || entry.to_lowercase().contains(&letters);
        let entries = self.all.iter().enumerate();
        entries
            .filter(|(_, entry)| has(entry))
            .map(|(place, _)| place)
            .collect()
    }

    /// The answer, with what was typed and not added yet.
    fn answer(&self, typed: &str) -> String {
        let mut entries = self.all.clone();
        if !typed.trim().is_empty() {
            entries.push(typed.trim().to_owned());
        }
        profile::joined(self.field, &entries)
    }

    fn take_away(&mut self, letters: &str) {
        let shown = self.shown(letters);
        let Some(place) = self.chosen.and_then(|chosen| shown.get(chosen)) else {
            return;
        };
        self.all.remove(*place);
        self.touched = true;
        let left = shown.len() - 1;
        self.chosen = self.chosen.map(|chosen| chosen.min(left.saturating_sub(1)));
        if left == 0 {
            self.chosen = None;
        }
    }

    fn go(&mut self, letters: &str, by: isize) {
        let last = self.shown(letters).len().checked_sub(1);
        let now = self
            .chosen
            .map_or(-1, |chosen| isize::try_from(chosen).unwrap_or(isize::MAX));
        self.chosen = match (usize::try_from(now.saturating_add(by)), last) {
            (Ok(place), Some(last)) => Some(place.min(last)),
            _ => None,
        };
    }
}

impl Asking {
    /// What the list says now.
    pub(super) fn list_answer(&self) -> Option<String> {
        let list = self.list.as_ref()?;
        Some(list.answer(self.editor.text()))
    }

    /// Whether there is something that nobody has seen as an answer yet.
    pub(super) fn list_is_touched(&self) -> bool {
        let typed = !self.editor.text().trim().is_empty();
        self.list.as_ref().is_some_and(|list| list.touched || typed)
    }

    /// Adds entries, if the list can be an answer with them.
    fn add(&mut self, interview: &mut Interview, question: &'static Question, text: &str) {
        let Some(list) = &mut self.list else { return };
        let mut entries = list.all.clone();
        entries.extend(profile::listed(list.field, text));
        match interview.checked(question.id, &profile::joined(list.field, &entries)) {
            Ok(answer) => {
                list.all = profile::listed(list.field, &answer);
                list.chosen = None;
                list.touched = true;
                self.editor.erase_all();
                self.wrong = None;
            }
            Err(wrong) => {
                if self.editor.text() != text {
                    self.editor.erase_all();
                    let entries = profile::listed(list.field, text);
                    self.editor.insert(&profile::joined(list.field, &entries));
                }
                interview.keep_typed(question.id, &list.answer(self.editor.text()));
                self.wrong = Some(*wrong);
            }
        }
    }
}

impl Wizard {
    /// A key at a question whose answer is a list.
    pub(super) fn at_list(&mut self, question: &'static Question, action: Action) -> Vec<Effect> {
        let letters = self.asking.editor.text().to_owned();
        let Some(list) = &mut self.asking.list else {
            return Vec::new();
        };
        let page = isize::try_from(PAGE).unwrap_or(1);
        match action {
            Action::Why => {
                self.asking.why = !self.asking.why;
                return Vec::new();
            }
            Action::Back => return self.back(),
            Action::Review => {
                self.asking.keep(&mut self.interview);
                self.interview.review();
                return self.arrive();
            }
            Action::Enter if letters.trim().is_empty() => return self.take_answer(),
            Action::Enter => {
                if list.chosen.take().is_some() {
                    // It was found; the letters have done their work.
                    self.asking.editor.erase_all();
                } else if let Some(file) = self.interview.list_file(question, &letters) {
                    return vec![Effect::ReadList {
                        question: question.id,
                        file,
                    }];
                } else {
                    self.asking.add(&mut self.interview, question, &letters);
                }
                return Vec::new();
            }
            Action::Up => list.go(&letters, -1),
            Action::Down => list.go(&letters, 1),
            Action::PageUp => list.go(&letters, -page),
            Action::PageDown => list.go(&letters, page),
            Action::Delete if list.chosen.is_some() => list.take_away(&letters),
            Action::EraseAll if letters.is_empty() => {
                list.touched |= !list.all.is_empty();
                list.all.clear();
                list.chosen = None;
            }
            Action::First => self.asking.editor.first(),
            Action::Last => self.asking.editor.last(),
            Action::Left => self.asking.editor.left(),
            Action::Right => self.asking.editor.right(),
            Action::Erase => self.asking.editor.erase(),
            Action::Delete => self.asking.editor.delete(),
            Action::EraseAll => self.asking.editor.erase_all(),
            _ => return Vec::new(),
        }
        if matches!(action, Action::Erase | Action::Delete | Action::EraseAll) {
            self.asking.wrong = None;
        }
        Vec::new()
    }

    /// Text pasted at a list: entries are added at once, a part of one is typed.
    pub(super) fn paste_entries(&mut self, text: &str) -> Vec<Effect> {
        let Some(question) = self.interview.current() else {
            return Vec::new();
        };
        let Some(list) = &self.asking.list else {
            return Vec::new();
        };
        let several = profile::listed(list.field, text).len() > 1;
        if several && !matches!(question.form, Form::File { .. }) {
            self.asking.add(&mut self.interview, question, text);
            return Vec::new();
        }
        self.typed(text)
    }

    /// A file with entries was read, or not.
    pub(super) fn list_read(
        &mut self,
        id: &str,
        file: &Path,
        read: Result<Vec<u8>, Box<Diagnostic>>,
    ) {
        let here = self.interview.current().filter(|here| here.id == id);
        let (Some(question), Some(list)) = (here, &mut self.asking.list) else {
            return;
        };
        let name = list_name(file);
        let entries = read.and_then(|contents| self.interview.list_of(id, &name, &contents));
        let entries = match entries {
            Ok(entries) => profile::listed(list.field, &entries),
            Err(wrong) => {
                self.asking.wrong = Some(*wrong);
                return;
            }
        };
        let there: std::collections::HashSet<&String> = list.all.iter().collect();
        let new: Vec<String> = entries
            .iter()
            .filter(|entry| !there.contains(entry))
            .cloned()
            .collect();
        let words = match entries.len() - new.len() {
            0 => format!("{} entries from {name}.", new.len()),
            known => format!(
                "{} entries from {name}; {known} more were there.",
                new.len()
            ),
        };
        self.asking.editor.erase_all();
        let text = profile::joined(list.field, &new);
        self.asking.add(&mut self.interview, question, &text);
        if self.asking.wrong.is_none() {
            self.notice = Some(Diagnostic::new("E-5079", Severity::Note, words));
        }
    }
}
