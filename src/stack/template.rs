//! `{name}` in a catalog value, filled in from what the stack knows.

use crate::deployment::Secret;

use super::EnvValue;

/// A catalog value that cannot be filled in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// The name in braces means nothing here.
    #[error("`{{{name}}}` in `{template}` means nothing in this stack")]
    Unknown {
        /// Name in braces.
        name: String,
        /// The whole value.
        template: String,
    },
    /// A brace that is never closed.
    #[error("`{template}` has a `{{` without its `}}`")]
    Unclosed {
        /// The whole value.
        template: String,
    },
}

/// Fills in `template`. `lookup` gives a value and whether it is secret.
pub(super) fn fill(
    template: &str,
    lookup: &dyn Fn(&str) -> Option<EnvValue>,
) -> Result<EnvValue, TemplateError> {
    let mut text = String::with_capacity(template.len());
    let mut secret = false;
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let (name, after) = after
            .split_once('}')
            .ok_or_else(|| TemplateError::Unclosed {
                template: template.to_owned(),
            })?;
        let value = lookup(name).ok_or_else(|| TemplateError::Unknown {
            name: name.to_owned(),
            template: template.to_owned(),
        })?;
        text.push_str(value.value.expose());
        secret |= value.secret;
        rest = after;
    }
    text.push_str(rest);
    Ok(EnvValue {
        value: Secret::new(text),
        secret,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lookup(name: &str) -> Option<EnvValue> {
        match name {
            "user" => Some(EnvValue {
                value: Secret::new("postgres"),
                secret: false,
            }),
            "secret:pw" => Some(EnvValue {
                value: Secret::new("hunter2"),
                secret: true,
            }),
            _ => None,
        }
    }

    #[test]
    fn fills_in_and_remembers_what_is_secret() {
        let plain = fill("u={user};", &lookup).unwrap();
        assert_eq!((plain.shown(), plain.secret), ("u=postgres;", false));
        let secret = fill("{user}:{secret:pw}", &lookup).unwrap();
        assert_eq!(secret.value.expose(), "postgres:hunter2");
        assert_eq!(secret.shown(), "[secret]");
    }

    #[test]
    fn names_what_it_cannot_fill_in() {
        assert!(
            matches!(fill("{nobody}", &lookup), Err(TemplateError::Unknown { name, .. }) if name == "nobody")
        );
        assert!(matches!(
            fill("{user", &lookup),
            Err(TemplateError::Unclosed { .. })
        ));
    }
}
