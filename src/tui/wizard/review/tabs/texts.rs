//! The Compose file and the profile, with calm colours.

use crate::session::Preview;
use crate::tui::theme::Tone;

use super::super::highlight::yaml;
use super::super::rows::{Row, folded, row, sentence};

const INDENT: &str = "   ";

pub(super) fn compose(preview: &Preview, width: usize) -> Vec<Row> {
    match &preview.compose {
        Some(text) => lines(text, width),
        None => super::waiting("The Compose text is being worked out."),
    }
}

pub(super) fn profile(preview: &Preview, width: usize) -> Vec<Row> {
    if preview.profile.is_empty() {
        return super::waiting("There is a profile as soon as the answers are complete.");
    }
    let mut rows = lines(&preview.profile, width);
    rows.push(Row::new());
    let lead = row(INDENT, Tone::Plain);
    let words = "The same without questions; c copies it:";
    rows.extend(sentence(lead, words, Tone::Quiet, width));
    rows.extend(sentence(
        row(INDENT, Tone::Plain),
        &preview.command,
        Tone::Plain,
        width,
    ));
    rows
}

fn lines(text: &str, width: usize) -> Vec<Row> {
    yaml(text)
        .into_iter()
        .flat_map(|line| {
            let mut row = row(INDENT, Tone::Plain);
            row.extend(line);
            folded(row, width, INDENT.len() + 4)
        })
        .collect()
}
