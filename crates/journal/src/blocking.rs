//! The same journal and batches for programs without async.
//!
//! Each promise is that of the type of the same name outside: what waits here is the same code. What is called back
//! (`take`, [`BatchOptions::watching`]) runs while the journal waits, so it must not wait for this journal or for
//! another blocking library on tokio; a call of this one then says so, and does nothing.
//!
//! ```
//! use oxhost::{blocking::Client, types::PleskRenewalOrder};
//! use oxhost_journal::blocking::{Journal, Stop};
//! use oxhost_journal::{BatchOptions, BatchRow};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let sandbox = oxhost_sandbox::Sandbox::start()?;
//! # let folder = tempfile::tempdir()?;
//! # let built = oxhost::Client::builder(sandbox.key()).base_url(sandbox.url()).build()?;
//! # let client = Client::new(built)?;
//! let journal = Journal::open_file(&folder.path().join("journal.db"))?;
//! let batch = journal.batch("2026-12")?;
//! let order = PleskRenewalOrder::new("sub123-4567-8901-2345-678901234567", 3)?;
//! batch.add(&client, [BatchRow::new(1, order)])?;
//! batch.seal()?;
//!
//! // A clone of it, in another thread or a handler of signals, stops the run.
//! let stop = Stop::new();
//! for _ in 0..2 {
//!     let ended = batch.run(&client, &BatchOptions::default(), &stop)?;
//!     assert_eq!((ended.stopped.is_none(), ended.totals.accepted), (true, 1));
//! }
//! assert_eq!(sandbox.ledger().len(), 1, "charged once");
//! # Ok(())
//! # }
//! ```

mod batch;
mod waiting;

use std::path::Path;

use oxhost::Order;
use oxhost::blocking::Client;

use crate::claim::Placed;
use crate::entry::{Entry, Resolution};
use crate::error::JournalError;
use crate::list_options::ListOptions;
use crate::prune::{PruneOptions, Pruned};
use crate::reconcile::ReconcileOptions;
use waiting::Waiting;

pub use batch::{Batch, Stop};

#[cfg(doc)]
use crate::BatchOptions;

/// A journal whose calls wait for their end. Cheap to clone.
///
/// From within async code, where waiting would stop the program, each call is a [`JournalError::Usage`] and does
/// nothing.
#[derive(Clone, Debug)]
pub struct Journal {
    // Before what it waits on: its connections end first.
    journal: crate::Journal,
    waiting: Waiting,
}

impl Journal {
    /// As [`crate::Journal::open`].
    ///
    /// # Errors
    /// As there.
    pub fn open(url: &str) -> Result<Self, JournalError> {
        let waiting = Waiting::new()?;
        let journal = waiting.wait(crate::Journal::open(url))?;
        Ok(Self { journal, waiting })
    }

    /// As [`crate::Journal::open_file`].
    ///
    /// # Errors
    /// As there.
    pub fn open_file(path: &Path) -> Result<Self, JournalError> {
        let waiting = Waiting::new()?;
        let journal = waiting.wait(crate::Journal::open_file(path))?;
        Ok(Self { journal, waiting })
    }

    /// The same journal with other settings: those of [`crate::Journal`] whose names begin with `with` or `on`.
    #[must_use]
    pub fn set(self, set: impl FnOnce(crate::Journal) -> crate::Journal) -> Self {
        Self { journal: set(self.journal), ..self }
    }

    /// As [`crate::Journal::place`].
    ///
    /// # Errors
    /// Nothing was sent.
    pub fn place<O: Order>(
        &self,
        client: &Client,
        order: O,
        reference: Option<&str>,
    ) -> Result<Placed<O::Reply>, JournalError> {
        self.waiting.wait(self.journal.place(client.client(), order, reference))
    }

    /// As [`crate::Journal::reconcile`].
    ///
    /// # Errors
    /// As there.
    pub fn reconcile(
        &self,
        client: &Client,
        id: &str,
        options: &ReconcileOptions,
    ) -> Result<Entry, JournalError> {
        self.waiting.wait(self.journal.reconcile(client.client(), id, options))
    }

    /// As [`crate::Journal::reconcile_all`].
    ///
    /// # Errors
    /// As there.
    pub fn reconcile_all(
        &self,
        client: &Client,
        options: &ReconcileOptions,
        take: impl FnMut(&str, Result<Entry, JournalError>),
    ) -> Result<(), JournalError> {
        self.waiting.wait(self.journal.reconcile_all(client.client(), options, take))
    }

    /// As [`crate::Journal::resolve`].
    ///
    /// # Errors
    /// As there.
    pub fn resolve(
        &self,
        id: &str,
        resolution: Resolution,
        reason: &str,
    ) -> Result<Entry, JournalError> {
        self.waiting.wait(self.journal.resolve(id, resolution, reason))
    }

    /// As [`crate::Journal::write_unwritten`]. In the background it is tried only while another call waits.
    ///
    /// # Errors
    /// As there.
    pub fn write_unwritten(&self) -> Result<usize, JournalError> {
        self.waiting.wait(self.journal.write_unwritten())
    }

    /// As [`crate::Journal::get`].
    ///
    /// # Errors
    /// As there.
    pub fn get(&self, id: &str) -> Result<Entry, JournalError> {
        self.waiting.wait(self.journal.get(id))
    }

    /// As [`crate::Journal::list`].
    ///
    /// # Errors
    /// As there.
    pub fn list(
        &self,
        options: &ListOptions,
        take: impl FnMut(Result<Entry, JournalError>),
    ) -> Result<(), JournalError> {
        self.waiting.wait(self.journal.list(options, take))
    }

    /// As [`crate::Journal::list_blocking`].
    ///
    /// # Errors
    /// As there.
    pub fn list_blocking(
        &self,
        take: impl FnMut(&str, Result<Entry, JournalError>),
    ) -> Result<(), JournalError> {
        self.waiting.wait(self.journal.list_blocking(take))
    }

    /// As [`crate::Journal::prune`].
    ///
    /// # Errors
    /// As there.
    pub fn prune(&self, options: &PruneOptions, stop: &Stop) -> Result<Pruned, JournalError> {
        self.waiting.wait(self.journal.prune(options, stop.told()))
    }

    /// As [`crate::Journal::prunable`].
    ///
    /// # Errors
    /// As there.
    pub fn prunable(&self, options: &PruneOptions) -> Result<Pruned, JournalError> {
        self.waiting.wait(self.journal.prunable(options))
    }

    /// As [`crate::Journal::batch`].
    ///
    /// # Errors
    /// As there.
    pub fn batch(&self, name: &str) -> Result<Batch, JournalError> {
        Ok(Batch::new(self.journal.batch(name)?, self.waiting.clone()))
    }

    /// As [`crate::Journal::batches`].
    ///
    /// # Errors
    /// As there.
    pub fn batches(&self) -> Result<Vec<String>, JournalError> {
        self.waiting.wait(self.journal.batches())
    }

    /// As [`crate::Journal::close`].
    ///
    /// # Errors
    /// [`JournalError::Usage`] alone, from within async code.
    pub fn close(self) -> Result<(), JournalError> {
        self.waiting.wait(async {
            self.journal.close().await;
            Ok(())
        })
    }
}
