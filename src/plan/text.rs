//! The plan as text for people: one numbered line a step, its cause beside it.

use std::fmt;

use super::{Action, Plan, Step};

/// Widest name that gets a column beside its cause: both together fit 80 characters.
const WIDEST: usize = 26;

impl Plan {
    /// The step as a verb and its object.
    pub fn wording(step: &Step) -> (&'static str, &str) {
        match &step.action {
            Action::Pull { image } => ("get image", image),
            Action::CreateNetwork { network } => ("make network", network),
            Action::CreateVolume { volume } => ("make volume", volume),
            Action::RemoveContainer { service, .. } => ("remove container", service),
            Action::CreateContainer { service } => ("make container", service),
            Action::Start { service } => ("start", service),
            Action::Reload { service, .. } => ("reload", service),
            Action::PrepareDatabases { .. } => ("prepare", "databases"),
            Action::RegisterAdminClient { service } => ("register with", service),
            Action::Verify => ("verify", "everything"),
        }
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            writeln!(
                f,
                "Nothing to do: {} is as its profile says ({} services run).",
                self.deployment,
                self.unchanged.len()
            )?;
            return Ok(());
        }
        let steps = if self.steps.len() == 1 {
            "step"
        } else {
            "steps"
        };
        writeln!(
            f,
            "Plan for {}: {} {steps}.",
            self.deployment,
            self.steps.len()
        )?;
        // Names of images are longer than a screen is wide; their causes go below them.
        let width = self
            .steps
            .iter()
            .map(|step| Self::wording(step).1.chars().count())
            .filter(|length| *length <= WIDEST)
            .max()
            .unwrap_or(0);
        for (number, step) in self.steps.iter().enumerate() {
            let (verb, object) = Self::wording(step);
            let mark = if step.interrupts { "!" } else { " " };
            write!(f, "{:>4} {mark}{verb:<16} {object:<width$}", number + 1)?;
            let mut below = object.chars().count() > width;
            for cause in &step.causes {
                if below {
                    write!(f, "\n{:indent$}", "", indent = 23 + width)?;
                }
                write!(f, "  {cause}")?;
                below = true;
            }
            writeln!(f)?;
        }
        if !self.unchanged.is_empty() {
            writeln!(f, "Unchanged: {}.", self.unchanged.join(", "))?;
        }
        if self.steps.iter().any(|step| step.interrupts) {
            writeln!(
                f,
                "Steps marked ! take a running service away for a moment."
            )?;
        } else if self
            .steps
            .iter()
            .any(|step| matches!(step.action, Action::Reload { .. }))
        {
            writeln!(
                f,
                "Nobody is interrupted: requests are answered all the while."
            )?;
        }
        Ok(())
    }
}
