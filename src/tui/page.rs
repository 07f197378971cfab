//! A page of the wizard or the tour: a header, a body, a line for the answer to the last key, the keys.
//!
//! ```text
//!  0  header          product, where we are           deployment, how it runs
//!  1  ─────────
//!  2  body …
//!     notice          the answer to the last key, or the text being typed
//!     ─────────
//!     keys
//! ```

use ratatui::Frame;
use ratatui::layout::{Position, Rect};

use super::keys::{Action, Context};
use super::text;
use super::theme::{Glyph, Theme, Tone};
use super::widgets::{Paint, key_bar, put};

/// Smaller than this a page says so instead of drawing.
pub(super) const LEAST: (u16, u16) = (60, 18);

const ABOVE: u16 = 2;
const BELOW: u16 = 3;

/// What a page says about itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct Head<'a> {
    /// Where we are, as in `2 of 9`; may be empty.
    pub step: &'a str,
    /// What it is about.
    pub title: &'a str,
    /// Name of the deployment, as far as there is one.
    pub deployment: &'a str,
    /// How it runs: `for real`, `practice`, `rehearsal`.
    pub mode: &'a str,
}

/// Where the body is.
pub(super) fn body((width, height): (u16, u16)) -> Rect {
    Rect::new(0, ABOVE, width, height.saturating_sub(ABOVE + BELOW))
}

/// Where the answer to the last key is.
pub(super) fn notice((width, height): (u16, u16)) -> Rect {
    Rect::new(0, height.saturating_sub(BELOW), width, 1)
}

/// Draws what is around the body, and gives the body; `None` where there is no room for anything, which
/// is said then.
pub(super) fn page(
    frame: &mut Frame<'_>,
    theme: Theme,
    head: Head<'_>,
    context: Context,
    available: impl Fn(Action) -> bool,
) -> Option<Rect> {
    let area = frame.area();
    let size = (area.width, area.height);
    if size.0 < LEAST.0 || size.1 < LEAST.1 {
        too_small(frame, theme);
        return None;
    }
    let buffer = frame.buffer_mut();
    let dot = format!(" {} ", theme.glyph(Glyph::Dot));
    let parted = if head.deployment.is_empty() || head.mode.is_empty() {
        ""
    } else {
        &dot
    };
    let right = text::width(head.deployment) + text::width(parted) + text::width(head.mode) + 1;
    let mut paint = Paint::new(buffer, theme, Rect::new(0, 0, size.0, 1));
    paint.put(" edfi-setup   ", Tone::Quiet);
    if !head.step.is_empty() {
        paint.put(head.step, Tone::Plain).put("  ", Tone::Plain);
    }
    let room = paint.room().saturating_sub(right + 2);
    let title = text::cut(head.title, room, theme.glyph(Glyph::More));
    paint.put(&title, Tone::Title).right(&[
        (head.deployment, Tone::Plain),
        (parted, Tone::Quiet),
        (head.mode, Tone::Quiet),
        (" ", Tone::Plain),
    ]);
    let rule = theme.glyph(Glyph::Rule).repeat(usize::from(size.0));
    for y in [1, size.1 - 2] {
        put(
            buffer,
            theme,
            Rect::new(0, y, size.0, 1),
            &rule,
            Tone::Quiet,
        );
    }
    let keys = Rect::new(0, size.1 - 1, size.0, 1);
    key_bar(buffer, theme, keys, context, available);
    Some(body(size))
}

fn too_small(frame: &mut Frame<'_>, theme: Theme) {
    let area = frame.area();
    let (columns, rows) = LEAST;
    let words = format!(
        "This window is too small: {columns} columns and {rows} rows are needed. Make it larger, or press Ctrl-C and use: edfi-setup --help"
    );
    let lines = text::sentences(&words, usize::from(area.width).max(1));
    for (line, y) in lines.iter().zip(area.y..area.bottom()) {
        let place = Rect::new(area.x, y, area.width, 1);
        put(frame.buffer_mut(), theme, place, line, Tone::Plain);
    }
    frame.set_cursor_position(Position::new(area.x, area.y));
}
