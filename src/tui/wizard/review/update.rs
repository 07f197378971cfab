//! What a key or a click does. Pure.

use ratatui::layout::Position;

use crate::interview::{Interview, command};
use crate::session::Unsaved;
use crate::tui::keys::Action;
use crate::tui::theme::Tone;

use super::state::{Button, Focus, Naming, Review, ReviewWish, Tab};
use super::{draw, summary};

/// Longest file name that can be typed.
const LONGEST: usize = 240;

impl Review {
    /// A key of the table.
    pub fn action(&mut self, action: Action, interview: &Interview) -> ReviewWish {
        if self.naming.is_some() {
            return self.name(action);
        }
        self.notice = None;
        match action {
            Action::Tab(number) => self.open_tab(number),
            Action::NextTab => self.open_tab((self.tab.number() + 1) % Tab::ALL.len()),
            Action::PreviousTab => {
                self.open_tab((self.tab.number() + Tab::ALL.len() - 1) % Tab::ALL.len());
            }
            Action::Quit => return ReviewWish::Dashboard,
            Action::Back if self.tab == Tab::Summary && self.of_dashboard => {
                return ReviewWish::Dashboard;
            }
            Action::Back if self.tab == Tab::Summary => return ReviewWish::Back,
            Action::Back => self.tab = Tab::Summary,
            Action::Start => return self.start(interview),
            Action::Save => self.ask_for_name(interview),
            Action::Copy => return self.copy(interview),
            Action::Enter if self.tab == Tab::Summary => return self.enter(interview),
            _ if self.tab == Tab::Summary => self.choose(action, interview),
            _ => self.scroll(action),
        }
        ReviewWish::None
    }

    /// A character of the file's name.
    pub fn char(&mut self, char: char) {
        if char.is_control() {
            return;
        }
        if let Some(naming) = &mut self.naming
            && naming.text.len() < LONGEST
        {
            naming.text.push(char);
            naming.replace = None;
            self.notice = None;
        }
    }

    /// Several at once: the first line of what was pasted.
    pub fn paste(&mut self, text: &str) {
        for char in text.trim().lines().next().unwrap_or_default().chars() {
            self.char(char);
        }
    }

    /// What came of saving.
    pub fn saved(&mut self, saved: Result<std::path::PathBuf, Unsaved>) {
        match saved {
            Ok(path) => {
                self.naming = None;
                let words = format!("Saved as {}.", path.display());
                self.notice = Some((Tone::Good, words));
            }
            Err(Unsaved::Exists(path)) => {
                let words = format!(
                    "{} exists. Enter once more replaces it; what it holds now stays beside it, as .bak. Esc leaves it.",
                    path.display()
                );
                self.notice = Some((Tone::Note, words));
                if let Some(naming) = &mut self.naming {
                    naming.replace = Some(naming.text.clone());
                }
            }
            Err(Unsaved::Failed(finding)) => {
                self.notice = Some((Tone::Bad, finding.to_string()));
            }
        }
    }

    /// A click: on a tab, an answer, a button.
    pub fn click(&mut self, column: u16, row: u16, interview: &Interview) -> ReviewWish {
        if self.naming.is_some() {
            return ReviewWish::None;
        }
        self.notice = None;
        let at = Position::new(column, row);
        let layout = self.layout();
        if layout.tabs.contains(at) {
            let hit = self
                .tab_places()
                .iter()
                .position(|(place, _)| place.contains(&column));
            if let Some(number) = hit {
                self.open_tab(number);
            }
            return ReviewWish::None;
        }
        if self.tab != Tab::Summary {
            return ReviewWish::None;
        }
        let parts = layout.summary(self.facts().len());
        let mut hit = None;
        if parts.buttons.contains(at) {
            hit = draw::button_places(parts.buttons)
                .into_iter()
                .find(|(place, _)| place.contains(&column))
                .map(|(_, button)| Focus::Button(button));
        } else if parts.answers.contains(at) {
            let entries = summary::list(interview);
            let focus = summary::chosen(self.focus, &entries);
            let first = summary::first_shown(focus, &entries, usize::from(parts.answers.height));
            let number = first + usize::from(row - parts.answers.y);
            if let Some(summary::Entry::Answer(row)) = entries.get(number) {
                let place = Focus::Answer(row.id);
                hit = summary::places(&entries).contains(&place).then_some(place);
            }
        }
        match hit {
            // A second click, or a click on a button, does what Enter does.
            Some(place) if place == self.focus || matches!(place, Focus::Button(_)) => {
                self.focus = place;
                self.enter(interview)
            }
            Some(place) => {
                self.focus = place;
                ReviewWish::None
            }
            None => ReviewWish::None,
        }
    }

    fn open_tab(&mut self, number: usize) {
        if let Some(tab) = Tab::ALL.get(number) {
            self.tab = *tab;
        }
    }

    fn choose(&mut self, action: Action, interview: &Interview) {
        let entries = summary::list(interview);
        let places = summary::places(&entries);
        let focus = summary::chosen(self.focus, &entries);
        let here = places.iter().position(|place| *place == focus).unwrap_or(0);
        let height = self.layout().summary(self.facts().len()).answers.height;
        let page = usize::from(height).max(2) - 1;
        let last = places.len().saturating_sub(1);
        let next = match action {
            Action::Up => here.saturating_sub(1),
            Action::Down => here + 1,
            Action::PageUp => here.saturating_sub(page),
            Action::PageDown => here + page,
            Action::First => 0,
            Action::Last => last,
            _ => here,
        };
        self.focus = places.get(next.min(last)).copied().unwrap_or(focus);
    }

    fn scroll(&mut self, action: Action) {
        let here = self.scrolled();
        let page = usize::from(self.layout().content.height).max(2) - 1;
        self.scroll_to(match action {
            Action::Up => here.saturating_sub(1),
            Action::Down => here + 1,
            Action::PageUp => here.saturating_sub(page),
            Action::PageDown => here + page,
            Action::First => 0,
            Action::Last => usize::MAX,
            _ => here,
        });
    }

    fn enter(&mut self, interview: &Interview) -> ReviewWish {
        match summary::chosen(self.focus, &summary::list(interview)) {
            Focus::Answer(id) => ReviewWish::Change(id),
            Focus::Button(Button::Start) => self.start(interview),
            Focus::Button(Button::Save) => {
                self.ask_for_name(interview);
                ReviewWish::None
            }
            Focus::Button(Button::Copy) => self.copy(interview),
            Focus::First => ReviewWish::None,
        }
    }

    fn start(&mut self, interview: &Interview) -> ReviewWish {
        match summary::open(interview) {
            Some((question, why)) => {
                self.refuse(question, &why);
                ReviewWish::None
            }
            None => ReviewWish::Start,
        }
    }

    fn copy(&mut self, interview: &Interview) -> ReviewWish {
        if let Some((question, why)) = summary::open(interview) {
            self.refuse(question, &why);
            return ReviewWish::None;
        }
        match interview.profile() {
            Ok(reading) => {
                let words = "Copied, if your terminal allows that. It also stands on tab 6.";
                self.notice = Some((Tone::Good, words.to_owned()));
                ReviewWish::Copy(command(&reading.profile))
            }
            Err(_) => ReviewWish::None,
        }
    }

    fn ask_for_name(&mut self, interview: &Interview) {
        if let Some((question, why)) = summary::open(interview) {
            self.refuse(question, &why);
            return;
        }
        if let Ok(reading) = interview.profile() {
            self.naming = Some(Naming {
                text: format!("{}.yml", reading.profile.name),
                replace: None,
            });
        }
    }

    /// Says why not, and shows where.
    fn refuse(&mut self, question: Option<&'static str>, why: &str) {
        self.tab = Tab::Summary;
        if let Some(id) = question {
            self.focus = Focus::Answer(id);
        }
        self.notice = Some((Tone::Bad, format!("Not yet: {why}")));
    }

    fn name(&mut self, action: Action) -> ReviewWish {
        let Some(naming) = &mut self.naming else {
            return ReviewWish::None;
        };
        match action {
            Action::Enter if naming.text.trim().is_empty() => {
                self.notice = Some((Tone::Bad, "A file needs a name.".to_owned()));
            }
            Action::Enter => {
                return ReviewWish::Save {
                    name: naming.text.trim().to_owned(),
                    replace: naming.replace.as_ref() == Some(&naming.text),
                };
            }
            Action::Back => {
                self.naming = None;
                self.notice = None;
            }
            Action::Erase => {
                crate::tui::text::erase(&mut naming.text);
                naming.replace = None;
                self.notice = None;
            }
            Action::EraseAll => {
                naming.text.clear();
                naming.replace = None;
                self.notice = None;
            }
            _ => {}
        }
        ReviewWish::None
    }
}
