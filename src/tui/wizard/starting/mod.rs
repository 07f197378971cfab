//! While a deployment starts: a row for each service, a bar that never runs backwards, the log a key away;
//! and when something failed, a card with the cause and the ways on.
//!
//! The host tells what happens; the screen gives back wishes. Pure, and without a clock of its own.

mod card;
mod draw;
mod progress;
mod rows;
mod state;
#[cfg(test)]
mod tests;
mod update;

pub use state::{Finish, Part, StartEnd, StartNews};
pub(super) use state::{StartWish, Starting};
