//! A small YAML writer: comments where people need them, every value quoted by one rule.
//!
//! A value always stands in double quotes, so that neither YAML (`yes`, `1_000`, `0400`) nor Compose
//! (`$NAME`) reads something else than what is meant.

use std::fmt::Write as _;

/// Spaces of one level.
const INDENT: usize = 2;

/// YAML text that grows line by line.
#[derive(Debug, Default)]
pub(super) struct Yaml {
    text: String,
    level: usize,
}

impl Yaml {
    /// What was written.
    pub(super) fn finish(self) -> String {
        self.text
    }

    /// An empty line.
    pub(super) fn gap(&mut self) {
        self.text.push('\n');
    }

    /// Comment lines for people.
    pub(super) fn comment(&mut self, text: &str) {
        for line in text.lines() {
            self.line(format!("# {line}").trim_end());
        }
    }

    /// A key with everything that `inside` writes below it.
    pub(super) fn block(&mut self, key: &str, inside: impl FnOnce(&mut Self)) {
        self.line(&format!("{}:", self::key(key)));
        self.level += 1;
        inside(self);
        self.level -= 1;
    }

    /// A key and a value that is text.
    pub(super) fn text(&mut self, key: &str, value: &str) {
        self.word(key, &literal(value));
    }

    /// A key and a value that is written as it is: a number, a word of Compose's own, a quoted value.
    pub(super) fn word(&mut self, key: &str, value: &str) {
        self.line(&format!("{}: {value}", self::key(key)));
    }

    /// A key and a list of texts on one line.
    pub(super) fn list<'a>(&mut self, key: &str, items: impl IntoIterator<Item = &'a str>) {
        let items: Vec<String> = items.into_iter().map(literal).collect();
        self.word(key, &format!("[{}]", items.join(", ")));
    }

    /// An entry of a list, made of keys with values that are written as they are.
    pub(super) fn item(&mut self, entries: &[(&str, String)]) {
        for (number, (key, value)) in entries.iter().enumerate() {
            let mark = if number == 0 { "- " } else { "  " };
            self.line(&format!("{mark}{key}: {value}"));
        }
    }

    fn line(&mut self, line: &str) {
        let indent = if line.is_empty() {
            0
        } else {
            self.level * INDENT
        };
        // Writing to a String cannot fail.
        let _ = writeln!(self.text, "{:indent$}{line}", "");
    }
}

/// A value that means exactly this text, for YAML and for Compose.
pub(super) fn literal(value: &str) -> String {
    quoted(&value.replace('$', "$$"))
}

/// A value that Compose fills in from a variable.
pub(super) fn variable(name: &str) -> String {
    quoted(&format!("${{{name}}}"))
}

fn quoted(value: &str) -> String {
    let mut text = String::with_capacity(value.len() + 2);
    text.push('"');
    for char in value.chars() {
        match char {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\t' => text.push_str("\\t"),
            // Controls, and what YAML takes for the end of a line or refuses.
            char if char.is_control() || matches!(char, '\u{2028}' | '\u{2029}' | '\u{feff}') => {
                let _ = write!(text, "\\u{:04x}", u32::from(char));
            }
            char => text.push(char),
        }
    }
    text.push('"');
    text
}

/// A key, in quotes unless it cannot be taken for anything but a text.
fn key(key: &str) -> String {
    const OTHERS: [&str; 9] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    let plain = key.starts_with(|first: char| first.is_ascii_alphabetic())
        && key
            .chars()
            .all(|char| char.is_ascii_alphanumeric() || matches!(char, '_' | '-' | '.'))
        && !OTHERS.contains(&key.to_ascii_lowercase().as_str());
    if plain { key.to_owned() } else { quoted(key) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_mean_themselves_and_keys_are_quoted_when_they_could_not() {
        assert_eq!(literal("yes"), r#""yes""#);
        assert_eq!(literal("a$b \"c\" \\ d"), r#""a$$b \"c\" \\ d""#);
        assert_eq!(literal("two\nlines\u{85}"), r#""two\nlines\u0085""#);
        assert_eq!(variable("EDFI_KEY"), r#""${EDFI_KEY}""#);
        assert_eq!(key("POSTGRES_USER"), "POSTGRES_USER");
        assert_eq!(key("on"), r#""on""#);
        assert_eq!(key("2027"), r#""2027""#);
        assert_eq!(key("a: b"), r#""a: b""#);
    }

    #[test]
    fn blocks_are_indented_and_comments_stand_before_what_they_explain() {
        let mut yaml = Yaml::default();
        yaml.comment("why\n\nand how");
        yaml.block("services", |yaml| {
            yaml.block("api", |yaml| {
                yaml.text("image", "a:1");
                yaml.list("test", ["CMD", "true"]);
                yaml.block("ports", |yaml| {
                    yaml.item(&[("target", "80".to_owned()), ("published", literal("80"))]);
                });
            });
        });
        assert_eq!(
            yaml.finish(),
            "# why\n#\n# and how\nservices:\n  api:\n    image: \"a:1\"\n    test: [\"CMD\", \"true\"]\n    ports:\n      - target: 80\n        published: \"80\"\n"
        );
    }
}
