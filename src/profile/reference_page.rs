//! The list of fields and codes for `docs/profile.md`, from the shape itself.

use std::fmt::Write as _;

use serde_json::Value;

use super::shape::{Field, Shape};
use super::{codes, rules};

/// Every field with meaning, kind, default and example, then every code, as Markdown.
pub fn reference_page() -> String {
    let shape = Shape::profile();
    let mut fields = Vec::new();
    shape.walk("", &mut fields);
    let mut page = String::new();
    for (path, field) in &fields {
        // Writing to a string does not fail.
        let _ = writeln!(
            page,
            "### `{path}`\n\n{}\n\n{}",
            field.about,
            facts(path, field)
        );
    }
    page.push_str("## Codes\n\n| Code | Meaning |\n|---|---|\n");
    for (code, meaning) in codes::ALL {
        let _ = writeln!(page, "| {code} | {meaning} |");
    }
    page
}

fn facts(path: &str, field: &Field) -> String {
    let mut facts = format!("- Value: {}\n", kind(&field.shape, path));
    let section = matches!(field.shape, Shape::Section(_));
    if let Shape::Choice(choices) = &field.shape {
        for (word, meaning) in choices {
            let _ = writeln!(facts, "  - `{word}`: {}", meaning.replace('\n', " "));
        }
    }
    if field.required {
        facts.push_str("- Required\n");
    } else if let Some(default) = field.default.as_ref().filter(|_| !section) {
        let _ = writeln!(facts, "- Default: `{}`", inline(default));
    } else if !section {
        facts.push_str("- Default: none\n");
    }
    if let Some(example) = &field.example {
        let _ = writeln!(facts, "- Example: `{}`", inline(example));
    } else if field.required && path == "use_case" {
        facts.push_str("- Example: `district-shared`\n");
    }
    facts
}

fn kind(shape: &Shape, field: &str) -> String {
    let form = rules::form(field).unwrap_or("text");
    match shape {
        Shape::Section(_) => "a group of fields, below".to_owned(),
        Shape::Table(inner) => {
            let names = match field {
                "instances.copies" => "instances",
                _ => "services",
            };
            let below = kind(inner, &format!("{field}.*"));
            format!("names of {names}, each with {below}")
        }
        Shape::List { entry, .. } if matches!(**entry, Shape::Section(_)) => {
            let mut fields = Vec::new();
            entry.walk("", &mut fields);
            let fields: Vec<String> = fields
                .iter()
                .map(|(name, own)| {
                    let form = kind(&own.shape, &format!("{field}[].{name}"));
                    format!("`{name}` ({form})")
                })
                .collect();
            format!("a list; each entry has {}", fields.join(" and "))
        }
        Shape::List { entry, unique } => {
            let once = if *unique { ", each once" } else { "" };
            format!(
                "a list; each entry is {}{once}",
                kind(entry, &format!("{field}[]"))
            )
        }
        Shape::Choice(_) => "one word of these".to_owned(),
        Shape::Text => form.to_owned(),
        Shape::Number { .. } => shape.expected(),
        Shape::Flag => "`true` or `false`".to_owned(),
    }
}

/// A value as it would stand in a file, on one line.
fn inline(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(values) => {
            let values: Vec<String> = values.iter().map(inline).collect();
            format!("[{}]", values.join(", "))
        }
        Value::Object(values) => {
            let values: Vec<String> = values
                .iter()
                .map(|(name, value)| format!("{name}: {}", inline(value)))
                .collect();
            format!("{{{}}}", values.join(", "))
        }
        other => other.to_string(),
    }
}
