//! The keys that work now, in one row.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::tui::keys::{self, Action, Binding, Context};
use crate::tui::text;
use crate::tui::theme::{Theme, Tone};

use super::Paint;

/// Draws the key bar. The last of the table (help, quit, or how to get away) are always there; of
/// the others as many as fit.
pub(in crate::tui) fn key_bar(
    buffer: &mut Buffer,
    theme: Theme,
    area: Rect,
    context: Context,
    available: impl Fn(Action) -> bool,
) {
    let bindings: Vec<&Binding> = keys::bar(context)
        .filter(|binding| available(binding.action))
        .collect();
    let width = |binding: &Binding| {
        text::width(&binding.bar_name(theme)) + 1 + text::width(binding.label) + 2
    };
    let is_kept = |binding: &Binding| {
        matches!(
            binding.action,
            Action::Help | Action::Quit | Action::Back | Action::Leave
        )
    };
    let mut room = usize::from(area.width).saturating_sub(1);
    for binding in bindings.iter().filter(|binding| is_kept(binding)) {
        room = room.saturating_sub(width(binding));
    }
    let mut paint = Paint::new(buffer, theme, area);
    paint.put(" ", Tone::Plain);
    for binding in bindings {
        if !is_kept(binding) {
            if width(binding) > room {
                continue;
            }
            room -= width(binding);
        }
        paint
            .put(&binding.bar_name(theme), Tone::Key)
            .put(" ", Tone::Plain)
            .put(binding.label, Tone::Plain)
            .put("  ", Tone::Plain);
    }
}
