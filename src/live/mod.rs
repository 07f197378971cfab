//! What a deployment does now, followed through the engine's events and streams. Nothing is asked twice
//! by the clock: one event stream, and for each running container one log stream and one stream of use.
//!
//! Whoever looks (the dashboard) gets two bounded channels: news, and lines of logs. When it is slow
//! the streams wait; nothing is thrown away on the way and nothing grows. All text has been cleaned and
//! freed of secrets here.

mod act;
mod feed;
mod follow;
mod gulps;
mod usage;

pub use act::{Act, act};
pub use feed::{Feed, Following, follow};
pub use follow::LINE_KEPT;
pub use usage::{Usage, usage};

use crate::engine::{ContainerState, EngineEvent, LogStream, ObservedContainer};

/// One run of a container: what is said of an earlier run is not said of this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The engine's id of the container.
    pub container: String,
    /// Counts the starts we have seen, of all containers together.
    pub generation: u64,
}

/// A container and its present run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The container as it is.
    pub container: ObservedContainer,
    /// Its run's number.
    pub generation: u64,
}

/// Something new about a deployment.
#[derive(Debug, Clone)]
pub enum News {
    /// The engine answers, and these are all the containers.
    Seen(Vec<Seen>),
    /// One container is in another state, perhaps in another run.
    State {
        /// Which, and its run now.
        run: Run,
        /// Its state.
        state: ContainerState,
    },
    /// The engine told of this. History comes first, oldest first.
    Happened {
        /// What.
        event: EngineEvent,
        /// Whether it was over before we began to look.
        history: bool,
    },
    /// What a run uses.
    Uses {
        /// Which.
        run: Run,
        /// How much.
        usage: Usage,
    },
    /// The engine does not answer. We try again by ourselves.
    EngineGone {
        /// Why, as a sentence's end.
        reason: String,
    },
}

/// Lines of one container's log, in order.
#[derive(Debug, Clone)]
pub struct Lines {
    /// The engine's id of the container.
    pub container: String,
    /// The lines.
    pub lines: Vec<Line>,
    /// Whether they were written before we began to look.
    pub history: bool,
}

/// A line of a log, harmless: no control characters, no secrets, not endless.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// When the engine received it, nanoseconds since 1970; 0 if it did not say.
    pub at_nanos: i64,
    /// Standard output or standard error.
    pub stream: LogStream,
    /// The text.
    pub text: Box<str>,
}
