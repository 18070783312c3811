//! Letting go of old orders that nothing depends on any more.

use std::pin::pin;

use futures_util::FutureExt;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::error::JournalError;
use crate::journal::Journal;
use crate::store::{Chunk, Fates};

/// An order that changed later is kept. Longer than one of the provider's times can be off, in any zone
/// (`verdict/novelty.rs`): one that is not known any more is not taken for a newer one.
const KEPT: SignedDuration = SignedDuration::from_hours(48);

/// Which orders are pruned.
#[derive(Clone, Copy, Debug)]
pub struct PruneOptions {
    before: Timestamp,
    with_references: bool,
}

impl PruneOptions {
    /// Those that last changed before this time, at least 48 hours ago.
    pub fn before(time: Timestamp) -> Self {
        Self { before: time, with_references: false }
    }

    /// Accepted and confirmed orders with a reference, too. The same reference again is then A NEW ORDER, and is
    /// charged again.
    #[must_use]
    pub fn with_references(mut self) -> Self {
        self.with_references = true;
        self
    }
}

/// What was pruned, and what is old enough and kept. Each order counts once, for the first reason that fits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Pruned {
    /// Orders that are gone, or would be.
    pub orders: u64,
    /// Kept: their target has an order that blocks, or they are one.
    pub blocked: u64,
    /// Kept: they belong to a batch, by their reference.
    pub in_batches: u64,
    /// Kept: their reference would be sent again.
    pub referenced: u64,
    /// Whether there may be more, since it was told to stop.
    pub stopped: bool,
}

impl Journal {
    /// Deletes orders that are settled and last changed before a time. Never one
    /// - that blocks its target, or whose target another blocks: it may tell what became of that one;
    /// - that belongs to a batch, by its reference;
    /// - that was placed and has a reference, unless that is asked for by name: the reference would be sent again;
    /// - that the provider may not show yet.
    ///
    /// Some at a time are deleted for good, and `stop` is heard in between. What a SQLite journal gets free is used
    /// for what comes; its file does not shrink. On PostgreSQL, it needs the right to `DELETE`.
    ///
    /// # Errors
    /// [`JournalError::Usage`] for a time less than 48 hours ago; [`JournalError::Database`], after which some may be
    /// gone.
    pub async fn prune(
        &self,
        options: &PruneOptions,
        stop: impl Future<Output = ()>,
    ) -> Result<Pruned, JournalError> {
        self.walk(options, true, stop).await
    }

    /// What [`prune`](Self::prune) would do now.
    ///
    /// # Errors
    /// As for [`prune`](Self::prune).
    pub async fn prunable(&self, options: &PruneOptions) -> Result<Pruned, JournalError> {
        self.walk(options, false, std::future::pending()).await
    }

    async fn walk(
        &self,
        options: &PruneOptions,
        delete: bool,
        stop: impl Future<Output = ()>,
    ) -> Result<Pruned, JournalError> {
        let latest = self.wall().checked_sub(KEPT).unwrap_or(Timestamp::MIN);
        if options.before > latest {
            return Err(JournalError::Usage(format!(
                "orders of the last {} hours are not pruned: name a time before {latest:.0}",
                KEPT.as_hours()
            )));
        }
        self.catch_up().await;
        let mut stop = pin!(stop);
        let mut pruned = Pruned::default();
        let mut chunk = Chunk::none(options.before, options.with_references);
        while let Some(next) = self.store.chunk_behind(chunk).await? {
            if stop.as_mut().now_or_never().is_some() {
                pruned.stopped = true;
                break;
            }
            if delete {
                pruned.orders += self.store.delete_old(&next).await?;
            }
            let Fates { old, blocked, in_batches, referenced } = self.store.fates(&next).await?;
            pruned.blocked += blocked;
            pruned.in_batches += in_batches;
            pruned.referenced += referenced;
            pruned.orders += if delete { 0 } else { old };
            chunk = next;
        }
        Ok(pruned)
    }
}
