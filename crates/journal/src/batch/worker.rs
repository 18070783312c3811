//! One worker of a batch, and what it makes of one row.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use oxhost::types::PleskRenewalOrder;
use oxhost::{Client, Order, OrderError, ReadError, RenewalPlan};
use tokio::sync::watch;
use tokio::time::Instant;

use super::ended::Stopped;
use super::ending::{of_entry, why_undecided};
use super::{BatchOptions, BatchOrder, Totals, Turn, due_until, row};
use crate::claim::{Claimed, Sent};
use crate::claim_until::ClaimedUntil;
use crate::clock::micros;
use crate::entry::Entry;
use crate::error::JournalError;
use crate::journal::Journal;
use crate::row_state::RowState;
use crate::store::{Ending, HeldRow, Settlement, TakenRow};

/// A row is begun again so often at most in a run, by its worker or those who take it over.
const MOST_REPEATS: i64 = 20;

/// Until another row's order for the same target may have ended.
const FOR_ANOTHER: Duration = Duration::from_secs(5);

/// What nobody could find out is looked for again in a run after this.
pub(super) const UNDECIDED: Duration = Duration::from_secs(3600);

#[derive(Debug)]
pub(super) struct Worker {
    pub(super) journal: Journal,
    pub(super) client: Client,
    pub(super) batch: String,
    pub(super) options: BatchOptions,
    /// Of this run alone.
    pub(super) owner: String,
    /// Before this, no order goes out.
    pub(super) paused: Mutex<Option<Instant>>,
    pub(super) limited: AtomicBool,
    /// Held by the order that waits for a slot, where the rate is slow.
    pub(super) taking_slot: tokio::sync::Mutex<()>,
    /// Before this, the rows are not counted again.
    counted: Mutex<Option<Instant>>,
    /// Pauses since an order was taken.
    pub(super) pauses: AtomicU32,
    /// No order is begun any more, and none waits for its turn.
    pub(super) stop: watch::Sender<bool>,
}

/// What became of a row.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) row: TakenRow,
    pub(super) ending: Ending,
    /// It was written down with the outcome of the order.
    settled: bool,
    /// Why no other is to be begun.
    pub(super) stop: Option<Stopped>,
    /// It would go beyond the limit as things are.
    pub(super) over: bool,
    /// Whether the provider was asked and gave no answer to rely on, or gave one.
    pub(super) answered: Option<bool>,
}

impl Worker {
    pub(super) fn new(
        journal: &Journal,
        client: &Client,
        batch: &str,
        options: &BatchOptions,
    ) -> Self {
        Self {
            journal: journal.clone(),
            client: client.clone(),
            batch: batch.to_owned(),
            options: options.clone(),
            owner: uuid::Uuid::new_v4().to_string(),
            paused: Mutex::new(None),
            limited: AtomicBool::new(false),
            taking_slot: tokio::sync::Mutex::default(),
            counted: Mutex::new(None),
            pauses: AtomicU32::new(0),
            stop: watch::Sender::new(false),
        }
    }

    pub(super) fn lease(&self) -> i64 {
        micros(self.options.lease)
    }

    pub(super) fn is_limited(&self) -> bool {
        self.limited.load(Ordering::Relaxed)
    }

    /// What all rows come to, as others see it, too; nothing where to count them would take more than a fiftieth of
    /// the time.
    pub(super) async fn totals_now_and_then(&self) -> Result<Option<Totals>, JournalError> {
        let counted = || self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        let begun = Instant::now();
        if counted().is_some_and(|next| begun < next) {
            return Ok(None);
        }
        let totals = self.journal.batch(&self.batch)?.totals().await?;
        *counted() = Some(Instant::now() + begun.elapsed() * 50);
        Ok(totals)
    }

    /// Orders what a row asks for, and writes down what became of it.
    pub(super) async fn order(self: Arc<Self>, row: TakenRow) -> Result<Done, JournalError> {
        let done = self.try_order(row).await?;
        self.settle(done).await
    }

    /// Finds out what became of a row's order, and writes it down.
    pub(super) async fn find_out(self: Arc<Self>, row: TakenRow) -> Result<Done, JournalError> {
        let Some(id) = row.order_id.clone() else {
            return self.settle(Done::of(row, Ending::waiting("it has no order"))).await;
        };
        if let Some(ending) = self.still_in_doubt(&row, &id).await? {
            return self.settle(Done::of(row, ending)).await;
        }
        let found = self.journal.reconcile(&self.client, &id, &self.options.reconcile).await;
        let ending = match found {
            Ok(entry) => match of_entry(&entry) {
                ending if ending.state == RowState::Unknown => Ending {
                    reason: Some(why_undecided(&entry)),
                    pause: Some(micros(UNDECIDED)),
                    ..ending
                },
                ending => ending,
            },
            Err(error @ (JournalError::OtherProvider { .. } | JournalError::NoSuchOrder(_))) => {
                Ending {
                    reason: Some(error.to_string()),
                    pause: Some(micros(UNDECIDED)),
                    ..Ending::new(RowState::Unknown)
                }
            }
            Err(error) => return Err(error),
        };
        self.settle(Done::of(row, ending)).await
    }

    async fn settle(&self, done: Done) -> Result<Done, JournalError> {
        if !done.settled {
            self.journal.store.settle(&self.settlement(&done.row, done.ending.clone())).await?;
        }
        Ok(done)
    }

    /// How a row of this worker ends.
    pub(super) fn settlement(&self, row: &TakenRow, ending: Ending) -> Settlement {
        Settlement { row: self.held(row), ending, corrects: false }
    }

    pub(super) fn held(&self, row: &TakenRow) -> HeldRow {
        HeldRow { batch: self.batch.clone(), reference: row.reference.clone(), epoch: row.epoch }
    }

    async fn try_order(self: &Arc<Self>, row: TakenRow) -> Result<Done, JournalError> {
        let order = row::wanted(&row.wanted)?;
        // First of all: an order of it may be under way.
        if row.epoch > 1
            && let Some(ending) = self.left_behind(&row, &order).await?
        {
            return Ok(Done::of(row, ending));
        }
        if row.repeats >= MOST_REPEATS {
            let why = format!("given up after it was begun {MOST_REPEATS} times");
            return Ok(Done::of(row, Ending::not_sent(why)));
        }
        let is_left_out = |name: &str| self.options.except.contains(name);
        if is_left_out(&row.reference) || is_left_out(order.target()) {
            return Ok(Done::of(row, Ending::skipped("it was left out".to_owned())));
        }
        match self.is_due(&order).await {
            Ok(None) => {}
            Ok(Some(why)) => return Ok(Done::of(row, Ending::skipped(why))),
            Err(error) => return self.failed(row, error).await,
        }
        let (client, reference) = (&self.client, self.reference(&row));
        let reference = Some(reference.as_str());
        match order {
            BatchOrder::Renewal(order) => {
                let claimed = self.journal.claim(client, order, reference).await;
                self.send(row, claimed).await
            }
            BatchOrder::Extension(order) => {
                let claimed = self.journal.claim(client, order, reference).await;
                self.send(row, claimed).await
            }
            BatchOrder::RenewalUntil { subscription_id, date } => {
                let claiming = self.journal.claim_until(client, &subscription_id, date, reference);
                match claiming.await {
                    Ok(ClaimedUntil::Renew(claimed)) => self.send(row, Ok(claimed)).await,
                    Ok(ClaimedUntil::Enough { recorded: Some(entry), .. }) => {
                        let ending = self.adopt(&row, &entry).await?;
                        Ok(Done::of(row, ending))
                    }
                    Ok(ClaimedUntil::Enough { ends, recorded: None }) => {
                        let why = format!("it lasts until {ends} already");
                        Ok(Done::of(row, Ending::skipped(why)))
                    }
                    Err(error) => self.send::<PleskRenewalOrder>(row, Err(error)).await,
                }
            }
        }
    }

    pub(super) fn reference(&self, row: &TakenRow) -> String {
        format!("{}/{}", self.batch, row.reference)
    }

    /// Why a row is not due, if only what is due is to be ordered.
    async fn is_due(&self, order: &BatchOrder) -> Result<Option<String>, JournalError> {
        let Some(days) = self.options.due_within else { return Ok(None) };
        let subscription = match order {
            BatchOrder::Renewal(order) => &order.subscription_id,
            BatchOrder::RenewalUntil { subscription_id, .. } => subscription_id,
            BatchOrder::Extension(_) => return Ok(None),
        };
        let until = due_until(self.journal.wall(), days);
        let plan = self.client.plan_renewal(subscription, until).await;
        match plan.map_err(|error| JournalError::Unread(Box::new(error)))? {
            RenewalPlan::Enough(ends) => Ok(Some(format!("it is not due: it lasts until {ends}"))),
            RenewalPlan::Renew { .. } | RenewalPlan::OutOfReach(_) => Ok(None),
        }
    }

    async fn send<O: Order>(
        self: &Arc<Self>,
        row: TakenRow,
        claimed: Result<Claimed<O>, JournalError>,
    ) -> Result<Done, JournalError> {
        match claimed {
            Ok(Claimed::Ours(claim)) => {
                let claim = claim.in_turn(Turn::new(self, &row));
                match claim.send(&self.client).await {
                    Ok(sent) => self.sent(row, sent).await,
                    Err(error) => self.failed(row, error).await,
                }
            }
            Ok(Claimed::Recorded(entry)) => {
                let ending = self.adopt(&row, &entry).await?;
                Ok(Done::of(row, ending))
            }
            Err(error) => self.failed(row, error).await,
        }
    }

    async fn sent<T>(&self, row: TakenRow, sent: Sent<T>) -> Result<Done, JournalError> {
        if let Some(error) = sent.unwritten {
            // It is open in the journal, and whoever takes the row next finds it so.
            return Err(error);
        }
        let mut done = Done::of(row, of_entry(&sent.entry));
        let status = sent.result.as_ref().err().and_then(|error| error.failure().status());
        match &sent.result {
            Ok(_) => {
                (done.answered, done.settled) = (Some(true), sent.settled);
                self.pauses.store(0, Ordering::Relaxed);
            }
            Err(OrderError::Refused(failure)) => {
                done.answered = Some(true);
                match failure.status().map(|status| status.as_u16()) {
                    Some(429) => {
                        done.stop = self.slow_down(failure.retry_after()).await?;
                        done.ending = waits_again(done.ending);
                    }
                    Some(status @ (401..=403)) => {
                        done.stop = Some(Stopped::Refused { status });
                        done.ending = waits_again(done.ending);
                    }
                    _ => {}
                }
            }
            Err(OrderError::NotSent(_) | OrderError::Unknown(_)) => done.answered = Some(false),
        }
        if let Some(status) = status.filter(|status| status.is_redirection()) {
            done.stop = Some(Stopped::Redirected { status: status.as_u16() });
        }
        Ok(done)
    }

    /// What follows from a row whose order was not sent.
    async fn failed(&self, row: TakenRow, error: JournalError) -> Result<Done, JournalError> {
        let why = error.to_string();
        let ending = match error {
            JournalError::Blocked(entry) if self.is_ours(&entry) => {
                Ending { pause: Some(micros(FOR_ANOTHER)), repeats: false, ..Ending::waiting(why) }
            }
            JournalError::SpendLimit => {
                let ending = Ending { repeats: false, ..Ending::waiting(why) };
                return Ok(Done { over: true, ..Done::of(row, ending) });
            }
            JournalError::NotVisibleYet { wait, .. } => {
                Ending { pause: Some(micros(wait)), repeats: false, ..Ending::waiting(why) }
            }
            JournalError::Released(_)
            | JournalError::PreconditionFailed(_)
            | JournalError::InvalidTransition { .. } => {
                Ending { repeats: !*self.stop.borrow(), ..Ending::again(why) }
            }
            JournalError::Unread(error) => return self.unread(row, &error, why).await,
            JournalError::Blocked(_)
            | JournalError::OtherOrder(_)
            | JournalError::OtherProvider { .. }
            | JournalError::UnknownPrice
            | JournalError::Usage(_) => Ending::not_sent(why),
            error => return Err(error),
        };
        Ok(Done::of(row, ending))
    }

    async fn unread(
        &self,
        row: TakenRow,
        error: &ReadError,
        why: String,
    ) -> Result<Done, JournalError> {
        let status = error.failure().status().map(|status| status.as_u16());
        let mut done = Done::of(row, Ending::not_sent(why.clone()));
        match (error, status) {
            (ReadError::Refused(_), Some(status @ (401..=403))) => {
                done.ending = Ending::waiting(why);
                done.stop = Some(Stopped::Refused { status });
            }
            (_, Some(429)) => {
                done.stop = self.slow_down(error.failure().retry_after()).await?;
                done.ending = Ending { repeats: false, ..Ending::waiting(why) };
            }
            (ReadError::Unavailable(_), _) => done.answered = Some(false),
            _ => {}
        }
        Ok(done)
    }

    fn is_ours(&self, entry: &Entry) -> bool {
        let reference = entry.reference.as_deref().and_then(|it| it.strip_prefix(&self.batch));
        reference.is_some_and(|rest| rest.starts_with('/'))
    }
}

/// A row whose refusal says nothing of it.
fn waits_again(refused: Ending) -> Ending {
    Ending { reason: refused.reason, ..Ending::new(RowState::Waiting) }
}

impl Done {
    fn of(row: TakenRow, ending: Ending) -> Self {
        Self { row, ending, settled: false, stop: None, over: false, answered: None }
    }
}
