//! Names of registries and images, as container engines read them.
//!
//! Grammar: distribution/reference of the CNCF Distribution project. A first part is a registry
//! only if it has a dot or a port in it or is `localhost`; otherwise engines take it for a name
//! on their standard registry.

use super::rules::{host_name, spoken};

/// What is wrong with a name, for the end of a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wrong {
    /// "has no tag".
    pub what: String,
    /// What to do.
    pub help: Option<String>,
}

fn wrong<T>(what: impl Into<String>) -> Result<T, Wrong> {
    Err(Wrong {
        what: what.into(),
        help: None,
    })
}

fn wrong_help<T>(what: impl Into<String>, help: impl Into<String>) -> Result<T, Wrong> {
    Err(Wrong {
        what: what.into(),
        help: Some(help.into()),
    })
}

/// Checks `host[:port][/path]`: a registry, or a folder of it.
pub(super) fn check_registry(text: &str) -> Result<(), Wrong> {
    check_start(text)?;
    if text.ends_with('/') {
        let rest = text.trim_end_matches('/');
        return wrong_help("ends with a slash", format!("Write {rest}."));
    }
    let (domain, path) = match text.split_once('/') {
        Some((domain, path)) => (domain, Some(path)),
        None => (text, None),
    };
    if let Some(path) = path {
        if path.contains('@') {
            return wrong_help(
                "has a digest",
                "Write the registry only; every image keeps its own tag.",
            );
        }
        if let Some((before, _)) = path.split_once(':') {
            return wrong_help(
                "has a tag",
                format!(
                    "Write the registry only, {domain}/{before}; every image keeps its own tag."
                ),
            );
        }
        check_path(path)?;
    }
    check_domain(domain)
}

/// What registries and images have in common.
fn check_start(text: &str) -> Result<(), Wrong> {
    if text.is_empty() {
        return wrong("is empty");
    }
    if let Some((_, rest)) = text.split_once("://") {
        let rest = rest.trim_end_matches('/');
        return wrong_help(
            "begins like a web address",
            format!("Write it without the part before the name: {rest}."),
        );
    }
    match text.chars().find(|c| c.is_whitespace() || c.is_control()) {
        Some(stray) => wrong(format!("cannot have {} in it", spoken(stray))),
        None => Ok(()),
    }
}

fn check_domain(domain: &str) -> Result<(), Wrong> {
    let (host, port) = match domain.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (domain, None),
    };
    if let Err(what) = host_name(host)
        && host.parse::<std::net::Ipv4Addr>().is_err()
    {
        return wrong(format!("begins with {host:?}, which as a host name {what}"));
    }
    match port {
        Some(port) => {
            let valid = !port.starts_with('0')
                && port.bytes().all(|b| b.is_ascii_digit())
                && port.parse::<u16>().is_ok();
            if valid {
                Ok(())
            } else {
                wrong(format!(
                    "has {port:?} for a port, not a number from 1 to 65535"
                ))
            }
        }
        None if host.contains('.') || host == "localhost" => Ok(()),
        None => wrong_help(
            format!("begins with {host}, which an engine does not take for a host"),
            format!(
                "Write the host's full name, or its port: {host}.district.example or {host}:5000."
            ),
        ),
    }
}

fn check_path(path: &str) -> Result<(), Wrong> {
    for part in path.split('/') {
        if part.is_empty() {
            return wrong("has two slashes in a row");
        }
        if let Some(stray) = part.chars().find(|c| {
            !(c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '-'))
        }) {
            return wrong(format!("cannot have {} in its path", spoken(stray)));
        }
        let edge = |c: char| c.is_ascii_alphanumeric();
        if !part.starts_with(edge) || !part.ends_with(edge) {
            return wrong("has a part that begins or ends with a dot, hyphen or underscore");
        }
        let separators: Vec<&str> = part
            .split(|c: char| c.is_ascii_alphanumeric())
            .filter(|run| !run.is_empty())
            .collect();
        if separators
            .iter()
            .any(|run| !matches!(*run, "." | "_" | "__") && !run.trim_matches('-').is_empty())
        {
            return wrong("has dots, hyphens or underscores in a row");
        }
    }
    Ok(())
}

/// Checks `[registry/]name[:tag][@digest]`; a tag or a digest has to be there.
pub(super) fn check_image(text: &str) -> Result<(), Wrong> {
    check_start(text)?;
    let (name, digest) = match text.split_once('@') {
        Some((name, digest)) => (name, Some(digest)),
        None => (text, None),
    };
    let last = name.rsplit('/').next().unwrap_or_default();
    let (name, tag) = match last.split_once(':') {
        Some((_, tag)) => (
            name.strip_suffix(&format!(":{tag}")).unwrap_or(name),
            Some(tag),
        ),
        None => (name, None),
    };
    check_name(name)?;
    if let Some(digest) = digest {
        check_digest(digest)?;
    }
    match tag {
        Some(tag) => check_tag(tag),
        None if digest.is_some() => Ok(()),
        None => wrong_help(
            "does not say which version",
            format!("Add a tag, as in {name}:7.3.2, or a digest."),
        ),
    }
}

fn check_name(name: &str) -> Result<(), Wrong> {
    if name.is_empty() {
        return wrong("has no name before its tag");
    }
    if name.len() > 255 {
        return wrong("is longer than 255 characters");
    }
    match name.split_once('/') {
        Some((domain, path))
            if domain.contains(['.', ':'])
                || domain == "localhost"
                || domain.bytes().any(|b| b.is_ascii_uppercase()) =>
        {
            check_domain(domain)?;
            check_path(path)
        }
        _ => check_path(name),
    }
}

fn check_tag(tag: &str) -> Result<(), Wrong> {
    if tag == "latest" {
        return wrong_help(
            "says latest, which means something else every few months",
            "Write the tag of one version, or a digest.",
        );
    }
    let valid = !tag.is_empty()
        && tag.len() <= 128
        && !tag.starts_with(['.', '-'])
        && tag
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'));
    if valid {
        Ok(())
    } else {
        wrong(format!("has a tag of a wrong form: {tag:?}"))
    }
}

fn check_digest(digest: &str) -> Result<(), Wrong> {
    let valid = digest.strip_prefix("sha256:").is_some_and(|hex| {
        hex.len() == 64
            && hex
                .bytes()
                .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    });
    if valid {
        Ok(())
    } else {
        wrong("has a digest of a wrong form, it is sha256: and 64 hexadecimal digits")
    }
}
