//! What really goes to a terminal. `TestBackend` cannot see it.

use std::time::Duration;

use crossterm::event::{Event, KeyCode, KeyEvent};
use futures_util::stream::{self, StreamExt};
use jiff::SignedDuration;
use ratatui::layout::Rect;
use ratatui::{Terminal, TerminalOptions, Viewport};

use super::super::draw::draw;
use super::super::host::Dashboard;
use super::super::state::{Data, Effect};
use super::{Lab, container, lines, now, run_of};
use crate::engine::{Health, LogStream};
use crate::live::{News, Seen, Usage};
use crate::tui::events::{Left, Sources, Step, run};
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
                KeyCode::Enter
            } else {
                KeyCode::Char(char)
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

/// A second of ten containers that do next to nothing; no two seconds are alike.
fn quiet_second(second: u64) -> Vec<Data> {
    let uses = |number: u64| {
        let noise = (second * 31 + number * 17) % 23;
        Data::News(News::Uses {
            run: run_of(&format!("service-{number}"), number),
            usage: Usage {
                cpus: f32::from(u8::try_from(noise).unwrap()) * 0.0004,
                memory_bytes: 80_000_000 + noise * 40_000,
                memory_limit_bytes: 0,
            },
        })
    };
    (1..=10).map(uses).collect()
}

/// Ten containers that are 121 seconds old and do nothing, seen for 90 seconds: bytes sent to the terminal after
/// 20, 50 and 90 of them.
async fn bytes_of_an_idle_deployment(tab: char) -> [usize; 3] {
    let ten = (1..=10).map(|number| Seen {
        container: container(&format!("service-{number}"), Health::Healthy, 121),
        generation: number,
    });
    let seen = Data::News(News::Seen(ten.collect()));
    let seconds = stream::unfold(0, |second| async move {
        tokio::time::sleep(Duration::from_secs(1)).await;
        Some((stream::iter(quiet_second(second)), second + 1))
    });
    let mut sources = Sources {
        news: stream::iter([seen]).chain(seconds.flatten()).boxed(),
        many: stream::pending().boxed(),
    };
    let sink = Sink::default();
    let viewport = Viewport::Fixed(Rect::new(0, 0, 80, 24));
    let canvas = Canvas::new(sink.clone(), true);
    let mut terminal = Terminal::with_options(canvas, TerminalOptions { viewport }).unwrap();
    let mut app = Dashboard {
        state: Lab::empty(80, 24).state,
        theme: Theme::default(),
    };
    let begun = tokio::time::Instant::now();
    let clock = move || now() + SignedDuration::try_from(begun.elapsed()).unwrap();
    let press = |char| Ok(Event::Key(KeyEvent::from(KeyCode::Char(char))));
    let leave = stream::once(async move {
        tokio::time::sleep(Duration::from_secs(90)).await;
        press('q')
    });
    let mut keys = Box::pin(stream::iter([press(tab)]).chain(leave));
    let mut signals = Box::pin(stream::pending());
    let watching = async {
        let mut counts = [0; 3];
        for (count, pause) in counts.iter_mut().zip([20, 30, 39]) {
            tokio::time::sleep(Duration::from_secs(pause)).await;
            *count = sink.text().len();
        }
        counts
    };
    let looking = run(
        &mut app,
        &mut terminal,
        &mut keys,
        &mut signals,
        &mut sources,
        |effect| match effect {
            Effect::Leave(_) => Step::Leave,
            _ => Step::Go,
        },
        clock,
    );
    let (left, counts) = tokio::join!(looking, watching);
    assert_eq!(left.unwrap(), Left::Effect);
    counts
}

#[tokio::test(start_paused = true)]
async fn between_two_ticks_of_an_age_an_idle_deployment_sends_no_byte() {
    for tab in ['1', '2', '4', '5'] {
        let [settled, later, after_a_tick] = bytes_of_an_idle_deployment(tab).await;
        assert!(settled > 0, "tab {tab}");
        assert_eq!(later - settled, 0, "tab {tab}: bytes in 30 s");
        assert!(
            after_a_tick > later,
            "tab {tab}: three minutes are one more"
        );
    }
}
