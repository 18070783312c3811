//! How a connection ends that does not end well: byte for byte, without hyper, which would not do it.

use std::{fmt::Write, io, time::Duration};

use hyper::StatusCode;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::{sleep, timeout},
};

use super::line::Line;
use crate::{
    exchange::Reply,
    fault::{At, Kind},
};

/// How long a closed connection is still read: unread bytes would turn the close into a reset.
const LINGER: Duration = Duration::from_secs(1);

/// What is still to be done on a connection.
pub(super) struct Ending {
    pub(super) kind: Kind,
    /// The good reply, if it came to one.
    pub(super) reply: Option<Reply>,
}

impl Ending {
    /// Whether this kind of fault needs the bare connection.
    pub(super) fn of(kind: &Kind) -> bool {
        match kind {
            Kind::Empty
            | Kind::Html
            | Kind::Warning
            | Kind::Failure
            | Kind::Status { .. }
            | Kind::Redirect { .. }
            | Kind::Late { .. }
            | Kind::Gzip
            | Kind::HugeHead { .. }
            | Kind::Pass
            | Kind::Stale { .. }
            | Kind::Contradict(_)
            | Kind::Shape(_)
            | Kind::View(_) => false,
            // They concern how the connection begins.
            #[cfg(feature = "tls")]
            Kind::TlsExpired | Kind::TlsName => false,
            #[cfg(feature = "tls")]
            Kind::TlsStall => true,
            Kind::Refuse { .. }
            | Kind::Close
            | Kind::Reset
            | Kind::Hold
            | Kind::CloseRequest { .. }
            | Kind::ResetRequest { .. }
            | Kind::CloseReply(_)
            | Kind::ResetReply(_)
            | Kind::HalfClose(_)
            | Kind::Stall(_)
            | Kind::Length { .. }
            | Kind::Unframed
            | Kind::BadChunk
            | Kind::CutChunk
            | Kind::Interim { .. }
            | Kind::Drip { .. }
            | Kind::HugeBody { .. }
            | Kind::IdleClose { .. } => true,
        }
    }

    /// Brings the connection to its end. A client that goes away ends it sooner.
    pub(super) async fn play(self, mut stream: Line) -> io::Result<()> {
        stream.tcp().set_nodelay(true)?;
        let reply = self.reply.unwrap_or_else(|| Reply::json(200, Vec::new()));
        let body = &reply.body;
        let sized = || head(&reply, &format!("content-length: {}", body.len()));
        let half = body.get(..body.len() / 2).unwrap_or_default();
        match self.kind {
            Kind::Reset | Kind::ResetRequest { .. } => return reset(&stream),
            Kind::Hold => return held(&mut stream).await,
            #[cfg(feature = "tls")]
            Kind::TlsStall => return held(&mut stream).await,
            Kind::CloseReply(at) => stream.write_all(&upto(at, sized(), body)).await?,
            Kind::ResetReply(at) => {
                stream.write_all(&upto(at, sized(), body)).await?;
                return reset(&stream);
            }
            Kind::HalfClose(at) => {
                stream.write_all(&upto(at, sized(), body)).await?;
                stream.shutdown().await?;
                return held(&mut stream).await;
            }
            Kind::Stall(at) => {
                stream.write_all(&upto(at, sized(), body)).await?;
                return held(&mut stream).await;
            }
            Kind::Length { off } => {
                let length = body.len().saturating_add_signed(off as isize);
                let head = head(&reply, &format!("content-length: {length}"));
                stream.write_all(&[&*head, body].concat()).await?;
            }
            Kind::Unframed => {
                stream.write_all(&[&*head(&reply, "connection: close"), half].concat()).await?;
            }
            Kind::BadChunk | Kind::CutChunk => {
                let rest = body.get(half.len()..).unwrap_or_default();
                let mut bytes = head(&reply, "transfer-encoding: chunked");
                bytes.extend([&*size(half.len()), half, b"\r\n"].concat());
                let bad = self.kind == Kind::BadChunk;
                let size = if bad { b"zz\r\n".to_vec() } else { size(rest.len()) };
                bytes.extend([&*size, rest, b"\r\n"].concat());
                stream.write_all(&bytes).await?;
            }
            Kind::Interim { status } => {
                let interim = status_line(status) + "\r\n";
                let head = head(&reply, &last(body.len()));
                stream.write_all(&[interim.as_bytes(), &head, body].concat()).await?;
            }
            Kind::Drip { millis } => {
                for byte in [head(&reply, &last(body.len())), body.clone()].concat() {
                    stream.write_all(&[byte]).await?;
                    sleep(Duration::from_millis(millis.into())).await;
                }
            }
            Kind::HugeBody { bytes } => huge(&mut stream, &reply, bytes as usize).await?,
            Kind::IdleClose { millis } => {
                stream.write_all(&[&*sized(), body].concat()).await?;
                sleep(Duration::from_millis(millis.into())).await;
                // At once, with whatever is on its way: who idles is not waited for.
                return stream.shutdown().await;
            }
            // Closed without a reply.
            _ => {}
        }
        close(stream).await
    }
}

/// The reply, and then white space: written as it is taken, not held.
async fn huge(stream: &mut Line, reply: &Reply, length: usize) -> io::Result<()> {
    let spaces = [b' '; 64 * 1024];
    let mut left = length.saturating_sub(reply.body.len());
    let head = head(reply, &last(left + reply.body.len()));
    stream.write_all(&[&*head, &reply.body].concat()).await?;
    while let Some(some) = spaces.get(..left.min(spaces.len())).filter(|some| !some.is_empty()) {
        stream.write_all(some).await?;
        left -= some.len();
    }
    Ok(())
}

fn status_line(status: u16) -> String {
    let reason = StatusCode::from_u16(status).ok().and_then(|code| code.canonical_reason());
    format!("HTTP/1.1 {status} {}\r\n", reason.unwrap_or_default())
}

/// The head of a reply, with the header that says how long the body is.
fn head(reply: &Reply, framing: &str) -> Vec<u8> {
    let mut head = status_line(reply.status);
    for (name, value) in &reply.headers {
        // Writing into a string does not fail.
        let _ = write!(head, "{name}: {value}\r\n");
    }
    let _ = write!(head, "{framing}\r\n\r\n");
    head.into_bytes()
}

/// Headers of a whole reply after which the connection is closed, and says so.
fn last(length: usize) -> String {
    format!("content-length: {length}\r\nconnection: close")
}

fn size(length: usize) -> Vec<u8> {
    format!("{length:x}\r\n").into_bytes()
}

fn upto(at: At, head: Vec<u8>, body: &[u8]) -> Vec<u8> {
    let length = match at {
        At::Byte(byte) => byte as usize,
        At::Head => head.len() / 2,
        At::Body => head.len() + body.len() / 2,
    };
    let mut bytes = head;
    bytes.extend_from_slice(body);
    bytes.truncate(length);
    bytes
}

/// Nothing more comes, until the client goes away.
async fn held(stream: &mut Line) -> io::Result<()> {
    let mut ignored = [0; 1024];
    while stream.read(&mut ignored).await? > 0 {}
    Ok(())
}

fn reset(stream: &Line) -> io::Result<()> {
    stream.tcp().set_zero_linger()
}

async fn close(mut stream: Line) -> io::Result<()> {
    stream.shutdown().await?;
    timeout(LINGER, held(&mut stream)).await.unwrap_or(Ok(()))
}
