//! Single fields of a profile, for those who ask for them one by one. The shape and the rules are
//! the profile's own: a value goes through the same checks as in a file or after `--set`.

use std::collections::HashMap;
use std::path::Path;
use std::sync::LazyLock;

use serde_json::{Value, json};

use super::overrides::{self, Override};
use super::problems::{Place, Problems};
use super::shape::{Field, Shape, join};
use super::yaml::{Kind, Node};
use super::{Profile, codes, decode};
use crate::diagnostic::{Diagnostic, Severity};

/// One field set to a text. Entries of a list are separated by spaces, numbers by commas too; those
/// of a list of groups are written `name = folder`, with semicolons in between. An empty text means no
/// value, or an empty list.
pub fn setting(path: &str, text: &str) -> Result<Override, Box<Diagnostic>> {
    let value = match shape(path) {
        Some(Shape::List { entry, .. }) => {
            let word = |word: &str| match &**entry {
                Shape::Section(fields) => group(word, fields).to_string(),
                _ => in_a_list(word),
            };
            let words = entries(text, entry).into_iter().map(word);
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
    let below = format!("{}[", change.path());
    let own = |diagnostic: &Diagnostic| {
        let path = diagnostic.path.as_ref();
        diagnostic.code != codes::MISSING || path.is_some_and(|path| path.starts_with(&below))
    };
    let wrong = problems
        .finish()
        .into_iter()
        .find(|diagnostic| diagnostic.severity == Severity::Block && own(diagnostic));
    wrong.map_or(Ok(()), |diagnostic| Err(Box::new(diagnostic)))
}

/// The values of a profile, to be told field by field.
#[derive(Debug, Clone)]
pub struct Values(Value);

impl Values {
    /// Those of this profile.
    pub fn of(profile: &Profile) -> Self {
        Self(serde_json::to_value(profile).unwrap_or_default())
    }

    /// A field's value as the text that [`setting`] takes; empty where there is none. Nothing if the
    /// value cannot be said as one text.
    pub fn told(&self, path: &str) -> Option<String> {
        let value = path
            .split('.')
            .try_fold(&self.0, |value, name| value.get(name));
        in_words(value.unwrap_or(&Value::Null), shape(path)?)
    }

    /// Whether a field's value is what this text says.
    pub fn is(&self, path: &str, text: &str) -> bool {
        self.told(path).as_deref() == Some(text)
    }
}

/// A field's value as [`Values::told`] tells it; for whoever asks for one only.
pub fn told(profile: &Profile, path: &str) -> Option<String> {
    Values::of(profile).told(path)
}

/// A text for a field in the form in which [`told`] would give it back.
pub fn tidy(path: &str, text: &str) -> String {
    match shape(path) {
        Some(Shape::List { .. }) => joined(path, &listed(path, text)),
        _ => text.trim().to_owned(),
    }
}

/// The entries that a text for a list names.
pub fn listed(path: &str, text: &str) -> Vec<String> {
    match shape(path) {
        Some(Shape::List { entry, .. }) => entries(text, entry)
            .into_iter()
            .map(|word| match &**entry {
                Shape::Section(fields) => pair(&group(word, fields), fields),
                _ => word.to_owned(),
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// Entries as one text, as [`setting`] takes it.
pub fn joined(path: &str, entries: &[String]) -> String {
    let groups = matches!(shape(path), Some(Shape::List { entry, .. }) if matches!(**entry, Shape::Section(_)));
    entries.join(if groups { "; " } else { ", " })
}

/// What a field is where a profile does not say it; nothing for a field without such a value.
/// Empty means that no value is the usual thing.
pub fn usual(path: &str) -> Option<String> {
    let field = field(path)?;
    let may_be_empty =
        field.optional || (!field.required && matches!(field.shape, Shape::List { .. }));
    match &field.default {
        Some(value) => in_words(value, &field.shape),
        None => may_be_empty.then(String::new),
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
    static FIELDS: LazyLock<HashMap<String, &'static Field>> = LazyLock::new(|| {
        let mut fields = Vec::new();
        Shape::profile().walk("", &mut fields);
        fields.into_iter().collect()
    });
    FIELDS.get(path).copied()
}

fn shape(path: &str) -> Option<&'static Shape> {
    field(path).map(|field| &field.shape)
}

fn entries<'t>(text: &'t str, entry: &Shape) -> Vec<&'t str> {
    if let Shape::Section(_) = entry {
        return text
            .split([';', '\n'])
            .map(str::trim)
            .filter(|word| !word.is_empty())
            .collect();
    }
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
            if let Shape::Section(fields) = &**entry {
                let words: Vec<String> = values.iter().map(|value| pair(value, fields)).collect();
                let text = words.join("; ");
                let again = entries(&text, entry);
                let same = again
                    .iter()
                    .map(|word| group(word, fields))
                    .eq(values.iter().cloned());
                return same.then_some(text);
            }
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

/// The names of a group's two fields: the one before the equals sign, the one after it.
fn two(fields: &[Field]) -> Option<(&str, &str)> {
    match fields {
        [one, other] if one.name == "name" => Some((&one.name, &other.name)),
        [one, other] => Some((&other.name, &one.name)),
        _ => None,
    }
}

/// `name = folder` as a group of two fields; what is not said is not there.
fn group(word: &str, fields: &[Field]) -> Value {
    let Some((first, second)) = two(fields) else {
        return Value::Null;
    };
    match word.split_once('=') {
        Some((name, rest)) => json!({ first: name.trim(), second: rest.trim() }),
        None => json!({ first: word.trim() }),
    }
}

/// A group of two fields as `name = folder`.
fn pair(value: &Value, fields: &[Field]) -> String {
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    let (first, second) = two(fields).unwrap_or_default();
    let first = text(first).unwrap_or_default();
    match text(second) {
        Some(second) => format!("{first} = {second}"),
        None => first.to_owned(),
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
            ("instances.districts", "1\n2, 3;4"),
            ("extensions", "sample = /opt/sam ple; other=b"),
            ("extensions", ""),
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
        let folder = refused("extensions", "a = b; sample");
        assert_eq!(folder.path.as_deref(), Some("extensions[1].folder"));
        assert_eq!(refused("extensions", "= b").code, codes::EXTENSION);
        let message = refused("access.port", "x").message;
        assert!(message.starts_with("`access.port` is not"), "{message}");
    }

    #[test]
    fn what_is_told_can_be_set_again() {
        let profile = profile(
            "first_client: {education_organizations: [3, 1], namespaces: ['uri://a,b', 'uri://c']}\n\
             extensions: [{name: sample, folder: 'a = b'}, {folder: /c, name: d}]\n",
        );
        for (path, text) in [
            ("name", "ab"),
            ("access.port", "8443"),
            ("images.registry", ""),
            ("access.certificate.chain", ""),
            ("first_client.education_organizations", "3, 1"),
            ("first_client.namespaces", "uri://a,b, uri://c"),
            ("swagger_ui", "false"),
            ("instances.years", ""),
            ("extensions", "sample = a = b; d = /c"),
        ] {
            assert_eq!(told(&profile, path).as_deref(), Some(text), "{path}");
        }
        assert_eq!(usual("access.port").as_deref(), Some("8443"));
        assert_eq!(usual("images.registry").as_deref(), Some(""));
        assert_eq!(usual("instances.districts").as_deref(), Some(""));
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
