//! A request as it was received and a reply as it is sent, without the sockets.

use std::fmt;

use hyper::{
    Response, StatusCode,
    header::{CONTENT_TYPE, HeaderValue},
};

use crate::json::Json;

/// Longest body that is taken, in bytes.
pub(crate) const BODY_LIMIT: usize = 64 * 1024;

/// Longest head that is taken, in bytes, nearly. A longer one gets a 431.
pub(crate) const HEAD_LIMIT: usize = 64 * 1024;

/// A request as it came in, so that a test can hold what a client really sent against the contract.
#[derive(Clone, PartialEq, Eq)]
pub struct Received {
    /// Method, as sent.
    pub method: String,
    /// Path, as sent, without the query.
    pub path: String,
    /// Query, as sent, without the question mark.
    pub query: Option<String>,
    /// Headers: names in lower case, repeated ones once for each value, bytes that are no UTF-8
    /// replaced. The API key is among them: `Debug` shows the names only.
    pub headers: Vec<(String, String)>,
    /// Body, byte for byte. One that is too long is cut a byte after the limit of 64 KiB.
    pub body: Vec<u8>,
}

impl Received {
    /// The values of a header, whose name is given in lower case.
    pub fn header<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers.iter().filter(move |(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}

impl fmt::Debug for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("Received")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("header_names", &names)
            .field("body_len", &self.body.len())
            .finish_non_exhaustive()
    }
}

pub(crate) type Answer = Response<Json>;

pub(crate) type Reply = Response<Vec<u8>>;

pub(crate) fn answer(status: u16, body: Json) -> Answer {
    typed(status, "application/json", body)
}

/// A page for people.
pub(crate) fn page(status: u16, body: String) -> Reply {
    typed(status, "text/html; charset=utf-8", body.into_bytes())
}

pub(crate) fn sent(answer: Answer) -> Reply {
    answer.map(|json| json.to_string().into_bytes())
}

fn typed<T>(status: u16, kind: &'static str, body: T) -> Response<T> {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}
