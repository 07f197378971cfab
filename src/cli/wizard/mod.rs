//! The wizard in a terminal: plays its screens, does what they ask for, and says what comes after it.

mod hands;
mod keeper;
mod start;

use std::io::{self, IsTerminal};

use futures_util::StreamExt;
use futures_util::stream::poll_fn;
use jiff::tz::TimeZone;
use tokio::sync::mpsc;

use crate::engine::Pace;
use crate::engine::rehearsal::FaultWish;
use crate::interview::Interview;
use crate::profile::Profile;
use crate::session::{self, Kind, Trouble, Wish};
use crate::tui::wizard::{Effect, Leaving, Opening, Screens, StartEnd, Wizard};
use crate::tui::{Ended, Order, Sources};

use super::args::Setup;
use super::setup::around;
use super::show::{AfterTour, Ground, Next, Play, Scene, no_terminal, rehearsed, show};
use super::{Desk, STOPPED, Verdict};
use hands::Hands;

/// News that may wait for the loop.
const NEWS: usize = 256;

/// How a rehearsal goes.
#[derive(Debug, Clone)]
pub(super) struct Rehearsed {
    pub faults: Vec<FaultWish>,
    pub pace: Pace,
    pub seed: u64,
}

impl Default for Rehearsed {
    fn default() -> Self {
        Self {
            faults: Vec::new(),
            pace: Pace::REAL,
            seed: 0,
        }
    }
}

/// How the wizard was asked for.
#[derive(Debug, Clone)]
pub(super) struct Script {
    /// What it begins with.
    pub begin: Begin,
    /// The deployment whose dashboard it was come from, to which there is a way back.
    pub origin: Option<Origin>,
    /// Whether nothing shall really run.
    pub only_rehearsal: bool,
    /// How rehearsals go, if there are any.
    pub rehearsed: Rehearsed,
    /// Where practice images stand.
    pub practice_prefix: String,
}

/// The answers that the wizard begins with.
#[derive(Debug, Clone)]
pub(super) enum Begin {
    /// Those that were kept, if there are any.
    Kept,
    /// Those of a profile.
    Profile(Box<Profile>),
    /// Those that somebody was at before.
    Changed(Box<Interview>),
}

/// A deployment whose dashboard was left to change its answers.
#[derive(Debug, Clone)]
pub(super) struct Origin {
    pub ground: Ground,
    pub name: String,
}

impl Default for Script {
    fn default() -> Self {
        Self {
            begin: Begin::Kept,
            origin: None,
            only_rehearsal: false,
            rehearsed: Rehearsed::default(),
            practice_prefix: crate::practice::PREFIX.to_owned(),
        }
    }
}

impl Script {
    /// The same at the review of a deployment's answers, at once.
    pub fn of_deployment(&self, begin: Begin, origin: Origin) -> Self {
        Self {
            begin,
            only_rehearsal: origin.ground.rehearsal.is_some() || self.only_rehearsal,
            origin: Some(origin),
            ..self.clone()
        }
    }
}

/// Whether this terminal can show a full screen, and somebody sits at it.
pub(super) fn is_possible(desk: &Desk) -> bool {
    let dumb = std::env::var("TERM").is_ok_and(|term| term == "dumb" || term.is_empty());
    desk.printer.for_people() && !dumb && io::stdin().is_terminal() && io::stdout().is_terminal()
}

/// `setup` in full screen.
pub(super) async fn wizard(desk: &Desk, setup: Setup) -> Verdict {
    let begin = match setup.profile {
        Some(name) => {
            let wish = Wish {
                profile: Some(name),
                ..Wish::default()
            };
            Begin::Profile(Box::new(session::profile(&desk.home, &wish)?.profile))
        }
        None => Begin::Kept,
    };
    let script = Script {
        begin,
        practice_prefix: setup.practice_prefix,
        ..Script::default()
    };
    let first = Scene::Wizard(Box::new(script.clone()));
    show(desk, &setup.screen, script, first).await
}

/// Plays the wizard until the operator leaves it.
pub(super) async fn play(play: &mut Play<'_>, script: Script) -> Result<Next, Trouble> {
    let opening = opening(play.desk, &script)?;
    let (news, mut arriving) = mpsc::channel(NEWS);
    let mut sources = Sources {
        news: poll_fn(move |context| arriving.poll_recv(context)).boxed(),
        many: futures_util::stream::pending().boxed(),
    };
    let mut hands = Hands::new(
        play.desk,
        opening.world.clone(),
        play.known.clone(),
        script.rehearsed.clone(),
        news,
    );
    if let Some(origin) = &script.origin {
        hands.stand_on(&origin.ground);
    }
    let stage = &mut play.stage;
    let size = stage.size().map_err(|error| no_terminal(&error))?;
    let look = stage.look();
    let mut screens = Screens {
        wizard: Wizard::new(opening, size, look.mouse),
        theme: look.theme,
    };
    for effect in screens.wizard.begin() {
        hands.begin(effect);
    }
    let mut leaving = Leaving::Shell;
    let perform = |effect| match effect {
        Effect::Copy(text) => Order::Copy(text),
        Effect::Mouse(on) => Order::Mouse(on),
        Effect::Redraw => Order::Redraw,
        Effect::Suspend => Order::Suspend,
        Effect::Leave(to) => {
            leaving = to;
            Order::Leave
        }
        other => {
            hands.begin(other);
            Order::Go
        }
    };
    let ended = stage
        .play(&mut screens, &mut sources, perform)
        .await
        .map_err(|error| no_terminal(&error))?;
    // What still runs comes to an end that is noted; a rehearsal's folder goes with it.
    hands.finish().await;
    let rehearsal = screens.wizard.is_rehearsal();
    Ok(match (ended, leaving) {
        (Ended::Program(code), _) => Next::End(None, code),
        (Ended::Left, Leaving::Back) => {
            let wizard = screens.wizard;
            back(play, &hands, script.origin, wizard)
        }
        (Ended::Left, Leaving::Shell) if rehearsal => Next::End(Some(rehearsed()), STOPPED),
        (Ended::Left, Leaving::Shell) => {
            let words = "Your answers are kept; edfi-setup goes on with them.".to_owned();
            Next::End(Some(words), STOPPED)
        }
        (Ended::Left, Leaving::Started(_, end)) if rehearsal => {
            Next::End(Some(rehearsed()), code(end))
        }
        (Ended::Left, Leaving::Started(name, end)) => {
            Next::End(Some(farewell(&name, end)), code(end))
        }
        (Ended::Left, Leaving::Dashboard(name)) => {
            let ground = ground(play, &hands, rehearsal).await?;
            Next::Scene(Box::new(Scene::Dashboard(Some(ground), name)))
        }
        (Ended::Left, Leaving::Tour(name)) => {
            let ground = ground(play, &hands, rehearsal).await?;
            Next::Scene(Box::new(Scene::Tour(ground, name, AfterTour::Dashboard)))
        }
    })
}

/// Back to the dashboard that was left to change answers; what was changed is there when one comes again.
fn back(play: &mut Play<'_>, hands: &Hands, origin: Option<Origin>, wizard: Wizard) -> Next {
    let Some(Origin { ground, name }) = origin else {
        return Next::End(None, STOPPED);
    };
    // Another rehearsal may have been begun meanwhile; its deployment is the one that there is now.
    let (ground, name) = match hands.rehearsal().filter(|_| ground.rehearsal.is_some()) {
        Some(set) => (Ground::of(&set), set.loaded.profile.name.clone()),
        None => (ground, name),
    };
    if wizard.is_changed() {
        play.said = Some("Your changed answers are kept; C goes on with them.".to_owned());
        play.changed = Some((name.clone(), Box::new(wizard.into_interview())));
    }
    Next::Scene(Box::new(Scene::Dashboard(Some(ground), name)))
}

/// The exit codes of `up`.
fn code(end: StartEnd) -> u8 {
    match end {
        StartEnd::Ready => 0,
        StartEnd::Failed | StartEnd::Undone => Kind::Failed.exit_code(),
        StartEnd::Blocked => Kind::Blocked.exit_code(),
        StartEnd::Stopped => STOPPED,
    }
}

/// What is said in the shell.
fn farewell(name: &str, end: StartEnd) -> String {
    let kept = "Your answers are kept: edfi-setup goes on with them.";
    match end {
        StartEnd::Ready => format!(
            "{name} runs. Look at it: edfi-setup dashboard {name}. Stop it: edfi-setup down {name}"
        ),
        StartEnd::Failed | StartEnd::Stopped => {
            format!("What was started of {name} keeps running. {kept}")
        }
        StartEnd::Blocked => format!("Nothing was started. {kept}"),
        StartEnd::Undone => format!("The run is undone; its data stays. {kept}"),
    }
}

/// Where what was started is.
async fn ground(play: &Play<'_>, hands: &Hands, rehearsal: bool) -> Result<Ground, Trouble> {
    Ok(match hands.rehearsal().filter(|_| rehearsal) {
        Some(set) => Ground::of(&set),
        None => Ground {
            home: play.desk.home.clone(),
            engine: play.desk.engine().await?,
            rehearsal: None,
        },
    })
}

fn opening(desk: &Desk, script: &Script) -> Result<Opening, Trouble> {
    let world = around::context(&desk.home, &script.practice_prefix)?;
    let (mut profile, mut draft, mut notice) = (None, None, None);
    match &script.begin {
        Begin::Profile(of) => profile = Some((**of).clone()),
        Begin::Changed(interview) => draft = Some((**interview).clone()),
        Begin::Kept if script.only_rehearsal => {}
        Begin::Kept => match around::draft(&desk.home, &world) {
            Ok(kept) => draft = kept,
            Err(wrong) => notice = Some(*wrong),
        },
    }
    Ok(Opening {
        deployments: around::own_deployments(&desk.home)?,
        world,
        draft,
        profile,
        dashboard: script.origin.as_ref().map(|origin| origin.name.clone()),
        rehearsal: script.only_rehearsal,
        notice,
        zone: TimeZone::system(),
    })
}
