//! What a page holds, row by row, as wide as the window.

use crate::tour::{Exchange, Row, Visit};
use crate::tui::text;
use crate::tui::theme::{Glyph, Tone};

use super::state::Tour;

/// Longer rows are hard to read.
const WIDEST: usize = 96;

/// One row of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// Blank columns before it.
    pub indent: usize,
    /// A sign and what it means.
    pub sign: Option<(Glyph, Tone)>,
    /// Its words, in pieces.
    pub words: Vec<(String, Tone)>,
}

impl Line {
    fn new(indent: usize, words: impl Into<String>, tone: Tone) -> Self {
        Self {
            indent,
            sign: None,
            words: vec![(words.into(), tone)],
        }
    }

    fn empty() -> Self {
        Self::new(0, "", Tone::Plain)
    }
}

/// The rows of the page that is shown.
pub(super) fn lines(tour: &Tour) -> Vec<Line> {
    let width = usize::from(tour.size.0).saturating_sub(2).min(WIDEST);
    let mut lines = Vec::new();
    if let Some(page) = tour.page() {
        folded(
            &mut lines,
            1,
            None,
            &page.text.join(" "),
            Tone::Plain,
            width,
        );
        lines.push(Line::empty());
        folded(&mut lines, 1, None, page.question, Tone::Title, width);
    }
    if let Some(visit) = tour.visits.get(&tour.step) {
        lines.extend(visited(visit, width));
    } else if tour.asking.contains(&tour.step) {
        lines.push(Line::empty());
        let sign = Some((Glyph::Busy, Tone::Busy));
        folded(
            &mut lines,
            1,
            sign,
            "waiting for the answer",
            Tone::Quiet,
            width,
        );
    }
    lines
}

fn visited(visit: &Visit, width: usize) -> Vec<Line> {
    let mut lines = rows(&visit.rows, width);
    for exchange in &visit.exchanges {
        asked(&mut lines, exchange, width);
    }
    if let Some(stuck) = &visit.stuck {
        lines.push(Line::empty());
        let sign = Some((Glyph::Bad, Tone::Bad));
        folded(&mut lines, 1, sign, &stuck.what, Tone::Plain, width);
        advice(&mut lines, &stuck.next_step, width);
    }
    lines
}

fn rows(rows: &[Row], width: usize) -> Vec<Line> {
    let longest = |texts: &mut dyn Iterator<Item = &String>| {
        texts.map(|text| text::width(text)).max().unwrap_or(0)
    };
    let label = longest(&mut rows.iter().map(|row| &row.label)) + 2;
    let found = longest(&mut rows.iter().filter_map(|row| row.found.as_ref())) + 2;
    let mut lines = Vec::new();
    for row in rows {
        if lines.is_empty() {
            lines.push(Line::empty());
        }
        let mut words = vec![(text::fit(&row.label, label, ""), Tone::Title)];
        let (sign, tone) = match row.good {
            Some(true) => (Some((Glyph::Good, Tone::Good)), Tone::Good),
            Some(false) => (Some((Glyph::Bad, Tone::Bad)), Tone::Bad),
            None => (None, Tone::Plain),
        };
        let mut before = 3 + label;
        if let Some(words_found) = &row.found {
            words.push((text::fit(words_found, found, ""), tone));
            before += found;
        }
        let room = width.saturating_sub(before);
        let mut parts = text::sentences(&row.text, room).into_iter();
        words.push((parts.next().unwrap_or_default(), Tone::Plain));
        lines.push(Line {
            indent: if sign.is_some() { 1 } else { 3 },
            sign,
            words,
        });
        lines.extend(parts.map(|part| Line::new(before, part, Tone::Plain)));
    }
    lines
}

fn asked(lines: &mut Vec<Line>, exchange: &Exchange, width: usize) {
    lines.push(Line::empty());
    folded(lines, 1, None, &exchange.request, Tone::Address, width);
    if let Some(with) = &exchange.with {
        folded(lines, 3, None, with, Tone::Quiet, width);
    }
    let milliseconds = exchange.milliseconds;
    let (status, tone) = match exchange.status {
        Some(status) if exchange.good => (status.to_string(), Tone::Good),
        Some(status) => (status.to_string(), Tone::Bad),
        None => ("no answer".to_owned(), Tone::Bad),
    };
    lines.push(Line {
        indent: 1,
        sign: Some((Glyph::Arrow, Tone::Quiet)),
        words: vec![
            (status, tone),
            (format!(", {milliseconds} ms"), Tone::Quiet),
        ],
    });
    let sign = if exchange.good {
        (Glyph::Good, Tone::Good)
    } else {
        (Glyph::Bad, Tone::Bad)
    };
    let answer = |line: &String| Line::new(5, line, Tone::Plain);
    let answer = exchange.lines.iter().map(answer);
    // What it means comes first, where no scrolling is needed; but an example follows its announcement.
    if exchange.example.is_empty() {
        folded(lines, 1, Some(sign), &exchange.meaning, Tone::Plain, width);
        lines.extend(answer);
    } else {
        lines.extend(answer);
        folded(lines, 1, Some(sign), &exchange.meaning, Tone::Plain, width);
        let example = |line: &String| Line::new(5, line, Tone::Quiet);
        lines.extend(exchange.example.iter().map(example));
    }
    if let Some(next_step) = &exchange.next_step {
        advice(lines, next_step, width);
    }
}

fn advice(lines: &mut Vec<Line>, words: &str, width: usize) {
    let sign = Some((Glyph::Arrow, Tone::Quiet));
    folded(lines, 3, sign, words, Tone::Plain, width);
}

/// Words on as many rows as they need; the first begins with the sign.
fn folded(
    lines: &mut Vec<Line>,
    indent: usize,
    sign: Option<(Glyph, Tone)>,
    words: &str,
    tone: Tone,
    width: usize,
) {
    // As wide as the widest twin of a sign, and a blank.
    let beside = if sign.is_some() { 3 } else { 0 };
    let room = width.saturating_sub(indent + beside);
    for (number, part) in text::sentences(words, room).into_iter().enumerate() {
        lines.push(if number == 0 {
            Line {
                indent,
                sign,
                words: vec![(part, tone)],
            }
        } else {
            Line::new(indent + if sign.is_some() { 2 } else { 0 }, part, tone)
        });
    }
}
