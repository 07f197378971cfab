//! A run, told line by line or as JSON lines.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::plan::Plan;
use crate::run::{Event, Failure, Outcome};
use crate::verify::Verification;
use crate::words::seconds;

use super::{Printer, clean};

/// Time between two lines about one download.
const PULL_LINES: Duration = Duration::from_secs(5);

/// Tells what happens in a run.
#[derive(Debug)]
pub struct Progress<'a> {
    printer: &'a Printer,
    plan: &'a Plan,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    done: usize,
    last_pull_line: Option<Instant>,
}

impl<'a> Progress<'a> {
    /// Tells of a run of this plan.
    pub fn new(printer: &'a Printer, plan: &'a Plan) -> Self {
        Self {
            printer,
            plan,
            state: Mutex::default(),
        }
    }

    /// Tells one event.
    pub fn tell(&self, event: &Event) {
        if !self.printer.for_people() {
            self.printer.json(event);
            return;
        }
        match event {
            Event::Begin { .. } | Event::StepStarted { .. } | Event::ContainerMade { .. } => {}
            Event::StepNote { step, note } => self.line("…", step, note),
            Event::Pulling {
                step,
                layers,
                layers_done,
                bytes,
                bytes_total,
            } => {
                if self.time_for_a_pull_line() {
                    let megabytes = |bytes: &u64| bytes / 1_000_000;
                    self.line(
                        "↓",
                        step,
                        &format!(
                            "{} of {} MB, {layers_done} of {layers} layers",
                            megabytes(bytes),
                            megabytes(bytes_total)
                        ),
                    );
                }
            }
            Event::StepDone {
                step,
                milliseconds,
                note,
            } => {
                self.lock().done += 1;
                let seconds = seconds(*milliseconds);
                match note {
                    Some(note) => self.line("✓", step, &format!("{seconds}, {note}")),
                    None => self.line("✓", step, &seconds),
                }
            }
            Event::StepFailed { failure, .. } => self.failure(failure),
            Event::Verified { verification } => self.verification(verification),
            Event::End {
                outcome,
                milliseconds,
            } => self.end(*outcome, *milliseconds),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn time_for_a_pull_line(&self) -> bool {
        let mut state = self.lock();
        let due = state
            .last_pull_line
            .is_none_or(|last| last.elapsed() >= PULL_LINES);
        if due {
            state.last_pull_line = Some(Instant::now());
        }
        due
    }

    fn line(&self, mark: &str, step: &str, text: &str) {
        let (verb, object) = self.plan.step(step).map_or(("", step), Plan::wording);
        let done = self.lock().done;
        let total = self.plan.steps.len();
        self.printer.say(format!(
            "[{done:>2}/{total}] {mark} {verb} {object}: {}",
            clean(text)
        ));
    }

    fn failure(&self, failure: &Failure) {
        let printer = self.printer;
        printer.complain("");
        printer.complain(&format!("✗ {}", failure.what));
        printer.complain(&format!("  What it means   {}", failure.meaning));
        if let Some(words) = &failure.last_probe {
            printer.complain(&format!("  Last answer     {}", clean(words)));
        }
        if !failure.last_lines.is_empty() {
            printer.complain("  Last lines");
            for line in &failure.last_lines {
                printer.complain(&format!("    {}", clean(line)));
            }
        }
        printer.complain(&format!("  Next step       {}", failure.next_step));
        printer.complain(&format!("  Code            {}", failure.code));
    }

    /// Tells questions and answers.
    pub fn verification(&self, verification: &Verification) {
        if self.printer.for_people() {
            say_verification(self.printer, verification);
        }
    }

    fn end(&self, outcome: Outcome, milliseconds: u64) {
        match outcome {
            Outcome::Done => self.printer.say(format!("All steps done in {}.", seconds(milliseconds))),
            Outcome::Failed => self.printer.complain(
                "\nNothing was torn down. When the cause is mended, run the same command again; it goes on from here.",
            ),
            Outcome::Stopped => self.printer.complain(
                "\nStopped waiting. The containers go on. Run the same command again to go on waiting.",
            ),
        }
    }
}

/// Tells questions and answers, a line each.
pub(crate) fn say_verification(printer: &Printer, verification: &Verification) {
    for check in &verification.checks {
        let mark = if check.ok { "✓" } else { "✗" };
        let about = check
            .instance
            .as_ref()
            .map(|instance| format!(" {instance}"))
            .unwrap_or_default();
        printer.say(format!(
            "        {mark} {}{about}: {} ({} ms)",
            check.question,
            clean(&check.detail),
            check.milliseconds
        ));
    }
}
