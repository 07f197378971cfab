//! Where things are, from the size alone: drawing and the mouse read the same places.
//!
//! ```text
//!  0  header          product, deployment, verdict
//!  1  ─────────
//!  2  tabs            address
//!  3  body …
//!     notice          the answer to the last key, or the text being typed
//!     ─────────
//!     keys
//! ```

use std::ops::Range;

use ratatui::layout::Rect;

use super::state::Tab;

/// Smaller than this the dashboard says so instead of drawing.
pub(super) const LEAST: (u16, u16) = (60, 18);

const ABOVE: u16 = 3;
const BELOW: u16 = 3;

pub(super) fn header((width, _): (u16, u16)) -> Rect {
    Rect::new(0, 0, width, 1)
}

pub(super) fn rules((width, height): (u16, u16)) -> [Rect; 2] {
    [
        Rect::new(0, 1, width, 1),
        Rect::new(0, height.saturating_sub(2), width, 1),
    ]
}

pub(super) fn tabs((width, _): (u16, u16)) -> Rect {
    Rect::new(0, 2, width, 1)
}

pub(super) fn body((width, height): (u16, u16)) -> Rect {
    Rect::new(0, ABOVE, width, height.saturating_sub(ABOVE + BELOW))
}

pub(super) fn notice((width, height): (u16, u16)) -> Rect {
    Rect::new(0, height.saturating_sub(3), width, 1)
}

pub(super) fn keys((width, height): (u16, u16)) -> Rect {
    Rect::new(0, height.saturating_sub(1), width, 1)
}

/// Columns of each tab's title, brackets included.
pub(super) fn tab_places() -> impl Iterator<Item = (Tab, Range<u16>)> {
    let mut at = 1;
    Tab::ALL.into_iter().map(move |tab| {
        let width = u16::try_from(tab.title().len()).unwrap_or(0) + 2;
        let place = at..at + width;
        at += width;
        (tab, place)
    })
}

/// Rows of the services' table below its heading, so that the rest of the body keeps a log.
pub(super) fn service_rows(size: (u16, u16), services: usize) -> Rect {
    let body = body(size);
    // One row of air and one for the heading above; below at least the instances and four rows of log.
    let room = body.height.saturating_sub(2 + 7).max(1);
    let rows = u16::try_from(services).unwrap_or(u16::MAX).min(room);
    Rect::new(0, body.y + 2, body.width, rows)
}

/// The first of many rows to draw so that the chosen one is visible.
pub(super) fn first_row(chosen: usize, rows: usize) -> usize {
    (chosen + 1).saturating_sub(rows)
}
