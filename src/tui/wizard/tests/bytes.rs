//! What really goes to a terminal. `TestBackend` cannot see it.

use crossterm::event::KeyCode;
use ratatui::layout::Rect;
use ratatui::{Terminal, TerminalOptions, Viewport};

use super::super::draw::draw;
use super::Lab;
use crate::tui::testing::{Sink, styles};
use crate::tui::{Canvas, Palette, Theme};

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
    sink.text()
}

fn colours(bytes: &str) -> bool {
    let mut numbers = styles(bytes).into_iter().flat_map(|style| style.split(';'));
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
