//! Why the journal did not do as it was asked.

use std::sync::Arc;
use std::time::Duration;

use oxhost::ReadError;

use crate::entry::Entry;
use crate::state::State;

/// Why the journal did not do as it was asked. Where an order was asked for, nothing was sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// What was asked for cannot be meant.
    #[error("{0}")]
    Usage(String),
    /// An order for the same target is claimed, open or unknown. It must end first.
    #[error("{} is blocked by the order {} of {}, which is {}: find out what became of it before you order again", .0.target, .0.id, .0.created_at, .0.state)]
    Blocked(Box<Entry>),
    /// The reference stands for an order of something else.
    #[error("the reference `{}` stands for another order ({}, {} for {}): use a reference of its own", .0.reference.as_deref().unwrap_or_default(), .0.id, .0.operation, .0.target)]
    OtherOrder(Box<Entry>),
    /// The order is at another provider than the one who is to be asked.
    #[error("the order {id} is at {theirs}, and this client talks to {ours}")]
    OtherProvider {
        /// The order's id in the journal.
        id: String,
        /// Where it was ordered.
        theirs: String,
        /// Where the client sends it.
        ours: String,
    },
    /// Someone released the claim before the order was sent. Nothing was sent.
    #[error(
        "the claim {0} was released by someone else before the order was sent; nothing was sent"
    )]
    Released(String),
    /// What the order was made of is not as it was. Nothing was sent.
    #[error("nothing was ordered: {0}")]
    PreconditionFailed(&'static str),
    /// The goal of a renewal could not be read, so it is not known what is missing. Nothing was sent.
    #[error("what the subscription lacks cannot be told: {0}")]
    Unread(Box<ReadError>),
    /// The state of an order does not allow the step.
    #[error("the order {id} is {state} and cannot become {next}")]
    InvalidTransition {
        /// The order's id in the journal.
        id: String,
        /// What it is.
        state: State,
        /// What it was to become.
        next: State,
    },
    /// The order may still be under way, so nobody can know how it ends.
    #[error("the order {id} may still be under way: ask again in {} s", .wait.as_secs().saturating_add(1))]
    UnderWay {
        /// The order's id in the journal.
        id: String,
        /// When its sender no longer waits for an answer.
        wait: Duration,
    },
    /// The target was renewed a moment ago, and when it ends now is not known yet. Nothing was sent.
    #[error("nothing was ordered: the order {id} of a moment ago may not show yet, and does not say when the subscription ends: ask again in {} s", .wait.as_secs().saturating_add(1))]
    NotVisibleYet {
        /// The earlier order's id in the journal.
        id: String,
        /// When it shows at the latest.
        wait: Duration,
    },
    /// The order of a batch would go beyond what the batch may cost. Nothing was sent.
    #[error("it would cost more than the batch may")]
    SpendLimit,
    /// A batch may cost no more than a limit, and what its order costs is not known. Nothing was sent.
    #[error(
        "the batch has a limit, and what this order costs is not known: it is sent only with allow-unknown-price"
    )]
    UnknownPrice,
    /// There is no such batch.
    #[error("the journal has no batch `{0}`")]
    NoSuchBatch(String),
    /// There is no such order.
    #[error("the journal has no order {0}")]
    NoSuchOrder(String),
    /// Several orders begin so.
    #[error(
        "several orders begin with `{prefix}`, such as {first} and {second}: give more of the id"
    )]
    Ambiguous {
        /// What was given.
        prefix: String,
        /// One of them.
        first: String,
        /// Another.
        second: String,
    },
    /// A journal on a network file system can lose what it was told is safe.
    #[error(
        "the journal cannot be on the network file system at {0}: put it on a local disk, or use PostgreSQL"
    )]
    NetworkFileSystem(String),
    /// The path of a journal must be a text.
    #[error("the journal cannot be at {0}: the path is not UTF-8")]
    NotText(String),
    /// The file of a journal cannot be made.
    #[error("the journal cannot be used: {0}")]
    Unusable(String),
    /// The database does not keep what it is told as safely as an order needs.
    #[error("the journal's database does not write durably: {0}")]
    NotDurable(String),
    /// The database holds something else, or a journal whose guards are gone.
    #[error("the database is no journal that can be used: {0}")]
    NotAJournal(String),
    /// The journal holds what it never wrote.
    #[error("the journal is damaged: {0}")]
    Corrupt(String),
    /// The database did not answer. What it was told may or may not be written.
    #[error("the journal cannot be used: its database did not answer within {} s", .0.as_secs())]
    TimedOut(Duration),
    /// The database cannot be used. Whatever was written together is told the same.
    #[error("the journal cannot be used: {0}")]
    Database(#[from] DatabaseError),
}

/// What a database said, or why it said nothing.
#[derive(Clone, Debug, thiserror::Error)]
#[error(transparent)]
pub struct DatabaseError(Arc<Said>);

#[derive(Debug, thiserror::Error)]
enum Said {
    #[error(transparent)]
    Sqlite(rusqlite::Error),
    #[error(transparent)]
    Postgres(sqlx::Error),
    #[error("it is closed")]
    Closed,
}

impl DatabaseError {
    pub(crate) fn closed() -> Self {
        Self(Arc::new(Said::Closed))
    }

    /// Whether a unique index holds what was to be written. PostgreSQL names the index, SQLite its columns.
    pub(crate) fn is_taken(&self, index: &str, column: &str) -> bool {
        match &*self.0 {
            Said::Sqlite(rusqlite::Error::SqliteFailure(error, said)) => {
                error.extended_code == rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE
                    && said.as_ref().is_some_and(|said| said.contains(column))
            }
            Said::Postgres(error) => error.as_database_error().is_some_and(|error| {
                error.is_unique_violation() && error.constraint() == Some(index)
            }),
            Said::Sqlite(_) | Said::Closed => false,
        }
    }

    /// Whether a check of this name stands against what was to be written.
    pub(crate) fn breaks(&self, check: &str) -> bool {
        match &*self.0 {
            Said::Sqlite(rusqlite::Error::SqliteFailure(error, said)) => {
                error.extended_code == rusqlite::ffi::SQLITE_CONSTRAINT_CHECK
                    && said.as_ref().is_some_and(|said| said.contains(check))
            }
            Said::Postgres(error) => error.as_database_error().is_some_and(|error| {
                error.is_check_violation() && error.constraint() == Some(check)
            }),
            Said::Sqlite(_) | Said::Closed => false,
        }
    }

    /// What SQLite says, whatever the reason: <https://www.sqlite.org/rescode.html>
    pub(crate) fn sqlite_code(&self) -> Option<rusqlite::ErrorCode> {
        match &*self.0 {
            Said::Sqlite(error) => error.sqlite_error_code(),
            Said::Postgres(_) | Said::Closed => None,
        }
    }
}

impl From<rusqlite::Error> for JournalError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(DatabaseError(Arc::new(Said::Sqlite(error))))
    }
}

impl From<sqlx::Error> for DatabaseError {
    fn from(error: sqlx::Error) -> Self {
        Self(Arc::new(Said::Postgres(error)))
    }
}
