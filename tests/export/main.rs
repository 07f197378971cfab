//! Exported projects: their text, their quoting, the command that writes them, and that they run
//! without this program.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "helpers of tests may fail loudly"
)]

mod command;
mod golden;
mod project;
mod quoting;
mod samples;
mod use_cases;
mod world;

#[path = "../support/compose.rs"]
mod compose;
#[path = "../support/practice.rs"]
mod practice;
