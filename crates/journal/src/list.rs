//! Looking things up in the journal.

use crate::entry::Entry;
use crate::error::JournalError;
use crate::journal::Journal;
use crate::state::State;
use crate::store::{Filter, Found, Kept};

/// Which orders are listed, and in which order.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ListOptions {
    /// At most so many.
    pub limit: Option<u32>,
    /// Only those in this state.
    pub state: Option<State>,
    /// The newest first, instead of the oldest.
    pub newest_first: bool,
    /// Only those behind the order with this id.
    pub after: Option<String>,
}

impl ListOptions {
    /// At most so many.
    #[must_use]
    pub fn limit(mut self, limit: u32) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Only those in this state.
    #[must_use]
    pub fn state(mut self, state: State) -> Self {
        self.state = Some(state);
        self
    }

    /// The newest first, instead of the oldest.
    #[must_use]
    pub fn newest_first(mut self) -> Self {
        self.newest_first = true;
        self
    }

    /// Only those behind the order with this id.
    #[must_use]
    pub fn after(mut self, id: impl Into<String>) -> Self {
        self.after = Some(id.into());
        self
    }
}

impl Journal {
    /// The order with this id, or the one whose id begins so.
    ///
    /// # Errors
    /// [`JournalError::NoSuchOrder`], [`JournalError::Ambiguous`], [`JournalError::Database`].
    pub async fn get(&self, id: &str) -> Result<Entry, JournalError> {
        self.catch_up().await;
        let prefix = id.to_ascii_lowercase();
        let found = match prefix.is_empty() {
            true => Found::None,
            false => self.store.find(&prefix).await?,
        };
        match found {
            Found::One(row) => (*row).try_into(),
            Found::None => Err(JournalError::NoSuchOrder(id.to_owned())),
            Found::Several(first, second) => Err(JournalError::Ambiguous { prefix, first, second }),
        }
    }

    /// Gives orders one by one, so that there are never many in memory. One that cannot be read is an
    /// error in its place, and the others follow.
    ///
    /// # Errors
    /// [`JournalError::Database`]: what was given is not all.
    pub async fn list(
        &self,
        options: &ListOptions,
        mut take: impl FnMut(Result<Entry, JournalError>),
    ) -> Result<(), JournalError> {
        self.catch_up().await;
        let ListOptions { limit, state, newest_first, after } = options.clone();
        let filter = Filter { limit, state, newest_first, after };
        self.store.list(&filter, |row| take(row.and_then(Entry::try_from))).await
    }

    /// The order that keeps a target of a provider from being charged, if there is one.
    ///
    /// # Errors
    /// [`JournalError::Database`].
    pub async fn blocking(
        &self,
        provider: &str,
        target: &str,
    ) -> Result<Option<Entry>, JournalError> {
        self.catch_up().await;
        self.store.blocking(provider, target).await?.map(Entry::try_from).transpose()
    }

    /// Keeps what was found out of an order that stays as it is.
    pub(crate) async fn keep(&self, id: &str, findings: String) -> Result<Entry, JournalError> {
        let states = [State::Open, State::Unknown];
        let kept = self.store.keep(id, Kept::Findings, &findings, &states, self.wall());
        kept.await?.try_into()
    }

    /// The other orders for a target.
    pub(crate) async fn others_of_target(&self, entry: &Entry) -> Result<Vec<Entry>, JournalError> {
        let mut orders = self.orders_of_target(&entry.provider, &entry.target).await?;
        orders.retain(|other| other.id != entry.id);
        Ok(orders)
    }

    /// All orders for a target. One that cannot be read is an error: an order of ours that is not known
    /// would be taken for another.
    pub(crate) async fn orders_of_target(
        &self,
        provider: &str,
        target: &str,
    ) -> Result<Vec<Entry>, JournalError> {
        let (mut orders, mut damaged) = (Vec::new(), None);
        let take = |row: Result<_, _>| match row.and_then(Entry::try_from) {
            Ok(order) => orders.push(order),
            Err(error) => damaged = Some(error),
        };
        self.store.of_target(provider, target, take).await?;
        damaged.map_or(Ok(orders), Err)
    }
}
