//! What answers lead to, as data that every face shows in its own way: the picture, services, doors,
//! images, memory, the plan, texts, and what is good to know. Changes nothing.

mod describe;
#[cfg(test)]
mod tests;

use jiff::Timestamp;

use crate::checks::{self, Needs};
use crate::deployment::{Home, Redactor};
use crate::diagnostic::{Diagnostic, Severity};
use crate::engine::{Engine, EngineError, EngineInfo};
use crate::interview::{Interview, command};
use crate::plan::{Observation, Plan, plan as make_plan};
use crate::profile::{self, Loaded, Source};
use crate::run::observe;
use crate::stack::Stack;

use super::open::look;
use super::trouble::{Kind, Trouble};

/// What the answers lead to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preview {
    /// Boxes and arrows, up to 76 columns wide.
    pub picture: Vec<String>,
    /// The same for narrow places, up to 58 columns wide.
    pub small_picture: Vec<String>,
    /// What runs.
    pub services: Vec<ServiceLine>,
    /// Ports, and who can reach them.
    pub doors: Vec<Door>,
    /// Images, each once.
    pub images: Vec<ImageLine>,
    /// Memory that everything takes together, in bytes; none before there is a stack.
    pub memory_needed: Option<u64>,
    /// Memory of the engine's machine, in bytes, if it could be asked.
    pub memory_there: Option<u64>,
    /// What is made and what it takes, as label and words.
    pub facts: Vec<(&'static str, String)>,
    /// What starting would do, and why; its text is its `Display`. None while nobody could be asked.
    pub plan: Option<Plan>,
    /// The same as a Compose file, with names in place of secrets.
    pub compose: Option<String>,
    /// The profile's text.
    pub profile: String,
    /// The command that does the same without questions; empty before there is a profile.
    pub command: String,
    /// What stands in the way, then what is good to know.
    pub notes: Vec<Diagnostic>,
    /// What everybody with these answers should know: the question's title, and the words.
    pub warnings: Vec<(&'static str, &'static str)>,
}

/// A service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceLine {
    /// Its name.
    pub name: String,
    /// What it is.
    pub title: String,
    /// Its image, complete.
    pub image: String,
    /// Memory it takes, megabytes.
    pub memory_mb: u64,
}

/// A port that is open to somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Door {
    /// The service behind it.
    pub service: String,
    /// Address and port, as in `127.0.0.1:8443`.
    pub address: String,
    /// Who can reach it.
    pub who: String,
}

/// An image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageLine {
    /// Its complete name.
    pub image: String,
    /// How it comes here.
    pub supply: Supply,
    /// Its size unpacked, megabytes, rounded.
    pub megabytes: u64,
}

/// How an image comes to the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Supply {
    /// It is there.
    There,
    /// From its registry.
    Get,
    /// It is made on this computer.
    Make,
    /// Nobody could be asked.
    Unknown,
}

/// What containers would run on.
#[derive(Debug)]
pub enum Machine<'e, E> {
    /// This engine.
    Engine(&'e E),
    /// None answers.
    Missing,
    /// Nothing: it is a rehearsal, in which nothing is there yet.
    Rehearsal,
}

impl Preview {
    /// What the answers alone tell, at once; and the profile to look further with, if there is one.
    pub fn of_answers(interview: &Interview) -> (Self, Option<Loaded>) {
        let mut preview = Self {
            notes: interview
                .problems()
                .into_iter()
                .map(|(_, wrong)| wrong)
                .collect(),
            warnings: interview
                .warnings()
                .into_iter()
                .map(|(question, words)| (question.title, words))
                .collect(),
            ..Self::default()
        };
        let loaded = match answered(interview) {
            Ok(loaded) => {
                preview.profile.clone_from(&loaded.source.text);
                preview.command = command(&loaded.profile);
                Some(loaded)
            }
            Err(trouble) => {
                preview.notes.extend(trouble.findings);
                None
            }
        };
        preview.sort_notes();
        (preview, loaded)
    }

    /// Goes on from what the answers alone told: with the stack, and with the engine's own words.
    /// `practice` is where practice images are.
    pub async fn look<E: Engine>(
        mut self,
        home: &Home,
        loaded: &Loaded,
        machine: Machine<'_, E>,
        practice: &str,
        now: Timestamp,
    ) -> Self {
        self.notes.extend(loaded.warnings.iter().cloned());
        match look(home, &loaded.profile, now) {
            Ok(looked) => {
                let redactor = Redactor::new(&looked.secrets);
                self.ask(&looked.stack, machine, practice, &redactor).await;
            }
            Err(trouble) => self.notes.extend(trouble.findings),
        }
        self.sort_notes();
        self
    }

    async fn ask<E: Engine>(
        &mut self,
        stack: &Stack,
        machine: Machine<'_, E>,
        practice: &str,
        redactor: &Redactor,
    ) {
        let found = match machine {
            Machine::Rehearsal => Ok(Observation::default()),
            Machine::Missing => Err(no_engine()),
            Machine::Engine(engine) => match observed(engine, stack).await {
                Ok((found, info)) => {
                    self.memory_there = Some(info.memory_bytes);
                    self.notes.extend(too_little_memory(&info, stack));
                    Ok(found)
                }
                Err(error) => Err(Trouble::from(error)),
            },
        };
        match found {
            Ok(found) => {
                let mut plan = make_plan(stack, &found);
                // A container's last words are among the causes.
                tidy(&mut plan, redactor);
                self.notes.extend(plan.findings.iter().cloned());
                self.describe(stack, Some((&found, &plan)), practice);
                self.plan = Some(plan);
            }
            Err(trouble) => {
                self.notes.extend(trouble.findings);
                self.describe(stack, None, practice);
            }
        }
    }

    /// Blocks first, then warnings; nothing twice.
    fn sort_notes(&mut self) {
        self.notes
            .sort_by_key(|note| std::cmp::Reverse(note.severity));
        let mut kept: Vec<Diagnostic> = Vec::new();
        for note in self.notes.drain(..) {
            if !kept.contains(&note) {
                kept.push(note);
            }
        }
        self.notes = kept;
    }

    /// How many things there are to know, beside the answers' own warnings.
    pub fn things_to_know(&self) -> usize {
        self.notes.len() + self.warnings.len()
    }
}

/// Everything at once: what the profile alone tells, and what the machine says to it.
pub async fn preview<E: Engine>(
    home: &Home,
    interview: &Interview,
    machine: Machine<'_, E>,
    now: Timestamp,
) -> Preview {
    match Preview::of_answers(interview) {
        (preview, Some(loaded)) => {
            let practice = &interview.context().practice;
            preview.look(home, &loaded, machine, practice, now).await
        }
        (preview, None) => preview,
    }
}

/// The profile of the answers, as `up` takes it.
pub fn answered(interview: &Interview) -> Result<Loaded, Trouble> {
    let reading = interview
        .profile()
        .map_err(|findings| Trouble::all(Kind::Input, findings))?;
    let text =
        profile::write(&reading.profile).map_err(|finding| Trouble::new(Kind::Input, *finding))?;
    let source = Source {
        file: "your answers".into(),
        text,
    };
    // Said of this text, not of the changes that led to it; and everybody sees it beside them.
    let mut warnings = profile::read(&source.text, &source.file, &[])
        .map_err(|findings| Trouble::all(Kind::Input, findings))?
        .warnings;
    for warning in &mut warnings {
        warning.location = None;
        warning.path = None;
    }
    Ok(Loaded {
        profile: reading.profile,
        warnings,
        source,
    })
}

async fn observed<E: Engine>(
    engine: &E,
    stack: &Stack,
) -> Result<(Observation, EngineInfo), EngineError> {
    futures_util::future::try_join(observe(engine, stack), engine.info()).await
}

fn too_little_memory(info: &EngineInfo, stack: &Stack) -> Option<Diagnostic> {
    let needs = Needs {
        memory_bytes: describe::memory_bytes(stack),
        ..Needs::default()
    };
    let finding = checks::memory(info, &needs);
    (!finding.good).then_some(finding.diagnostic)
}

fn no_engine() -> Trouble {
    Trouble::new(
        Kind::Engine,
        Diagnostic::new(
            "E-5067",
            Severity::Block,
            "No container engine answers, so what starting would do is not known yet.",
        )
        .help("“edfi-setup check” says why. The answers are kept."),
    )
}

fn tidy(plan: &mut Plan, redactor: &Redactor) {
    let clean = |words: &mut String| {
        let kept: String = words.chars().filter(|char| !char.is_control()).collect();
        *words = redactor.redact(&kept).into_owned();
    };
    for step in &mut plan.steps {
        step.causes.iter_mut().for_each(clean);
    }
    for finding in &mut plan.findings {
        clean(&mut finding.message);
        finding.found.iter_mut().for_each(clean);
    }
}
