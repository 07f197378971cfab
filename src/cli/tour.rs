//! `tour`: a guided look at a deployment that runs.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal};
use std::sync::Arc;

use crate::deployment::Redactor;
use crate::diagnostic::{Diagnostic, Severity, sentence};
use crate::engine::Engine;
use crate::engine::docker::DockerEngine;
use crate::engine::rehearsal::NOTICE;
use crate::plain::ask::{Ended, Reader};
use crate::plain::{TourStep, tour_page, tour_visit};
use crate::session::{self, Kind, Trouble};
use crate::tour::{Guide, Step};
use crate::tui;
use crate::verify::advice;

use super::args::Tour;
use super::dashboard::mode;
use super::look::looked;
use super::setup::letters_only;
use super::show::{AfterTour, Ground, Next, Play, Scene, no_terminal, rehearsed, show};
use super::wizard::{Script, is_possible};
use super::{Desk, STOPPED, Verdict, stopped};

/// What can be said between two steps.
const PROMPT: &str = "Enter for the next step, r again, b back, q leave";
const LAST_PROMPT: &str = "Enter ends the tour, r again, b back";

/// Gives the tour.
pub(super) async fn tour(desk: &Desk, wanted: Tour) -> Verdict {
    let engine = desk.engine().await?;
    let name = session::existing(&engine, &desk.home, wanted.which.name()).await?;
    if !wanted.plain && !wanted.yes && is_possible(desk) {
        let ground = Ground {
            home: desk.home.clone(),
            engine,
            rehearsal: None,
        };
        let first = Scene::Tour(ground, name, AfterTour::Shell);
        return show(desk, &wanted.screen, Script::default(), first).await;
    }
    let mode = mode(&engine, &name).await?;
    let (guide, _) = guide(desk, engine, &name).await?;
    // Only somebody in front of a terminal can be waited for.
    let reader = Reader::of_process(false)
        .filter(|_| io::stdout().is_terminal() && desk.printer.for_people() && !wanted.yes)
        .map(|_| Reader::Lines);
    desk.printer.say(format!(
        "A tour of {name} ({mode}), in {} steps. It changes nothing.",
        Step::ALL.len()
    ));
    let told = tokio::select! {
        told = tell(desk, &guide, reader) => Some(told),
        () = stopped() => None,
    };
    guide.leave().await;
    match told {
        Some(Ok(true)) => Ok(0),
        Some(Ok(false)) => Ok(Kind::Failed.exit_code()),
        Some(Err(trouble)) => Err(trouble),
        None => {
            desk.printer.complain("\nLeft. Nothing of the tour stays.");
            Ok(STOPPED)
        }
    }
}

/// Plays the tour on a stage that is open already.
pub(super) async fn play_on(
    play: &mut Play<'_>,
    ground: Ground,
    name: &str,
    after: AfterTour,
) -> Result<Next, Trouble> {
    let mode = match &ground.rehearsal {
        Some(_) => NOTICE,
        None => mode(&ground.engine, name).await?,
    };
    let desk = ground.desk(play.desk);
    let (guide, redactor) = guide(&desk, ground.engine.clone(), name).await?;
    play.known.guard(redactor);
    let ended = tui::tour::play(&mut play.stage, guide, mode)
        .await
        .map_err(|error| no_terminal(&error))?;
    Ok(match (ended, after) {
        (tui::Ended::Program(code), _) => Next::End(None, code),
        (tui::Ended::Left, AfterTour::Dashboard) => {
            Next::Scene(Box::new(Scene::Dashboard(Some(ground), name.to_owned())))
        }
        (tui::Ended::Left, AfterTour::Shell) => Next::End(ground.rehearsal.map(|_| rehearsed()), 0),
    })
}

/// A guide to a deployment of ours, and what takes the deployment's secrets out of words.
async fn guide(
    desk: &Desk,
    engine: DockerEngine,
    name: &str,
) -> Result<(Guide<DockerEngine>, Redactor), Trouble> {
    let looked = looked(desk, name)?;
    let redactor = Redactor::new(&looked.secrets);
    let folder = desk.home.folder(name).ok();
    let endpoint = engine.info().await?.endpoint;
    let address = session::gateway_address(&looked.stack.access.listen, &endpoint);
    let guide = Guide::new(
        engine,
        Arc::new(looked.stack),
        folder.map(|folder| folder.path().to_owned()),
        &address,
        redactor.clone(),
    )
    .map_err(|error| {
        let finding = Diagnostic::new("E-5080", Severity::Block, sentence(&error.to_string()));
        Trouble::new(Kind::Failed, finding.help(advice(&error)))
    })?;
    Ok((guide, redactor))
}

/// Tells the steps, and waits after each if there is somebody. Gives whether all went well.
async fn tell(
    desk: &Desk,
    guide: &Guide<DockerEngine>,
    reader: Option<Reader>,
) -> Result<bool, Trouble> {
    let letters_only = letters_only();
    let say = |lines: Vec<String>| lines.iter().for_each(|line| desk.printer.say(line));
    let mut well = BTreeMap::new();
    let mut next = Some(Step::Services);
    while let Some(step) = next {
        let page = guide.page(step);
        say(tour_page(&page, letters_only));
        let visit = guide.visit(step).await;
        say(tour_visit(&visit, letters_only));
        desk.printer
            .json(&TourStep::new(guide.deployment(), &page, &visit));
        well.insert(step, visit.went_well());
        next = match reader {
            Some(reader) => wanted(desk, reader, step).await?,
            None => step.next(),
        };
    }
    Ok(well.values().all(|well| *well))
}

/// The step that somebody wants to see after this one; none to leave.
async fn wanted(desk: &Desk, reader: Reader, step: Step) -> Result<Option<Step>, Trouble> {
    desk.printer.say("");
    let prompt = match step.next() {
        Some(_) => PROMPT,
        None => LAST_PROMPT,
    };
    loop {
        let line = match reader.read(prompt, None).await {
            Ok(line) => line.trim().to_lowercase(),
            Err(Ended::Failed(reason)) => {
                let words = format!("The answer cannot be read: {reason}.");
                return Err(Trouble::new(
                    Kind::Failed,
                    Diagnostic::new("E-5081", Severity::Block, words)
                        .help("Without questions: edfi-setup tour --plain --yes."),
                ));
            }
            Err(_) => return Ok(None),
        };
        match line.as_str() {
            "" | "n" | "next" => return Ok(step.next()),
            "r" | "again" => return Ok(Some(step)),
            "b" | "back" => return Ok(Some(step.before().unwrap_or(step))),
            "q" | "quit" | "leave" => return Ok(None),
            _ => desk.printer.say("Only these are understood here."),
        }
    }
}
