//! What keys and news change. Pure.

use crossterm::event::{KeyEvent, MouseEvent, MouseEventKind};
use jiff::Timestamp;

use crate::tour::Step;
use crate::tui::events::Input;
use crate::tui::help;
use crate::tui::keys::{self, Action, Context};
use crate::tui::pace::Urgency;
use crate::tui::page;

use super::lines::lines;
use super::state::{Data, Effect, Tour};

impl Tour {
    /// What is to be done when the tour opens.
    pub fn begin(&mut self) -> Vec<Effect> {
        self.arrive(Step::Services)
    }

    /// Takes something in, and says what is to be done.
    pub fn update(&mut self, input: Input<Data>, _now: Timestamp) -> Vec<Effect> {
        match input {
            Input::Key(key) => self.key(&key),
            Input::Mouse(mouse) => self.mouse(mouse),
            Input::Resize(columns, rows) => {
                self.size = (columns, rows);
                self.scroll = self.scroll.min(self.most_scroll());
                self.want(Urgency::Now);
                Vec::new()
            }
            Input::Data(Data(step, visit)) => {
                self.asking.remove(&step);
                self.visits.insert(step, visit);
                if step == self.step {
                    self.want(Urgency::Soon);
                }
                Vec::new()
            }
            Input::Paste(_) | Input::Clock => Vec::new(),
        }
    }

    fn want(&mut self, urgency: Urgency) {
        self.urgency = self.urgency.max(urgency);
    }

    /// Whether a key's action stands in the key bar now.
    pub(super) fn available(&self, action: Action) -> bool {
        match (self.context(), action) {
            (Context::Tour, Action::Right) => self.step.next().is_some(),
            (Context::Tour, Action::Left) => self.step.before().is_some(),
            (Context::Tour, Action::Again) => !self.asking.contains(&self.step),
            (Context::Tour, Action::Up) => self.most_scroll() > 0,
            _ => true,
        }
    }

    fn key(&mut self, key: &KeyEvent) -> Vec<Effect> {
        let Some(action) = keys::action(self.context(), key) else {
            return Vec::new();
        };
        self.want(Urgency::Now);
        self.notice = None;
        match (action, self.help) {
            (Action::Leave, _) => vec![Effect::Leave],
            (Action::Suspend, _) => vec![Effect::Suspend],
            (Action::Redraw, _) => vec![Effect::Redraw],
            (action, Some(scroll)) => {
                self.in_help(action, scroll);
                Vec::new()
            }
            (Action::Quit, None) => vec![Effect::End],
            (Action::Mouse, None) => {
                self.mouse = !self.mouse;
                vec![Effect::Mouse(self.mouse)]
            }
            (Action::Help, None) => {
                self.help = Some(0);
                Vec::new()
            }
            (action, None) => self.on_page(action),
        }
    }

    fn on_page(&mut self, action: Action) -> Vec<Effect> {
        let height = self.height();
        match action {
            Action::Right => match self.step.next() {
                Some(step) => return self.arrive(step),
                None => self.notice = Some("This was the last step. The key q ends the tour."),
            },
            Action::Left => match self.step.before() {
                Some(step) => return self.arrive(step),
                None => self.notice = Some("This is the first step."),
            },
            Action::Again if !self.asking.contains(&self.step) => {
                self.visits.remove(&self.step);
                return self.arrive(self.step);
            }
            Action::Again => self.notice = Some("The answer is on its way."),
            Action::Up => self.scroll = self.scroll.saturating_sub(1),
            Action::Down => self.scroll_to(self.scroll + 1),
            Action::PageUp => self.scroll = self.scroll.saturating_sub(height),
            Action::PageDown => self.scroll_to(self.scroll + height),
            _ => {}
        }
        Vec::new()
    }

    /// Shows a step. Its requests are made when it is shown for the first time.
    fn arrive(&mut self, step: Step) -> Vec<Effect> {
        self.step = step;
        self.scroll = 0;
        if self.visits.contains_key(&step) || !self.asking.insert(step) {
            return Vec::new();
        }
        vec![Effect::Visit(step)]
    }

    fn in_help(&mut self, action: Action, scroll: usize) {
        let height = self.height();
        let most = help::most_scroll(Context::Tour, height);
        let scroll = match action {
            Action::Back => {
                self.help = None;
                return;
            }
            Action::Up => scroll.saturating_sub(1),
            Action::Down => scroll + 1,
            Action::PageUp => scroll.saturating_sub(height),
            Action::PageDown => scroll + height,
            _ => scroll,
        };
        self.help = Some(scroll.min(most));
    }

    fn mouse(&mut self, mouse: MouseEvent) -> Vec<Effect> {
        let action = match mouse.kind {
            MouseEventKind::ScrollUp => Action::Up,
            MouseEventKind::ScrollDown => Action::Down,
            _ => return Vec::new(),
        };
        self.want(Urgency::Now);
        match self.help {
            Some(scroll) => {
                self.in_help(action, scroll);
                Vec::new()
            }
            None => self.on_page(action),
        }
    }

    fn height(&self) -> usize {
        usize::from(page::body(self.size).height)
    }

    /// How far the page can be scrolled.
    pub(super) fn most_scroll(&self) -> usize {
        lines(self).len().saturating_sub(self.height())
    }

    fn scroll_to(&mut self, scroll: usize) {
        self.scroll = scroll.min(self.most_scroll());
    }
}
