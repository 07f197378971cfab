//! From a tree to a profile: every value against the shape and the rules of its field. Goes on
//! after a problem, so that all of them come out at once.

use super::codes;
use super::problems::{Place, Problem, Problems, shown};
use super::rules::{self, Fault};
use super::shape::{Field, Shape, join};
use super::suggest::closest;
use super::yaml::{Entry, Kind, Mapping, Node, Value};
use crate::diagnostic::names_a_secret;

/// Where we are in the profile.
#[derive(Debug, Clone, Default)]
struct Trail {
    /// For the operator: `first_client.namespaces[1]`.
    shown: String,
    /// For the rules: `first_client.namespaces[]`.
    rule: String,
}

impl Trail {
    fn field(&self, name: &str) -> Self {
        Self {
            shown: join(&self.shown, &shown(name)),
            rule: join(&self.rule, name),
        }
    }

    fn named(&self, name: &str) -> Self {
        Self {
            shown: join(&self.shown, &shown(name)),
            rule: join(&self.rule, "*"),
        }
    }

    fn entry(&self, number: usize) -> Self {
        Self {
            shown: format!("{}[{number}]", self.shown),
            rule: format!("{}[]", self.rule),
        }
    }
}

/// Checks a tree against the shape of a profile. The value is complete only if no problem was
/// added.
pub(super) fn decode(root: &Node, shape: &Shape, problems: &mut Problems<'_>) -> Value {
    let mut fields = Vec::new();
    shape.walk("", &mut fields);
    let mut decoder = Decoder { fields, problems };
    if decoder.is_newer(root) {
        return Value::Null;
    }
    decoder.value(root, &root.place, shape, &Trail::default())
}

/// What a field should hold, for "expected …".
fn expected(shape: &Shape, trail: &Trail) -> String {
    match (shape, rules::form(&trail.rule)) {
        (Shape::Text, Some(form)) => form.to_owned(),
        _ => shape.expected(),
    }
}

struct Decoder<'a, 'b> {
    /// All fields of a profile, with their paths.
    fields: Vec<(String, &'a Field)>,
    problems: &'a mut Problems<'b>,
}

impl Decoder<'_, '_> {
    /// A file of a later format: everything else that we could say about it would be wrong.
    fn is_newer(&mut self, root: &Node) -> bool {
        let Some(Entry { value, .. }) = root.get("version") else {
            return false;
        };
        let Kind::Scalar { text, plain: true } = &value.kind else {
            return false;
        };
        let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !digits || text.parse::<u64>().is_ok_and(|version| version <= 1) {
            return false;
        }
        self.problems.add(
            &value.place,
            Problem::new(
                codes::NEWER,
                format!(
                    "This file is from a newer edfi-setup: `version` is {}.",
                    shown(text)
                ),
            )
            .path("version")
            .found(shown(text))
            .expected("the number 1")
            .help("Get the newer edfi-setup, or write the profile for this one with version 1."),
        );
        true
    }

    /// `name` is where to point if the value itself has no good place.
    fn value(&mut self, node: &Node, name: &Place, shape: &Shape, trail: &Trail) -> Value {
        match (shape, &node.kind) {
            (_, Kind::Broken) => Value::Null,
            (Shape::Section(fields), Kind::Map(entries)) => {
                self.section(entries, node, name, fields, trail)
            }
            (Shape::Table(inner), Kind::Map(entries)) => self.table(entries, inner, trail),
            (Shape::List { entry, unique }, Kind::List(nodes)) => {
                self.list(nodes, entry, *unique, trail)
            }
            (_, Kind::Scalar { .. }) if node.is_null() => {
                self.nothing(name, shape, trail);
                Value::Null
            }
            (Shape::Text, Kind::Scalar { text, .. }) => {
                let rule = rules::find(rules::RULES, &trail.rule);
                let good =
                    rules::no_login(text).and_then(|()| rule.map_or(Ok(()), |rule| rule(text)));
                if let Err(fault) = good {
                    self.fault(&node.place, fault, text, trail);
                }
                Value::String(text.clone())
            }
            (Shape::Choice(choices), Kind::Scalar { text, .. }) => {
                if !choices.iter().any(|(word, _)| word == text) {
                    self.no_choice(node, text, choices, shape, trail);
                }
                Value::String(text.clone())
            }
            (Shape::Number { min, max }, Kind::Scalar { text, plain }) => {
                self.number(node, text, *plain, (*min, *max), trail)
            }
            (Shape::Flag, Kind::Scalar { text, plain }) => self.flag(node, text, *plain, trail),
            _ => {
                self.wrong_kind(node, name, shape, trail);
                Value::Null
            }
        }
    }

    fn section(
        &mut self,
        entries: &[Entry],
        node: &Node,
        name: &Place,
        fields: &[Field],
        trail: &Trail,
    ) -> Value {
        let mut values = Mapping::new();
        let mut meant = Vec::new();
        for entry in entries {
            let Some(field) = fields.iter().find(|field| field.name == entry.key) else {
                meant.extend(self.unknown(entry, fields, trail));
                continue;
            };
            let left_out =
                field.optional || matches!(field.shape, Shape::Section(_) | Shape::Table(_));
            if entry.value.is_null() && left_out {
                // All lines of a group commented out: the same as no group.
                continue;
            }
            let trail = trail.field(&entry.key);
            let value = self.value(&entry.value, &entry.key_place, &field.shape, &trail);
            values.insert(Value::String(entry.key.clone()), value);
        }
        let place = if trail.shown.is_empty() {
            entries
                .first()
                .map_or(&node.place, |entry| &entry.key_place)
        } else {
            name
        };
        for field in fields.iter().filter(|field| field.required) {
            // A misspelt name has been complained about; "missing" would be the same twice.
            if meant.contains(&field.name) || entries.iter().any(|entry| entry.key == field.name) {
                continue;
            }
            let path = join(&trail.shown, &field.name);
            self.problems.add(
                place,
                Problem::new(codes::MISSING, format!("The field `{path}` is missing."))
                    .path(&path)
                    .expected(format!(
                        "{}: {}",
                        field.name,
                        expected(&field.shape, &trail.field(&field.name))
                    ))
                    .help(if trail.shown.is_empty() {
                        field.about.clone()
                    } else {
                        format!("{} Or leave `{}` out altogether.", field.about, trail.shown)
                    }),
            );
        }
        Value::Mapping(values)
    }

    /// Complains about a name that is not known; gives the name that was probably meant.
    fn unknown(&mut self, entry: &Entry, fields: &[Field], trail: &Trail) -> Option<String> {
        if self.problems.full() {
            self.problems.count();
            return None;
        }
        let path = join(&trail.shown, &shown(&entry.key));
        if names_a_secret(&entry.key) {
            self.problems.add(
                &entry.key_place,
                Problem::new(
                    codes::SECRET,
                    format!("A profile holds no secrets, and `{path}` looks like one."),
                )
                .path(&path)
                .help(
                    "Remove the line. Passwords and keys are made for each deployment and kept \
                     apart from the profile. If this file was shared, change that password.",
                ),
            );
            return None;
        }
        let mut problem = Problem::new(codes::UNKNOWN, format!("There is no field `{path}`."))
            .path(&path)
            .found(shown(&entry.key));
        let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
        let meant = closest(&entry.key, &names);
        if let Some(name) = meant {
            problem = problem
                .expected(name)
                .help(format!("Did you mean `{name}`?"));
        } else if let Some(elsewhere) = self.elsewhere(&entry.key) {
            problem = problem.help(format!(
                "Did you mean `{elsewhere}`? Look at the indentation."
            ));
        } else {
            problem = problem.expected(format!("one of: {}", names.join(", ")));
        }
        self.problems.add(&entry.key_place, problem);
        meant.map(str::to_owned)
    }

    /// The path of a field of that name in another place.
    fn elsewhere(&self, name: &str) -> Option<String> {
        self.fields
            .iter()
            .find_map(|(path, field)| (field.name == name).then(|| path.clone()))
    }

    fn table(&mut self, entries: &[Entry], inner: &Shape, trail: &Trail) -> Value {
        let mut values = Mapping::new();
        for entry in entries {
            let below = trail.named(&entry.key);
            if names_a_secret(&entry.key) {
                self.unknown(entry, &[], trail);
                continue;
            }
            if let Some(rule) = rules::find(rules::KEY_RULES, &trail.rule)
                && let Err(fault) = rule(&entry.key)
            {
                self.fault(&entry.key_place, fault, &entry.key, &below);
            }
            let value = self.value(&entry.value, &entry.key_place, inner, &below);
            values.insert(Value::String(entry.key.clone()), value);
        }
        Value::Mapping(values)
    }

    fn list(&mut self, nodes: &[Node], inner: &Shape, unique: bool, trail: &Trail) -> Value {
        let mut values: Vec<Value> = Vec::new();
        let mut seen = std::collections::HashMap::new();
        for (number, node) in nodes.iter().enumerate() {
            let below = trail.entry(number);
            let value = self.value(node, &node.place, inner, &below);
            if unique
                && !value.is_null()
                && let Some(first) = seen.insert(value.clone(), number)
            {
                let what = node.kind_in_words();
                self.problems.add(
                    &node.place,
                    Problem::new(
                        codes::REPEATED,
                        format!(
                            "`{}` is the same as `{}`.",
                            below.shown,
                            trail.entry(first).shown
                        ),
                    )
                    .path(&below.shown)
                    .found(what)
                    .expected("each entry once")
                    .help("Remove one of the two."),
                );
            }
            values.push(value);
        }
        Value::Sequence(values)
    }

    fn nothing(&mut self, name: &Place, shape: &Shape, trail: &Trail) {
        self.problems.add(
            name,
            Problem::new(codes::NO_VALUE, format!("`{}` has no value.", trail.shown))
                .path(&trail.shown)
                .found("nothing")
                .expected(expected(shape, trail))
                .help("Write a value, or remove the line to get the default."),
        );
    }

    fn no_choice(
        &mut self,
        node: &Node,
        text: &str,
        choices: &[(String, String)],
        shape: &Shape,
        trail: &Trail,
    ) {
        let words: Vec<&str> = choices.iter().map(|(word, _)| word.as_str()).collect();
        let mut problem = Problem::new(
            codes::NOT_A_CHOICE,
            format!("`{}` cannot be “{}”.", trail.shown, shown(text)),
        )
        .path(&trail.shown)
        .found(shown(text))
        .expected(shape.expected());
        if words.len() > 1
            && let Some(word) = closest(text, &words)
        {
            problem = problem.help(format!("Did you mean {word}?"));
        }
        self.problems.add(&node.place, problem);
    }

    fn number(
        &mut self,
        node: &Node,
        text: &str,
        plain: bool,
        (min, max): (u64, u64),
        trail: &Trail,
    ) -> Value {
        let shape = Shape::Number { min, max };
        let digits = text.strip_prefix('-').unwrap_or(text);
        let whole = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        let leading_zero = digits.len() > 1 && digits.starts_with('0');
        if !plain || !whole || leading_zero {
            let bare: String = text
                .chars()
                .filter(|c| !matches!(c, '_' | ',' | ' ' | '\''))
                .collect();
            let help = if whole && !leading_zero {
                Some("Remove the quotes.".to_owned())
            } else if whole {
                Some(
                    "Write it without zeros in front: some programs read those differently."
                        .to_owned(),
                )
            } else if bare != text && !bare.is_empty() && bare.bytes().all(|b| b.is_ascii_digit()) {
                Some(format!("Write the digits alone: {bare}."))
            } else {
                None
            };
            self.wrong_scalar(node, &shape, trail, help);
            return Value::Null;
        }
        match text.parse::<u64>() {
            Ok(number) if (min..=max).contains(&number) => Value::Number(number.into()),
            _ => {
                self.problems.add(
                    &node.place,
                    Problem::new(
                        codes::OUT_OF_RANGE,
                        format!("`{}` cannot be {}.", trail.shown, shown(text)),
                    )
                    .path(&trail.shown)
                    .found(shown(text))
                    .expected(shape.expected()),
                );
                Value::Null
            }
        }
    }

    fn flag(&mut self, node: &Node, text: &str, plain: bool, trail: &Trail) -> Value {
        let value = match text.to_lowercase().as_str() {
            "true" | "yes" | "on" | "y" => Some(true),
            "false" | "no" | "off" | "n" => Some(false),
            _ => None,
        };
        let spelt = matches!(text, "true" | "True" | "TRUE" | "false" | "False" | "FALSE");
        if let Some(value) = value
            && spelt
            && plain
        {
            return Value::Bool(value);
        }
        let help = value.map(|value| {
            if spelt {
                "Remove the quotes.".to_owned()
            } else {
                format!("Write {value}.")
            }
        });
        self.wrong_scalar(node, &Shape::Flag, trail, help);
        Value::Null
    }

    fn wrong_scalar(&mut self, node: &Node, shape: &Shape, trail: &Trail, help: Option<String>) {
        let what = match shape {
            Shape::Flag => "true or false",
            _ => "a whole number",
        };
        let found = node.kind_in_words();
        let mut problem = Problem::new(
            codes::WRONG_KIND,
            format!("`{}` is not {what} but {found}.", trail.shown),
        )
        .path(&trail.shown)
        .found(found)
        .expected(shape.expected());
        if let Some(help) = help {
            problem = problem.help(help);
        }
        self.problems.add(&node.place, problem);
    }

    fn wrong_kind(&mut self, node: &Node, name: &Place, shape: &Shape, trail: &Trail) {
        let wanted = match shape {
            Shape::Section(_) | Shape::Table(_) => "a group of fields",
            Shape::List { .. } => "a list",
            Shape::Number { .. } => "a whole number",
            Shape::Flag => "true or false",
            Shape::Text | Shape::Choice(_) => "a text",
        };
        let found = node.kind_in_words();
        let (path, place) = if trail.shown.is_empty() {
            ("The profile".to_owned(), &node.place)
        } else {
            // A list or group takes several lines; its name is the better place to look at.
            let one_line = matches!(node.kind, Kind::Scalar { .. });
            (
                format!("`{}`", trail.shown),
                if one_line { &node.place } else { name },
            )
        };
        let mut problem = Problem::new(
            codes::WRONG_KIND,
            format!("{path} is not {wanted} but {found}."),
        )
        .found(found)
        .expected(expected(shape, trail));
        if !trail.shown.is_empty() {
            problem = problem.path(&trail.shown);
        }
        if let (Shape::List { .. }, Kind::Scalar { text, .. }) = (shape, &node.kind) {
            problem = problem.help(format!("For one entry: [{}].", shown(text)));
        }
        self.problems.add(place, problem);
    }

    fn fault(&mut self, place: &Place, fault: Fault, text: &str, trail: &Trail) {
        let mut problem = Problem::new(fault.code, format!("`{}` {}.", trail.shown, fault.what))
            .path(&trail.shown)
            .expected(fault.expected);
        if fault.code != codes::SECRET {
            problem = problem.found(shown(text));
        }
        if let Some(help) = fault.help {
            problem = problem.help(help);
        }
        self.problems.add(place, problem);
    }
}
