//! Drawing: reads the state, writes cells, nothing else.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};

use crate::interview::ascii;
use crate::tui::help;
use crate::tui::keys::Context;
use crate::tui::page::{self, Head, page};
use crate::tui::theme::{Glyph, Theme, Tone};
use crate::tui::widgets::Paint;

use super::lines::{Line, lines};
use super::state::Tour;

/// Draws everything.
pub(super) fn draw(frame: &mut Frame<'_>, tour: &Tour, theme: Theme) {
    let place = tour.page().map_or_else(String::new, |page| {
        format!("Tour {} of {}", page.number, page.of)
    });
    let head = Head {
        step: &place,
        title: tour.step.title(),
        deployment: &tour.deployment,
        mode: &tour.mode,
    };
    let available = |action| tour.available(action);
    let Some(body) = page(frame, theme, head, tour.context(), available) else {
        return;
    };
    if let Some(scroll) = tour.help {
        help::draw(frame, theme, body, Context::Tour, scroll);
        return;
    }
    let lines = lines(tour);
    for (line, y) in lines.iter().skip(tour.scroll).zip(body.y..body.bottom()) {
        let row = Rect::new(body.x, y, body.width, 1);
        draw_line(&mut Paint::new(frame.buffer_mut(), theme, row), line, theme);
    }
    let area = frame.area();
    let notice = page::notice((area.width, area.height));
    let below = lines
        .len()
        .saturating_sub(tour.scroll + usize::from(body.height));
    let mut paint = Paint::new(frame.buffer_mut(), theme, notice);
    if let Some(words) = tour.notice {
        paint.put(" ", Tone::Plain).put(words, Tone::Note);
    }
    if below > 0 {
        let words = format!(" {below} more rows below ");
        paint.right(&[
            (theme.glyph(Glyph::Down), Tone::Quiet),
            (&words, Tone::Quiet),
        ]);
    }
    // Screen readers begin where the cursor is.
    frame.set_cursor_position(Position::new(body.x + 1, body.y));
}

fn draw_line(paint: &mut Paint<'_>, line: &Line, theme: Theme) {
    paint.put(&" ".repeat(line.indent), Tone::Plain);
    if let Some((glyph, tone)) = line.sign {
        paint.put(theme.glyph(glyph), tone).put(" ", Tone::Plain);
    }
    for (words, tone) in &line.words {
        if theme.ascii {
            paint.cut(&ascii(words), *tone);
        } else {
            paint.cut(words, *tone);
        }
    }
}
