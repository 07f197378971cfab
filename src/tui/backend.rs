//! Where frames are written. As ratatui does it, but without a single colour byte in mono: with
//! `NO_COLOR` set crossterm 0.29 turns each colour into a reset that also undoes bold and reverse, and
//! ratatui ends every frame with colour resets.
//!
//! A frame is one synchronized update: a terminal that knows those shows all of it or nothing, also where
//! it arrives in pieces. Others ignore the marks.

use std::io::{self, Write};

use crossterm::cursor::{Hide, MoveTo, Show};
use crossterm::queue;
use crossterm::style::{Attribute, Print, SetAttribute};
use crossterm::terminal::{self, BeginSynchronizedUpdate, Clear, EndSynchronizedUpdate};
use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};
use ratatui::style::Modifier;

/// A terminal to draw on.
#[derive(Debug)]
pub struct Canvas<W: Write> {
    inner: CrosstermBackend<W>,
    colours: bool,
    /// Where we put the cursor last.
    cursor: Position,
    /// Whether a frame was begun and is not complete.
    begun: bool,
}

impl<W: Write> Canvas<W> {
    /// Draws by writing to `writer`.
    pub fn new(writer: W, colours: bool) -> Self {
        if colours {
            // Asked for by name; crossterm's own look at NO_COLOR must not spoil it.
            crossterm::style::force_color_output(true);
        }
        Self {
            inner: CrosstermBackend::new(writer),
            colours,
            cursor: Position::ORIGIN,
            begun: false,
        }
    }

    fn begin(&mut self) -> io::Result<()> {
        if std::mem::replace(&mut self.begun, true) {
            return Ok(());
        }
        queue!(self.inner, BeginSynchronizedUpdate)
    }
}

impl<W: Write> Backend for Canvas<W> {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        self.begin()?;
        if self.colours {
            return self.inner.draw(content);
        }
        let mut modifier = Modifier::empty();
        let mut next = None;
        for (x, y, cell) in content {
            if next != Some((x, y)) {
                queue!(self.inner, MoveTo(x, y))?;
            }
            next = Some((x + 1, y));
            if cell.modifier != modifier {
                modifier = cell.modifier;
                queue!(self.inner, SetAttribute(Attribute::Reset))?;
                for (wanted, attribute) in [
                    (Modifier::BOLD, Attribute::Bold),
                    (Modifier::DIM, Attribute::Dim),
                    (Modifier::UNDERLINED, Attribute::Underlined),
                    (Modifier::REVERSED, Attribute::Reverse),
                ] {
                    if modifier.contains(wanted) {
                        queue!(self.inner, SetAttribute(attribute))?;
                    }
                }
            }
            queue!(self.inner, Print(cell.symbol()))?;
        }
        if modifier.is_empty() {
            return Ok(());
        }
        queue!(self.inner, SetAttribute(Attribute::Reset))
    }

    // Nothing is sent before the frame is complete; ratatui's own backend sends each of these by itself.

    fn hide_cursor(&mut self) -> io::Result<()> {
        queue!(self.inner, Hide)
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        queue!(self.inner, Show)
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        // Asking the terminal would take its answer from the keys, and wait for seconds.
        Ok(self.cursor)
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.cursor = position.into();
        queue!(self.inner, MoveTo(self.cursor.x, self.cursor.y))
    }

    fn clear(&mut self) -> io::Result<()> {
        self.clear_region(ClearType::All)
    }

    fn clear_region(&mut self, region: ClearType) -> io::Result<()> {
        self.begin()?;
        let region = match region {
            ClearType::All => terminal::ClearType::All,
            ClearType::AfterCursor => terminal::ClearType::FromCursorDown,
            ClearType::BeforeCursor => terminal::ClearType::FromCursorUp,
            ClearType::CurrentLine => terminal::ClearType::CurrentLine,
            ClearType::UntilNewLine => terminal::ClearType::UntilNewLine,
        };
        queue!(self.inner, Clear(region))
    }

    fn size(&self) -> io::Result<Size> {
        self.inner.size()
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        self.inner.window_size()
    }

    fn flush(&mut self) -> io::Result<()> {
        if std::mem::take(&mut self.begun) {
            queue!(self.inner, EndSynchronizedUpdate)?;
        }
        Backend::flush(&mut self.inner)
    }
}
