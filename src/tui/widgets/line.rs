//! One row of text in pieces, each with its meaning.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::tui::text;
use crate::tui::theme::{Glyph, Theme, Tone};

/// Writes pieces one after the other into a row, as far as there is room.
#[derive(Debug)]
pub(in crate::tui) struct Paint<'a> {
    buffer: &'a mut Buffer,
    theme: Theme,
    x: u16,
    y: u16,
    end: u16,
}

impl<'a> Paint<'a> {
    /// Begins at the left of an area's first row.
    pub fn new(buffer: &'a mut Buffer, theme: Theme, area: Rect) -> Self {
        let area = area.intersection(buffer.area);
        Self {
            buffer,
            theme,
            x: area.x,
            y: area.y,
            end: if area.height == 0 {
                area.x
            } else {
                area.right()
            },
        }
    }

    /// Columns left.
    pub fn room(&self) -> usize {
        usize::from(self.end.saturating_sub(self.x))
    }

    /// The column to be written next.
    pub fn column(&self) -> u16 {
        self.x
    }

    /// Writes a piece.
    pub fn put(&mut self, words: &str, tone: Tone) -> &mut Self {
        let style = self.theme.style(tone);
        self.styled(words, style)
    }

    /// Writes a piece that is cut with a sign if it does not fit.
    pub fn cut(&mut self, words: &str, tone: Tone) -> &mut Self {
        let more = self.theme.glyph(Glyph::More);
        let words = text::cut(words, self.room(), more);
        self.put(&words, tone)
    }

    /// Writes a piece in a style.
    pub fn styled(&mut self, words: &str, style: Style) -> &mut Self {
        let room = self.room();
        if room > 0 {
            let words = self.theme.foreign(words);
            // What was there before must not shine through: bold words on a quiet rule would be both.
            let style = Style::reset().patch(style);
            let (x, _) = self.buffer.set_stringn(self.x, self.y, &words, room, style);
            self.x = x;
        }
        self
    }

    /// Moves on to a column.
    pub fn to(&mut self, column: u16) -> &mut Self {
        self.x = self.x.max(column).min(self.end);
        self
    }

    /// Writes at the right end, if it fits behind what is there.
    pub fn right(&mut self, pieces: &[(&str, Tone)]) -> &mut Self {
        let width: usize = pieces.iter().map(|(words, _)| text::width(words)).sum();
        if width < self.room() {
            self.x = self.end - u16::try_from(width).unwrap_or(0);
            for (words, tone) in pieces {
                self.put(words, *tone);
            }
        }
        self
    }
}

/// Writes one piece into an area's first row.
pub(in crate::tui) fn put(buffer: &mut Buffer, theme: Theme, area: Rect, words: &str, tone: Tone) {
    Paint::new(buffer, theme, area).cut(words, tone);
}
