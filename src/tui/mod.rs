//! Full-screen views: a guard for the terminal, one loop, themes, one table of keys, and the views.
//!
//! A view is an [`App`]: its update is pure ((state, event) gives state and effects), drawing only reads.
//! What effects mean is carried out by the view's host, outside of update and drawing.

mod backend;
pub mod dashboard;
mod events;
mod help;
mod keys;
mod log;
mod pace;
mod page;
mod stage;
mod terminal;
#[cfg(test)]
mod testing;
mod text;
mod theme;
pub mod tour;
mod widgets;
pub mod wizard;

pub use backend::Canvas;
pub use events::{App, Input, Left, Signal, Sources, Step, run, signals};
pub use keys::{Action, Binding, Context, Key, TABLE, action, bar, markdown};
pub use pace::{Pace, Urgency};
pub use stage::{Ended, Known, Look, Order, Stage};
pub use terminal::{Device, FrameWriter, Guard, OwnTerminal, Witness};
pub use theme::{Glyph, Palette, Theme, Tone};
