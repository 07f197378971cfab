//! A JSON answer in a few lines: the members that matter, long texts cut, one item of a list.

use serde_json::{Map, Value};

use crate::plain::clean;

/// Lines at most; what is more is left out, and said so.
const LINES: usize = 14;
/// Columns of a line with something inside something else.
const COLUMNS: usize = 68;
/// Characters of a text.
const TEXT: usize = 64;
/// Stands for what is hidden.
pub(super) const HIDDEN: &str = "•••";

/// The answer in a few lines. Of its objects only the members with these paths are drawn, as in
/// `urls.oauth`; with no paths, all. What is left out is counted.
pub(super) fn sketch(value: &Value, paths: &[&str]) -> Vec<String> {
    let mut lines = Vec::new();
    draw(value, "", "", "", paths, &mut lines);
    if lines.len() > LINES {
        lines.truncate(LINES - 1);
        lines.push("…".to_owned());
    }
    lines
}

/// The same on one line.
pub(super) fn line(value: &Value, paths: &[&str]) -> String {
    on_one_line(value, "", paths)
}

/// The same value with nothing in it but its form.
pub(super) fn hidden(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(hidden).collect(),
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| (name.clone(), hidden(value)))
            .collect(),
        _ => Value::from(HIDDEN),
    }
}

/// Draws a value behind `lead`, its inner lines indented by `indent`. What is inside something else
/// stays on its line if it fits there.
fn draw(
    value: &Value,
    lead: &str,
    indent: &str,
    path: &str,
    paths: &[&str],
    lines: &mut Vec<String>,
) {
    if !path.is_empty() {
        let whole = format!("{lead}{}", on_one_line(value, path, paths));
        if whole.chars().count() <= COLUMNS {
            lines.push(whole);
            return;
        }
    }
    let inner = format!("{indent}  ");
    match value {
        Value::Array(items) => {
            let Some(first) = items.first() else {
                lines.push(format!("{lead}[]"));
                return;
            };
            lines.push(format!("{lead}["));
            draw(first, &inner, &inner, path, paths, lines);
            left_out(items.len() - 1, &inner, lines);
            lines.push(format!("{indent}]"));
        }
        Value::Object(members) => {
            let shown = shown(members, path, paths);
            lines.push(format!("{lead}{{"));
            for (number, (name, value, path)) in shown.iter().enumerate() {
                let lead = format!("{inner}\"{name}\": ");
                draw(value, &lead, &inner, path, paths, lines);
                if number + 1 < shown.len() {
                    comma(lines);
                }
            }
            left_out(members.len() - shown.len(), &inner, lines);
            lines.push(format!("{indent}}}"));
        }
        Value::String(text) => lines.push(format!("{lead}\"{}\"", cut(text, TEXT))),
        other => lines.push(format!("{lead}{other}")),
    }
}

fn on_one_line(value: &Value, path: &str, paths: &[&str]) -> String {
    let list = |mut items: Vec<String>, more: usize| {
        if more > 0 {
            items.push(format!("… {more} more"));
        }
        items.join(", ")
    };
    match value {
        Value::Array(items) => {
            let first = items.first();
            let shown = first.map(|first| on_one_line(first, path, paths));
            let more = items.len().saturating_sub(1);
            format!("[{}]", list(shown.into_iter().collect(), more))
        }
        Value::Object(members) => {
            let shown = shown(members, path, paths);
            let more = members.len() - shown.len();
            let member = |(name, value, path): &(String, &Value, String)| {
                format!("\"{name}\": {}", on_one_line(value, path, paths))
            };
            format!("{{ {} }}", list(shown.iter().map(member).collect(), more))
        }
        Value::String(text) => format!("\"{}\"", cut(text, TEXT)),
        other => other.to_string(),
    }
}

/// The members that are let in, each with its name and path, in the order in which they were asked for.
fn shown<'v>(
    members: &'v Map<String, Value>,
    path: &str,
    paths: &[&str],
) -> Vec<(String, &'v Value, String)> {
    let below = |name: &str| match path {
        "" => name.to_owned(),
        path => format!("{path}.{name}"),
    };
    let mut shown: Vec<_> = members
        .iter()
        .filter_map(|(name, value)| {
            let path = below(name);
            Some((place(&path, paths)?, (clean(name), value, path)))
        })
        .collect();
    shown.sort_by_key(|(place, _)| *place);
    shown.into_iter().map(|(_, member)| member).collect()
}

/// Which of the wanted paths lets this one in: itself, one above it, or one below it.
fn place(path: &str, paths: &[&str]) -> Option<usize> {
    let leads_to = |one: &str, other: &str| {
        other
            .strip_prefix(one)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    if paths.is_empty() {
        return Some(0);
    }
    paths
        .iter()
        .position(|wanted| leads_to(wanted, path) || leads_to(path, wanted))
}

fn comma(lines: &mut [String]) {
    if let Some(line) = lines.last_mut() {
        line.push(',');
    }
}

fn left_out(count: usize, indent: &str, lines: &mut Vec<String>) {
    if count > 0 {
        comma(lines);
        lines.push(format!("{indent}… {count} more"));
    }
}

/// The beginning of a text from outside, on one line and harmless.
pub(super) fn cut(text: &str, length: usize) -> String {
    let text = clean(text);
    let mut short: String = text.chars().take(length).collect();
    if text.chars().count() > length {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_matters_is_drawn_in_the_order_asked_for() {
        let value = json!([
            { "id": "1", "name": "Grand Bend", "of": { "lea": 255_901, "link": {} }, "grades": [] },
            { "id": "2" },
        ]);
        let drawn = [
            "[",
            "  {",
            "    \"name\": \"Grand Bend\",",
            "    \"of\": { \"lea\": 255901, … 1 more },",
            "    … 2 more",
            "  },",
            "  … 1 more",
            "]",
        ];
        assert_eq!(sketch(&value, &["name", "of.lea"]), drawn);
        assert_eq!(sketch(&json!([]), &["name"]), ["[]"]);
        let long = json!({ "of": { "first": "x".repeat(40), "second": "y".repeat(40) } });
        assert_eq!(sketch(&long, &[]).len(), 6);
    }

    #[test]
    fn text_from_outside_is_harmless_and_short() {
        let lines = sketch(
            &json!({ "a": "\u{1b}[31mred\nnext", "b": "x".repeat(200) }),
            &[],
        );
        assert_eq!(lines[1], "  \"a\": \"red·next\",");
        assert!(lines[2].chars().count() < TEXT + 12, "{}", lines[2]);
        let many: Map<String, Value> = (0..100).map(|n| (n.to_string(), json!(n))).collect();
        let lines = sketch(&Value::Object(many), &[]);
        assert_eq!(lines.len(), LINES);
        assert_eq!(lines[LINES - 1], "…");
    }

    #[test]
    fn hiding_leaves_the_form_only() {
        let student = json!([{ "firstName": "Amaya", "ids": [1, 2], "of": { "b": true } }]);
        assert_eq!(
            hidden(&student),
            json!([{ "firstName": HIDDEN, "ids": [HIDDEN, HIDDEN], "of": { "b": HIDDEN } }])
        );
    }
}
