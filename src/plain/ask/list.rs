//! A list in lines: a few words more, so that a long one can be looked through, added to and cut down.

use std::path::Path;

use crate::interview::{Interview, Question};
use crate::profile;
use crate::session;

use super::Asker;

/// How to answer with a list.
pub(super) const HOW: &str = "Type or paste the entries; a line that ends with a comma goes on in the next one. \
     A file is named with an at sign: @list.csv. + and entries add to what is there, - and entries take away, \
     “find” and some letters shows what has them, “list” shows everything.";

/// Entries that stand in a prompt.
const IN_BRACKETS: usize = 4;

/// Entries that are shown at once.
const SHOWN: usize = 1000;

/// What came of a line.
pub(super) enum Listed {
    /// It is an answer like any other.
    No,
    /// Something was told; the question stays.
    Told,
    /// It is the answer now.
    Taken,
}

/// The answer that Enter alone takes.
pub(super) fn in_brackets(field: &str, usual: &str) -> String {
    let entries = profile::listed(field, usual);
    match entries.get(..IN_BRACKETS) {
        Some(first) if entries.len() > IN_BRACKETS + 1 => {
            let first = profile::joined(field, first);
            format!("{first} and {} more", entries.len() - IN_BRACKETS)
        }
        _ => usual.to_owned(),
    }
}

impl Asker<'_> {
    /// Takes what only a list understands. `there` is the answer so far.
    pub(super) fn of_list(
        &self,
        interview: &mut Interview,
        question: &'static Question,
        field: &str,
        there: &str,
        text: &str,
    ) -> Listed {
        let entries = profile::listed(field, there);
        if let Some(file) = interview.list_file(question, text) {
            return self.list_from(interview, question, &file);
        }
        let word = text.to_lowercase();
        if word == "list" {
            self.show_entries(field, &entries, "");
            return Listed::Told;
        }
        if let Some(part) = word.strip_prefix("find ") {
            self.show_entries(field, &entries, part.trim());
            return Listed::Told;
        }
        let changed = if let Some(more) = text.strip_prefix('+') {
            let mut entries = entries;
            entries.extend(profile::listed(field, more));
            entries
        } else if let Some(fewer) = text.strip_prefix('-').filter(|fewer| !fewer.is_empty()) {
            let gone = profile::listed(field, fewer);
            if let Some(other) = gone.iter().find(|gone| !entries.contains(gone)) {
                self.say("  ✗ ", &format!("{other} is not in the list."));
                return Listed::Told;
            }
            let mut entries = entries;
            entries.retain(|entry| !gone.contains(entry));
            entries
        } else {
            return Listed::No;
        };
        match interview.answer(question.id, &profile::joined(field, &changed)) {
            Ok(()) => {
                let count = in_words(changed.len());
                let words = format!("{count} now. Enter goes on.");
                self.say("  ✓ ", &words);
            }
            Err(wrong) => self.diagnostic(&wrong),
        }
        Listed::Told
    }

    fn list_from(
        &self,
        interview: &mut Interview,
        question: &'static Question,
        file: &Path,
    ) -> Listed {
        let name = session::list_name(file);
        let taken = session::read_list(file)
            .and_then(|contents| interview.answer_list(question.id, &name, &contents));
        match taken {
            Ok(()) => {
                let given = interview.given(question.id).unwrap_or_default();
                let field = question.form.list().unwrap_or_default();
                let count = in_words(profile::listed(field, given).len());
                self.say("  ✓ ", &format!("{count} from {name}."));
                Listed::Taken
            }
            Err(wrong) => {
                self.diagnostic(&wrong);
                Listed::Told
            }
        }
    }

    /// Entries with these letters in them.
    fn show_entries(&self, field: &str, entries: &[String], part: &str) {
        let found: Vec<String> = entries
            .iter()
            .filter(|entry| entry.to_lowercase().contains(part))
            .cloned()
            .collect();
        let count = match part {
            "" => in_words(found.len()),
            part => format!("{} of {} with {part}", found.len(), entries.len()),
        };
        self.say("  ", &format!("{count}:"));
        let shown = found.get(..SHOWN).unwrap_or(&found);
        self.say("     ", &profile::joined(field, shown));
    }
}

fn in_words(count: usize) -> String {
    match count {
        0 => "No entry".to_owned(),
        1 => "1 entry".to_owned(),
        count => format!("{count} entries"),
    }
}
