//! The tour in full screen: one step a page, its words above, the request and its answer below.
//!
//! `state` is plain data, `update` changes it, `lines` says what a page holds, `draw` shows it; `host`
//! asks what is to be asked.

mod draw;
mod host;
mod lines;
mod state;
#[cfg(test)]
mod tests;
mod update;

pub use host::play;
pub use state::{Data, Effect, Tour};
