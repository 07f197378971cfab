//! What a server showed of itself, and whether it can be believed.

use std::time::Duration;

use jiff::Timestamp;
use rustls::client::verify_server_cert_signed_by_trust_anchor;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, Error};
use serde::Serialize;

use super::Credentials;
use crate::deployment::certificate::{View, covers, plain_host};
use crate::server::target::TlsMode;

/// What a server showed of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// Version of TLS, as in TLS 1.3.
    pub version: &'static str,
    /// Whose certificate it is, by its common name.
    pub title: String,
    /// Who issued it, by its common name.
    pub issuer: String,
    /// Names and addresses it is for.
    pub names: Vec<String>,
    /// Its last moment.
    pub not_after: Timestamp,
    /// Why it is not believed; nothing if it is.
    pub distrust: Option<Distrust>,
    /// Whether it is for the name that was asked for.
    pub name_fits: bool,
    /// Whether the name is only in its common name, which newer programs do not look at.
    pub name_only_in_title: bool,
    /// Whether it was issued by itself.
    pub self_signed: bool,
    /// The hash that binds a login to this connection (RFC 5929, tls-server-end-point).
    #[serde(skip)]
    pub(crate) binding: Option<Vec<u8>>,
}

/// Why a certificate is not believed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Distrust {
    /// Nobody who is believed stands behind it.
    UnknownAuthority,
    /// Its time is over.
    Expired,
    /// Its time has not begun.
    NotYet,
    /// It may not be shown by servers.
    NotForServers,
    /// Something else is wrong, in words.
    Other(String),
}

impl Shown {
    /// Looks at what was shown. `chain` begins with the server's own certificate; `None` if that
    /// cannot be read.
    pub(super) fn judge(
        chain: &[CertificateDer<'_>],
        version: &'static str,
        host: &str,
        credentials: &Credentials,
        now: Timestamp,
    ) -> Option<Self> {
        let (leaf, between) = chain.split_first()?;
        let view = View::read(leaf)?;
        let names = view.names();
        let wanted = plain_host(host).unwrap_or_else(|| host.to_owned());
        let title = view.title();
        // As libpq and .NET do: the common name counts where there is no other name at all.
        let in_title = names.is_empty() && covers(&title, &wanted);
        Some(Self {
            version,
            issuer: view.issuer(),
            not_after: view.not_after(),
            distrust: distrust(leaf, between, &view, credentials, now),
            name_fits: in_title || names.iter().any(|name| covers(name, &wanted)),
            name_only_in_title: in_title,
            self_signed: view.is_self_signed(),
            binding: view.end_point(leaf),
            title,
            names,
        })
    }

    /// Whether a connection in this mode may go on.
    pub fn suffices(&self, mode: TlsMode) -> bool {
        match mode {
            TlsMode::Disable | TlsMode::Prefer | TlsMode::Require => true,
            TlsMode::VerifyCa => self.distrust.is_none(),
            TlsMode::VerifyFull => self.distrust.is_none() && self.name_fits,
        }
    }

    /// Whole days until its end; negative when that is past.
    pub fn days_left(&self, now: Timestamp) -> i64 {
        (self.not_after.as_second() - now.as_second()).div_euclid(86_400)
    }
}

fn distrust(
    leaf: &CertificateDer<'_>,
    between: &[CertificateDer<'_>],
    view: &View<'_>,
    credentials: &Credentials,
    now: Timestamp,
) -> Option<Distrust> {
    // An authority that is not known weighs more than a date: mending the date would not help.
    let (from, until) = (view.not_before(), view.not_after());
    let inside = now.max(from).min(until);
    if let Some(reason) = chain_fault(leaf, between, view, credentials, inside) {
        return Some(reason);
    }
    if now > until {
        Some(Distrust::Expired)
    } else if now < from {
        Some(Distrust::NotYet)
    } else {
        None
    }
}

/// What is wrong with the chain at a moment at which the certificate itself is valid.
fn chain_fault(
    leaf: &CertificateDer<'_>,
    between: &[CertificateDer<'_>],
    view: &View<'_>,
    credentials: &Credentials,
    moment: Timestamp,
) -> Option<Distrust> {
    // The very certificate is in the file: PostgreSQL's own way to use a self-signed one.
    if credentials
        .given
        .iter()
        .any(|given| given.as_ref() == leaf.as_ref())
    {
        return None;
    }
    let seconds = u64::try_from(moment.as_second()).unwrap_or_default();
    let algorithms = ring::default_provider().signature_verification_algorithms;
    let verdict = ParsedCertificate::try_from(leaf).and_then(|leaf| {
        verify_server_cert_signed_by_trust_anchor(
            &leaf,
            &credentials.authorities,
            between,
            UnixTime::since_unix_epoch(Duration::from_secs(seconds)),
            algorithms.all,
        )
    });
    match verdict {
        Ok(()) => None,
        Err(Error::InvalidCertificate(reason)) => match reason {
            CertificateError::UnknownIssuer | CertificateError::BadSignature => {
                Some(Distrust::UnknownAuthority)
            }
            CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
                Some(Distrust::NotForServers)
            }
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => Some(
                Distrust::Other("a certificate of an authority behind it has expired".to_owned()),
            ),
            // Two old forms that rustls does not take and OpenSSL and .NET do: certificates of version 1,
            // and a server's own certificate that is also an authority. Here the signature decides.
            other => {
                let words = other.to_string();
                let old_form = ["CaUsedAsEndEntity", "UnsupportedCertVersion"]
                    .iter()
                    .any(|form| words.contains(form));
                let signed = || {
                    credentials
                        .given
                        .iter()
                        .filter_map(|given| View::read(given))
                        .any(|authority| view.is_signed_by(&authority))
                };
                match old_form {
                    true if signed() => None,
                    true => Some(Distrust::UnknownAuthority),
                    false => Some(Distrust::Other(words)),
                }
            }
        },
        Err(other) => Some(Distrust::Other(other.to_string())),
    }
}
