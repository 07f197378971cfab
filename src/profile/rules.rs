//! What a text in a profile may look like, field by field. Pure; knows nothing of files or places.
//!
//! A rule is the truth about its field. The pattern beside it is the same for editors, which read
//! the JSON schema: a pattern accepts whatever its rule accepts (the tests below prove it).

use std::net::IpAddr;

use super::reference::{Wrong, check_image, check_registry};
use super::{codes, pattern};
use crate::catalog;
use crate::diagnostic::holds_a_login;

/// What is wrong with a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    /// Code of the problem.
    pub code: &'static str,
    /// The end of a sentence that begins with the field: "is not a complete release".
    pub what: String,
    /// What would have been right.
    pub expected: &'static str,
    /// What to do.
    pub help: Option<String>,
}

type Rule = fn(&str) -> Result<(), Fault>;

/// Rules by field. `[]` stands for every entry of a list, `*` for every name in a table.
pub(super) const RULES: &[(&str, Rule)] = &[
    ("name", name),
    ("release", release),
    ("data_standard", data_standard),
    ("access.host", host),
    ("access.listen", listen),
    ("access.path", path),
    ("access.certificate.chain", file_name),
    ("access.certificate.key", file_name),
    ("access.certificate.authority", file_name),
    ("first_client.claim_set", claim_set),
    ("first_client.namespaces[]", namespace),
    ("instances.tenants[]", tenant),
    ("instances.copies.*", instance),
    ("extensions[].name", extension),
    ("extensions[].folder", folder_name),
    ("images.registry", registry),
    ("images.replace.*", image),
];

/// Rules for names that the operator chooses, by table.
pub(super) const KEY_RULES: &[(&str, Rule)] =
    &[("images.replace", service), ("instances.copies", instance)];

/// The rule for every text, whatever its field.
pub(super) fn no_login(text: &str) -> Result<(), Fault> {
    if holds_a_login(text) {
        let wrong = fault(
            codes::SECRET,
            "holds a user name and a password",
            "no secrets",
        );
        return Err(wrong.help(
            "Remove both, up to the @. Programs that need them have a place of their own for \
             them: “docker login” for a registry.",
        ));
    }
    Ok(())
}

/// The rule for a field, if its text has to have a form.
pub(super) fn find(rules: &[(&str, Rule)], field: &str) -> Option<Rule> {
    rules
        .iter()
        .find_map(|(path, rule)| (*path == field).then_some(*rule))
}

/// The form of a field's text in words, for "expected …". Every rule refuses an empty text.
pub(super) fn form(field: &str) -> Option<&'static str> {
    let rule = find(RULES, field)?;
    rule("").err().map(|fault| fault.expected)
}

fn fault(code: &'static str, what: impl Into<String>, expected: &'static str) -> Fault {
    Fault {
        code,
        what: what.into(),
        expected,
        help: None,
    }
}

impl Fault {
    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

fn name(text: &str) -> Result<(), Fault> {
    const EXPECTED: &str =
        "2 to 40 lower-case letters, digits and hyphens, beginning with a letter";
    let wrong = |what: &str| Err(fault(codes::NAME, what, EXPECTED));
    let begins = text.starts_with(|c: char| c.is_ascii_lowercase());
    let ends = text.ends_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
    let stray = text
        .chars()
        .find(|c| !(c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '-'));
    if let Some(stray) = stray {
        let proposal = proposed_name(text);
        let help = if name(&proposal).is_ok() {
            format!("For example: {proposal}.")
        } else {
            "Containers and databases take this name, and they are strict about it.".to_owned()
        };
        let what = format!("cannot have {} in it", spoken(stray));
        return Err(fault(codes::NAME, what, EXPECTED).help(help));
    }
    match text.chars().count() {
        0 | 1 => wrong("is too short"),
        41.. => wrong("is too long"),
        _ if !begins => wrong("does not begin with a letter"),
        _ if !ends => wrong("ends with a hyphen"),
        _ => Ok(()),
    }
}

fn proposed_name(text: &str) -> String {
    let mut proposal = String::new();
    for c in text.chars().flat_map(char::to_lowercase) {
        if c.is_ascii_lowercase() || c.is_ascii_digit() {
            proposal.push(c);
        } else if !proposal.is_empty() && !proposal.ends_with('-') {
            proposal.push('-');
        }
    }
    proposal.trim_end_matches('-').to_owned()
}

/// Whether a character leaves nothing on the screen, or changes how others look.
pub(super) fn invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// A character as one would say it.
pub(super) fn spoken(c: char) -> String {
    match c {
        ' ' => "a space".to_owned(),
        '\t' => "a tab".to_owned(),
        '\n' | '\r' => "a line break".to_owned(),
        '_' => "an underscore (_)".to_owned(),
        '.' => "a dot (.)".to_owned(),
        '/' => "a slash (/)".to_owned(),
        ':' => "a colon (:)".to_owned(),
        '*' => "a star (*)".to_owned(),
        c if c.is_ascii_uppercase() => format!("a capital letter ({c})"),
        c if invisible(c) => format!("an invisible character (code {:X})", u32::from(c)),
        c => format!("the character {c}"),
    }
}

fn release(text: &str) -> Result<(), Fault> {
    const EXPECTED: &str = "a complete release, as in 7.3.2";
    if let Some(refusal) = catalog::refusal(text.trim_start_matches(['v', 'V'])) {
        let what = format!("cannot be {text}, which {}", refusal.reason);
        return Err(fault(codes::REFUSED, what, EXPECTED).help(&*refusal.help));
    }
    version(text, codes::RELEASE, EXPECTED)
}

fn data_standard(text: &str) -> Result<(), Fault> {
    version(
        text,
        codes::DATA_STANDARD,
        "a complete data standard, as in 6.1.0",
    )
}

fn version(text: &str, code: &'static str, expected: &'static str) -> Result<(), Fault> {
    let number = |part: &str| {
        !part.is_empty()
            && part.len() <= 5
            && part.bytes().all(|b| b.is_ascii_digit())
            && (part == "0" || !part.starts_with('0'))
    };
    let parts: Vec<&str> = text.split('.').collect();
    if parts.iter().all(|part| number(part)) {
        return match parts.len() {
            3 => Ok(()),
            1 | 2 => Err(
                fault(code, format!("is not complete: {text}"), expected).help(format!(
                    "{text} alone means something else every few months, and the platform would \
                 change under you. Write all three numbers."
                )),
            ),
            _ => Err(fault(code, "has too many numbers", expected)),
        };
    }
    let wrong = fault(code, "is not a version of three numbers", expected);
    if let Some(rest) = text.strip_prefix(['v', 'V']) {
        return Err(wrong.help(format!("Write it without the v: {rest}.")));
    }
    if ["latest", "stable", "edge", "main"].contains(&text.to_lowercase().as_str()) {
        return Err(wrong.help(format!(
            "“{text}” means something else every few months, and the platform would change under \
             you. Write the three numbers."
        )));
    }
    Err(wrong)
}

fn host(text: &str) -> Result<(), Fault> {
    const EXPECTED: &str = "a host name as in edfi.district.example, or a network address";
    let wrong = |what: &str| fault(codes::HOST, what, EXPECTED);
    if let Ok(address) = text.parse::<IpAddr>() {
        return if address.is_unspecified() {
            Err(wrong("is not the address of one computer").help(
                "Write the name under which browsers reach this computer. To serve every network \
                 it is on, set access.listen to 0.0.0.0.",
            ))
        } else {
            Ok(())
        };
    }
    if text.contains("://") {
        return Err(wrong("is a web address, not a host name")
            .help("Write only the name, without https:// and without a path."));
    }
    if let Some((name, _)) = text.split_once('/') {
        return Err(wrong("has a path after the name").help(format!("Write only {name}.")));
    }
    if let Some((name, port)) = text.split_once(':')
        && !port.is_empty()
        && port.bytes().all(|b| b.is_ascii_digit())
    {
        return Err(wrong("has a port after the name").help(format!(
            "Write only {name} here, and the port as access.port."
        )));
    }
    if text.starts_with('[') {
        return Err(wrong("has brackets around the address").help("Leave the brackets out."));
    }
    if text.contains('*') {
        return Err(wrong("stands for many names").help("Write one name without a star."));
    }
    host_name(text).map_err(|what| {
        let fault = wrong(&what);
        if text.is_ascii() {
            fault
        } else {
            fault.help(
                "Names with accents have a plain form for computers that begins with xn--. \
                 Write that one.",
            )
        }
    })
}

/// Checks a host name (RFC 1123), and says what is wrong with it.
pub(super) fn host_name(text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Err("is empty".to_owned());
    }
    if text.len() > 253 {
        return Err("is longer than 253 characters".to_owned());
    }
    for label in text.split('.') {
        let stray = label
            .chars()
            .find(|c| !(c.is_ascii_alphanumeric() || *c == '-'));
        if let Some(stray) = stray {
            return Err(format!("cannot have {} in it", spoken(stray)));
        }
        if label.is_empty() {
            return Err("has a dot too many".to_owned());
        }
        if label.len() > 63 {
            return Err("has a part longer than 63 characters".to_owned());
        }
        if label.starts_with('-') || label.ends_with('-') {
            return Err("has a part that begins or ends with a hyphen".to_owned());
        }
    }
    let last = text.rsplit('.').next().unwrap_or_default();
    if last.bytes().all(|b| b.is_ascii_digit()) {
        return Err("is not a network address, and a host name cannot end in a number".to_owned());
    }
    Ok(())
}

fn listen(text: &str) -> Result<(), Fault> {
    const EXPECTED: &str = "a network address, as in 127.0.0.1";
    if text.parse::<IpAddr>().is_ok() {
        return Ok(());
    }
    Err(
        fault(codes::LISTEN, "is not a network address", EXPECTED).help(
            "Write 127.0.0.1 to be reached from this computer only, or 0.0.0.0 to be reached from \
         every network it is on.",
        ),
    )
}

fn path(text: &str) -> Result<(), Fault> {
    const EXPECTED: &str = "one word of letters, digits and hyphens, as in api";
    let wrong = |what: &str| Err(fault(codes::PATH, what, EXPECTED));
    let inner = text.trim_matches('/');
    if inner != text && path(inner).is_ok() {
        return Err(fault(codes::PATH, "has slashes around it", EXPECTED)
            .help(format!("Write it without slashes: {inner}.")));
    }
    if inner.contains('/') {
        return wrong("has more than one part");
    }
    if let Some(stray) = text
        .chars()
        .find(|c| !(c.is_ascii_alphanumeric() || *c == '-'))
    {
        return wrong(&format!("cannot have {} in it", spoken(stray)));
    }
    if text.is_empty() {
        return wrong("is empty");
    }
    if text.len() > 40 {
        return wrong("is longer than 40 characters");
    }
    if text.starts_with('-') || text.ends_with('-') {
        return wrong("begins or ends with a hyphen");
    }
    let lower = text.to_ascii_lowercase();
    if pattern::TAKEN_PATHS.contains(&lower.as_str()) {
        return Err(fault(
            codes::PATH,
            format!("cannot be {text}, that is taken"),
            EXPECTED,
        )
        .help(
            "docs, admin, adminapi and health have a meaning of their own on this server. \
                 Most installations use api.",
        ));
    }
    Ok(())
}

fn file_name(text: &str) -> Result<(), Fault> {
    const EXPECTED: &str = "the name of a file in PEM form";
    if text.is_empty() {
        return Err(fault(codes::FILE_NAME, "is empty", EXPECTED));
    }
    if text.contains("-----BEGIN") {
        return Err(fault(
            codes::SECRET,
            "holds the certificate or key itself, not the name of a file",
            EXPECTED,
        )
        .help("Save it as a file and write the file's name here. A profile holds no secrets."));
    }
    if text.len() > 4096 {
        return Err(fault(
            codes::FILE_NAME,
            "is too long for a file name",
            EXPECTED,
        ));
    }
    no_control(text, codes::FILE_NAME, EXPECTED)
}

fn no_control(text: &str, code: &'static str, expected: &'static str) -> Result<(), Fault> {
    match text.chars().find(|c| c.is_control()) {
        Some(stray) => Err(fault(
            code,
            format!("cannot have {} in it", spoken(stray)),
            expected,
        )),
        None => Ok(()),
    }
}

fn claim_set(text: &str) -> Result<(), Fault> {
    const EXPECTED: &str = "the name of a claim set, as in Ed-Fi Sandbox";
    let wrong = |what| Err(fault(codes::CLAIM_SET, what, EXPECTED));
    match text.chars().count() {
        0 => wrong("is empty"),
        256.. => wrong("is longer than 255 characters"),
        _ => {
            no_control(text, codes::CLAIM_SET, EXPECTED)?;
            if text.trim() == text {
                Ok(())
            } else {
                wrong("begins or ends with a space")
            }
        }
    }
}

fn namespace(text: &str) -> Result<(), Fault> {
    const EXPECTED: &str = "a namespace that begins with uri://, as in uri://ed-fi.org";
    let wrong = |what: &str| fault(codes::NAMESPACE, what, EXPECTED);
    let Some(rest) = text.strip_prefix("uri://") else {
        let fault = wrong("does not begin with uri://");
        let name = text.rsplit_once("://").map_or(text, |(_, name)| name);
        let proposal = format!("uri://{name}");
        return Err(if namespace(&proposal).is_ok() {
            fault.help(format!("Write {proposal}."))
        } else {
            fault
        });
    };
    if rest.is_empty() {
        return Err(wrong("has nothing after uri://"));
    }
    if text.chars().count() > 255 {
        return Err(wrong("is longer than 255 characters"));
    }
    if let Some(stray) = text.chars().find(|c| c.is_whitespace() || c.is_control()) {
        return Err(wrong(&format!("cannot have {} in it", spoken(stray))));
    }
    Ok(())
}

/// First parts of an address behind the API's own that mean something else.
const TAKEN_TENANTS: [&str; 10] = [
    "changequeries",
    "composites",
    "data",
    "health",
    "identity",
    "metadata",
    "oauth",
    "ods",
    "swagger",
    "template",
];

fn tenant(text: &str) -> Result<(), Fault> {
    const EXPECTED: &str =
        "2 to 20 lower-case letters, digits and hyphens, beginning with a letter";
    let wrong = |what: &str| Err(fault(codes::TENANT, what, EXPECTED));
    let stray = text
        .chars()
        .find(|c| !(c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '-'));
    if let Some(stray) = stray {
        let proposal = proposed_name(text);
        let mut fault = fault(
            codes::TENANT,
            format!("cannot have {} in it", spoken(stray)),
            EXPECTED,
        );
        if tenant(&proposal).is_ok() {
            fault = fault.help(format!("For example: {proposal}."));
        }
        return Err(fault);
    }
    if TAKEN_TENANTS.contains(&text) {
        return Err(fault(
            codes::TENANT,
            format!("cannot be {text}, that is taken"),
            EXPECTED,
        )
        .help("The API has an address of that name already. Choose another name."));
    }
    match text.len() {
        0 | 1 => wrong("is too short"),
        21.. => wrong("is too long"),
        _ if !text.starts_with(|c: char| c.is_ascii_lowercase()) => {
            wrong("does not begin with a letter")
        }
        _ if text.ends_with('-') => wrong("ends with a hyphen"),
        _ => Ok(()),
    }
}

fn instance(text: &str) -> Result<(), Fault> {
    const EXPECTED: &str =
        "a year, a district's number, a tenant, or a tenant and a year as in north-2027";
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let all = text.chars().all(|c| good(c) || c == '-');
    if all && text.starts_with(good) && text.ends_with(good) && text.len() <= 40 {
        Ok(())
    } else {
        Err(fault(
            codes::INSTANCE,
            "is not the name of an instance",
            EXPECTED,
        ))
    }
}

fn extension(text: &str) -> Result<(), Fault> {
    const EXPECTED: &str = "up to 40 letters, digits and hyphens, beginning with a letter";
    let wrong = |what: String| Err(fault(codes::EXTENSION, what, EXPECTED));
    let stray = text
        .chars()
        .find(|c| !(c.is_ascii_alphanumeric() || *c == '-'));
    if let Some(stray) = stray {
        return wrong(format!("cannot have {} in it", spoken(stray)));
    }
    if ["ed-fi", "edfi", "tpdm"].contains(&text.to_ascii_lowercase().as_str()) {
        return wrong(format!("cannot be {text}, which comes with Ed-Fi already"));
    }
    match text.len() {
        0 => wrong("is empty".to_owned()),
        41.. => wrong("is too long".to_owned()),
        _ if !text.starts_with(|c: char| c.is_ascii_alphabetic()) => {
            wrong("does not begin with a letter".to_owned())
        }
        _ if text.ends_with('-') => wrong("ends with a hyphen".to_owned()),
        _ => Ok(()),
    }
}

fn folder_name(text: &str) -> Result<(), Fault> {
    const EXPECTED: &str = "the name of a folder";
    match text.len() {
        0 => Err(fault(codes::FILE_NAME, "is empty", EXPECTED)),
        4097.. => Err(fault(
            codes::FILE_NAME,
            "is too long for a folder name",
            EXPECTED,
        )),
        _ => no_control(text, codes::FILE_NAME, EXPECTED),
    }
}

fn registry(text: &str) -> Result<(), Fault> {
    const EXPECTED: &str =
        "host, port and path of a registry, as in mirror.district.example:5000/edfi";
    check_registry(text).map_err(|wrong| fault_of(codes::REGISTRY, wrong, EXPECTED))
}

fn image(text: &str) -> Result<(), Fault> {
    const EXPECTED: &str = "a complete image name, as in mirror.district.example/ods-api:7.3.2";
    check_image(text).map_err(|wrong| fault_of(codes::IMAGE, wrong, EXPECTED))
}

fn fault_of(code: &'static str, wrong: Wrong, expected: &'static str) -> Fault {
    Fault {
        code,
        what: wrong.what,
        expected,
        help: wrong.help,
    }
}

fn service(text: &str) -> Result<(), Fault> {
    const EXPECTED: &str = "the name of a service: lower-case letters, digits and hyphens";
    let begins = text.starts_with(|c: char| c.is_ascii_lowercase());
    let all = text
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if begins && all && !text.ends_with('-') && text.len() <= 40 {
        Ok(())
    } else {
        Err(fault(
            codes::SERVICE,
            "is not the name of a service",
            EXPECTED,
        ))
    }
}

#[cfg(test)]
mod tests;
