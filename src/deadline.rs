//! Until when an order may be sent.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// A time after which an order is not sent any more, on this machine's clock.
///
/// The clock counts the time in which the machine was suspended and is not set by anyone:
/// `CLOCK_BOOTTIME` on Linux (clock_gettime(2)).
#[derive(Clone, Debug)]
pub struct Deadline {
    at: Duration,
    written: Arc<AtomicBool>,
}

impl Deadline {
    /// So long from now.
    #[must_use]
    pub fn after(time: Duration) -> Self {
        Self { at: now().saturating_add(time), written: Arc::default() }
    }

    /// Whether it has passed.
    pub fn is_past(&self) -> bool {
        now() >= self.at
    }

    /// Whether a client that knows this deadline has begun to write a request.
    ///
    /// Who drops a call before its end learns here what became of it: nothing more is begun after that, so
    /// an order of which nothing was written then is not sent.
    pub fn has_begun(&self) -> bool {
        self.written.load(Ordering::SeqCst)
    }

    pub(crate) fn begin(&self) {
        self.written.store(true, Ordering::SeqCst);
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
