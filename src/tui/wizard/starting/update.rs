//! What news and keys do. Pure.

use std::time::Duration;

use jiff::Timestamp;
use ratatui::layout::Rect;

use crate::run::{Event, Outcome};
use crate::tui::keys::{Action, Context};
use crate::tui::page;

use super::card;
use super::progress::Progress;
use super::rows::{self, At, Row};
use super::state::{Button, LINES, Stage, StartNews, StartWish, Starting};

impl Starting {
    /// Takes what happened.
    pub fn take(&mut self, news: StartNews, now: Timestamp) {
        self.now = now;
        match news {
            // Once the operator stopped waiting, it stays that way.
            StartNews::Doing(words) => {
                if matches!(self.stage, Stage::Before(_)) {
                    self.stage = Stage::Before(words);
                }
            }
            StartNews::Planned { plan, parts, notes } => {
                self.notes = notes;
                self.rows = rows::rows(&plan, &parts, now);
                self.progress = Progress::new(&plan);
                self.plan = Some(plan);
                if matches!(self.stage, Stage::Before(_)) {
                    self.stage = Stage::Running;
                }
            }
            StartNews::Event(event) => self.event(&event, now),
            StartNews::Lines { service, lines } => {
                let is_read = self.focused().is_some_and(|row| row.name == service);
                if let Some(above) = self.log.as_mut().filter(|above| is_read && **above > 0) {
                    // Whoever reads further up is not carried off by new lines.
                    *above = (*above + lines.len()).min(LINES - 1);
                }
                let kept = self.lines.entry(service.clone()).or_default();
                kept.extend(lines);
                let surplus = kept.len().saturating_sub(LINES);
                if surplus > 0 {
                    kept.drain(..surplus);
                    *self.dropped.entry(service).or_default() += surplus as u64;
                }
            }
            StartNews::Ended(finish) => {
                if finish.outcome == Outcome::Done {
                    self.finish();
                }
                self.button = 0;
                self.log = None;
                self.chosen = false;
                self.undo.clone_from(&finish.undo);
                self.scroll = 0;
                self.stage = Stage::Over(finish);
            }
            StartNews::Blocked { findings, undo } => {
                self.button = 0;
                self.log = None;
                self.undo = undo;
                self.scroll = 0;
                self.stage = Stage::Blocked(findings);
            }
            StartNews::Undone(result) => {
                self.button = 0;
                self.log = None;
                if result.is_ok() {
                    self.undo = None;
                }
                self.scroll = 0;
                self.stage = Stage::Undone(result);
            }
        }
        self.follow();
    }

    /// A visible clock has moved on.
    pub fn tick(&mut self, now: Timestamp) {
        self.now = now;
    }

    /// Elapsed seconds are shown while something goes on.
    pub fn clock(&self, now: Timestamp) -> Option<Duration> {
        if !self.is_running() {
            return None;
        }
        let within = now.as_millisecond().rem_euclid(1000);
        Some(Duration::from_millis(
            u64::try_from(1000 - within).unwrap_or(1000),
        ))
    }

    fn event(&mut self, event: &Event, now: Timestamp) {
        let Some(plan) = &self.plan else { return };
        rows::take(&mut self.rows, plan, event, now);
        match event {
            Event::Pulling {
                step,
                layers,
                layers_done,
                bytes,
                bytes_total,
            } => {
                let share = rows::share(*layers, *layers_done, *bytes, *bytes_total);
                self.progress.reach(step, share);
            }
            Event::StepDone { step, .. } => self.progress.reach(step, 1.0),
            _ => {}
        }
    }

    /// Nothing was to be done for some rows; they are as they should be.
    fn finish(&mut self) {
        self.progress.complete();
        for row in &mut self.rows {
            if row.at == At::Waits {
                row.at = At::Unchanged;
            }
        }
    }

    /// The row at work is shown, until the operator chooses one.
    fn follow(&mut self) {
        if self.chosen {
            return;
        }
        let failed = self.rows.iter().position(|row| row.at == At::Failed);
        // What is asked whether it serves has something to say; a download has not.
        let last = |wanted: fn(&Row) -> bool| {
            let found = |row: &Row| wanted(row) && row.is_service();
            self.rows.iter().rposition(found)
        };
        let asked = last(|row| matches!(row.at, At::Busy(_)));
        if let Some(place) = failed.or(asked).or(last(Row::is_busy)) {
            self.focus = place;
        }
    }

    /// A key of the table.
    pub fn action(&mut self, action: Action) -> StartWish {
        if let Some(choice) = self.asking {
            return self.answer(action, choice);
        }
        if let Some(above) = self.log.filter(|_| action != Action::Leave) {
            self.in_log(action, above);
            return StartWish::None;
        }
        match (action, &self.stage) {
            (Action::Leave, Stage::Before(_) | Stage::Running) => {
                self.stage = Stage::Stopping;
                return StartWish::StopWaiting;
            }
            // Half undone is worse than either; it takes seconds.
            (Action::Leave, Stage::Undoing) => {}
            (Action::Leave | Action::Quit, _) => return StartWish::Leave,
            (Action::Log, _) => self.log = Some(0),
            (Action::Enter, _) if self.is_ready() => return StartWish::Dashboard,
            (Action::Again, _) if self.is_ready() => return StartWish::Tour,
            (Action::Enter, _) => return self.press(),
            (Action::Up | Action::Down | Action::PageUp | Action::PageDown, _)
                if !self.is_running() =>
            {
                self.scroll(action);
            }
            (Action::Up, _) => self.choose(self.focus.saturating_sub(1)),
            (Action::Down, _) => self.choose(self.focus + 1),
            (Action::Left, _) => self.turn(self.buttons().len().saturating_sub(1)),
            (Action::Right, _) => self.turn(1),
            _ => {}
        }
        StartWish::None
    }

    /// The first click on a way chooses it, the second takes it; one on a row chooses that.
    pub fn click(&mut self, body: Rect, column: u16, row: u16) -> StartWish {
        if self.context() != Context::Card || self.log.is_some() {
            return StartWish::None;
        }
        match card::button_at(self, body, column, row) {
            Some(button) if button == self.button => self.press(),
            Some(button) => {
                self.button = button;
                StartWish::None
            }
            None => StartWish::None,
        }
    }

    fn choose(&mut self, place: usize) {
        self.focus = place.min(self.rows.len().saturating_sub(1));
        self.chosen = true;
    }

    /// What is told of the end, where it is longer than the window.
    fn scroll(&mut self, action: Action) {
        let page = usize::from(self.told(page::body(self.size)).height).max(2) - 1;
        let row = match action {
            Action::Up => self.scroll.saturating_sub(1),
            Action::Down => self.scroll + 1,
            Action::PageUp => self.scroll.saturating_sub(page),
            _ => self.scroll + page,
        };
        self.scroll = row.min(self.most_scroll());
    }

    fn turn(&mut self, by: usize) {
        self.button = (self.button + by) % self.buttons().len().max(1);
    }

    fn press(&mut self) -> StartWish {
        match self.buttons().get(self.button) {
            Some(Button::Again) => StartWish::Again,
            Some(Button::Edit) => StartWish::Edit,
            Some(Button::Undo) => {
                self.asking = Some(0);
                StartWish::None
            }
            Some(Button::Leave) => StartWish::Leave,
            None => StartWish::None,
        }
    }

    fn answer(&mut self, action: Action, choice: usize) -> StartWish {
        match action {
            Action::Up | Action::Down => self.asking = Some(1 - choice),
            Action::Back => self.asking = None,
            Action::Enter => {
                self.asking = None;
                if choice == 1 {
                    self.stage = Stage::Undoing;
                    return StartWish::Undo;
                }
            }
            Action::Leave => return StartWish::Leave,
            _ => {}
        }
        StartWish::None
    }

    fn in_log(&mut self, action: Action, above: usize) {
        let name = self.focused().map(|row: &Row| row.name.clone());
        let lines = name
            .and_then(|name| self.lines.get(&name))
            .map_or(0, std::collections::VecDeque::len);
        let up = |rows: usize| (above + rows).min(lines.saturating_sub(1));
        self.log = match action {
            Action::Log | Action::Back => None,
            Action::Up => Some(up(1)),
            Action::PageUp => Some(up(self.page())),
            // The oldest line at the top, where a page of them is there.
            Action::First => Some(lines.saturating_sub(self.page() + 1)),
            Action::Down => Some(above.saturating_sub(1)),
            Action::PageDown => Some(above.saturating_sub(self.page())),
            Action::Last => Some(0),
            _ => Some(above),
        };
    }
}
