//! The few facts we read from a certificate.

use std::net::IpAddr;

use ::ring::digest;
use jiff::Timestamp;
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use x509_parser::der_parser::oid;
use x509_parser::error::X509Error;
use x509_parser::extensions::GeneralName;
use x509_parser::oid_registry::{
    OID_PKCS1_MD5WITHRSAENC, OID_PKCS1_SHA1WITHRSA, OID_PKCS1_SHA256WITHRSA,
    OID_PKCS1_SHA384WITHRSA, OID_PKCS1_SHA512WITHRSA, OID_SHA1_WITH_RSA, OID_SIG_DSA_WITH_SHA1,
    OID_SIG_ECDSA_WITH_SHA256, OID_SIG_ECDSA_WITH_SHA384, OID_SIG_ECDSA_WITH_SHA512,
};
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::public_key::PublicKey;

/// A certificate that could be read.
pub(crate) struct View<'a>(X509Certificate<'a>);

/// Whether a private key belongs to a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    Yes,
    No,
    /// The key is of a kind that we cannot compute with, and does not name its public half.
    Unknown,
}

impl<'a> View<'a> {
    pub fn read(der: &'a [u8]) -> Option<Self> {
        let (rest, certificate) = X509Certificate::from_der(der).ok()?;
        rest.is_empty().then_some(Self(certificate))
    }

    pub fn not_before(&self) -> Timestamp {
        moment(self.0.validity().not_before.timestamp())
    }

    pub fn not_after(&self) -> Timestamp {
        moment(self.0.validity().not_after.timestamp())
    }

    /// Names and addresses it covers, as its subject alternative names say. The common name has
    /// not counted for years.
    pub fn names(&self) -> Vec<String> {
        let Ok(Some(extension)) = self.0.subject_alternative_name() else {
            return Vec::new();
        };
        extension
            .value
            .general_names
            .iter()
            .filter_map(|name| match name {
                GeneralName::DNSName(name) => Some((*name).to_owned()),
                GeneralName::IPAddress(bytes) => address(bytes).map(|address| address.to_string()),
                _ => None,
            })
            .collect()
    }

    /// The common name, for telling certificates apart on a screen.
    pub fn title(&self) -> String {
        let subject = self.0.subject();
        subject
            .iter_common_name()
            .find_map(|name| name.as_str().ok())
            .map_or_else(|| subject.to_string(), str::to_owned)
    }

    /// Who issued it, by the common name.
    pub fn issuer(&self) -> String {
        let issuer = self.0.issuer();
        issuer
            .iter_common_name()
            .find_map(|name| name.as_str().ok())
            .map_or_else(|| issuer.to_string(), str::to_owned)
    }

    /// The hash that binds a login to a connection on which this certificate was shown (RFC 5929,
    /// tls-server-end-point): that of its own signature, SHA-256 in place of broken ones. `None`
    /// where no such hash is defined. `der` is the certificate itself.
    pub fn end_point(&self, der: &[u8]) -> Option<Vec<u8>> {
        let algorithm = &self.0.signature_algorithm.algorithm;
        let hash = if self.is_signed_weakly()
            || [OID_PKCS1_SHA256WITHRSA, OID_SIG_ECDSA_WITH_SHA256].contains(algorithm)
        {
            &digest::SHA256
        } else if [OID_PKCS1_SHA384WITHRSA, OID_SIG_ECDSA_WITH_SHA384].contains(algorithm) {
            &digest::SHA384
        } else if [OID_PKCS1_SHA512WITHRSA, OID_SIG_ECDSA_WITH_SHA512].contains(algorithm) {
            &digest::SHA512
        } else {
            return None;
        };
        Some(digest::digest(hash, der).as_ref().to_vec())
    }

    pub fn is_authority(&self) -> bool {
        self.0.is_ca()
    }

    pub fn is_self_signed(&self) -> bool {
        self.is_issued_by(self)
    }

    /// Whether the other one signed this. Where the signature is of a kind that we cannot
    /// compute, as with RSA keys that are too small, the names decide.
    pub fn is_issued_by(&self, authority: &View<'_>) -> bool {
        self.0.issuer().as_raw() == authority.0.subject().as_raw()
            && match self.0.verify_signature(Some(authority.0.public_key())) {
                Ok(()) | Err(X509Error::SignatureUnsupportedAlgorithm) => true,
                Err(_) => authority.weak_key().is_some(),
            }
    }

    /// Whether the other one signed this, beyond doubt.
    pub fn is_signed_by(&self, authority: &View<'_>) -> bool {
        self.0.issuer().as_raw() == authority.0.subject().as_raw()
            && self
                .0
                .verify_signature(Some(authority.0.public_key()))
                .is_ok()
    }

    /// Whether servers may show it; a certificate that names no purpose serves every one.
    pub fn serves_servers(&self) -> bool {
        match self.0.extended_key_usage() {
            Ok(Some(usage)) => usage.value.server_auth || usage.value.any,
            _ => true,
        }
    }

    /// What is weak about its key, if anything.
    pub fn weak_key(&self) -> Option<String> {
        let key = self.0.public_key().parsed().ok()?;
        let bits = key.key_size();
        match key {
            PublicKey::RSA(_) if bits < 2048 => Some(format!("RSA with {bits} bits")),
            PublicKey::EC(_) if (1..256).contains(&bits) => {
                Some(format!("an elliptic curve of {bits} bits"))
            }
            PublicKey::DSA(_) => Some("DSA".to_owned()),
            _ => None,
        }
    }

    /// Whether it was signed over a broken checksum.
    pub fn is_signed_weakly(&self) -> bool {
        // ECDSA with SHA-1, RFC 3279.
        let ecdsa_with_sha1 = oid!(1.2.840.10045.4.1);
        [
            OID_PKCS1_SHA1WITHRSA,
            OID_SHA1_WITH_RSA,
            OID_SIG_DSA_WITH_SHA1,
            ecdsa_with_sha1,
            OID_PKCS1_MD5WITHRSAENC,
        ]
        .contains(&self.0.signature_algorithm.algorithm)
    }

    /// Whether the private key is this certificate's.
    pub(super) fn fits(&self, key: &PrivateKeyDer<'_>) -> Fit {
        let ours = self.0.public_key();
        let loaded = ring::default_provider()
            .key_provider
            .load_private_key(key.clone_key());
        if let Some(theirs) = loaded
            .ok()
            .and_then(|key| key.public_key().map(|k| k.to_vec()))
        {
            return if theirs == ours.raw {
                Fit::Yes
            } else {
                Fit::No
            };
        }
        // Small RSA keys and unusual curves we cannot compute with. An RSA key's file holds the
        // public number, an elliptic key's file usually the public point.
        let holds = |public: &[u8]| {
            !public.is_empty()
                && key
                    .secret_der()
                    .windows(public.len())
                    .any(|window| window == public)
        };
        match ours.parsed() {
            Ok(PublicKey::RSA(rsa)) if holds(rsa.modulus) => Fit::Yes,
            Ok(PublicKey::RSA(_)) => Fit::No,
            Ok(PublicKey::EC(point)) if holds(point.data()) => Fit::Yes,
            _ => Fit::Unknown,
        }
    }
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    match bytes.len() {
        4 => <[u8; 4]>::try_from(bytes).ok().map(IpAddr::from),
        16 => <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from),
        _ => None,
    }
}

/// A certificate may carry a moment that no calendar of ours has; the nearest one serves.
fn moment(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap_or(if second < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    })
}
