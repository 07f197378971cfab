//! Lists from files: the first column of a table, or one entry a line.

use std::path::PathBuf;

use super::question::{Form, Question};
use super::questions::find;
use super::state::Interview;
use super::values::no_such_question;
use crate::diagnostic::{Diagnostic, Severity};
use crate::profile;

/// The largest file that can be a list, in bytes.
pub const LARGEST_LIST: u64 = 1_000_000;

/// How the names of files with lists end.
const ENDINGS: [&str; 3] = [".csv", ".txt", ".tsv"];

/// An entry and the line it is from, counted from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    text: String,
    line: usize,
}

impl Interview {
    /// The file that an answer to a question names instead of entries: `@name`, or a single name that
    /// ends like one of a list.
    pub fn list_file(&self, question: &Question, text: &str) -> Option<PathBuf> {
        let Form::List { .. } = question.form else {
            return None;
        };
        let text = text.trim();
        let name = if let Some(name) = text.strip_prefix('@') {
            name.trim()
        } else {
            let lower = text.to_lowercase();
            let ends = ENDINGS.iter().any(|ending| lower.ends_with(ending));
            let one = !text.contains([',', ';', '\n']) && !text.contains("://");
            text.get(..).filter(|_| ends && one)?
        };
        let name = name.trim_matches('"');
        (!name.is_empty()).then(|| self.context().folder.join(name))
    }

    /// Takes the entries of a file as the answer. `name` is what messages call the file.
    pub fn answer_list(
        &mut self,
        id: &str,
        name: &str,
        contents: &[u8],
    ) -> Result<(), Box<Diagnostic>> {
        let answer = self.list_of(id, name, contents)?;
        self.answer(id, &answer)
    }

    /// The entries of a file as the text of an answer, checked.
    pub fn list_of(
        &self,
        id: &str,
        name: &str,
        contents: &[u8],
    ) -> Result<String, Box<Diagnostic>> {
        let question = find(id).ok_or_else(|| no_such_question(id))?;
        let Some(field) = question.form.list() else {
            return Err(no_such_question(id));
        };
        let text = std::str::from_utf8(contents).map_err(|error| {
            let line = contents.get(..error.valid_up_to()).unwrap_or_default();
            let line = line.split(|byte| *byte == b'\n').count();
            wrong(format!("{name}, line {line}: this is no text in UTF-8."))
                .help("Save the table as “CSV UTF-8”, or write the list as plain text.")
        })?;
        let word = profile::setting(field, "word").and_then(|word| profile::check(&word));
        let numbers = word.is_err_and(|wrong| wrong.code == profile::codes::WRONG_KIND);
        let entries = entries(text, numbers);
        let fits = |entry: &Entry| profile::listed(field, &entry.text).len() == 1;
        if let Some(entry) = entries.iter().find(|entry| !fits(entry)) {
            let (line, text) = (entry.line, super::values::short(&entry.text));
            return Err(Box::new(
                wrong(format!(
                    "{name}, line {line}: “{text}” is more than one entry."
                ))
                .help("The first column of each line counts, and holds one entry."),
            ));
        }
        if entries.is_empty() {
            return Err(Box::new(wrong(format!("{name} has no entry.")).help(
                "The first column of each line counts; a line of headings is skipped.",
            )));
        }
        let words: Vec<String> = entries.iter().map(|entry| entry.text.clone()).collect();
        let answer = profile::joined(field, &words);
        match self.accepted(question, &answer) {
            Ok(answer) => Ok(answer),
            Err(mut problem) => {
                let at = problem
                    .path
                    .as_deref()
                    .and_then(|path| path.strip_prefix(field)?.strip_prefix('['))
                    .and_then(|rest| rest.split(']').next()?.parse::<usize>().ok())
                    .and_then(|number| entries.get(number));
                if let Some(entry) = at {
                    problem.message = format!("{name}, line {}: {}", entry.line, problem.message);
                }
                Err(problem)
            }
        }
    }
}

/// What is in the first column. A first line that cannot be an entry is one of headings.
fn entries(text: &str, numbers: bool) -> Vec<Entry> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut entries: Vec<Entry> = text
        .lines()
        .enumerate()
        .map(|(number, line)| Entry {
            text: first_column(line).to_owned(),
            line: number + 1,
        })
        .filter(|entry| !entry.text.is_empty())
        .collect();
    let heading = entries.first().is_some_and(|entry| {
        let number = entry.text.bytes().all(|byte| byte.is_ascii_digit());
        if numbers {
            !number && !entry.text.starts_with(|c: char| c.is_ascii_digit())
        } else {
            const HEADINGS: [&str; 6] =
                ["tenant", "tenants", "name", "names", "organization", "id"];
            HEADINGS.contains(&&*entry.text.to_lowercase())
        }
    });
    if heading {
        entries.remove(0);
    }
    entries
}

/// The first column of a line, whatever is between the columns, without its quotes.
fn first_column(line: &str) -> &str {
    let line = line.trim();
    if let Some(rest) = line.strip_prefix('"') {
        return rest.split('"').next().unwrap_or(rest).trim();
    }
    line.split([',', ';', '\t']).next().unwrap_or(line).trim()
}

fn wrong(message: String) -> Diagnostic {
    Diagnostic::new("E-5077", Severity::Block, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;
    use crate::interview::Context;

    fn interview(use_case: &str) -> Interview {
        let mut interview = Interview::new(Context {
            folder: "/home/it".into(),
            ..Context::new(&Catalog::embedded().unwrap())
        });
        interview.answer("use-case", use_case).unwrap();
        interview
    }

    fn of(use_case: &str, id: &str, contents: &str) -> Result<String, String> {
        interview(use_case)
            .list_of(id, "list.csv", contents.as_bytes())
            .map_err(|wrong| wrong.message)
    }

    #[test]
    fn the_first_column_counts_and_headings_do_not() {
        for contents in [
            "255901\n255902\n",
            "\u{feff}District,Name\r\n255901,Grand Bend\r\n\r\n255902,\"Other, too\"\r\n",
            "leaid;name\n\"255901\";a\n255902;b",
            "255901\tx\n255902\ty",
        ] {
            assert_eq!(
                of("districts", "districts", contents).unwrap(),
                "255901, 255902"
            );
        }
        let names = of("tenants", "tenants", "Tenant\nnorth\nsouth\n");
        assert_eq!(names.unwrap(), "north, south");
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        let message = |contents| of("districts", "districts", contents).unwrap_err();
        assert_eq!(
            message("number\n255901\n2559x\n"),
            "list.csv, line 3: Districts: entry 2 (“2559x”) is not a whole number but “2559x”."
        );
        let twice = message("255901\n\n255902\n255901\n");
        assert!(
            twice.starts_with("list.csv, line 4: Districts: entry 3 (“255901”) is the same"),
            "{twice}"
        );
        assert_eq!(message("\n"), "list.csv has no entry.");
        assert_eq!(message("number"), "list.csv has no entry.");
        assert_eq!(
            message("1 2\n"),
            "list.csv, line 1: “1 2” is more than one entry."
        );
        let bytes = interview("districts").list_of("districts", "l", b"1\n2\n\xff\n");
        assert_eq!(
            bytes.unwrap_err().message,
            "l, line 3: this is no text in UTF-8."
        );
        let capital = of("tenants", "tenants", "north\nSouth\n").unwrap_err();
        assert!(
            capital.starts_with("list.csv, line 2: Organizations: entry 2 (“South”) cannot"),
            "{capital}"
        );
    }

    #[test]
    fn a_file_is_named_with_an_at_sign_or_by_its_ending() {
        let interview = interview("districts");
        let question = find("districts").unwrap();
        let file = |text| interview.list_file(question, text);
        let there = Some(PathBuf::from("/home/it/our districts.csv"));
        assert_eq!(file("@our districts.csv"), there);
        assert_eq!(
            file("our districts.CSV").unwrap(),
            PathBuf::from("/home/it/our districts.CSV")
        );
        assert_eq!(file("@/tmp/list").unwrap(), PathBuf::from("/tmp/list"));
        for text in ["255901", "1, 2", "@", "a.csv, b.csv"] {
            assert_eq!(file(text), None, "{text}");
        }
        let namespaces = find("namespaces").unwrap();
        assert_eq!(interview.list_file(namespaces, "uri://a.csv"), None);
    }
}
