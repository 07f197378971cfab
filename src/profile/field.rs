//! Single fields of a profile, for those who ask for them one by one. The shape and the rules are
//! the profile's own: a value goes through the same checks as in a file or after `--set`.

use std::path::Path;

use serde_json::Value;

use super::overrides::{self, Override};
use super::problems::{Place, Problems};
use super::shape::{Field, Shape, join};
use super::yaml::{Kind, Node};
use super::{Profile, codes, decode};
use crate::diagnostic::{Diagnostic, Severity};

/// One field set to a text. Entries of a list are separated by spaces, numbers by commas too; an
/// empty text means no value, or an empty list.
pub fn setting(path: &str, text: &str) -> Result<Override, Box<Diagnostic>> {
    let value = match shape(path) {
        Some(Shape::List { entry, .. }) => {
            let words = entries(text, entry).into_iter().map(in_a_list);
            format!("[{}]", words.collect::<Vec<_>>().join(", "))
        }
        Some(Shape::Text) => written(text),
        _ => text.to_owned(),
    };
    Override::parse(&format!("{path}={value}"))
}

/// Whether a value can stand in its field, whatever the other fields are.
pub fn check(change: &Override) -> Result<(), Box<Diagnostic>> {
    let mut problems = Problems::new("", Path::new(""), &[]);
    let mut root = Node {
        place: Place::Argument(0),
        kind: Kind::Map(Vec::new()),
    };
    overrides::apply(&mut root, std::slice::from_ref(change), &mut problems);
    decode::decode(&root, Shape::profile(), &mut problems);
    // Only one field is there; that others are missing is not its fault.
    let wrong = problems.finish().into_iter().find(|diagnostic| {
        diagnostic.severity == Severity::Block && diagnostic.code != codes::MISSING
    });
    wrong.map_or(Ok(()), |diagnostic| Err(Box::new(diagnostic)))
}

/// A field's value as the text that [`setting`] takes; empty where there is none. Nothing if the
/// value cannot be said as one text.
pub fn told(profile: &Profile, path: &str) -> Option<String> {
    let whole = serde_json::to_value(profile).ok()?;
    let value = path
        .split('.')
        .try_fold(&whole, |value, name| value.get(name));
    in_words(value.unwrap_or(&Value::Null), shape(path)?)
}

/// A text for a field in the form in which [`told`] would give it back.
pub fn tidy(path: &str, text: &str) -> String {
    match shape(path) {
        Some(Shape::List { entry, .. }) => entries(text, entry).join(", "),
        _ => text.trim().to_owned(),
    }
}

/// What a field is where a profile does not say it; nothing for a field without such a value.
/// Empty means that no value is the usual thing.
pub fn usual(path: &str) -> Option<String> {
    let field = field(path)?;
    match &field.default {
        Some(value) => in_words(value, &field.shape),
        None => field.optional.then(String::new),
    }
}

/// `--set` arguments that turn one profile into another.
pub fn differences(from: &Profile, to: &Profile) -> Vec<String> {
    let value = |profile| serde_json::to_value(profile).unwrap_or_default();
    let mut arguments = Vec::new();
    compare("", &value(from), &value(to), &mut arguments);
    arguments
}

fn compare(path: &str, from: &Value, to: &Value, arguments: &mut Vec<String>) {
    if from == to {
        return;
    }
    let Value::Object(wanted) = to else {
        arguments.push(format!("{path}={}", as_argument(to)));
        return;
    };
    let nothing = serde_json::Map::new();
    let found = from.as_object().unwrap_or(&nothing);
    for name in found.keys().filter(|name| !wanted.contains_key(*name)) {
        arguments.push(format!("{}=", join(path, name)));
    }
    for (name, value) in wanted {
        let before = found.get(name).unwrap_or(&Value::Null);
        compare(&join(path, name), before, value, arguments);
    }
}

fn as_argument(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => written(text),
        Value::Array(values) => {
            let words: Vec<String> = values
                .iter()
                .map(|value| match value {
                    Value::String(text) => in_a_list(text),
                    other => other.to_string(),
                })
                .collect();
            format!("[{}]", words.join(", "))
        }
        other => other.to_string(),
    }
}

fn field(path: &str) -> Option<&'static Field> {
    let mut fields = Vec::new();
    Shape::profile().walk("", &mut fields);
    fields
        .into_iter()
        .find_map(|(found, field)| (found == path).then_some(field))
}

fn shape(path: &str) -> Option<&'static Shape> {
    field(path).map(|field| &field.shape)
}

fn entries<'t>(text: &'t str, entry: &Shape) -> Vec<&'t str> {
    let numbers = matches!(entry, Shape::Number { .. });
    text.split(|c: char| c.is_whitespace() || (numbers && matches!(c, ',' | ';')))
        .map(|word| word.trim_end_matches([',', ';']))
        .filter(|word| !word.is_empty())
        .collect()
}

fn in_words(value: &Value, shape: &Shape) -> Option<String> {
    match (value, shape) {
        (Value::Null, _) => Some(String::new()),
        (Value::String(text), _) => Some(text.clone()),
        (Value::Number(_) | Value::Bool(_), _) => Some(value.to_string()),
        (Value::Array(values), Shape::List { entry, .. }) => {
            let words: Vec<String> = values
                .iter()
                .map(|value| {
                    value
                        .as_str()
                        .map_or_else(|| value.to_string(), str::to_owned)
                })
                .collect();
            let text = words.join(", ");
            (entries(&text, entry) == words).then_some(text)
        }
        _ => None,
    }
}

/// A text after the equals sign: in quotes where it would be taken for something else.
fn written(text: &str) -> String {
    let nothing = matches!(text, "~" | "null" | "Null" | "NULL");
    if nothing || text.trim() != text || text.starts_with(['[', '{', '"', '\'']) {
        Value::String(text.to_owned()).to_string()
    } else {
        text.to_owned()
    }
}

fn in_a_list(text: &str) -> String {
    let tame = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    let nothing = matches!(text, "" | "~" | "null" | "Null" | "NULL");
    if !nothing && text.chars().all(tame) {
        text.to_owned()
    } else {
        Value::String(text.to_owned()).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::read;

    fn profile(more: &str) -> Profile {
        let text = format!("version: 1\nname: ab\nuse_case: district-shared\n{more}");
        read(&text, Path::new("test.yml"), &[]).unwrap().profile
    }

    fn refused(path: &str, text: &str) -> Diagnostic {
        let result = setting(path, text).and_then(|change| check(&change));
        *result.unwrap_err()
    }

    #[test]
    fn a_value_is_checked_by_the_rule_of_its_field_alone() {
        for (path, text) in [
            ("name", "grand-bend"),
            ("access.port", "443"),
            ("access.certificate.chain", "/etc/a b.pem"),
            ("images.registry", ""),
            ("first_client.education_organizations", "255901, 7"),
            ("first_client.education_organizations", ""),
            ("first_client.namespaces", "uri://a.org uri://b.org"),
        ] {
            let change = setting(path, text).unwrap();
            assert_eq!(check(&change), Ok(()), "{path}={text}");
        }
        assert_eq!(refused("name", "Grand").code, codes::NAME);
        assert_eq!(refused("name", "").code, codes::NO_VALUE);
        assert_eq!(refused("access.port", "70000").code, codes::OUT_OF_RANGE);
        assert_eq!(refused("images.registry", "null").code, codes::REGISTRY);
        let list = refused("first_client.education_organizations", "1, x]");
        assert_eq!(list.code, codes::WRONG_KIND);
        let message = refused("access.port", "x").message;
        assert!(message.starts_with("`access.port` is not"), "{message}");
    }

    #[test]
    fn what_is_told_can_be_set_again() {
        let profile = profile(
            "first_client: {education_organizations: [3, 1], namespaces: ['uri://a,b', 'uri://c']}\n",
        );
        for (path, text) in [
            ("name", "ab"),
            ("access.port", "8443"),
            ("images.registry", ""),
            ("access.certificate.chain", ""),
            ("first_client.education_organizations", "3, 1"),
            ("first_client.namespaces", "uri://a,b, uri://c"),
            ("swagger_ui", "false"),
        ] {
            assert_eq!(told(&profile, path).as_deref(), Some(text), "{path}");
        }
        assert_eq!(usual("access.port").as_deref(), Some("8443"));
        assert_eq!(usual("images.registry").as_deref(), Some(""));
        assert_eq!(usual("name"), None);
    }

    #[test]
    fn differences_lead_from_one_profile_to_the_other() {
        let plain = profile("");
        let other = profile(
            "access: {port: 9, certificate: {chain: ' a', key: '[k'}}\nswagger_ui: true\n\
             first_client: {claim_set: 'null', education_organizations: [1, 2], namespaces: []}\n\
             images: {registry: 'm.example', replace: {api: 'a/b:1'}}\n",
        );
        for (from, to) in [(&plain, &other), (&other, &plain)] {
            let arguments = differences(from, to);
            let changes: Vec<Override> = arguments
                .iter()
                .map(|argument| Override::parse(argument).unwrap())
                .collect();
            let text = crate::profile::write(from).unwrap();
            let reading = read(&text, Path::new("test.yml"), &changes);
            assert_eq!(reading.unwrap().profile, *to, "{arguments:?}");
        }
        assert_eq!(differences(&plain, &plain), Vec::<String>::new());
    }
}
