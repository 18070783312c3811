//! When a worker's orders may go out: the rate, the pauses that the provider wants, and the end of it.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::ended::Stopped;
use super::worker::Worker;
use crate::clock::micros;
use crate::error::JournalError;

/// Whoever says that there were too many, and not for how long, is left alone for this.
const TOO_MANY: Duration = Duration::from_secs(10);

/// And for so long at least, whatever it says.
const SHORTEST: Duration = Duration::from_secs(1);

/// Whoever wants to be left alone for longer is not waited for.
const LONGEST: Duration = Duration::from_secs(3600);

/// Whoever says so this often in a row, with a pause each time, takes no orders.
const MOST_PAUSES: u32 = 10;

impl Worker {
    /// Microseconds between two orders. More than asked for, by what an order may be late (`LATEST`) and a little
    /// more, for some take longer on their way than others: no second has more than its share.
    pub(super) fn interval(&self) -> Option<i64> {
        use rust_decimal::prelude::ToPrimitive;
        let rate = self.options.rate?;
        rust_decimal::Decimal::from(1_045_000).checked_div(rate)?.ceil().to_i64()
    }

    /// Learns what others have written of the batch.
    pub(super) async fn learn(&self) -> Result<(), JournalError> {
        let Some(record) = self.journal.store.batch(&self.batch).await? else { return Ok(()) };
        self.limited.store(record.max_spend.is_some(), Ordering::Relaxed);
        // Slots that are given out one by one are no reason to wait.
        if self.options.rate.is_none() {
            self.pause_for(Duration::from_micros(record.wait.try_into().unwrap_or_default()));
        }
        Ok(())
    }

    fn pause_for(&self, time: Duration) {
        let until = Instant::now() + time;
        let mut paused = self.paused.lock().unwrap_or_else(PoisonError::into_inner);
        *paused = Some(paused.map_or(until, |before| before.max(until)));
    }

    fn paused_until(&self) -> Option<Instant> {
        let paused = self.paused.lock().unwrap_or_else(PoisonError::into_inner);
        paused.filter(|until| *until > Instant::now())
    }

    pub(super) fn is_paused(&self) -> bool {
        self.paused_until().is_some()
    }

    pub(super) async fn pause(&self) {
        while let Some(until) = self.paused_until() {
            sleep_until(until).await;
        }
    }

    pub(super) fn stop(&self) {
        self.stop.send_replace(true);
    }

    pub(super) async fn stopped(&self) {
        // The sender lives as long as this.
        let _ = self.stop.subscribe().wait_for(|is_stopped| *is_stopped).await;
    }

    /// Leaves the provider alone for a time, and says why that has no use any more.
    pub(super) async fn slow_down(
        &self,
        time: Option<Duration>,
    ) -> Result<Option<Stopped>, JournalError> {
        let time = time.unwrap_or(TOO_MANY).max(SHORTEST);
        if time > LONGEST {
            return Ok(Some(Stopped::TooMany));
        }
        // Those that were under way together are told so together.
        let pauses = match self.is_paused() {
            true => 0,
            false => self.pauses.fetch_add(1, Ordering::Relaxed),
        };
        self.pause_for(time);
        self.journal.store.slow_down(&self.batch, micros(time)).await?;
        Ok((pauses >= MOST_PAUSES).then_some(Stopped::TooMany))
    }
}
