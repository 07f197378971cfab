//! From an operator's words to a stack: which deployment, which profile, which secrets.
//!
//! Every face of the program (commands, wizard) opens a deployment through here.

mod beside;
mod names;
mod open;
mod rehearsal;
mod trouble;

pub use beside::look_up;
pub use names::existing;
pub use open::{Looked, Opened, Wish, catalog, look, profile, take};
pub use rehearsal::{Rehearsing, parts, rehearse};
pub use trouble::{Kind, Trouble};
