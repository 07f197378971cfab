//! TLS to a PostgreSQL server: what it offers, what it shows of itself, and whether that can be believed.
//!
//! Every handshake goes to its end, so that the certificate can be told about even when it is not
//! believed. Whether it is good enough is judged afterwards, and before anything was said to the server.

mod accept;
mod certificate;
mod files;

use std::io;
use std::time::Duration;

use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::way::Link;

pub use certificate::{Distrust, Shown};
pub use files::Credentials;

/// Time for the server to say whether it speaks TLS, and for the handshake.
const LIMIT: Duration = Duration::from_secs(10);

/// The request for TLS, PostgreSQL's documentation, "Message Formats", `SSLRequest`.
const REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

/// What a server answers to the request for TLS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Offer {
    /// It speaks TLS.
    Yes,
    /// It speaks PostgreSQL, without TLS.
    No,
    /// It closed the connection.
    Closed,
    /// It said nothing in time.
    Silent,
    /// It said something that no PostgreSQL server says.
    Stranger,
}

/// Asks whether the server speaks TLS. After `Yes` the handshake begins on the same link.
pub async fn offer(link: &mut Link) -> Offer {
    let asked = async {
        link.write_all(&REQUEST).await?;
        link.flush().await?;
        let mut answer = [0_u8; 1];
        link.read_exact(&mut answer).await?;
        io::Result::Ok(answer)
    };
    match timeout(LIMIT, asked).await {
        Err(_) => Offer::Silent,
        Ok(Ok([b'S'])) => Offer::Yes,
        Ok(Ok([b'N'])) => Offer::No,
        // Something older than PostgreSQL 7, or a server that cannot make a process for us.
        Ok(Ok(_)) => Offer::Stranger,
        Ok(Err(_)) => Offer::Closed,
    }
}

/// A protected connection and what the server showed.
pub struct Protected {
    /// The connection.
    pub stream: TlsStream<Link>,
    /// What was shown, and whether it is believed.
    pub shown: Shown,
}

impl std::fmt::Debug for Protected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Protected({:?})", self.shown)
    }
}

/// Why there is no protected connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HandshakeFault {
    /// The server speaks only versions of TLS that are broken (before 1.2), or only broken ciphers.
    TooOld,
    /// The server refused our client certificate, or wants one.
    ClientCertificate,
    /// The connection ended in the middle.
    Closed,
    /// No answer in time.
    Silent,
    /// Something else.
    Other(String),
}

/// Begins TLS on a link. `host` is the name that was asked for.
pub async fn handshake(
    link: Link,
    host: &str,
    credentials: &Credentials,
    now: jiff::Timestamp,
) -> Result<Protected, HandshakeFault> {
    let name = ServerName::try_from(host.to_owned())
        .map_err(|_| HandshakeFault::Other(format!("{host} cannot be named in TLS")))?;
    let config = credentials
        .config()
        .map_err(|error| HandshakeFault::Other(error.to_string()))?;
    let connector = TlsConnector::from(config);
    let stream = timeout(LIMIT, connector.connect(name, link))
        .await
        .map_err(|_| HandshakeFault::Silent)?
        .map_err(|error| handshake_fault(&error))?;
    let (_, session) = stream.get_ref();
    let chain = session.peer_certificates().unwrap_or_default();
    let version = match session.protocol_version() {
        Some(rustls::ProtocolVersion::TLSv1_3) => "TLS 1.3",
        Some(rustls::ProtocolVersion::TLSv1_2) => "TLS 1.2",
        _ => "TLS",
    };
    let shown = Shown::judge(chain, version, host, credentials, now).ok_or_else(|| {
        HandshakeFault::Other("the server's certificate cannot be read".to_owned())
    })?;
    Ok(Protected { stream, shown })
}

/// What a failed read or write on a TLS connection means.
pub fn handshake_fault(error: &io::Error) -> HandshakeFault {
    use rustls::{AlertDescription as Alert, Error};
    let cause = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<Error>());
    match cause {
        Some(Error::AlertReceived(alert)) => match alert {
            Alert::ProtocolVersion | Alert::InsufficientSecurity | Alert::HandshakeFailure => {
                HandshakeFault::TooOld
            }
            Alert::CertificateRequired
            | Alert::NoCertificate
            | Alert::BadCertificate
            | Alert::UnsupportedCertificate
            | Alert::CertificateRevoked
            | Alert::CertificateExpired
            | Alert::CertificateUnknown
            | Alert::UnknownCA
            | Alert::AccessDenied
            | Alert::DecryptError => HandshakeFault::ClientCertificate,
            other => HandshakeFault::Other(format!("the server ended it: {other:?}")),
        },
        Some(Error::PeerIncompatible(_)) => HandshakeFault::TooOld,
        Some(other) => HandshakeFault::Other(other.to_string()),
        None if matches!(
            error.kind(),
            io::ErrorKind::UnexpectedEof
                | io::ErrorKind::ConnectionReset
                | io::ErrorKind::BrokenPipe
        ) =>
        {
            HandshakeFault::Closed
        }
        None => HandshakeFault::Other(error.to_string()),
    }
}
