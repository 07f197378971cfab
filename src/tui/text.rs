//! Text by the width it takes on a screen, not by its bytes.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Columns a text takes.
pub fn width(text: &str) -> usize {
    if is_simple(text) {
        text.len()
    } else {
        text.width()
    }
}

/// The beginning of a text that fits; with `end` (as in "…") in place of what does not.
pub fn cut(text: &str, columns: usize, end: &str) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let room = columns.saturating_sub(width(end));
    let fitting = rows(text, room.max(1)).next().unwrap_or(0..0);
    let kept = if room == 0 {
        ""
    } else {
        text.get(fitting).unwrap_or_default()
    };
    let end = if columns < width(end) { "" } else { end };
    format!("{kept}{end}")
}

/// A text with blanks behind it, cut if it is too long.
pub fn fit(text: &str, columns: usize, end: &str) -> String {
    let mut fitted = cut(text, columns, end);
    let missing = columns.saturating_sub(width(&fitted));
    fitted.extend(std::iter::repeat_n(' ', missing));
    fitted
}

/// Byte ranges of the rows that a text takes when it is wrapped anywhere. An empty text takes one.
pub fn rows(text: &str, columns: usize) -> impl Iterator<Item = Range<usize>> + '_ {
    let columns = columns.max(1);
    let simple = is_simple(text);
    let mut start = Some(0);
    std::iter::from_fn(move || {
        let from = start?;
        let rest = text.get(from..)?;
        let end = from
            + if simple {
                rest.len().min(columns)
            } else {
                wide_row(rest, columns)
            };
        start = (end < text.len()).then_some(end);
        Some(from..end)
    })
}

/// How many rows `rows` gives.
pub fn height(text: &str, columns: usize) -> usize {
    if is_simple(text) {
        text.len().div_ceil(columns.max(1)).max(1)
    } else {
        rows(text, columns).count()
    }
}

/// Bytes of the first row: at least one character, so that a wide one in a narrow place ends too.
fn wide_row(text: &str, columns: usize) -> usize {
    let mut used = 0;
    for (at, cluster) in text.grapheme_indices(true) {
        used += cluster.width();
        if used > columns && at > 0 {
            return at;
        }
    }
    text.len()
}

/// Deletes the last character, as people see it.
pub fn erase(text: &mut String) {
    let last = text.graphemes(true).next_back().map_or(0, str::len);
    text.truncate(text.len() - last);
}

/// Whether each byte is a column.
fn is_simple(text: &str) -> bool {
    text.bytes().all(|byte| (b' '..0x7f).contains(&byte))
}

/// Words of a sentence on rows that are not longer than this, broken at blanks.
pub fn sentences(text: &str, columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for paragraph in text.split('\n') {
        let mut line = String::new();
        for word in paragraph.split(' ') {
            let needed = width(&line) + usize::from(!line.is_empty()) + width(word);
            if needed > columns && !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(line);
    }
    lines
        .iter()
        .flat_map(|line| {
            rows(line, columns)
                .filter_map(|range| line.get(range))
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn split(text: &str, columns: usize) -> Vec<&str> {
        rows(text, columns)
            .map(|range| text.get(range).unwrap())
            .collect()
    }

    #[test]
    fn wide_characters_and_accents_are_not_cut_in_two() {
        assert_eq!(split("abcdef", 4), ["abcd", "ef"]);
        assert_eq!(split("漢字漢", 5), ["漢字", "漢"]);
        assert_eq!(split("e\u{301}e\u{301}", 1), ["e\u{301}", "e\u{301}"]);
        assert_eq!(split("漢", 1), ["漢"]);
        assert_eq!(split("", 7), [""]);
        assert_eq!(fit("漢字", 3, "…"), "漢…");
        assert_eq!(fit("ab", 4, "…"), "ab  ");
        assert_eq!(cut("abcdef", 1, "…"), "…");
        assert_eq!(cut("abcdef", 0, "…"), "");
    }

    #[test]
    fn sentences_break_at_blanks() {
        assert_eq!(sentences("one two three", 7), ["one two", "three"]);
        assert_eq!(sentences("a\n\nb", 7), ["a", "", "b"]);
        assert_eq!(sentences("extraordinary", 5), ["extra", "ordin", "ary"]);
    }

    proptest! {
        #[test]
        fn rows_are_the_text_and_fit(text in ".{0,60}", columns in 2_usize..30) {
            let all: Vec<_> = rows(&text, columns).collect();
            prop_assert_eq!(all.iter().map(|range| text.get(range.clone()).unwrap()).collect::<String>(), text.clone());
            prop_assert_eq!(all.len(), height(&text, columns));
            for range in all {
                let row = text.get(range).unwrap();
                prop_assert!(width(row) <= columns || row.graphemes(true).count() == 1);
            }
        }
    }
}
