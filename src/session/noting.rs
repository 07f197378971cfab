//! What happens in a run, noted in the journal. A journal that cannot be written does not stop a run.

use jiff::Timestamp;

use crate::deployment::{Journal, Outcome as Ended, StepMark};
use crate::plan::Plan;
use crate::run::{Event, Outcome};

/// Notes an event.
pub(super) fn note(journal: &Journal, plan: &Plan, event: &Event, now: Timestamp) {
    let _ = match event {
        Event::StepStarted { step } => journal.step_begun(now, &mark(plan, step)),
        Event::StepDone { step, .. } => journal.step_ended(now, step, Ended::Done, None),
        Event::StepFailed { step, failure } => {
            let _ = journal.write(now, "failure", failure);
            journal.step_ended(now, step, Ended::Failed, Some(&failure.what))
        }
        Event::Verified { verification } => journal.write(now, "verified", verification),
        Event::End { outcome, .. } => {
            let ended = match outcome {
                Outcome::Done => Ended::Done,
                Outcome::Failed => Ended::Failed,
                Outcome::Stopped => Ended::Cancelled,
            };
            journal.ended(now, ended, None)
        }
        Event::Begin { .. }
        | Event::StepNote { .. }
        | Event::ContainerMade { .. }
        | Event::Pulling { .. } => Ok(()),
    };
}

fn mark(plan: &Plan, step: &str) -> StepMark {
    let number = plan
        .steps
        .iter()
        .position(|other| other.id == step)
        .unwrap_or_default();
    let title = plan
        .step(step)
        .map(Plan::wording)
        .map(|(verb, object)| format!("{verb} {object}"));
    StepMark {
        step: step.to_owned(),
        number: number + 1,
        of: plan.steps.len(),
        title: title.unwrap_or_default(),
    }
}
