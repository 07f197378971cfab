//! An answer of the engine that goes on: lines of JSON, cut anywhere.

use bytes::BytesMut;
use futures_util::stream::{BoxStream, StreamExt};
use http_body_util::{BodyDataStream, BodyExt};
use hyper::Method;
use hyper::body::Incoming;

use super::faults::Attempt;
use super::transport::Transport;
use super::{EngineError, Result};

/// No line of ours is anywhere near this long; an engine that sends more without a line end is broken.
const LINE_LIMIT: usize = 1 << 20;

/// The lines of an answer. The request goes out when the stream is first polled; an error, also
/// that the engine ended it, is the last item.
pub(super) fn stream(
    transport: Transport,
    path: String,
    attempt: Attempt<'static>,
) -> BoxStream<'static, Result<BytesMut>> {
    let feed = Feed::Closed { transport, path };
    futures_util::stream::unfold((feed, attempt), |(feed, attempt)| async move {
        let (line, feed) = feed.next(&attempt).await?;
        Some((line, (feed, attempt)))
    })
    .boxed()
}

/// Where the stream is.
enum Feed {
    Closed { transport: Transport, path: String },
    Open(Box<Lines>),
    Ended,
}

struct Lines {
    transport: Transport,
    body: BodyDataStream<Incoming>,
    buffer: BytesMut,
}

impl Feed {
    async fn next(self, attempt: &Attempt<'_>) -> Option<(Result<BytesMut>, Self)> {
        let mut lines = match self {
            Self::Ended => return None,
            Self::Open(lines) => lines,
            Self::Closed { transport, path } => {
                match transport.open(Method::GET, &path, None).await {
                    Ok(body) => Box::new(Lines {
                        transport,
                        body: body.into_data_stream(),
                        buffer: BytesMut::new(),
                    }),
                    Err(error) => {
                        let error = attempt.failed(&transport.address, error);
                        return Some((Err(error), Self::Ended));
                    }
                }
            }
        };
        match lines.next(attempt).await {
            Ok(line) => Some((Ok(line), Self::Open(lines))),
            Err(error) => Some((Err(error), Self::Ended)),
        }
    }
}

impl Lines {
    async fn next(&mut self, attempt: &Attempt<'_>) -> Result<BytesMut> {
        loop {
            if let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') {
                return Ok(self.buffer.split_to(end + 1));
            }
            if self.buffer.len() > LINE_LIMIT {
                return Err(EngineError::NotUnderstood {
                    operation: attempt.operation.clone(),
                    reason: "a line of its answer has no end".to_owned(),
                });
            }
            match self.body.next().await {
                Some(Ok(bytes)) => self.buffer.extend_from_slice(&bytes),
                Some(Err(error)) => {
                    return Err(attempt.failed(&self.transport.address, error.into()));
                }
                None => {
                    return Err(EngineError::Broken {
                        operation: attempt.operation.clone(),
                        reason: "the engine ended the stream".to_owned(),
                    });
                }
            }
        }
    }
}
