//! Which orders are listed, and in which order.

use jiff::Timestamp;

use crate::state::State;

/// Which orders are listed, and in which order.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ListOptions {
    /// At most so many.
    pub limit: Option<u32>,
    /// Only those in this state.
    pub state: Option<State>,
    /// Only those that were claimed at this time or later ([`Entry::created_at`](crate::Entry::created_at)).
    pub since: Option<Timestamp>,
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

    /// Only those that were claimed at this time or later ([`Entry::created_at`](crate::Entry::created_at)).
    #[must_use]
    pub fn since(mut self, time: Timestamp) -> Self {
        self.since = Some(time);
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
