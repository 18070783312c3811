//! Without the feature `tls` there is none.

use std::io;

use tokio::net::TcpStream;

use crate::{fault::Kind, http::Line};

pub(crate) enum Tls {}

impl Tls {
    pub(crate) async fn greet(&self, _: TcpStream, _: Option<&Kind>) -> io::Result<Line> {
        match *self {}
    }
}
