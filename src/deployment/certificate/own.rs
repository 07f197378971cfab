//! Checking the certificate that an operator brings along: everything that is wrong with it, at
//! once, each with what to do.

use jiff::Timestamp;
use rustls::pki_types::PrivateKeyDer;
use zeroize::Zeroizing;

use super::pem;
use super::view::{Fit, View};
use super::{Certificate, SOON, covers, plain_host};
use crate::deployment::secret::Secret;
use crate::diagnostic::{Diagnostic, Severity};
use crate::profile::OwnCertificate;

mod files;

use files::{Role, is_certificate, is_key};

const CHAIN: &str = "access.certificate.chain";
const KEY: &str = "access.certificate.key";
const AUTHORITY: &str = "access.certificate.authority";

/// An operator's pair that can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedPair {
    /// Cleaned: certificates only, in the right order.
    pub certificate: Certificate,
    /// What somebody should know about it. None of it blocks.
    pub findings: Vec<Diagnostic>,
}

/// Reads and checks an operator's own certificate for a host. An error holds everything that was
/// found, of every weight; at least one finding blocks.
pub fn check_own_pair(
    paths: &OwnCertificate,
    host: &str,
    now: Timestamp,
) -> Result<CheckedPair, Vec<Diagnostic>> {
    let mut check = Check {
        findings: Vec::new(),
    };
    let checked = check.run(paths, host, now);
    let Check { mut findings } = check;
    // The heaviest first; what weighs the same stays in the order of the checks.
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    match checked {
        Some(certificate) if !findings.iter().any(|f| f.severity == Severity::Block) => {
            Ok(CheckedPair {
                certificate,
                findings,
            })
        }
        _ => Err(findings),
    }
}

struct Check {
    findings: Vec<Diagnostic>,
}

impl Check {
    fn say(
        &mut self,
        severity: Severity,
        code: &'static str,
        path: &str,
        message: String,
        help: impl Into<String>,
    ) {
        let mut finding = Diagnostic::new(code, severity, message).help(help);
        finding.path = Some(path.to_owned());
        self.findings.push(finding);
    }

    fn block(&mut self, code: &'static str, path: &str, message: String, help: impl Into<String>) {
        self.say(Severity::Block, code, path, message, help);
    }

    fn warn(&mut self, code: &'static str, path: &str, message: String, help: impl Into<String>) {
        self.say(Severity::Warn, code, path, message, help);
    }

    /// Adds what was found to the last finding.
    fn found(&mut self, what: String) {
        if let Some(finding) = self.findings.last_mut() {
            finding.found = Some(what);
        }
    }

    fn run(&mut self, paths: &OwnCertificate, host: &str, now: Timestamp) -> Option<Certificate> {
        let chain = self.file(&paths.chain, Role::Chain);
        let keys = self.file(&paths.key, Role::Key);
        let authorities = paths.authority.as_ref();
        let authorities = authorities.map(|path| self.file(path, Role::Authority));
        if let (Some(chain), Some(keys)) = (&chain, &keys)
            && !chain.iter().any(is_certificate)
            && chain.iter().any(is_key)
            && !keys.iter().any(is_key)
            && keys.iter().any(is_certificate)
        {
            self.block(
                "E-2053",
                CHAIN,
                format!(
                    "The two files are swapped: {} holds the key and {} the certificate.",
                    paths.chain.display(),
                    paths.key.display()
                ),
                "Exchange the two file names in access.certificate.",
            );
            return None;
        }
        // All three are looked through before giving up, so that everything is told at once.
        let certificates =
            chain.and_then(|blocks| self.certificates(&paths.chain, blocks, Role::Chain));
        let key = keys.and_then(|blocks| self.key(&paths.key, blocks));
        let authorities = match (authorities, &paths.authority) {
            (Some(blocks), Some(path)) => {
                Some(blocks.and_then(|blocks| self.certificates(path, blocks, Role::Authority)))
            }
            _ => None,
        };
        let certificates = certificates?;
        let views: Vec<View<'_>> = certificates
            .iter()
            .filter_map(|der| View::read(der))
            .collect();
        let private = key.as_ref().and_then(|block| {
            let found = PrivateKeyDer::try_from(block.der.as_slice()).ok();
            if found.is_none() {
                self.block(
                    "E-2051",
                    KEY,
                    format!("The private key in {} cannot be read.", paths.key.display()),
                    "Get the file again from where it came; it was damaged on the way.",
                );
            }
            found
        });
        let leaf = self.find_leaf(&views, private.as_ref());
        let order = self.order(&views, leaf);
        let server = views.get(leaf)?;
        self.dates(&views, &order, now);
        self.host(server, host);
        self.purpose(server);
        self.strength(&views, &order);
        let authorities = match authorities {
            Some(found) => Some(found?),
            None => None,
        };
        self.trust(&views, &order, authorities.as_deref());

        private?;
        let key = key.as_ref()?;
        let chain_pem: String = order
            .iter()
            .filter_map(|&place| certificates.get(place))
            .map(|der| pem::write_certificate(der))
            .collect();
        let authority_pem = match authorities {
            Some(found) => Some(
                found
                    .iter()
                    .map(|der| pem::write_certificate(der))
                    .collect(),
            ),
            // Whoever shows a certificate that signed itself is its own authority.
            None => server.is_self_signed().then(|| chain_pem.clone()),
        };
        Some(Certificate {
            chain_pem,
            key_pem: Secret::new(pem::write(&key.label, &key.der)),
            authority_pem,
            names: server.names(),
            not_after: server.not_after(),
        })
    }

    /// The place of the server's certificate: the one that the key belongs to.
    fn find_leaf(&mut self, views: &[View<'_>], key: Option<&PrivateKeyDer<'_>>) -> usize {
        let first_server = views
            .iter()
            .position(|view| !view.is_authority())
            .unwrap_or(0);
        let Some(key) = key else { return first_server };
        if let Some(place) = views.iter().position(|view| view.fits(key) == Fit::Yes) {
            return place;
        }
        let title = views.get(first_server).map(View::title).unwrap_or_default();
        if views.iter().any(|view| view.fits(key) == Fit::Unknown) {
            self.warn(
                "E-2055",
                KEY,
                format!("Whether the private key belongs to the certificate for {title} could not be found out: it is of an unusual kind."),
                "If the gateway does not start, this is where to look first.",
            );
        } else {
            self.block(
                "E-2054",
                KEY,
                format!("The private key does not belong to the certificate for {title}."),
                "Find the key that was made together with the request for this certificate. If it \
                 is lost, ask for a new certificate.",
            );
        }
        first_server
    }

    /// Places of the certificates from the server's up, each signed by the next.
    fn order(&mut self, views: &[View<'_>], leaf: usize) -> Vec<usize> {
        let mut order = vec![leaf];
        while let Some(last) = order.last().and_then(|&place| views.get(place))
            && !last.is_self_signed()
            && let Some(next) = (0..views.len()).find(|place| {
                !order.contains(place)
                    && views
                        .get(*place)
                        .is_some_and(|above| last.is_issued_by(above))
            })
        {
            order.push(next);
        }
        let strangers: Vec<String> = (0..views.len())
            .filter(|place| !order.contains(place))
            .filter_map(|place| views.get(place).map(View::title))
            .collect();
        if !order.is_sorted() || leaf != 0 {
            self.warn(
                "E-2056",
                CHAIN,
                "The certificates are not in order: the server's comes first, then the one that \
                 signed it, and so on."
                    .to_owned(),
                "They were put in order for the gateway. Other programs that use the file may \
                 stumble over it.",
            );
        }
        if !strangers.is_empty() {
            self.warn(
                "E-2057",
                CHAIN,
                format!(
                    "The file has certificates that have nothing to do with the server's: {}.",
                    strangers.join(", ")
                ),
                "They are left out. If browsers do not trust the gateway, ask the authority for \
                 the right chain.",
            );
        }
        order
    }

    fn dates(&mut self, views: &[View<'_>], order: &[usize], now: Timestamp) {
        for (above, view) in order
            .iter()
            .filter_map(|&place| views.get(place))
            .enumerate()
        {
            let whose = if above == 0 {
                "The certificate".to_owned()
            } else {
                format!("The certificate of the authority {}", view.title())
            };
            let (begins, ends) = (view.not_before(), view.not_after());
            if now > ends {
                self.block(
                    "E-2058",
                    CHAIN,
                    format!("{whose} ended at {ends:.0}."),
                    "Ask the authority for a new one.",
                );
            } else if now < begins {
                self.block(
                    "E-2059",
                    CHAIN,
                    format!("{whose} is not valid before {begins:.0}; this computer's clock says {now:.0}."),
                    "Check this computer's clock. If it is right, wait until then or use the old \
                     certificate until that day.",
                );
            } else if ends.duration_since(now) < SOON {
                let days = ends.duration_since(now).as_hours() / 24;
                self.warn(
                    "E-2060",
                    CHAIN,
                    format!("{whose} ends in {days} days, at {ends:.0}."),
                    "Ask the authority for a new one now.",
                );
            }
        }
    }

    fn host(&mut self, server: &View<'_>, host: &str) {
        let names = server.names();
        let plain = plain_host(host);
        if plain.is_some_and(|host| names.iter().any(|name| covers(name, &host))) {
            return;
        }
        let message = format!("The certificate does not cover the host {host}.");
        if names.is_empty() {
            self.block(
                "E-2061",
                "access.host",
                message,
                "It has no alternative names at all, only a common name, which browsers have \
                 stopped reading. Ask the authority for one that names the host as an alternative \
                 name (SAN).",
            );
        } else {
            self.block(
                "E-2061",
                "access.host",
                message,
                format!(
                    "Set access.host to a name that it covers ({}), or ask the authority for a \
                     certificate that names {host}.",
                    names.join(", ")
                ),
            );
        }
        self.found(names.join(", "));
    }

    fn purpose(&mut self, server: &View<'_>) {
        if !server.serves_servers() {
            self.block(
                "E-2062",
                CHAIN,
                "The certificate is not meant for servers: its purposes leave out server \
                 authentication."
                    .to_owned(),
                "Ask the authority for a web server's certificate.",
            );
        }
        if server.is_authority() && !server.is_self_signed() {
            self.warn(
                "E-2063",
                CHAIN,
                format!(
                    "The certificate {} is an authority's, not a server's.",
                    server.title()
                ),
                "Some programs refuse it. Ask the authority for a web server's certificate.",
            );
        }
    }

    fn strength(&mut self, views: &[View<'_>], order: &[usize]) {
        for view in order.iter().filter_map(|&place| views.get(place)) {
            let title = view.title();
            if let Some(weakness) = view.weak_key() {
                self.warn(
                    "E-2064",
                    CHAIN,
                    format!("The key of the certificate {title} is weak: {weakness}."),
                    "Many programs refuse it. Ask for a new one with RSA of 2048 bits or more, or \
                     an elliptic curve of 256.",
                );
            }
            // Nobody checks the signature with which an authority vouches for itself.
            if view.is_signed_weakly() && !(view.is_authority() && view.is_self_signed()) {
                self.warn(
                    "E-2064",
                    CHAIN,
                    format!(
                        "The certificate {title} is signed over SHA-1 or MD5, which can be forged."
                    ),
                    "Browsers refuse it. Ask the authority for a new one.",
                );
            }
        }
    }

    fn trust(
        &mut self,
        views: &[View<'_>],
        order: &[usize],
        authorities: Option<&[Zeroizing<Vec<u8>>]>,
    ) {
        let top = order.last().and_then(|&place| views.get(place));
        let (Some(top), Some(server)) = (top, order.first().and_then(|&place| views.get(place)))
        else {
            return;
        };
        if let Some(authorities) = authorities {
            let known = authorities.iter().filter_map(|der| View::read(der));
            let leads_there = |authority: &View<'_>| {
                order
                    .iter()
                    .filter_map(|&place| views.get(place))
                    .any(|view| view.is_issued_by(authority))
            };
            if !known.into_iter().any(|authority| leads_there(&authority)) {
                self.block(
                    "E-2066",
                    AUTHORITY,
                    format!(
                        "The chain ends with {}, which the given authority did not sign.",
                        top.title()
                    ),
                    "Add the certificates of the authorities in between to the chain file, after \
                     the server's, or name the authority that signed it.",
                );
            }
        } else if server.is_self_signed() {
            self.say(
                Severity::Note,
                "E-2067",
                CHAIN,
                "The certificate vouches for itself; no authority does.".to_owned(),
                "Every program that connects has to be told to trust it.",
            );
        } else if order.len() == 1 {
            self.say(
                Severity::Note,
                "E-2068",
                CHAIN,
                "The file has the server's certificate only.".to_owned(),
                "If programs do not trust the gateway, add the certificates of the authorities in \
                 between, after the server's.",
            );
        }
    }
}
