//! The wizard in a terminal: plays its screens, does what they ask for, and says what comes after it.

mod hands;
mod start;

use std::io::{self, IsTerminal};

use futures_util::StreamExt;
use futures_util::stream::poll_fn;
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
    /// A profile to begin at the review of.
    pub profile: Option<Profile>,
    /// Whether the review comes first, without a welcome.
    pub at_review: bool,
    /// Whether nothing shall really run.
    pub only_rehearsal: bool,
    /// How rehearsals go, if there are any.
    pub rehearsed: Rehearsed,
    /// Where practice images stand.
    pub practice_prefix: String,
}

impl Default for Script {
    fn default() -> Self {
        Self {
            profile: None,
            at_review: false,
            only_rehearsal: false,
            rehearsed: Rehearsed::default(),
            practice_prefix: crate::practice::PREFIX.to_owned(),
        }
    }
}

impl Script {
    /// The same at the review of a profile, at once.
    pub fn at_review(&self, profile: Profile, rehearsal: bool) -> Self {
        Self {
            profile: Some(profile),
            at_review: true,
            only_rehearsal: rehearsal || self.only_rehearsal,
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
    let profile = match setup.profile {
        Some(name) => {
            let wish = Wish {
                profile: Some(name),
                ..Wish::default()
            };
            Some(session::profile(&desk.home, &wish)?.profile)
        }
        None => None,
    };
    let script = Script {
        profile,
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
            Next::Scene(Box::new(Scene::Dashboard(ground, name)))
        }
        (Ended::Left, Leaving::Tour(name)) => {
            let ground = ground(play, &hands, rehearsal).await?;
            Next::Scene(Box::new(Scene::Tour(ground, name, AfterTour::Dashboard)))
        }
    })
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
        Some(set) => Ground {
            home: set.home.clone(),
            engine: set.engine.clone(),
            rehearsal: Some(set),
        },
        None => Ground {
            home: play.desk.home.clone(),
            engine: play.desk.engine().await?,
            rehearsal: None,
        },
    })
}

fn opening(desk: &Desk, script: &Script) -> Result<Opening, Trouble> {
    let world = around::context(&desk.home, &script.practice_prefix)?;
    let kept = if script.only_rehearsal {
        Ok(None)
    } else {
        around::draft(&desk.home, &world)
    };
    let (draft, notice): (Option<Interview>, _) = match kept {
        Ok(draft) => (draft, None),
        Err(wrong) => (None, Some(*wrong)),
    };
    Ok(Opening {
        deployments: around::own_deployments(&desk.home)?,
        world,
        draft,
        profile: script.profile.clone(),
        at_review: script.at_review,
        rehearsal: script.only_rehearsal,
        notice,
    })
}
