//! A small HTTP server: one request in, one reply out, and a clean end on SIGTERM.

use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::service::service_fn;
use hyper::{HeaderMap, Method, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::task::TaskTracker;

use super::crash::Crash;
use super::log;
use super::settings::Settings;
use super::web;

/// What a stand-in answers.
pub type Reply = Response<Full<Bytes>>;

/// Larger requests are refused.
const BODY_LIMIT: usize = 1024 * 1024;
/// How long requests under way may take after a signal; the engine kills after ten seconds.
const FAREWELL: Duration = Duration::from_secs(5);

/// One request, read to its end.
#[derive(Debug)]
pub struct Request {
    /// Method.
    pub method: Method,
    /// Path as it came, beginning with a slash, not decoded.
    pub path: String,
    /// Query parameters, decoded.
    pub query: Vec<(String, String)>,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: Bytes,
}

impl Request {
    /// A header that is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The media type, in lower case, without parameters.
    pub fn media_type(&self) -> String {
        self.header("content-type")
            .and_then(|value| value.split(';').next())
            .unwrap_or_default()
            .trim()
            .to_lowercase()
    }
}

/// Listens on `ASPNETCORE_URLS` or else `ASPNETCORE_HTTP_PORTS` (80 unless set; the first, if there are several) until
/// SIGTERM or SIGINT, and lets requests under way finish.
pub async fn serve<H, F>(settings: &Settings, handle: H) -> Result<(), Crash>
where
    H: Fn(Request) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Reply> + Send + 'static,
{
    let urls = settings.variable("ASPNETCORE_URLS").unwrap_or_default();
    let (listener, place) = if urls.is_empty() {
        let ports = settings.variable("ASPNETCORE_HTTP_PORTS").unwrap_or("80");
        let port = ports
            .split(';')
            .next()
            .and_then(|port| port.trim().parse::<u16>().ok())
            .ok_or_else(|| {
                Crash::new(
                    "System.FormatException",
                    format!("'{ports}' in ASPNETCORE_HTTP_PORTS is no port number."),
                )
            })?;
        (listen(port).await?, format!("http://[::]:{port}"))
    } else {
        let address = address(urls).ok_or_else(|| {
            Crash::new(
                "System.FormatException",
                format!("Invalid url: '{urls}' (ASPNETCORE_URLS)."),
            )
        })?;
        let listener = TcpListener::bind(address).await.map_err(|error| {
            Crash::new(
                "System.IO.IOException",
                format!("Failed to bind to address http://{address}: {error}"),
            )
        })?;
        (listener, format!("http://{address}"))
    };
    let unexpected = |error: std::io::Error| Crash::new("System.IO.IOException", error.to_string());
    let (mut terminate, mut interrupt) = (
        signal(SignalKind::terminate()).map_err(unexpected)?,
        signal(SignalKind::interrupt()).map_err(unexpected)?,
    );
    log::info("Lifetime", &format!("Now listening on: {place}"));
    let connections = TaskTracker::new();
    let (stop, stopped) = tokio::sync::watch::channel(());
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    log::error("Kestrel", &format!("cannot accept a connection: {error}"));
                    continue;
                }
            },
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
        };
        connections.spawn(converse(stream, handle.clone(), stopped.clone()));
    }
    drop(listener);
    drop(stop);
    log::info("Lifetime", "Application is shutting down...");
    connections.close();
    // Whoever is not done by now is cut off when the process ends.
    let _ = tokio::time::timeout(FAREWELL, connections.wait()).await;
    Ok(())
}

/// Where the first of these addresses says to listen: one network address, or all of them where it names a host that
/// .NET does not know.
fn address(urls: &str) -> Option<SocketAddr> {
    let first = urls.split(';').next()?.trim();
    let authority = first.strip_prefix("http://")?.trim_end_matches('/');
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()?),
        _ => (authority, 80),
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let address = match host {
        "localhost" => IpAddr::V4(Ipv4Addr::LOCALHOST),
        host => host.parse().unwrap_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED)),
    };
    Some(SocketAddr::new(address, port))
}

/// Both families on one socket where the machine has IPv6, else IPv4 alone.
async fn listen(port: u16) -> Result<TcpListener, Crash> {
    let both = TcpListener::bind((Ipv6Addr::UNSPECIFIED, port)).await;
    let listener = match both {
        Ok(listener) => Ok(listener),
        Err(_) => TcpListener::bind(("0.0.0.0", port)).await,
    };
    listener.map_err(|error| {
        Crash::new(
            "System.IO.IOException",
            format!("Failed to bind to address http://[::]:{port}: {error}"),
        )
    })
}

async fn converse<H, F>(stream: TcpStream, handle: H, mut stopped: tokio::sync::watch::Receiver<()>)
where
    H: Fn(Request) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Reply> + Send + 'static,
{
    let service = service_fn(move |request| {
        let handle = handle.clone();
        async move {
            let reply = match read(request).await {
                Ok(request) => handle(request).await,
                Err(status) => text_reply(status, ""),
            };
            Ok::<_, std::convert::Infallible>(reply)
        }
    });
    let connection =
        hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    // A caller that goes away is none of our business.
    let _ = tokio::select! {
        done = connection.as_mut() => done,
        _ = stopped.changed() => {
            connection.as_mut().graceful_shutdown();
            connection.as_mut().await
        }
    };
}

async fn read(request: hyper::Request<Incoming>) -> Result<Request, u16> {
    let (parts, body) = request.into_parts();
    let body = Limited::new(body, BODY_LIMIT)
        .collect()
        .await
        .map_err(|_| 413_u16)?
        .to_bytes();
    Ok(Request {
        method: parts.method,
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().map(web::parse_form).unwrap_or_default(),
        headers: parts.headers,
        body,
    })
}

/// A reply with a body of that media type.
pub fn reply(status: u16, media_type: &'static str, body: impl Into<Bytes>) -> Reply {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}

/// JSON.
pub fn json_reply(status: u16, body: &Value) -> Reply {
    reply(status, "application/json; charset=utf-8", body.to_string())
}

/// Plain text.
pub fn text_reply(status: u16, body: impl Into<Bytes>) -> Reply {
    reply(status, "text/plain", body)
}

/// What ASP.NET's health endpoint says: 200 `Healthy` or 503 `Unhealthy`.
pub fn health_reply(healthy: bool) -> Reply {
    if healthy {
        text_reply(200, "Healthy")
    } else {
        text_reply(503, "Unhealthy")
    }
}

/// Takes the path base off a path as ASP.NET does: where it is there it goes, where it is not the path stands as it came.
/// Returns the base that was there, and the rest, which begins with a slash.
pub fn split_base<'a>(path: &'a str, base: &str) -> (&'a str, &'a str) {
    let base = base.trim_matches('/');
    let split = (!base.is_empty())
        .then(|| path.split_at_checked(base.len() + 1))
        .flatten()
        .filter(|(head, tail)| {
            head.trim_start_matches('/').eq_ignore_ascii_case(base)
                && (tail.is_empty() || tail.starts_with('/'))
        });
    match split {
        Some((head, "")) => (head, "/"),
        Some((head, tail)) => (head, tail),
        None => ("", path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_to_listen_on_is_read() {
        let read = |urls| address(urls).map(|address| address.to_string());
        for (urls, expected) in [
            ("http://127.0.0.1:80", "127.0.0.1:80"),
            ("http://localhost:8080/;http://[::]:81", "127.0.0.1:8080"),
            ("http://[::1]:81", "[::1]:81"),
            ("http://+:80", "[::]:80"),
            ("http://0.0.0.0", "0.0.0.0:80"),
        ] {
            assert_eq!(read(urls).as_deref(), Some(expected), "{urls}");
        }
        assert_eq!(read("https://127.0.0.1:80"), None);
        assert_eq!(read("http://127.0.0.1:x"), None);
    }

    #[test]
    fn a_path_base_is_taken_off_where_it_is() {
        assert_eq!(split_base("/api/health", "api"), ("/api", "/health"));
        assert_eq!(split_base("/API/", "/api/"), ("/API", "/"));
        assert_eq!(split_base("/api", "api"), ("/api", "/"));
        assert_eq!(split_base("/apis/health", "api"), ("", "/apis/health"));
        assert_eq!(split_base("/health", "api"), ("", "/health"));
        assert_eq!(split_base("/health", ""), ("", "/health"));
        assert_eq!(
            split_base("/edfi/v7/data", "edfi/v7"),
            ("/edfi/v7", "/data")
        );
    }
}
