//! What lies under a connection, through whatever tunnel and TLS.

use hyper_rustls::MaybeHttpsStream;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

pub(super) trait Socket {
    fn tcp(&self) -> &TcpStream;
    fn is_encrypted(&self) -> bool;
}

impl Socket for TokioIo<TcpStream> {
    fn tcp(&self) -> &TcpStream {
        self.inner()
    }

    fn is_encrypted(&self) -> bool {
        false
    }
}

impl<S: Socket> Socket for MaybeHttpsStream<S> {
    fn tcp(&self) -> &TcpStream {
        match self {
            Self::Http(stream) => stream.tcp(),
            Self::Https(stream) => stream.inner().get_ref().0.inner().tcp(),
        }
    }

    fn is_encrypted(&self) -> bool {
        match self {
            Self::Http(stream) => stream.is_encrypted(),
            Self::Https(_) => true,
        }
    }
}
