//! Folding text into lines.

/// Folds a text into lines of up to so many columns. The first begins with the lead, the others
/// with as many blanks. A word that is longer than a line keeps a line of its own.
pub fn wrapped(lead: &str, text: &str, width: usize) -> Vec<String> {
    let indent = " ".repeat(lead.chars().count());
    let mut lines = Vec::new();
    let mut line = lead.to_owned();
    let mut is_empty = true;
    for word in text.split_whitespace() {
        let room = width.saturating_sub(line.chars().count());
        if !is_empty && word.chars().count() + 1 > room {
            lines.push(std::mem::replace(&mut line, indent.clone()));
            is_empty = true;
        }
        if !is_empty {
            line.push(' ');
        }
        line.push_str(word);
        is_empty = false;
    }
    lines.push(line.trim_end().to_owned());
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fold_between_words_and_line_up() {
        assert_eq!(
            wrapped("  1  ", "one two three four", 14),
            ["  1  one two", "     three", "     four"]
        );
        assert_eq!(wrapped("> ", "", 10), [">"]);
        assert_eq!(
            wrapped("", "a verylongword b", 5),
            ["a", "verylongword", "b"]
        );
    }
}
