//! Works on a batch until nothing of it is left to do.

use std::collections::VecDeque;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{BoxFuture, OptionFuture};
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use oxhost::Client;
use rust_decimal::RoundingStrategy;
use tokio::time::{MissedTickBehavior, interval, sleep};

use super::ended::{Ended, Stopped};
use super::totals::millionths;
use super::worker::{Done, Worker};
use super::{Batch, BatchOptions, Totals};
use crate::error::JournalError;
use crate::row_state::RowState;
use crate::store::{Pool, TakenRow};

/// So many orders are found out about at once.
const FINDING: usize = 16;

/// How often is looked for something to do where there is nothing.
const POLL: Duration = Duration::from_millis(500);

/// Rows, and where they stood before.
type Taken = (RowState, Vec<TakenRow>);
type Rows = Result<Vec<TakenRow>, JournalError>;
type Work = FuturesUnordered<BoxFuture<'static, Result<Done, JournalError>>>;

impl Batch {
    /// Sends the orders of all rows that nothing was sent for, finds out about those whose end is not known, and ends
    /// when nothing is left to do. Others may work on the same batch meanwhile, with the same journal. Rows whose
    /// order was not sent before are tried again.
    ///
    /// Once `stop` completes, no other order is begun, and those under way are awaited. To drop the future leaves at
    /// once: who works on the batch next finds out about what was under way.
    ///
    /// # Errors
    /// [`JournalError::NoSuchBatch`]; [`JournalError::Usage`] where not all rows were added, or at another provider.
    /// Nothing was sent.
    pub async fn run(
        &self,
        client: &Client,
        options: &BatchOptions,
        stop: impl Future<Output = ()>,
    ) -> Result<Ended, JournalError> {
        self.prepare(client, options).await?;
        let totals = self.totals().await?.unwrap_or_default();
        let worker = Arc::new(Worker::new(&self.journal, client, &self.name, options));
        worker.learn().await?;
        let run = Run {
            worker,
            totals,
            queue: VecDeque::new(),
            orders: Work::new(),
            finding: Work::new(),
            taking: None,
            looking: None,
            beating: None,
            resting: None,
            dry: false,
            over: false,
            alone: false,
            unanswered: 0,
            stopped: None,
        };
        let (seen, stopped) = run.run(stop).await;
        // Something was sent: no failure of the journal may hide it.
        Ok(match self.totals().await {
            Ok(totals) => Ended { totals: totals.unwrap_or_default(), stopped },
            Err(error) => {
                Ended { totals: seen, stopped: Some(stopped.unwrap_or(Stopped::Journal(error))) }
            }
        })
    }

    async fn prepare(&self, client: &Client, options: &BatchOptions) -> Result<(), JournalError> {
        self.verify_provider(client).await?;
        if self.record().await?.size.is_none() {
            return Err(JournalError::Usage(format!(
                "not all rows of the batch `{}` were written down: run it again with its input",
                self.name
            )));
        }
        let store = &self.journal.store;
        store.retry(&self.name, &[RowState::NotSent]).await?;
        let Some(limit) = options.max_spend else { return Ok(()) };
        if !options.allow_unknown_price && store.has_unpriced(&self.name).await? {
            return Err(JournalError::Usage(format!(
                "the batch `{}` has paid for orders of unknown price, which no limit can count: to count them as \
                 nothing, allow orders of unknown price as well",
                self.name
            )));
        }
        // No more than was said, where it is finer than the table.
        let exact = limit.amount().round_dp_with_strategy(6, RoundingStrategy::ToZero);
        let limit = millionths(exact.into())
            .ok_or_else(|| JournalError::Usage(format!("a batch cannot be held to {limit} EUR")))?;
        store.set_limit(&self.name, limit).await
    }
}

struct Run {
    worker: Arc<Worker>,
    totals: Totals,
    /// Taken, and not begun.
    queue: VecDeque<TakenRow>,
    orders: Work,
    finding: Work,
    /// Rows to order on their way here, and rows to find out about.
    taking: Option<BoxFuture<'static, Result<Taken, JournalError>>>,
    looking: Option<BoxFuture<'static, Rows>>,
    /// A sign of life. Nothing is awaited beside the orders: they may hold all connections to the database.
    beating: Option<BoxFuture<'static, Result<Option<Totals>, JournalError>>>,
    /// Whether there will be more to do, where there is nothing.
    resting: Option<BoxFuture<'static, Result<bool, JournalError>>>,
    /// There was nothing to take.
    dry: bool,
    /// An order would have gone beyond the limit. What is under way may give some of it back.
    over: bool,
    /// One order is tried with no other under way, whether it really goes beyond the limit.
    alone: bool,
    unanswered: u32,
    stopped: Option<Stopped>,
}

impl Run {
    async fn run(mut self, stop: impl Future<Output = ()>) -> (Totals, Option<Stopped>) {
        let mut stop = pin!(stop);
        let mut beat = interval(self.worker.options.lease / 3);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        (self.worker.options.watch)(&self.totals);
        loop {
            match self.stopped {
                None => self.begin(),
                Some(_) => self.worker.stop(),
            }
            let under_way = !self.orders.is_empty() || self.taking.is_some();
            if self.stopped.is_some() && !under_way {
                break;
            }
            let has_nothing =
                !under_way && self.looking.is_none() && (self.queue.is_empty() || self.over);
            if has_nothing && self.resting.is_none() {
                let worker = Arc::clone(&self.worker);
                self.resting = Some(worker.look_for_more(self.over).boxed());
            }
            tokio::select! {
                Some(done) = self.orders.next() => self.ordered(done),
                Some(done) = self.finding.next() => self.found(done),
                Some(rows) = OptionFuture::from(self.taking.as_mut()) => {
                    self.taking = None;
                    let (from, rows) =
                        self.unless_failed(rows).unwrap_or((RowState::Waiting, Vec::new()));
                    rows.iter().for_each(|_| self.totals.move_row(from, RowState::Taken));
                    self.dry = rows.is_empty();
                    self.queue.extend(rows);
                }
                Some(rows) = OptionFuture::from(self.looking.as_mut()) => {
                    self.looking = None;
                    for row in self.unless_failed(rows).unwrap_or_default() {
                        self.finding.push(Arc::clone(&self.worker).find_out(row).boxed());
                    }
                }
                _ = beat.tick(), if self.beating.is_none() => {
                    self.beating = Some(Arc::clone(&self.worker).beat().boxed());
                    self.look();
                }
                Some(kept) = OptionFuture::from(self.beating.as_mut()) => {
                    self.beating = None;
                    // Others work on it, too.
                    if let Some(totals) = self.unless_failed(kept).flatten() {
                        self.totals = totals;
                        (self.worker.options.watch)(&self.totals);
                    }
                }
                () = &mut stop, if self.stopped.is_none() => self.stopped = Some(Stopped::Asked),
                Some(more) = OptionFuture::from(self.resting.as_mut()) => {
                    self.resting = None;
                    match self.unless_failed(more) {
                        Some(true) => (self.dry, self.over) = (false, false),
                        Some(false) if !self.finding.is_empty() || !has_nothing => {
                            self.resting = Some(sleep(POLL).map(|()| Ok(true)).boxed());
                        }
                        Some(false) if self.over && self.alone => {
                            self.stopped = Some(Stopped::SpendLimit);
                        }
                        // What it was held against may have been given back by now.
                        Some(false) if self.over => {
                            (self.over, self.dry, self.alone) = (false, false, true);
                        }
                        Some(false) => break,
                        None => {}
                    }
                }
            }
        }
        // What was taken and not begun is free at once, and not when the lease has run out.
        drop((self.finding, self.looking, self.beating, self.resting));
        let _ = self.worker.give_back(self.queue.make_contiguous()).await;
        for _ in &self.queue {
            self.totals.move_row(RowState::Taken, RowState::Waiting);
        }
        (self.totals, self.stopped)
    }

    /// Begins orders, and takes more rows before there are none.
    fn begin(&mut self) {
        let most = if self.alone { 1 } else { self.worker.options.concurrency };
        while !self.over && self.orders.len() < most {
            let Some(row) = self.queue.pop_front() else { break };
            self.orders.push(Arc::clone(&self.worker).order(row).boxed());
        }
        if self.taking.is_none() && !self.dry && !self.over && self.queue.len() * 2 <= most {
            self.taking = Some(Arc::clone(&self.worker).take(most).boxed());
        }
    }

    /// Looks for orders whose end is not known.
    fn look(&mut self) {
        let free = FINDING.saturating_sub(self.finding.len());
        if self.looking.is_none() && free > 0 && self.stopped.is_none() {
            self.looking = Some(Arc::clone(&self.worker).take_unknown(free).boxed());
        }
    }

    fn ordered(&mut self, done: Result<Done, JournalError>) {
        let Some(done) = self.unless_failed(done) else { return };
        self.totals.end_row(RowState::Taken, &done.ending);
        if done.over {
            self.over = true;
        } else {
            // It may have given back what it had reserved.
            self.dry &= !self.over;
            (self.over, self.alone) = (false, false);
        }
        match done.answered {
            Some(true) => self.unanswered = 0,
            Some(false) => self.unanswered += 1,
            None => {}
        }
        let stop = done.stop.or_else(|| {
            let most = self.worker.options.unknown_in_a_row;
            (self.unanswered >= most).then_some(Stopped::Unanswered(most))
        });
        self.stopped = self.stopped.take().or(stop);
        match done.ending.state {
            RowState::Waiting => self.dry = false,
            RowState::Unknown => self.look(),
            _ => {}
        }
        (self.worker.options.watch)(&self.totals);
    }

    fn found(&mut self, done: Result<Done, JournalError>) {
        let Some(done) = self.unless_failed(done) else { return };
        self.totals.end_row(RowState::Unknown, &done.ending);
        if done.ending.state != RowState::Unknown {
            (self.over, self.dry) = (false, false);
        }
        (self.worker.options.watch)(&self.totals);
        self.look();
    }

    fn unless_failed<T>(&mut self, result: Result<T, JournalError>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                self.stopped.get_or_insert(Stopped::Journal(error));
                None
            }
        }
    }
}

impl Worker {
    async fn take(self: Arc<Self>, most: usize) -> Result<Taken, JournalError> {
        self.learn().await?;
        let store = &self.journal.store;
        let (batch, owner, lease) = (&self.batch, &self.owner, self.lease());
        let waiting = store.take(batch, Pool::Waiting, owner, lease, most).await?;
        if !waiting.is_empty() {
            return Ok((RowState::Waiting, waiting));
        }
        let abandoned = store.take(batch, Pool::Abandoned, owner, lease, most).await?;
        Ok((RowState::Taken, abandoned))
    }

    async fn take_unknown(self: Arc<Self>, most: usize) -> Rows {
        let (batch, owner, lease) = (&self.batch, &self.owner, self.lease());
        self.journal.store.take(batch, Pool::Unknown, owner, lease, most).await
    }

    async fn beat(self: Arc<Self>) -> Result<Option<Totals>, JournalError> {
        self.learn().await?;
        self.journal.store.keep_taken(&self.batch, &self.owner, self.lease()).await?;
        self.totals_now_and_then().await
    }

    async fn give_back(&self, not_begun: &[TakenRow]) -> Result<(), JournalError> {
        self.journal.store.give_back(&self.batch, &self.owner, not_begun).await
    }

    /// Whether anyone, now or in a while, has something to do. With `reserved`, something that may give back what
    /// it has reserved.
    async fn look_for_more(self: Arc<Self>, reserved: bool) -> Result<bool, JournalError> {
        let more = self.journal.store.has_more(&self.batch, reserved).await?;
        sleep(if more { POLL } else { Duration::ZERO }).await;
        Ok(more)
    }
}
