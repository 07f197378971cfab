//! Connection strings as Npgsql reads them: `host=…;port=…;username=…;password=…;database=…;pooling=…`.

use std::fmt;

/// The parts of a connection string that a stand-in uses. Everything else that Npgsql knows is accepted and has no effect;
/// `SSL Mode=Require` and above are refused, because the stand-ins do not speak TLS to a database.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ConnectionString {
    /// Host name or address.
    pub host: String,
    /// Port, 5432 unless given.
    pub port: u16,
    /// User.
    pub username: String,
    /// Password.
    pub password: String,
    /// Database, the user's name unless given.
    pub database: String,
    /// What the server shows as the client's name.
    pub application_name: Option<String>,
    /// Whether connections are kept. Npgsql's default is yes.
    pub pooling: bool,
}

impl fmt::Debug for ConnectionString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}@{}:{}/{}",
            self.username, self.host, self.port, self.database
        )
    }
}

/// Why a connection string is none. It quotes known names only, never values: they may hold a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// No pairs of name and value.
    #[error(
        "Format of the initialization string does not conform to specification starting at index {0}."
    )]
    Format(usize),
    /// A name that Npgsql does not know. It is not quoted: it may be the second half of a password.
    #[error("The keyword at index {0} is not supported.")]
    Keyword(usize),
    /// A value that does not fit its name.
    #[error("Couldn't set {0} (Parameter '{0}'): the value is not valid.")]
    Value(String),
    /// Npgsql wants a host.
    #[error("Host can't be null.")]
    NoHost,
}

/// Names that Npgsql accepts and a stand-in has no use for, without blanks.
const WITHOUT_EFFECT: &[&str] = &[
    "maximumpoolsize",
    "maxpoolsize",
    "minimumpoolsize",
    "minpoolsize",
    "timeout",
    "commandtimeout",
    "keepalive",
    "connectionidlelifetime",
    "connectionlifetime",
    "connectionpruninginterval",
    "trustservercertificate",
    "encoding",
    "clientencoding",
    "timezone",
    "searchpath",
    "enlist",
    "noresetonclose",
    "includeerrordetail",
    "maxautoprepare",
    "autoprepareminusages",
    "loadbalancehosts",
    "targetsessionattributes",
    "persistsecurityinfo",
    "multiplexing",
    "sslcertificate",
    "sslkey",
    "rootcertificate",
    "options",
    "readbuffersize",
    "writebuffersize",
    "tcpkeepalive",
    "internalcommandtimeout",
    "cancellationtimeout",
    "channelbinding",
    "gssencryptionmode",
];

impl ConnectionString {
    /// Reads a connection string.
    pub fn parse(text: &str) -> Result<Self, FormatError> {
        let mut parsed = Self {
            host: String::new(),
            port: 5432,
            username: String::new(),
            password: String::new(),
            database: String::new(),
            application_name: None,
            pooling: true,
        };
        for (at, name, value) in pairs(text)? {
            let keyword = name.to_lowercase().replace(' ', "");
            // An empty value unsets: Npgsql goes back to its default.
            if value.is_empty() && keyword != "password" {
                continue;
            }
            let unfit = || FormatError::Value(name.clone());
            match keyword.as_str() {
                "host" | "server" => parsed.host = value,
                "port" => {
                    parsed.port = value
                        .parse()
                        .ok()
                        .filter(|port| *port != 0)
                        .ok_or_else(unfit)?;
                }
                "username" | "user" | "userid" | "uid" => parsed.username = value,
                "password" | "pwd" | "psw" => parsed.password = value,
                "database" | "db" => parsed.database = value,
                "applicationname" => parsed.application_name = Some(value),
                "pooling" => parsed.pooling = value.to_lowercase().parse().map_err(|_| unfit())?,
                "sslmode"
                    if matches!(
                        value.to_lowercase().as_str(),
                        "disable" | "allow" | "prefer"
                    ) => {}
                "sslmode" => return Err(unfit()),
                known if WITHOUT_EFFECT.contains(&known) => {}
                _ => return Err(FormatError::Keyword(at)),
            }
        }
        if parsed.host.is_empty() {
            return Err(FormatError::NoHost);
        }
        if parsed.database.is_empty() {
            parsed.database.clone_from(&parsed.username);
        }
        Ok(parsed)
    }
}

/// Splits `name=value;…` into index, name and value. A value may stand in single or double quotes; doubled quotes within are one.
fn pairs(text: &str) -> Result<Vec<(usize, String, String)>, FormatError> {
    let mut found = Vec::new();
    let mut characters = text.char_indices().peekable();
    loop {
        while characters
            .next_if(|(_, c)| *c == ';' || c.is_whitespace())
            .is_some()
        {}
        let Some((start, _)) = characters.peek().copied() else {
            return Ok(found);
        };
        let mut name = String::new();
        loop {
            match characters.next() {
                Some((_, '=')) => break,
                Some((_, ';')) | None => return Err(FormatError::Format(start)),
                Some((_, c)) => name.push(c),
            }
        }
        let name = name.trim().to_owned();
        if name.is_empty() {
            return Err(FormatError::Format(start));
        }
        while characters.next_if(|(_, c)| c.is_whitespace()).is_some() {}
        let mut value = String::new();
        if let Some((_, quote)) = characters.next_if(|(_, c)| *c == '"' || *c == '\'') {
            loop {
                match characters.next() {
                    Some((_, c)) if c == quote => {
                        if characters.next_if(|(_, next)| *next == quote).is_none() {
                            break;
                        }
                        value.push(quote);
                    }
                    Some((_, c)) => value.push(c),
                    None => return Err(FormatError::Format(start)),
                }
            }
            while characters.next_if(|(_, c)| c.is_whitespace()).is_some() {}
            match characters.next() {
                Some((_, ';')) | None => {}
                Some((at, _)) => return Err(FormatError::Format(at)),
            }
        } else {
            while let Some((_, c)) = characters.next_if(|(_, c)| *c != ';') {
                value.push(c);
            }
            value.truncate(value.trim_end().len());
        }
        found.push((start, name, value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_upstream_writes() {
        let text = "host=db-ods;port=6432;username=edfi;password=p.w~1;database=EdFi_Ods;pooling=;\
                    minimum pool size=10;maximum pool size=;application name=EdFi.Ods.WebApi;";
        let parsed = ConnectionString::parse(text).unwrap();
        assert_eq!((parsed.host.as_str(), parsed.port), ("db-ods", 6432));
        assert_eq!(
            (parsed.username.as_str(), parsed.password.as_str()),
            ("edfi", "p.w~1")
        );
        assert_eq!(parsed.database, "EdFi_Ods");
        assert_eq!(parsed.application_name.as_deref(), Some("EdFi.Ods.WebApi"));
        assert!(parsed.pooling);
    }

    #[test]
    fn names_ignore_case_and_have_other_names() {
        let parsed = ConnectionString::parse(
            "Server = h ; User ID=u;PWD='a;b''c' ; Pooling=False;SSL Mode=Prefer",
        )
        .unwrap();
        assert_eq!(
            (
                parsed.host.as_str(),
                parsed.username.as_str(),
                parsed.password.as_str()
            ),
            ("h", "u", "a;b'c")
        );
        assert_eq!(parsed.database, "u");
        assert!(!parsed.pooling);
    }

    #[test]
    fn a_semicolon_in_a_password_breaks_the_string() {
        let error = ConnectionString::parse("host=h;password=se;cret;database=d").unwrap_err();
        assert_eq!(error, FormatError::Format(19));
    }

    #[test]
    fn errors_never_quote_values() {
        for text in [
            "host=h;port=secret",
            "hots=secret",
            "host=h;password=a;secret=b",
            "secret",
            "host=h;sslmode=secret",
            "host='secret",
        ] {
            let message = ConnectionString::parse(text).unwrap_err().to_string();
            assert!(!message.contains("secret"), "{message}");
        }
        assert_eq!(ConnectionString::parse("port=1"), Err(FormatError::NoHost));
        let shown = format!(
            "{:?}",
            ConnectionString::parse("host=h;username=u;password=secret").unwrap()
        );
        assert_eq!(shown, "u@h:5432/u");
    }

    #[test]
    fn ciphertext_is_no_connection_string() {
        assert!(ConnectionString::parse("c2VjcmV0c2VjcmV0|ZW5jcnlwdGVk|c2lnbmF0dXJl").is_err());
    }
}
