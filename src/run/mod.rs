//! Executing a plan: overlapping what is independent, watching what starts, and saying what happens.
//!
//! `run` only emits events; whoever looks at them decides how they appear. It knows no terminal.

mod admin_api;
mod adopt;
mod ask;
mod databases;
mod event;
mod execute;
mod failure;
mod observe;
mod pull;
mod register;
mod reload;
mod serve;
mod take_away;
mod undo;
mod verification;
mod watch;

pub use adopt::adopt;
pub use ask::{add_credential, credentials, drop_database, kept, remove_credential};
pub use event::{Event, Outcome};
pub use execute::{Run, execute};
pub use failure::Failure;
pub use observe::observe;
pub use take_away::{Taken, take_away};
pub use undo::{Made, undo};
pub use verification::{Traces, lend_keys, verify_deployment};
