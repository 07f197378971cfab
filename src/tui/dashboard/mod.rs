//! The dashboard: a deployment as it lives. Services, logs, what they use, how to reach them, what happened.
//!
//! `state` is plain data, `update` changes it, `draw` shows it; `host` does what update asked for.

mod draw;
mod host;
mod layout;
mod state;
#[cfg(test)]
mod tests;
mod update;

pub use host::{Dashboard, Hands, Opened, Outset, play};
pub use state::{AccessRow, Data, Effect, Facts, Onward, Shown, State};
