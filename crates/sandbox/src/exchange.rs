//! A request as it was received and a reply as it is sent, without the sockets.

use std::fmt;

use serde::Serialize;

use crate::refusal::Refusal;

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

/// What is answered.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn ok(body: &impl Serialize) -> Result<Self, Refusal> {
        serde_json::to_vec(body).map(|body| Self::json(200, body)).map_err(|_| Refusal::Broken)
    }

    pub(crate) fn json(status: u16, body: Vec<u8>) -> Self {
        Self { status, headers: vec![("content-type", "application/json".into())], body }
    }

    /// A page for people.
    pub(crate) fn html(status: u16, body: String) -> Self {
        let kind = "text/html; charset=utf-8";
        Self { status, headers: vec![("content-type", kind.into())], body: body.into_bytes() }
    }
}
