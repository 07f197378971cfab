//! The tour: a guided look at a deployment that runs, in eight steps. Each says in plain words what it
//! is about, asks a real question through the gateway, and shows the answer.
//!
//! Steps and their words are data; a [`Guide`] asks. Faces only show. Whatever a guide gives away is
//! fit to be seen: no key, secret or token, and of a student who may be real only the form.

mod answers;
mod guide;
mod rows;
mod sketch;
mod step;
mod visit;

pub use guide::Guide;
pub use step::{Page, Step, page};
pub use visit::{Exchange, Row, Stuck, Visit};

#[cfg(test)]
pub(crate) use rows::tests;
