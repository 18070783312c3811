//! A connection's bytes, with TLS or without.

use std::io;

use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt, copy, sink},
    net::TcpStream,
    time::{Duration, timeout},
};

#[cfg(feature = "tls")]
pub(crate) use crate::tls::Tls;
/// Without the feature `tls` there is none.
#[cfg(not(feature = "tls"))]
pub(crate) type Tls = std::convert::Infallible;

/// What requests come in on.
pub(crate) type Stream = Box<dyn Socket>;

pub(crate) trait Socket: AsyncRead + AsyncWrite + Send + Unpin {
    /// The socket below.
    fn tcp(&self) -> &TcpStream;
}

impl Socket for TcpStream {
    fn tcp(&self) -> &TcpStream {
        self
    }
}

#[cfg(feature = "tls")]
impl Socket for tokio_rustls::server::TlsStream<TcpStream> {
    fn tcp(&self) -> &TcpStream {
        self.get_ref().0
    }
}

/// How long a closed connection is still read: unread bytes would turn the close into a reset.
const LINGER: Duration = Duration::from_secs(1);

/// Reads on, and answers nothing, until the client goes away.
pub(crate) async fn hold(stream: &mut Stream) -> io::Result<()> {
    copy(stream, &mut sink()).await.map(drop)
}

pub(crate) async fn close(mut stream: Stream) -> io::Result<()> {
    stream.shutdown().await?;
    timeout(LINGER, hold(&mut stream)).await.unwrap_or(Ok(()))
}
