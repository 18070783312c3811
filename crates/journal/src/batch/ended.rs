//! How a run of a batch ended.

use super::Totals;
use crate::error::JournalError;

/// How a run ended.
#[derive(Debug)]
#[non_exhaustive]
pub struct Ended {
    /// What all rows come to; where the journal could not be asked at the end, as far as this run knows.
    pub totals: Totals,
    /// Why rows are left that nobody has begun, if that is so.
    pub stopped: Option<Stopped>,
}

/// Why a run ended before all rows had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Stopped {
    /// It was told to.
    #[error("it was told to stop")]
    Asked,
    /// The next order would go beyond what the batch may cost.
    #[error("the next order would cost more than the batch may")]
    SpendLimit,
    /// The provider takes no order of this key (401, 403), or wants money first (402).
    #[error("the provider answered {status}, as it would to every order: {}", what_to_do(*status))]
    Refused {
        /// The status.
        status: u16,
    },
    /// The provider points elsewhere, where no order is sent.
    #[error("the provider answered {status}, a redirect")]
    Redirected {
        /// The status.
        status: u16,
    },
    /// So many orders in a row had no answer to rely on, or did not reach the provider.
    #[error("orders in a row ended unknown, or did not reach the provider: {0}")]
    Unanswered(u32),
    /// The provider answered 429 again and again, or wants to be left alone for more than an hour.
    #[error("the provider takes no more orders for now (429)")]
    TooMany,
    /// The journal failed.
    #[error("{0}")]
    Journal(JournalError),
}

fn what_to_do(status: u16) -> &'static str {
    match status {
        402 => "pay in first",
        _ => "look whether the API key is the right one, and may order",
    }
}
