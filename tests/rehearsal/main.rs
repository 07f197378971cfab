//! Whole bring-ups against the simulated engine: how they go, how they fail, how they go on. None
//! of it needs a container engine.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what is not as it should be fails the test, in its helpers too"
)]

mod commands;
mod faults;
mod interrupted;
#[path = "../terminal/pty.rs"]
mod pty;
mod stage;
mod tour;
mod tour_seen;
mod undo;
mod whole;
