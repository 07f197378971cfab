//! The picture, and the doors below it.

use crate::session::Preview;
use crate::tui::text;
use crate::tui::theme::Tone;

use super::super::rows::{Row, row};

const INDENT: &str = "  ";

pub(super) fn rows(preview: &Preview, width: usize) -> Vec<Row> {
    if preview.picture.is_empty() {
        return super::waiting("There is a picture as soon as the answers are complete.");
    }
    let fits = |lines: &[String]| {
        let widest = lines.iter().map(|line| text::width(line)).max();
        widest.unwrap_or(0) + INDENT.len() <= width
    };
    let lines = if fits(&preview.picture) {
        &preview.picture
    } else {
        &preview.small_picture
    };
    let mut rows: Vec<Row> = lines
        .iter()
        .map(|line| row(format!("{INDENT}{line}"), Tone::Plain))
        .collect();
    rows.push(Row::new());
    rows.extend(doors(preview, width));
    rows
}

/// Ports, and who can reach them.
pub(super) fn doors(preview: &Preview, width: usize) -> Vec<Row> {
    let names = super::column(preview.doors.iter().map(|door| door.service.as_str()), 20);
    let mut rows = Vec::new();
    for door in &preview.doors {
        let lead = vec![
            (
                format!("{INDENT} {}  ", text::fit(&door.service, names, "…")),
                Tone::Plain,
            ),
            (format!("{}  ", door.address), Tone::Plain),
        ];
        rows.extend(super::super::rows::sentence(
            lead,
            &door.who,
            Tone::Title,
            width,
        ));
    }
    let others = "Everything else has no port: only the services reach each other, on a network of their own.";
    let lead = row(format!("{INDENT} "), Tone::Plain);
    rows.extend(super::super::rows::sentence(
        lead,
        others,
        Tone::Quiet,
        width,
    ));
    rows
}
