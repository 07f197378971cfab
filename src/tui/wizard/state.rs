//! Everything the wizard knows. Plain data: no engine, no files, no terminal, no clock.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::checks::Finding;
use crate::deployment::Secret;
use crate::diagnostic::Diagnostic;
use crate::interview::{Check, Context as World, Interview, Keeping};
use crate::profile::Profile;
use crate::session::{Preview, Unsaved};
use crate::tui::keys::Context;
use crate::tui::pace::Urgency;

use super::asking::Asking;
use super::review::Review;
use super::starting::{StartEnd, StartNews, Starting};
use super::welcome::Welcome;

/// What is known when the wizard opens.
#[derive(Debug, Clone)]
pub struct Opening {
    /// The world as far as it is known at once.
    pub world: World,
    /// Answers kept from another day.
    pub draft: Option<Interview>,
    /// Deployments that have a folder here.
    pub deployments: Vec<String>,
    /// A profile to begin with, at the review.
    pub profile: Option<Profile>,
    /// The deployment whose dashboard was left to change its answers: their review comes first, without
    /// a welcome, and from there a way leads back.
    pub dashboard: Option<String>,
    /// Whether nothing shall really run.
    pub rehearsal: bool,
    /// Something to say first.
    pub notice: Option<Diagnostic>,
    /// The time zone that times are shown in.
    pub zone: TimeZone,
}

/// News from outside.
#[derive(Debug)]
pub enum Data {
    /// Something of this machine was looked at. The number is that of the look-around it belongs to.
    Around(u32, Around),
    /// An answer was looked up.
    LookedUp {
        /// The question.
        question: &'static str,
        /// The answer.
        answer: String,
        /// What was found.
        findings: Vec<Finding>,
    },
    /// A file with entries was read, or why not.
    ListRead {
        /// The question.
        question: &'static str,
        /// The file.
        file: PathBuf,
        /// What is in it.
        read: Result<Vec<u8>, Box<Diagnostic>>,
    },
    /// What the answers lead to. The number is that of the wish for it.
    Previewed(u32, Box<Preview>),
    /// Something about the start.
    Start(StartNews),
    /// The profile was saved, or why not.
    Saved(Result<PathBuf, Unsaved>),
    /// The answers of a deployment, or why they cannot be read.
    Opened(Result<Box<Profile>, Box<Diagnostic>>),
    /// Answers could not be kept.
    NotKept(Box<Diagnostic>),
}

/// What was found on this machine.
#[derive(Debug)]
pub enum Around {
    /// Findings about the machine.
    Found(Vec<Finding>),
    /// Whether an engine answers.
    Engine(bool),
    /// Names that other deployments have.
    Taken(Vec<String>),
    /// Memory of the engine's machine in megabytes, if it says so.
    Memory(Option<u64>),
    /// Whether the registry answers, if it could be asked.
    Registry(Option<bool>),
    /// Everything was looked at.
    Done,
}

/// What updating asks the world to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Look at this machine; the number comes back with each finding.
    LookAround(u32),
    /// Look an answer up, after a short pause in which another one may replace it.
    LookUp {
        /// The question.
        question: &'static str,
        /// The answer.
        answer: String,
        /// What to look up.
        checks: &'static [Check],
        /// The profile with that answer.
        profile: Box<Profile>,
    },
    /// Work out what the answers lead to; the number comes back with it.
    Preview {
        /// Which wish this is.
        number: u32,
        /// The answers.
        interview: Box<Interview>,
        /// Whether nothing really runs.
        rehearsal: bool,
    },
    /// Read a file with entries for a list.
    ReadList {
        /// The question.
        question: &'static str,
        /// The file.
        file: PathBuf,
    },
    /// Start what the answers say.
    Start {
        /// The answers.
        interview: Box<Interview>,
        /// Whether nothing really runs.
        rehearsal: bool,
        /// Whether it is another try: what went wrong in a rehearsal is mended then.
        again: bool,
    },
    /// Stop waiting for the start.
    StopWaiting,
    /// Take away what the start made.
    Undo,
    /// Save the answers as a profile.
    Save {
        /// The answers.
        interview: Box<Interview>,
        /// The file's name as it was typed.
        name: String,
        /// Whether a file of that name may be replaced.
        replace: bool,
    },
    /// Read the answers of a deployment.
    Answers(String),
    /// Keep the answers for another day.
    Keep(String),
    /// Forget the answers that were kept.
    Forget,
    /// Copy to the clipboard.
    Copy(Secret),
    /// Mouse on or off.
    Mouse(bool),
    /// Draw everything anew.
    Redraw,
    /// Back to the shell for a while.
    Suspend,
    /// Leave the wizard.
    Leave(Leaving),
}

/// Where to go after the wizard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Leaving {
    /// Back to the shell.
    Shell,
    /// Back to the shell after a start of this deployment, and how that ended.
    Started(String, StartEnd),
    /// To the dashboard of this deployment.
    Dashboard(String),
    /// To the tour of this deployment.
    Tour(String),
    /// Back to the dashboard that was come from.
    Back,
}

/// What is on the screen.
#[derive(Debug)]
pub(super) enum Screen {
    Welcome,
    Asking,
    Review,
    Starting,
}

/// What lies on top of the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Overlay {
    Help { scroll: usize },
}

/// What is being looked up, or was, for an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LookedUp {
    pub answer: String,
    /// `None` while it is being looked up.
    pub findings: Option<Vec<Finding>>,
}

/// The wizard.
#[derive(Debug)]
pub struct Wizard {
    pub(super) size: (u16, u16),
    pub(super) now: Timestamp,
    pub(super) zone: TimeZone,
    pub(super) rehearsal: bool,
    pub(super) mouse: bool,
    pub(super) screen: Screen,
    /// The deployment whose dashboard was come from, and to which a way leads back.
    pub(super) dashboard: Option<String>,
    pub(super) welcome: Welcome,
    pub(super) interview: Interview,
    pub(super) asking: Asking,
    pub(super) review: Review,
    /// The start, once there is one.
    pub(super) starting: Option<Starting>,
    /// How often it was asked what the answers lead to.
    pub(super) previews: u32,
    pub(super) beside: BTreeMap<&'static str, LookedUp>,
    /// The deployment whose answers these are; its name is taken by itself.
    pub(super) own_name: Option<String>,
    pub(super) overlay: Option<Overlay>,
    /// The answer to the last key.
    pub(super) notice: Option<Diagnostic>,
    /// What is kept of the answers for another day.
    pub(super) keeping: Keeping,
    pub(super) urgency: Urgency,
}

impl Wizard {
    /// A wizard that has just opened.
    pub fn new(opening: Opening, size: (u16, u16), mouse: bool) -> Self {
        let interview = match (&opening.profile, &opening.draft) {
            (Some(profile), _) => Interview::open(opening.world.clone(), profile.clone()),
            (None, Some(draft)) => draft.clone(),
            (None, None) => Interview::new(opening.world.clone()),
        };
        let keeping = if opening.draft.is_some() && opening.profile.is_none() {
            Keeping::of_kept(&interview)
        } else {
            Keeping::of_others(&interview)
        };
        let own_name = opening.dashboard.clone();
        Self {
            size,
            now: Timestamp::UNIX_EPOCH,
            zone: opening.zone.clone(),
            rehearsal: opening.rehearsal,
            mouse,
            screen: Screen::Welcome,
            dashboard: opening.dashboard.clone(),
            keeping,
            asking: Asking::default(),
            notice: opening.notice.clone(),
            review: Review::new(size).of_dashboard(opening.dashboard.is_some()),
            welcome: Welcome::new(opening),
            interview,
            starting: None,
            previews: 0,
            beside: BTreeMap::new(),
            own_name,
            overlay: None,
            urgency: Urgency::Now,
        }
    }

    /// The answers so far.
    pub fn interview(&self) -> &Interview {
        &self.interview
    }

    /// Whether an answer is another one than in the beginning.
    pub fn is_changed(&self) -> bool {
        self.keeping.is_other(&self.interview)
    }

    /// Gives the answers away.
    pub fn into_interview(self) -> Interview {
        self.interview
    }

    /// Whether nothing really runs.
    pub fn is_rehearsal(&self) -> bool {
        self.rehearsal
    }

    /// How it runs, in the words of the header.
    pub(super) fn mode(&self) -> &'static str {
        if self.rehearsal {
            return crate::engine::rehearsal::NOTICE;
        }
        let practice = &self.interview.context().practice;
        // What is still to be answered does not change where images come from.
        let registry = self.interview.set_to("images.registry");
        match registry {
            Some(registry) if registry == *practice => "practice",
            _ => "for real",
        }
    }

    /// Where keys mean what they mean now.
    pub(super) fn context(&self) -> Context {
        match (&self.overlay, &self.screen) {
            (Some(Overlay::Help { .. }), _) => Context::Help,
            (None, Screen::Welcome) => Context::Welcome,
            (None, Screen::Asking) => self.asking.context(),
            (None, Screen::Review) => self.review.context(),
            (None, Screen::Starting) => match &self.starting {
                Some(starting) => starting.context(),
                None => Context::Starting,
            },
        }
    }

    /// Whether a question is on the screen.
    #[cfg(test)]
    pub(super) fn is_asking(&self) -> bool {
        matches!(self.screen, Screen::Asking) && self.interview.current().is_some()
    }

    pub(super) fn want(&mut self, urgency: Urgency) {
        self.urgency = self.urgency.max(urgency);
    }
}
