//! One https request through the gateway, trusting exactly who should be trusted.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::stack::Access;

/// An answer larger than this is not one of ours.
const LARGEST_BODY: usize = 1024 * 1024;
/// Time for one request, from connecting to the last byte.
const REQUEST_TIME: Duration = Duration::from_secs(30);

/// Why a request got no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// Nothing listens, or it does not let us in.
    #[error("cannot connect to {address}: {reason}")]
    Connect {
        /// Address and port.
        address: String,
        /// The system's words.
        reason: String,
    },
    /// The certificate is not the one expected, or TLS failed otherwise.
    #[error("no trusted https connection to {host}: {reason}")]
    Tls {
        /// Name that the certificate must carry.
        host: String,
        /// The TLS library's words.
        reason: String,
    },
    /// The connection broke before the answer was complete.
    #[error("the answer broke off: {0}")]
    Broken(String),
    /// No complete answer in time.
    #[error("no answer within {} seconds", REQUEST_TIME.as_secs())]
    Late,
    /// The authority's certificate cannot be read.
    #[error("the authority's certificate cannot be read: {0}")]
    Authority(String),
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Body as text.
    pub body: String,
}

/// Something that can ask the gateway.
#[derive(Debug, Clone)]
pub struct Client {
    address: String,
    host: String,
    authority: String,
    config: Arc<ClientConfig>,
}

/// What to ask.
#[derive(Debug, Clone, Default)]
pub struct Ask<'a> {
    /// Path with query.
    pub path: &'a str,
    /// `Authorization` header.
    pub authorization: Option<String>,
    /// What to post; without it the request is a GET.
    pub body: Option<Body<'a>>,
}

/// What is posted.
#[derive(Debug, Clone, Copy)]
pub enum Body<'a> {
    /// Fields of a form.
    Form(&'a str),
    /// JSON.
    Json(&'a str),
}

impl<'a> Body<'a> {
    fn parts(self) -> (&'static str, &'a str) {
        match self {
            Self::Form(text) => ("application/x-www-form-urlencoded", text),
            Self::Json(text) => ("application/json", text),
        }
    }
}

impl Client {
    /// Prepares requests to `access`, connecting to `address` (host name or IP).
    pub fn new(access: &Access, address: &str) -> Result<Self, RequestError> {
        let mut roots = RootCertStore::empty();
        if let Some(pem) = &access.authority_pem {
            for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
                let certificate =
                    certificate.map_err(|error| RequestError::Authority(error.to_string()))?;
                roots
                    .add(certificate)
                    .map_err(|error| RequestError::Authority(error.to_string()))?;
            }
        } else {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| RequestError::Authority(error.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let base = access.base();
        Ok(Self {
            address: format!("{}:{}", bracketed(address), access.port),
            host: access.host.clone(),
            authority: base.strip_prefix("https://").unwrap_or(&base).to_owned(),
            config: Arc::new(config),
        })
    }

    /// Asks once.
    pub async fn ask(&self, ask: &Ask<'_>) -> Result<Answer, RequestError> {
        tokio::time::timeout(REQUEST_TIME, self.ask_patiently(ask))
            .await
            .unwrap_or(Err(RequestError::Late))
    }

    async fn ask_patiently(&self, ask: &Ask<'_>) -> Result<Answer, RequestError> {
        let tcp =
            TcpStream::connect(&self.address)
                .await
                .map_err(|error| RequestError::Connect {
                    address: self.address.clone(),
                    reason: error.to_string(),
                })?;
        let tls_error = |reason: String| RequestError::Tls {
            host: self.host.clone(),
            reason,
        };
        let name = ServerName::try_from(self.host.clone())
            .map_err(|error| tls_error(error.to_string()))?;
        let tls = TlsConnector::from(Arc::clone(&self.config))
            .connect(name, tcp)
            .await
            .map_err(|error| {
                // A peer that goes away in the handshake says nothing about certificates.
                let about_tls = error
                    .get_ref()
                    .is_some_and(<dyn std::error::Error + Send + Sync>::is::<rustls::Error>);
                if about_tls {
                    tls_error(error.to_string())
                } else {
                    RequestError::Broken(error.to_string())
                }
            })?;
        let broken = |error: hyper::Error| RequestError::Broken(error.to_string());
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(tls))
            .await
            .map_err(broken)?;
        let connection = tokio::spawn(connection);
        let response = sender
            .send_request(self.request(ask)?)
            .await
            .map_err(broken);
        let answer = match response {
            Ok(response) => {
                let status = response.status().as_u16();
                let body = Limited::new(response.into_body(), LARGEST_BODY)
                    .collect()
                    .await;
                match body {
                    Ok(body) => Ok(Answer {
                        status,
                        body: String::from_utf8_lossy(&body.to_bytes()).into_owned(),
                    }),
                    Err(error) => Err(RequestError::Broken(error.to_string())),
                }
            }
            Err(error) => Err(error),
        };
        connection.abort();
        answer
    }

    fn request(&self, ask: &Ask<'_>) -> Result<Request<Full<Bytes>>, RequestError> {
        let body = ask.body.map(Body::parts);
        let mut request = Request::builder()
            .method(if body.is_some() {
                Method::POST
            } else {
                Method::GET
            })
            .uri(ask.path)
            .header(HOST, &self.authority)
            .header(ACCEPT, "application/json");
        if let Some(authorization) = &ask.authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        if let Some((kind, _)) = body {
            request = request.header(CONTENT_TYPE, kind);
        }
        let text = body.map_or("", |(_, text)| text);
        request
            .body(Full::new(Bytes::from(text.to_owned())))
            .map_err(|error| RequestError::Broken(error.to_string()))
    }
}

fn bracketed(address: &str) -> String {
    if address.contains(':') {
        format!("[{address}]")
    } else {
        address.to_owned()
    }
}
