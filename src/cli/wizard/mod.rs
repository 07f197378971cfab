//! The wizard in a terminal: opens the stage, plays its screens, does what they ask for, and goes on to
//! the dashboard.

mod hands;

use std::io::{self, IsTerminal};

use futures_util::StreamExt;
use futures_util::stream::poll_fn;
use tokio::sync::mpsc;

use crate::diagnostic::{Diagnostic, Severity};
use crate::interview::Interview;
use crate::session::{self, Kind, Trouble, Wish};
use crate::tui::wizard::{Effect, Leaving, Opening, Screens, Wizard};
use crate::tui::{Ended, Known, Look, Order, Sources, Stage};

use super::args::Setup;
use super::setup::around;
use super::{Desk, STOPPED, Verdict};
use hands::Hands;

/// News that may wait for the loop.
const NEWS: usize = 256;
/// Told after a panic.
const ADVICE: &str =
    "The answers are kept, and what was started goes on running; start edfi-setup again.";

/// Whether this terminal can show a full screen, and somebody sits at it.
pub(super) fn is_possible(desk: &Desk) -> bool {
    let dumb = std::env::var("TERM").is_ok_and(|term| term == "dumb" || term.is_empty());
    desk.printer.for_people() && !dumb && io::stdin().is_terminal() && io::stdout().is_terminal()
}

/// Plays the wizard until the operator leaves it.
pub(super) async fn wizard(desk: &Desk, setup: Setup) -> Verdict {
    let opening = opening(desk, &setup)?;
    let known = Known::default();
    let crash_log = desk.home.path().join("crash.log");
    let mut stage = Stage::open(Look::from(&setup.screen), known.clone(), crash_log, ADVICE)
        .map_err(|error| no_terminal(&error))?;
    let (news, mut arriving) = mpsc::channel(NEWS);
    let mut sources = Sources {
        news: poll_fn(move |context| arriving.poll_recv(context)).boxed(),
        many: futures_util::stream::pending().boxed(),
    };
    let mut hands = Hands::new(desk, opening.world.clone(), news);
    let size = stage.size().map_err(|error| no_terminal(&error))?;
    let mut screens = Screens {
        wizard: Wizard::new(opening, size),
        theme: stage.look().theme,
    };
    for effect in screens.wizard.begin() {
        hands.begin(effect);
    }
    loop {
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
        match (ended, leaving) {
            (Ended::Program(code), _) => return Ok(code),
            (Ended::Left, Leaving::Shell) => {
                drop(stage);
                desk.printer
                    .say("Your answers are kept; edfi-setup goes on with them.");
                return Ok(STOPPED);
            }
            (Ended::Left, Leaving::Dashboard(name)) => {
                let engine = desk.engine().await?;
                return super::dashboard::play_on(&mut stage, &known, desk, engine, &name).await;
            }
        }
    }
}

fn opening(desk: &Desk, setup: &Setup) -> Result<Opening, Trouble> {
    let world = around::context(&desk.home, &setup.practice_prefix)?;
    let profile = match &setup.profile {
        Some(name) => {
            let wish = Wish {
                profile: Some(name.clone()),
                ..Wish::default()
            };
            Some(session::profile(&desk.home, &wish)?.profile)
        }
        None => None,
    };
    let (draft, notice): (Option<Interview>, _) = match around::draft(&desk.home, &world) {
        Ok(draft) => (draft, None),
        Err(wrong) => (None, Some(*wrong)),
    };
    Ok(Opening {
        deployments: around::own_deployments(&desk.home)?,
        world,
        draft,
        profile,
        rehearsal: false,
        notice,
    })
}

fn no_terminal(error: &io::Error) -> Trouble {
    Trouble::new(
        Kind::Failed,
        Diagnostic::new(
            "E-5073",
            Severity::Block,
            format!("The terminal cannot be used: {error}."),
        )
        .help("The answers are kept. Without a full screen: edfi-setup setup --plain."),
    )
}
