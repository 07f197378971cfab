//! A question on top of everything else, with its choices below each other.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::widgets::{Clear, Widget};

use crate::tui::text;
use crate::tui::theme::{Glyph, Theme, Tone};

use super::{Paint, put};

/// Draws a question in the middle of an area. The cursor stands on the chosen choice.
pub(in crate::tui) fn question<'c>(
    frame: &mut Frame<'_>,
    theme: Theme,
    area: Rect,
    (title, words): (&str, &str),
    choices: impl ExactSizeIterator<Item = &'c str>,
    chosen: usize,
) {
    let mut lines = text::sentences(words, usize::from(area.width.saturating_sub(4)).min(72));
    // Where there is no room for everything, the choices are what must be seen.
    lines.truncate(usize::from(area.height).saturating_sub(choices.len() + 5));
    let rows = lines.len() + choices.len() + 5;
    let height = u16::try_from(rows).unwrap_or(u16::MAX).min(area.height);
    // Over the whole width: nothing of what lies below stands beside it and is read along.
    let place = Rect {
        y: area.y + (area.height - height) / 2,
        height,
        ..area
    };
    Clear.render(place, frame.buffer_mut());
    let rule = theme.glyph(Glyph::Rule).repeat(usize::from(area.width));
    let row = |number: usize| {
        let y = place
            .y
            .saturating_add(u16::try_from(number).unwrap_or(u16::MAX));
        Rect::new(place.x, y, place.width, 1).intersection(place)
    };
    let buffer = frame.buffer_mut();
    put(buffer, theme, row(0), &rule, Tone::Quiet);
    Paint::new(buffer, theme, row(0))
        .put(" ", Tone::Plain)
        .put(theme.glyph(Glyph::Rule), Tone::Quiet)
        .put(" ", Tone::Plain)
        .put(title, Tone::Title)
        .put(" ", Tone::Plain);
    for (number, line) in lines.iter().enumerate() {
        Paint::new(buffer, theme, row(number + 1))
            .put("  ", Tone::Plain)
            .put(line, Tone::Plain);
    }
    let first = lines.len() + 2;
    let mut cursor = Position::new(place.x, place.y);
    for (number, choice) in choices.enumerate() {
        let mut paint = Paint::new(buffer, theme, row(first + number));
        if number == chosen {
            cursor = Position::new(place.x + 2, row(first + number).y);
            paint
                .put("  ", Tone::Plain)
                .put(theme.glyph(Glyph::Focus), Tone::Focus)
                .put(" ", Tone::Plain)
                .put(choice, Tone::Focus);
        } else {
            paint.put("    ", Tone::Plain).put(choice, Tone::Plain);
        }
    }
    put(buffer, theme, row(rows - 1), &rule, Tone::Quiet);
    frame.set_cursor_position(cursor);
}
