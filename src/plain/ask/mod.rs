//! The interview in plain lines: every question with numbered choices, the answer on a line of
//! its own, a few words understood everywhere. The same script with inquire in a terminal and with
//! bare lines elsewhere; it reads well aloud.

mod lines;
mod list;
mod question;
mod reader;
mod review;

pub use lines::wrapped;
pub use question::Turn;
pub(crate) use reader::give_back_terminal;
pub use reader::{Ended, Reader};
pub use review::Wanted;

use crate::checks::Finding;
use crate::diagnostic::{Diagnostic, Severity};
use crate::interview::ascii;

use super::Printer;

/// Columns of the text; every terminal has as many.
const WIDTH: usize = 78;

/// Words that are understood at every question.
const WORDS: &str = "back · help · why · review · quit";

/// Asks in lines.
#[derive(Debug)]
pub struct Asker<'a> {
    printer: &'a Printer,
    reader: Reader,
    /// Whether pictures are drawn with letters only.
    ascii: bool,
}

/// What somebody said.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Said {
    Text(String),
    Back,
    Help,
    Why,
    Review,
}

/// Finds the words that are understood everywhere. An answer that is such a word goes in quotes.
fn understood(line: &str) -> Result<Said, Ended> {
    let text = line.trim();
    Ok(match text.to_lowercase().as_str() {
        "back" => Said::Back,
        "help" | "?" => Said::Help,
        "why" => Said::Why,
        "review" => Said::Review,
        "quit" | "exit" => return Err(Ended::Quit),
        _ => {
            let quoted = text
                .strip_prefix('"')
                .and_then(|rest| rest.strip_suffix('"'));
            Said::Text(quoted.unwrap_or(text).to_owned())
        }
    })
}

impl<'a> Asker<'a> {
    /// Asks on this printer and this reader.
    pub fn new(printer: &'a Printer, reader: Reader, ascii: bool) -> Self {
        Self {
            printer,
            reader,
            ascii,
        }
    }

    /// A text, folded into lines, the first with a lead before it.
    pub fn say(&self, lead: &str, text: &str) {
        for line in wrapped(lead, text, WIDTH) {
            self.printer.say(self.drawn(&line));
        }
    }

    /// An empty line.
    pub fn gap(&self) {
        self.printer.say("");
    }

    /// Lines as they are, a little to the right.
    fn block<'t>(&self, lines: impl IntoIterator<Item = &'t str>) {
        for line in lines {
            self.printer
                .say(self.drawn(format!("     {line}").trim_end()));
        }
    }

    fn drawn(&self, line: &str) -> String {
        if self.ascii {
            ascii(line)
        } else {
            line.to_owned()
        }
    }

    /// What was found out, one thing below the other.
    pub fn findings(&self, findings: &[Finding]) {
        let width = findings
            .iter()
            .map(|finding| finding.subject.chars().count())
            .max()
            .unwrap_or(0)
            .min(20);
        for finding in findings {
            let lead = format!("  {} {:<width$}  ", finding.mark(), finding.subject);
            self.say(&lead, &finding.diagnostic.message);
            if let Some(help) = &finding.diagnostic.help {
                self.say(&format!("    {:<width$}  → ", ""), help);
            }
        }
    }

    /// One thing that is wrong, or good to know.
    pub fn diagnostic(&self, diagnostic: &Diagnostic) {
        let mark = match diagnostic.severity {
            Severity::Block => '✗',
            Severity::Warn => '!',
            Severity::Note => '·',
        };
        self.say(&format!("  {mark} "), &diagnostic.message);
        if let Some(expected) = &diagnostic.expected {
            self.say("    expected: ", expected);
        }
        if let Some(help) = &diagnostic.help {
            self.say("    → ", help);
        }
    }

    /// Lets somebody choose from a list. Gives the number of the entry, from 0.
    pub async fn choose(&mut self, heading: &str, entries: &[String]) -> Result<usize, Ended> {
        self.gap();
        self.say("", heading);
        for (number, entry) in entries.iter().enumerate() {
            self.say(&format!("  {}  ", number + 1), entry);
        }
        loop {
            let line = self.reader.read("Answer", Some("1")).await?;
            match understood(&line)? {
                Said::Text(text) if text.is_empty() => return Ok(0),
                Said::Text(text) => match text.parse::<usize>() {
                    Ok(number) if (1..=entries.len()).contains(&number) => return Ok(number - 1),
                    _ => {}
                },
                _ => {}
            }
            let range = format!("Type a number from 1 to {}, or quit.", entries.len());
            self.say("  ✗ ", &range);
        }
    }

    /// Asks for a text; nothing if somebody would rather go back.
    pub async fn text(&mut self, prompt: &str, usual: &str) -> Result<Option<String>, Ended> {
        let line = self.reader.read(prompt, Some(usual)).await?;
        Ok(match understood(&line)? {
            Said::Text(text) if text.is_empty() => Some(usual.to_owned()),
            Said::Text(text) => Some(text),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_understood_and_quotes_make_them_answers() {
        assert_eq!(understood(" Back "), Ok(Said::Back));
        assert_eq!(understood("?"), Ok(Said::Help));
        assert_eq!(understood("QUIT"), Err(Ended::Quit));
        assert_eq!(understood("\"back\""), Ok(Said::Text("back".to_owned())));
        assert_eq!(understood("backup"), Ok(Said::Text("backup".to_owned())));
    }
}
