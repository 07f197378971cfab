//! Rows of words, some of which can be chosen: what screens are written on before they are drawn.
//! Drawing and the mouse read the same sheet.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};

use crate::tui::text;
use crate::tui::theme::{Glyph, Theme, Tone};
use crate::tui::widgets::Paint;

/// One row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Row {
    pub pieces: Vec<(String, Tone)>,
    /// The choice that this row belongs to.
    pub choice: Option<usize>,
    /// The column of the cursor, if it stands in this row.
    pub cursor: Option<u16>,
}

/// Rows below each other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Sheet {
    pub rows: Vec<Row>,
}

impl Sheet {
    /// An empty row, unless there is nothing above it.
    pub fn gap(&mut self) {
        if !self.rows.is_empty() {
            self.rows.push(Row::default());
        }
    }

    /// A sentence on as many rows as it needs, the later ones below the first word.
    pub fn say(&mut self, width: usize, mark: (&str, Tone), words: &str, tone: Tone) {
        self.pick(width, mark, words, tone, None);
    }

    /// The same, as a choice.
    pub fn pick(
        &mut self,
        width: usize,
        (mark, mark_tone): (&str, Tone),
        words: &str,
        tone: Tone,
        choice: Option<usize>,
    ) {
        let indent = text::width(mark);
        for (number, line) in text::sentences(words, width.saturating_sub(indent).max(8))
            .into_iter()
            .enumerate()
        {
            let before = if number == 0 {
                mark.to_owned()
            } else {
                " ".repeat(indent)
            };
            self.rows.push(Row {
                pieces: vec![(before, mark_tone), (line, tone)],
                choice,
                cursor: None,
            });
        }
    }

    /// Draws as many rows as fit, so that the chosen one is among them; gives the first one drawn.
    pub fn draw(&self, frame: &mut Frame<'_>, theme: Theme, area: Rect, chosen: Option<usize>) {
        let first = self.first(usize::from(area.height), chosen);
        let shown = self.rows.iter().skip(first);
        for (row, y) in shown.zip(area.y..area.bottom()) {
            let place = Rect::new(area.x, y, area.width, 1);
            let mut paint = Paint::new(frame.buffer_mut(), theme, place);
            for (words, tone) in &row.pieces {
                paint.cut(words, *tone);
            }
            if let Some(column) = row.cursor {
                frame.set_cursor_position(Position::new(
                    area.x
                        .saturating_add(column)
                        .min(area.right().saturating_sub(1)),
                    y,
                ));
            }
        }
        if first + usize::from(area.height) < self.rows.len() && area.height > 0 {
            let place = Rect::new(area.right().saturating_sub(2), area.bottom() - 1, 2, 1);
            Paint::new(frame.buffer_mut(), theme, place)
                .put(" ", Tone::Plain)
                .put(theme.glyph(Glyph::Down), Tone::Quiet);
        }
    }

    /// The choice at a row of the area.
    pub fn choice_at(&self, height: u16, chosen: Option<usize>, row: u16) -> Option<usize> {
        let first = self.first(usize::from(height), chosen);
        self.rows.get(first + usize::from(row))?.choice
    }

    /// The first row to draw: all of the chosen one is visible.
    fn first(&self, height: usize, chosen: Option<usize>) -> usize {
        let last_of_chosen = chosen.and_then(|chosen| {
            self.rows
                .iter()
                .rposition(|row| row.choice == Some(chosen) || row.cursor.is_some())
        });
        // Rows behind the last choice belong to it as long as everything fits.
        match last_of_chosen {
            Some(last) if self.rows.len() > height => (last + 1).saturating_sub(height),
            _ => 0,
        }
    }
}
