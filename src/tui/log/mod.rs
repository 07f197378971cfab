//! Lines of logs for any view: a bounded store, and a window on it that stands still while lines come and go.

mod store;
mod view;

pub(in crate::tui) use store::{Held, Kind, LineId, Store};
pub(in crate::tui) use view::{Needle, View, Window};
