//! Fields as an operator gives them, and what becomes of them.

use std::path::{Path, PathBuf};

use super::{Field, FieldError, Identity, MAINTENANCE, PORT, Place, Target, Tls, TlsMode};
use super::{keywords, url};
use crate::deployment::Secret;

/// What was given, as text; what is missing gets its usual value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields {
    /// Name, address, or the folder of a socket (it begins with a slash).
    pub host: Option<String>,
    /// Port.
    pub port: Option<String>,
    /// Role to log in as.
    pub user: Option<String>,
    /// Its password.
    pub password: Option<Secret>,
    /// Database to log in to.
    pub database: Option<String>,
    /// TLS mode.
    pub tls: Option<String>,
    /// File with the authorities; `system` means those that this computer trusts.
    pub authority: Option<String>,
    /// Client certificate.
    pub certificate: Option<String>,
    /// Its private key.
    pub key: Option<String>,
}

/// Every problem of a form at once.
type Problems = Vec<FieldError>;

impl Fields {
    /// Reads what was pasted: a connection URL, or keywords as libpq takes them.
    pub fn paste(text: &str) -> Result<Self, FieldError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(FieldError::new(
                Field::Url,
                "Nothing was pasted.",
                "Paste an address such as postgresql://edfi_owner@db.district.example:5432/postgres, or fill in the fields.",
            ));
        }
        if text.contains("://") {
            url::read(text)
        } else {
            keywords::read(text)
        }
    }

    /// These fields with others over them: what the other has wins.
    #[must_use]
    pub fn with(self, over: Self) -> Self {
        Self {
            host: over.host.or(self.host),
            port: over.port.or(self.port),
            user: over.user.or(self.user),
            password: over.password.or(self.password),
            database: over.database.or(self.database),
            tls: over.tls.or(self.tls),
            authority: over.authority.or(self.authority),
            certificate: over.certificate.or(self.certificate),
            key: over.key.or(self.key),
        }
    }

    /// Sets the field that a libpq parameter stands for. Parameters that make no difference here are
    /// accepted; those that would make one and that we cannot heed are refused.
    pub(super) fn set(&mut self, parameter: &str, value: String) -> Result<(), FieldError> {
        // Names ignore case in .NET and in JDBC; libpq's own are all lower case.
        match parameter.to_ascii_lowercase().as_str() {
            "host" => self.host = Some(value),
            "port" => self.port = Some(value),
            "user" => self.user = Some(value),
            "password" => self.password = Some(Secret::new(value)),
            "dbname" => self.database = Some(value),
            "sslmode" => self.tls = Some(value),
            "ssl" if value.eq_ignore_ascii_case("true") => self.tls = Some("require".to_owned()),
            "ssl" => self.tls = Some("disable".to_owned()),
            "sslrootcert" => self.authority = Some(value),
            "sslcert" => self.certificate = Some(value),
            "sslkey" => self.key = Some(value),
            "application_name"
            | "fallback_application_name"
            | "client_encoding"
            | "connect_timeout"
            | "keepalives"
            | "keepalives_idle"
            | "keepalives_interval"
            | "keepalives_count"
            | "tcp_user_timeout"
            | "gssencmode"
            | "sslcompression"
            | "sslsni"
            | "channel_binding"
            | "sslnegotiation"
            | "target_session_attrs"
            | "load_balance_hosts" => {}
            "hostaddr" => {
                return Err(FieldError::new(
                    Field::Host,
                    "The parameter hostaddr is not supported.",
                    "Give the address as the host. With verify-full, give the name that is in the server's certificate.",
                ));
            }
            "service" | "passfile" | "options" | "sslpassword" | "sslcrl" | "sslcrldir" => {
                return Err(FieldError::new(
                    Field::Url,
                    format!("The parameter {parameter} is not supported."),
                    "Ed-Fi's programs could not heed it. Leave it out, and give what it stands for in the fields.",
                ));
            }
            // It may be the second half of a password, so it is not shown.
            _ => {
                return Err(FieldError::new(
                    Field::Url,
                    "One of the parameters is none of a PostgreSQL connection.",
                    "Look for a spelling mistake: known are host, port, user, password, dbname, sslmode, sslrootcert, sslcert and sslkey. Perhaps a value has blanks or odd characters: in an address write them as %20 and the like, among keywords put the value in single quotes.",
                ));
            }
        }
        Ok(())
    }

    /// The target, or everything that is wrong.
    pub fn target(&self) -> Result<Target, Problems> {
        let mut problems = Problems::new();
        let place = self.place().map_err(|error| problems.extend(error)).ok();
        let user = self.user().map_err(|error| problems.push(error)).ok();
        let database = self.database().map_err(|error| problems.push(error)).ok();
        if self
            .password
            .as_ref()
            .is_some_and(|password| password.expose().contains('\0'))
        {
            problems.push(FieldError::new(
                Field::Password,
                "The password holds a character that PostgreSQL cannot take (a zero byte).",
                "Look at where it comes from: the file or variable is perhaps no plain text.",
            ));
        }
        let tls = self
            .tls(place.as_ref())
            .map_err(|error| problems.extend(error))
            .ok();
        match (place, user, database, tls) {
            (Some(place), Some(user), Some(database), Some(tls)) if problems.is_empty() => {
                Ok(Target {
                    place,
                    user,
                    // An empty password is none: PostgreSQL accepts no empty one.
                    password: self
                        .password
                        .clone()
                        .filter(|password| !password.expose().is_empty()),
                    database,
                    tls,
                })
            }
            _ => Err(problems),
        }
    }

    fn place(&self) -> Result<Place, Problems> {
        let mut problems = Problems::new();
        let port = port(self.port.as_deref())
            .map_err(|error| problems.push(error))
            .ok();
        let given = given(self.host.as_deref());
        let place = match given {
            None => Err(FieldError::new(
                Field::Host,
                "The server's name is missing.",
                "Give its name or address, as in db.district.example, or the folder of its socket, as in /var/run/postgresql.",
            )),
            Some(folder) if folder.starts_with('/') => Ok(Ok(PathBuf::from(folder))),
            Some(host) => host_name(host).map(Err),
        };
        let place = place.map_err(|error| problems.push(error)).ok();
        match (place, port) {
            (Some(place), Some(port)) => Ok(match place {
                Ok(folder) => Place::Socket { folder, port },
                Err(host) => Place::Tcp { host, port },
            }),
            _ => Err(problems),
        }
    }

    fn user(&self) -> Result<String, FieldError> {
        let user = given(self.user.as_deref()).ok_or_else(|| {
            FieldError::new(
                Field::User,
                "The role to log in as is missing.",
                "Give the name of the role that is to own the databases, as in edfi_owner.",
            )
        })?;
        name(Field::User, user)
    }

    fn database(&self) -> Result<String, FieldError> {
        name(
            Field::Database,
            given(self.database.as_deref()).unwrap_or(MAINTENANCE),
        )
    }

    fn tls(&self, place: Option<&Place>) -> Result<Tls, Problems> {
        let mut problems = Problems::new();
        let mode = match given(self.tls.as_deref()) {
            // On a socket there is nobody on the way, and PostgreSQL speaks no TLS there.
            None if matches!(place, Some(Place::Socket { .. })) => TlsMode::Disable,
            None => TlsMode::default(),
            Some(word) => TlsMode::of_word(word).unwrap_or_else(|| {
                problems.push(unknown_mode(word));
                TlsMode::default()
            }),
        };
        if matches!(place, Some(Place::Socket { .. }))
            && mode > TlsMode::Prefer
            && problems.is_empty()
        {
            problems.push(FieldError::new(
                Field::Tls,
                format!("{mode} does not go with a socket: PostgreSQL speaks no TLS there."),
                "Choose disable. A socket never leaves this computer, so nobody is on the way.",
            ));
        }
        let authority = given(self.authority.as_deref()).filter(|word| *word != "system");
        if authority.is_some() && !mode.verifies() && problems.is_empty() {
            problems.push(FieldError::new(
                Field::Authority,
                format!("The CA file makes no difference with {mode}: nobody would look at it."),
                "Choose verify-full, or leave the CA file out.",
            ));
        }
        let certificate = given(self.certificate.as_deref());
        let key = given(self.key.as_deref());
        let identity = match (certificate, key) {
            (Some(certificate), Some(key)) => Some(Identity {
                certificate: PathBuf::from(certificate),
                key: PathBuf::from(key),
            }),
            (None, None) => None,
            (Some(_), None) => {
                problems.push(FieldError::new(
                    Field::Key,
                    "There is a client certificate, but no key for it.",
                    "Give the file with its private key, too.",
                ));
                None
            }
            (None, Some(_)) => {
                problems.push(FieldError::new(
                    Field::Certificate,
                    "There is a client key, but no certificate for it.",
                    "Give the file with the client certificate, too.",
                ));
                None
            }
        };
        if identity.is_some() && mode == TlsMode::Disable && problems.is_empty() {
            problems.push(FieldError::new(
                Field::Certificate,
                "A client certificate is only shown over TLS, and TLS is off.",
                "Choose verify-full, or leave the client certificate out.",
            ));
        }
        if problems.is_empty() {
            Ok(Tls {
                mode,
                authority: authority.map(|file| Path::new(file).to_owned()),
                identity,
            })
        } else {
            Err(problems)
        }
    }
}

/// A text that is more than blanks, without the blanks around it.
fn given(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

fn port(text: Option<&str>) -> Result<u16, FieldError> {
    let Some(text) = given(text) else {
        return Ok(PORT);
    };
    if text.contains(',') {
        return Err(several());
    }
    text.parse::<u16>()
        .ok()
        .filter(|port| *port != 0)
        .ok_or_else(|| {
            FieldError::new(
                Field::Port,
                "The port is not a number from 1 to 65535.",
                "PostgreSQL usually listens on 5432. If a password with odd characters was pasted within an address, write / as %2F, ? as %3F, # as %23, : as %3A and @ as %40.",
            )
        })
}

/// Several servers are no server of ours: which one would get the data?
pub(super) fn several() -> FieldError {
    FieldError::new(
        Field::Host,
        "More than one server is named.",
        "Name the one that takes writes. With several, nobody could say which one gets the databases; \
         for a cluster, give the name that always leads to its primary.",
    )
}

fn host_name(host: &str) -> Result<String, FieldError> {
    if host.contains(',') {
        return Err(several());
    }
    let help = "Write only a name such as db.district.example, or an address such as 10.20.0.5 or 2001:db8::5.";
    let refused = |message: String| Err(FieldError::new(Field::Host, message, help));
    if host.starts_with('@') {
        return Err(FieldError::new(
            Field::Host,
            "Sockets without a file (names that begin with @) are not supported.",
            "Give the folder of the socket's file, as in /var/run/postgresql, or a name and a port.",
        ));
    }
    if host.contains("://") {
        return refused("This is a whole address, not a host.".to_owned());
    }
    let bare = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(host);
    if let Ok(address) = bare.parse::<std::net::IpAddr>() {
        return Ok(address.to_string());
    }
    if bare.contains('%') && bare.contains(':') {
        return refused(
            "An address that is valid on one cable only (with %) cannot be reached from containers.".to_owned(),
        );
    }
    if let Some(sign) = host
        .chars()
        .find(|c| !(c.is_ascii_alphanumeric() || "-._".contains(*c)))
    {
        return if sign.is_alphabetic() {
            Err(FieldError::new(
                Field::Host,
                "The host has letters that are not among a to z.",
                "Write the name as the network knows it: names with other letters begin with xn--.",
            ))
        } else {
            refused(format!("A host cannot have the character {sign:?}."))
        };
    }
    let name = host.strip_suffix('.').unwrap_or(host);
    let good = |label: &str| (1..=63).contains(&label.len());
    if name.len() > 253 || !name.split('.').all(good) {
        return refused("This is no name of a host: a part of it is empty or too long.".to_owned());
    }
    if name.chars().all(|c| c.is_ascii_digit() || c == '.') {
        return refused("This looks like an address, but is none.".to_owned());
    }
    Ok(name.to_ascii_lowercase())
}

/// Names of roles and databases: anything but a zero byte, 63 bytes at most.
fn name(field: Field, text: &str) -> Result<String, FieldError> {
    if text.len() > 63 {
        return Err(FieldError::new(
            field,
            "The name is longer than PostgreSQL's names can be (63 bytes).",
            "Look for a mistake in it.",
        ));
    }
    if text.chars().any(char::is_control) {
        return Err(FieldError::new(
            field,
            "The name holds a character that cannot be seen.",
            "Type it anew, without tabs and line ends.",
        ));
    }
    Ok(text.to_owned())
}

fn unknown_mode(word: &str) -> FieldError {
    let help =
        "Choose disable, prefer, require, verify-ca or verify-full. verify-full is the safe one.";
    if word.eq_ignore_ascii_case("allow") {
        return FieldError::new(
            Field::Tls,
            "The mode allow is not supported: it would give unprotected connections the first try.",
            help,
        );
    }
    FieldError::new(Field::Tls, "This is no TLS mode.", help)
}
