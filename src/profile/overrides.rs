//! `--set path=value`: single values put over those of the file, before anything is checked, so
//! that the same checks apply.

use super::codes;
use super::problems::{Place, Problem, Problems, shown};
use super::yaml::{self, Entry, Kind, Node};
use crate::diagnostic::{Diagnostic, Severity, masked};

/// One `--set` argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    argument: String,
    steps: Vec<Step>,
    value: String,
}

/// One step on the way to a value.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Name(String),
    Entry(usize),
}

impl Override {
    /// Reads an argument: names with dots in between, `[n]` for an entry of a list (the first is
    /// `[0]`), an equals sign, and the value as it would stand in the file. A value that begins
    /// with a bracket, a brace or a quotation mark is read as YAML, any other is taken as it is.
    pub fn parse(argument: &str) -> Result<Self, Box<Diagnostic>> {
        let wrong = |what: &str| {
            let mut diagnostic = Diagnostic::new(
                codes::ARGUMENT,
                Severity::Block,
                format!("--set {}: {what}", masked(argument)),
            );
            diagnostic.expected = Some("path=value, as in access.port=9443".to_owned());
            Box::new(diagnostic)
        };
        let (path, value) = argument
            .split_once('=')
            .ok_or_else(|| wrong("there is no equals sign."))?;
        let mut steps = Vec::new();
        for part in path.trim().split('.') {
            let (name, mut rest) = part
                .split_at_checked(part.find('[').unwrap_or(part.len()))
                .unwrap_or((part, ""));
            if name.is_empty() {
                return Err(wrong("a name is missing before the equals sign."));
            }
            if let Some(stray) = name
                .chars()
                .find(|c| c.is_whitespace() || c.is_control() || *c == ']')
            {
                let stray = super::rules::spoken(stray);
                return Err(wrong(&format!("the path cannot have {stray} in it.")));
            }
            steps.push(Step::Name(name.to_owned()));
            while !rest.is_empty() {
                let (number, after) = rest
                    .strip_prefix('[')
                    .and_then(|rest| rest.split_once(']'))
                    .ok_or_else(|| wrong("a bracket in the path is not closed."))?;
                let number = number.parse().map_err(|_| {
                    wrong("between brackets in the path belongs a number, the first entry is [0].")
                })?;
                steps.push(Step::Entry(number));
                rest = after;
            }
        }
        Ok(Self {
            argument: argument.to_owned(),
            steps,
            value: value.trim().to_owned(),
        })
    }

    /// The argument as it was given.
    pub fn argument(&self) -> &str {
        &self.argument
    }

    /// The path of the field that it sets.
    pub(super) fn path(&self) -> String {
        let mut path = String::new();
        for step in &self.steps {
            match step {
                Step::Name(name) => path = super::shape::join(&path, &shown(name)),
                Step::Entry(number) => path = format!("{path}[{number}]"),
            }
        }
        path
    }

    fn node(&self, place: &Place) -> Result<Node, String> {
        if self.value.starts_with(['[', '{', '"', '\'']) {
            return yaml::value(&self.value, place);
        }
        Ok(Node {
            place: place.clone(),
            kind: Kind::Scalar {
                text: self.value.clone(),
                plain: true,
            },
        })
    }
}

/// Puts all values over a tree, in order: the last one wins.
pub(super) fn apply(root: &mut Node, overrides: &[Override], problems: &mut Problems<'_>) {
    for (number, change) in overrides.iter().enumerate() {
        let place = Place::Argument(number);
        let result = change
            .node(&place)
            .and_then(|value| put(root, &change.steps, value, &place));
        if let Err(what) = result {
            problems.add(
                &place,
                Problem::new(codes::ARGUMENT, what).path(&change.path()),
            );
        }
    }
}

fn put(node: &mut Node, steps: &[Step], value: Node, place: &Place) -> Result<(), String> {
    let Some((step, rest)) = steps.split_first() else {
        *node = value;
        return Ok(());
    };
    match step {
        Step::Name(name) => {
            if node.is_null() {
                node.kind = Kind::Map(Vec::new());
            }
            let Kind::Map(entries) = &mut node.kind else {
                return match node.kind {
                    Kind::Broken => Ok(()),
                    _ => Err(format!(
                        "`{}` cannot be set in {}.",
                        shown(name),
                        node.kind_in_words()
                    )),
                };
            };
            if let Some(entry) = entries.iter_mut().find(|entry| entry.key == *name) {
                return put(&mut entry.value, rest, value, place);
            }
            let mut entry = Entry {
                key: name.clone(),
                key_place: place.clone(),
                value: nothing(place),
            };
            put(&mut entry.value, rest, value, place)?;
            entries.push(entry);
        }
        Step::Entry(number) => {
            if node.is_null() {
                node.kind = Kind::List(Vec::new());
            }
            let Kind::List(nodes) = &mut node.kind else {
                return match node.kind {
                    Kind::Broken => Ok(()),
                    _ => Err(format!(
                        "There is no list here but {}.",
                        node.kind_in_words()
                    )),
                };
            };
            let length = nodes.len();
            if let Some(entry) = nodes.get_mut(*number) {
                return put(entry, rest, value, place);
            }
            if *number > length {
                return Err(format!(
                    "The list has {length} entries so far; the next one is [{length}]."
                ));
            }
            let mut entry = nothing(place);
            put(&mut entry, rest, value, place)?;
            nodes.push(entry);
        }
    }
    Ok(())
}

fn nothing(place: &Place) -> Node {
    Node {
        place: place.clone(),
        kind: Kind::Scalar {
            text: String::new(),
            plain: true,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(argument: &str) -> (String, String) {
        let change = Override::parse(argument).unwrap();
        (change.path(), change.value)
    }

    #[test]
    fn a_path_has_names_and_entries() {
        assert_eq!(
            steps("access.port=9443"),
            ("access.port".into(), "9443".into())
        );
        assert_eq!(
            steps("first_client.namespaces[0]=uri://a=b"),
            ("first_client.namespaces[0]".into(), "uri://a=b".into())
        );
        assert_eq!(steps("name="), ("name".into(), String::new()));
        assert_eq!(steps("a[0][1].b=x").0, "a[0][1].b");
    }

    #[test]
    fn nonsense_is_refused() {
        for argument in [
            "", "name", "=x", "a..b=x", "a[=x", "a[x]=1", "a[-1]=1", "a b=1", "a]=1", "[0]=1",
            "a[0]b=1",
        ] {
            let error = Override::parse(argument).unwrap_err();
            assert_eq!(error.code, codes::ARGUMENT, "{argument}");
            assert!(error.message.starts_with("--set "), "{argument}");
        }
    }
}
