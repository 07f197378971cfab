//! The interview: every question once, and what was answered. Pure; a face (plain lines, a full
//! screen) shows the current question, hands over what was said, and does what takes time.
//!
//! A question is data: its words, its choices, when it applies, which fields of the profile it
//! sets. Values are checked by the profile's own rules. The profile is a function of the profile
//! the interview began with and the answers, never of the way that was taken.

mod context;
mod draft;
mod keeping;
mod listing;
mod offers;
mod page;
mod picture;
mod question;
mod questions;
mod replay;
mod state;
mod summary;
mod values;

pub use context::{Context, OnOffer, school_year};
pub use draft::DraftError;
pub use keeping::Keeping;
pub use listing::LARGEST_LIST;
pub use offers::Offer;
pub use page::questions_page;
pub use picture::ascii;
pub use question::{Check, Choice, Form, More, Question, Shelf, Usual, When};
pub use questions::{ALL, find};
pub use replay::{command, replay, starting_profile};
pub use state::{Interview, Place};
pub use summary::{Change, Row};
