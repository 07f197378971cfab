//! Every key of a place, from the one table; and the words of the header.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};

use super::keys::{self, Context};
use super::text;
use super::theme::{Theme, Tone};
use super::widgets::Paint;

/// How a deployment runs, as it stands at the top right, and what that means.
const MODES: [(&str, &str); 3] = [
    ("for real", "Ed-Fi's own images; people can work with it"),
    (
        "practice",
        "real containers with small stand-in programs, to learn with",
    ),
    (
        "rehearsal",
        "a simulated engine; nothing runs, nothing is left",
    ),
];

/// Headings and keys of a place, and of everything around it.
fn rows(context: Context, theme: Theme) -> Vec<(String, &'static str)> {
    let mut rows = Vec::new();
    for context in [Some(context), context.general()].into_iter().flatten() {
        if !rows.is_empty() {
            rows.push((String::new(), ""));
        }
        rows.push((String::new(), context.title()));
        rows.extend(keys::of(context).map(|binding| (binding.names(theme), binding.hint)));
    }
    rows.push((String::new(), ""));
    rows.push((String::new(), "At the top right"));
    rows.extend(MODES.map(|(word, meaning)| (word.to_owned(), meaning)));
    rows
}

/// How far the help of a place can be scrolled in so many rows.
pub(super) fn most_scroll(context: Context, height: usize) -> usize {
    rows(context, Theme::default()).len().saturating_sub(height)
}

/// Draws the help of a place.
pub(super) fn draw(
    frame: &mut Frame<'_>,
    theme: Theme,
    body: Rect,
    context: Context,
    scroll: usize,
) {
    let rows = rows(context, theme);
    let names = rows.iter().map(|(names, _)| text::width(names));
    let width = names.max().unwrap_or(0);
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
