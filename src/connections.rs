//! Over which connection a request goes: a read over the one on which the server has just answered another, an order
//! over one of its own. Whatever comes over that is nobody else's answer.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Uri, header};
use http_body_util::Full;
use hyper::body::Incoming;
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep};

use crate::deadline::Deadline;
use crate::error::BoxError;

mod connection;
mod connector;
mod socket;

use connection::Connection;
pub(crate) use connector::{Connector, ConnectorOptions};

/// So long after an answer its connection is used for another read.
/// Web servers keep an idle one for 5 s or longer, but may close it whenever they like (RFC 9112, 9.5).
const KEPT: Duration = Duration::from_secs(1);

const A_YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

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
    /// Whether it has a connection of its own.
    pub(crate) alone: bool,
}

impl Outgoing {
    fn request(&self) -> http::Request<Full<Bytes>> {
        let mut request = http::Request::new(Full::new(self.body.clone()));
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.target.clone();
        *request.headers_mut() = self.headers.clone();
        if self.alone {
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
    reuse: bool,
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
        Self { connector, pool: Mutex::default(), reuse }
    }

    /// Sends a request once, and waits for the head of its answer. A connection that proves to have ended
    /// before anything was written to it is no attempt.
    pub(crate) async fn send(
        &self,
        outgoing: &Outgoing,
        until: Instant,
    ) -> Result<(http::Response<Incoming>, Connection), Lost> {
        if let Some(mut kept) = self.take(outgoing) {
            match kept.send(outgoing, until).await {
                Err(Lost::Closed) => {}
                sent => return sent.map(|response| (response, kept)),
            }
        }
        let mut new = self.connector.connect(&outgoing.origin, until).await?;
        let sent = new.send(outgoing, until).await;
        sent.map(|response| (response, new))
    }

    fn take(&self, outgoing: &Outgoing) -> Option<Connection> {
        if outgoing.alone {
            return None;
        }
        let mut pool = lock(&self.pool);
        pool.idle.retain(Idle::is_usable);
        let fits = |it: &Idle| it.origin == outgoing.origin && it.connection.is_of_this_runtime();
        let latest = pool.idle.iter().rposition(fits)?;
        Some(pool.idle.swap_remove(latest).connection)
    }

    /// Takes back a connection on which an answer was read to its end. Whether nothing stands behind it that was not
    /// asked for.
    pub(crate) async fn take_back(
        self: &Arc<Self>,
        connection: Connection,
        outgoing: &Outgoing,
        until: Instant,
    ) -> bool {
        if outgoing.alone {
            return connection.has_said_all(until).await;
        }
        if self.reuse {
            self.keep(connection, &outgoing.origin);
        }
        true
    }

    fn keep(self: &Arc<Self>, connection: Connection, origin: &Uri) {
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
