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

    "refuse=" Refuse(u32) or "1000" at CONNECT, like ["200"];
    "close" Close at CONNECT;
    "reset" Reset at CONNECT;
    "tls-stall" TlsStall at CONNECT_TLS;
    "tls-expired" TlsExpired at CONNECT_TLS;
    "tls-name" TlsName at CONNECT_TLS;
    "hold" Hold at &[Connect, Before, After, Read];
    "close-request@" CloseRequest(u32) at &[Before, Read], like ["0" "1" "40" "1000000"];
    "reset-request@" ResetRequest(u32) at &[Before, Read], like ["0" "1" "40" "1000000"];
    "close-reply@" CloseReply(At), like ["0" "12" "head" "body"];
    "reset-reply@" ResetReply(At), like ["0" "12" "head" "body"];
    "half-close@" HalfClose(At), like ["0" "12" "head" "body"];
    "stall@" Stall(At), like ["0" "12" "head" "body"];
    "length=" Length(i32), like ["+7" "-7"];
    "unframed" Unframed;
    "bad-chunk" BadChunk;
    "cut-chunk" CutChunk;
    "interim=" Interim(u16) in [100..=199], like ["100" "102" "103"];
    "late=" Late(u32) or "1000", like ["200"];
    "drip=" Drip(u32) or "100", like ["10"];
    "huge-body=" HugeBody(u32) or "100000000", like ["100000000"];
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
        stream.write_all(&self.bytes(&reply)).await?;
        match self {
            Self::Reset | Self::ResetRequest(_) | Self::ResetReply(_) => {
                return stream.tcp().set_zero_linger();
            }
            Self::HalfClose(_) => {
                stream.shutdown().await?;
                return hold(&mut stream).await;
            }
            Self::Hold | Self::TlsStall | Self::Stall(_) => return hold(&mut stream).await,
            Self::Drip(millis) => {
                for byte in [&*last(&reply, reply.body().len()), reply.body()].concat() {
                    stream.write_all(&[byte]).await?;
                    sleep(Duration::from_millis(millis.into())).await;
                }
            }
            Self::HugeBody(bytes) => {
                // Written as it is taken, not held.
                let rest = (bytes as usize).saturating_sub(reply.body().len());
                copy(&mut repeat(b' ').take(rest as u64), &mut stream).await?;
            }
            Self::IdleClose(millis) => {
                sleep(Duration::from_millis(millis.into())).await;
                // At once, with whatever is on its way: who idles is not waited for.
                return stream.shutdown().await;
            }
            _ => {}
        }
        close(stream).await
    }

    /// What is sent at once.
    fn bytes(&self, reply: &Reply) -> Vec<u8> {
        let body = reply.body();
        let (half, rest) = body.split_at(body.len() / 2);
        let sized = |length: usize| head(reply, &format!("content-length: {length}"));
        match *self {
            Self::CloseReply(at) | Self::ResetReply(at) | Self::HalfClose(at) | Self::Stall(at) => {
                let mut whole = sized(body.len());
                let place = match at {
                    At::Byte(byte) => byte as usize,
                    At::Head => whole.len() / 2,
                    At::Body => whole.len() + half.len(),
                };
                whole.extend(body);
                whole.truncate(place);
                whole
            }
            Self::Length(off) => {
                [&*sized(body.len().saturating_add_signed(off as isize)), body].concat()
            }
            Self::Unframed => [&*head(reply, "connection: close"), half].concat(),
            Self::BadChunk | Self::CutChunk => {
                let bad = *self == Self::BadChunk;
                let size = if bad { "zz".to_owned() } else { format!("{:x}", rest.len()) };
                let first = format!("{:x}\r\n", half.len());
                let second = format!("\r\n{size}\r\n");
                let head = head(reply, "transfer-encoding: chunked");
                [&*head, first.as_bytes(), half, second.as_bytes(), rest, b"\r\n"].concat()
            }
            Self::Interim(status) => {
                let interim = StatusCode::from_u16(status).map(status_line).unwrap_or_default();
                [interim.as_bytes(), b"\r\n", &last(reply, body.len()), body].concat()
            }
            Self::HugeBody(bytes) => [&*last(reply, body.len().max(bytes as usize)), body].concat(),
            Self::IdleClose(_) => [&*sized(body.len()), body].concat(),
            // Nothing, or byte by byte.
            Self::Close | Self::Reset | Self::CloseRequest(_) | Self::ResetRequest(_) => Vec::new(),
            Self::Hold | Self::TlsStall | Self::Drip(_) => Vec::new(),
            // These go on, and are not played.
            Self::Refuse(_) | Self::TlsExpired | Self::TlsName | Self::Late(_) => Vec::new(),
        }
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

/// The head of a whole reply after which the connection is closed, and says so.
fn last(reply: &Reply, length: usize) -> Vec<u8> {
    head(reply, &format!("content-length: {length}\r\nconnection: close"))
}
