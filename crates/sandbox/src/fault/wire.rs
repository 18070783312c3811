//! Faults on the connection: byte for byte, without hyper, which would not do it.

use std::{io, time::Duration};

use hyper::StatusCode;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy, repeat},
    time::sleep,
};

use super::{
    parameter::At,
    table::{
        Stage::{self, After, Before, Connect, Read},
        faults,
    },
};
use crate::{
    exchange::Reply,
    stream::{Stream, close, hold},
};

const CONNECT: &[Stage] = &[Connect];
const CONNECT_TLS: &[Stage] = if cfg!(feature = "tls") { &[Connect] } else { &[] };

faults! {
    /// What goes wrong on a connection. Times are in milliseconds; what is held is held until the
    /// client goes away or the sandbox stops.
    WireFault at &[Before, After, Read];

    /// Connections are refused for a time, from now on: nobody listens.
    "refuse=" Refuse(u32) or "1000" at CONNECT, like ["200"];
    /// The connection is accepted, and closed at once.
    "close" Close at CONNECT;
    /// The connection is accepted, and reset at once.
    "reset" Reset at CONNECT;
    /// The connection is accepted, but no TLS handshake comes about.
    "tls-stall" TlsStall at CONNECT_TLS;
    /// The connection has a certificate that has expired.
    "tls-expired" TlsExpired at CONNECT_TLS;
    /// The connection has a certificate for another name.
    "tls-name" TlsName at CONNECT_TLS;
    /// No answer; the connection stays.
    "hold" Hold at &[Connect, Before, After, Read];
    /// The connection is closed when so many bytes of the request have been read; at most all. (Half a
    /// request cannot have been booked.)
    "close-request@" CloseRequest(u32) at &[Before, Read], like ["0" "1" "40" "1000000"];
    /// The connection is reset when so many bytes of the request have been read; at most all.
    "reset-request@" ResetRequest(u32) at &[Before, Read], like ["0" "1" "40" "1000000"];
    /// The connection is closed when so much of the reply has been sent.
    "close-reply@" CloseReply(At), like ["0" "12" "head" "body"];
    /// The connection is reset when so much of the reply has been sent.
    "reset-reply@" ResetReply(At), like ["0" "12" "head" "body"];
    /// So much of the reply is sent; then nothing more can come, but the connection is still read.
    "half-close@" HalfClose(At), like ["0" "12" "head" "body"];
    /// So much of the reply is sent, and nothing more comes.
    "stall@" Stall(At), like ["0" "12" "head" "body"];
    /// `content-length` says so much more or less than there is; not 0. Then the connection is closed.
    "length=" Length(i32), like ["+7" "-7"];
    /// No length at all, and half of the body: the close that ends it looks like any other.
    "unframed" Unframed;
    /// The size of the second chunk is not a number.
    "bad-chunk" BadChunk;
    /// The last chunk does not come.
    "cut-chunk" CutChunk;
    /// An interim answer, from 100 to 199, comes before the reply.
    "interim=" Interim(u16) in [100..=199], like ["100" "102" "103"];
    /// The whole reply comes so late.
    "late=" Late(u32) or "1000", like ["200"];
    /// The reply comes byte by byte, with so long between two.
    "drip=" Drip(u32) or "100", like ["10"];
    /// The reply's JSON is followed by white space, up to so many bytes.
    "huge-body=" HugeBody(u32) or "100000000", like ["100000000"];
    /// The reply is whole, and promises a connection that is closed so much later.
    "idle-close=" IdleClose(u32) or "0" at &[After, Read], like ["0"];
}

impl WireFault {
    /// Whether it is about TLS.
    pub(super) fn needs_tls(&self) -> bool {
        matches!(self, Self::TlsStall | Self::TlsExpired | Self::TlsName)
    }

    /// How many bytes of the request are read, if it is the request that breaks.
    pub(crate) fn request_bytes(&self) -> Option<usize> {
        match self {
            Self::CloseRequest(bytes) | Self::ResetRequest(bytes) => Some(*bytes as usize),
            _ => None,
        }
    }

    /// Whether the connection goes on as if nothing were wrong, from now or after a time.
    pub(crate) fn goes_on(&self) -> Option<Duration> {
        match self {
            Self::Refuse(_) | Self::TlsExpired | Self::TlsName => Some(Duration::ZERO),
            Self::Late(millis) => Some(Duration::from_millis((*millis).into())),
            _ => None,
        }
    }

    /// Brings a connection to its end. A client that goes away ends it sooner.
    pub(crate) async fn play(self, mut stream: Stream, reply: Reply) -> io::Result<()> {
        stream.tcp().set_nodelay(true)?;
        let body = reply.body();
        let (half, rest) = body.split_at(body.len() / 2);
        let sized = head(&reply, &format!("content-length: {}", body.len()));
        let whole = [&*sized, body].concat();
        // A whole reply after which the connection is closed says so.
        let last =
            |length: usize| head(&reply, &format!("content-length: {length}\r\nconnection: close"));
        let up_to = |at: At| match at {
            At::Byte(byte) => whole.get(..byte as usize).unwrap_or(&whole),
            At::Head => whole.get(..sized.len() / 2).unwrap_or(&whole),
            At::Body => whole.get(..sized.len() + half.len()).unwrap_or(&whole),
        };
        match self {
            Self::Reset | Self::ResetRequest(_) => return stream.tcp().set_zero_linger(),
            Self::Hold | Self::TlsStall => return hold(&mut stream).await,
            Self::CloseReply(at) => stream.write_all(up_to(at)).await?,
            Self::ResetReply(at) => {
                stream.write_all(up_to(at)).await?;
                return stream.tcp().set_zero_linger();
            }
            Self::HalfClose(at) => {
                stream.write_all(up_to(at)).await?;
                stream.shutdown().await?;
                return hold(&mut stream).await;
            }
            Self::Stall(at) => {
                stream.write_all(up_to(at)).await?;
                return hold(&mut stream).await;
            }
            Self::Length(off) => {
                let length = body.len().saturating_add_signed(off as isize);
                let head = head(&reply, &format!("content-length: {length}"));
                stream.write_all(&[&*head, body].concat()).await?;
            }
            Self::Unframed => {
                stream.write_all(&[&*head(&reply, "connection: close"), half].concat()).await?;
            }
            Self::BadChunk | Self::CutChunk => {
                let head = head(&reply, "transfer-encoding: chunked");
                let first = format!("{:x}\r\n", half.len());
                let second =
                    if self == Self::BadChunk { "zz".into() } else { format!("{:x}", rest.len()) };
                let second = format!("\r\n{second}\r\n");
                let parts = [&*head, first.as_bytes(), half, second.as_bytes(), rest, b"\r\n"];
                stream.write_all(&parts.concat()).await?;
            }
            Self::Interim(status) => {
                let interim = StatusCode::from_u16(status).map(status_line).unwrap_or_default();
                let parts = [interim.as_bytes(), b"\r\n", &last(body.len()), body];
                stream.write_all(&parts.concat()).await?;
            }
            Self::Drip(millis) => {
                for byte in [&*last(body.len()), body].concat() {
                    stream.write_all(&[byte]).await?;
                    sleep(Duration::from_millis(millis.into())).await;
                }
            }
            Self::HugeBody(bytes) => {
                let length = body.len().max(bytes as usize);
                stream.write_all(&[&*last(length), body].concat()).await?;
                // Written as it is taken, not held.
                let mut spaces = repeat(b' ').take((length - body.len()) as u64);
                copy(&mut spaces, &mut stream).await?;
            }
            Self::IdleClose(millis) => {
                stream.write_all(&whole).await?;
                sleep(Duration::from_millis(millis.into())).await;
                // At once, with whatever is on its way: who idles is not waited for.
                return stream.shutdown().await;
            }
            Self::Close | Self::CloseRequest(_) => {}
            // These go on, and are not played.
            Self::Refuse(_) | Self::TlsExpired | Self::TlsName | Self::Late(_) => {}
        }
        close(stream).await
    }
}

fn status_line(status: StatusCode) -> String {
    format!("HTTP/1.1 {} {}\r\n", status.as_u16(), status.canonical_reason().unwrap_or_default())
}

/// The head of a reply, with the header that says how long the body is.
fn head(reply: &Reply, framing: &str) -> Vec<u8> {
    let mut head = status_line(reply.status()).into_bytes();
    for (name, value) in reply.headers() {
        head.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    head.extend([framing.as_bytes(), b"\r\n\r\n"].concat());
    head
}
