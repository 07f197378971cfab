//! The gateway's certificate: made here with an authority of its own, or brought by the operator.

mod made;
mod own;
mod pem;
mod view;

pub use made::{CertificateError, Renewal, ensure_certificate, issue_certificate};
pub(crate) use view::View;

pub use own::{CheckedPair, check_own_pair};

use std::net::IpAddr;

use jiff::{SignedDuration, Timestamp};

use super::secret::Secret;

/// With less than this left, a certificate is made anew, or the operator is reminded.
const SOON: SignedDuration = SignedDuration::from_hours(30 * 24);

/// What the gateway shows to its clients, and what they need in order to believe it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// The server's certificate, then those of the authorities in between. PEM.
    pub chain_pem: String,
    /// The server's private key. PEM.
    pub key_pem: Secret,
    /// The certificate that clients have to trust; `None` if the operator named none, because
    /// browsers know the authority already. PEM.
    pub authority_pem: Option<String>,
    /// Names and network addresses that it covers.
    pub names: Vec<String>,
    /// Its last moment.
    pub not_after: Timestamp,
}

/// A host's name or address in the one form we compare: no brackets, no dot at the end, lower
/// case. `None` if it cannot stand in a certificate.
pub(crate) fn plain_host(host: &str) -> Option<String> {
    let bare = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(host);
    if let Ok(address) = bare.parse::<IpAddr>() {
        return Some(address.to_string());
    }
    let name = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    let good_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    (name.len() <= 253 && name.split('.').all(good_label)).then_some(name)
}

/// Whether a name in a certificate covers a host, both in plain form. A star stands for exactly
/// one label, the first; addresses are covered only by themselves (RFC 6125, RFC 9525).
pub(crate) fn covers(name: &str, host: &str) -> bool {
    if host.parse::<IpAddr>().is_ok() {
        return name == host;
    }
    let name = name.strip_suffix('.').unwrap_or(name);
    if let Some(domain) = name.strip_prefix("*.") {
        host.split_once('.')
            .is_some_and(|(_, rest)| rest.eq_ignore_ascii_case(domain))
    } else {
        name.eq_ignore_ascii_case(host)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_take_one_form() {
        for (given, plain) in [
            ("Portal.District.Example.", Some("portal.district.example")),
            ("[::1]", Some("::1")),
            ("0:0:0:0:0:0:0:1", Some("::1")),
            ("10.0.0.7", Some("10.0.0.7")),
            ("web_1", Some("web_1")),
            ("", None),
            ("a..b", None),
            ("a b", None),
            ("schüler.example", None),
            ("*.example", None),
            ("https://a", None),
            ("a:8443", None),
        ] {
            assert_eq!(plain_host(given).as_deref(), plain, "{given}");
        }
        assert_eq!(plain_host(&"a".repeat(64)), None);
    }

    #[test]
    fn a_star_stands_for_one_label() {
        for (name, host, expected) in [
            ("api.district.example", "api.district.example", true),
            ("API.District.Example.", "api.district.example", true),
            ("*.district.example", "api.district.example", true),
            ("*.District.example", "api.district.example", true),
            ("*.district.example", "district.example", false),
            ("*.district.example", "a.api.district.example", false),
            ("a*.district.example", "api.district.example", false),
            ("district.example", "api.district.example", false),
            ("*.0.0.1", "127.0.0.1", false),
            ("127.0.0.1", "127.0.0.1", true),
        ] {
            assert_eq!(covers(name, host), expected, "{name} for {host}");
        }
    }
}
