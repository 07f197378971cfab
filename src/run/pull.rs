//! Getting an image, with patience for what may pass.

use std::time::Duration;

use crate::engine::{Engine, EngineError, PullProgress};

use super::failure::Failure;

/// Tries in all.
const TRIES: u32 = 4;
/// Wait before the second try; three times as long before each further one.
const FIRST_WAIT: Duration = Duration::from_secs(1);

/// Pulls an image. What arrived in a failed try is kept by the engine.
pub(super) async fn pull<E: Engine>(
    engine: &E,
    image: &str,
    progress: &(dyn Fn(PullProgress) + Send + Sync),
    note: &(dyn Fn(String) + Send + Sync),
) -> Result<(), Failure> {
    let mut wait = FIRST_WAIT;
    for attempt in 1..TRIES {
        match engine.pull(image, progress).await {
            Ok(()) => return Ok(()),
            Err(EngineError::Pull { fault, .. }) if fault.worth_another_try() => {
                // Jitter, so that several images do not knock at the same moment.
                let pause = wait.mul_f64(rand::random_range(0.75..1.25));
                note(format!(
                    "{fault}; try {} of {TRIES} in {:.0} s",
                    attempt + 1,
                    pause.as_secs_f64().ceil()
                ));
                tokio::time::sleep(engine.pace().take(pause)).await;
                wait *= 3;
            }
            Err(error) => return Err(Failure::engine(&error, None)),
        }
    }
    engine
        .pull(image, progress)
        .await
        .map_err(|error| Failure::engine(&error, None))
}
