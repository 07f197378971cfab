//! A step of the tour in lines, and as a value for programs.

use serde::Serialize;

use crate::interview::ascii;
use crate::tour::{Exchange, Page, Row, Visit};

use super::ask::wrapped;

/// Columns of the text; every terminal has as many.
const WIDTH: usize = 78;

/// A step as programs read it.
#[derive(Debug, Serialize)]
pub struct TourStep<'a> {
    event: &'static str,
    deployment: &'a str,
    #[serde(flatten)]
    page: &'a Page,
    #[serde(flatten)]
    visit: &'a Visit,
    good: bool,
}

impl<'a> TourStep<'a> {
    /// A step that was done.
    pub fn new(deployment: &'a str, page: &'a Page, visit: &'a Visit) -> Self {
        Self {
            event: "tour-step",
            deployment,
            page,
            visit,
            good: visit.went_well(),
        }
    }
}

/// What is said before the question. With `letters_only`, no character but ASCII.
pub fn tour_page(page: &Page, letters_only: bool) -> Vec<String> {
    let mut lines = vec![
        String::new(),
        format!("{} of {}  {}", page.number, page.of, page.title),
        String::new(),
    ];
    lines.extend(wrapped("  ", &page.text.join(" "), WIDTH));
    lines.push(String::new());
    lines.extend(wrapped("  ", page.question, WIDTH));
    drawn(lines, letters_only)
}

/// What came of it.
pub fn tour_visit(visit: &Visit, letters_only: bool) -> Vec<String> {
    let mut lines = rows(&visit.rows);
    for exchange in &visit.exchanges {
        lines.extend(asked(exchange));
    }
    if let Some(stuck) = &visit.stuck {
        lines.push(String::new());
        lines.extend(wrapped("  ✗ ", &stuck.what, WIDTH));
        lines.extend(wrapped("    → ", &stuck.next_step, WIDTH));
    }
    drawn(lines, letters_only)
}

fn rows(rows: &[Row]) -> Vec<String> {
    let longest = |texts: &mut dyn Iterator<Item = &String>| {
        let widths = texts.map(|text| text.chars().count());
        widths.max().unwrap_or(0)
    };
    let label = longest(&mut rows.iter().map(|row| &row.label));
    let found = longest(&mut rows.iter().filter_map(|row| row.found.as_ref()));
    let row = |row: &Row| {
        let mark = match row.good {
            Some(true) => '✓',
            Some(false) => '✗',
            None => ' ',
        };
        // Not folded: an address or a command is copied as it stands.
        match &row.found {
            Some(words) => format!(
                "  {mark} {:<label$}  {words:<found$}  {}",
                row.label, row.text
            ),
            None => format!("  {mark} {:<label$}  {}", row.label, row.text),
        }
    };
    let gap = (!rows.is_empty()).then(String::new);
    gap.into_iter().chain(rows.iter().map(row)).collect()
}

fn asked(exchange: &Exchange) -> Vec<String> {
    let mut lines = vec![String::new(), format!("  > {}", exchange.request)];
    if let Some(with) = &exchange.with {
        lines.extend(wrapped("    ", with, WIDTH));
    }
    lines.push(match exchange.status {
        Some(status) => format!("  < {status}, {} ms", exchange.milliseconds),
        None => format!("  < no answer, {} ms", exchange.milliseconds),
    });
    let block = |line: &String| format!("      {line}");
    lines.extend(exchange.lines.iter().map(block));
    let mark = if exchange.good { "  ✓ " } else { "  ✗ " };
    lines.extend(wrapped(mark, &exchange.meaning, WIDTH));
    lines.extend(exchange.example.iter().map(block));
    if let Some(next_step) = &exchange.next_step {
        lines.extend(wrapped("    → ", next_step, WIDTH));
    }
    lines
}

fn drawn(lines: Vec<String>, letters_only: bool) -> Vec<String> {
    let line = |line: String| {
        let line = line.trim_end();
        if letters_only {
            ascii(line)
        } else {
            line.to_owned()
        }
    };
    lines.into_iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tour::{Step, Stuck};

    fn exchange() -> Exchange {
        Exchange {
            request: "GET https://localhost:8443/api/".to_owned(),
            with: Some("with the token".to_owned()),
            status: Some(200),
            milliseconds: 12,
            lines: vec![
                "{".to_owned(),
                "  \"a\": \"•••\"".to_owned(),
                "}".to_owned(),
            ],
            good: true,
            meaning: "There it is.".to_owned(),
            example: Vec::new(),
            next_step: None,
        }
    }

    fn page() -> Page {
        Page {
            step: Step::Discovery,
            number: 2,
            of: 8,
            title: "Title",
            text: vec!["One sentence.".into(), "Another.".into()],
            question: "We ask.",
        }
    }

    #[test]
    fn a_step_reads_from_top_to_bottom() {
        assert_eq!(
            tour_page(&page(), false),
            [
                "",
                "2 of 8  Title",
                "",
                "  One sentence. Another.",
                "",
                "  We ask."
            ]
        );
        let visit = Visit {
            exchanges: vec![exchange()],
            ..Visit::default()
        };
        assert_eq!(
            tour_visit(&visit, false),
            [
                "",
                "  > GET https://localhost:8443/api/",
                "    with the token",
                "  < 200, 12 ms",
                "      {",
                "        \"a\": \"•••\"",
                "      }",
                "  ✓ There it is.",
            ]
        );
    }

    #[test]
    fn letters_only_is_letters_only() {
        let visit = Visit {
            exchanges: vec![exchange()],
            stuck: Some(Stuck {
                what: "It failed.".to_owned(),
                next_step: "Do this.".to_owned(),
            }),
            ..Visit::default()
        };
        for line in tour_visit(&visit, true) {
            assert!(line.is_ascii(), "{line}");
        }
    }

    #[test]
    fn programs_read_one_flat_value() {
        let visit = Visit {
            exchanges: vec![exchange()],
            ..Visit::default()
        };
        let page = page();
        let value = serde_json::to_value(TourStep::new("demo", &page, &visit)).unwrap();
        assert_eq!(value["event"], "tour-step");
        assert_eq!(value["step"], "discovery");
        assert_eq!(value["exchanges"][0]["status"], 200);
        assert_eq!(value["good"], true);
    }
}
