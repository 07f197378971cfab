//! Reading the secrets file, with distrust.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{KeyPair, Secrets, VERSION};
use crate::deployment::secret::Secret;

/// Why a file's contents cannot be used.
pub(super) enum Unreadable {
    Newer(u64),
    Damaged(Vec<String>),
}

/// Reads a file's contents, or tells all that is wrong with them at once. Never a value.
pub(super) fn parse(bytes: &[u8]) -> Result<Secrets, Unreadable> {
    let damaged = |problem: &str| Unreadable::Damaged(vec![problem.to_owned()]);
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(damaged("it is empty"));
    }
    // Only the place is told: the parser's words may quote what stands there.
    let mut root: Map<String, Value> = serde_json::from_slice(bytes).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        if error.is_eof() {
            damaged(&format!("it ends too early, at line {line}"))
        } else {
            damaged(&format!(
                "it is not readable at line {line}, column {column}"
            ))
        }
    })?;
    let mut problems = Vec::new();
    match root.remove("version").as_ref().map(Value::as_u64) {
        Some(Some(VERSION)) => {}
        Some(Some(found)) if found > VERSION => return Err(Unreadable::Newer(found)),
        _ => problems.push("its version is missing".to_owned()),
    }
    root.remove("note");
    let id = match root.remove("id") {
        Some(Value::String(id)) if good_id(&id) => id,
        Some(_) => {
            problems.push("its id has odd characters".to_owned());
            String::new()
        }
        None => {
            problems.push("its id is missing".to_owned());
            String::new()
        }
    };
    let adopted_ids = take_ids(&mut root, &mut problems);
    let values = take_map(&mut root, "values", true, &mut problems, |name, value| {
        let Value::String(text) = value else {
            return Err(format!("the value of {name} is not text"));
        };
        let value = Secret::new(text);
        match fault_of_value(value.expose()) {
            Some(fault) => Err(format!("the value of {name} {fault}")),
            None => Ok(value),
        }
    });
    let pairs = take_map(&mut root, "pairs", false, &mut problems, |name, value| {
        pair(value).ok_or_else(|| format!("the key or certificate of {name} is not whole"))
    });
    if problems.is_empty() {
        Ok(Secrets {
            id,
            adopted_ids,
            values,
            pairs,
            others: root,
        })
    } else {
        Err(Unreadable::Damaged(problems))
    }
}

fn take_ids(root: &mut Map<String, Value>, problems: &mut Vec<String>) -> Vec<String> {
    let Some(list) = root.remove("adopted_ids") else {
        return Vec::new();
    };
    match serde_json::from_value::<Vec<String>>(list) {
        Ok(ids) if ids.iter().all(|id| good_id(id)) => ids,
        _ => {
            problems.push("its list of adopted ids is not readable".to_owned());
            Vec::new()
        }
    }
}

fn take_map<V>(
    root: &mut Map<String, Value>,
    field: &str,
    needed: bool,
    problems: &mut Vec<String>,
    read: impl Fn(&str, Value) -> Result<V, String>,
) -> BTreeMap<String, V> {
    let mut found = BTreeMap::new();
    match root.remove(field) {
        Some(Value::Object(entries)) => {
            for (name, value) in entries {
                if !good_name(&name) {
                    problems.push(format!("the name {name:?} has odd characters"));
                    continue;
                }
                match read(&name, value) {
                    Ok(value) => drop(found.insert(name, value)),
                    Err(problem) => problems.push(problem),
                }
            }
        }
        None if !needed => {}
        _ => problems.push(format!("its {field} are missing")),
    }
    found
}

fn pair(value: Value) -> Option<KeyPair> {
    let Value::Object(mut fields) = value else {
        return None;
    };
    let (Some(Value::String(key)), Some(Value::String(certificate))) =
        (fields.remove("key"), fields.remove("certificate"))
    else {
        return None;
    };
    let key = Secret::new(key);
    let whole = |text: &str, label: &str| {
        let text = text.trim();
        text.starts_with("-----BEGIN ") && text.ends_with(&format!("{label}-----"))
    };
    (whole(key.expose(), "PRIVATE KEY") && whole(&certificate, "END CERTIFICATE"))
        .then_some(KeyPair { key, certificate })
}

fn good_name(name: &str) -> bool {
    (1..=100).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_.".contains(&b))
}

fn good_id(id: &str) -> bool {
    (8..=63).contains(&id.len())
        && id
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

/// Values travel through URLs, shells, connection strings and SQL; only what needs no quoting in
/// any of them is let in.
fn fault_of_value(value: &str) -> Option<&'static str> {
    let good = |b: u8| b.is_ascii_alphanumeric() || b"+/=-_.~".contains(&b);
    if value.is_empty() {
        Some("is empty")
    } else if !value.bytes().all(good) {
        Some("has odd characters")
    } else {
        None
    }
}
