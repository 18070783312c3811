//! The right to send an order, and what came of it.

use oxhost::{Accepted, CivilDateTime, Error};
use serde_json::Value;

use crate::entry::Entry;

/// What came of the wish to order something.
#[derive(Debug)]
pub enum Claim {
    /// The target is ours to charge, once.
    Ours(Ticket),
    /// It was ordered before under the same reference.
    Recorded(Box<Entry>),
}

/// The right to send one order. Good for a single [`Journal::send`](crate::Journal::send); one that is dropped leaves its
/// order claimed.
#[derive(Debug)]
pub struct Ticket {
    pub(crate) id: String,
    pub(crate) parameters: Value,
    pub(crate) ends: Option<CivilDateTime>,
}

impl Ticket {
    /// The order's id in the journal.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Sends a renewal only if what is read before it shows that the subscription still ends then.
    #[must_use]
    pub fn only_if_it_ends(mut self, at: CivilDateTime) -> Self {
        self.ends = Some(at);
        self
    }
}

/// What became of an order that was to be placed.
#[derive(Debug)]
pub enum Placed<T> {
    /// It was sent now, and ended like this. The entry says the same.
    Sent(Result<Accepted<T>, Error>, Box<Entry>),
    /// It was sent before under the same reference, and nothing was sent now.
    Recorded(Box<Entry>),
}
