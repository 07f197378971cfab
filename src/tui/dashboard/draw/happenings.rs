//! What happened, newest at the bottom.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};

use crate::tui::text;
use crate::tui::theme::{Glyph, Theme, Tone};
use crate::tui::widgets::{Paint, put};

use super::super::state::State;
use super::{date, mark, tone};

pub(super) fn draw(frame: &mut Frame<'_>, state: &State, theme: Theme, body: Rect) {
    let rows = usize::from(body.height.saturating_sub(1));
    if state.happenings.is_empty() {
        let place = Rect::new(0, body.y + 1, body.width, 1);
        put(
            frame.buffer_mut(),
            theme,
            place,
            " Nothing has happened in the last day.",
            Tone::Quiet,
        );
        frame.set_cursor_position(Position::new(1, place.y));
        return;
    }
    let newest = state.happenings.len() - 1;
    let chosen = newest.saturating_sub(state.happening.unwrap_or(0));
    // As many as fit above the newest, or so that the chosen one is the first.
    let first = (newest + 1).saturating_sub(rows).min(chosen);
    let width = state
        .happenings
        .iter()
        .map(|event| text::width(&event.service))
        .max()
        .unwrap_or(0);
    for ((number, event), y) in state
        .happenings
        .iter()
        .enumerate()
        .skip(first)
        .zip(body.y + 1..body.bottom())
    {
        let is_chosen = number == chosen;
        let focus = if is_chosen {
            theme.glyph(Glyph::Focus)
        } else {
            " "
        };
        let more = theme.glyph(Glyph::More);
        Paint::new(frame.buffer_mut(), theme, Rect::new(0, y, body.width, 1))
            .put(" ", Tone::Plain)
            .put(focus, Tone::Focus)
            .put(" ", Tone::Plain)
            .put(&text::fit(&date(state, event.at), 20, ""), Tone::Quiet)
            .put(mark(theme, event.mood), tone(event.mood))
            .put(" ", Tone::Plain)
            .put(
                &text::fit(&event.service, width.clamp(6, 24), more),
                Tone::Plain,
            )
            .put("  ", Tone::Plain)
            .cut(
                &event.words,
                if is_chosen { Tone::Focus } else { Tone::Plain },
            );
        if is_chosen {
            frame.set_cursor_position(Position::new(1, y));
        }
    }
}
