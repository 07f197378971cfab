//! What an operator's terminal goes through: the guard that gives it back, and the dashboard in it.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what is not as it should be fails the test, in its helpers too"
)]

#[path = "../support/practice.rs"]
mod practice;

mod dashboard;
mod guard;
mod pty;
mod wizard;
