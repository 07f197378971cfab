//! The shape of a profile: fields, kinds, limits, defaults. Derived from the model's JSON schema,
//! so that the model, the reader, the editor's schema and the reference page cannot disagree.

use std::sync::LazyLock;

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};

use super::Profile;

/// What a value has to be.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Shape {
    /// Named fields.
    Section(Vec<Field>),
    /// Names the operator chooses, each with a value of the same shape.
    Table(Box<Shape>),
    /// Values of the same shape, in order.
    List {
        /// Of every entry.
        entry: Box<Shape>,
        /// Whether an entry may be there only once.
        unique: bool,
    },
    /// One word of several, each with its meaning.
    Choice(Vec<(String, String)>),
    /// Text; `rules` knows more about its form.
    Text,
    /// A whole number.
    Number {
        /// Smallest.
        min: u64,
        /// Largest.
        max: u64,
    },
    /// True or false.
    Flag,
}

/// One field of a section.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Field {
    /// Its name in the file.
    pub name: String,
    /// What it is for.
    pub about: String,
    /// Whether every profile has to have it.
    pub required: bool,
    /// Whether "nothing" is a value of its own here.
    pub optional: bool,
    /// Value where the file has none.
    pub default: Option<Value>,
    /// An example for the reference page, where the default is none.
    pub example: Option<Value>,
    /// What it has to be.
    pub shape: Shape,
}

/// The JSON schema of the profile, for editors.
///
/// Editors with a YAML mode take it to complete and check a profile while it is typed. It holds
/// the limits and forms that reading checks as well (JSON Schema, draft 2020-12).
pub fn schema() -> String {
    let mut text = serde_json::to_string_pretty(&schema_value()).unwrap_or_default();
    text.push('\n');
    text
}

fn schema_value() -> Value {
    let settings =
        SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    settings
        .into_generator()
        .into_root_schema_for::<Profile>()
        .to_value()
}

impl Shape {
    /// The shape of a whole profile.
    pub fn profile() -> &'static Self {
        static SHAPE: LazyLock<Shape> = LazyLock::new(|| Shape::of(&schema_value()));
        &SHAPE
    }

    fn of(schema: &Value) -> Self {
        if let Some(choices) = schema.get("oneOf").and_then(Value::as_array) {
            return Self::Choice(choices.iter().map(choice).collect());
        }
        if let Some(inner) = schema.get("anyOf").and_then(Value::as_array) {
            return inner.first().map_or(Self::Text, Self::of);
        }
        match kind(schema) {
            Some("object") => match schema.get("properties").and_then(Value::as_object) {
                Some(properties) => Self::Section(fields(schema, properties)),
                None => Self::Table(Box::new(
                    schema
                        .get("additionalProperties")
                        .map_or(Self::Text, Self::of),
                )),
            },
            Some("array") => Self::List {
                entry: Box::new(schema.get("items").map_or(Self::Text, Self::of)),
                unique: schema.get("uniqueItems") == Some(&Value::Bool(true)),
            },
            Some("integer") => Self::Number {
                min: limit(schema, "minimum").unwrap_or(0),
                max: limit(schema, "maximum").unwrap_or(u64::MAX),
            },
            Some("boolean") => Self::Flag,
            _ => Self::Text,
        }
    }

    /// What an operator should write, for "expected …".
    pub fn expected(&self) -> String {
        match self {
            Self::Section(_) => "indented fields below it".to_owned(),
            Self::Table(_) => "indented “name: value” lines below it".to_owned(),
            Self::List { .. } => "a list, each entry on a line of its own after “- ”".to_owned(),
            Self::Choice(choices) => {
                let words: Vec<&str> = choices.iter().map(|(word, _)| word.as_str()).collect();
                match words.as_slice() {
                    [one] => (*one).to_owned(),
                    words => format!("one of: {}", words.join(", ")),
                }
            }
            Self::Text => "text".to_owned(),
            Self::Number { min, max } if min == max => format!("the number {min}"),
            Self::Number { min, max } if *max > 1_000_000_000 => {
                format!("a whole number, {min} or greater")
            }
            Self::Number { min, max } => format!("a whole number from {min} to {max}"),
            Self::Flag => "true or false".to_owned(),
        }
    }

    /// All fields below, with their paths, sections before their fields; `[]` stands for every entry of
    /// a list of sections.
    pub fn walk<'a>(&'a self, path: &str, found: &mut Vec<(String, &'a Field)>) {
        match self {
            Self::Section(fields) => {
                for field in fields {
                    let path = join(path, &field.name);
                    found.push((path.clone(), field));
                    field.shape.walk(&path, found);
                }
            }
            Self::List { entry, .. } => entry.walk(&format!("{path}[]"), found),
            _ => {}
        }
    }
}

/// The path of a field in a section.
pub(super) fn join(section: &str, name: &str) -> String {
    if section.is_empty() {
        name.to_owned()
    } else {
        format!("{section}.{name}")
    }
}

fn choice(schema: &Value) -> (String, String) {
    let text = |name: &str| {
        schema
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    (text("const"), text("description"))
}

/// The schema's type; of several the one that is not "null".
fn kind(schema: &Value) -> Option<&str> {
    match schema.get("type")? {
        Value::String(kind) => Some(kind),
        Value::Array(kinds) => kinds
            .iter()
            .filter_map(Value::as_str)
            .find(|kind| *kind != "null"),
        _ => None,
    }
}

fn nullable(schema: &Value) -> bool {
    let null = Value::String("null".to_owned());
    let in_type = schema
        .get("type")
        .and_then(Value::as_array)
        .is_some_and(|kinds| kinds.contains(&null));
    let in_any = schema
        .get("anyOf")
        .and_then(Value::as_array)
        .is_some_and(|schemas| {
            schemas
                .iter()
                .any(|schema| schema.get("type") == Some(&null))
        });
    in_type || in_any
}

fn limit(schema: &Value, name: &str) -> Option<u64> {
    schema.get(name)?.as_u64()
}

fn fields(schema: &Value, properties: &Map<String, Value>) -> Vec<Field> {
    let required: Vec<&str> = schema
        .get("required")
        .and_then(Value::as_array)
        .map(|names| names.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    let mut fields: Vec<Field> = properties
        .iter()
        .map(|(name, schema)| Field {
            name: name.clone(),
            about: schema
                .get("description")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .replace('\n', " "),
            required: required.contains(&name.as_str()),
            optional: nullable(schema),
            default: schema
                .get("default")
                .filter(|value| !value.is_null())
                .cloned(),
            example: schema
                .get("examples")
                .and_then(Value::as_array)
                .and_then(|examples| examples.first())
                .cloned(),
            shape: Shape::of(schema),
        })
        .collect();
    // As one would write them: what has to be there first, the version before everything.
    fields.sort_by_key(|field| (!field.required, field.name != "version", field.name.clone()));
    fields
}
