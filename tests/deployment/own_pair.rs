//! The operator's own certificate. Every case has its file and the message it must lead to.

use crate::certificate::client_accepts;
use edfi_setup::deployment::{CheckedPair, check_own_pair};
use edfi_setup::diagnostic::{Diagnostic, Severity};
use edfi_setup::profile::OwnCertificate;
use jiff::{SignedDuration, Timestamp};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use time::OffsetDateTime;

const HOST: &str = "portal.example";

fn now() -> Timestamp {
    "2027-06-01T12:00:00Z".parse().unwrap()
}

fn later(days: i64) -> Timestamp {
    now()
        .checked_add(SignedDuration::from_hours(24 * days))
        .unwrap()
}

fn date(moment: Timestamp) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(moment.as_second()).unwrap()
}

struct Case {
    place: tempfile::TempDir,
    paths: OwnCertificate,
}

impl Case {
    fn new(chain: impl AsRef<[u8]>, key: impl AsRef<[u8]>) -> Self {
        let place = tempfile::tempdir().unwrap();
        let paths = OwnCertificate {
            chain: place.path().join("chain.pem"),
            key: place.path().join("key.pem"),
            authority: None,
        };
        let case = Self { place, paths };
        case.put("chain.pem", chain.as_ref());
        case.put("key.pem", key.as_ref());
        case
    }

    fn put(&self, name: &str, contents: &[u8]) -> PathBuf {
        let path = self.place.path().join(name);
        fs::write(&path, contents).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        path
    }

    fn with_authority(mut self, contents: impl AsRef<[u8]>) -> Self {
        self.paths.authority = Some(self.put("authority.pem", contents.as_ref()));
        self
    }

    fn check(&self, host: &str) -> Result<CheckedPair, Vec<Diagnostic>> {
        check_own_pair(&self.paths, host, now())
    }

    /// Codes of what was found, the heaviest first; the check must refuse.
    fn refused(&self) -> Vec<Diagnostic> {
        let findings = self.check(HOST).unwrap_err();
        assert_eq!(findings[0].severity, Severity::Block);
        for finding in &findings {
            assert!(
                finding.help.is_some() && finding.path.is_some(),
                "{finding:?}"
            );
        }
        findings
    }

    fn accepted(&self) -> CheckedPair {
        self.check(HOST)
            .unwrap_or_else(|findings| panic!("{findings:#?}"))
    }
}

fn codes(findings: &[Diagnostic]) -> Vec<&str> {
    findings.iter().map(|finding| finding.code).collect()
}

fn text(finding: &Diagnostic) -> String {
    format!(
        "{finding} [found: {}]",
        finding.found.as_deref().unwrap_or_default()
    )
}

/// One of the files that our own library cannot make.
fn kept(name: &str) -> Vec<u8> {
    fs::read(
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/deployment/pem")
            .join(name),
    )
    .unwrap()
}

fn params(names: &[&str], title: &str) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    params.distinguished_name.push(DnType::CommonName, title);
    params.not_before = date(later(-100));
    params.not_after = date(later(200));
    params
}

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority_params(title: &str) -> CertificateParams {
    let mut params = params(&[], title);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params
}

fn root() -> Authority {
    CertifiedIssuer::self_signed(authority_params("Root"), KeyPair::generate().unwrap()).unwrap()
}

fn between(root: &Authority) -> Authority {
    let key = KeyPair::generate().unwrap();
    CertifiedIssuer::signed_by(authority_params("Between"), key, root).unwrap()
}

fn server(params: &CertificateParams, issuer: &Authority) -> (String, String) {
    let key = KeyPair::generate().unwrap();
    (
        params.signed_by(&key, issuer).unwrap().pem(),
        key.serialize_pem(),
    )
}

fn good_server(issuer: &Authority) -> (String, String) {
    server(&params(&[HOST, "10.0.0.7"], HOST), issuer)
}

#[test]
fn a_good_pair_is_taken_as_it_is() {
    let root = root();
    let middle = between(&root);
    let (leaf, key) = good_server(&middle);
    let chain = leaf.clone() + &middle.pem();
    let case = Case::new(&chain, &key).with_authority(root.pem());
    let CheckedPair {
        certificate,
        findings,
    } = case.accepted();
    assert_eq!(findings, []);
    assert_eq!(
        certificate.chain_pem.replace("\r\n", "\n"),
        chain.replace("\r\n", "\n")
    );
    assert_eq!(certificate.names, [HOST, "10.0.0.7"]);
    assert_eq!(certificate.not_after, later(200));
    client_accepts(&certificate, HOST, now()).unwrap();
    client_accepts(&certificate, "10.0.0.7", now()).unwrap();
    assert!(case.check("10.0.0.7").is_ok());

    // Without an authority browsers decide; the same files with Windows line ends and a byte order mark.
    let windows = |text: &str| format!("\u{feff}{}", text.replace('\n', "\r\n"));
    let case = Case::new(windows(&chain), windows(&key));
    let checked = case.accepted();
    assert_eq!(checked.certificate.chain_pem, certificate.chain_pem);
    assert_eq!(checked.certificate.authority_pem, None);
    assert_eq!(checked.findings, []);
    // Links are how many tools keep certificates.
    let link = case.place.path().join("link.pem");
    std::os::unix::fs::symlink(&case.paths.chain, &link).unwrap();
    let paths = OwnCertificate {
        chain: link,
        ..case.paths.clone()
    };
    assert!(check_own_pair(&paths, HOST, now()).is_ok());
}

#[test]
fn keys_of_all_usual_kinds_fit() {
    for (certificate, key) in [
        ("rsa.crt.pem", "rsa.key.pem"),
        ("rsa.crt.pem", "rsa.pkcs1.pem"),
        ("p256.crt.pem", "p256.sec1.pem"),
        ("p521.crt.pem", "p521.key.pem"),
    ] {
        let checked = Case::new(kept(certificate), kept(key)).accepted();
        assert_eq!(
            codes(&checked.findings),
            ["E-2067"],
            "{certificate}: {:#?}",
            checked.findings
        );
        assert_eq!(checked.findings[0].severity, Severity::Note);
        assert_eq!(
            checked.certificate.authority_pem.as_ref(),
            Some(&checked.certificate.chain_pem)
        );
    }
    for (certificate, key) in [
        ("rsa.crt.pem", "sha1.key.pem"),
        ("rsa.crt.pem", "p256.sec1.pem"),
        ("small.crt.pem", "rsa.key.pem"),
        ("p256.crt.pem", "rsa.key.pem"),
    ] {
        let findings = Case::new(kept(certificate), kept(key)).refused();
        assert_eq!(findings[0].code, "E-2054", "{findings:#?}");
        assert!(
            text(&findings[0]).contains("does not belong to the certificate for portal.example")
        );
    }
}

#[test]
fn weak_ones_are_warned_of() {
    let small = Case::new(kept("small.crt.pem"), kept("small.key.pem")).accepted();
    assert_eq!(codes(&small.findings), ["E-2064", "E-2067"]);
    assert!(text(&small.findings[0]).contains("RSA with 1024 bits"));
    // A self-signed authority's own signature does not matter; SHA-1 below it does.
    let sha1 = Case::new(kept("sha1.crt.pem"), kept("sha1.key.pem")).accepted();
    assert_eq!(codes(&sha1.findings), ["E-2067"]);
    let leaf = Case::new(kept("sha1-leaf.crt.pem"), kept("rsa.key.pem")).accepted();
    assert_eq!(codes(&leaf.findings), ["E-2064", "E-2068"]);
    assert!(text(&leaf.findings[0]).contains("SHA-1"));
}

#[test]
fn files_that_are_something_else_are_named() {
    let (certificate, key) = (kept("rsa.crt.pem"), kept("rsa.key.pem"));
    let request = kept("request.csr");
    for (chain, found, help) in [
        (
            kept("certificate.der"),
            "binary form (DER)",
            "openssl x509 -inform der",
        ),
        (kept("request.der"), "a request", "the authority sent back"),
        (request, "CERTIFICATE REQUEST", "the authority sent back"),
        (kept("bundle.p12"), "PKCS#12", "-nokeys"),
        (kept("bundle.p7"), "PKCS7", "openssl pkcs7 -print_certs"),
        (
            kept("key.der"),
            "a private key in binary",
            "BEGIN CERTIFICATE",
        ),
        (key.clone(), "PRIVATE KEY", "BEGIN CERTIFICATE"),
        (kept("public.pem"), "PUBLIC KEY", "BEGIN CERTIFICATE"),
        (b"".to_vec(), "an empty file", "BEGIN CERTIFICATE"),
        (b"<html>".to_vec(), "a web page", "BEGIN CERTIFICATE"),
        (
            certificate[..certificate.len() / 2].to_vec(),
            "END line is missing",
            "damaged on the way",
        ),
    ] {
        let findings = Case::new(chain, &key).refused();
        assert_eq!(codes(&findings), ["E-2051"], "{findings:#?}");
        assert_eq!(
            findings[0].path.as_deref(),
            Some("access.certificate.chain")
        );
        let text = text(&findings[0]);
        assert!(
            text.contains(found) && text.contains(help),
            "{found}, {help}: {text}"
        );
    }
    for (key, code, part) in [
        (kept("locked.key.pem"), "E-2052", "openssl pkey"),
        (
            kept("locked-old.key.pem"),
            "E-2052",
            "locked with a password",
        ),
        (kept("key.der"), "E-2051", "openssl pkey -inform der"),
        (kept("bundle.p12"), "E-2051", "-nocerts"),
        (kept("public.pem"), "E-2051", "the public half"),
        (certificate.clone(), "E-2051", "BEGIN PRIVATE KEY"),
        (
            b"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n"
                .to_vec(),
            "E-2051",
            "a key for SSH",
        ),
        (
            b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n".to_vec(),
            "E-2051",
            "cannot be read",
        ),
        (
            [key.clone(), kept("sha1.key.pem")].concat(),
            "E-2051",
            "more than one",
        ),
    ] {
        let findings = Case::new(&certificate, key).refused();
        assert_eq!(findings[0].code, code, "{findings:#?}");
        assert_eq!(findings[0].path.as_deref(), Some("access.certificate.key"));
        assert!(text(&findings[0]).contains(part), "{}", text(&findings[0]));
    }
    let swapped = Case::new(&key, &certificate).refused();
    assert_eq!(codes(&swapped), ["E-2053"]);
    // One file with everything is fine for both.
    let both = [certificate, key].concat();
    let checked = Case::new(&both, &both).accepted();
    assert!(!checked.certificate.chain_pem.contains("PRIVATE"));
}

#[test]
fn missing_and_closed_files_are_told_both_at_once() {
    let mut case = Case::new("", "");
    case.paths = OwnCertificate {
        chain: case.place.path().join("nowhere.pem"),
        key: case.place.path().to_owned(),
        authority: Some(case.place.path().join("key.pem/below")),
    };
    let findings = case.refused();
    assert_eq!(codes(&findings), ["E-2050", "E-2050", "E-2050"]);
    assert!(text(&findings[0]).contains("There is no file"));
    assert!(text(&findings[1]).contains("is not a file"));
    assert!(text(&findings[2]).contains("not a folder"));
}

#[test]
fn several_faults_are_told_at_once() {
    let root = root();
    let mut old = params(&["other.example"], "other.example");
    old.not_after = date(later(-1));
    old.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let (leaf, _) = server(&old, &root);
    let (_, stranger) = good_server(&root);
    let case = Case::new(leaf, stranger);
    fs::set_permissions(&case.paths.key, Permissions::from_mode(0o644)).unwrap();
    let findings = case.refused();
    assert_eq!(
        codes(&findings),
        ["E-2054", "E-2058", "E-2061", "E-2062", "E-2065", "E-2068"]
    );
    assert!(text(&findings[2]).contains("does not cover the host portal.example"));
    assert!(text(&findings[2]).contains("(other.example)"));
}

#[test]
fn dates_are_looked_at() {
    let root = root();
    let check = |begins: i64, ends: i64| {
        let mut params = params(&[HOST], HOST);
        params.not_before = date(later(begins));
        params.not_after = date(later(ends));
        let (leaf, key) = server(&params, &root);
        let case = Case::new(leaf, key).with_authority(root.pem());
        match case.check(HOST) {
            Ok(checked) => checked.findings,
            Err(findings) => findings,
        }
    };
    assert_eq!(codes(&check(-1, 30)), Vec::<&str>::new());
    let soon = check(-1, 29);
    assert_eq!(
        (codes(&soon), soon[0].severity),
        (vec!["E-2060"], Severity::Warn)
    );
    assert!(
        text(&soon[0]).contains("ends in 29 days"),
        "{}",
        text(&soon[0])
    );
    assert_eq!(codes(&check(-9, -1)), ["E-2058"]);
    let early = check(1, 90);
    assert_eq!(
        (codes(&early), early[0].severity),
        (vec!["E-2059"], Severity::Block)
    );
}

#[test]
fn an_authority_in_between_that_has_ended_is_found() {
    let root = root();
    let mut old = authority_params("Between");
    old.not_after = date(later(-1));
    let key = KeyPair::generate().unwrap();
    let middle = CertifiedIssuer::signed_by(old, key, &root).unwrap();
    let (leaf, key) = good_server(&middle);
    let findings = Case::new(leaf + &middle.pem(), key).refused();
    assert_eq!(codes(&findings), ["E-2058"]);
    assert!(text(&findings[0]).contains("authority Between"));
}

#[test]
fn names_are_matched_as_browsers_do() {
    let root = root();
    let check = |names: &[&str], host: &str| {
        let (leaf, key) = server(&params(names, HOST), &root);
        Case::new(leaf, key).with_authority(root.pem()).check(host)
    };
    assert!(check(&["*.district.example"], "Portal.district.example").is_ok());
    for (names, host) in [
        (&["*.district.example"][..], "district.example"),
        (&["*.district.example"], "a.b.district.example"),
        (&["portal.example"], "10.0.0.7"),
        (&["10.0.0.7"], "10.0.0.8"),
    ] {
        let findings = check(names, host).unwrap_err();
        assert_eq!(codes(&findings), ["E-2061"], "{names:?} for {host}");
    }
    // The common name is the host, and does not count.
    let findings = check(&[], HOST).unwrap_err();
    assert!(
        text(&findings[0]).contains("only a common name"),
        "{}",
        text(&findings[0])
    );
}

#[test]
fn a_chain_out_of_order_is_put_in_order() {
    let root = root();
    let middle = between(&root);
    let (leaf, key) = good_server(&middle);
    let (stranger, _) = good_server(&root);
    for chain in [
        root.pem() + &middle.pem() + &leaf,
        middle.pem() + &leaf + &root.pem(),
        leaf.clone() + &root.pem() + &middle.pem(),
    ] {
        let checked = Case::new(chain, &key).with_authority(root.pem()).accepted();
        assert_eq!(codes(&checked.findings), ["E-2056"]);
        client_accepts(&checked.certificate, HOST, now()).unwrap();
        let right = Case::new(leaf.clone() + &middle.pem() + &root.pem(), &key).accepted();
        assert_eq!(checked.certificate.chain_pem, right.certificate.chain_pem);
        assert_eq!(codes(&right.findings), Vec::<&str>::new());
    }
    let more = Case::new(leaf.clone() + &middle.pem() + &stranger, &key).accepted();
    assert_eq!(codes(&more.findings), ["E-2057"]);
    let twice = Case::new(leaf.clone() + &leaf + &middle.pem(), &key).accepted();
    assert_eq!(codes(&twice.findings), Vec::<&str>::new());
}

#[test]
fn a_chain_that_does_not_lead_to_the_authority_is_refused() {
    let root = root();
    let middle = between(&root);
    let (leaf, key) = good_server(&middle);
    let gap = Case::new(&leaf, &key).with_authority(root.pem()).refused();
    assert_eq!(codes(&gap), ["E-2066"]);
    assert!(text(&gap[0]).contains("ends with portal.example"));
    let other = Case::new(leaf.clone() + &middle.pem(), &key).with_authority(self::root().pem());
    assert_eq!(codes(&other.refused()), ["E-2066"]);
    // The authority in between alone is enough to trust.
    let checked = Case::new(&leaf, &key)
        .with_authority(middle.pem())
        .accepted();
    client_accepts(&checked.certificate, HOST, now()).unwrap();
    let nonsense = Case::new(&leaf, &key).with_authority("hello").refused();
    assert_eq!(
        nonsense[0].path.as_deref(),
        Some("access.certificate.authority")
    );
}

#[test]
fn no_finding_shows_the_key() {
    let key = kept("rsa.key.pem");
    let key_text = String::from_utf8(key.clone()).unwrap();
    let findings = Case::new(kept("sha1.crt.pem"), key).refused();
    let shown = format!("{findings:?}");
    let lines = key_text.lines().filter(|line| !line.starts_with("---"));
    assert!(lines.into_iter().all(|line| !shown.contains(line)));
}
