//! Undoing a run under the deployment's lock, with a line in its journal.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use crate::deployment::{Home, Journal, Lock, Outcome, Redactor};
use crate::engine::Engine;
use crate::run::{self, Made};

use super::open::folder;
use super::trouble::{Kind, Trouble};

/// Removes what a run made: containers and network, never data. Gives what was done, a line each;
/// `report` hears the same lines as they come. The run's own lock must be free again.
pub async fn undo<E: Engine>(
    home: &Home,
    engine: &E,
    made: &Made,
    now: Timestamp,
    report: &(dyn Fn(String) + Send + Sync),
) -> Result<Vec<String>, Trouble> {
    let name = made.deployment();
    let command = format!("undo {name}");
    let lock = Lock::take(&folder(home, name)?, &command, now)
        .map_err(|error| Trouble::new(Kind::Busy, error.diagnostic()))?;
    // The next run shall not go on where the undone one stopped. No secret is in what is noted.
    let nothing: [(String, &str); 0] = [];
    let journal = Journal::begin(&lock, Redactor::of(nothing), &command, now).ok();
    let lines = Mutex::new(Vec::new());
    let tell = |taken: run::Taken| {
        let line = taken.to_string();
        report(line.clone());
        lines
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(line);
    };
    let result = run::undo(engine, made, &tell).await;
    if let Some(journal) = journal {
        let (outcome, reason) = match &result {
            Ok(()) => (Outcome::Done, None),
            Err(error) => (Outcome::Failed, Some(error.to_string())),
        };
        let _ = journal.ended(Timestamp::now(), outcome, reason.as_deref());
    }
    result?;
    Ok(lines.into_inner().unwrap_or_else(PoisonError::into_inner))
}
