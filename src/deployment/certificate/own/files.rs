//! Reading an operator's files, and telling what they hold instead of what they should.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use zeroize::Zeroizing;

use super::{AUTHORITY, CHAIN, Check, KEY};
use crate::deployment::certificate::pem::{self, Block};
use crate::deployment::certificate::view::View;
use crate::deployment::file::{FileError, shell_word};

/// A certificate, key or bundle has a few kilobytes; what is larger is something else.
const LARGEST: u64 = 1024 * 1024;

/// What one of the operator's files may hold.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Chain,
    Key,
    Authority,
}

impl Role {
    fn path(self) -> &'static str {
        match self {
            Self::Chain => CHAIN,
            Self::Key => KEY,
            Self::Authority => AUTHORITY,
        }
    }
}

pub(super) fn is_certificate(block: &Block) -> bool {
    block.label == "CERTIFICATE" || block.label == "X509 CERTIFICATE"
}

pub(super) fn is_key(block: &Block) -> bool {
    block.label.ends_with("PRIVATE KEY")
}

impl Check {
    /// The parts of a file; a file that is none, or no PEM, is told here.
    pub fn file(&mut self, path: &Path, role: Role) -> Option<Vec<Block>> {
        let bytes = match read(path) {
            Ok(bytes) => bytes,
            Err(fault) => {
                self.block("E-2050", role.path(), fault.message, fault.help);
                return None;
            }
        };
        if role == Role::Key
            && let Ok(found) = fs::metadata(path)
            && found.permissions().mode() & 0o007 != 0
        {
            self.warn(
                "E-2065",
                KEY,
                format!(
                    "Every user of this computer can read the private key {}.",
                    path.display()
                ),
                format!("Close it with: chmod o= {}", shell_word(path)),
            );
        }
        match pem::read(&bytes) {
            Ok(blocks) => Some(blocks),
            Err(instead) => {
                let what = if role == Role::Key {
                    "private key"
                } else {
                    "certificate"
                };
                self.block(
                    "E-2051",
                    role.path(),
                    format!("{} does not hold a {what} in PEM form.", path.display()),
                    instead.remedy(&shell_word(path), role == Role::Key),
                );
                self.found(instead.words());
                None
            }
        }
    }

    /// The certificates in a file, each once and each readable.
    pub fn certificates(
        &mut self,
        path: &Path,
        blocks: Vec<Block>,
        role: Role,
    ) -> Option<Vec<Zeroizing<Vec<u8>>>> {
        let labels = labels(&blocks);
        let mut found = Vec::<Zeroizing<Vec<u8>>>::new();
        for block in blocks.into_iter().filter(is_certificate) {
            if View::read(&block.der).is_none() {
                self.block(
                    "E-2051",
                    role.path(),
                    format!("A certificate in {} cannot be read.", path.display()),
                    "Get the file again from where it came; it was damaged on the way.",
                );
                return None;
            }
            if !found.contains(&block.der) {
                found.push(block.der);
            }
        }
        if !found.is_empty() {
            return Some(found);
        }
        let help = if labels.contains("REQUEST") {
            "A request is what you send to the authority. Name the file that the authority sent back."
                .to_owned()
        } else if labels.contains("PKCS7") {
            format!(
                "Take the certificates out with: openssl pkcs7 -print_certs -in {} -out chain.pem",
                shell_word(path)
            )
        } else if labels.contains("TRUSTED") {
            format!(
                "Convert it with: openssl x509 -in {} -out certificate.pem",
                shell_word(path)
            )
        } else {
            "Name the file with the certificate: it has a line that says BEGIN CERTIFICATE."
                .to_owned()
        };
        self.block(
            "E-2051",
            role.path(),
            format!("There is no certificate in {}.", path.display()),
            help,
        );
        self.found(labels);
        None
    }

    /// The one private key in a file.
    pub fn key(&mut self, path: &Path, blocks: Vec<Block>) -> Option<Block> {
        let labels = labels(&blocks);
        let mut keys = blocks.into_iter().filter(is_key);
        let (key, more) = (keys.next(), keys.next().is_some());
        let Some(key) = key else {
            let help = if labels.contains("PUBLIC KEY") {
                "This is the public half. Name the file with the private key."
            } else {
                "Name the file with the private key: it has a line that says BEGIN PRIVATE KEY."
            };
            self.block(
                "E-2051",
                KEY,
                format!("There is no private key in {}.", path.display()),
                help,
            );
            self.found(labels);
            return None;
        };
        if more {
            self.block(
                "E-2051",
                KEY,
                format!("There is more than one private key in {}.", path.display()),
                "Name a file with the one that belongs to the certificate.",
            );
            return None;
        }
        if key.locked || key.label == "ENCRYPTED PRIVATE KEY" {
            self.block(
                "E-2052",
                KEY,
                format!("The private key in {} is locked with a password, and a server has nobody to ask for it.", path.display()),
                format!(
                    "Make a copy without a password, and keep it to yourself: openssl pkey -in {} -out key.pem",
                    shell_word(path)
                ),
            );
            return None;
        }
        if key.label == "OPENSSH PRIVATE KEY" {
            self.block(
                "E-2051",
                KEY,
                format!(
                    "{} holds a key for SSH, not for a web server.",
                    path.display()
                ),
                "Name the key that was made together with the certificate.",
            );
            return None;
        }
        Some(key)
    }
}

/// What a file holds, by the names of its parts.
fn labels(blocks: &[Block]) -> String {
    let labels: Vec<&str> = blocks.iter().map(|block| block.label.as_str()).collect();
    labels.join(", ")
}

struct Unreadable {
    message: String,
    help: String,
}

/// A file of the operator's; links are followed, for that is how many tools keep certificates.
fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, Unreadable> {
    let fault = |message: String, help: &str| Unreadable {
        message,
        help: help.to_owned(),
    };
    let failed = |error: &std::io::Error| match error.kind() {
        ErrorKind::NotFound => fault(
            format!("There is no file {}.", path.display()),
            "Check the name. A relative name counts from the folder in which you run the command.",
        ),
        ErrorKind::NotADirectory => fault(
            format!(
                "There is no file {}: a part of that path is not a folder.",
                path.display()
            ),
            "Check the name.",
        ),
        _ => {
            let error = FileError::from_io("read", path, error);
            Unreadable {
                help: error.help(),
                message: format!("Could not read a file: {error}."),
            }
        }
    };
    let found = fs::metadata(path).map_err(|error| failed(&error))?;
    if !found.is_file() {
        return Err(fault(
            format!("{} is not a file.", path.display()),
            "Name the file itself, not the folder it is in.",
        ));
    }
    if found.len() > LARGEST {
        return Err(fault(
            format!(
                "{} is far too large for a certificate or key.",
                path.display()
            ),
            "Check the name.",
        ));
    }
    fs::read(path)
        .map(Zeroizing::new)
        .map_err(|error| failed(&error))
}
