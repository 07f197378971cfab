//! Plain text and JSON: one line per change, no cursor tricks, fit for a log file, a screen reader
//! or another program. The only room that writes to standard output and standard error.

pub mod ask;
mod printer;
mod progress;
mod table;
mod tour;

pub use printer::{Output, Printer, clean};
pub use progress::Progress;
pub(crate) use progress::say_verification;
pub use table::Table;
pub use tour::{TourStep, tour_page, tour_visit};
