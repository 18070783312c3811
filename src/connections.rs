//! Over which connection a request goes: over the one on which the server has just answered a read, or a new one.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};
use http_body_util::Full;
use hyper::body::Incoming;
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep};

use crate::deadline::Deadline;
use crate::error::BoxError;

mod connection;
mod connector;
mod socket;

use connection::{Connection, Rest};
pub(crate) use connector::{Connector, ConnectorOptions};

/// So long after an answer its connection is used again: an order follows at once on the read before it.
/// Web servers keep an idle one for 5 s or longer, but may close it whenever they like (RFC 9112, 9.5).
const KEPT: Duration = Duration::from_secs(1);

/// A server that keeps connections for less could close one while an order is on its way.
const SHORTEST_KEEP_ALIVE: u64 = 2;

const A_YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");

const CLOSE: HeaderValue = HeaderValue::from_static("close");

/// A request, as it goes over whatever connection.
pub(crate) struct Outgoing {
    pub(crate) method: Method,
    /// Scheme and host to connect to.
    pub(crate) origin: Uri,
    /// Path and query.
    pub(crate) target: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// After this nothing of it is written.
    pub(crate) send_by: Option<Deadline>,
    /// Whether its connection serves nothing after it.
    pub(crate) is_last: bool,
}

impl Outgoing {
    fn request(&self) -> http::Request<Full<Bytes>> {
        let mut request = http::Request::new(Full::new(self.body.clone()));
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.target.clone();
        *request.headers_mut() = self.headers.clone();
        if self.is_last {
            request.headers_mut().insert(header::CONNECTION, CLOSE);
        }
        request
    }
}

/// Why a request has no answer. An error that is `None` is a time that ran out.
pub(crate) enum Lost {
    /// Nothing was written: there was no connection.
    NoConnection(Option<BoxError>),
    /// Nothing was written: the connection had ended, or brought what nobody had asked for.
    Closed,
    /// Nothing was written: the deadline for sending had passed.
    TooLate,
    /// Some of it was written, or all.
    NoAnswer(Option<BoxError>),
}

/// The connections of a client.
pub(crate) struct Connections {
    connector: Connector,
    pool: Mutex<Pool>,
    always_new: AtomicBool,
}

#[derive(Default)]
struct Pool {
    idle: Vec<Idle>,
    /// Closes what nobody uses.
    closer: Option<AbortHandle>,
}

/// A connection on which an answer was read to its end.
struct Idle {
    connection: Connection,
    origin: Uri,
    since: Instant,
}

impl Connections {
    pub(crate) fn new(connector: Connector, reuse: bool) -> Self {
        Self { connector, pool: Mutex::default(), always_new: AtomicBool::new(!reuse) }
    }

    /// Sends a request once, and waits for the head of its answer. A connection that proves to have ended
    /// before anything was written to it is no attempt.
    pub(crate) async fn send(
        &self,
        outgoing: &Outgoing,
        until: Instant,
    ) -> Result<(http::Response<Incoming>, Connection), Lost> {
        if let Some(mut kept) = self.take(&outgoing.origin) {
            match kept.send(outgoing, until).await {
                Err(Lost::Closed) => {}
                sent => return self.heard(sent.map(|response| (response, kept))),
            }
        }
        let mut new = self.connector.connect(&outgoing.origin, until).await?;
        let sent = new.send(outgoing, until).await;
        self.heard(sent.map(|response| (response, new)))
    }

    fn heard<T>(
        &self,
        sent: Result<(http::Response<T>, Connection), Lost>,
    ) -> Result<(http::Response<T>, Connection), Lost> {
        // A server that closes its connections early, or says that it soon does, may do that to an order.
        let is_doubtful = match &sent {
            Ok((response, _)) => closes_soon(response.headers()),
            Err(Lost::NoAnswer(error)) => error.is_some(),
            Err(_) => false,
        };
        if is_doubtful {
            self.always_new.store(true, Ordering::Relaxed);
        }
        sent
    }

    fn take(&self, origin: &Uri) -> Option<Connection> {
        let mut pool = lock(&self.pool);
        pool.idle.retain(Idle::is_usable);
        let fits = |it: &Idle| it.origin == *origin && it.connection.is_of_this_runtime();
        let latest = pool.idle.iter().rposition(fits)?;
        Some(pool.idle.swap_remove(latest).connection)
            .filter(|_| !self.always_new.load(Ordering::Relaxed))
    }

    /// Takes back a connection on which an answer was read to its end. Whether it was the answer to this request:
    /// one that came late, to a request before it, is followed by another.
    pub(crate) async fn take_back(
        self: &Arc<Self>,
        connection: Connection,
        outgoing: &Outgoing,
        until: Instant,
    ) -> bool {
        if !outgoing.is_last {
            self.keep(connection, &outgoing.origin);
            return true;
        }
        if !connection.is_reused() {
            return true; // Nobody else's can come over it.
        }
        let rest = connection.rest(until).await;
        if rest != Rest::Nothing {
            // One that does not end its connections cannot show whose answer it was; one that answers twice lies.
            self.always_new.store(true, Ordering::Relaxed);
        }
        rest != Rest::Something
    }

    fn keep(self: &Arc<Self>, connection: Connection, origin: &Uri) {
        if self.always_new.load(Ordering::Relaxed) {
            return;
        }
        let mut idle = Idle { origin: origin.clone(), since: Instant::now(), connection };
        if idle.connection.is_ready() {
            return self.put(idle);
        }
        let this = Arc::clone(self);
        tokio::spawn(async move {
            if idle.connection.becomes_ready().await {
                this.put(idle);
            }
        });
    }

    fn put(self: &Arc<Self>, idle: Idle) {
        let mut pool = lock(&self.pool);
        pool.idle.push(idle);
        if pool.closer.as_ref().is_none_or(AbortHandle::is_finished) {
            pool.closer = Some(tokio::spawn(close(Arc::downgrade(self))).abort_handle());
        }
    }
}

/// Closes connections that are idle for too long, until there is none.
async fn close(connections: Weak<Connections>) {
    loop {
        sleep(KEPT).await;
        let Some(connections) = connections.upgrade() else { return };
        let mut pool = lock(&connections.pool);
        pool.idle.retain(Idle::is_usable);
        if pool.idle.is_empty() {
            pool.closer = None;
            return;
        }
    }
}

impl Idle {
    fn is_usable(&self) -> bool {
        self.since.elapsed() <= KEPT && !self.connection.has_ended()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// So long from now; a time without end is a year.
pub(crate) fn after(time: Duration) -> Instant {
    Instant::now() + time.min(A_YEAR)
}

/// Whether the server says how long it keeps a connection, and it is not long: `Keep-Alive: timeout=1`
/// (RFC 2068, 19.7.1.1).
fn closes_soon(headers: &HeaderMap) -> bool {
    let said = headers.get_all(KEEP_ALIVE).iter().filter_map(|value| value.to_str().ok());
    let parts = said.flat_map(|value| value.split(',')).map(|part| part.trim().split_once('='));
    parts.flatten().any(|(name, seconds)| {
        let seconds = seconds.trim().trim_matches('"').parse::<u64>();
        name.trim().eq_ignore_ascii_case("timeout")
            && seconds.is_ok_and(|seconds| seconds < SHORTEST_KEEP_ALIVE)
    })
}
