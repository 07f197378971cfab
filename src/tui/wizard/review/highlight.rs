//! Calm colours for YAML, line by line: keys, names in place of secrets, comments. Not a parser: what it
//! does not recognize is plain.

use crate::tui::theme::Tone;

use super::rows::Row;

/// Every line of a text in pieces; together they are the text.
pub(super) fn yaml(text: &str) -> Vec<Row> {
    // The indent of the key whose text goes on over the next lines, if one does.
    let mut block: Option<usize> = None;
    text.lines()
        .map(|line| {
            let indent = line.len() - line.trim_start_matches(' ').len();
            if let Some(of) = block {
                if indent > of || line.trim().is_empty() {
                    return names(line);
                }
                block = None;
            }
            let row = pieces(line);
            if begins_block(line) {
                block = Some(indent);
            }
            row
        })
        .collect()
}

/// Whether the value is written on the lines below, as a text.
fn begins_block(line: &str) -> bool {
    let line = line.trim_end();
    let before = line.trim_end_matches(['-', '+']);
    [": |", ": >", "- |", "- >"]
        .iter()
        .any(|end| before.ends_with(end))
}

fn pieces(line: &str) -> Row {
    let (content, comment) = line.split_at(comment_start(line));
    let mut row = Row::new();
    let lead = content.len() - content.trim_start_matches([' ', '-']).len();
    let (lead, rest) = content.split_at(lead);
    push(&mut row, lead, Tone::Quiet);
    match key_end(rest) {
        Some(end) => {
            let (key, value) = rest.split_at(end);
            push(&mut row, key, Tone::Key);
            row.extend(names(value));
        }
        None => row.extend(names(rest)),
    }
    push(&mut row, comment, Tone::Quiet);
    row
}

fn push(row: &mut Row, piece: &str, tone: Tone) {
    if !piece.is_empty() {
        row.push((piece.to_owned(), tone));
    }
}

/// Where a comment begins, or the end of the line.
fn comment_start(line: &str) -> usize {
    let mut quote = None;
    let mut before = ' ';
    for (at, char) in line.char_indices() {
        match quote {
            Some(open) if char == open => quote = None,
            None if char == '#' && before == ' ' => return at,
            // A quote opens a value; elsewhere it is an apostrophe.
            None if (char == '"' || char == '\'') && " [{,".contains(before) => quote = Some(char),
            _ => {}
        }
        before = char;
    }
    line.len()
}

/// Where a key's colon is.
fn key_end(text: &str) -> Option<usize> {
    if let Some(open) = text.chars().next().filter(|char| "\"'".contains(*char)) {
        let close = text.get(1..)?.find(open)? + 2;
        let after = text.get(close..)?;
        return (after == ":" || after.starts_with(": ")).then_some(close);
    }
    let end = match text.find(": ") {
        Some(at) => at,
        None => text.trim_end().strip_suffix(':')?.len(),
    };
    let key = text.get(..end)?;
    (!key.is_empty() && !key.contains([' ', '"', '\''])).then_some(end)
}

/// A value, with `${NAME}` in a colour of its own.
fn names(value: &str) -> Row {
    let mut row = Row::new();
    let mut rest = value;
    while let Some(from) = rest.find("${") {
        let Some(length) = rest.get(from..).and_then(|tail| tail.find('}')) else {
            break;
        };
        let (before, tail) = rest.split_at(from);
        let (name, after) = tail.split_at(length + 1);
        push(&mut row, before, Tone::Plain);
        push(&mut row, name, Tone::Note);
        rest = after;
    }
    push(&mut row, rest, Tone::Plain);
    row
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn marked(text: &str) -> Vec<String> {
        yaml(text)
            .iter()
            .map(|row| {
                let mark = |tone: &Tone| match tone {
                    Tone::Key => 'k',
                    Tone::Quiet => 'q',
                    Tone::Note => 'n',
                    _ => 'v',
                };
                let pieces = row.iter();
                pieces
                    .map(|(piece, tone)| [mark(tone).to_string(), format!("<{piece}>")].concat())
                    .collect::<Vec<_>>()
                    .concat()
            })
            .collect()
    }

    #[test]
    fn keys_values_names_and_comments() {
        let text =
            "# all\na: 1 # one\n  - b: \"x # ${Y}\" # c\n- http://x\n\"q r\":\n  k: it's # d\n";
        assert_eq!(
            marked(text),
            [
                "q<# all>",
                "k<a>v<: 1 >q<# one>",
                "q<  - >k<b>v<: \"x # >n<${Y}>v<\" >q<# c>",
                "q<- >v<http://x>",
                "k<\"q r\">v<:>",
                "q<  >k<k>v<: it's >q<# d>",
            ]
        );
    }

    #[test]
    fn a_text_over_several_lines_is_a_text() {
        let text = "a:\n  b: |-\n    c: # not a comment\n\n    d ${E}\n  f: g\n";
        assert_eq!(
            marked(text),
            [
                "k<a>v<:>",
                "q<  >k<b>v<: |->",
                "v<    c: # not a comment>",
                "",
                "v<    d >n<${E}>",
                "q<  >k<f>v<: g>",
            ]
        );
    }

    proptest! {
        #[test]
        fn nothing_is_lost(text in "([ a:#\"'|>${}\\-é]{0,30}\n?){0,6}") {
            let joined: Vec<String> = yaml(&text)
                .iter()
                .map(|row| row.iter().map(|(piece, _)| piece.as_str()).collect())
                .collect();
            prop_assert_eq!(joined, text.lines().map(str::to_owned).collect::<Vec<_>>());
        }
    }
}
