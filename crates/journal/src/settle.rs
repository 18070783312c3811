//! How long to look for an order before its absence is believed.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use crate::reading::Look;

/// The provider may show an order only some time after it was booked, and a request may be booked after
/// its sender gave up. This long, unless told otherwise.
const WINDOW: Duration = Duration::from_secs(180);

type Pause = Arc<dyn Fn(Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;
type Watch = Arc<dyn Fn(&Step<'_>) + Send + Sync>;

/// How [`Journal::find_out`](crate::Journal::find_out) looks for an order: at once, and again and again
/// over a window of 180 s. An order that shows ends it early; one that does not show must be missing to
/// the end, and a change of plan must show there.
#[derive(Clone)]
pub struct Settle {
    window: Duration,
    pause: Pause,
    watch: Watch,
}

/// One step of finding out.
#[derive(Debug)]
#[non_exhaustive]
pub struct Step<'a> {
    /// Which reading it was, from 1.
    pub number: usize,
    /// How many there are at most.
    pub of: usize,
    /// What it showed.
    pub look: &'a Look,
    /// The pause before the next, if there is one.
    pub next: Option<Duration>,
}

impl Settle {
    /// Looks over another window. A shorter one than the longest call of the order's sender may take
    /// an order for missing that is still under way.
    #[must_use]
    pub fn over(mut self, window: Duration) -> Self {
        self.window = window;
        self
    }

    /// Waits in another way: time is the sum of these pauses, so that a test need not wait.
    #[must_use]
    pub fn pausing<F>(mut self, pause: impl Fn(Duration) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.pause = Arc::new(move |time| Box::pin(pause(time)));
        self
    }

    /// Tells of each reading.
    #[must_use]
    pub fn watching(mut self, watch: impl Fn(&Step<'_>) + Send + Sync + 'static) -> Self {
        self.watch = Arc::new(watch);
        self
    }

    pub(crate) async fn pause(&self, time: Duration) {
        (self.pause)(time).await;
    }

    pub(crate) fn tell(&self, step: &Step<'_>) {
        (self.watch)(step);
    }

    /// The pauses before the second reading, the third, and so on: short ones first, for most orders
    /// show at once, and together the whole window.
    pub(crate) fn pauses(&self) -> Vec<Duration> {
        let mut pauses = Vec::new();
        let (mut next, mut left) = (self.window / 36, self.window);
        while left > next && !next.is_zero() {
            pauses.push(next);
            left -= next;
            next *= 2;
        }
        pauses.push(left);
        while pauses.len() + 1 < crate::verdict::FEWEST_READINGS {
            pauses.push(Duration::ZERO);
        }
        pauses
    }
}

impl Default for Settle {
    fn default() -> Self {
        Self {
            window: WINDOW,
            pause: Arc::new(|time| Box::pin(tokio::time::sleep(time))),
            watch: Arc::new(|_| {}),
        }
    }
}

impl fmt::Debug for Settle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settle").field("window", &self.window).finish_non_exhaustive()
    }
}
