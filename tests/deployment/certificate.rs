//! The deployment's own authority and the server's certificate.

use crate::world::{mode, world};
use edfi_setup::deployment::{
    Certificate, CertificateError, KeyPair, Renewal, Secret, Secrets, ensure_certificate,
    issue_certificate,
};
use jiff::{SignedDuration, Timestamp};
use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::sign::CertifiedKey;
use std::fs;
use std::sync::Arc;
use std::time::Duration;

const HOST: &str = "portal.district.example";

fn day(days: i64) -> Timestamp {
    let start: Timestamp = "2026-11-23T06:00:00Z".parse().unwrap();
    start
        .checked_add(SignedDuration::from_hours(24 * days))
        .unwrap()
}

fn fresh() -> Secrets {
    Secrets::with_values("testtest", [])
}

fn issue(secrets: &mut Secrets, host: &str, now: Timestamp) -> (Certificate, Renewal) {
    issue_certificate(secrets, "demo", host, "gateway", now).unwrap()
}

/// What a client says that trusts this authority and connects to that name.
pub fn client_accepts(
    certificate: &Certificate,
    name: &str,
    now: Timestamp,
) -> Result<(), rustls::Error> {
    let provider = Arc::new(ring::default_provider());
    let mut roots = RootCertStore::empty();
    let authority = certificate.authority_pem.as_deref().unwrap_or_default();
    for der in CertificateDer::pem_slice_iter(authority.as_bytes()) {
        roots.add(der.unwrap()).unwrap();
    }
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
        .build()
        .unwrap();
    let chain: Vec<_> = CertificateDer::pem_slice_iter(certificate.chain_pem.as_bytes())
        .map(Result::unwrap)
        .collect();
    let seconds = u64::try_from(now.as_second()).unwrap();
    let now = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
    let name = ServerName::try_from(name.to_owned()).unwrap();
    verifier
        .verify_server_cert(&chain[0], &chain[1..], &name, &[], now)
        .map(drop)
}

#[test]
fn clients_accept_it_under_every_name_and_no_other() {
    let (certificate, renewal) = issue(&mut fresh(), "Portal.District.Example.", day(0));
    assert_eq!(renewal, Renewal::Authority);
    assert_eq!(
        certificate.names,
        [HOST, "localhost", "127.0.0.1", "::1", "gateway"]
    );
    for name in &certificate.names {
        client_accepts(&certificate, name, day(0)).unwrap();
    }
    // The clock of a client may be a little behind.
    client_accepts(&certificate, HOST, day(0) - SignedDuration::from_hours(23)).unwrap();
    assert!(client_accepts(&certificate, "other.example", day(0)).is_err());
    assert!(
        client_accepts(
            &certificate,
            HOST,
            certificate.not_after + SignedDuration::from_secs(1)
        )
        .is_err()
    );
    assert_eq!(certificate.not_after, day(397));

    let chain = CertificateDer::pem_slice_iter(certificate.chain_pem.as_bytes())
        .map(Result::unwrap)
        .collect();
    let key = PrivateKeyDer::from_pem_slice(certificate.key_pem.expose().as_bytes()).unwrap();
    let pair = CertifiedKey::from_der(chain, key, &ring::default_provider()).unwrap();
    pair.keys_match().unwrap();
}

#[test]
fn addresses_are_hosts_too_and_nonsense_is_refused() {
    for (host, name) in [
        ("10.1.2.3", "10.1.2.3"),
        ("[fe80::1]", "fe80::1"),
        ("localhost", "localhost"),
    ] {
        let (certificate, _) = issue(&mut fresh(), host, day(0));
        assert_eq!(certificate.names[0], name);
        client_accepts(&certificate, name, day(0)).unwrap();
    }
    let long = format!("{}.example", "a".repeat(60));
    client_accepts(&issue(&mut fresh(), &long, day(0)).0, &long, day(0)).unwrap();
    for host in ["", "a b", "schule-müller.example", "https://a", "*.example"] {
        let mut secrets = fresh();
        let error = issue_certificate(&mut secrets, "demo", host, "gateway", day(0)).unwrap_err();
        assert!(matches!(error, CertificateError::Host { .. }), "{error:?}");
        assert!(secrets.pairs.is_empty());
    }
}

#[test]
fn the_authority_is_one_and_says_whose() {
    use x509_parser::prelude::{FromDer, X509Certificate};
    let (certificate, _) = issue(&mut fresh(), HOST, day(0));
    let pem = certificate.authority_pem.unwrap();
    let der = CertificateDer::from_pem_slice(pem.as_bytes()).unwrap();
    let (_, authority) = X509Certificate::from_der(&der).unwrap();
    assert_eq!(
        authority.subject().to_string(),
        "CN=edfi-setup, deployment demo"
    );
    let constraints = authority.basic_constraints().unwrap().unwrap();
    assert!(constraints.critical && constraints.value.ca);
    assert_eq!(constraints.value.path_len_constraint, Some(0));
    let usage = authority.key_usage().unwrap().unwrap().value;
    assert!(usage.key_cert_sign() && !usage.digital_signature());
    assert_eq!(
        authority.validity().not_after.timestamp(),
        day(3652).as_second()
    );

    let der = CertificateDer::from_pem_slice(certificate.chain_pem.as_bytes()).unwrap();
    let (_, server) = X509Certificate::from_der(&der).unwrap();
    assert!(
        server
            .extended_key_usage()
            .unwrap()
            .unwrap()
            .value
            .server_auth
    );
    assert!(!server.is_ca());
    assert_ne!(server.raw_serial(), authority.raw_serial());
}

#[test]
fn it_is_renewed_in_time_and_clients_notice_nothing() {
    let mut secrets = fresh();
    let (first, _) = issue(&mut secrets, HOST, day(0));
    assert_eq!(
        issue(&mut secrets, HOST, day(0)),
        (first.clone(), Renewal::Kept)
    );
    assert_eq!(issue(&mut secrets, HOST, day(397 - 30)).1, Renewal::Kept);

    let (second, renewal) = issue(&mut secrets, HOST, day(397 - 29));
    assert_eq!(renewal, Renewal::Server);
    assert_ne!(second.key_pem, first.key_pem);
    assert_eq!(second.authority_pem, first.authority_pem);
    client_accepts(&second, HOST, day(400)).unwrap();

    // Other names, and back.
    let (third, renewal) = issue(&mut secrets, "10.0.0.9", day(400));
    assert_eq!(
        (renewal, &third.authority_pem),
        (Renewal::Server, &first.authority_pem)
    );
    client_accepts(&third, "10.0.0.9", day(400)).unwrap();
    assert!(client_accepts(&third, HOST, day(400)).is_err());
    assert_eq!(issue(&mut secrets, HOST, day(400)).1, Renewal::Server);

    // The clock was set back: a certificate from the future serves nobody.
    assert_eq!(issue(&mut secrets, HOST, day(10)).1, Renewal::Server);
}

#[test]
fn the_authority_ends_after_ten_years_and_never_before_its_servers() {
    let mut secrets = fresh();
    let (first, _) = issue(&mut secrets, HOST, day(0));
    let (late, renewal) = issue(&mut secrets, HOST, day(3652 - 60));
    assert_eq!(renewal, Renewal::Server);
    assert_eq!(
        (late.not_after, &late.authority_pem),
        (day(3652), &first.authority_pem)
    );
    let (next, renewal) = issue(&mut secrets, HOST, day(3652 - 29));
    assert_eq!(renewal, Renewal::Authority);
    assert_ne!(next.authority_pem, first.authority_pem);
    client_accepts(&next, HOST, day(3700)).unwrap();
}

#[test]
fn a_damaged_authority_is_told_and_a_damaged_server_pair_made_anew() {
    let mut secrets = fresh();
    let (first, _) = issue(&mut secrets, HOST, day(0));
    let mut other = fresh();
    issue(&mut other, HOST, day(0));
    let broken = |pair: &KeyPair| KeyPair {
        key: pair.key.clone(),
        certificate: pair.certificate.replacen("MII", "MIJ", 1),
    };
    let authority = secrets.pairs["authority"].clone();
    for bad in [
        broken(&authority),
        KeyPair {
            key: other.pairs["authority"].key.clone(),
            ..authority.clone()
        },
        KeyPair {
            key: Secret::new("nothing"),
            ..authority.clone()
        },
        secrets.pairs["server"].clone(),
    ] {
        let mut damaged = secrets.clone();
        damaged.pairs.insert("authority".to_owned(), bad);
        let before = damaged.clone();
        let error = issue_certificate(&mut damaged, "demo", HOST, "gateway", day(0)).unwrap_err();
        assert!(
            matches!(error, CertificateError::Authority { .. }),
            "{error:?}"
        );
        assert_eq!(damaged, before);
    }
    let early =
        issue_certificate(&mut secrets.clone(), "demo", HOST, "gateway", day(-9)).unwrap_err();
    assert!(matches!(early, CertificateError::Clock { .. }), "{early:?}");

    let server = secrets.pairs["server"].clone();
    for bad in [
        broken(&server),
        KeyPair {
            key: other.pairs["server"].key.clone(),
            ..server.clone()
        },
        other.pairs["server"].clone(),
    ] {
        let mut damaged = secrets.clone();
        damaged.pairs.insert("server".to_owned(), bad);
        let (again, renewal) = issue(&mut damaged, HOST, day(0));
        assert_eq!(
            (renewal, &again.authority_pem),
            (Renewal::Server, &first.authority_pem)
        );
        client_accepts(&again, HOST, day(0)).unwrap();
    }
}

#[test]
fn it_is_kept_with_the_secrets_and_the_authority_is_there_for_clients() {
    let world = world();
    let lock = world.lock();
    let mut secrets = Secrets::ensured(&lock, &[]).unwrap();
    let (first, renewal) =
        ensure_certificate(&lock, &mut secrets, HOST, "gateway", day(0)).unwrap();
    assert_eq!(renewal, Renewal::Authority);
    let path = world.folder.authority();
    assert_eq!(fs::read_to_string(&path).ok(), first.authority_pem);
    assert_eq!(mode(&path), 0o644);

    fs::remove_file(&path).unwrap();
    let mut loaded = Secrets::load(&world.folder).unwrap().unwrap();
    assert_eq!(loaded, secrets);
    let (second, renewal) =
        ensure_certificate(&lock, &mut loaded, HOST, "gateway", day(1)).unwrap();
    assert_eq!((renewal, second), (Renewal::Kept, first.clone()));
    assert_eq!(fs::read_to_string(&path).ok(), first.authority_pem);

    // The private keys stand in no other file.
    for entry in fs::read_dir(world.folder.path()).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let is_secrets = path.to_string_lossy().contains("secrets.json");
        assert_eq!(
            text.contains("PRIVATE KEY"),
            is_secrets,
            "{}",
            path.display()
        );
    }
}
