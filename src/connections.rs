//! Over which connection a request goes: over the one on which the server has just answered, or a new one.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http::{HeaderMap, HeaderName};
#[cfg(unix)]
use tokio::net::UnixStream;

use crate::contract::Effect;

/// So long after an answer its connection is used again: an order follows at once on the read before it.
/// Web servers keep an idle one for 5 s or longer, but may close it whenever they like (RFC 9112, 9.5).
pub(crate) const KEPT: Duration = Duration::from_secs(1);

/// A server that keeps connections for less could close one while an order is on its way.
const SHORTEST_KEEP_ALIVE: u64 = 2;

const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");

/// The connections of a client.
pub(crate) struct Connections {
    kept: reqwest::Client,
    fresh: reqwest::Client,
    always_fresh: AtomicBool,
}

impl Connections {
    /// `kept` uses a connection again within [`KEPT`], `fresh` never does.
    pub(crate) fn new(kept: reqwest::Client, fresh: reqwest::Client, reuse: bool) -> Self {
        Self { kept, fresh, always_fresh: AtomicBool::new(!reuse) }
    }

    /// The client that makes requests.
    pub(crate) fn maker(&self) -> &reqwest::Client {
        &self.fresh
    }

    /// The client that sends the next request.
    pub(crate) async fn next(&self, effect: Effect) -> &reqwest::Client {
        if self.always_fresh.load(Ordering::Relaxed) {
            return &self.fresh;
        }
        // Of a connection that was closed, or that brought what nobody had asked for, an order is handed back
        // unwritten, and goes over a new one: if the runtime knows of it.
        match effect {
            Effect::Charge if look_at_sockets().await.is_err() => &self.fresh,
            Effect::Charge | Effect::Read => &self.kept,
        }
    }

    /// A request was lost on the way, or soon may be: a server that closes its connections early may do that again.
    pub(crate) fn doubt(&self) {
        self.always_fresh.store(true, Ordering::Relaxed);
    }

    /// Hears how long the server keeps connections, if it says so: `Keep-Alive: timeout=5`
    /// (RFC 2068, 19.7.1.1).
    pub(crate) fn hear(&self, headers: &HeaderMap) {
        let said = headers.get_all(KEEP_ALIVE).iter().filter_map(|value| value.to_str().ok());
        let parts = said.flat_map(|value| value.split(',')).map(|part| part.trim().split_once('='));
        let is_short = |(name, seconds): (&str, &str)| {
            let seconds = seconds.trim().trim_matches('"').parse::<u64>();
            name.trim().eq_ignore_ascii_case("timeout")
                && seconds.is_ok_and(|seconds| seconds < SHORTEST_KEEP_ALIVE)
        };
        if parts.flatten().any(is_short) {
            self.doubt();
        }
    }
}

/// Waits until the runtime knows of all that has arrived at its sockets. It is told of them in the order in
/// which something arrived (epoll(7), kqueue(2)), so this one comes last.
#[cfg(unix)]
async fn look_at_sockets() -> io::Result<()> {
    let (mut near, far) = std::os::unix::net::UnixStream::pair()?;
    io::Write::write_all(&mut near, &[0])?;
    far.set_nonblocking(true)?;
    UnixStream::from_std(far)?.readable().await
}

/// What is not proved here is not done.
#[cfg(not(unix))]
async fn look_at_sockets() -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
