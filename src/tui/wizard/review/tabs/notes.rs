//! What stands in the way, and what is good to know.

use crate::diagnostic::Severity;
use crate::session::Preview;
use crate::tui::theme::Tone;

use super::super::rows::{Row, row, sentence};

pub(super) fn rows(preview: &Preview, width: usize) -> Vec<Row> {
    let mut rows = Vec::new();
    for note in &preview.notes {
        let (mark, tone) = match note.severity {
            Severity::Block => ("✗", Tone::Bad),
            Severity::Warn => ("!", Tone::Note),
            Severity::Note => ("·", Tone::Plain),
        };
        gap(&mut rows);
        let lead = row(format!("   {mark} "), tone);
        rows.extend(sentence(lead, &note.message, Tone::Plain, width));
        let more = [("found: ", &note.found), ("expected: ", &note.expected)];
        for (label, words) in more {
            if let Some(words) = words {
                let lead = row(format!("     {label}"), Tone::Quiet);
                rows.extend(sentence(lead, words, Tone::Plain, width));
            }
        }
        if let Some(help) = &note.help {
            let lead = row("     → ", Tone::Quiet);
            rows.extend(sentence(lead, help, Tone::Plain, width));
        }
        rows.push(row(format!("     {}", note.code), Tone::Quiet));
    }
    for (title, words) in &preview.warnings {
        gap(&mut rows);
        let lead = vec![
            ("   ! ".to_owned(), Tone::Note),
            (format!("{title}: "), Tone::Title),
        ];
        rows.extend(sentence(lead, words, Tone::Plain, width));
    }
    if rows.is_empty() {
        rows.push(row("   Nothing special.", Tone::Plain));
    }
    rows
}

fn gap(rows: &mut Vec<Row>) {
    if !rows.is_empty() {
        rows.push(Row::new());
    }
}
