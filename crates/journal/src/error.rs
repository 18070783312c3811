//! Why the journal did not do as it was asked.

use crate::entry::Entry;
use crate::state::State;

/// Why the journal did not do as it was asked. Where an order was asked for, nothing was sent, unless
/// the variant says otherwise.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// An order for the same target is claimed, open or unknown. It must be settled first.
    #[error("{} is blocked by the order {} of {}, which is {}: find out what became of it, and settle it, before you order again", .0.target, .0.id, .0.created_at, .0.state)]
    Blocked(Box<Entry>),
    /// The reference stands for an order of something else.
    #[error("the reference `{}` stands for another order ({}, {} for {}): use a reference of its own", .0.reference.as_deref().unwrap_or_default(), .0.id, .0.operation, .0.target)]
    OtherOrder(Box<Entry>),
    /// The order was sent, and how it ended could not be written down. It stays open in the journal.
    #[error(
        "the order was sent and ended as {state}, but the journal could not write that down; it is open there as {id}: {source}"
    )]
    NotRecorded {
        /// The order's id in the journal.
        id: String,
        /// How the call ended.
        state: State,
        /// What is known of the answer, secrets redacted, as in [`Entry::outcome`].
        outcome: serde_json::Value,
        /// Why it was not written down.
        source: Box<JournalError>,
    },
    /// Someone took the claim back before the order was sent. Nothing was sent.
    #[error("the claim {0} was taken back before the order was sent; nothing was sent")]
    TakenBack(String),
    /// The subscription is not as it was when the order was made of it. Nothing was sent.
    #[error("nothing was ordered: {0}; look again what is missing")]
    Moved(&'static str),
    /// The goal of a renewal could not be read, so it is not known what is missing. Nothing was sent.
    #[error("what the subscription lacks cannot be told: {0}")]
    Unread(String),
    /// The state of an order does not allow the step.
    #[error("the order {id} is {state} and cannot become {next}")]
    Settled {
        /// The order's id in the journal.
        id: String,
        /// What it is.
        state: State,
        /// What it was to become.
        next: State,
    },
    /// There is no such order.
    #[error("the journal has no order {0}")]
    NoSuchOrder(String),
    /// A journal on a network file system can lose what it was told is safe.
    #[error(
        "the journal cannot be on the network file system at {0}: put it on a local disk, or use PostgreSQL"
    )]
    NetworkFileSystem(String),
    /// The path of a journal must be a text.
    #[error("the journal cannot be at {0}: the path is not UTF-8")]
    NotText(String),
    /// The database does not keep what it is told as safely as an order needs.
    #[error("the journal's database does not write durably: {0}")]
    NotDurable(String),
    /// The journal holds what it never wrote.
    #[error("the journal is damaged: {0}")]
    Corrupt(String),
    /// The database cannot be used.
    #[error("the journal cannot be used: {0}")]
    Database(#[from] sqlx::Error),
}
