//! Finding out about all orders that block, some at a time.

use std::collections::VecDeque;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use oxhost::Client;

use super::ReconcileOptions;
use crate::clock::Moment;
use crate::entry::Entry;
use crate::error::JournalError;
use crate::journal::Journal;
use crate::state::State;
use crate::store::Place;

/// So many orders are found out about at once.
const AT_ONCE: usize = 16;

/// So many names of orders are in memory.
const PAGE: usize = 256;

/// How often is looked whether an order is still under way.
const POLL: Duration = Duration::from_secs(1);

impl Journal {
    /// Finds out what became of every order that blocks its target now, as [`reconcile`](Self::reconcile) does of
    /// one, 16 at a time. Each is given when it is done, with its id: as it is then, or why nothing could be told of
    /// it, after which the others follow.
    ///
    /// One that its sender may have under way is left alone until its sender is out, or has told how it ended; where
    /// a window ends before that, it is given as it is.
    ///
    /// # Errors
    /// [`JournalError::Database`] and the like: what was given is not all. What was found out is written.
    pub async fn reconcile_all(
        &self,
        client: &Client,
        options: &ReconcileOptions,
        mut take: impl FnMut(&str, Result<Entry, JournalError>),
    ) -> Result<(), JournalError> {
        self.catch_up().await;
        let start = self.store.now().await?;
        let mut blocking = Blocking::default();
        let mut finding = FuturesUnordered::new();
        loop {
            while finding.len() < AT_ONCE
                && let Some(id) = blocking.next(self).await?
            {
                let start = &start;
                finding.push(async move {
                    let found = self.reconcile_later(client, &id, options, start).await;
                    (id, found)
                });
            }
            match finding.next().await {
                Some((id, Ok(Some(entry)))) => take(&id, Ok(entry)),
                Some((_, Ok(None))) => {}
                Some((id, Err(error))) if is_its_own(&error) => take(&id, Err(error)),
                Some((_, Err(error))) => return Err(error),
                None => return Ok(()),
            }
        }
    }

    /// Gives every order that blocks its target one by one, with its id, the oldest first. One that cannot be read is
    /// an error in its place.
    ///
    /// # Errors
    /// [`JournalError::Database`]: what was given is not all.
    pub async fn list_blocking(
        &self,
        mut take: impl FnMut(&str, Result<Entry, JournalError>),
    ) -> Result<(), JournalError> {
        self.catch_up().await;
        let mut blocking = Blocking::default();
        while let Some(id) = blocking.next(self).await? {
            match self.store.get(&id).await {
                Err(error) if !is_its_own(&error) => return Err(error),
                entry => take(&id, entry),
            }
        }
        Ok(())
    }

    /// Finds out about an order once its sender is out; nothing of one that was claimed after the start.
    async fn reconcile_later(
        &self,
        client: &Client,
        id: &str,
        options: &ReconcileOptions,
        start: &Moment,
    ) -> Result<Option<Entry>, JournalError> {
        let mut entry = self.store.look_at(id).await?;
        let is_here = entry.deadlines.clock == start.clock;
        if is_here && entry.deadlines.claimed_at > start.micros {
            return Ok(None);
        }
        if matches!(entry.state, State::Open | State::Unknown) {
            Self::verify_provider(client, &entry)?;
        }
        let began = self.store.now().await?;
        loop {
            // A claim is taken back, which keeps its sender from sending; a look at an open order only makes its
            // sender's word seem late, and where the clock is another than the sender's, the machine has been
            // started again.
            let may_be_under_way = match entry.state {
                State::Claimed => true,
                State::Open => is_here,
                _ => false,
            };
            let now = self.store.now().await?;
            let left = entry.deadlines.sender_is_out_from(&now).saturating_sub(now.micros);
            let left = Duration::from_micros(left.try_into().unwrap_or_default());
            if !may_be_under_way || left.is_zero() {
                return self.reconcile(client, id, options).await.map(Some);
            }
            let waited = now.micros.saturating_sub(began.micros);
            let waited = Duration::from_micros(waited.try_into().unwrap_or_default());
            if options.window.is_some_and(|window| waited >= window) {
                return Ok(Some(entry));
            }
            (options.pause)(left.min(POLL)).await;
            entry = self.store.get(id).await?;
        }
    }
}

/// Whether an error is about one order, and not about the journal.
fn is_its_own(error: &JournalError) -> bool {
    matches!(
        error,
        JournalError::OtherProvider { .. }
            | JournalError::Corrupt(_)
            | JournalError::NoSuchOrder(_)
            | JournalError::InvalidTransition { .. }
    )
}

/// The orders that block, page by page in the order in which they were claimed.
#[derive(Default)]
struct Blocking {
    page: VecDeque<Place>,
    behind: Place,
    is_last: bool,
}

impl Blocking {
    async fn next(&mut self, journal: &Journal) -> Result<Option<String>, JournalError> {
        if self.page.is_empty() && !self.is_last {
            self.page = journal.store.blocking_behind(&self.behind, PAGE).await?.into();
            self.is_last = self.page.len() < PAGE;
            if let Some(last) = self.page.back() {
                self.behind = last.clone();
            }
        }
        Ok(self.page.pop_front().map(|(_, id)| id))
    }
}
