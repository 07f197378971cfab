//! Rows of pieces, each with its meaning; folded to a width.

use crate::tui::text;
use crate::tui::theme::Tone;

/// One row of text.
pub(super) type Row = Vec<(String, Tone)>;

/// A row of one piece.
pub(super) fn row(words: impl Into<String>, tone: Tone) -> Row {
    vec![(words.into(), tone)]
}

/// A sentence behind a lead; further rows begin below the sentence.
pub(super) fn sentence(lead: Row, words: &str, tone: Tone, width: usize) -> Vec<Row> {
    let indent: usize = lead.iter().map(|(piece, _)| text::width(piece)).sum();
    let room = width.saturating_sub(indent).max(1);
    let mut lead = Some(lead);
    text::sentences(words, room)
        .into_iter()
        .map(|line| {
            let mut row = lead
                .take()
                .unwrap_or_else(|| vec![(" ".repeat(indent), Tone::Plain)]);
            row.push((line, tone));
            row
        })
        .collect()
}

/// A row cut into rows that fit, each further one begun by `indent` blanks. Nothing is lost.
pub(super) fn folded(row: Row, width: usize, indent: usize) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut current: Row = Vec::new();
    let mut used = 0;
    for (piece, tone) in row {
        let mut rest = piece.as_str();
        while !rest.is_empty() {
            let room = width.saturating_sub(used);
            let fits = text::rows(rest, room.max(1))
                .next()
                .unwrap_or(0..rest.len());
            let (head, tail) = rest.split_at(fits.end);
            if (room == 0 || text::width(head) > room) && used > indent {
                rows.push(std::mem::take(&mut current));
                current.push((" ".repeat(indent), Tone::Plain));
                used = indent;
                continue;
            }
            used += text::width(head);
            current.push((head.to_owned(), tone));
            rest = tail;
        }
    }
    rows.push(current);
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn words(row: &Row) -> String {
        row.iter().map(|(piece, _)| piece.as_str()).collect()
    }

    #[test]
    fn sentences_go_on_below_themselves() {
        let rows = sentence(row("  ! ", Tone::Note), "one two three", Tone::Plain, 11);
        let rows: Vec<String> = rows.iter().map(words).collect();
        assert_eq!(rows, ["  ! one two", "    three"]);
    }

    proptest! {
        #[test]
        fn folding_loses_nothing(pieces in proptest::collection::vec("[a-z漢 ]{0,30}", 0..4), width in 6_usize..40) {
            let all: String = pieces.concat();
            let row: Row = pieces.into_iter().map(|piece| (piece, Tone::Plain)).collect();
            let rows = folded(row, width, 2);
            let mut joined = String::new();
            for (number, row) in rows.iter().enumerate() {
                prop_assert!(text::width(&words(row)) <= width);
                let from = if number == 0 { 0 } else { 2 };
                joined.push_str(words(row).get(from..).unwrap());
            }
            prop_assert_eq!(joined, all);
        }
    }
}
