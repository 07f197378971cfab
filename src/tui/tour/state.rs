//! Everything the tour's pages know. Plain data: no engine, no network, no terminal, no clock.

use std::collections::{BTreeMap, BTreeSet};

use crate::tour::{Page, Step, Visit};
use crate::tui::keys::Context;
use crate::tui::pace::Urgency;

/// News from outside: what became of a step.
#[derive(Debug)]
pub struct Data(pub Step, pub Visit);

/// What updating asks the world to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Do a step's requests.
    Visit(Step),
    /// Mouse on or off.
    Mouse(bool),
    /// Draw everything anew.
    Redraw,
    /// Back to the shell for a while.
    Suspend,
    /// End the tour.
    End,
    /// End the program.
    Leave,
}

/// The tour.
#[derive(Debug)]
pub struct Tour {
    pub(super) size: (u16, u16),
    pub(super) mouse: bool,
    pub(super) deployment: String,
    /// How the deployment runs, in the words of the header.
    pub(super) mode: String,
    /// The words of every step, in order.
    pub(super) pages: Vec<Page>,
    pub(super) step: Step,
    /// What became of the steps that were done.
    pub(super) visits: BTreeMap<Step, Visit>,
    /// Steps that are being done.
    pub(super) asking: BTreeSet<Step>,
    /// Rows above the window.
    pub(super) scroll: usize,
    /// How far the help is scrolled, if it is open.
    pub(super) help: Option<usize>,
    /// The answer to the last key.
    pub(super) notice: Option<&'static str>,
    pub(super) urgency: Urgency,
}

impl Tour {
    /// A tour that has just begun.
    pub fn new(
        deployment: &str,
        mode: &str,
        pages: Vec<Page>,
        size: (u16, u16),
        mouse: bool,
    ) -> Self {
        Self {
            size,
            mouse,
            deployment: deployment.to_owned(),
            mode: mode.to_owned(),
            pages,
            step: Step::Services,
            visits: BTreeMap::new(),
            asking: BTreeSet::new(),
            scroll: 0,
            help: None,
            notice: None,
            urgency: Urgency::Now,
        }
    }

    /// The words of the step that is shown.
    pub(super) fn page(&self) -> Option<&Page> {
        self.pages.iter().find(|page| page.step == self.step)
    }

    /// Where keys mean what they mean now.
    pub(super) fn context(&self) -> Context {
        match self.help {
            Some(_) => Context::Help,
            None => Context::Tour,
        }
    }
}
