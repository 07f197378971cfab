//! Everything the profile has to do with YAML and the crates for it: from text to a tree whose
//! parts know their places (`tree`), the parser's complaints in an operator's words (`syntax`),
//! from checked values to a profile, and from a profile back to text (`write`).

mod syntax;
mod tree;
mod write;

pub(super) use serde_yaml::{Mapping, Value};
pub(super) use tree::{Entry, Kind, Node, tree, value};
pub use write::write;

use super::Profile;

/// Turns checked values into a profile.
pub(super) fn profile(values: Value) -> Result<Profile, serde_yaml::Error> {
    serde_yaml::from_value(values)
}
