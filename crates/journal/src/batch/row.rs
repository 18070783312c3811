//! One row of a batch.

use oxhost::Money;

use super::BatchOrder;
use super::totals::eur;
use crate::entry::Entry;
use crate::error::JournalError;
use crate::row_state::RowState;
use crate::store::StoredRow;

/// What a row of a batch asks for.
#[derive(Clone, Debug)]
pub struct BatchRow {
    /// Where it stands in the input. Rows are begun in this order.
    pub line: u64,
    /// Its reference, which no other row of the batch has.
    pub reference: String,
    /// What is to be ordered.
    pub order: BatchOrder,
}

impl BatchRow {
    /// A row whose reference is its target.
    pub fn new(line: u64, order: impl Into<BatchOrder>) -> Self {
        let order = order.into();
        Self { line, reference: order.target().to_owned(), order }
    }

    /// The same row under another reference.
    #[must_use]
    pub fn reference(mut self, reference: impl Into<String>) -> Self {
        self.reference = reference.into();
        self
    }
}

/// How a row of an input stands to a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is not there yet.
    New,
    /// It was added before, and stands so.
    There(RowState),
    /// Its reference stands for another order there: it cannot be added.
    OtherOrder,
}

/// A row of a batch, and what became of it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RecordedRow {
    /// What it asks for.
    pub row: BatchRow,
    /// Where it stands.
    pub state: RowState,
    /// Why it stands there, where that needs a reason.
    pub reason: Option<String>,
    /// What is reserved for its order in EUR, if it is under way, may have been placed, or is of an unknown charge.
    pub reserved: Option<Money>,
    /// What was charged for it in EUR, if the provider has said so.
    pub charged: Option<Money>,
    /// Its last order in the journal.
    pub entry: Option<Entry>,
}

impl RecordedRow {
    pub(super) fn of(stored: StoredRow) -> Result<Self, JournalError> {
        let StoredRow { taken, state, price, charged, reason, entry } = stored;
        let order = wanted(&taken.wanted)?;
        let line = u64::try_from(taken.line).unwrap_or_default();
        let row = BatchRow { line, reference: taken.reference, order };
        let is_open = matches!(state, RowState::Taken | RowState::Unknown | RowState::Accepted);
        let reserved = price.filter(|_| is_open && charged.is_none());
        let (reserved, charged) = (reserved.map(eur), charged.map(eur));
        Ok(Self { row, state, reason, reserved, charged, entry })
    }
}

/// What a row asks for, as the table holds it.
pub(super) fn wanted(text: &str) -> Result<BatchOrder, JournalError> {
    serde_json::from_str(text).map_err(|error| {
        JournalError::Corrupt(format!("what a row of a batch asks for cannot be read: {error}"))
    })
}
