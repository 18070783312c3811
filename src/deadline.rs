//! Until when an order may be sent.

use std::time::Duration;

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
