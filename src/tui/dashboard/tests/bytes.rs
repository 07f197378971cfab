//! What really goes to a terminal. `TestBackend` cannot see it.

use ratatui::layout::Rect;
use ratatui::{Terminal, TerminalOptions, Viewport};

use super::super::draw::draw;
use super::{Lab, lines};
use crate::engine::LogStream;
use crate::tui::testing::{Sink, styles};
use crate::tui::{Canvas, Palette, Theme};

/// All bytes of a walk through every tab.
fn walk(palette: Palette) -> String {
    let sink = Sink::default();
    let canvas = Canvas::new(sink.clone(), palette != Palette::Mono);
    let viewport = Viewport::Fixed(Rect::new(0, 0, 80, 24));
    let mut terminal = Terminal::with_options(canvas, TerminalOptions { viewport }).unwrap();
    let theme = Theme {
        palette,
        ascii: false,
    };
    let mut lab = Lab::new(80, 24);
    lab.tell(lines("api", vec![super::line(1, LogStream::Err, "fail")]));
    for keys in [
        "1", "j", "a", "q", "2", "/GET", "\n", "N", "3", "4", "jjs", "5", "?", "q",
    ] {
        for char in keys.chars() {
            let code = if char == '\n' {
                crossterm::event::KeyCode::Enter
            } else {
                crossterm::event::KeyCode::Char(char)
            };
            lab.press(code);
        }
        terminal
            .draw(|frame| draw(frame, &lab.state, theme))
            .unwrap();
    }
    sink.text()
}

#[test]
fn mono_sends_no_colour_byte_and_keeps_bold_and_underline() {
    let bytes = walk(Palette::Mono);
    let styles = styles(&bytes);
    assert!(!styles.is_empty());
    for style in &styles {
        let numbers: Vec<&str> = style.split(';').collect();
        assert!(
            numbers
                .iter()
                .all(|number| ["0", "1", "2", "4", "7"].contains(number)),
            "ESC[{style}m"
        );
    }
    assert!(styles.contains(&"1"), "the chosen row is bold");
    assert!(styles.contains(&"7"), "the place found is reversed");
}

#[test]
fn the_test_above_would_see_colours() {
    for palette in [Palette::Terminal, Palette::Light, Palette::HighContrast] {
        let bytes = walk(palette);
        assert!(
            styles(&bytes)
                .iter()
                .any(|style| style.contains("38;5") || style.starts_with('3')),
            "{palette:?}"
        );
    }
}
