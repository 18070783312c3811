//! Looking things up in the journal.

use crate::entry::Entry;
use crate::error::JournalError;
use crate::journal::Journal;
use crate::list_options::ListOptions;

impl Journal {
    /// The order with this id, or the one whose id begins so.
    ///
    /// # Errors
    /// [`JournalError::NoSuchOrder`], [`JournalError::Ambiguous`], [`JournalError::Database`].
    pub async fn get(&self, id: &str) -> Result<Entry, JournalError> {
        self.catch_up().await;
        self.store.find(id).await
    }

    /// Gives orders one by one, so that there are never many in memory. One that cannot be read is an
    /// error in its place, and the others follow.
    ///
    /// # Errors
    /// [`JournalError::Database`]: what was given is not all; [`JournalError::NoSuchOrder`] where the one to begin
    /// behind is not there.
    pub async fn list(
        &self,
        options: &ListOptions,
        take: impl FnMut(Result<Entry, JournalError>),
    ) -> Result<(), JournalError> {
        self.catch_up().await;
        self.store.list(options, take).await
    }
}
