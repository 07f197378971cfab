//! Logging in, and asking.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::future::{Ready, ready};
use serde::de::DeserializeOwned;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::timeout;
use tokio_postgres::config::{SslMode, SslNegotiation};
use tokio_postgres::error::DbError;
use tokio_postgres::tls::{ChannelBinding, TlsConnect, TlsStream as PostgresTls};
use tokio_postgres::{Client, Config, SimpleQueryMessage};
use tokio_util::task::AbortOnDropHandle;

use super::target::{Place, Target, TlsMode};
use super::tls::{self, Credentials, HandshakeFault, Offer, Protected, Shown};
use super::way::{DialFault, Link, Spot, Way};

/// Time for the server to let us in, once it is reached.
const LOGIN_LIMIT: Duration = Duration::from_secs(20);

/// Time for one answer.
const ANSWER_LIMIT: Duration = Duration::from_secs(20);

/// What the server's administrator sees as the program's name.
const APPLICATION: &str = "edfi-setup";

/// Everything that is needed to come in again, once it is known where the server is.
#[derive(Debug)]
pub struct Door<'w, W> {
    /// How packets get there.
    pub way: &'w W,
    /// Where it is.
    pub spot: Spot,
    /// As whom, and how protected.
    pub target: &'w Target,
    /// What was read from the files of TLS.
    pub credentials: &'w Credentials,
}

/// A server that was reached, before anybody logged in.
pub struct Reached {
    stream: Stream,
    /// What the server showed; `None` on a connection without TLS.
    pub shown: Option<Shown>,
}

impl std::fmt::Debug for Reached {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Reached({:?})", self.shown)
    }
}

/// Why a server could not be reached well enough to log in.
#[derive(Debug, Clone, PartialEq)]
pub enum ReachFault {
    /// Nobody could be dialled.
    Dial(DialFault),
    /// The answer to the request for TLS was none, or not PostgreSQL's.
    Offer(Offer),
    /// TLS is wanted, and the server has none.
    NoTls,
    /// TLS did not come about.
    Handshake(HandshakeFault),
    /// The server showed something that does not suffice for the mode.
    NotBelieved(Box<Shown>),
}

/// Why nobody was let in.
#[derive(Debug)]
pub enum LoginFault {
    /// The server could not be reached any more.
    Reach(ReachFault),
    /// The server said no, with a reason.
    Said(Box<DbError>),
    /// The server asks for a password, and there is none.
    NoPassword,
    /// The server asks for a way to log in that Ed-Fi's programs do not know, or ours does not.
    UnknownWay(String),
    /// TLS ended during the login: with TLS 1.3 a refused client certificate shows only then.
    Tls(HandshakeFault),
    /// No answer in time.
    Silent,
    /// The connection ended, or made no sense.
    Lost(String),
}

/// Why a question got no answer.
#[derive(Debug)]
pub enum AskFault {
    /// The server would not do it.
    Said(Box<DbError>),
    /// No answer in time.
    Silent,
    /// The connection is gone.
    Lost(String),
    /// The answer is not what was asked for.
    Odd(String),
}

impl AskFault {
    /// Whether asking anything else makes sense.
    pub fn is_lost(&self) -> bool {
        match self {
            Self::Silent | Self::Lost(_) => true,
            // Class 57P: somebody ends our connection, or the whole server.
            Self::Said(error) => error.code().code().starts_with("57P"),
            Self::Odd(_) => false,
        }
    }
}

impl std::fmt::Display for AskFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Said(error) => write!(f, "{}", error.message()),
            Self::Silent => write!(f, "no answer within {} s", ANSWER_LIMIT.as_secs()),
            Self::Lost(words) | Self::Odd(words) => f.write_str(words),
        }
    }
}

impl<W: Way> Door<'_, W> {
    /// Dials, and protects the connection as the target asks.
    pub async fn reach(&self, now: jiff::Timestamp) -> Result<Reached, ReachFault> {
        let mut link = self.way.dial(&self.spot).await.map_err(ReachFault::Dial)?;
        let mode = self.target.tls.mode;
        let Place::Tcp { host, .. } = &self.target.place else {
            return Ok(Reached::plain(link));
        };
        if mode == TlsMode::Disable {
            return Ok(Reached::plain(link));
        }
        match tls::offer(&mut link).await {
            Offer::Yes => {}
            Offer::No if mode == TlsMode::Prefer => return Ok(Reached::plain(link)),
            Offer::No => return Err(ReachFault::NoTls),
            other => return Err(ReachFault::Offer(other)),
        }
        let Protected { stream, shown } = tls::handshake(link, host, self.credentials, now)
            .await
            .map_err(ReachFault::Handshake)?;
        if !shown.suffices(mode) {
            return Err(ReachFault::NotBelieved(Box::new(shown)));
        }
        Ok(Reached {
            stream: Stream::Protected(Box::new(stream), shown.binding.clone()),
            shown: Some(shown),
        })
    }

    /// Logs in on a server that was reached.
    pub async fn enter(&self, reached: Reached, database: &str) -> Result<Session, LoginFault> {
        let mut config = Config::new();
        config
            .user(&self.target.user)
            .dbname(database)
            .application_name(APPLICATION);
        if let Some(password) = &self.target.password {
            config.password(password.expose());
        }
        if matches!(reached.stream, Stream::Protected(..)) {
            // The request for TLS and the handshake are behind us.
            config
                .ssl_mode(SslMode::Require)
                .ssl_negotiation(SslNegotiation::Direct);
        } else {
            config.ssl_mode(SslMode::Disable);
        }
        let (client, connection) = timeout(LOGIN_LIMIT, config.connect_raw(reached.stream, AsItIs))
            .await
            .map_err(|_| LoginFault::Silent)?
            .map_err(|error| login_fault(&error))?;
        let driver = AbortOnDropHandle::new(tokio::spawn(async move {
            // Whoever asks next learns that it ended, and why.
            let _ = connection.await;
        }));
        Ok(Session {
            client,
            _driver: driver,
        })
    }

    /// Both at once.
    pub async fn open(&self, database: &str, now: jiff::Timestamp) -> Result<Session, LoginFault> {
        let reached = self.reach(now).await.map_err(LoginFault::Reach)?;
        self.enter(reached, database).await
    }
}

impl Reached {
    fn plain(link: Link) -> Self {
        Self {
            stream: Stream::Plain(link),
            shown: None,
        }
    }
}

/// A login. Dropping it ends the connection.
pub struct Session {
    client: Client,
    _driver: AbortOnDropHandle<()>,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Session")
    }
}

impl Session {
    /// The first value of the first row; `None` where there is none. It has the simplest form of a
    /// question, which poolers of every kind pass on.
    ///
    /// Names mean PostgreSQL's own, whatever others put into their schemas. The setting ends with the
    /// question, so that a pooler's connection is left as it was.
    pub async fn value(&self, sql: &str) -> Result<Option<String>, AskFault> {
        let question = format!("SET LOCAL search_path = pg_catalog; {sql}");
        let answer = timeout(ANSWER_LIMIT, self.client.simple_query(&question))
            .await
            .map_err(|_| AskFault::Silent)?
            .map_err(|error| ask_fault(&error))?;
        Ok(answer.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        }))
    }

    /// An answer as JSON, which the server is asked to write.
    pub async fn json<T: DeserializeOwned>(&self, sql: &str) -> Result<T, AskFault> {
        let text = self
            .value(sql)
            .await?
            .ok_or_else(|| AskFault::Odd("the server's answer is empty".to_owned()))?;
        serde_json::from_str(&text).map_err(|error| {
            AskFault::Odd(format!("the server's answer is not understood: {error}"))
        })
    }
}

fn ask_fault(error: &tokio_postgres::Error) -> AskFault {
    match error.as_db_error() {
        Some(said) => AskFault::Said(Box::new(said.clone())),
        None => AskFault::Lost(words(error)),
    }
}

fn login_fault(error: &tokio_postgres::Error) -> LoginFault {
    if let Some(said) = error.as_db_error() {
        return LoginFault::Said(Box::new(said.clone()));
    }
    let words = words(error);
    // The crate has no other way to tell these than its words; both are pinned by tests.
    if words.contains("password missing") {
        return LoginFault::NoPassword;
    }
    if words.contains("unsupported") {
        return LoginFault::UnknownWay(words);
    }
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        if let Some(io) = inner.downcast_ref::<io::Error>()
            && io
                .get_ref()
                .is_some_and(<dyn std::error::Error + Send + Sync>::is::<rustls::Error>)
        {
            return LoginFault::Tls(tls::handshake_fault(io));
        }
        cause = inner.source();
    }
    LoginFault::Lost(words)
}

fn words(error: &tokio_postgres::Error) -> String {
    let cause =
        std::error::Error::source(error).map_or_else(String::new, |cause| format!(": {cause}"));
    format!("{error}{cause}")
}

/// What the login speaks through.
enum Stream {
    Plain(Link),
    Protected(Box<tokio_rustls::client::TlsStream<Link>>, Option<Vec<u8>>),
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(link) => Pin::new(link).poll_read(context, buffer),
            Self::Protected(stream, _) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(link) => Pin::new(link).poll_write(context, bytes),
            Self::Protected(stream, _) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(link) => Pin::new(link).poll_flush(context),
            Self::Protected(stream, _) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(link) => Pin::new(link).poll_shutdown(context),
            Self::Protected(stream, _) => Pin::new(stream).poll_shutdown(context),
        }
    }
}

impl PostgresTls for Stream {
    fn channel_binding(&self) -> ChannelBinding {
        match self {
            Self::Protected(_, Some(hash)) => ChannelBinding::tls_server_end_point(hash.clone()),
            _ => ChannelBinding::none(),
        }
    }
}

/// Hands over a connection on which everything was done already.
struct AsItIs;

impl TlsConnect<Stream> for AsItIs {
    type Stream = Stream;
    type Error = io::Error;
    type Future = Ready<Result<Stream, io::Error>>;

    fn connect(self, stream: Stream) -> Self::Future {
        ready(Ok(stream))
    }
}
