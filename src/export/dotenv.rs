//! Values in a `.env` file, quoted so that Compose takes them as they are.
//!
//! The rules are those of Compose's own reader. In single quotes everything stands for itself but a
//! backslash before a quote; in double quotes backslashes escape and `$` begins a variable. A carriage
//! return before a line's end is lost outside of escapes.

use crate::deployment::Secret;

/// The line, or lines, that give a variable this value.
pub(super) fn assignment(name: &str, value: &Secret) -> String {
    format!("{name}={}\n", quoted(value.expose()))
}

fn quoted(value: &str) -> String {
    if !value.contains(['\'', '\\', '\r']) {
        return format!("'{value}'");
    }
    let mut text = String::with_capacity(value.len() + 2);
    text.push('"');
    for char in value.chars() {
        match char {
            '"' | '\\' | '$' => {
                text.push('\\');
                text.push(char);
            }
            '\r' => text.push_str("\\r"),
            char => text.push(char),
        }
    }
    text.push('"');
    text
}
