//! The pictures in the README: the real program in a real terminal, drawn anew at every run of this
//! test and compared with `docs/pictures/`. `UPDATE_EXPECTED=1 cargo test --test pictures` replaces them.
//!
//! What can be the same everywhere is made so: the engine is the simulated one, with the same seed,
//! home, names and language. What is left are numbers that move, and each picture names the rows that
//! may have them.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "what is not as it should be fails the test, in its helpers too"
)]

mod gallery;
mod picture;
#[allow(
    dead_code,
    reason = "shared with tests/terminal, which needs all of it"
)]
#[path = "../terminal/pty.rs"]
mod pty;
mod screens;
mod svg;
