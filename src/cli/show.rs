//! The full-screen views of one visit, one after the other on one borrowed terminal: wizard, dashboard, tour.

use std::sync::Arc;

use crate::deployment::Home;
use crate::diagnostic::{Diagnostic, Severity};
use crate::engine::docker::DockerEngine;
use crate::engine::rehearsal::NOTICE;
use crate::interview::Interview;
use crate::plain::Printer;
use crate::session::{Kind, Rehearsing, Trouble};
use crate::tui::{Known, Look, Stage};

use super::args::Screen;
use super::wizard::Script;
use super::{Desk, Verdict, dashboard, tour, wizard};

/// Told after a panic.
const ADVICE: &str =
    "What runs goes on running, and answers are kept; start the same command again.";

/// Where a deployment is: for real, or in a rehearsal that lasts as long as this value.
#[derive(Debug, Clone)]
pub(super) struct Ground {
    pub home: Home,
    pub engine: DockerEngine,
    pub rehearsal: Option<Arc<Rehearsing>>,
}

impl Ground {
    /// Where a rehearsal's deployment is.
    pub fn of(set: &Arc<Rehearsing>) -> Self {
        Self {
            home: set.home.clone(),
            engine: set.engine.clone(),
            rehearsal: Some(Arc::clone(set)),
        }
    }

    /// What commands need there.
    pub fn desk(&self, desk: &Desk) -> Desk {
        Desk {
            home: self.home.clone(),
            ..desk.silent()
        }
    }
}

impl Desk {
    /// The same for the time that a view plays: nothing is printed then.
    pub(super) fn silent(&self) -> Self {
        Self {
            printer: Printer::new(self.printer.output()),
            home: self.home.clone(),
        }
    }
}

/// One view.
pub(super) enum Scene {
    /// The wizard, as somebody asked for it.
    Wizard(Box<Script>),
    /// A deployment's dashboard; without a ground on the engine that the environment names.
    Dashboard(Option<Ground>, String),
    /// A tour of a deployment, and what comes after it.
    Tour(Ground, String, AfterTour),
}

/// Where a tour was begun, and so where it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AfterTour {
    /// In the shell.
    Shell,
    /// On the dashboard.
    Dashboard,
}

/// What comes after a view.
pub(super) enum Next {
    Scene(Box<Scene>),
    /// The end, with what is said in the shell, and the exit code.
    End(Option<String>, u8),
}

/// What every view needs.
pub(super) struct Play<'a> {
    pub desk: &'a Desk,
    pub stage: Stage,
    pub known: Known,
    /// How the wizard was asked for; it may be come back to.
    pub script: Script,
    /// Answers of a deployment that were changed, and left for its dashboard.
    pub changed: Option<(String, Box<Interview>)>,
    /// Something that the next view says first.
    pub said: Option<String>,
}

/// Plays views until the last one ends.
pub(super) async fn show(desk: &Desk, look: &Screen, script: Script, first: Scene) -> Verdict {
    let known = Known::default();
    let crash_log = desk.home.path().join("crash.log");
    let stage = Stage::open(Look::from(look), known.clone(), crash_log, ADVICE)
        .map_err(|error| no_terminal(&error))?;
    let mut play = Play {
        desk,
        stage,
        known,
        script,
        changed: None,
        said: None,
    };
    let mut scene = first;
    loop {
        let next = match scene {
            Scene::Wizard(script) => Box::pin(wizard::play(&mut play, *script)).await?,
            Scene::Dashboard(ground, name) => {
                Box::pin(dashboard::play_on(&mut play, ground, &name)).await?
            }
            Scene::Tour(ground, name, after) => {
                Box::pin(tour::play_on(&mut play, ground, &name, after)).await?
            }
        };
        match next {
            Next::Scene(next) => scene = *next,
            Next::End(words, code) => {
                // The terminal first: words on a borrowed one would be lost.
                drop(play);
                if let Some(words) = words {
                    desk.printer.say(words);
                }
                return Ok(code);
            }
        }
    }
}

/// Words for the shell after a rehearsal.
pub(super) fn rehearsed() -> String {
    format!("{NOTICE}, and nothing is left of it.")
}

pub(super) fn no_terminal(error: &std::io::Error) -> Trouble {
    Trouble::new(
        Kind::Failed,
        Diagnostic::new(
            "E-5071",
            Severity::Block,
            format!("The terminal cannot be used: {error}."),
        )
        .help("What runs goes on running, and answers are kept. Without a full screen: edfi-setup setup --plain, edfi-setup status, edfi-setup logs --follow."),
    )
}
