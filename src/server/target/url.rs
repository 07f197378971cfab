//! Connection URLs: `postgresql://user:password@host:port/database?sslmode=verify-full`.

use super::{Field, FieldError, Fields, fields};
use crate::deployment::Secret;

/// Reads a URL.
pub(super) fn read(text: &str) -> Result<Fields, FieldError> {
    let text = text.strip_prefix("jdbc:").unwrap_or(text);
    let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
    if !["postgresql", "postgres"].contains(&scheme.to_ascii_lowercase().as_str()) {
        return Err(FieldError::new(
            Field::Url,
            "The address does not begin with postgresql://.",
            "Write it as in postgresql://edfi_owner@db.district.example:5432/postgres.",
        ));
    }
    let (before, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, path) = before.split_once('/').unwrap_or((before, ""));
    if path.contains('@') && !authority.contains('@') {
        return Err(FieldError::new(
            Field::Password,
            "Something before the @ holds a bare slash, so the address cannot be taken apart.",
            "In a user's name or a password, write / as %2F, ? as %3F, # as %23, : as %3A and @ as %40.",
        ));
    }
    let mut fields = Fields::default();
    // Only one @ is right, but a password with a bare @ is the commonest mistake, and there is only
    // one way to understand it: no host has an @.
    let (login, hosts) = match authority.rsplit_once('@') {
        Some((login, hosts)) => (Some(login), hosts),
        None => (None, authority),
    };
    if let Some(login) = login {
        let (user, password) = match login.split_once(':') {
            Some((user, password)) => (user, Some(password)),
            None => (login, None),
        };
        fields.user = some(decoded(user, Field::User)?);
        if let Some(password) = password {
            fields.password = Some(Secret::new(decoded(password, Field::Password)?));
        }
    }
    if hosts.contains(',') {
        return Err(fields::several());
    }
    let (host, port) = host_and_port(hosts)?;
    fields.host = some(decoded(host, Field::Host)?);
    fields.port = some(decoded(port, Field::Port)?);
    fields.database = some(decoded(path, Field::Database)?);
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let name = decoded(name, Field::Url)?;
        let value = decoded(value, Field::Url)?;
        fields.set(&name, value)?;
    }
    Ok(fields)
}

fn some(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

/// The host, without the brackets of an IPv6 address, and the port, which may be empty.
fn host_and_port(text: &str) -> Result<(&str, &str), FieldError> {
    if let Some(rest) = text.strip_prefix('[') {
        let open = || {
            FieldError::new(
                Field::Host,
                "An IPv6 address stands in brackets, and these are not closed.",
                "Write it as in postgresql://edfi_owner@[2001:db8::5]:5432/postgres.",
            )
        };
        let (host, after) = rest.split_once(']').ok_or_else(open)?;
        return match after.strip_prefix(':') {
            Some(port) => Ok((host, port)),
            None if after.is_empty() => Ok((host, "")),
            None => Err(open()),
        };
    }
    match text.matches(':').count() {
        0 => Ok((text, "")),
        1 => Ok(text.split_once(':').unwrap_or((text, ""))),
        _ => Err(FieldError::new(
            Field::Host,
            "There are several colons where the host is.",
            "An IPv6 address stands in brackets, as in [2001:db8::5]:5432. In a password, write : as %3A, @ as %40 and / as %2F.",
        )),
    }
}

/// Text with every %XX made the byte it stands for.
fn decoded(text: &str, field: Field) -> Result<String, FieldError> {
    let bad = |what: &str| {
        FieldError::new(
            field,
            what.to_owned(),
            "In an address, % begins a character's number: write a % itself as %25, a blank as %20, @ as %40, : as %3A, / as %2F.",
        )
    };
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
        let (Some(high), Some(low)) = (digit(rest.next()), digit(rest.next())) else {
            return Err(bad("A % is not followed by two digits from 0 to F."));
        };
        bytes.extend(u8::try_from(high * 16 + low));
    }
    let text = String::from_utf8(bytes)
        .map_err(|_| bad("The characters written with % are no text (not UTF-8)."))?;
    if text.contains('\0') {
        return Err(bad("A zero byte (%00) cannot be part of a connection."));
    }
    Ok(text)
}
