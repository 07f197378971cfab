//! The services, the last verification, and the chosen service's last lines.
//!
//! ```text
//!    service     state     health    CPU   memory  restarts  up    port
//!  ▸ ✓ gateway   running   serves    <1 %  7 MB    0         2 d   8443
//!
//!  verified      ✓ 8 questions answered at 12:04:40
//!
//!  ─ gateway: nginx, TLS and routes ────────────── ⏎ all of it ─
//!  12:09:02  GET /api/…
//! ```

use ratatui::Frame;
use ratatui::layout::{Position, Rect};

use crate::tui::text;
use crate::tui::theme::{Glyph, Theme, Tone};
use crate::tui::widgets::{Paint, put};
use crate::words;

use super::super::layout;
use super::super::state::{Link, Service, State};
use super::{clock, mark, percent, standing, tone, verification};
use crate::tui::log::Kind;

const HEADINGS: [&str; 8] = [
    "service", "state", "health", "CPU", "memory", "restarts", "up", "port",
];
/// Columns given up first when the window is narrow: the last of these first.
const LEAST_NEEDED: [usize; 3] = [7, 5, 6];

pub(super) fn draw(frame: &mut Frame<'_>, state: &State, theme: Theme) {
    let area = frame.area();
    let size = (area.width, area.height);
    let body = layout::body(size);
    if state.services.is_empty() {
        nothing(frame, state, theme, body);
        return;
    }
    let rows = layout::service_rows(size, state.services.len());
    let cells: Vec<[String; 8]> = state
        .services
        .iter()
        .map(|service| cells(state, service))
        .collect();
    let widths = widths(&cells, usize::from(area.width).saturating_sub(5));
    let heading = Rect::new(0, rows.y - 1, area.width, 1);
    let mut paint = Paint::new(frame.buffer_mut(), theme, heading);
    paint.put("     ", Tone::Plain);
    for (title, width) in HEADINGS.iter().zip(&widths) {
        if let Some(width) = width {
            paint.put(&text::fit(title, width + 2, ""), Tone::Quiet);
        }
    }
    let first = layout::first_row(state.focused(), usize::from(rows.height));
    let gone = matches!(state.link, Link::Gone(_));
    for ((service, cells), y) in state
        .services
        .iter()
        .zip(&cells)
        .skip(first)
        .zip(rows.y..rows.bottom())
    {
        let chosen = service.name == state.focus;
        let place = Rect::new(0, y, area.width, 1);
        let (mood, ..) = standing(state, service);
        let mut paint = Paint::new(frame.buffer_mut(), theme, place);
        let focus = if chosen {
            theme.glyph(Glyph::Focus)
        } else {
            " "
        };
        paint
            .put(" ", Tone::Plain)
            .put(focus, Tone::Focus)
            .put(" ", Tone::Plain)
            .put(
                mark(theme, mood),
                if gone { Tone::Quiet } else { tone(mood) },
            )
            .put(" ", Tone::Plain);
        for (column, (cell, width)) in cells.iter().zip(&widths).enumerate() {
            let Some(width) = width else { continue };
            let tone = match column {
                _ if gone => Tone::Quiet,
                0 if chosen => Tone::Focus,
                1 | 2 => tone(mood),
                _ => Tone::Plain,
            };
            let more = theme.glyph(Glyph::More);
            paint
                .put(&text::fit(cell, *width, more), tone)
                .put("  ", Tone::Plain);
        }
        if chosen {
            frame.set_cursor_position(Position::new(1, y));
        }
    }
    below(frame, state, theme, rows.bottom(), body);
}

/// Between the table and the end of the body.
fn below(frame: &mut Frame<'_>, state: &State, theme: Theme, from: u16, body: Rect) {
    let (mood, words) = verification(state);
    let row = |y: u16| Rect::new(0, y, body.width, 1).intersection(body);
    Paint::new(frame.buffer_mut(), theme, row(from + 1))
        .put(" verified      ", Tone::Quiet)
        .put(mark(theme, mood), tone(mood))
        .put(" ", Tone::Plain)
        .cut(&words, Tone::Plain);
    let Some(service) = state.focused_service() else {
        return;
    };
    let title_row = from + 3;
    if title_row >= body.bottom() {
        return;
    }
    let rule = theme.glyph(Glyph::Rule);
    let title = if service.title.is_empty() {
        service.name.clone()
    } else {
        format!("{}: {}", service.name, service.title)
    };
    let all = format!(" {} all of it {rule}", theme.glyph(Glyph::Enter));
    put(
        frame.buffer_mut(),
        theme,
        row(title_row),
        &rule.repeat(usize::from(body.width)),
        Tone::Quiet,
    );
    let mut paint = Paint::new(frame.buffer_mut(), theme, row(title_row));
    paint
        .put(" ", Tone::Plain)
        .put(rule, Tone::Quiet)
        .put(" ", Tone::Plain)
        .put(&title, Tone::Title)
        .put(" ", Tone::Plain)
        .right(&[(&all, Tone::Quiet)]);
    last_lines(
        frame,
        state,
        theme,
        service,
        Rect::new(0, title_row + 1, body.width, body.bottom() - title_row - 1),
    );
}

fn last_lines(frame: &mut Frame<'_>, state: &State, theme: Theme, service: &Service, area: Rect) {
    let Some(place) = state.store.find(&service.name) else {
        return;
    };
    let lines: Vec<_> = state
        .store
        .latest(place)
        .take(usize::from(area.height))
        .collect();
    if lines.is_empty() {
        let words = match (&service.live, &state.link) {
            (_, Link::Looking) => " Looking".to_owned(),
            (Some(_), _) => " It has not written anything yet.".to_owned(),
            (None, _) => format!(
                " It is not there. To make it: edfi-setup up --name {}",
                state.facts.deployment
            ),
        };
        put(frame.buffer_mut(), theme, area, &words, Tone::Quiet);
        return;
    }
    for (line, y) in lines.iter().rev().zip(area.y..area.bottom()) {
        let time = jiff::Timestamp::from_nanosecond(line.at_nanos.into())
            .map_or_else(|_| String::new(), |at| clock(state, at));
        let (sign, tone) = match line.kind {
            Kind::Out => (" ", Tone::Plain),
            Kind::Err => ("!", Tone::Note),
            Kind::Mark => (theme.glyph(Glyph::Rule), Tone::Busy),
        };
        Paint::new(frame.buffer_mut(), theme, Rect::new(0, y, area.width, 1))
            .put(" ", Tone::Plain)
            .put(&time, Tone::Quiet)
            .put(" ", Tone::Plain)
            .put(sign, tone)
            .put(" ", Tone::Plain)
            .cut(
                &line.text,
                if line.kind == Kind::Mark {
                    tone
                } else {
                    Tone::Plain
                },
            );
    }
}

fn nothing(frame: &mut Frame<'_>, state: &State, theme: Theme, body: Rect) {
    let words = match &state.link {
        Link::Looking => " Looking".to_owned(),
        Link::Gone(_) => " The engine does not answer.".to_owned(),
        Link::There => format!(
            " There are no services. To bring them up: edfi-setup up --name {}",
            state.facts.deployment
        ),
    };
    let place = Rect::new(0, body.y + 1, body.width, 1);
    put(frame.buffer_mut(), theme, place, &words, Tone::Plain);
    frame.set_cursor_position(Position::new(1, place.y));
}

fn cells(state: &State, service: &Service) -> [String; 8] {
    let (_, word, health) = standing(state, service);
    let none = || "-".to_owned();
    let live = service.live.as_ref();
    let usage = service
        .shown
        .filter(|_| live.is_some_and(|live| live.started().is_some()));
    let ports: Vec<String> = live
        .into_iter()
        .flat_map(|live| &live.state.ports)
        .map(|port| port.host_port.to_string())
        .collect();
    [
        service.name.clone(),
        word,
        health,
        usage.map_or_else(none, |usage| percent(usage.cpus)),
        usage.map_or_else(none, |usage| words::bytes(usage.memory_bytes)),
        live.map_or_else(none, |live| live.state.restart_count.to_string()),
        live.and_then(super::super::state::Live::started)
            .map_or_else(none, |started| words::age(state.seconds_since(started))),
        if ports.is_empty() {
            none()
        } else {
            ports.join(" ")
        },
    ]
}

/// Columns as wide as their content; what does not fit is given up in a fixed order, and of what must
/// stay the name gives way last of all.
fn widths(cells: &[[String; 8]], room: usize) -> Vec<Option<usize>> {
    let mut widths: Vec<Option<usize>> = HEADINGS
        .iter()
        .enumerate()
        .map(|(column, title)| {
            let widest = cells
                .iter()
                .filter_map(|row| row.get(column))
                .map(|cell| text::width(cell))
                .max();
            // Numbers that grow and shrink must not move the columns behind them.
            let steady = match column {
                2 => 8,
                3 => 5,
                4 => 7,
                6 => 6,
                _ => 0,
            };
            Some(widest.unwrap_or(0).max(title.len()).max(steady))
        })
        .collect();
    let total = |widths: &[Option<usize>]| -> usize {
        widths
            .iter()
            .flatten()
            .map(|width| width + 2)
            .sum::<usize>()
            .saturating_sub(2)
    };
    for column in LEAST_NEEDED {
        if total(&widths) <= room {
            break;
        }
        if let Some(width) = widths.get_mut(column) {
            *width = None;
        }
    }
    for column in [1, 2, 0] {
        let over = total(&widths).saturating_sub(room);
        if let Some(Some(width)) = widths.get_mut(column) {
            *width = width.saturating_sub(over).max((*width).min(8));
        }
    }
    widths
}
