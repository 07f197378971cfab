//! Something between a test and its server: it slows down, cuts off, or only passes on.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixListener};
use tokio::task::JoinHandle;

/// Ends with the test.
#[derive(Debug)]
pub struct Proxy {
    pub address: Option<SocketAddr>,
    /// Connections so far.
    pub count: Arc<AtomicU32>,
    task: JoinHandle<()>,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Passes on from this address to the port, each way only after a while.
pub async fn listen(address: &str, port: u16, delay: Duration) -> Proxy {
    let listener = TcpListener::bind(address)
        .await
        .unwrap_or_else(|error| panic!("{address}: {error}"));
    let address = listener.local_addr().ok();
    let count = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&count);
    let task = tokio::spawn(async move {
        while let Ok((from, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::Relaxed);
            let _ = from.set_nodelay(true);
            tokio::spawn(join(from, port, delay));
        }
    });
    Proxy {
        address,
        count,
        task,
    }
}

/// Passes on from a socket.
pub fn listen_on_socket(path: &Path, port: u16) -> Proxy {
    let listener = UnixListener::bind(path).unwrap();
    let count = Arc::new(AtomicU32::new(0));
    let task = tokio::spawn(async move {
        while let Ok((from, _)) = listener.accept().await {
            tokio::spawn(join(from, port, Duration::ZERO));
        }
    });
    Proxy {
        address: None,
        count,
        task,
    }
}

async fn join(from: impl AsyncRead + AsyncWrite, port: u16, delay: Duration) {
    let Ok(to) = TcpStream::connect(("127.0.0.1", port)).await else {
        return;
    };
    let _ = to.set_nodelay(true);
    let (from_read, from_write) = tokio::io::split(from);
    let (to_read, to_write) = to.into_split();
    // Half the time each way makes a round trip of the whole.
    tokio::join!(
        pass(from_read, to_write, delay / 2),
        pass(to_read, from_write, delay / 2)
    );
}

async fn pass(from: impl AsyncRead, to: impl AsyncWrite, delay: Duration) {
    tokio::pin!(from, to);
    let mut buffer = vec![0; 16 << 10];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        tokio::time::sleep(delay).await;
        if to.write_all(&buffer[..count]).await.is_err() {
            break;
        }
    }
    let _ = to.shutdown().await;
}

/// Takes connections and says these words, or nothing, until the test ends.
pub async fn say(words: &'static [u8], hang_up: bool) -> Proxy {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().ok();
    let task = tokio::spawn(async move {
        let mut kept = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 8];
            // The first connection only looks whether anybody is there.
            let _ = stream.read_exact(&mut request).await;
            let _ = stream.write_all(words).await;
            if !hang_up {
                kept.push(stream);
            }
        }
    });
    Proxy {
        address,
        count: Arc::default(),
        task,
    }
}
