//! The texts behind the tabs, as rows of a width. Pure.

mod notes;
mod picture;
mod plan;
mod services;
mod texts;

use crate::session::Preview;
use crate::tui::theme::Tone;

use super::rows::{Row, row};
use super::state::Tab;

/// The rows of a tab's text. The summary has none: it is a list.
pub(super) fn rows(tab: Tab, preview: Option<&Preview>, width: usize) -> Vec<Row> {
    let Some(preview) = preview else {
        return match tab {
            Tab::Summary => Vec::new(),
            _ => waiting("This is being worked out."),
        };
    };
    match tab {
        Tab::Summary => Vec::new(),
        Tab::Picture => picture::rows(preview, width),
        Tab::Services => services::rows(preview, width),
        Tab::Plan => plan::rows(preview, width),
        Tab::Compose => texts::compose(preview, width),
        Tab::Profile => texts::profile(preview, width),
        Tab::GoodToKnow => notes::rows(preview, width),
    }
}

fn waiting(words: &str) -> Vec<Row> {
    vec![row(format!("   {words}"), Tone::Quiet)]
}

/// Names on the left, as wide as the widest, but not wider than this.
fn column<'n>(names: impl Iterator<Item = &'n str>, most: usize) -> usize {
    names
        .map(crate::tui::text::width)
        .max()
        .unwrap_or(0)
        .min(most)
}
