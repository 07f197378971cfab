//! What the screen knows while a deployment starts.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::diagnostic::Diagnostic;
use crate::live::Line;
use crate::plain::clean;
use crate::plan::Plan;
use crate::run::{Event, Failure, Outcome};
use crate::tui::keys::{Action, Context};
use crate::tui::page;
use crate::verify::Verification;

use super::progress::Progress;
use super::rows::Row;

/// Lines of each service that are kept to be looked at.
pub(super) const LINES: usize = 2000;

/// A service of the deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its name.
    pub service: String,
    /// What it is.
    pub title: String,
    /// Its image, complete.
    pub image: String,
}

/// What happens, told by the host.
#[derive(Debug)]
pub enum StartNews {
    /// Something before there is a plan, in words.
    Doing(String),
    /// The plan is made and will be carried out now.
    Planned {
        /// The plan.
        plan: Box<Plan>,
        /// The services, each after those it needs.
        parts: Vec<Part>,
        /// What should be known.
        notes: Vec<Diagnostic>,
    },
    /// A step went on.
    Event(Event),
    /// A service wrote something.
    Lines {
        /// The service.
        service: String,
        /// What it wrote.
        lines: Vec<Line>,
    },
    /// The run is over.
    Ended(Box<Finish>),
    /// Nothing was started.
    Blocked {
        /// Why.
        findings: Vec<Diagnostic>,
        /// What undoing earlier tries would do, in sentences; none if there is nothing to undo.
        undo: Option<String>,
    },
    /// What the run made was taken away: a line each; or why that did not work.
    Undone(Result<Vec<String>, Box<Diagnostic>>),
}

/// How a run ended.
#[derive(Debug, Clone)]
pub struct Finish {
    /// How.
    pub outcome: Outcome,
    /// What failed, if something did.
    pub failure: Option<Failure>,
    /// What the platform answered.
    pub verification: Option<Verification>,
    /// Where things are now: what they are called, and the address or command.
    pub places: Vec<(String, String)>,
    /// What undoing would do, in sentences; none if there is nothing to undo.
    pub undo: Option<String>,
    /// What did not work beside it and held nobody up.
    pub notes: Vec<Diagnostic>,
}

impl StartNews {
    /// The same with secrets and control characters taken out of everything that others wrote. `redact`
    /// gives words without the secrets known so far.
    #[must_use]
    pub fn without_secrets(mut self, redact: impl Fn(&str) -> String) -> Self {
        let tidy = &|words: &mut String| *words = clean(&redact(words));
        match &mut self {
            Self::Doing(words) | Self::Event(Event::StepNote { note: words, .. }) => tidy(words),
            Self::Event(Event::StepDone { note, .. }) => note.iter_mut().for_each(tidy),
            Self::Event(Event::StepFailed { failure, .. }) => tidy_failure(failure, tidy),
            Self::Event(Event::Verified { verification }) => {
                tidy_verification(verification, tidy);
            }
            Self::Ended(finish) => {
                finish
                    .failure
                    .iter_mut()
                    .for_each(|failure| tidy_failure(failure, tidy));
                let verification = finish.verification.iter_mut();
                verification.for_each(|verification| tidy_verification(verification, tidy));
            }
            // An engine's own words may be among them.
            Self::Blocked { findings, .. } => findings
                .iter_mut()
                .for_each(|finding| tidy_finding(finding, tidy)),
            Self::Undone(Err(wrong)) => tidy_finding(wrong, tidy),
            // Lines come clean from where they are read; the rest is our own.
            Self::Event(_) | Self::Planned { .. } | Self::Lines { .. } | Self::Undone(Ok(_)) => {}
        }
        self
    }
}

fn tidy_failure(failure: &mut Failure, tidy: impl Fn(&mut String)) {
    for words in [
        &mut failure.what,
        &mut failure.meaning,
        &mut failure.next_step,
    ] {
        tidy(words);
    }
    failure.last_probe.iter_mut().for_each(&tidy);
    failure.last_lines.iter_mut().for_each(&tidy);
}

fn tidy_finding(finding: &mut Diagnostic, tidy: impl Fn(&mut String)) {
    tidy(&mut finding.message);
    finding.help.iter_mut().for_each(&tidy);
}

fn tidy_verification(verification: &mut Verification, tidy: impl Fn(&mut String)) {
    for check in &mut verification.checks {
        tidy(&mut check.detail);
        check.next_step.iter_mut().for_each(&tidy);
    }
}

/// How a start ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StartEnd {
    /// Everything is there and answered.
    Ready,
    /// Something failed.
    Failed,
    /// The operator stopped waiting.
    Stopped,
    /// Nothing was started.
    Blocked,
    /// What was made was taken away again.
    Undone,
}

/// What somebody wants. The host does it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StartWish {
    /// Nothing of others.
    None,
    /// To stop waiting; containers go on.
    StopWaiting,
    /// To start once more.
    Again,
    /// To change an answer.
    Edit,
    /// To take away what the run made.
    Undo,
    /// To leave everything as it is.
    Leave,
    /// On to the dashboard.
    Dashboard,
    /// On to the tour.
    Tour,
}

/// A way on after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Button {
    Again,
    Edit,
    Undo,
    Leave,
}

impl Button {
    pub fn words(self) -> &'static str {
        match self {
            Self::Again => "[ Try again ]",
            Self::Edit => "[ Change an answer ]",
            Self::Undo => "[ Undo this run ]",
            Self::Leave => "[ Leave it ]",
        }
    }
}

/// Where the run is.
#[derive(Debug, Clone)]
pub(super) enum Stage {
    /// Something is done before there is a plan.
    Before(String),
    Running,
    /// The operator stopped waiting; what was begun comes to its end.
    Stopping,
    Over(Box<Finish>),
    Blocked(Vec<Diagnostic>),
    Undoing,
    Undone(Result<Vec<String>, Box<Diagnostic>>),
}

/// The screen.
#[derive(Debug, Clone)]
pub(in crate::tui::wizard) struct Starting {
    pub(super) begun: Timestamp,
    /// The time zone that times are shown in.
    pub(super) zone: TimeZone,
    pub(super) size: (u16, u16),
    pub(super) now: Timestamp,
    pub(super) stage: Stage,
    pub(super) plan: Option<Box<Plan>>,
    pub(super) rows: Vec<Row>,
    pub(super) progress: Progress,
    pub(super) focus: usize,
    /// Whether the operator chose the row; otherwise the one at work is shown.
    pub(super) chosen: bool,
    pub(super) lines: BTreeMap<String, VecDeque<Line>>,
    /// Lines that had to go, by service.
    pub(super) dropped: BTreeMap<String, u64>,
    /// What should be known of the machine.
    pub(super) notes: Vec<Diagnostic>,
    /// Rows of the full log above the bottom; none while it is closed.
    pub(super) log: Option<usize>,
    /// Rows of what is told of the end that are above the window.
    pub(super) scroll: usize,
    pub(super) button: usize,
    /// What undoing would do, as long as there is something to undo.
    pub(super) undo: Option<String>,
    /// Whether it is asked if the run shall be undone, and which choice is taken.
    pub(super) asking: Option<usize>,
}

impl Starting {
    /// A start that has just begun.
    pub fn new(now: Timestamp, size: (u16, u16), zone: TimeZone) -> Self {
        Self {
            begun: now,
            zone,
            size,
            now,
            stage: Stage::Before("working out what is to be done".to_owned()),
            plan: None,
            rows: Vec::new(),
            progress: Progress::default(),
            focus: 0,
            chosen: false,
            lines: BTreeMap::new(),
            dropped: BTreeMap::new(),
            notes: Vec::new(),
            log: None,
            scroll: 0,
            button: 0,
            undo: None,
            asking: None,
        }
    }

    /// The screen has another size.
    pub fn resize(&mut self, size: (u16, u16)) {
        self.size = size;
        self.scroll = self.scroll.min(self.most_scroll());
    }

    /// Rows that a page of the full log goes: one row stays in sight, and one is the heading.
    pub(super) fn page(&self) -> usize {
        usize::from(page::body(self.size).height.saturating_sub(2)).max(1)
    }

    /// Where keys mean what they mean now.
    pub fn context(&self) -> Context {
        match &self.stage {
            _ if self.asking.is_some() => Context::Question,
            Stage::Before(_) | Stage::Running | Stage::Stopping | Stage::Undoing => {
                Context::Starting
            }
            Stage::Over(finish) if finish.outcome == Outcome::Done => Context::Ready,
            Stage::Over(_) | Stage::Blocked(_) | Stage::Undone(_) => Context::Card,
        }
    }

    /// Whether a key does something now.
    pub fn available(&self, action: Action) -> bool {
        if self.asking.is_some() {
            return true;
        }
        match action {
            Action::Log => self.log.is_some() || self.focused().is_some_and(Row::is_service),
            Action::Back | Action::First | Action::Last => self.log.is_some(),
            Action::Up | Action::Down if self.is_running() => true,
            Action::Up | Action::Down | Action::PageUp | Action::PageDown => {
                self.log.is_some() || self.most_scroll() > 0
            }
            _ => true,
        }
    }

    /// What is said of it in the header.
    pub fn title(&self) -> &'static str {
        match &self.stage {
            Stage::Before(_) | Stage::Running => "Starting",
            Stage::Stopping => "Stopping to wait",
            Stage::Over(finish) => match finish.outcome {
                Outcome::Done => "Ready",
                Outcome::Failed => "Something failed",
                Outcome::Stopped => "Not waited for",
            },
            Stage::Blocked(_) => "Nothing was started",
            Stage::Undoing => "Undoing",
            Stage::Undone(Ok(_)) => "Undone",
            Stage::Undone(Err(_)) => "Not undone",
        }
    }

    /// Whether everything is there and answered.
    pub fn is_ready(&self) -> bool {
        matches!(&self.stage, Stage::Over(finish) if finish.outcome == Outcome::Done)
    }

    /// How it ended, as far as it has.
    pub fn end(&self) -> StartEnd {
        match &self.stage {
            Stage::Over(finish) => match finish.outcome {
                Outcome::Done => StartEnd::Ready,
                Outcome::Failed => StartEnd::Failed,
                Outcome::Stopped => StartEnd::Stopped,
            },
            Stage::Blocked(_) => StartEnd::Blocked,
            Stage::Undone(Ok(_)) => StartEnd::Undone,
            Stage::Undone(Err(_)) | Stage::Undoing => StartEnd::Failed,
            Stage::Before(_) | Stage::Running | Stage::Stopping => StartEnd::Stopped,
        }
    }

    /// Whether something goes on by itself.
    pub fn is_running(&self) -> bool {
        matches!(
            self.stage,
            Stage::Before(_) | Stage::Running | Stage::Stopping | Stage::Undoing
        )
    }

    /// The ways on.
    pub(super) fn buttons(&self) -> Vec<Button> {
        let mut buttons = vec![Button::Again, Button::Edit];
        if self.undo.is_some() {
            buttons.push(Button::Undo);
        }
        buttons.push(Button::Leave);
        buttons
    }

    pub(super) fn focused(&self) -> Option<&Row> {
        let failed = || {
            self.rows
                .iter()
                .find(|row| row.at == super::rows::At::Failed)
        };
        if self.context() == Context::Card && !self.chosen {
            return failed().or_else(|| self.rows.get(self.focus));
        }
        self.rows.get(self.focus)
    }

    /// How many of how many services serve.
    pub(super) fn serving(&self) -> (usize, usize) {
        let services = self.rows.iter().filter(|row| row.is_service());
        let of = services.clone().count();
        (services.filter(|row| row.is_done()).count(), of)
    }

    pub(super) fn seconds(&self, since: Timestamp) -> i64 {
        (self.now.as_second() - since.as_second()).max(0)
    }
}
