//! Reading files that should be PEM, and telling what they are instead.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::prelude::{FromDer, X509Certificate};
use zeroize::Zeroizing;

/// One part of a PEM file.
pub(super) struct Block {
    /// What it says it is, as in `CERTIFICATE`.
    pub label: String,
    /// What is in it.
    pub der: Zeroizing<Vec<u8>>,
    /// Whether it is locked with a password, in the old way that does not show in the label.
    pub locked: bool,
}

/// What stands in a file instead of PEM.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Instead {
    Nothing,
    Utf16,
    DerCertificate,
    DerRequest,
    DerKey,
    Pkcs12,
    SshPublicKey,
    WebPage,
    OtherText,
    OtherBytes,
    /// It begins like PEM, but is not whole.
    Broken {
        line: usize,
        fault: &'static str,
    },
}

/// The parts of a PEM file, in order. Text between them, Windows line ends and a byte order mark
/// are passed over.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<Block>, Instead> {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Err(instead(bytes));
    };
    let broken = |line: usize, fault: &'static str| Instead::Broken { line, fault };
    let mut blocks = Vec::new();
    let mut open: Option<Open<'_>> = None;
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim_start_matches('\u{feff}').trim();
        let boundary = |word: &str| {
            let label = line.strip_prefix("-----")?.strip_prefix(word)?;
            Some(label.strip_suffix("-----").unwrap_or(label).trim())
        };
        if let Some(label) = boundary("BEGIN ") {
            if let Some(open) = open {
                return Err(broken(open.line, "its END line is missing"));
            }
            open = Some(Open {
                label,
                line: number,
                body: Zeroizing::default(),
                locked: false,
            });
        } else if let Some(label) = boundary("END ") {
            let Some(part) = open.take() else {
                return Err(broken(number, "its BEGIN line is missing"));
            };
            if part.label != label {
                return Err(broken(
                    number,
                    "its END line names something else than its BEGIN line",
                ));
            }
            let der = STANDARD
                .decode(part.body.as_bytes())
                .map_err(|_| broken(part.line, "characters in it are wrong or missing"))?;
            blocks.push(Block {
                label: label.to_owned(),
                der: Zeroizing::new(der),
                locked: part.locked,
            });
        } else if let Some(open) = open.as_mut() {
            if line.contains(':') {
                // Headers of the old form, as in "Proc-Type: 4,ENCRYPTED".
                open.locked |= line.contains("ENCRYPTED");
            } else {
                open.body.push_str(line);
            }
        }
    }
    match open {
        Some(open) => Err(broken(open.line, "its END line is missing")),
        None if blocks.is_empty() => Err(instead(bytes)),
        None => Ok(blocks),
    }
}

struct Open<'t> {
    label: &'t str,
    line: usize,
    body: Zeroizing<String>,
    locked: bool,
}

fn instead(bytes: &[u8]) -> Instead {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Instead::Nothing;
    }
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Instead::Utf16;
    }
    if X509Certificate::from_der(bytes).is_ok() {
        return Instead::DerCertificate;
    }
    if X509CertificationRequest::from_der(bytes).is_ok() {
        return Instead::DerRequest;
    }
    // A sequence whose first element is a version: 3 in a PKCS#12 bundle, 0 or 1 in a key.
    if bytes.first() == Some(&0x30) {
        let header = match bytes.get(1) {
            Some(&length) if length & 0x80 != 0 => 2 + usize::from(length & 0x7f),
            _ => 2,
        };
        return match bytes.get(header..).unwrap_or_default() {
            [2, 1, 3, ..] => Instead::Pkcs12,
            [2, 1, 0 | 1, ..] => Instead::DerKey,
            _ => Instead::OtherBytes,
        };
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Instead::OtherBytes;
    };
    let text = text.trim_start_matches('\u{feff}').trim_start();
    if text.starts_with("ssh-") || text.starts_with("ecdsa-") {
        Instead::SshPublicKey
    } else if text.starts_with('<') {
        Instead::WebPage
    } else if text.contains('\0') {
        Instead::OtherBytes
    } else {
        Instead::OtherText
    }
}

impl Instead {
    /// What was found, in words.
    pub fn words(&self) -> String {
        match self {
            Self::Nothing => "an empty file".to_owned(),
            Self::Utf16 => "text in UTF-16, as some Windows editors save it".to_owned(),
            Self::DerCertificate => "a certificate in binary form (DER)".to_owned(),
            Self::DerRequest => "a request for a certificate, in binary form (DER)".to_owned(),
            Self::DerKey => "a private key in binary form (DER)".to_owned(),
            Self::Pkcs12 => "a PKCS#12 bundle, as .pfx and .p12 files are".to_owned(),
            Self::SshPublicKey => "a public key for SSH".to_owned(),
            Self::WebPage => "a web page".to_owned(),
            Self::OtherText => "text without a line that begins with -----BEGIN".to_owned(),
            Self::OtherBytes => "something that is not text".to_owned(),
            Self::Broken { line, fault } => {
                format!("a part that begins or ends at line {line} and is not whole: {fault}")
            }
        }
    }

    /// How to get PEM out of it.
    pub fn remedy(&self, file: &str, for_key: bool) -> String {
        match (self, for_key) {
            (Self::DerCertificate, false) => {
                format!("Convert it with: openssl x509 -inform der -in {file} -out certificate.pem")
            }
            (Self::DerKey, true) => {
                format!("Convert it with: openssl pkey -inform der -in {file} -out key.pem")
            }
            (Self::Pkcs12, false) => {
                format!(
                    "Take the certificates out with: openssl pkcs12 -in {file} -nokeys -out chain.pem"
                )
            }
            (Self::Pkcs12, true) => format!(
                "Take the key out with: openssl pkcs12 -in {file} -nocerts -nodes -out key.pem"
            ),
            (Self::Utf16, _) => "Save it again as plain text (UTF-8 or ASCII).".to_owned(),
            (Self::DerRequest, false) => "A request is what you send to the authority. Name the \
                                          file that the authority sent back."
                .to_owned(),
            (Self::Broken { .. }, _) => {
                "Get the file again from where it came; it was damaged on the way.".to_owned()
            }
            (_, true) => {
                "Name the file with the private key, in PEM form: it has a line that says \
                          BEGIN PRIVATE KEY."
                    .to_owned()
            }
            (_, false) => "Name the file with the certificate, in PEM form: it has a line that \
                           says BEGIN CERTIFICATE."
                .to_owned(),
        }
    }
}

/// A certificate as PEM, with lines of 64 characters.
pub(super) fn write_certificate(der: &[u8]) -> String {
    write("CERTIFICATE", der)
}

/// Anything as PEM.
pub(super) fn write(label: &str, der: &[u8]) -> String {
    let body = Zeroizing::new(STANDARD.encode(der));
    let mut text = String::with_capacity(body.len() + body.len() / 64 + 2 * label.len() + 40);
    text.push_str("-----BEGIN ");
    text.push_str(label);
    text.push_str("-----\n");
    for (place, letter) in body.char_indices() {
        if place > 0 && place % 64 == 0 {
            text.push('\n');
        }
        text.push(letter);
    }
    text.push_str("\n-----END ");
    text.push_str(label);
    text.push_str("-----\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_was_written_is_read(
            parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 1..4),
            windows in any::<bool>(),
        ) {
            let mut text = "\u{feff}Bag Attributes: none\n".to_owned();
            for part in &parts {
                text.push_str(&write("SOME THING", part));
                text.push_str("  between\n");
            }
            if windows {
                text = text.replace('\n', "\r\n");
            }
            let blocks = read(text.as_bytes()).unwrap_or_default();
            prop_assert!(blocks.iter().all(|block| block.label == "SOME THING" && !block.locked));
            let read: Vec<_> = blocks.iter().map(|block| block.der.to_vec()).collect();
            prop_assert_eq!(read, parts);
        }

        #[test]
        fn no_input_is_too_odd(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            if let Err(instead) = read(&bytes) {
                prop_assert!(!instead.words().is_empty());
                prop_assert!(!instead.remedy("f", true).is_empty());
            }
        }
    }

    #[test]
    fn broken_parts_are_told_with_their_line() {
        for (text, line, fault) in [
            ("x\n-----BEGIN A-----\nAAAA\n", 2, "END line is missing"),
            ("-----END A-----\n", 1, "BEGIN line is missing"),
            (
                "-----BEGIN A-----\nAAAA\n-----END B-----\n",
                3,
                "names something else",
            ),
            (
                "-----BEGIN A-----\nAA?A\n-----END A-----\n",
                1,
                "wrong or missing",
            ),
            (
                "-----BEGIN A-----\nAAA\n-----END A-----\n",
                1,
                "wrong or missing",
            ),
            (
                "-----BEGIN A-----\n-----BEGIN A-----\n",
                1,
                "END line is missing",
            ),
        ] {
            match read(text.as_bytes()).err().unwrap() {
                Instead::Broken {
                    line: at,
                    fault: why,
                } => {
                    assert_eq!(at, line, "{text}");
                    assert!(why.contains(fault), "{why}");
                }
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn a_key_locked_in_the_old_way_is_seen() {
        let text = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n";
        let blocks = read(text.as_bytes()).ok().unwrap();
        assert!(blocks[0].locked);
        assert_eq!(*blocks[0].der, [0, 0, 0]);
    }

    #[test]
    fn what_is_not_pem_gets_a_name() {
        for (bytes, expected) in [
            (&b" \n"[..], Instead::Nothing),
            (&b"\xff\xfe-\0-\0"[..], Instead::Utf16),
            (&b"ssh-ed25519 AAAA"[..], Instead::SshPublicKey),
            (&b"<html>"[..], Instead::WebPage),
            (&b"hello"[..], Instead::OtherText),
            (&b"\x30\x82\x01\x00\x02\x01\x03\x30"[..], Instead::Pkcs12),
            (&b"\x30\x82\x01\x00\x02\x01\x00\x30"[..], Instead::DerKey),
            (&b"\x00\x01"[..], Instead::OtherBytes),
        ] {
            assert_eq!(read(bytes).err().unwrap(), expected);
        }
    }
}
