//! Addresses, files, passwords and keys. What is secret is drawn only when asked for.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};

use crate::tui::text;
use crate::tui::theme::{Glyph, Theme, Tone};
use crate::tui::widgets::{Paint, put};

use super::super::layout;
use super::super::state::{Link, Shown, State};

/// A row of the tab.
enum Line {
    Heading(&'static str),
    Row(usize),
}

pub(super) fn draw(frame: &mut Frame<'_>, state: &State, theme: Theme, body: Rect) {
    let rows = &state.facts.access;
    if rows.is_empty() {
        let words = match state.link {
            Link::Looking => " Looking for the deployment's folder.",
            _ => " The deployment's folder is not on this computer, or belongs to somebody else.",
        };
        put(frame.buffer_mut(), theme, body, words, Tone::Plain);
        frame.set_cursor_position(Position::new(1, body.y));
        return;
    }
    // Headings take rows, too: the list is laid out as a whole, then its visible part is drawn.
    let mut lines: Vec<Line> = Vec::new();
    let mut group = "";
    for (index, row) in rows.iter().enumerate() {
        if row.group != group {
            group = row.group;
            lines.push(Line::Heading(group));
        }
        lines.push(Line::Row(index));
    }
    let chosen = lines
        .iter()
        .position(|line| matches!(line, Line::Row(index) if *index == state.access))
        .unwrap_or(0);
    let height = usize::from(body.height);
    let first = layout::first_row(chosen, height);
    let labels = rows.iter().map(|row| text::width(&row.label));
    let label = labels.max().unwrap_or(0).clamp(8, 30);
    for (line, y) in lines.iter().skip(first).zip(body.y..body.bottom()) {
        let place = Rect::new(0, y, body.width, 1);
        let index = match *line {
            Line::Row(index) => index,
            Line::Heading(title) => {
                Paint::new(frame.buffer_mut(), theme, place)
                    .put(" ", Tone::Plain)
                    .put(title, Tone::Quiet);
                continue;
            }
        };
        let Some(row) = rows.get(index) else { continue };
        let is_chosen = index == state.access;
        let focus = if is_chosen {
            theme.glyph(Glyph::Focus)
        } else {
            " "
        };
        let tone = if is_chosen { Tone::Focus } else { Tone::Plain };
        let more = theme.glyph(Glyph::More);
        let mut paint = Paint::new(frame.buffer_mut(), theme, place);
        paint
            .put(" ", Tone::Plain)
            .put(focus, Tone::Focus)
            .put(" ", Tone::Plain)
            .put(&text::fit(&row.label, label, more), tone)
            .put("   ", Tone::Plain);
        match &row.value {
            Shown::Open(value) if value.starts_with("https://") => {
                paint.cut(value, Tone::Address);
            }
            Shown::Open(value) => {
                paint.cut(value, Tone::Plain);
            }
            // The one place where a secret is drawn.
            Shown::Hidden(secret) if state.revealed.contains(&index) => {
                paint.cut(secret.expose(), Tone::Note);
            }
            Shown::Hidden(_) => {
                paint.put(&theme.glyph(Glyph::Hidden).repeat(12), Tone::Quiet);
            }
        }
        if is_chosen {
            frame.set_cursor_position(Position::new(1, y));
        }
    }
}
