//! Text to hand to whoever has to act.

use serde::Serialize;

use crate::postgres::identifier;

/// What kind of text it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum HandOverKind {
    /// Statements for the server's administrator.
    Sql,
    /// A line for the server's `pg_hba.conf`.
    PgHba,
    /// Lines for the server's `postgresql.conf`.
    Settings,
    /// A sentence for whoever keeps the firewall.
    Firewall,
    /// A sentence for whoever issues certificates.
    Certificate,
}

impl HandOverKind {
    /// How it is introduced.
    pub fn introduction(self) -> &'static str {
        match self {
            Self::Sql => "Ask your database administrator to run:",
            Self::PgHba => {
                "Ask your database administrator to add this line to pg_hba.conf and to reload:"
            }
            Self::Settings => {
                "Ask your database administrator to set in postgresql.conf, and to restart:"
            }
            Self::Firewall => "Ask whoever keeps your firewall:",
            Self::Certificate => "Ask whoever issues your certificates:",
        }
    }
}

/// Text that can be handed over as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HandOver {
    /// What kind.
    pub kind: HandOverKind,
    /// The text; it may have several lines.
    pub text: String,
}

impl HandOver {
    /// Text of one kind.
    pub(super) fn new(kind: HandOverKind, text: impl Into<String>) -> Self {
        Self {
            kind,
            text: text.into(),
        }
    }

    /// Statements.
    pub(super) fn sql(text: impl Into<String>) -> Self {
        Self::new(HandOverKind::Sql, text)
    }
}

/// A name as an administrator would type it: quoted only where it must be.
pub(super) fn name(name: &str) -> String {
    // Words that PostgreSQL reserves and somebody might call a role or database.
    const RESERVED: [&str; 14] = [
        "all",
        "analyze",
        "user",
        "group",
        "table",
        "default",
        "order",
        "primary",
        "end",
        "session_user",
        "current_user",
        "grant",
        "select",
        "public",
    ];
    let plain = name
        .chars()
        .enumerate()
        .all(|(at, c)| c.is_ascii_lowercase() || c == '_' || (at > 0 && c.is_ascii_digit()));
    if plain && !name.is_empty() && !RESERVED.contains(&name) {
        name.to_owned()
    } else {
        identifier(name)
    }
}

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn names_are_quoted_where_they_must_be() {
        for (given, typed) in [
            ("edfi_owner", "edfi_owner"),
            ("EdFi_Ods", "\"EdFi_Ods\""),
            ("user", "\"user\""),
            ("a\"b", "\"a\"\"b\""),
            ("1a", "\"1a\""),
            ("", "\"\""),
        ] {
            assert_eq!(name(given), typed);
        }
    }
}
