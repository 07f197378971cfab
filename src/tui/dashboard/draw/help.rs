//! Every key, from the one table.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};

use crate::tui::keys::{self, Context};
use crate::tui::text;
use crate::tui::theme::{Theme, Tone};
use crate::tui::widgets::Paint;

use super::super::state::{State, Tab};

/// Headings and keys of the open tab and of everywhere.
fn rows(tab: Tab, theme: Theme) -> Vec<(String, &'static str)> {
    let mut rows = Vec::new();
    for context in [tab.context(), Context::Dashboard] {
        if !rows.is_empty() {
            rows.push((String::new(), ""));
        }
        rows.push((String::new(), context.title()));
        rows.extend(keys::of(context).map(|binding| (binding.names(theme), binding.hint)));
    }
    rows
}

/// How far the help can be scrolled.
pub(in super::super) fn help_rows(tab: Tab, height: usize) -> usize {
    rows(tab, Theme::default()).len().saturating_sub(height)
}

pub(super) fn draw(frame: &mut Frame<'_>, state: &State, theme: Theme, body: Rect, scroll: usize) {
    let rows = rows(state.tab, theme);
    let width = rows
        .iter()
        .map(|(names, _)| text::width(names))
        .max()
        .unwrap_or(0);
    for ((names, hint), y) in rows.iter().skip(scroll).zip(body.y..body.bottom()) {
        let mut paint = Paint::new(frame.buffer_mut(), theme, Rect::new(0, y, body.width, 1));
        paint.put(" ", Tone::Plain);
        if names.is_empty() {
            paint.put(hint, Tone::Title);
        } else {
            paint
                .put(&text::fit(names, width, ""), Tone::Key)
                .put("  ", Tone::Plain)
                .cut(hint, Tone::Plain);
        }
    }
    frame.set_cursor_position(Position::new(1, body.y));
}
