//! How far a run is, as a share. Steps weigh what they typically take; the share never shrinks.

use std::collections::BTreeMap;

use crate::plan::{Action, Plan};

/// How far a run is.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Progress {
    weights: BTreeMap<String, f64>,
    /// Share of each step that is done.
    done: BTreeMap<String, f64>,
    most: f64,
}

impl Progress {
    pub fn new(plan: &Plan) -> Self {
        let weights = plan.steps.iter().map(|step| {
            let weight = match step.action {
                Action::Pull { .. } => 30.0,
                Action::Start { .. } | Action::RegisterAdminClient { .. } => 10.0,
                Action::PrepareDatabases { .. } => 8.0,
                Action::Verify => 4.0,
                _ => 1.0,
            };
            (step.id.clone(), weight)
        });
        Self {
            weights: weights.collect(),
            ..Self::default()
        }
    }

    /// A step is so far, from 0 to 1.
    pub fn reach(&mut self, step: &str, share: f64) {
        if !self.weights.contains_key(step) {
            return;
        }
        let before = self.done.entry(step.to_owned()).or_default();
        *before = before.max(share.clamp(0.0, 1.0));
        self.most = self.most.max(self.now());
    }

    fn now(&self) -> f64 {
        let all: f64 = self.weights.values().sum();
        let done = self.weights.iter().map(|(step, weight)| {
            let share = self.done.get(step).copied().unwrap_or(0.0);
            weight * share
        });
        if all > 0.0 {
            done.sum::<f64>() / all
        } else {
            0.0
        }
    }

    /// Everything is done, also where there was nothing to do.
    pub fn complete(&mut self) {
        self.most = 1.0;
    }

    /// The share that is done, from 0 to 1.
    pub fn share(&self) -> f64 {
        self.most
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Step;
    use proptest::prelude::*;

    fn plan() -> Plan {
        let step = |id: &str, action| Step {
            id: id.to_owned(),
            action,
            causes: Vec::new(),
            after: Vec::new(),
            interrupts: false,
        };
        let pull = Action::Pull {
            image: "image".to_owned(),
        };
        Plan {
            deployment: "demo".to_owned(),
            steps: vec![
                step("pull:image", pull),
                step("prepare", Action::PrepareDatabases { detach: Vec::new() }),
                step("verify", Action::Verify),
            ],
            unchanged: Vec::new(),
            findings: Vec::new(),
        }
    }

    proptest! {
        #[test]
        fn it_never_runs_backwards(said in proptest::collection::vec((0_usize..4, -0.5_f64..1.5), 0..40)) {
            let mut progress = Progress::new(&plan());
            let mut before = 0.0;
            for (step, share) in said {
                progress.reach(["pull:image", "prepare", "verify", "unknown"][step], share);
                prop_assert!(progress.share() >= before && progress.share() <= 1.0);
                before = progress.share();
            }
            for step in ["pull:image", "prepare", "verify"] {
                progress.reach(step, 1.0);
            }
            prop_assert!((progress.share() - 1.0).abs() < 1e-9);
        }
    }
}
