//! A batch whose calls wait for their end.

use oxhost::Money;
use oxhost::blocking::Client;
use tokio::sync::watch;

use super::waiting::Waiting;
use crate::batch::{BatchOptions, BatchRow, CHUNK, Ended, RecordedRow, Standing, Totals};
use crate::error::JournalError;

/// As [`crate::Batch`], with calls that wait for their end.
#[derive(Clone, Debug)]
pub struct Batch {
    batch: crate::Batch,
    waiting: Waiting,
}

/// Stops runs of batches, and pruning, from another thread or a handler of signals. Its clones stop the same.
#[derive(Clone, Debug, Default)]
pub struct Stop(watch::Sender<bool>);

impl Stop {
    /// One that was not told to stop yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// From now on, no run with this begins another order, and nothing more is pruned. Orders under way are awaited.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }

    pub(super) async fn told(&self) {
        // Its sender is here.
        let _ = self.0.subscribe().wait_for(|told| *told).await;
    }
}

impl Batch {
    pub(super) fn new(batch: crate::Batch, waiting: Waiting) -> Self {
        Self { batch, waiting }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.batch.name()
    }

    /// As [`crate::Batch::add`]. The rows may come from what blocks, such as another database.
    ///
    /// # Errors
    /// As there.
    pub fn add(
        &self,
        client: &Client,
        rows: impl IntoIterator<Item = BatchRow>,
    ) -> Result<(), JournalError> {
        let mut rows = rows.into_iter().fuse();
        // Each chunk is taken while nothing waits: an iterator that blocks on tokio itself would panic.
        loop {
            let chunk: Vec<BatchRow> = rows.by_ref().take(CHUNK).collect();
            let is_last = chunk.len() < CHUNK;
            self.waiting.wait(self.batch.add(client.client(), chunk))?;
            if is_last {
                return Ok(());
            }
        }
    }

    /// As [`crate::Batch::compare`].
    ///
    /// # Errors
    /// As there.
    pub fn compare(
        &self,
        client: &Client,
        rows: &[BatchRow],
    ) -> Result<Vec<Standing>, JournalError> {
        self.waiting.wait(self.batch.compare(client.client(), rows))
    }

    /// As [`crate::Batch::seal`].
    ///
    /// # Errors
    /// As there.
    pub fn seal(&self) -> Result<(), JournalError> {
        self.waiting.wait(self.batch.seal())
    }

    /// As [`crate::Batch::run`].
    ///
    /// # Errors
    /// As there.
    pub fn run(
        &self,
        client: &Client,
        options: &BatchOptions,
        stop: &Stop,
    ) -> Result<Ended, JournalError> {
        self.waiting.wait(self.batch.run(client.client(), options, stop.told()))
    }

    /// As [`crate::Batch::totals`].
    ///
    /// # Errors
    /// As there.
    pub fn totals(&self) -> Result<Option<Totals>, JournalError> {
        self.waiting.wait(self.batch.totals())
    }

    /// As [`crate::Batch::max_spend`].
    ///
    /// # Errors
    /// As there.
    pub fn max_spend(&self) -> Result<Option<Money>, JournalError> {
        self.waiting.wait(self.batch.max_spend())
    }

    /// As [`crate::Batch::rows`].
    ///
    /// # Errors
    /// As there.
    pub fn rows(
        &self,
        take: impl FnMut(Result<RecordedRow, JournalError>),
    ) -> Result<(), JournalError> {
        self.waiting.wait(self.batch.rows(take))
    }
}
