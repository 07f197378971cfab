//! What really goes to a terminal. `TestBackend` cannot see it.

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

use crossterm::event::KeyCode;
use ratatui::layout::Rect;
use ratatui::{Terminal, TerminalOptions, Viewport};

use super::super::draw::draw;
use super::Lab;
use crate::tui::{Canvas, Palette, Theme};

#[derive(Clone, Default)]
struct Sink(Rc<RefCell<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// All bytes of a walk through the questions.
fn walk(theme: Theme) -> String {
    let sink = Sink::default();
    let canvas = Canvas::new(sink.clone(), theme.palette != Palette::Mono);
    let viewport = Viewport::Fixed(Rect::new(0, 0, 80, 24));
    let mut terminal = Terminal::with_options(canvas, TerminalOptions { viewport }).unwrap();
    let mut lab = Lab::new(80, 24);
    for _ in 0..14 {
        for code in [KeyCode::Down, KeyCode::F(2), KeyCode::F(2), KeyCode::Enter] {
            terminal
                .draw(|frame| draw(frame, &lab.wizard, theme))
                .unwrap();
            lab.press(code);
        }
    }
    let bytes = sink.0.borrow().clone();
    String::from_utf8(bytes).unwrap()
}

fn colours(bytes: &str) -> bool {
    let styles = bytes.split('\u{1b}').filter_map(|piece| {
        let piece = piece.strip_prefix('[')?;
        let end = piece.find(|char: char| !char.is_ascii_digit() && char != ';')?;
        let (style, rest) = piece.split_at(end);
        rest.starts_with('m').then_some(style)
    });
    let mut numbers = styles.flat_map(|style| style.split(';'));
    numbers.any(|number| number.parse().is_ok_and(|number: u32| number >= 30))
}

#[test]
fn mono_sends_no_colour_byte_and_ascii_no_other_character() {
    let theme = |palette, ascii| Theme { palette, ascii };
    assert!(!colours(&walk(theme(Palette::Mono, false))));
    assert!(walk(theme(Palette::Mono, true)).is_ascii());
    for palette in [Palette::Terminal, Palette::Light, Palette::HighContrast] {
        assert!(colours(&walk(theme(palette, false))), "{palette:?}");
    }
}
