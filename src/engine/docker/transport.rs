//! The wire to an engine: one fresh HTTP connection for each request.
//!
//! bollard 0.21.1 builds requests without the API version and cannot read replies whose words are
//! newer than itself. So it gets this transport, which puts the version on every path, and we send
//! the few requests whose replies must never be refused ourselves.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bollard::errors::Error;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use hyper::header::{HOST, HeaderName, HeaderValue};
use hyper::{Method, Request, Response, Uri};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::TlsConnector;

use super::environment::{Address, Place};
use super::faults::{self, Dial};
use super::{EngineError, tls};

/// How long a connection may take to be there.
const DIAL: Duration = Duration::from_secs(10);
/// How long the answer to a plain question may take. Engines with hundreds of containers and a slow
/// disk need seconds, never a minute.
const ANSWER: Duration = Duration::from_mins(1);
/// How long work may take before its answer begins: creating a container may copy files, starting
/// one on a busy machine may queue.
pub(super) const WORK: Duration = Duration::from_mins(5);
/// The header in which bollard sends a registry's login.
const REGISTRY_AUTH: HeaderName = HeaderName::from_static("x-registry-auth");

/// A place, ready to be connected to.
#[derive(Debug, Clone)]
pub(super) struct Transport {
    pub address: Address,
    tls: Option<(Arc<ClientConfig>, ServerName<'static>)>,
    /// Path prefix with the API version, as in `/v1.41`; empty until it is settled.
    version: String,
}

trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

impl Transport {
    pub fn new(place: &Place) -> Result<Self, EngineError> {
        let tls = match (&place.tls, &place.address) {
            (Some(files), Address::Tcp { host, .. }) => {
                let name =
                    ServerName::try_from(host.clone()).map_err(|error| EngineError::Settings {
                        what: place.found_by.clone(),
                        reason: format!("\"{host}\" is no host name ({error})"),
                    })?;
                Some((tls::client_config(files)?, name))
            }
            _ => None,
        };
        Ok(Self {
            address: place.address.clone(),
            tls,
            version: String::new(),
        })
    }

    /// From now on every request says which API version it speaks.
    #[must_use]
    pub fn speaking(mut self, version: impl std::fmt::Display) -> Self {
        self.version = format!("/v{version}");
        self
    }

    async fn dial(&self) -> io::Result<Box<dyn Wire>> {
        Ok(match &self.address {
            Address::Unix(path) => Box::new(UnixStream::connect(path).await?),
            Address::Tcp { host, port } => {
                let stream = TcpStream::connect((host.as_str(), *port)).await?;
                stream.set_nodelay(true)?;
                match &self.tls {
                    None => Box::new(stream),
                    Some((config, name)) => {
                        let connector = TlsConnector::from(Arc::clone(config));
                        Box::new(connector.connect(name.clone(), stream).await?)
                    }
                }
            }
        })
    }

    /// Sends a request and gives the head of the answer; the body follows as it comes.
    pub async fn send<B>(&self, mut request: Request<B>) -> Result<Response<Incoming>, Error>
    where
        B: Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let wire = match tokio::time::timeout(DIAL, self.dial()).await {
            Ok(wire) => wire,
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        }
        .map_err(|error| Error::from(io::Error::other(Dial(error))))?;
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(wire)).await?;
        // The connection ends with its one answer; what goes wrong on it shows in that answer.
        tokio::spawn(connection.with_upgrades());
        self.address_request(&mut request)?;
        Ok(sender.send_request(request).await?)
    }

    fn address_request<B>(&self, request: &mut Request<B>) -> Result<(), Error> {
        let path = request
            .uri()
            .path_and_query()
            .map_or("/", |path| path.as_str());
        let prefix = if is_versioned(path) {
            ""
        } else {
            &self.version
        };
        let uri: Uri = format!("{prefix}{path}").parse()?;
        *request.uri_mut() = uri;
        let host = match &self.address {
            Address::Unix(_) => "localhost".to_owned(),
            Address::Tcp { host, port } if host.contains(':') => format!("[{host}]:{port}"),
            Address::Tcp { host, port } => format!("{host}:{port}"),
        };
        let headers = request.headers_mut();
        headers.insert(
            HOST,
            HeaderValue::from_str(&host).unwrap_or(HeaderValue::from_static("localhost")),
        );
        if let Some(login) = headers.get_mut(REGISTRY_AUTH) {
            // Engines want the URL-safe alphabet and ignore a login written in the other, which is
            // the one that bollard writes.
            let text = login.to_str().unwrap_or_default();
            let mut safe = HeaderValue::from_str(&text.replace('+', "-").replace('/', "_"))
                .unwrap_or(HeaderValue::from_static(""));
            safe.set_sensitive(true);
            *login = safe;
        }
        Ok(())
    }

    /// Asks a question and gives the answer's body as it comes.
    pub async fn open(
        &self,
        method: Method,
        path: &str,
        body: Option<serde_json::Value>,
    ) -> Result<Incoming, Error> {
        let mut request = Request::builder().method(&method).uri(path);
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let request = request.body(Full::new(Bytes::from(body)))?;
        let patience = if method == Method::POST { WORK } else { ANSWER };
        let response = match tokio::time::timeout(patience, self.send(request)).await {
            Ok(response) => response?,
            Err(_) => return Err(Error::RequestTimeoutError),
        };
        let status = response.status();
        if status.is_success() {
            return Ok(response.into_body());
        }
        let text = collect(response.into_body()).await?;
        Err(Error::DockerResponseServerError {
            status_code: status.as_u16(),
            message: faults::message(&text),
        })
    }

    /// Asks a question whose answer is JSON. Words in it that are newer than we are do no harm,
    /// because `T` says what it needs and nothing more.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Error> {
        let body = self.open(Method::GET, path, None).await?;
        Ok(serde_json::from_slice(&collect(body).await?)?)
    }

    /// Sends JSON and reads JSON.
    pub async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, Error> {
        let body = serde_json::to_value(body)?;
        let body = self.open(Method::POST, path, Some(body)).await?;
        Ok(serde_json::from_slice(&collect(body).await?)?)
    }

    /// The same wire for bollard.
    pub fn client(&self, version: bollard::ClientVersion) -> Result<bollard::Docker, Error> {
        let wire = Arc::new(self.clone());
        bollard::Docker::connect_with_custom_transport(
            move |request: bollard::BollardRequest| {
                let wire = Arc::clone(&wire);
                async move { wire.send(request).await }
            },
            Some("http://localhost"),
            WORK.as_secs(),
            &version,
        )
    }
}

async fn collect(body: Incoming) -> Result<Bytes, Error> {
    match tokio::time::timeout(ANSWER, body.collect()).await {
        Ok(body) => Ok(body?.to_bytes()),
        Err(_) => Err(Error::RequestTimeoutError),
    }
}

/// Whether a path begins with an API version already, as the next bollard's will.
fn is_versioned(path: &str) -> bool {
    path.strip_prefix("/v")
        .and_then(|rest| rest.split_once('/'))
        .is_some_and(|(version, _)| {
            !version.is_empty() && version.chars().all(|c| c.is_ascii_digit() || c == '.')
        })
}

/// A path with its questions, each part written so that no character in it is misread.
pub(super) fn path(path: &str, query: &[(&str, &str)]) -> String {
    let mut text = escape(path, b"/:@");
    for (index, (name, value)) in query.iter().enumerate() {
        text.push(if index == 0 { '?' } else { '&' });
        text.push_str(name);
        text.push('=');
        text.push_str(&escape(value, b""));
    }
    text
}

fn escape(text: &str, keep: &[u8]) -> String {
    use std::fmt::Write;
    text.bytes().fold(String::new(), |mut escaped, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || keep.contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(escaped, "%{byte:02X}");
        }
        escaped
    })
}
