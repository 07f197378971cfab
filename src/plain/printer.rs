//! The sink: everything we say goes through here, so that no secret ever gets past it.

use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};
use std::sync::{PoisonError, RwLock};

use serde::Serialize;

use crate::deployment::{Redactor, Secret};
use crate::diagnostic::{self, Diagnostic, Severity};

/// For whom we write.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Output {
    /// For people.
    #[default]
    Text,
    /// For programs: JSON, one object a line where things happen one after another.
    Json,
}

/// Begins every line about a rehearsal.
const MARK: &str = "rehearsal │ ";

/// Writes lines, with every known secret taken out.
#[derive(Debug)]
pub struct Printer {
    output: Output,
    /// Whether everything that is said is about a rehearsal.
    rehearses: bool,
    redactor: RwLock<Option<Redactor>>,
}

impl Printer {
    /// A printer that knows no secrets yet.
    pub fn new(output: Output) -> Self {
        Self {
            output,
            rehearses: false,
            redactor: RwLock::new(None),
        }
    }

    /// A printer whose every line says that it is about a rehearsal.
    pub fn rehearsing(output: Output) -> Self {
        Self {
            rehearses: true,
            ..Self::new(output)
        }
    }

    /// Whether everything that is said is about a rehearsal.
    pub fn rehearses(&self) -> bool {
        self.rehearses
    }

    /// For whom it writes.
    pub fn output(&self) -> Output {
        self.output
    }

    /// Whether people read it.
    pub fn for_people(&self) -> bool {
        self.output == Output::Text
    }

    /// From now on these secrets are taken out of everything.
    pub fn guard(&self, redactor: Redactor) {
        *self
            .redactor
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Some(redactor);
    }

    /// A line for people; nothing when a program reads.
    pub fn say(&self, line: impl AsRef<str>) {
        if self.for_people() {
            self.raw(line.as_ref());
        }
    }

    /// A line on standard output, whoever reads.
    pub fn raw(&self, line: &str) {
        // Whoever closed the pipe does not want to hear more; that is no error of ours.
        let _ = writeln!(io::stdout().lock(), "{}", self.safe(&self.marked(line)));
    }

    /// A value for programs, on one line; nothing when people read.
    pub fn json(&self, value: &impl Serialize) {
        if !self.for_people() {
            match self.json_text(value) {
                Ok(text) => self.raw(&text),
                Err(error) => {
                    self.complain(&format!("The result cannot be written as JSON: {error}"));
                }
            }
        }
    }

    /// A line on standard error.
    pub fn complain(&self, line: &str) {
        let _ = writeln!(io::stderr().lock(), "{}", self.safe(&self.marked(line)));
    }

    /// The line, or lines, with the mark of a rehearsal in front of each for people.
    fn marked<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if !self.rehearses || !self.for_people() {
            return Cow::Borrowed(text);
        }
        let lines: Vec<String> = text
            .split('\n')
            .map(|line| format!("{MARK}{line}").trim_end().to_owned())
            .collect();
        Cow::Owned(lines.join("\n"))
    }

    /// The value on one line; of a rehearsal it says so.
    fn json_text(&self, value: &impl Serialize) -> serde_json::Result<String> {
        if !self.rehearses {
            return serde_json::to_string(value);
        }
        let mut value = serde_json::to_value(value)?;
        if let Some(object) = value.as_object_mut() {
            object.insert("rehearsal".to_owned(), true.into());
        }
        serde_json::to_string(&value)
    }

    /// Findings: drawn on standard error for people, as JSON on standard output for programs.
    /// `text` is the text of the file they speak of, where there is one.
    pub fn findings(&self, findings: &[Diagnostic], text: &str) {
        if findings.is_empty() {
            return;
        }
        if !self.for_people() {
            self.json(&serde_json::json!({ "findings": findings }));
            return;
        }
        let (placed, bare): (Vec<_>, Vec<_>) = findings
            .iter()
            .cloned()
            .partition(|finding| finding.location.is_some());
        if !placed.is_empty() {
            let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
            let colour = io::stderr().is_terminal() && !plain;
            self.complain(diagnostic::draw(&placed, text, colour).trim_end());
        }
        for finding in &bare {
            self.finding(finding);
        }
    }

    /// A finding without a place in a file, in a form to read aloud.
    fn finding(&self, finding: &Diagnostic) {
        let mark = match finding.severity {
            Severity::Block => "✗",
            Severity::Warn => "!",
            Severity::Note => "·",
        };
        self.complain(&format!("{mark} {} ({})", finding.message, finding.code));
        if let Some(found) = &finding.found {
            self.complain(&format!("  found     {}", clean(found)));
        }
        if let Some(expected) = &finding.expected {
            self.complain(&format!("  expected  {expected}"));
        }
        if let Some(help) = &finding.help {
            self.complain(&format!("  → {help}"));
        }
    }

    /// The one way past the sink: a secret the operator asked to see.
    pub fn reveal(&self, name: &str, secret: &Secret) {
        let _ = match self.output {
            Output::Text => writeln!(io::stdout().lock(), "{name}  {}", secret.expose()),
            Output::Json => writeln!(
                io::stdout().lock(),
                "{}",
                serde_json::json!({ "name": name, "value": secret.expose() })
            ),
        };
    }

    fn safe<'t>(&self, line: &'t str) -> Cow<'t, str> {
        let redactor = self.redactor.read().unwrap_or_else(PoisonError::into_inner);
        match redactor.as_ref() {
            Some(redactor) => redactor.redact(line),
            None => Cow::Borrowed(line),
        }
    }
}

/// Text from a container, made harmless for a terminal: escape sequences go, tabs become blanks,
/// other control characters become a visible dot.
pub fn clean(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '\u{1b}' => skip_escape(&mut chars),
            '\t' => clean.push_str("    "),
            char if char.is_control() => clean.push('·'),
            char => clean.push(char),
        }
    }
    clean
}

/// Skips the rest of an escape sequence: CSI to its final byte, OSC and other strings to their
/// end, anything else one character.
fn skip_escape(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    match chars.next() {
        Some('[') => {
            for char in chars.by_ref() {
                if ('\u{40}'..='\u{7e}').contains(&char) {
                    break;
                }
            }
        }
        Some(']' | 'P' | 'X' | '^' | '_') => {
            while let Some(char) = chars.next() {
                if char == '\u{7}' {
                    break;
                }
                if char == '\u{1b}' {
                    chars.next_if_eq(&'\\');
                    break;
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_and_value_of_a_rehearsal_says_so() {
        let people = Printer::rehearsing(Output::Text);
        assert_eq!(
            people.marked("one\n\ntwo"),
            "rehearsal │ one\nrehearsal │\nrehearsal │ two"
        );
        let programs = Printer::rehearsing(Output::Json);
        let text = programs.json_text(&serde_json::json!({ "a": 1 })).unwrap();
        assert_eq!(text, r#"{"a":1,"rehearsal":true}"#);
        assert_eq!(programs.marked("x"), "x");
        let usual = Printer::new(Output::Text);
        assert_eq!(usual.marked("a\nb"), "a\nb");
    }

    #[test]
    fn escape_sequences_do_not_reach_the_terminal() {
        assert_eq!(clean("a\u{1b}[31mred\u{1b}[0m b"), "ared b");
        assert_eq!(
            clean("x\u{1b}]0;title\u{7}y\u{1b}]52;c;AAAA\u{1b}\\z"),
            "xyz"
        );
        assert_eq!(clean("tab\tbell\u{7}"), "tab    bell·");
        assert_eq!(clean("Grüße"), "Grüße");
        assert_eq!(clean("end\u{1b}"), "end");
    }
}
