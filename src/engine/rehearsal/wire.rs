//! An engine's side of the wire: HTTP over a unix socket, or whatever brings connections. What it
//! says is up to an [`Answer`].

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream, Stream, StreamExt};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper::upgrade::Upgraded;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// One request, as it came over the wire.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Method.
    pub method: Method,
    /// The API version in the path, as in 1.41.
    pub version: Option<String>,
    /// The path behind the version.
    pub path: String,
    /// The questions behind the path.
    pub query: BTreeMap<String, String>,
    /// Headers, by lower-case name.
    pub headers: BTreeMap<String, String>,
    /// Body.
    pub body: Bytes,
}

/// Decides what the engine says.
pub trait Answer: Send + Sync + 'static {
    /// The answer to one request.
    fn answer<'a>(&'a self, asked: &'a Asked) -> BoxFuture<'a, Said>;
}

/// A body that comes as things happen; an error breaks the connection.
pub type Body = BoxStream<'static, io::Result<Bytes>>;
/// Both directions of a connection that is no longer HTTP.
pub type Talk = Box<dyn FnOnce(TokioIo<Upgraded>) -> BoxFuture<'static, ()> + Send>;

/// What the engine says.
pub enum Said {
    /// All of it at once, or in pieces known beforehand.
    Reply(Reply),
    /// As things happen.
    Stream(Body),
    /// It keeps the connection and talks on it.
    Talk(Talk),
}

impl std::fmt::Debug for Said {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Reply(reply) => reply.fmt(f),
            Self::Stream(_) => f.write_str("Stream"),
            Self::Talk(_) => f.write_str("Talk"),
        }
    }
}

impl From<Reply> for Said {
    fn from(reply: Reply) -> Self {
        Self::Reply(reply)
    }
}

const JSON: &str = "application/json";

/// An answer that is known when it is given.
#[derive(Debug, Clone)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Body.
    pub body: Vec<Piece>,
    /// What the body is, for the header `Content-Type`.
    pub kind: &'static str,
}

/// A part of a reply's body.
#[derive(Debug, Clone)]
pub enum Piece {
    /// Words.
    Bytes(Bytes),
    /// The engine takes its time.
    Pause(Duration),
    /// The engine says nothing more and keeps the connection.
    Silence,
    /// The connection breaks in the middle of the body.
    Cut,
}

impl Reply {
    /// A JSON value.
    pub fn json(status: u16, body: &Value) -> Self {
        Self::text(status, &body.to_string())
    }

    /// The engine's form of an error.
    pub fn error(status: u16, message: &str) -> Self {
        Self::json(status, &json!({ "message": message }))
    }

    /// Plain text.
    pub fn text(status: u16, body: &str) -> Self {
        Self {
            status,
            body: vec![Piece::Bytes(Bytes::from(body.to_owned()))],
            kind: JSON,
        }
    }

    /// Bytes that are no text.
    pub fn binary(status: u16, bytes: impl Into<Bytes>) -> Self {
        Self {
            status,
            body: vec![Piece::Bytes(bytes.into())],
            kind: "application/x-tar",
        }
    }

    /// A page for a browser.
    pub fn page(status: u16, html: &str) -> Self {
        Self {
            kind: "text/html; charset=utf-8",
            ..Self::text(status, html)
        }
    }

    /// A status and nothing more.
    pub fn empty(status: u16) -> Self {
        Self {
            status,
            body: Vec::new(),
            kind: JSON,
        }
    }

    /// A stream of JSON lines.
    pub fn lines(lines: &[Value]) -> Self {
        Self {
            status: 200,
            body: lines.iter().map(Piece::line).collect(),
            kind: JSON,
        }
    }

    /// Adds to the body.
    #[must_use]
    pub fn then(mut self, piece: Piece) -> Self {
        self.body.push(piece);
        self
    }

    /// Puts a pause in front of every part of the body, so that the parts travel alone.
    #[must_use]
    pub fn slowly(mut self) -> Self {
        let pause = Piece::Pause(Duration::from_millis(2));
        self.body = self
            .body
            .into_iter()
            .flat_map(|piece| [pause.clone(), piece])
            .collect();
        self
    }

    fn stream(self) -> Body {
        stream::iter(self.body)
            .filter_map(|piece| async {
                match piece {
                    Piece::Bytes(bytes) => Some(Ok(bytes)),
                    Piece::Pause(pause) => {
                        tokio::time::sleep(pause).await;
                        None
                    }
                    Piece::Silence => std::future::pending().await,
                    Piece::Cut => Some(cut().await),
                }
            })
            .boxed()
    }
}

/// The end of a connection in the middle of a body. What was said before still goes out.
pub(super) async fn cut() -> io::Result<Bytes> {
    tokio::task::yield_now().await;
    Err(io::ErrorKind::ConnectionReset.into())
}

impl Piece {
    /// A JSON value on a line.
    pub fn line(line: &Value) -> Self {
        Self::Bytes(Bytes::from(format!("{line}\n")))
    }
}

/// Answers everything that comes over these connections until `end`, which breaks all of them.
pub async fn serve<A: Answer, W>(
    mut connections: impl Stream<Item = W> + Unpin,
    answers: Arc<A>,
    end: CancellationToken,
) where
    W: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    while let Some(Some(wire)) = end.run_until_cancelled(connections.next()).await {
        tokio::spawn(converse(wire, Arc::clone(&answers), end.clone()));
    }
}

async fn converse<A: Answer, W>(wire: W, answers: Arc<A>, end: CancellationToken)
where
    W: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let within = end.clone();
    let service = service_fn(move |request| {
        let (answers, end) = (Arc::clone(&answers), within.clone());
        let response: BoxFuture<'static, Result<_, Infallible>> =
            Box::pin(async move { Ok(respond(&*answers, request, end).await) });
        response
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(wire), service)
        .with_upgrades();
    // Who breaks a connection knows it; there is nobody here to tell.
    tokio::select! {
        () = end.cancelled_owned() => {}
        _ = connection => {}
    }
}

/// A socket's connections.
pub fn connections(listener: UnixListener) -> BoxStream<'static, UnixStream> {
    stream::unfold(listener, |listener| async {
        let wire = listener.accept().await.ok()?.0;
        Some((wire, listener))
    })
    .boxed()
}

type Framed = StreamBody<BoxStream<'static, io::Result<Frame<Bytes>>>>;

async fn respond<A: Answer>(
    answers: &A,
    mut request: Request<Incoming>,
    end: CancellationToken,
) -> Response<Framed> {
    let upgrade = hyper::upgrade::on(&mut request);
    let asked = understand(request).await;
    let (status, kind, body) = match answers.answer(&asked).await {
        Said::Reply(reply) => (reply.status, reply.kind, reply.stream()),
        Said::Stream(body) => (200, JSON, body),
        Said::Talk(talk) => {
            tokio::spawn(async move {
                if let Ok(wire) = upgrade.await {
                    tokio::select! {
                        () = end.cancelled_owned() => {}
                        () = talk(TokioIo::new(wire)) => {}
                    }
                }
            });
            (101, JSON, stream::empty().boxed())
        }
    };
    let mut response = Response::new(StreamBody::new(
        body.map(|bytes| bytes.map(Frame::data)).boxed(),
    ));
    *response.status_mut() =
        hyper::StatusCode::from_u16(status).unwrap_or(hyper::StatusCode::INTERNAL_SERVER_ERROR);
    let header = |text| hyper::header::HeaderValue::from_static(text);
    let headers = response.headers_mut();
    if status == 101 {
        headers.insert(hyper::header::CONNECTION, header("Upgrade"));
        headers.insert(hyper::header::UPGRADE, header("tcp"));
    }
    headers.insert(hyper::header::CONTENT_TYPE, header(kind));
    response
}

async fn understand(request: Request<Incoming>) -> Asked {
    let (head, body) = request.into_parts();
    let (version, path) = split_version(head.uri.path());
    let query = head.uri.query().unwrap_or_default();
    Asked {
        method: head.method,
        version,
        path,
        query: query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| (name.to_owned(), unescape(value)))
            .collect(),
        headers: head
            .headers
            .iter()
            .map(|(name, value)| {
                let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
                (name.to_string(), value)
            })
            .collect(),
        body: body
            .collect()
            .await
            .map(http_body_util::Collected::to_bytes)
            .unwrap_or_default(),
    }
}

fn split_version(path: &str) -> (Option<String>, String) {
    match path
        .strip_prefix("/v")
        .and_then(|path| path.split_once('/'))
    {
        Some((version, rest)) if version.starts_with(|c: char| c.is_ascii_digit()) => {
            (Some(version.to_owned()), format!("/{rest}"))
        }
        _ => (None, path.to_owned()),
    }
}

/// A part of an address, its escapes resolved.
pub fn unescape(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [rest.next().unwrap_or(b'0'), rest.next().unwrap_or(b'0')];
                let digits = String::from_utf8_lossy(&digits).into_owned();
                u8::from_str_radix(&digits, 16).unwrap_or(b'?')
            }
            byte => byte,
        });
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A socket in a folder of its own that can go away and come back, as an engine's does when it is
/// restarted.
#[derive(Debug)]
pub(super) struct Socket {
    path: PathBuf,
    present: Arc<watch::Sender<bool>>,
    server: JoinHandle<()>,
    _folder: tempfile::TempDir,
}

impl Socket {
    /// Listens.
    pub fn open<A: Answer>(answers: Arc<A>, present: Arc<watch::Sender<bool>>) -> io::Result<Self> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("engine.sock");
        let listener = UnixListener::bind(&path)?;
        let server = tokio::spawn(keep(path.clone(), listener, answers, present.subscribe()));
        Ok(Self {
            path,
            present,
            server,
            _folder: folder,
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Waits until the engine is there.
    pub async fn is_back(&self) {
        // The sender is ours, so this cannot end without an answer.
        let _ = self.present.subscribe().wait_for(|present| *present).await;
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn keep<A: Answer>(
    path: PathBuf,
    mut listener: UnixListener,
    answers: Arc<A>,
    mut present: watch::Receiver<bool>,
) {
    loop {
        // Ends every connection when the engine goes, and when this task is dropped.
        let end = CancellationToken::new();
        let guard = end.clone().drop_guard();
        tokio::select! {
            () = serve(connections(listener), Arc::clone(&answers), end) => return,
            gone = present.wait_for(|present| !*present) => if gone.is_err() { return },
        }
        drop(guard);
        if present.wait_for(|present| *present).await.is_err() {
            return;
        }
        let _ = std::fs::remove_file(&path);
        let Ok(again) = UnixListener::bind(&path) else {
            return;
        };
        listener = again;
    }
}
