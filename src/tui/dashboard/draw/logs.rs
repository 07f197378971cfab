//! The log tab: only the rows that are visible are ever looked at.

use jiff::Timestamp;
use ratatui::Frame;
use ratatui::layout::{Position, Rect};

use crate::tui::text;
use crate::tui::theme::{Glyph, Theme, Tone};
use crate::tui::widgets::{Paint, put};

use super::super::state::State;
use super::clock;
use crate::tui::log::{Held, Kind, LineId};

pub(super) fn draw(frame: &mut Frame<'_>, state: &State, theme: Theme, body: Rect) {
    title(frame, state, theme, Rect { height: 1, ..body });
    let area = Rect::new(0, body.y + 1, body.width, body.height.saturating_sub(1));
    let window = state.window();
    let visible = state.view.visible(&state.store, window);
    // The cursor stands on the hit, or on the last row.
    let mut cursor = Position::new(0, area.y);
    if visible.is_empty() {
        put(frame.buffer_mut(), theme, area, nothing(state), Tone::Quiet);
    }
    let mut y = area.y;
    for (id, above) in visible {
        let Some(line) = state.store.get(id) else {
            continue;
        };
        let is_hit = state.view.is_hit(id);
        if is_hit {
            cursor = Position::new(0, y);
        }
        let shown = theme.foreign(&line.text);
        let mut rows: Vec<_> = if window.wrap {
            text::rows(&shown, window.columns).skip(above).collect()
        } else {
            std::iter::once(0..shown.len()).collect()
        };
        rows.truncate(usize::from(area.bottom().saturating_sub(y)));
        for (number, range) in rows.into_iter().enumerate() {
            let place = Rect::new(0, y, area.width, 1);
            let mut paint = Paint::new(frame.buffer_mut(), theme, place);
            if number == 0 && above == 0 {
                prefix(&mut paint, state, theme, id, line);
            }
            let start = u16::try_from(state.prefix_width()).unwrap_or(0);
            paint.to(start);
            words(&mut paint, state, theme, &shown, range, (line, is_hit));
            if !is_hit && state.view.hit.is_none() {
                cursor = Position::new(0, y);
            }
            y += 1;
        }
    }
    frame.set_cursor_position(cursor);
}

fn nothing(state: &State) -> &'static str {
    if state.view.filter.is_some() || state.view.only_errors {
        " No line is like that. Esc shows all lines again."
    } else {
        " Nothing has been written yet. New lines appear here by themselves."
    }
}

/// What is shown, and how: `api · only lines with "401" · 212 lines · following`.
fn title(frame: &mut Frame<'_>, state: &State, theme: Theme, place: Rect) {
    let view = &state.view;
    let dot = format!(" {} ", theme.glyph(Glyph::Dot));
    let which = view
        .service
        .map_or("all services", |at| state.store.name(at));
    let dropped = state.store.dropped(view.service);
    let parts = [
        view.filter
            .as_ref()
            .map(|filter| format!("only lines with \"{}\"", filter.text())),
        view.only_errors.then(|| "only errors".to_owned()),
        Some(counted(view.len() as u64, "line")),
        (dropped > 0).then(|| format!("{} dropped", counted(dropped, "older line"))),
    ];
    let left: String = parts
        .iter()
        .flatten()
        .flat_map(|part| [dot.as_str(), part])
        .collect();
    let found = view.place().map(|(at, of)| {
        let query = view.query.as_ref().map_or("", |query| query.text());
        match (at, of) {
            (_, 0) => format!("\"{query}\" not found{dot}"),
            (0, of) => format!("\"{query}\" in {}{dot}", counted(of as u64, "line")),
            (at, of) => format!("\"{query}\" {at} of {of}{dot}"),
        }
    });
    let (state_words, tone) = match (view.top, view.fresh) {
        (None, _) => ("following ".to_owned(), Tone::Good),
        (Some(_), 0) => ("standing still ".to_owned(), Tone::Note),
        (Some(_), fresh) => {
            let down = theme.glyph(Glyph::Down);
            (
                format!("{down} {} new, End follows ", thousands(fresh)),
                Tone::Note,
            )
        }
    };
    let mut right = Vec::new();
    if let Some(found) = &found {
        right.push((found.as_str(), Tone::Plain));
    }
    right.push((state_words.as_str(), tone));
    let width: usize = right.iter().map(|(words, _)| text::width(words)).sum();
    let mut paint = Paint::new(frame.buffer_mut(), theme, place);
    paint.put(" ", Tone::Plain).put(which, Tone::Title);
    let room = paint.room().saturating_sub(width + 1);
    paint
        .put(
            &text::cut(&left, room, theme.glyph(Glyph::More)),
            Tone::Quiet,
        )
        .right(&right);
}

fn prefix(paint: &mut Paint<'_>, state: &State, theme: Theme, id: LineId, line: &Held) {
    paint.put(" ", Tone::Plain);
    if state.rows.times {
        let time = match line.at_nanos {
            0 => String::new(),
            at => Timestamp::from_nanosecond(at.into())
                .map_or_else(|_| String::new(), |at| clock(state, at)),
        };
        paint.put(&text::fit(&time, 9, ""), Tone::Quiet);
    }
    if state.view.service.is_none() {
        let name = state.store.name(id.service);
        paint.put(
            &text::fit(name, state.store.name_width() + 1, ""),
            service_tone(id.service),
        );
    }
    let (sign, tone) = match line.kind {
        Kind::Out => (theme.glyph(Glyph::Bar), Tone::Quiet),
        Kind::Err => ("!", Tone::Note),
        Kind::Mark => (theme.glyph(Glyph::Rule), Tone::Busy),
    };
    paint.put(sign, tone);
}

/// Neighbours in different colours, where there are colours; the name says it anyway.
fn service_tone(place: usize) -> Tone {
    if place.is_multiple_of(2) {
        Tone::Busy
    } else {
        Tone::Good
    }
}

/// A row of a line, with what was searched for marked.
fn words(
    paint: &mut Paint<'_>,
    state: &State,
    theme: Theme,
    shown: &str,
    row: std::ops::Range<usize>,
    (line, is_hit): (&Held, bool),
) {
    let plain = if line.kind == Kind::Mark {
        Tone::Busy
    } else {
        Tone::Plain
    };
    let found = if is_hit { Tone::FoundHere } else { Tone::Found };
    let places = state
        .view
        .query
        .as_ref()
        .map_or_else(Vec::new, |query| query.places(shown));
    let cut = !state.rows.wrap && text::width(shown) > paint.room();
    let mut row = row;
    if cut {
        let room = paint
            .room()
            .saturating_sub(text::width(theme.glyph(Glyph::More)));
        row = text::rows(shown, room.max(1)).next().unwrap_or(0..0);
    }
    let mut at = row.start;
    for place in places {
        let (start, end) = (place.start.clamp(at, row.end), place.end.clamp(at, row.end));
        if start < end {
            paint.put(shown.get(at..start).unwrap_or_default(), plain);
            paint.put(shown.get(start..end).unwrap_or_default(), found);
            at = end;
        }
    }
    paint.put(shown.get(at..row.end).unwrap_or_default(), plain);
    if cut {
        paint.put(theme.glyph(Glyph::More), Tone::Quiet);
    }
}

fn counted(count: u64, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {what}{plural}", thousands(count))
}

/// As in 12,000.
fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn large_numbers_can_be_read() {
        assert_eq!(super::thousands(0), "0");
        assert_eq!(super::thousands(999), "999");
        assert_eq!(super::thousands(1_234_567), "1,234,567");
        assert_eq!(super::counted(1, "line"), "1 line");
    }
}
