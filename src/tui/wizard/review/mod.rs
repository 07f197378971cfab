//! The review: every answer with what all of them lead to, and from here to everywhere.
//!
//! The host gives it the interview to read and a [`Preview`](crate::session::Preview) when there is a new
//! one; it gives back wishes.

mod draw;
mod highlight;
mod layout;
mod rows;
mod state;
mod summary;
mod tabs;
#[cfg(test)]
mod tests;
mod update;

pub use state::{Review, ReviewWish};
