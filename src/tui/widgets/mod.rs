//! Pieces that every full-screen view is made of.

mod key_bar;
mod line;
mod question;
mod sparkline;

pub(super) use key_bar::key_bar;
pub(super) use line::{Paint, put};
pub(super) use question::question;
pub(super) use sparkline::sparkline;
