//! One question on the screen: what is chosen or typed, and not yet taken.

use crate::diagnostic::Diagnostic;
use crate::interview::{Form, Interview, Question};
use crate::tui::keys::Context;

use super::editor::Editor;
use super::listing::Entries;

/// What is on the screen of a question.
#[derive(Debug, Default)]
pub(super) struct Asking {
    /// The choice that the cursor stands on.
    pub focus: usize,
    pub editor: Editor,
    /// The entries, if the answer is a list; the editor holds what is to be added.
    pub list: Option<Entries>,
    /// What is wrong with the answer that was to be taken.
    pub wrong: Option<Diagnostic>,
    /// Whether the longer explanation is shown.
    pub why: bool,
    typed: bool,
}

impl Asking {
    /// The screen of the interview's present question.
    pub fn of(interview: &Interview) -> Self {
        let Some(question) = interview.current() else {
            return Self::default();
        };
        let shown = interview.shown(question.id).unwrap_or_default();
        let offers = interview.offers(question);
        let focus = offers.iter().position(|offer| offer.id == shown);
        let list = Entries::of(question, &shown);
        Self {
            focus: focus.unwrap_or(0),
            editor: Editor::new(if list.is_some() { "" } else { &shown }),
            list,
            // What was typed and not taken is told again why.
            wrong: interview
                .typed(question.id)
                .and_then(|text| interview.clone().answer(question.id, text).err())
                .map(|wrong| *wrong),
            why: false,
            typed: is_typed(question),
        }
    }

    pub fn context(&self) -> Context {
        if self.list.is_some() {
            Context::Listing
        } else if self.typed {
            Context::Writing
        } else {
            Context::Choosing
        }
    }

    /// What would be answered now.
    pub fn candidate(&self, interview: &Interview) -> Option<String> {
        let question = interview.current()?;
        if let Some(answer) = self.list_answer() {
            return Some(answer);
        }
        if self.typed {
            return Some(self.editor.text().trim().to_owned());
        }
        let mut offers = interview.offers(question);
        (self.focus < offers.len()).then(|| offers.swap_remove(self.focus).id)
    }

    /// Keeps what was typed and is no answer yet.
    pub fn keep(&self, interview: &mut Interview) {
        let Some(question) = interview.current() else {
            return;
        };
        if let Some(answer) = self.list_answer() {
            if self.list_is_touched() {
                interview.keep_typed(question.id, &answer);
            }
            return;
        }
        let text = self.editor.text();
        if self.typed && interview.shown(question.id).as_deref().unwrap_or_default() != text {
            interview.keep_typed(question.id, text);
        }
    }
}

fn is_typed(question: &Question) -> bool {
    matches!(
        question.form,
        Form::Text { .. } | Form::List { .. } | Form::Folders { .. } | Form::File { .. }
    )
}
