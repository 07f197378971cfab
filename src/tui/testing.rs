//! What tests of several views need.

use std::cell::RefCell;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::rc::Rc;

use ratatui::buffer::Buffer;

/// A terminal's other end: keeps every byte.
#[derive(Clone, Default)]
pub(in crate::tui) struct Sink(Rc<RefCell<Vec<u8>>>);

impl Sink {
    /// Everything that was written.
    pub fn text(&self) -> String {
        String::from_utf8(self.0.borrow().clone()).unwrap()
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The numbers of every sequence that sets a style.
pub(in crate::tui) fn styles(bytes: &str) -> Vec<&str> {
    bytes
        .split('\u{1b}')
        .filter_map(|piece| piece.strip_prefix('['))
        .filter_map(|piece| {
            let end = piece.find(|char: char| !char.is_ascii_digit() && char != ';')?;
            let (style, rest) = piece.split_at(end);
            rest.starts_with('m').then_some(style)
        })
        .collect()
}

/// Each stretch of one style, for the colours.
pub(in crate::tui) fn styled(buffer: &Buffer) -> String {
    let mut words = String::new();
    for y in 0..buffer.area.height {
        let mut last = None;
        for x in 0..buffer.area.width {
            let cell = &buffer[(x, y)];
            let style = (cell.fg, cell.bg, cell.modifier);
            if last != Some(style) {
                let _ = write!(words, "<{:?} {:?}>", cell.fg, cell.modifier);
                last = Some(style);
            }
            words.push_str(cell.symbol());
        }
        words = words.trim_end().to_owned();
        words.push('\n');
    }
    words
}
