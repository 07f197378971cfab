//! What happens during a run, as data.

use serde::Serialize;

use crate::engine::PullProgress;
use crate::verify::Verification;

use super::Failure;

/// One thing that happened.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// The run begins.
    Begin {
        /// Deployment.
        deployment: String,
        /// Number of steps.
        steps: usize,
    },
    /// A step begins.
    StepStarted {
        /// Step's id.
        step: String,
    },
    /// Something worth knowing about a step that goes on.
    StepNote {
        /// Step's id.
        step: String,
        /// What it does now, as in `waits until it answers on /health`.
        note: String,
    },
    /// A container was made, and is not started yet.
    ContainerMade {
        /// Step's id.
        step: String,
        /// Its service.
        service: String,
        /// The engine's id of it.
        container: String,
    },
    /// An image is coming.
    Pulling {
        /// Step's id.
        step: String,
        /// Layers seen so far.
        layers: u32,
        /// Layers complete.
        layers_done: u32,
        /// Bytes fetched.
        bytes: u64,
        /// Bytes known to be needed.
        bytes_total: u64,
    },
    /// A step is done.
    StepDone {
        /// Step's id.
        step: String,
        /// Time it took, milliseconds.
        milliseconds: u64,
        /// What came of it, where that is worth a word.
        #[serde(skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// A step failed; the run ends.
    StepFailed {
        /// Step's id.
        step: String,
        /// Everything we know.
        failure: Failure,
    },
    /// What the platform answered.
    Verified {
        /// Questions and answers.
        verification: Verification,
    },
    /// The run is over.
    End {
        /// How.
        outcome: Outcome,
        /// Time since the beginning, milliseconds.
        milliseconds: u64,
    },
}

impl Event {
    /// Progress of a pull.
    pub(super) fn pulling(step: &str, progress: PullProgress) -> Self {
        Self::Pulling {
            step: step.to_owned(),
            layers: progress.layers,
            layers_done: progress.layers_done,
            bytes: progress.bytes,
            bytes_total: progress.bytes_total,
        }
    }
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Every step is done.
    Done,
    /// A step failed.
    Failed,
    /// The operator stopped waiting. Containers go on.
    Stopped,
}
