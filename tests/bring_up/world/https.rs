//! A small https client of the tests' own, so that the program does not judge itself.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::Value;

use super::DEADLINE;

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// The value of a header by which a client names itself.
pub fn basic(key: &str, secret: &str) -> String {
    format!("Basic {}", BASE64.encode(format!("{key}:{secret}")))
}

/// One request to `https://localhost:port`, trusting this authority alone. `body` is a content
/// type and a text; with it the request is a POST.
pub fn ask(
    authority: &str,
    port: u16,
    path: &str,
    authorization: Option<&str>,
    body: Option<(&str, &str)>,
) -> Answer {
    try_to_ask(authority, port, path, authorization, body)
        .unwrap_or_else(|reason| panic!("{path}: {reason}"))
}

/// The same; what is not answered is said.
pub fn try_to_ask(
    authority: &str,
    port: u16,
    path: &str,
    authorization: Option<&str>,
    body: Option<(&str, &str)>,
) -> Result<Answer, String> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(authority.as_bytes()) {
        roots.add(certificate.unwrap()).unwrap();
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let host = ServerName::try_from("localhost").unwrap();
    let connection = ClientConnection::new(Arc::new(config), host).unwrap();
    let failed = |error: std::io::Error| error.to_string();
    let socket = TcpStream::connect(("127.0.0.1", port)).map_err(failed)?;
    socket.set_read_timeout(Some(DEADLINE)).unwrap();
    let mut stream = StreamOwned::new(connection, socket);

    // In HTTP/1.0 the end of the connection is the end of the answer.
    let method = if body.is_some() { "POST" } else { "GET" };
    let mut request = format!("{method} {path} HTTP/1.0\r\nHost: localhost:{port}\r\n");
    if let Some(authorization) = authorization {
        write!(request, "Authorization: {authorization}\r\n").unwrap();
    }
    if let Some((kind, text)) = body {
        let length = text.len();
        write!(
            request,
            "Content-Type: {kind}\r\nContent-Length: {length}\r\n"
        )
        .unwrap();
    }
    request.push_str("\r\n");
    request.push_str(body.map_or("", |(_, text)| text));
    stream.write_all(request.as_bytes()).map_err(failed)?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).map_err(failed)?;
    let text = String::from_utf8_lossy(&bytes);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head
        .split_whitespace()
        .nth(1)
        .and_then(|status| status.parse().ok());
    Ok(Answer {
        status: status.ok_or_else(|| format!("not an answer: {text}"))?,
        body: body.to_owned(),
    })
}
