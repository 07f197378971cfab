//! What the review knows.

use crate::diagnostic::Diagnostic;
use crate::session::Preview;
use crate::tui::keys::{Action, Context};
use crate::tui::theme::Tone;

use super::layout::Layout;
use super::rows::Row;
use super::tabs;

/// What somebody wants at the review. The host does it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReviewWish {
    /// Nothing of others.
    None,
    /// To answer this question otherwise.
    Change(&'static str),
    /// To start.
    Start,
    /// To save the answers as a profile under this name.
    Save {
        /// The file's name as it was typed.
        name: String,
        /// Whether a file of that name may be replaced; that was asked.
        replace: bool,
    },
    /// This to the clipboard.
    Copy(String),
    /// Back to the last question.
    Back,
    /// Back to the dashboard that was come from.
    Dashboard,
}

/// The parts of the review.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tab {
    Summary,
    Picture,
    Services,
    Plan,
    Compose,
    Profile,
    GoodToKnow,
}

impl Tab {
    pub const ALL: [Self; 7] = [
        Self::Summary,
        Self::Picture,
        Self::Services,
        Self::Plan,
        Self::Compose,
        Self::Profile,
        Self::GoodToKnow,
    ];

    pub fn number(self) -> usize {
        Self::ALL.iter().position(|tab| *tab == self).unwrap_or(0)
    }
}

/// The buttons below the summary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Button {
    Start,
    Save,
    Copy,
}

impl Button {
    pub const ALL: [Self; 3] = [Self::Start, Self::Save, Self::Copy];

    pub fn words(self) -> &'static str {
        match self {
            Self::Start => "[ Start ]",
            Self::Save => "[ Save the profile ]",
            Self::Copy => "[ Copy the command ]",
        }
    }
}

/// What is chosen on the summary: by name, so that it stays chosen when other rows come and go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Focus {
    /// The first answer there is.
    First,
    /// The answer to this question.
    Answer(&'static str),
    /// A button.
    Button(Button),
}

/// A file name while it is typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Naming {
    pub text: String,
    /// The name whose file may be replaced: its owner was told that it is there.
    pub replace: Option<String>,
}

/// The review.
#[derive(Debug, Clone)]
pub struct Review {
    pub(super) size: (u16, u16),
    pub(super) tab: Tab,
    pub(super) focus: Focus,
    /// The first row shown of each text.
    pub(super) scroll: [usize; 7],
    pub(super) preview: Option<Box<Preview>>,
    /// What was looked up for answers, and is not as it should be.
    pub(super) found: Vec<(&'static str, Diagnostic)>,
    /// Whether the preview is of answers that were changed since.
    pub(super) working: bool,
    pub(super) naming: Option<Naming>,
    pub(super) notice: Option<(Tone, String)>,
    /// Whether the way back leads to a dashboard.
    pub(super) of_dashboard: bool,
}

impl Review {
    /// A review of which nothing is worked out yet, on a screen of this size.
    pub fn new(size: (u16, u16)) -> Self {
        Self {
            size,
            tab: Tab::Summary,
            focus: Focus::First,
            scroll: [0; 7],
            preview: None,
            found: Vec::new(),
            working: true,
            naming: None,
            notice: None,
            of_dashboard: false,
        }
    }

    /// The same with a way back to the dashboard that was come from.
    #[must_use]
    pub fn of_dashboard(self, of_dashboard: bool) -> Self {
        Self {
            of_dashboard,
            ..self
        }
    }

    /// The screen has another size.
    pub fn resize(&mut self, size: (u16, u16)) {
        self.size = size;
        self.settle();
    }

    /// The answers are others than those of the preview. What they tell by themselves is there at once
    /// ([`Preview::of_answers`]); the rest is being worked out, and stays as it was until then.
    pub fn expect(&mut self, answers: Preview) {
        self.working = true;
        self.notice = None;
        match &mut self.preview {
            Some(preview) => {
                preview.profile = answers.profile;
                preview.command = answers.command;
                preview.warnings = answers.warnings;
            }
            None => self.preview = Some(Box::new(answers)),
        }
        self.settle();
    }

    /// The preview of the answers as they are now.
    pub fn take(&mut self, preview: Box<Preview>) {
        self.preview = Some(preview);
        self.working = false;
        self.tell_found();
        self.settle();
    }

    /// What was looked up for the answers as they are now, and is not as it should be, by question.
    pub fn look_at(&mut self, found: Vec<(&'static str, Diagnostic)>) {
        self.found = found;
        self.tell_found();
        self.settle();
    }

    /// What was looked up stands among what is good to know.
    fn tell_found(&mut self) {
        let Some(preview) = &mut self.preview else {
            return;
        };
        for (_, finding) in &self.found {
            if !preview.notes.contains(finding) {
                preview.notes.push(finding.clone());
            }
        }
        let notes = &mut preview.notes;
        notes.sort_by_key(|note| std::cmp::Reverse(note.severity));
    }

    /// To the summary, as when one comes from elsewhere.
    pub fn open_summary(&mut self) {
        self.tab = Tab::Summary;
    }

    /// Which keys count.
    pub fn context(&self) -> Context {
        match self.naming {
            Some(_) => Context::Typing,
            None => Context::Review,
        }
    }

    /// Whether a key does something now.
    pub fn available(&self, action: Action) -> bool {
        if let Some(naming) = &self.naming {
            return match action {
                Action::Erase | Action::EraseAll => !naming.text.is_empty(),
                _ => true,
            };
        }
        match action {
            Action::Quit => self.of_dashboard,
            Action::Enter => self.tab == Tab::Summary,
            Action::Up | Action::Down | Action::First | Action::Last => {
                self.tab == Tab::Summary || self.furthest() > 0
            }
            Action::PageUp | Action::PageDown => self.tab == Tab::Summary || self.furthest() > 0,
            _ => true,
        }
    }

    /// The answer to the last key, for the line below the body. None while a name is typed there.
    pub fn notice(&self) -> Option<(Tone, &str)> {
        match &self.naming {
            Some(_) => None,
            None => self.notice.as_ref().map(|(tone, words)| (*tone, &**words)),
        }
    }

    pub(super) fn layout(&self) -> Layout {
        Layout::of(self.size)
    }

    /// The rows of the open text; none of the summary, which is a list.
    pub(super) fn rows(&self) -> Vec<Row> {
        let width = usize::from(self.layout().content.width);
        tabs::rows(self.tab, self.preview.as_deref(), width)
    }

    /// How far the open text can be scrolled.
    pub(super) fn furthest(&self) -> usize {
        let height = usize::from(self.layout().content.height);
        self.rows().len().saturating_sub(height)
    }

    pub(super) fn scrolled(&self) -> usize {
        self.scroll.get(self.tab.number()).copied().unwrap_or(0)
    }

    pub(super) fn scroll_to(&mut self, row: usize) {
        let row = row.min(self.furthest());
        if let Some(place) = self.scroll.get_mut(self.tab.number()) {
            *place = row;
        }
    }

    /// Nothing is scrolled further than there is.
    fn settle(&mut self) {
        let open = self.tab;
        for tab in Tab::ALL {
            self.tab = tab;
            self.scroll_to(self.scrolled());
        }
        self.tab = open;
    }
}
