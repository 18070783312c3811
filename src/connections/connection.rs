//! One connection, on which the first byte of each request asks before it is written.
//!
//! What was asked and let through is *written*, and whatever happens then, the server may have it. What was
//! not is never written later, for the asking ends with the attempt: so *nothing was written* is known of each
//! request, and not concluded from an error.
//!
//! An order has a connection of its own, and says so (`Connection: close`).

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest, handshake};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::runtime::{self, Handle};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout, timeout_at};

use super::socket::Socket;
use super::{Lost, Outgoing, lock};
use crate::deadline::Deadline;

#[cfg(test)]
mod tests;

/// So long after the answer to its last request the server may end a connection before we do: each that is left open by
/// then has a file of its own.
const ENDS_WITHIN: Duration = Duration::from_millis(250);

pub(crate) struct Connection {
    sender: SendRequest<Full<Bytes>>,
    next: Arc<Next>,
    /// Whether anything stands behind its last answer.
    rest: JoinHandle<bool>,
    runtime: runtime::Id,
    requests: u32,
}

/// The attempt whose first byte is written next.
type Next = Mutex<Option<Arc<Attempt>>>;

impl Connection {
    pub(super) async fn over(
        stream: impl Read + Write + Socket + Send + Unpin + 'static,
    ) -> hyper::Result<Self> {
        let next = Arc::<Next>::default();
        let asking = Asking { stream, next: Arc::clone(&next), is_last: false };
        let (sender, connection) = handshake(asking).await?;
        let rest = tokio::spawn(run(connection));
        Ok(Self { sender, next, rest, runtime: Handle::current().id(), requests: 0 })
    }

    /// Whether another request went over it before the last one.
    fn is_reused(&self) -> bool {
        self.requests > 1
    }

    /// Whether nothing stands behind the answer that was read from it.
    pub(super) async fn has_said_all(self, until: Instant) -> bool {
        drop(self.sender);
        matches!(timeout_at(until, self.rest).await, Ok(Ok(false)))
    }

    /// Whether the runtime of the caller is the one that reads and writes here. Another's may stand still, or
    /// end, while the caller waits.
    pub(super) fn is_of_this_runtime(&self) -> bool {
        self.runtime == Handle::current().id()
    }

    /// Sends a request, and waits for the head of its answer.
    pub(super) async fn send(
        &mut self,
        outgoing: &Outgoing,
        until: Instant,
    ) -> Result<http::Response<Incoming>, Lost> {
        self.requests += 1;
        let attempt = Pending(Arc::new(Attempt {
            send_by: outgoing.send_by.clone(),
            is_reused: self.is_reused(),
            is_last: outgoing.alone,
            stage: Mutex::new(Stage::Waiting),
        }));
        *lock(&self.next) = Some(Arc::clone(&attempt.0));
        let answer = timeout_at(until, self.sender.send_request(outgoing.request())).await;
        match (attempt.0.end(), answer) {
            (Stage::Written, Ok(Ok(response))) => Ok(response),
            (Stage::Written, Ok(Err(error))) => Err(Lost::NoAnswer(Some(error.into()))),
            (Stage::Written, Err(_)) => Err(Lost::NoAnswer(None)),
            (Stage::TooLate, _) => Err(Lost::TooLate),
            (Stage::Waiting | Stage::Withdrawn, Err(_)) => Err(Lost::NoConnection(None)),
            // An answer to nothing is none.
            (Stage::Waiting | Stage::Withdrawn, Ok(_)) => Err(Lost::Closed),
        }
    }

    /// Whether the next request can be written at once.
    pub(super) fn is_ready(&self) -> bool {
        self.sender.is_ready()
    }

    pub(super) async fn becomes_ready(&mut self) -> bool {
        self.sender.ready().await.is_ok()
    }

    pub(super) fn has_ended(&self) -> bool {
        self.sender.is_closed()
    }
}

/// Reads and writes until the connection has served. Whether anything stands behind its last answer.
async fn run<S>(connection: http1::Connection<Asking<S>, Full<Bytes>>) -> bool
where
    S: Read + Write + Socket + Send + Unpin + 'static,
{
    let Ok(parts) = connection.without_shutdown().await else { return false };
    let mut stream = TokioIo::new(parts.io);
    let mut byte = [0];
    let mut more = ReadBuf::new(&mut byte);
    // What has not arrived by now is not waited for.
    let read = poll_fn(|it| Poll::Ready(Pin::new(&mut stream).poll_read(it, &mut more))).await;
    let stands_there = !parts.read_buf.is_empty() || !more.filled().is_empty();
    tokio::spawn(async move {
        // The server is let end it first: who does keeps its port for a while (RFC 9293, 3.3.2, TIME-WAIT), and ours
        // are few.
        if stream.inner().is_last && read.is_pending() {
            let _ = timeout(ENDS_WITHIN, stream.read(&mut [0])).await;
        }
        let _ = stream.shutdown().await;
    });
    stands_there
}

/// One attempt to send a request.
struct Attempt {
    send_by: Option<Deadline>,
    is_reused: bool,
    is_last: bool,
    stage: Mutex<Stage>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Waiting,
    Written,
    TooLate,
    /// Not to be written any more.
    Withdrawn,
}

impl Attempt {
    /// Whether its first byte may be written.
    fn may_begin(&self, stream: &impl Socket) -> bool {
        let mut stage = lock(&self.stage);
        if *stage == Stage::Waiting {
            *stage = if self.send_by.as_ref().is_some_and(Deadline::is_past) {
                Stage::TooLate
            } else if !is_quiet(stream.tcp(), stream.is_encrypted() && !self.is_reused) {
                Stage::Withdrawn
            } else {
                self.send_by.iter().for_each(Deadline::begin);
                Stage::Written
            };
        }
        *stage == Stage::Written
    }

    /// Ends the attempt: what was not begun is not written any more. Gives how far it came.
    fn end(&self) -> Stage {
        let mut stage = lock(&self.stage);
        if *stage == Stage::Waiting {
            *stage = Stage::Withdrawn;
        }
        *stage
    }
}

/// An attempt that ends with the call, also where that is dropped.
struct Pending(Arc<Attempt>);

impl Drop for Pending {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// Whether a connection is open, and nothing has arrived that was not read: an answer that nobody asked for must
/// not become the next one's. The socket itself is asked, for what the runtime knows of it may be old. After its
/// handshake, TLS sends of its own accord (RFC 8446, 4.6.1).
fn is_quiet(socket: &TcpStream, is_new_tls: bool) -> bool {
    match SockRef::from(socket).peek(&mut [std::mem::MaybeUninit::uninit()]) {
        Ok(arrived) => arrived > 0 && is_new_tls,
        Err(error) => error.kind() == io::ErrorKind::WouldBlock,
    }
}

/// A stream that asks before it writes.
struct Asking<S> {
    stream: S,
    next: Arc<Next>,
    /// Whether the last request was let through.
    is_last: bool,
}

impl<S: Socket> Asking<S> {
    fn ask(&mut self) -> io::Result<()> {
        let Some(attempt) = lock(&self.next).take() else { return Ok(()) };
        self.is_last = attempt.is_last;
        let may_write = attempt.may_begin(&self.stream);
        may_write.then_some(()).ok_or_else(|| io::ErrorKind::ConnectionAborted.into())
    }
}

impl<S: Read + Unpin> Read for Asking<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: Write + Socket + Unpin> Write for Asking<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.ask()?;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.ask()?;
        Pin::new(&mut self.stream).poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
