//! What services use over time: two rows a service, processor above memory.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};

use crate::live::Usage;
use crate::tui::text;
use crate::tui::theme::{Glyph, Theme, Tone};
use crate::tui::widgets::{Paint, put, sparkline};
use crate::words;

use super::super::layout;
use super::super::state::{Service, State};
use super::percent;

/// Columns of numbers at the right of a sparkline.
const NUMBERS: usize = 28;

pub(super) fn draw(frame: &mut Frame<'_>, state: &State, theme: Theme, body: Rect) {
    let names = state
        .services
        .iter()
        .map(|service| text::width(&service.name));
    let name = names.max().unwrap_or(0).clamp(7, 20);
    let columns = usize::from(body.width).saturating_sub(4 + name + 9 + NUMBERS);
    let latest = |service: &Service| service.history.back().copied();
    let all: Vec<Usage> = state.services.iter().filter_map(latest).collect();
    let cpus: f32 = all.iter().map(|usage| usage.cpus).sum();
    let memory: u64 = all.iter().map(|usage| usage.memory_bytes).sum();
    Paint::new(frame.buffer_mut(), theme, Rect { height: 1, ..body })
        .put(" together ", Tone::Quiet)
        .put(&percent(cpus), Tone::Title)
        .put(" of one processor, ", Tone::Quiet)
        .put(&words::bytes(memory), Tone::Title)
        .right(&[(
            &format!("the last {columns} s, newest at the right "),
            Tone::Quiet,
        )]);
    let rows = usize::from(body.height.saturating_sub(2)) / 2;
    let first = layout::first_row(state.focused(), rows);
    let mut place = Rect::new(0, body.y + 2, body.width, 2);
    for service in state.services.iter().skip(first).take(rows) {
        let chosen = service.name == state.focus;
        if chosen {
            frame.set_cursor_position(Position::new(1, place.y));
        }
        one(frame, theme, place, service, chosen, (name, columns));
        place.y += 2;
    }
    if state.services.is_empty() {
        let words = " There are no services.";
        put(frame.buffer_mut(), theme, place, words, Tone::Plain);
        frame.set_cursor_position(Position::new(1, place.y));
    }
}

/// A service's two rows.
fn one(
    frame: &mut Frame<'_>,
    theme: Theme,
    place: Rect,
    service: &Service,
    chosen: bool,
    (name, columns): (usize, usize),
) {
    let cpus = service.history.iter().map(|usage| f64::from(usage.cpus));
    let most_cpus = cpus.clone().fold(0.01, f64::max);
    let bytes = service.history.iter().map(|usage| usage.memory_bytes);
    let most_bytes = bytes.clone().max().unwrap_or(0);
    let cpu_line = sparkline(theme, cpus, most_cpus, columns);
    #[allow(clippy::cast_precision_loss, reason = "heights of eight")]
    let memory_line = sparkline(
        theme,
        bytes.map(|bytes| bytes as f64),
        most_bytes as f64,
        columns,
    );
    let (cpu_words, memory_words) = match service.history.back() {
        Some(now) => (
            format!("{:>6}  most {}", percent(now.cpus), percent_of(most_cpus)),
            format!(
                "{:>6}  most {}",
                words::bytes(now.memory_bytes),
                words::bytes(most_bytes)
            ),
        ),
        None => ("not measured".to_owned(), String::new()),
    };
    let more = theme.glyph(Glyph::More);
    let focus = if chosen {
        theme.glyph(Glyph::Focus)
    } else {
        " "
    };
    let tone = if chosen { Tone::Focus } else { Tone::Plain };
    Paint::new(frame.buffer_mut(), theme, place)
        .put(" ", Tone::Plain)
        .put(focus, Tone::Focus)
        .put(" ", Tone::Plain)
        .put(&text::fit(&service.name, name, more), tone)
        .put("  CPU    ", Tone::Quiet)
        .put(&cpu_line, Tone::Busy)
        .put(" ", Tone::Plain)
        .put(&cpu_words, Tone::Plain);
    let below = Rect {
        y: place.y + 1,
        ..place
    };
    Paint::new(frame.buffer_mut(), theme, below)
        .put(&" ".repeat(3 + name), Tone::Plain)
        .put("  memory ", Tone::Quiet)
        .put(&memory_line, Tone::Good)
        .put(" ", Tone::Plain)
        .put(&memory_words, Tone::Plain);
}

fn percent_of(cpus: f64) -> String {
    #[allow(
        clippy::cast_possible_truncation,
        reason = "a share for people to read"
    )]
    let cpus = cpus as f32;
    percent(cpus)
}
