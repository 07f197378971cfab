//! From an operator's words to a stack: which deployment, which profile, which secrets.
//!
//! Every face of the program (commands, wizard) opens a deployment through here.

pub mod addition;
mod address;
mod beside;
pub mod credentials;
pub mod kept;
mod list_file;
pub mod lists;
mod names;
mod noting;
mod open;
mod practice;
mod preview;
mod read_list;
mod rehearsal;
mod save;
mod start;
mod trouble;
mod undo;

pub use address::gateway_address;
pub use beside::look_up;
pub use names::existing;
pub use open::{Looked, Opened, Wish, catalog, look, profile, take};
pub use practice::{practice_images, practice_trouble};
pub use preview::{Door, ImageLine, Machine, Preview, ServiceLine, Supply, answered, preview};
pub use read_list::{list_name, read_list};
pub use rehearsal::{Rehearsing, parts, rehearse, rehearse_profile, rehearsed_profile};
pub use save::{Unsaved, save_profile};
pub use start::{Begun, Ended, Prepared, begin, needs};
pub use trouble::{Kind, Trouble};
pub use undo::undo;
