//! What the lines of a journal say of its last run.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;

use super::{Outcome, RUN_BEGUN, RUN_ENDED, STEP_BEGUN, STEP_ENDED, StepMark};

/// What the journal says of the run before this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastRun {
    /// Its id.
    pub run: String,
    /// What it was started to do.
    pub command: String,
    /// Version of the program.
    pub tool_version: String,
    /// When it began.
    pub begun: Timestamp,
    /// When it was last heard of.
    pub last_heard: Timestamp,
    /// How it ended; `None` if it was killed.
    pub ended: Option<Outcome>,
    /// The steps that were begun and not ended, in the plan's order. Several, for steps run side by side.
    pub open: Vec<StepMark>,
    /// The steps that failed, each with the reason, in the plan's order.
    pub failed: Vec<(StepMark, Option<String>)>,
    /// Number of steps that were done.
    pub done: usize,
}

/// The parts of a line that tell how a run went.
#[derive(Deserialize)]
pub(super) struct Line {
    time: Timestamp,
    run: String,
    pub kind: String,
    command: Option<String>,
    tool_version: Option<String>,
    step: Option<String>,
    number: Option<usize>,
    of: Option<usize>,
    title: Option<String>,
    outcome: Option<Outcome>,
    reason: Option<String>,
}

impl Line {
    pub fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    fn mark(self) -> Option<StepMark> {
        Some(StepMark {
            step: self.step?,
            number: self.number?,
            of: self.of?,
            title: self.title?,
        })
    }
}

/// A run as it emerges line by line.
#[derive(Default)]
pub(super) struct Telling {
    run: Option<LastRun>,
    open: BTreeMap<String, StepMark>,
}

impl Telling {
    pub fn hear(&mut self, text: &str) {
        for line in text.lines().filter_map(Line::read) {
            if line.kind == RUN_BEGUN {
                self.open.clear();
                self.run = Some(LastRun {
                    run: line.run,
                    command: line.command.unwrap_or_default(),
                    tool_version: line.tool_version.unwrap_or_default(),
                    begun: line.time,
                    last_heard: line.time,
                    ended: None,
                    open: Vec::new(),
                    failed: Vec::new(),
                    done: 0,
                });
            } else if let Some(run) = self.run.as_mut().filter(|run| run.run == line.run) {
                run.last_heard = line.time;
                match line.kind.as_str() {
                    STEP_BEGUN => {
                        if let Some(mark) = line.mark() {
                            self.open.insert(mark.step.clone(), mark);
                        }
                    }
                    STEP_ENDED => {
                        let mark = line.step.and_then(|step| self.open.remove(&step));
                        match (line.outcome, mark) {
                            (Some(Outcome::Done), Some(_)) => run.done += 1,
                            (Some(Outcome::Failed), Some(mark)) => {
                                run.failed.push((mark, line.reason));
                            }
                            _ => {}
                        }
                    }
                    RUN_ENDED => run.ended = line.outcome,
                    _ => {}
                }
            }
        }
    }

    pub fn end(self) -> Option<LastRun> {
        let mut run = self.run?;
        run.open = self.open.into_values().collect();
        run.open.sort_by_key(|mark| mark.number);
        run.failed.sort_by_key(|(mark, _)| mark.number);
        Some(run)
    }
}

impl LastRun {
    /// Where it stopped, in a sentence; `None` if it came to its end.
    pub fn stopped(&self) -> Option<String> {
        let how = match self.ended {
            Some(Outcome::Done) => return None,
            Some(Outcome::Failed) => "failed",
            Some(Outcome::Cancelled) => "was stopped",
            None => "stopped",
        };
        let marks = || self.failed.iter().map(|(mark, _)| mark).chain(&self.open);
        let first = marks().min_by_key(|mark| mark.number);
        Some(match (first, marks().count()) {
            (None, _) if self.done == 0 => format!("the last run {how} before its first step"),
            (None, _) if self.done == 1 => format!("the last run {how} after one step"),
            (None, _) => format!("the last run {how} after {} steps", self.done),
            (Some(mark), 1) => format!(
                "the last run {how} at step {} of {}, {}",
                mark.number, mark.of, mark.title
            ),
            (Some(_), _) => {
                let mut all: Vec<_> = marks().collect();
                all.sort_by_key(|mark| mark.number);
                let all: Vec<_> = all
                    .iter()
                    .map(|mark| format!("{} ({})", mark.number, mark.title))
                    .collect();
                format!(
                    "the last run {how} in the midst of steps {}",
                    all.join(", ")
                )
            }
        })
    }
}
