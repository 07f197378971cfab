//! The rows: what each service, the databases and the verification are at.

use jiff::Timestamp;

use crate::plan::{Action, Plan};
use crate::run::Event;

use super::state::Part;

/// What a row is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum About {
    Service { image: String },
    Databases,
    Verification,
}

/// What a row is at.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum At {
    /// Waits for its turn.
    Waits,
    /// It is as it should be, and nothing is to be done.
    Unchanged,
    /// Its image is coming.
    Pulling(Pulling),
    /// Something else is being done, in words.
    Busy(String),
    /// Done, with what came of it and the milliseconds it took.
    Done(String, u64),
    /// It failed.
    Failed,
}

/// An image on its way.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pulling {
    pub layers: u32,
    pub layers_done: u32,
    pub bytes: u64,
    pub bytes_total: u64,
    /// Where the rate is measured from, and where it will be when that is too long ago.
    from: (Timestamp, u64),
    then: (Timestamp, u64),
    /// When the last byte came.
    pub moved: Timestamp,
}

/// One row.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    pub name: String,
    pub about: About,
    pub at: At,
    /// Since when it is at that.
    pub since: Timestamp,
}

/// The rate of a download is that of at least so many of its last milliseconds.
const MEASURED_MS: i64 = 3000;

impl Pulling {
    /// Bytes a second, over the last moments; none before half a second of it was seen.
    pub fn rate(&self) -> Option<u64> {
        let elapsed = self.moved.as_millisecond() - self.from.0.as_millisecond();
        let elapsed = u64::try_from(elapsed)
            .ok()
            .filter(|elapsed| *elapsed >= 500)?;
        Some(self.bytes.saturating_sub(self.from.1) * 1000 / elapsed)
    }
}

/// Seconds without a byte after which a download is said to stand still.
pub(super) const STILL: i64 = 10;

impl Row {
    fn be(&mut self, at: At, now: Timestamp) {
        self.at = at;
        self.since = now;
    }

    pub fn is_service(&self) -> bool {
        matches!(self.about, About::Service { .. })
    }

    /// Whether it is neither waiting nor over.
    pub fn is_busy(&self) -> bool {
        matches!(self.at, At::Pulling(_) | At::Busy(_))
    }

    pub fn is_done(&self) -> bool {
        matches!(self.at, At::Done(..) | At::Unchanged)
    }
}

/// The rows of a plan, each service after those it needs.
pub(super) fn rows(plan: &Plan, parts: &[Part], now: Timestamp) -> Vec<Row> {
    let row = |name: &str, about, at| Row {
        name: name.to_owned(),
        about,
        at,
        since: now,
    };
    let mut rows: Vec<Row> = parts
        .iter()
        .map(|part| {
            let image = part.image.clone();
            let at = if plan.unchanged.contains(&part.service) {
                At::Unchanged
            } else {
                At::Waits
            };
            row(&part.service, About::Service { image }, at)
        })
        .collect();
    for step in &plan.steps {
        match step.action {
            Action::PrepareDatabases { .. } => {
                rows.push(row("databases", About::Databases, At::Waits));
            }
            Action::Verify => rows.push(row("verify", About::Verification, At::Waits)),
            _ => {}
        }
    }
    rows
}

/// Takes what happened into the rows.
pub(super) fn take(rows: &mut [Row], plan: &Plan, event: &Event, now: Timestamp) {
    let (step, at) = match event {
        Event::StepNote { step, note } => (step, Some(At::Busy(note.clone()))),
        Event::StepStarted { step }
        | Event::Pulling { step, .. }
        | Event::StepDone { step, .. }
        | Event::StepFailed { step, .. } => (step, None),
        _ => return,
    };
    let Some(action) = plan.step(step).map(|step| &step.action) else {
        return;
    };
    for row in rows.iter_mut().filter(|row| is_about(row, action)) {
        match (event, &at) {
            (Event::StepStarted { .. }, _) => {
                if let Some(words) = doing(action) {
                    row.be(At::Busy(words.to_owned()), now);
                }
            }
            (_, Some(at)) => row.at = at.clone(),
            (
                Event::Pulling {
                    layers,
                    layers_done,
                    bytes,
                    bytes_total,
                    ..
                },
                _,
            ) => pulling(row, (*layers, *layers_done), (*bytes, *bytes_total), now),
            (
                Event::StepDone {
                    milliseconds, note, ..
                },
                _,
            ) => {
                if let Some(words) = done(action, note.as_deref()) {
                    row.be(At::Done(words, *milliseconds), now);
                } else {
                    row.be(At::Waits, now);
                }
            }
            (Event::StepFailed { .. }, _) => row.be(At::Failed, now),
            _ => {}
        }
    }
}

fn is_about(row: &Row, action: &Action) -> bool {
    match (&row.about, action) {
        (About::Service { image }, Action::Pull { image: wanted }) => image == wanted,
        (About::Service { .. }, action) => action.service() == Some(&row.name),
        (About::Databases, action) => matches!(action, Action::PrepareDatabases { .. }),
        (About::Verification, action) => *action == Action::Verify,
    }
}

fn doing(action: &Action) -> Option<&'static str> {
    Some(match action {
        Action::Pull { .. } => "getting the image",
        Action::RemoveContainer { .. } => "removing the old container",
        Action::CreateContainer { .. } => "creating",
        Action::Start { .. } => "starting",
        Action::Reload { .. } => "taking its configuration in",
        Action::RegisterAdminClient { .. } => "registering a client",
        Action::PrepareDatabases { .. } => "making what is missing",
        Action::Verify => "asking real questions",
        Action::CreateNetwork { .. } | Action::CreateVolume { .. } => return None,
    })
}

/// What a row is after a step; none where it only waits for the next one.
fn done(action: &Action, note: Option<&str>) -> Option<String> {
    match action {
        Action::Start { .. } | Action::Reload { .. } | Action::RegisterAdminClient { .. } => {
            Some("serves".to_owned())
        }
        Action::PrepareDatabases { .. } => Some(note.unwrap_or("ready").to_owned()),
        Action::Verify => Some("every question was answered".to_owned()),
        _ => None,
    }
}

fn pulling(row: &mut Row, layers: (u32, u32), (bytes, total): (u64, u64), now: Timestamp) {
    let before = match &row.at {
        At::Pulling(before) => Some(*before),
        _ => None,
    };
    let moved = match before {
        Some(before) if before.bytes == bytes && before.layers_done == layers.1 => before.moved,
        _ => now,
    };
    if before.is_none() {
        row.since = now;
    }
    let here = (now, bytes);
    // Another try begins anew, and so does its rate.
    let (from, then) = match before.filter(|before| before.bytes <= bytes) {
        None => (here, here),
        Some(before) => {
            let measured = now.as_millisecond() - before.then.0.as_millisecond();
            if measured >= MEASURED_MS {
                (before.then, here)
            } else {
                (before.from, before.then)
            }
        }
    };
    row.at = At::Pulling(Pulling {
        layers: layers.0,
        layers_done: layers.1,
        bytes,
        bytes_total: total,
        moved,
        from,
        then,
    });
}

/// How far a download is, from 0 to 1.
pub(super) fn share(layers: u32, layers_done: u32, bytes: u64, bytes_total: u64) -> f64 {
    #[allow(clippy::cast_precision_loss, reason = "a share for people")]
    let of_bytes = if bytes_total > 0 {
        bytes as f64 / bytes_total as f64
    } else {
        0.0
    };
    // Unpacking goes on after the last byte; the rest of the step is its.
    let of_layers = f64::from(layers_done) / f64::from(layers.max(1));
    of_bytes.mul_add(0.7, of_layers * 0.25)
}
