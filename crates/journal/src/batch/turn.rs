//! When the order of a row may go out, and what it reserves.

use std::sync::Arc;
use std::time::Duration;

use oxhost::types::Payment;
use rust_decimal::Decimal;
use tokio::time::{Instant, sleep_until};

use super::ending::of_entry;
use super::totals::millionths;
use super::worker::Worker;
use crate::clock::micros;
use crate::entry::Entry;
use crate::error::JournalError;
use crate::order::JournaledOrder;
use crate::snapshot::{Observation, Snapshot};
use crate::store::{Price, Reserve, Settlement, TakenRow};

/// An order that comes so late to its slot takes another: those behind it may be on their way by now.
const LATEST: Duration = Duration::from_millis(25);

/// Where slots are so far apart, a worker has one at a time.
const SLOW: Duration = Duration::from_millis(100);

/// So long before its slot an order's intent is written: what that takes is not the same each time.
const EARLY: Duration = Duration::from_millis(100);

/// An order whose turn has come.
pub(crate) struct Come {
    pub(crate) reserve: Reserve,
    /// Its slot: it goes out then, if it is early.
    pub(crate) slot: Option<Instant>,
}

/// The turn of a row.
#[derive(Clone, Debug)]
pub(crate) struct Turn {
    worker: Arc<Worker>,
    row: TakenRow,
}

impl Turn {
    pub(super) fn new(worker: &Arc<Worker>, row: &TakenRow) -> Self {
        Self { worker: Arc::clone(worker), row: row.clone() }
    }

    /// Waits for it, and tells what the order reserves.
    pub(crate) async fn come(
        &self,
        entry: &Entry,
        baseline: &Observation,
    ) -> Result<Come, JournalError> {
        let price = self.price(entry, baseline).await?;
        let slot = tokio::select! {
            biased;
            () = self.worker.stopped() => {
                return Err(JournalError::PreconditionFailed("the batch was stopped before its turn"));
            }
            waited = self.wait() => waited?,
        };
        let reserve =
            Reserve { row: self.worker.held(&self.row), order_id: entry.id.clone(), price };
        Ok(Come { reserve, slot })
    }

    /// What becomes of its row with an order that has ended so.
    pub(crate) fn ends(&self, entry: &Entry) -> Settlement {
        self.worker.settlement(&self.row, of_entry(entry))
    }

    async fn wait(&self) -> Result<Option<Instant>, JournalError> {
        let worker = &self.worker;
        loop {
            worker.pause().await;
            let Some(interval) = worker.interval() else { return Ok(None) };
            // Whoever goes on with the batch waits for all slots that were taken.
            let _one = match interval >= micros(SLOW) {
                true => Some(worker.taking_slot.lock().await),
                false => None,
            };
            let wait = worker.journal.store.slot(&worker.batch, interval, micros(EARLY)).await?;
            let slot = Instant::now() + Duration::from_micros(wait.try_into().unwrap_or_default());
            sleep_until(slot.checked_sub(EARLY).unwrap_or(slot)).await;
            if slot.elapsed() < LATEST && !worker.is_paused() {
                return Ok(Some(slot));
            }
        }
    }

    async fn price(&self, entry: &Entry, baseline: &Observation) -> Result<Price, JournalError> {
        let order = entry.order();
        if let Some(price) = order.as_ref().and_then(|order| price(order, baseline)) {
            return Ok(Price::Known(price));
        }
        if !self.worker.is_limited() {
            return Ok(Price::Unknown);
        }
        if !self.worker.options.allow_unknown_price {
            return Err(JournalError::UnknownPrice);
        }
        let record = self.worker.journal.store.batch(&self.worker.batch).await?;
        let Some(record) = record else { return Ok(Price::Unknown) };
        let dearest = match &order {
            Some(JournaledOrder::Renewal(order)) => {
                record.dearest_month.zip(Some(i64::from(order.months.get())))
            }
            Some(JournaledOrder::Extension(order)) => {
                record.dearest_hour.zip(Some(i64::from(order.hours.get())))
            }
            None => None,
        };
        match dearest.and_then(|(each, count)| each.checked_mul(count)) {
            Some(price) => Ok(Price::Known(price)),
            None if record.max_spend.is_some_and(|most| record.committed >= most) => {
                Err(JournalError::SpendLimit)
            }
            None => Ok(Price::Rest),
        }
    }
}

/// What an order that was written by others, or in an earlier run, keeps of its batch's limit.
pub(super) fn price_of(entry: &Entry, is_limited: bool) -> Price {
    let known = entry.order().zip(entry.baseline.as_ref());
    match known.and_then(|(order, baseline)| price(&order, baseline)) {
        Some(price) => Price::Known(price),
        None if is_limited => Price::Rest,
        None => Price::Unknown,
    }
}

/// What an order costs by what showed before it, in millionths of a EUR. Nobody shows the price of another plan, of a
/// server, or in a cryptocurrency.
fn price(order: &JournaledOrder, baseline: &Observation) -> Option<i64> {
    let JournaledOrder::Renewal(order) = order else { return None };
    if order.new_plan_id.is_some() || order.type_payment != Payment::Balance {
        return None;
    }
    let Some(Snapshot::Subscription(seen)) = baseline.snapshot() else { return None };
    let price = seen.price?.amount().checked_mul(order.months.get().into())?;
    // Nothing is sold for nothing: that is no price to hold a limit against.
    millionths(price.into()).filter(|_| price > Decimal::ZERO)
}
