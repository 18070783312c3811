//! The clock that all who use a journal share, and the deadlines that stand on it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// How long after its intent an order may still be handed over.
pub const SEND_GRACE: Duration = Duration::from_secs(10);

/// How long after an order was booked its provider may not show it yet.
pub const LAG: Duration = Duration::from_secs(180);

/// A moment. Two can be compared only if they are of the same clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The clock's name.
    pub clock: String,
    /// Microseconds on it.
    pub micros: i64,
}

/// A clock that does not stand still while a machine is suspended, and is not set.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Moment + Send + Sync>);

impl Clock {
    /// A clock of the caller's own.
    pub fn new(read: impl Fn() -> Moment + Send + Sync + 'static) -> Self {
        Self(Arc::new(read))
    }

    /// This machine's: on Linux the time since it started, elsewhere the wall clock.
    pub fn system() -> Self {
        #[cfg(target_os = "linux")]
        if let Some(name) = boot() {
            return Self::new(move || Moment { clock: name.clone(), micros: since_boot() });
        }
        Self::new(|| Moment {
            clock: "wall".to_owned(),
            micros: jiff::Timestamp::now().as_microsecond(),
        })
    }

    /// What it shows.
    pub fn now(&self) -> Moment {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Clock").field(&self.now()).finish()
    }
}

/// The name of the clock that counts from this start of the machine.
#[cfg(target_os = "linux")]
fn boot() -> Option<String> {
    /// The time namespace in which nothing is added to the kernel's clocks: PROC_TIME_INIT_INO.
    const INITIAL: &str = "time:[4026531834]";
    let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let name = format!("boot:{}", id.trim());
    match std::fs::read_link("/proc/self/ns/time") {
        // A container with a time of its own counts from elsewhere.
        Ok(space) if space.as_os_str() != INITIAL => Some(format!("{name}:{}", space.display())),
        Ok(_) | Err(_) => Some(name),
    }
}

#[cfg(target_os = "linux")]
fn since_boot() -> i64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    time.tv_sec.saturating_mul(1_000_000).saturating_add(time.tv_nsec / 1000)
}

/// Until when the sender of an order can still do something, in microseconds of one clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// The clock's name.
    pub clock: String,
    /// When the order was claimed.
    pub claimed_at: i64,
    /// When it can no longer be handed over; nothing while it is only claimed.
    pub send_by: Option<i64>,
    /// When its sender no longer waits for an answer.
    pub answer_by: i64,
    /// When its state was last settled by anyone.
    pub ended_at: Option<i64>,
    /// The first look of someone whose clock is another than its sender's.
    pub first_look: Option<Moment>,
}

impl Deadlines {
    /// When the order was claimed.
    pub(crate) fn claimed(&self) -> Moment {
        Moment { clock: self.clock.clone(), micros: self.claimed_at }
    }

    /// From when on the sender neither sends nor waits, on the clock of someone who looks now. If it is
    /// another, nothing is known of the time before its first look, and all of the sender's time is counted
    /// from that.
    pub fn sender_is_out_from(&self, now: &Moment) -> i64 {
        if self.clock == now.clock {
            return self.answer_by;
        }
        let first = self.first_look.as_ref().filter(|first| first.clock == now.clock);
        first
            .unwrap_or(now)
            .micros
            .saturating_add(self.answer_by.saturating_sub(self.claimed_at).max(0))
    }

    /// From when on an order that does not show is not there, on the same clock.
    pub fn absence_from(&self, now: &Moment) -> i64 {
        self.sender_is_out_from(now).saturating_add(micros(LAG))
    }
}

/// A time in microseconds; one that is too long for them is the longest.
pub(crate) fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
