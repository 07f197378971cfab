//! Collecting everything that is wrong, with its place, before anything is said.

use std::ops::Range;
use std::path::Path;

use super::codes;
use super::rules::invisible;
use crate::diagnostic::{Diagnostic, Location, Severity, masked};

/// More problems than this help nobody.
const SHOWN: usize = 40;

/// More than this are only counted, so that a hostile file costs no more time than a good one.
const KEPT: usize = 1000;

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// A byte range of the file.
    File {
        /// First byte.
        start: usize,
        /// Byte after the last.
        end: usize,
    },
    /// The `--set` argument of that number.
    Argument(usize),
}

impl From<Range<usize>> for Place {
    fn from(range: Range<usize>) -> Self {
        Self::File {
            start: range.start,
            end: range.end,
        }
    }
}

/// One problem, before its place is turned into line and column.
#[derive(Debug, Clone)]
pub(super) struct Problem(Diagnostic, Option<Place>);

impl Problem {
    /// A problem that stops everything.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self(Diagnostic::new(code, Severity::Block, message), None)
    }

    /// Something to know that stops nothing.
    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self(Diagnostic::new(code, Severity::Warn, message), None)
    }

    /// The field it is about.
    pub fn path(mut self, path: &str) -> Self {
        self.0.path = Some(path.to_owned());
        self
    }

    /// What is there.
    pub fn found(mut self, found: impl Into<String>) -> Self {
        self.0.found = Some(found.into());
        self
    }

    /// What should be there.
    pub fn expected(mut self, expected: impl Into<String>) -> Self {
        self.0.expected = Some(expected.into());
        self
    }

    /// Where the first one of two is, to be said before the help.
    pub fn first(mut self, place: &Place) -> Self {
        self.1 = Some(place.clone());
        self
    }

    /// What to do.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.0.help = Some(help.into());
        self
    }
}

/// All problems of one reading.
#[derive(Debug)]
pub(super) struct Problems<'a> {
    text: &'a str,
    file: &'a Path,
    arguments: &'a [String],
    found: Vec<(Place, Problem)>,
    counted: usize,
}

impl<'a> Problems<'a> {
    /// None yet, for a text, the file it is from, and the `--set` arguments.
    pub fn new(text: &'a str, file: &'a Path, arguments: &'a [String]) -> Self {
        Self {
            text,
            file,
            arguments,
            found: Vec::new(),
            counted: 0,
        }
    }

    /// Adds one.
    pub fn add(&mut self, place: &Place, problem: Problem) {
        if self.full() {
            self.count();
        } else {
            self.found.push((place.clone(), problem));
        }
    }

    /// Counts one that nobody will see.
    pub fn count(&mut self) {
        self.counted += 1;
    }

    /// Whether there are so many that the next one is only counted.
    pub fn full(&self) -> bool {
        self.found.len() >= KEPT
    }

    /// Whether any of them stops everything.
    pub fn blocking(&self) -> bool {
        self.found
            .iter()
            .any(|(_, problem)| problem.0.severity == Severity::Block)
    }

    /// Everything that was found, in the order of the file, with line and column.
    pub fn finish(mut self) -> Vec<Diagnostic> {
        self.found.sort_by(|(a, _), (b, _)| a.cmp(b));
        let more = self.found.len().saturating_sub(SHOWN) + self.counted;
        let mut diagnostics: Vec<Diagnostic> = self
            .found
            .iter()
            .take(SHOWN)
            .map(|(place, problem)| self.located(place, problem.clone()))
            .collect();
        if more > 0 {
            diagnostics.push(
                Diagnostic::new(
                    codes::MANY_MORE,
                    Severity::Block,
                    format!("There are {more} more problems."),
                )
                .help("Mend the first ones and look again: many go away together."),
            );
        }
        diagnostics
    }

    fn located(&self, place: &Place, problem: Problem) -> Diagnostic {
        let Problem(mut diagnostic, first) = problem;
        if let Some(Place::File { start, .. }) = first {
            let (line, _) = position(self.text, start);
            let help = diagnostic.help.unwrap_or_default();
            diagnostic.help = Some(format!("The first one is in line {line}. {help}"));
        }
        match place {
            Place::File { start, end } => {
                let (line, column) = position(self.text, *start);
                diagnostic.location = Some(Location {
                    file: self.file.to_owned(),
                    line,
                    column,
                    bytes: *start..*end,
                });
            }
            Place::Argument(number) => {
                if let Some(argument) = self.arguments.get(*number) {
                    diagnostic.message =
                        format!("--set {}: {}", masked(argument), diagnostic.message);
                }
            }
        }
        diagnostic
    }
}

/// Line and column of a byte, both from 1, the column in characters. A byte order mark is no
/// character. Lines end with LF, CR LF or CR, as in YAML.
pub(super) fn position(text: &str, byte: usize) -> (usize, usize) {
    let before = text
        .get(..text.floor_char_boundary(byte))
        .unwrap_or_default()
        .trim_start_matches('\u{feff}');
    let (mut line, mut column, mut after_return) = (1, 1, false);
    for c in before.chars() {
        match c {
            '\n' if after_return => {}
            '\n' | '\r' => {
                line += 1;
                column = 1;
            }
            _ => column += 1,
        }
        after_return = c == '\r';
    }
    (line, column)
}

/// A value as it can be repeated in a message: short, on one line, without invisible characters.
pub(super) fn shown(text: &str) -> String {
    const LONGEST: usize = 60;
    let text = &masked(text);
    let mut shown: String = text
        .chars()
        .take(LONGEST)
        .flat_map(|c| {
            let escape = invisible(c);
            c.escape_default()
                .filter(move |_| escape)
                .chain((!escape).then_some(c))
        })
        .collect();
    if text.chars().count() > LONGEST {
        shown.push('…');
    }
    shown
}
