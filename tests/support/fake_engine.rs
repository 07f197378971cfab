//! An engine that runs nothing: it listens on a socket and says what a test wants it to say.
//!
//! The wire is the rehearsal's own; every request is kept for later questions. What it answers is a
//! [`Script`] of fixed replies.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use edfi_setup::engine::docker::Environment;
use edfi_setup::engine::rehearsal::wire::{self, Answer, Said};
pub use edfi_setup::engine::rehearsal::wire::{Asked, Piece, Reply};
use futures_util::future::BoxFuture;
use futures_util::{Stream, StreamExt, stream};
use hyper::Method;
use serde_json::json;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::{CancellationToken, DropGuard};

/// Fixed replies by method and path. A path that ends with `*` stands for all that begin so. The
/// last reply added for a request wins.
#[derive(Debug, Default)]
pub struct Script(Mutex<Vec<(Method, String, Reply)>>);

impl Script {
    /// An engine that speaks the API versions from `oldest` to `newest`.
    pub fn speaking(oldest: &str, newest: &str) -> Self {
        let script = Self::default();
        let version = json!({
            "Version": "99.0.1", "ApiVersion": newest, "MinAPIVersion": oldest,
            "Components": [{ "Name": "Engine", "Version": "99.0.1" }],
        });
        script.on(Method::GET, "/version", Reply::json(200, &version));
        script
    }

    pub fn on(&self, method: Method, path: &str, reply: Reply) {
        let mut replies = self.0.lock().expect("no test panics in here");
        replies.push((method, path.to_owned(), reply));
    }

    fn reply(&self, asked: &Asked) -> Reply {
        let replies = self.0.lock().expect("no test panics in here");
        let matching = |path: &str| match path.strip_suffix('*') {
            Some(prefix) => asked.path.starts_with(prefix),
            None => asked.path == path,
        };
        replies
            .iter()
            .rev()
            .find(|(method, path, _)| *method == asked.method && matching(path))
            .map_or_else(
                || Reply::error(404, "page not found"),
                |(_, _, reply)| reply.clone(),
            )
    }
}

/// Answers from the script, and remembers what was asked.
#[derive(Debug)]
struct Remembering {
    script: Arc<Script>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Answer for Remembering {
    fn answer<'a>(&'a self, asked: &'a Asked) -> BoxFuture<'a, Said> {
        let reply = self.script.reply(asked);
        let mut all = self.asked.lock().expect("no test panics in here");
        all.push(asked.clone());
        Box::pin(std::future::ready(reply.into()))
    }
}

/// The engine on its socket.
#[derive(Debug)]
pub struct FakeEngine {
    pub answers: Arc<Script>,
    pub socket: PathBuf,
    asked: Arc<Mutex<Vec<Asked>>>,
    _end: DropGuard,
    _folder: tempfile::TempDir,
}

impl FakeEngine {
    /// Listens on a socket of its own.
    pub fn start(script: Script) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let socket = folder.path().join("engine.sock");
        let listener = UnixListener::bind(&socket).expect("the socket is ours");
        Self::serve(script, folder, socket, wire::connections(listener))
    }

    /// Listens on a TCP port with TLS; gives the port too.
    pub async fn start_tls(script: Script, acceptor: TlsAcceptor) -> (Self, u16) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("bound").port();
        let connections = stream::unfold((listener, acceptor), |(listener, acceptor)| async {
            loop {
                let wire = listener.accept().await.ok()?.0;
                // A client that we refuse is the test's business, not ours.
                if let Ok(wire) = acceptor.accept(wire).await {
                    return Some((wire, (listener, acceptor)));
                }
            }
        });
        let engine = Self::serve(script, folder, PathBuf::new(), connections.boxed());
        (engine, port)
    }

    fn serve<W>(
        script: Script,
        folder: tempfile::TempDir,
        socket: PathBuf,
        connections: impl Stream<Item = W> + Send + Unpin + 'static,
    ) -> Self
    where
        W: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let answers = Arc::new(script);
        let asked = Arc::new(Mutex::new(Vec::new()));
        let remembering = Arc::new(Remembering {
            script: Arc::clone(&answers),
            asked: Arc::clone(&asked),
        });
        let end = CancellationToken::new();
        tokio::spawn(wire::serve(connections, remembering, end.clone()));
        Self {
            answers,
            socket,
            asked,
            _end: end.drop_guard(),
            _folder: folder,
        }
    }

    /// Settings under which this engine is the one that is found.
    pub fn environment(&self) -> Environment {
        Environment::default().with("DOCKER_HOST", format!("unix://{}", self.socket.display()))
    }

    /// Everything that was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("no test panics in here").clone()
    }
}
