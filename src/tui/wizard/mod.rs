//! The wizard: from the first look at the machine over the questions and their review to a deployment
//! that serves.
//!
//! `state` is plain data, `update` changes it, `draw` shows it; the host outside does what is asked for.

mod asking;
mod draw;
mod editor;
mod listing;
mod review;
mod sheet;
mod starting;
mod state;
#[cfg(test)]
mod tests;
mod update;
mod welcome;

use std::time::Duration;

use jiff::Timestamp;
use ratatui::Frame;

use crate::tui::events::{App, Input};
use crate::tui::pace::Urgency;
use crate::tui::theme::Theme;

pub use starting::{Finish, Part, StartEnd, StartNews};
pub use state::{Around, Data, Effect, Leaving, Opening, Wizard};

/// The wizard as the loop sees it.
#[derive(Debug)]
pub struct Screens {
    /// What is known.
    pub wizard: Wizard,
    /// How it looks.
    pub theme: Theme,
}

impl App for Screens {
    type Data = Data;
    type Effect = Effect;

    fn update(&mut self, input: Input<Data>, now: Timestamp) -> Vec<Effect> {
        self.wizard.update(input, now)
    }

    fn urgency(&mut self) -> Urgency {
        std::mem::take(&mut self.wizard.urgency)
    }

    fn draw(&self, frame: &mut Frame<'_>) {
        draw::draw(frame, &self.wizard, self.theme);
    }

    /// Elapsed time while something starts is the only clock.
    fn clock(&self, now: Timestamp) -> Option<Duration> {
        self.wizard.starting.as_ref()?.clock(now)
    }
}
