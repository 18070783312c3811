//! Until when an order may be sent.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tower_layer::Layer;
use tower_service::Service;

/// A time after which an order is not sent any more, on this machine's clock.
///
/// The clock counts the time in which the machine was suspended and is not set by anyone:
/// `CLOCK_BOOTTIME` on Linux (clock_gettime(2)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline(Duration);

impl Deadline {
    /// So long from now.
    #[must_use]
    pub fn after(time: Duration) -> Self {
        Self(now().saturating_add(time))
    }

    /// Whether it has passed.
    pub fn is_past(self) -> bool {
        now() >= self.0
    }
}

/// The time since some start that is the same for all of this process.
#[cfg(unix)]
fn now() -> Duration {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let clock = rustix::time::ClockId::Boottime;
    // macOS counts suspended time in its monotonic clock.
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let clock = rustix::time::ClockId::Monotonic;
    Duration::try_from(rustix::time::clock_gettime(clock)).unwrap_or_default()
}

#[cfg(not(unix))]
fn now() -> Duration {
    use std::sync::OnceLock;
    use std::time::Instant;
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}

tokio::task_local! {
    /// The deadline of the call that is made.
    static SEND_BY: Option<Deadline>;
}

/// Makes a call that must not be handed over after a deadline.
pub(crate) async fn sending_by<T>(deadline: Option<Deadline>, call: impl Future<Output = T>) -> T {
    SEND_BY.scope(deadline, call).await
}

/// The deadline for sending has passed. Nothing was sent.
#[derive(Debug, thiserror::Error)]
#[error("the deadline for sending it had passed, for this machine was paused")]
pub(crate) struct TooLate;

impl TooLate {
    /// Whether it is behind an error.
    pub(crate) fn caused(error: &(dyn std::error::Error + 'static)) -> bool {
        causes(error).any(|cause| cause.is::<Self>())
    }
}

/// An error, and what is behind it.
pub(crate) fn causes<'a>(
    error: &'a (dyn std::error::Error + 'static),
) -> impl Iterator<Item = &'a (dyn std::error::Error + 'static)> {
    std::iter::successors(Some(error), |error| error.source())
}

/// Holds each new connection against the deadline of the call that it was made for. Making one can
/// take long, above all if the machine sleeps meanwhile.
#[derive(Clone)]
pub(crate) struct CheckedConnections;

impl<S> Layer<S> for CheckedConnections {
    type Service = CheckedConnector<S>;

    fn layer(&self, connector: S) -> CheckedConnector<S> {
        CheckedConnector(connector)
    }
}

#[derive(Clone)]
pub(crate) struct CheckedConnector<S>(S);

type BoxError = Box<dyn std::error::Error + Send + Sync>;

impl<S, R> Service<R> for CheckedConnector<S>
where
    S: Service<R, Error = BoxError>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: R) -> Self::Future {
        let deadline = SEND_BY.try_with(|deadline| *deadline).ok().flatten();
        let connecting = self.0.call(request);
        Box::pin(async move {
            let connection = connecting.await?;
            match deadline {
                Some(deadline) if deadline.is_past() => Err(TooLate.into()),
                _ => Ok(connection),
            }
        })
    }
}

/// Gives a request a body that holds the writing of it against a deadline.
pub(crate) fn written_by(deadline: Option<Deadline>, request: &mut reqwest::Request) {
    if let (Some(deadline), Some(body)) = (deadline, request.body_mut().as_mut()) {
        let inner = std::mem::take(body);
        *body = reqwest::Body::wrap(CheckedBody { inner, deadline: Some(deadline) });
    }
}

/// The body of a request that is not written past a deadline.
///
/// A process can be stopped after it handed its request over: the connection is another task, and has
/// its turn later. It asks for the body when it has put the head together and before it writes either of
/// them, so that a body that cannot be had keeps the head from being written, too. It is not asked for an
/// empty one; every order has one.
struct CheckedBody {
    inner: reqwest::Body,
    /// Nothing once a part of the body was given away.
    deadline: Option<Deadline>,
}

impl Body for CheckedBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if self.deadline.is_some_and(Deadline::is_past) {
            return Poll::Ready(Some(Err(TooLate.into())));
        }
        let frame = ready!(Pin::new(&mut self.inner).poll_frame(context));
        self.deadline = None;
        Poll::Ready(frame.map(|frame| frame.map_err(BoxError::from)))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    /// Exact, so that the request says how long it is.
    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
