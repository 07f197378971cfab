//! Ways to a server: from this computer, or from inside a container network.

use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream, lookup_host};
use tokio::time::timeout;

/// Time for a name to be found.
const NAME_LIMIT: Duration = Duration::from_secs(8);

/// Time for a port to answer. A packet that was lost is sent again after one and after three seconds.
pub(super) const DIAL_LIMIT: Duration = Duration::from_secs(5);

/// Bytes both ways, wherever they come from.
pub trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// An open way to a server, before anything was said.
pub type Link = Box<dyn Duplex>;

/// One place to dial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Spot {
    /// An address and a port.
    Address(SocketAddr),
    /// A socket's file on this computer.
    Socket(PathBuf),
}

impl std::fmt::Display for Spot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Address(address) => write!(f, "{address}"),
            Self::Socket(path) => write!(f, "{}", path.display()),
        }
    }
}

/// Why a name led nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NameFault {
    /// Whoever knows names says that there is none such.
    Unknown,
    /// Whoever knows names does not answer.
    NoAnswer,
    /// Something else, in the system's words.
    Other(String),
}

/// Why nobody could be dialled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DialFault {
    /// The computer is there, and says that nobody listens on the port.
    Refused,
    /// No answer at all.
    Silent,
    /// There is no way to the network of that address.
    NoRoute,
    /// The socket's file is not there.
    NoSocket,
    /// This user may not use the socket.
    NoRights,
    /// Something else, in the system's words.
    Other(String),
}

/// A way to a server. Dropping what it gives ends what it began.
pub trait Way: Send + Sync {
    /// All addresses of a name, in the order in which programs there would try them.
    fn resolve(&self, host: &str) -> impl Future<Output = Result<Vec<IpAddr>, NameFault>> + Send;

    /// Opens a connection.
    fn dial(&self, spot: &Spot) -> impl Future<Output = Result<Link, DialFault>> + Send;

    /// Whether it begins inside a container.
    fn is_inside(&self) -> bool;
}

/// From this computer.
#[derive(Debug, Clone, Copy, Default)]
pub struct FromHere;

impl Way for FromHere {
    async fn resolve(&self, host: &str) -> Result<Vec<IpAddr>, NameFault> {
        let found = timeout(NAME_LIMIT, lookup_host((host, 0)))
            .await
            .map_err(|_| NameFault::NoAnswer)?
            .map_err(|error| name_fault(&error))?;
        let mut addresses = Vec::new();
        for address in found {
            if !addresses.contains(&address.ip()) {
                addresses.push(address.ip());
            }
        }
        if addresses.is_empty() {
            return Err(NameFault::Unknown);
        }
        Ok(addresses)
    }

    async fn dial(&self, spot: &Spot) -> Result<Link, DialFault> {
        match spot {
            Spot::Address(address) => {
                let stream = timeout(DIAL_LIMIT, TcpStream::connect(address))
                    .await
                    .map_err(|_| DialFault::Silent)?
                    .map_err(|error| dial_fault(&error))?;
                // Small questions and small answers: waiting to fill packets would only cost time.
                let _ = stream.set_nodelay(true);
                Ok(Box::new(stream))
            }
            Spot::Socket(path) => dial_socket(path).await,
        }
    }

    fn is_inside(&self) -> bool {
        false
    }
}

async fn dial_socket(path: &Path) -> Result<Link, DialFault> {
    let stream = timeout(DIAL_LIMIT, UnixStream::connect(path))
        .await
        .map_err(|_| DialFault::Silent)?
        .map_err(|error| dial_fault(&error))?;
    Ok(Box::new(stream))
}

/// The resolver's error numbers do not reach us, only its words: "Temporary failure" is what the C
/// library says when no name server answers.
fn name_fault(error: &io::Error) -> NameFault {
    let words = error.to_string();
    let says = |part: &str| words.contains(part);
    if says("Temporary failure") || says("Try again") {
        NameFault::NoAnswer
    } else if says("not known")
        || says("No address")
        || says("no record")
        || says("does not resolve")
    {
        NameFault::Unknown
    } else {
        NameFault::Other(words)
    }
}

fn dial_fault(error: &io::Error) -> DialFault {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => DialFault::Refused,
        io::ErrorKind::TimedOut => DialFault::Silent,
        io::ErrorKind::HostUnreachable
        | io::ErrorKind::NetworkUnreachable
        | io::ErrorKind::AddrNotAvailable => DialFault::NoRoute,
        io::ErrorKind::NotFound => DialFault::NoSocket,
        io::ErrorKind::PermissionDenied => DialFault::NoRights,
        _ => DialFault::Other(error.to_string()),
    }
}
