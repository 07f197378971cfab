//! Everything the dashboard knows and shows. Plain data: no engine, no terminal, no clock.

use std::collections::{BTreeSet, VecDeque};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::deployment::{Redactor, Secret};
use crate::engine::{ContainerState, Health, Phase};
use crate::live::{Act, Lines, News, Run, Usage};
use crate::session::lists::Kind as List;
use crate::tui::keys::Context;
use crate::tui::pace::Urgency;
use crate::verify::Verification;

use super::layout;
use crate::tui::log::{Needle, Store, View, Window};

/// Samples of use kept for each service: five minutes.
const HISTORY: usize = 300;
/// Events kept.
pub(super) const HAPPENINGS: usize = 1000;

/// What does not change while the dashboard is open.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The deployment's name.
    pub deployment: String,
    /// How it runs: `for real` or `practice`; empty as long as that is not known.
    pub mode: &'static str,
    /// Its address, if its folder is here.
    pub address: Option<String>,
    /// Its services, each after those it needs: name and what it is.
    pub services: Vec<(String, String)>,
    /// Addresses, files, passwords and keys.
    pub access: Vec<AccessRow>,
    /// When it was last verified before.
    pub verified: Option<Timestamp>,
    /// Whether its folder is here, so that it can be verified, toured and changed.
    pub is_ours: bool,
    /// What can be added to it from here: years, districts or tenants.
    pub lists: Vec<List>,
    /// Whether a shell can be opened in a container from here.
    pub can_open_shells: bool,
    /// The time zone that times are shown in.
    pub zone: TimeZone,
}

impl Facts {
    /// All that is known before anybody was asked: the name, and how it runs if that is clear (`mode`
    /// is empty otherwise).
    pub fn of_name(deployment: &str, mode: &'static str) -> Self {
        Self {
            deployment: deployment.to_owned(),
            mode,
            address: None,
            services: Vec::new(),
            access: Vec::new(),
            verified: None,
            is_ours: false,
            lists: Vec::new(),
            can_open_shells: false,
            zone: TimeZone::system(),
        }
    }
}

/// One row of the access tab.
#[derive(Debug, Clone)]
pub struct AccessRow {
    /// Heading that it stands under.
    pub group: &'static str,
    /// What it is.
    pub label: String,
    /// The thing itself.
    pub value: Shown,
}

/// Something to show.
#[derive(Debug, Clone)]
pub enum Shown {
    /// To everybody.
    Open(String),
    /// Only when asked.
    Hidden(Secret),
}

/// News from outside.
#[derive(Debug)]
pub enum Data {
    /// What does not change is known now. Comes once, before everything else.
    Known(Box<Facts>),
    /// About containers and the engine.
    News(News),
    /// Lines of a log.
    Lines(Lines),
    /// The verification asked for is done, or could not be made.
    Verified(Result<Verification, String>),
    /// An action is done, or why it is not.
    Acted {
        /// The service.
        service: String,
        /// What was to be done.
        act: Act,
        /// How it ended.
        result: Result<(), String>,
    },
    /// Values were added, and the rows of the access tab as they are now; or why they were not.
    Added {
        /// What was added, in words.
        words: String,
        /// How it ended.
        result: Result<Vec<AccessRow>, String>,
    },
    /// The shell in this service ended so, or could not be opened.
    ShellEnded(String, Result<(), String>),
    /// Lines were saved to this file, or why they were not.
    Saved(Result<String, String>),
}

impl Data {
    /// The same, with secrets taken out of every answer's words. News and lines come without any.
    pub(super) fn without_secrets(mut self, redactor: &Redactor) -> Self {
        let safe = |words: &mut String| *words = redactor.redact(words).into_owned();
        match &mut self {
            Self::Known(_)
            | Self::News(_)
            | Self::Lines(_)
            | Self::Acted { result: Ok(()), .. }
            | Self::Added { result: Ok(_), .. }
            | Self::ShellEnded(_, Ok(())) => {}
            Self::Verified(Ok(verification)) => {
                for check in &mut verification.checks {
                    safe(&mut check.detail);
                }
            }
            Self::Verified(Err(words))
            | Self::ShellEnded(_, Err(words))
            | Self::Acted {
                result: Err(words), ..
            }
            | Self::Added {
                result: Err(words), ..
            }
            | Self::Saved(Ok(words) | Err(words)) => safe(words),
        }
        self
    }
}

/// What updating asks the world to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// An action on a service.
    Act {
        /// The service.
        service: String,
        /// Its container.
        container: String,
        /// What.
        act: Act,
    },
    /// Verify the deployment.
    Verify,
    /// Add to one of its lists.
    Add {
        /// The list.
        list: List,
        /// What, as it was typed.
        text: String,
    },
    /// Copy to the clipboard.
    Copy(Secret),
    /// Save this text to a new file whose name begins so.
    Save {
        /// Beginning of the file's name.
        name: String,
        /// Its text.
        text: String,
    },
    /// Mouse on or off.
    Mouse(bool),
    /// Draw everything anew.
    Redraw,
    /// Back to the shell for a while.
    Suspend,
    /// A shell in a service's container.
    Shell {
        /// The service.
        service: String,
        /// Its container.
        container: String,
    },
    /// Leave, for the shell or for another view.
    Leave(Onward),
}

/// Where to go after the dashboard.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Onward {
    /// Back to the shell.
    #[default]
    Shell,
    /// To the guided tour.
    Tour,
    /// To the deployment's answers.
    Answers,
}

/// The tabs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tab {
    Services,
    Logs,
    Resources,
    Access,
    Events,
}

impl Tab {
    pub const ALL: [Self; 5] = [
        Self::Services,
        Self::Logs,
        Self::Resources,
        Self::Access,
        Self::Events,
    ];

    pub fn title(self) -> &'static str {
        self.context().title()
    }

    pub fn context(self) -> Context {
        match self {
            Self::Services => Context::Services,
            Self::Logs => Context::Logs,
            Self::Resources => Context::Resources,
            Self::Access => Context::Access,
            Self::Events => Context::Events,
        }
    }
}

/// A service, running or not.
#[derive(Debug, Clone)]
pub(super) struct Service {
    pub name: String,
    pub title: String,
    pub live: Option<Live>,
    /// Use as shown: it follows the truth calmly, so that an idle deployment does not flicker.
    pub shown: Option<Usage>,
    pub history: VecDeque<Usage>,
    pub busy: Option<Act>,
}

/// A service's container.
#[derive(Debug, Clone)]
pub(super) struct Live {
    pub run: Run,
    pub state: ContainerState,
}

impl Live {
    pub fn started(&self) -> Option<Timestamp> {
        let started = self.state.started_at.as_deref()?;
        (self.state.phase == Phase::Running).then(|| started.parse().ok())?
    }
}

impl Service {
    pub fn new(name: &str, title: &str) -> Self {
        Self {
            name: name.to_owned(),
            title: title.to_owned(),
            live: None,
            shown: None,
            history: VecDeque::new(),
            busy: None,
        }
    }

    /// Takes a measure; says whether what is shown changes.
    pub fn measure(&mut self, usage: Usage) -> bool {
        if self.history.len() >= HISTORY {
            self.history.pop_front();
        }
        self.history.push_back(usage);
        let Some(shown) = &mut self.shown else {
            self.shown = Some(usage);
            return true;
        };
        // The mean of the last ten seconds, and only a change worth a look.
        let recent = self.history.len().min(10);
        let sum: f32 = self
            .history
            .iter()
            .rev()
            .take(10)
            .map(|usage| usage.cpus)
            .sum();
        #[allow(clippy::cast_precision_loss, reason = "at most ten")]
        let mean = sum / recent as f32;
        let cpu_moved = (mean - shown.cpus).abs() > (shown.cpus * 0.1).max(0.012);
        let moved = usage.memory_bytes.abs_diff(shown.memory_bytes);
        let memory_moved = moved > (shown.memory_bytes / 50).max(2_000_000);
        if cpu_moved {
            shown.cpus = mean;
        }
        if memory_moved {
            shown.memory_bytes = usage.memory_bytes;
        }
        cpu_moved || memory_moved
    }
}

/// How the engine is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Link {
    Looking,
    There,
    Gone(String),
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Happening {
    pub at: Timestamp,
    /// Empty for the engine itself.
    pub service: String,
    pub words: String,
    pub mood: Mood,
}

/// Whether something is good or bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mood {
    Plain,
    Good,
    Note,
    Bad,
    Busy,
}

/// A line under everything: the answer to the last key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Notice {
    pub mood: Mood,
    pub words: String,
}

/// What we know of verifying.
#[derive(Debug, Clone)]
pub(super) enum Verified {
    Before(Option<Timestamp>),
    Asking,
    Now {
        at: Timestamp,
        result: Result<Verification, String>,
    },
}

/// Something on top of the tab.
#[derive(Debug, Clone)]
pub(super) enum Overlay {
    Help { scroll: usize },
    Question(Question),
}

/// A question or a menu.
#[derive(Debug, Clone)]
pub(super) struct Question {
    pub title: String,
    pub text: String,
    pub choices: Vec<(String, Then)>,
    pub chosen: usize,
}

/// What a choice leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Then {
    Nothing,
    /// Ask whether to do this to the service.
    Ask {
        service: String,
        act: Act,
    },
    /// Ask which ones to add to a list.
    Type(List),
    Do(Effect),
}

/// A text being typed.
#[derive(Debug, Clone)]
pub(super) struct Prompt {
    pub purpose: Purpose,
    pub text: String,
    /// What was in force before.
    pub before: Option<Needle>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Find,
    Filter,
    Add(List),
}

/// How lines become rows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rows {
    pub times: bool,
    pub wrap: bool,
}

/// The dashboard's state.
#[derive(Debug)]
pub struct State {
    pub(super) facts: Facts,
    pub(super) size: (u16, u16),
    pub(super) now: Timestamp,
    pub(super) tab: Tab,
    pub(super) link: Link,
    pub(super) services: Vec<Service>,
    /// Name of the chosen service.
    pub(super) focus: String,
    pub(super) store: Store,
    pub(super) view: View,
    pub(super) rows: Rows,
    pub(super) happenings: VecDeque<Happening>,
    /// The chosen event, counted from the newest; `None` stays at the newest.
    pub(super) happening: Option<usize>,
    pub(super) access: usize,
    pub(super) revealed: BTreeSet<usize>,
    pub(super) verified: Verified,
    /// When every question was answered well last.
    pub(super) answered: Option<Timestamp>,
    pub(super) overlay: Option<Overlay>,
    pub(super) prompt: Option<Prompt>,
    pub(super) notice: Option<Notice>,
    pub(super) mouse: bool,
    pub(super) urgency: Urgency,
    /// The lines shown have to be chosen anew before they are drawn.
    pub(super) stale: bool,
}

impl State {
    /// Nothing known yet but the facts.
    pub fn new(facts: Facts, size: (u16, u16), now: Timestamp) -> Self {
        let mut state = Self {
            focus: String::new(),
            verified: Verified::Before(None),
            answered: None,
            facts: Facts::of_name(&facts.deployment, facts.mode),
            size,
            now,
            tab: Tab::Services,
            link: Link::Looking,
            services: Vec::new(),
            store: Store::default(),
            view: View::default(),
            rows: Rows {
                times: true,
                wrap: true,
            },
            happenings: VecDeque::new(),
            happening: None,
            access: 0,
            revealed: BTreeSet::new(),
            overlay: None,
            prompt: None,
            notice: None,
            mouse: true,
            urgency: Urgency::Now,
            stale: false,
        };
        state.know(facts);
        state
    }

    /// Takes in what does not change.
    pub(super) fn know(&mut self, facts: Facts) {
        for (name, title) in &facts.services {
            self.store.place(name);
            match self.services.iter_mut().find(|known| known.name == *name) {
                Some(known) => known.title.clone_from(title),
                None => self.services.push(Service::new(name, title)),
            }
        }
        if self.focus.is_empty()
            && let Some(first) = self.services.first()
        {
            self.focus.clone_from(&first.name);
        }
        if matches!(self.verified, Verified::Before(_)) {
            self.verified = Verified::Before(facts.verified);
            self.answered = facts.verified;
        }
        self.facts = facts;
        self.want(Urgency::Soon);
    }

    /// Where keys mean what they mean now.
    pub(super) fn context(&self) -> Context {
        match (&self.overlay, &self.prompt) {
            (Some(Overlay::Help { .. }), _) => Context::Help,
            (Some(Overlay::Question(_)), _) => Context::Question,
            (None, Some(_)) => Context::Typing,
            (None, None) => self.tab.context(),
        }
    }

    pub(super) fn want(&mut self, urgency: Urgency) {
        self.urgency = self.urgency.max(urgency);
    }

    /// The chosen service's place in the list.
    pub(super) fn focused(&self) -> usize {
        let place = self
            .services
            .iter()
            .position(|service| service.name == self.focus);
        place.unwrap_or(0)
    }

    pub(super) fn focused_service(&self) -> Option<&Service> {
        self.services.get(self.focused())
    }

    pub(super) fn service_of(&self, container: &str) -> Option<usize> {
        self.services.iter().position(|service| {
            service
                .live
                .as_ref()
                .is_some_and(|live| live.run.container == container)
        })
    }

    /// The window on the lines of the log tab.
    pub(super) fn window(&self) -> Window {
        let body = layout::body(self.size);
        let prefix = self.prefix_width();
        Window {
            columns: usize::from(body.width).saturating_sub(prefix).max(8),
            rows: usize::from(body.height.saturating_sub(1)),
            wrap: self.rows.wrap,
        }
    }

    /// Columns in front of a line's text: a margin, the time, the service, the mark.
    pub(super) fn prefix_width(&self) -> usize {
        let time = if self.rows.times { 9 } else { 0 };
        let service = if self.view.service.is_none() {
            self.store.name_width() + 1
        } else {
            0
        };
        1 + time + service + 2
    }

    /// What is known of a service's health. The engine's own check is calm and says nothing at first;
    /// if real requests were answered since the container started, that is known better.
    pub(super) fn health(&self, live: &Live) -> Health {
        match (live.state.health, live.started(), self.answered) {
            (Health::Starting, Some(started), Some(verified)) if verified >= started => {
                Health::Healthy
            }
            (health, _, _) => health,
        }
    }

    /// Whether a service serves, as far as is known.
    pub(super) fn serves(&self, service: &Service) -> bool {
        service.live.as_ref().is_some_and(|live| {
            live.state.phase == Phase::Running
                && matches!(self.health(live), Health::Healthy | Health::None)
        })
    }

    /// How many services serve.
    pub(super) fn serving(&self) -> usize {
        self.services
            .iter()
            .filter(|service| self.serves(service))
            .count()
    }

    /// Since when all of it runs: the youngest run's start.
    pub(super) fn since(&self) -> Option<Timestamp> {
        let starts = self
            .services
            .iter()
            .filter_map(|service| service.live.as_ref()?.started());
        starts.max()
    }

    /// Seconds from a moment until now.
    pub(super) fn seconds_since(&self, then: Timestamp) -> i64 {
        self.now.as_second() - then.as_second()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_idle_service_does_not_flicker() {
        let mut service = Service::new("api", "API");
        let mut changes = 0;
        for second in 0_u64..600 {
            #[allow(clippy::cast_precision_loss, reason = "small")]
            let noise = (second % 7) as f32 * 0.001;
            let usage = Usage {
                cpus: 0.002 + noise,
                memory_bytes: 60_000_000 + second % 5 * 300_000,
                memory_limit_bytes: 0,
            };
            changes += u32::from(service.measure(usage));
        }
        assert_eq!(changes, 1, "the first");
        assert_eq!(service.history.len(), HISTORY);
        let busy = Usage {
            cpus: 1.0,
            memory_bytes: 90_000_000,
            memory_limit_bytes: 0,
        };
        assert!(service.measure(busy));
    }
}
