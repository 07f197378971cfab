//! A small authority of the deployment's own, and the server's certificate that it signs.
//!
//! The authority stays for ten years, so that a client which trusts it goes on doing so; the
//! server's certificate is short-lived and made anew without anybody noticing.

use std::net::IpAddr;

use jiff::{SignedDuration, Timestamp};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair as SigningPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256, SerialNumber,
};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::pem;
use super::view::{Fit, View};
use super::{Certificate, SOON, plain_host};
use crate::deployment::file::{self, FileError, Keep};
use crate::deployment::lock::Lock;
use crate::deployment::secret::{self, NoRandom, Secret};
use crate::deployment::secrets::{KeyPair, Secrets, SecretsError};
use crate::diagnostic::{Diagnostic, Severity};

/// Days that the authority is good for: ten years.
const AUTHORITY_DAYS: i64 = 3652;
/// Days that the server's certificate is good for. Browsers take no more than 398.
const SERVER_DAYS: i64 = 397;

/// Names of the two pairs in the secrets file.
const AUTHORITY: &str = "authority";
const SERVER: &str = "server";

/// What had to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renewal {
    /// Nothing: what was there serves.
    Kept,
    /// The server's certificate. Clients notice nothing; the gateway needs the new files.
    Server,
    /// The authority and the server's certificate. Clients have to be given the new `ca.crt`.
    Authority,
}

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// The host name cannot stand in a certificate.
    #[error("{host:?} is not a name or address that a certificate can have")]
    Host {
        /// The name.
        host: String,
    },
    /// The authority in the secrets file cannot be used.
    #[error(
        "the deployment's own certificate authority is damaged: {reason}. It was left as it is"
    )]
    Authority {
        /// What is wrong.
        reason: &'static str,
    },
    /// The computer's clock is before the authority's beginning.
    #[error(
        "this computer's clock says {now:.0}, which is before the deployment's certificate authority was made ({begins:.0})"
    )]
    Clock {
        /// What the clock says.
        now: Timestamp,
        /// The authority's first moment.
        begins: Timestamp,
    },
    /// The certificate could not be computed.
    #[error("the certificate could not be made: {reason}")]
    Making {
        /// Why.
        reason: String,
    },
    /// No random numbers.
    #[error(transparent)]
    NoRandom(#[from] NoRandom),
    /// The pair could not be kept.
    #[error(transparent)]
    Secrets(#[from] SecretsError),
    /// The authority's certificate could not be written for clients.
    #[error(transparent)]
    File(#[from] FileError),
}

impl CertificateError {
    /// The same as a finding.
    pub fn diagnostic(&self) -> Diagnostic {
        let (code, help) = match self {
            Self::Secrets(error) => return error.diagnostic(),
            Self::File(error) => return error.diagnostic(),
            Self::Host { .. } => (
                "E-2041",
                "Give a host name such as portal.district.example, or a network address, in the \
                 profile's access.host. Names with letters beyond a to z are written in their \
                 xn-- form.",
            ),
            Self::Authority { .. } => (
                "E-2042",
                "Put the backup copy of the secrets file, secrets.json.bak, in place of \
                 secrets.json.",
            ),
            Self::Clock { .. } => ("E-2043", "Set this computer's clock, then try again."),
            Self::Making { .. } => (
                "E-2044",
                "This is a mistake in edfi-setup. Nothing was changed; please report it.",
            ),
            Self::NoRandom(_) => (
                "E-2017",
                "Nothing was changed. Restart this computer and try again.",
            ),
        };
        Diagnostic::new(code, Severity::Block, self.to_string()).help(help)
    }
}

impl From<rcgen::Error> for CertificateError {
    fn from(error: rcgen::Error) -> Self {
        Self::Making {
            reason: error.to_string(),
        }
    }
}

/// A certificate for the deployment's gateway that is good at `now`, made or renewed if need be,
/// kept with the secrets, and the authority's certificate written to `ca.crt` for clients.
///
/// It covers the host, `localhost`, `127.0.0.1`, `::1` and the gateway's service name.
pub fn ensure_certificate(
    lock: &Lock,
    secrets: &mut Secrets,
    host: &str,
    service: &str,
    now: Timestamp,
) -> Result<(Certificate, Renewal), CertificateError> {
    let (certificate, renewal) =
        issue_certificate(secrets, lock.folder().name(), host, service, now)?;
    if renewal != Renewal::Kept {
        secrets.save(lock)?;
    }
    if let Some(authority) = &certificate.authority_pem {
        let path = lock.folder().authority();
        if file::read(&path)?.is_none_or(|there| *there != *authority.as_bytes()) {
            file::write(&path, authority.as_bytes(), file::PUBLIC, Keep::Nothing)?;
        }
    }
    Ok((certificate, renewal))
}

/// The same without a folder: what had to be made is in `secrets` afterwards and nowhere else.
pub fn issue_certificate(
    secrets: &mut Secrets,
    deployment: &str,
    host: &str,
    service: &str,
    now: Timestamp,
) -> Result<(Certificate, Renewal), CertificateError> {
    let names = wanted_names(host, service)?;
    let kept = match secrets.pairs.get(AUTHORITY) {
        Some(pair) => usable_authority(pair, now)?.then(|| pair.clone()),
        None => None,
    };
    let authority_is_new = kept.is_none();
    let authority = match kept {
        Some(pair) => pair,
        None => make_authority(deployment, now)?,
    };
    let server = secrets
        .pairs
        .get(SERVER)
        .filter(|pair| serves(pair, &authority, &names, now))
        .cloned();
    let renewal = match (authority_is_new, server.is_some()) {
        (true, _) => Renewal::Authority,
        (false, false) => Renewal::Server,
        (false, true) => Renewal::Kept,
    };
    let server = match server {
        Some(pair) => pair,
        None => make_server(&authority, deployment, &names, now)?,
    };
    let not_after = with_view(&server, |view, _| view.not_after()).ok_or_else(unreadable)?;
    let certificate = Certificate {
        chain_pem: server.certificate.clone(),
        key_pem: server.key.clone(),
        authority_pem: Some(authority.certificate.clone()),
        names,
        not_after,
    };
    secrets.pairs.insert(AUTHORITY.to_owned(), authority);
    secrets.pairs.insert(SERVER.to_owned(), server);
    Ok((certificate, renewal))
}

fn unreadable() -> CertificateError {
    CertificateError::Making {
        reason: "it cannot be read back".to_owned(),
    }
}

/// Every name under which somebody reaches the gateway, each once, the host first.
fn wanted_names(host: &str, service: &str) -> Result<Vec<String>, CertificateError> {
    let mut names = Vec::new();
    for name in [host, "localhost", "127.0.0.1", "::1", service] {
        let plain = plain_host(name).ok_or_else(|| CertificateError::Host {
            host: name.to_owned(),
        })?;
        if !names.contains(&plain) {
            names.push(plain);
        }
    }
    Ok(names)
}

/// Looks into a kept pair; `None` if one of its halves cannot be read.
fn with_view<T>(
    pair: &KeyPair,
    look: impl FnOnce(&View<'_>, &PrivateKeyDer<'_>) -> T,
) -> Option<T> {
    let blocks = pem::read(pair.certificate.as_bytes()).ok()?;
    let view = View::read(&blocks.first()?.der)?;
    let key = PrivateKeyDer::from_pem_slice(pair.key.expose().as_bytes()).ok()?;
    Some(look(&view, &key))
}

/// Whether the authority can go on signing: `false` if it is about to end. One that is damaged,
/// or whose time has not come, is an error: replacing it would break every client's trust.
fn usable_authority(pair: &KeyPair, now: Timestamp) -> Result<bool, CertificateError> {
    let damaged = |reason| CertificateError::Authority { reason };
    let (fit, can_sign, begins, ends) = with_view(pair, |view, key| {
        let can_sign = view.is_authority() && view.is_self_signed();
        (
            view.fits(key),
            can_sign,
            view.not_before(),
            view.not_after(),
        )
    })
    .ok_or_else(|| damaged("its key or certificate cannot be read"))?;
    if !can_sign {
        return Err(damaged("its certificate is not an authority's"));
    }
    if fit != Fit::Yes {
        return Err(damaged("its key does not belong to its certificate"));
    }
    if now < begins {
        return Err(CertificateError::Clock { now, begins });
    }
    Ok(ends.duration_since(now) >= SOON)
}

/// Whether a server's certificate that was made earlier will do.
fn serves(pair: &KeyPair, authority: &KeyPair, names: &[String], now: Timestamp) -> bool {
    let sorted = |names: &[String]| {
        let mut names = names.to_vec();
        names.sort();
        names
    };
    with_view(pair, |view, key| {
        let signed = with_view(authority, |authority, _| view.is_issued_by(authority));
        signed == Some(true)
            && view.fits(key) == Fit::Yes
            && view.not_before() <= now
            && view.not_after().duration_since(now) >= SOON
            && sorted(&view.names()) == sorted(names)
    }) == Some(true)
}

fn make_authority(deployment: &str, now: Timestamp) -> Result<KeyPair, CertificateError> {
    let mut params = params(&format!("edfi-setup, deployment {deployment}"))?;
    // A day back: the clocks of this computer and its clients need not agree.
    params.not_before = date(days_from(now, -1))?;
    params.not_after = date(days_from(now, AUTHORITY_DAYS))?;
    // It signs servers, never another authority.
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let key = SigningPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
    let kept = Secret::new(key.serialize_pem());
    let issuer = CertifiedIssuer::self_signed(params, key)?;
    Ok(KeyPair {
        key: kept,
        certificate: pem::write_certificate(issuer.der()),
    })
}

fn make_server(
    authority: &KeyPair,
    deployment: &str,
    names: &[String],
    now: Timestamp,
) -> Result<KeyPair, CertificateError> {
    // A common name is shown, not checked, and may have 64 characters at most.
    let title = match names.first() {
        Some(host) if host.len() <= 64 => host.clone(),
        _ => format!("gateway of {deployment}"),
    };
    let mut params = params(&title)?;
    for name in names {
        params.subject_alt_names.push(match name.parse::<IpAddr>() {
            Ok(address) => rcgen::SanType::IpAddress(address),
            Err(_) => rcgen::SanType::DnsName(name.as_str().try_into()?),
        });
    }
    let (begins, ends) = with_view(authority, |view, _| (view.not_before(), view.not_after()))
        .ok_or_else(unreadable)?;
    params.not_before = date(days_from(now, -1).max(begins))?;
    params.not_after = date(days_from(now, SERVER_DAYS).min(ends))?;
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;

    let issuer_key = SigningPair::from_pem(authority.key.expose())?;
    let issuer = Issuer::from_ca_cert_pem(&authority.certificate, issuer_key)?;
    let key = SigningPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
    let certificate = params.signed_by(&key, &issuer)?;
    Ok(KeyPair {
        key: Secret::new(key.serialize_pem()),
        certificate: pem::write_certificate(certificate.der()),
    })
}

fn params(common_name: &str) -> Result<CertificateParams, CertificateError> {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common_name);
    let mut serial = Zeroizing::new([0_u8; 16]);
    secret::fill(&mut *serial)?;
    // A serial number is positive, and its first byte is not zero.
    if let Some(first) = serial.first_mut() {
        *first = *first & 0x7f | 0x40;
    }
    let mut params = CertificateParams::default();
    params.distinguished_name = name;
    params.serial_number = Some(SerialNumber::from_slice(&*serial));
    Ok(params)
}

fn days_from(now: Timestamp, days: i64) -> Timestamp {
    now.checked_add(SignedDuration::from_hours(24 * days))
        .unwrap_or(Timestamp::MAX)
}

fn date(moment: Timestamp) -> Result<OffsetDateTime, CertificateError> {
    OffsetDateTime::from_unix_timestamp(moment.as_second()).map_err(|error| {
        CertificateError::Making {
            reason: error.to_string(),
        }
    })
}
