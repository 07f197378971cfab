//! The files of TLS: authorities to believe, and what we show of ourselves.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};

use super::accept::LookLater;
use crate::server::target::{Field, FieldError, Identity, Tls};

/// What is read from the files of a target, once for all its connections.
pub struct Credentials {
    /// Authorities to believe.
    pub(super) authorities: RootCertStore,
    /// The same as they stand in the file; empty for the system's.
    pub(super) given: Vec<CertificateDer<'static>>,
    /// How the authorities are called in sentences.
    authorities_are: String,
    identity: Option<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)>,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Credentials({} authorities, client certificate: {})",
            self.authorities.len(),
            self.identity.is_some()
        )
    }
}

impl Credentials {
    /// Reads the files. All that is wrong with them is told at once.
    pub fn load(tls: &Tls) -> Result<Self, Vec<FieldError>> {
        let mut problems = Vec::new();
        let mut authorities = RootCertStore::empty();
        let mut given = Vec::new();
        let mut authorities_are = "the authorities that this computer trusts".to_owned();
        match &tls.authority {
            Some(file) => {
                authorities_are = format!("the authorities in {}", file.display());
                match certificates(file, Field::Authority) {
                    Ok(found) => {
                        // What cannot be an authority to rustls may still be the very certificate shown.
                        authorities.add_parsable_certificates(found.iter().cloned());
                        given = found;
                    }
                    Err(error) => problems.push(error),
                }
            }
            None => {
                authorities
                    .add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            }
        }
        let identity = tls
            .identity
            .as_ref()
            .map(identity)
            .transpose()
            .map_err(|error| problems.extend(error))
            .ok()
            .flatten();
        if problems.is_empty() {
            Ok(Self {
                authorities,
                given,
                authorities_are,
                identity,
            })
        } else {
            Err(problems)
        }
    }

    /// Whether we have a certificate to show.
    pub fn has_identity(&self) -> bool {
        self.identity.is_some()
    }

    /// Which authorities are believed, as a part of a sentence.
    pub fn believes(&self) -> &str {
        &self.authorities_are
    }

    /// What rustls needs for a connection.
    pub(super) fn config(&self) -> Result<Arc<ClientConfig>, rustls::Error> {
        let provider = Arc::new(ring::default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(LookLater(provider)));
        let mut config = match &self.identity {
            None => builder.with_no_client_auth(),
            Some((chain, key)) => builder.with_client_auth_cert(chain.clone(), key.clone_key())?,
        };
        // PostgreSQL 17 and later look at it; earlier ones ignore it.
        config.alpn_protocols = vec![b"postgresql".to_vec()];
        Ok(Arc::new(config))
    }
}

fn identity(
    files: &Identity,
) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), Vec<FieldError>> {
    let mut problems = Vec::new();
    let chain = certificates(&files.certificate, Field::Certificate)
        .map_err(|error| problems.push(error))
        .ok();
    let key = key(&files.key).map_err(|error| problems.push(error)).ok();
    let (Some(chain), Some(key)) = (chain, key) else {
        return Err(problems);
    };
    // A key of another certificate would only show as a refusal by the server.
    let provider = ring::default_provider();
    let pair = rustls::sign::CertifiedKey::from_der(chain.clone(), key.clone_key(), &provider);
    match pair {
        Ok(_) => Ok((chain, key)),
        Err(rustls::Error::InconsistentKeys(_)) => Err(vec![FieldError::new(
            Field::Key,
            format!(
                "The key in {} does not belong to the certificate in {}.",
                files.key.display(),
                files.certificate.display()
            ),
            "Give the two files that were made together.",
        )]),
        Err(_) => Err(vec![FieldError::new(
            Field::Key,
            format!(
                "The key in {} is of a kind that cannot be used.",
                files.key.display()
            ),
            "Use an RSA key of 2048 bits or more, or an ECDSA or Ed25519 key.",
        )]),
    }
}

fn certificates(file: &Path, field: Field) -> Result<Vec<CertificateDer<'static>>, FieldError> {
    let bytes = fs::read(file).map_err(|error| unreadable(file, field, &error))?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        _ => Err(FieldError::new(
            field,
            format!("{} holds no certificate.", file.display()),
            "It has to be a PEM file: text with a line -----BEGIN CERTIFICATE-----. \
             A binary one (DER, .cer) becomes such a file with: openssl x509 -inform der -in FILE -out FILE.pem",
        )),
    }
}

fn key(file: &Path) -> Result<PrivateKeyDer<'static>, FieldError> {
    let found = fs::metadata(file).map_err(|error| unreadable(file, Field::Key, &error))?;
    let mode = found.mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(FieldError::new(
            Field::Key,
            format!(
                "Other users of this computer can get at the private key {} (its mode is {mode:03o}).",
                file.display()
            ),
            format!(
                "Close it to others with: chmod 600 {}",
                crate::words::shell_word(&file.display().to_string())
            ),
        ));
    }
    let bytes = fs::read(file)
        .map(zeroize::Zeroizing::new)
        .map_err(|error| unreadable(file, Field::Key, &error))?;
    PrivateKeyDer::from_pem_slice(&bytes).map_err(|_| {
        let locked = bytes.windows(9).any(|part| part == b"ENCRYPTED");
        FieldError::new(
            Field::Key,
            if locked {
                format!("The private key {} is locked with a password.", file.display())
            } else {
                format!("{} holds no private key.", file.display())
            },
            if locked {
                "Ed-Fi's programs start by themselves and cannot type a password. Unlock a copy with: openssl pkey -in FILE -out FILE.open"
            } else {
                "It has to be a PEM file: text with a line -----BEGIN PRIVATE KEY-----."
            },
        )
    })
}

fn unreadable(file: &Path, field: Field, error: &std::io::Error) -> FieldError {
    FieldError::new(
        field,
        match error.kind() {
            std::io::ErrorKind::NotFound => format!("There is no file {}.", file.display()),
            std::io::ErrorKind::PermissionDenied => {
                format!("This user may not read {}.", file.display())
            }
            _ => format!("{} cannot be read ({error}).", file.display()),
        },
        "Look at its name, and whether this user may read it.",
    )
}
