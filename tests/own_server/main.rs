//! An operator's own PostgreSQL server, played by real servers in containers: every way in which it can be
//! unfit, and what the test says about it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests may fail loudly"
)]

#[path = "../support/practice.rs"]
mod practice;

mod certificates;
mod command;
mod inside;
mod login;
mod proxy;
mod tls;
mod way;
mod world;
