//! A durable journal of orders at 0xHost.
//!
//! The provider has no idempotency key. The journal is the local one: the intent of an order is on disk
//! before the first byte of it is sent, and how it ended after it. A target with an order that is open
//! or unknown is not charged again until someone has settled that order; a reference of the caller's is
//! sent once. Both guards are unique indexes of the database, so they hold between processes.
//!
//! What became of an order that is open or unknown is found out by [`Journal::reconcile`]: it compares what
//! the provider showed before the order with what it shows after it, and says *confirmed* or *not
//! ordered* only where every sign agrees; [`Journal::reconcile_all`] does so of all. [`Journal::prune`] deletes old orders
//! that nothing of this depends on. [`Journal::claim_until`] asks for a date instead of months.
//!
//! Absence is believed from `answer_by + LAG` at the earliest, where `answer_by` is when the sender may
//! send no more plus its timeout. A model over the functions that decide this explores every order of
//! steps, pauses and deaths of senders, verifiers and provider: nothing is ordered twice under one
//! reference, and nothing that was booked is ever said not to be, exactly as long as
//! `timeout + LAG >= B + S`, where the provider books within `B` of the hand-over and shows within `S` of
//! the booking. The sender looks at the clock before it uses the connection: one that is stopped between that
//! and the system call that writes the request hands it over when it is continued, and that pause counts in
//! `B`.
//!
//! It guards *at most once per journal*: programs with another journal, or none, are not seen.
//!
//! ```
//! use oxhost::{Client, types::PleskRenewalOrder};
//! use oxhost_journal::{Journal, Placed};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let sandbox = oxhost_sandbox::Sandbox::start()?;
//! # let folder = tempfile::tempdir()?;
//! # let url = format!("sqlite://{}/journal.db", folder.path().display());
//! # let client = Client::builder(sandbox.key()).base_url(sandbox.url()).build()?;
//! let journal = Journal::open(&url).await?;
//! let order = PleskRenewalOrder::new("sub123-4567-8901-2345-678901234567", 3)?;
//!
//! let first = journal.place(&client, order.clone(), Some("invoice 17")).await?;
//! assert!(matches!(first, Placed::Sent(sent) if sent.result.is_ok()));
//!
//! let again = journal.place(&client, order.clone(), Some("invoice 17")).await?;
//! assert!(matches!(again, Placed::Recorded(_)));
//! assert_eq!(sandbox.ledger().len(), 1, "charged once");
//! # Ok(())
//! # }
//! ```

// The model shares a file with the tests outside.
#[cfg(test)]
extern crate self as oxhost_journal;

mod batch;
#[cfg(feature = "blocking")]
pub mod blocking;
mod claim;
mod claim_until;
mod clock;
mod entry;
mod error;
mod findings;
mod journal;
mod list;
mod list_options;
#[cfg(test)]
mod model;
mod names;
mod order;
mod prune;
mod reconcile;
mod row_state;
mod snapshot;
mod state;
mod store;
mod unwritten;
mod verdict;

pub use batch::{
    Batch, BatchOptions, BatchOrder, BatchRow, Ended, RecordedRow, Standing, Stopped, Totals,
    due_until,
};
pub use claim::{Claim, Claimed, Placed, Sent};
pub use claim_until::ClaimedUntil;
pub use clock::{Clock, Deadlines, LAG, Moment, SEND_GRACE};
pub use entry::{Answer, Entry, Resolution, Resolved};
pub use error::{DatabaseError, JournalError};
pub use findings::Findings;
pub use journal::Journal;
pub use list_options::ListOptions;
pub use names::{is_fit_name, verify_batch_name};
pub use order::JournaledOrder;
pub use prune::{PruneOptions, Pruned};
pub use reconcile::{Progress, ReconcileOptions};
pub use row_state::RowState;
pub use snapshot::{
    Observation, SeenOrder, ServerSnapshot, Showed, ShownText, Snapshot, SubscriptionSnapshot,
    Unlisted,
};
pub use state::{Condition, Speaker, State};
pub use verdict::{Signal, Verdict};
