//! Without the feature `tls` there is none.

use std::io;

use tokio::net::TcpStream;

use crate::{fault::WireFault, stream::Stream};

pub(crate) enum Tls {}

impl Tls {
    pub(crate) async fn greet(&self, _: TcpStream, _: Option<WireFault>) -> io::Result<Stream> {
        match *self {}
    }
}
