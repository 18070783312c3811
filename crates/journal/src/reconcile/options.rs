//! How long and how often to look, and who is told of it.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use crate::snapshot::Observation;
use crate::verdict::Signal;

type Pause = Arc<dyn Fn(Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;
type Watch = Arc<dyn Fn(&Progress<'_>) + Send + Sync>;

/// How [`Journal::reconcile`](crate::Journal::reconcile) looks for an order: at once, and again and again
/// until its absence can be believed, which is when its sender must be out and the provider has had its
/// time to show it. An order that shows ends it early.
#[derive(Clone)]
pub struct ReconcileOptions {
    pub(super) window: Option<Duration>,
    pub(super) pause: Pause,
    pub(super) watch: Watch,
}

/// One look of many.
#[derive(Debug)]
#[non_exhaustive]
pub struct Progress<'a> {
    /// Which one it was, from 1.
    pub number: usize,
    /// How many there are at most.
    pub of: usize,
    /// What it showed.
    pub observation: &'a Observation,
    /// What that says.
    pub signal: &'a Signal,
    /// The pause before the next, if there is one.
    pub next: Option<Duration>,
}

impl ReconcileOptions {
    /// Looks no longer than this. A window that ends before absence can be believed can confirm an
    /// order, or leave it undecided; no window makes absence believed earlier. One of zero makes no
    /// pauses.
    #[must_use]
    pub fn window(mut self, window: Duration) -> Self {
        self.window = Some(window);
        self
    }

    /// Waits in another way, so that a test need not wait.
    #[must_use]
    pub fn pausing<F>(mut self, pause: impl Fn(Duration) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.pause = Arc::new(move |time| Box::pin(pause(time)));
        self
    }

    /// Tells of each look.
    #[must_use]
    pub fn watching(mut self, watch: impl Fn(&Progress<'_>) + Send + Sync + 'static) -> Self {
        self.watch = Arc::new(watch);
        self
    }
}

impl Default for ReconcileOptions {
    fn default() -> Self {
        Self {
            window: None,
            pause: Arc::new(|time| Box::pin(tokio::time::sleep(time))),
            watch: Arc::new(|_| {}),
        }
    }
}

impl fmt::Debug for ReconcileOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReconcileOptions").field("window", &self.window).finish_non_exhaustive()
    }
}

impl fmt::Display for Progress<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "check {} of {}: ", self.number, self.of)?;
        match self.signal {
            Signal::Placed(order) => write!(f, "the order {} shows", order.name())?,
            Signal::Unchanged if self.observation.late => f.write_str("not visible")?,
            Signal::Unchanged => f.write_str("not visible yet")?,
            Signal::Odd(why)
            | Signal::Unexplained(why)
            | Signal::Unclear(why)
            | Signal::Blank(why) => f.write_str(why)?,
        }
        match self.next {
            Some(pause) => write!(f, "; next in {} s", pause.as_secs_f32().ceil()),
            None => Ok(()),
        }
    }
}
