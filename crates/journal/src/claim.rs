//! The right to send an order, and what came of it.

mod send;

use std::time::Duration;

use oxhost::{Accepted, CivilDateTime, Client, Order, OrderError};

use crate::batch::Turn;
use crate::clock::SEND_GRACE;
use crate::entry::Entry;
use crate::error::JournalError;
use crate::journal::{Journal, TRIES};
use crate::names;
use crate::state::State;
use crate::store::NewOrder;

/// The pauses between looks at an order that someone else is sending.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// What came of the wish to order something.
#[derive(Debug)]
pub enum Claimed<O> {
    /// The target is ours to charge, once.
    Ours(Claim<O>),
    /// It was ordered before under the same reference.
    Recorded(Box<Entry>),
}

/// The right to send one order. One that is dropped leaves its order claimed.
#[derive(Debug)]
#[must_use = "a claim blocks its target until it is sent or released"]
pub struct Claim<O> {
    pub(crate) journal: Journal,
    /// The order as it was claimed.
    pub(crate) entry: Box<Entry>,
    pub(crate) order: O,
    pub(crate) ends: Vec<CivilDateTime>,
    /// The row of a batch that it is for, whose turn is waited for.
    pub(crate) turn: Option<Box<Turn>>,
}

/// An order that was sent now, or would have been but for its sender, who left.
#[derive(Debug)]
#[non_exhaustive]
pub struct Sent<T> {
    /// How the call ended.
    pub result: Result<Accepted<T>, OrderError>,
    /// The order, which says the same; or what others have found out, where that is more. Where they took
    /// it for not ordered, and a newer order holds its target by now, it stays so, with a note, and
    /// `result` is what counts.
    pub entry: Box<Entry>,
    /// Whether the sender left before there was an answer ([`Claim::send_unless`]).
    pub interrupted: bool,
    /// Whether the row of a batch that it is for has its end, too.
    pub(crate) settled: bool,
    /// Why that could not be written down, if it could not: an order that was sent is open in the journal
    /// until [`Journal::write_unwritten`] succeeds, or someone finds out what became of it; one that was
    /// not is claimed.
    pub unwritten: Option<JournalError>,
}

/// What became of an order that was to be placed.
#[expect(clippy::large_enum_variant, reason = "there is one at a time, and it is taken apart")]
#[derive(Debug)]
pub enum Placed<T> {
    /// It was sent now.
    Sent(Sent<T>),
    /// It was sent before under the same reference, and nothing was sent now.
    Recorded(Box<Entry>),
}

impl Journal {
    /// Claims the target, reads what there is, writes down the intent, sends the order once, and writes
    /// down how it ended: [`claim`](Self::claim) and [`Claim::send`].
    ///
    /// Dropping the future after it was polled leaves the order claimed or open. Who must know which
    /// takes the two steps apart.
    ///
    /// # Errors
    /// Nothing was sent.
    pub async fn place<O: Order>(
        &self,
        client: &Client,
        order: O,
        reference: Option<&str>,
    ) -> Result<Placed<O::Reply>, JournalError> {
        self.claim(client, order, reference).await?.send(client).await
    }

    /// Claims the target of an order: from here on, nobody else charges it through this journal.
    ///
    /// With a `reference`, the same reference again sends nothing and gives the recorded order; while
    /// that is under way, its end is waited for as long as its deadlines run. A reference whose order
    /// was refused, not sent or not ordered is free for another try.
    ///
    /// # Errors
    /// [`JournalError::Blocked`], [`JournalError::OtherOrder`], [`JournalError::Usage`],
    /// [`JournalError::Database`].
    pub async fn claim<O: Order>(
        &self,
        client: &Client,
        order: O,
        reference: Option<&str>,
    ) -> Result<Claimed<O>, JournalError> {
        let parameters = serde_json::to_value(&order)
            .map_err(|error| JournalError::Corrupt(error.to_string()))?;
        names::verify(&parameters, order.target(), reference)?;
        self.catch_up().await;
        let provider = client.provider(order.operation());
        let operation = order.operation().id;
        let text = parameters.to_string();
        // New ids stand together in the index (RFC 9562, 6.11), so that a large journal is no slower than a small one.
        let id = uuid::Uuid::now_v7().to_string();
        let new = NewOrder {
            id: &id,
            provider: &provider,
            operation,
            target: order.target(),
            parameters: &text,
            reference,
            patience: self.baseline.unwrap_or_default() + SEND_GRACE + client.timeout(),
            at: self.wall(),
        };
        let is_same = |entry: &Entry| {
            entry.operation == operation
                && entry.target == order.target()
                && entry.parameters == parameters
        };
        for _ in 0..TRIES {
            // The claim is the database's: of two that insert, the index takes one.
            if let Some(entry) = self.store.insert(&new).await? {
                let (journal, entry) = (self.clone(), Box::new(entry));
                return Ok(Claimed::Ours(Claim {
                    journal,
                    entry,
                    order,
                    ends: Vec::new(),
                    turn: None,
                }));
            }
            // The reference first: who asks again wants to know, and is not blocked by himself.
            if let Some(entry) = self.recorded(&provider, reference, is_same).await? {
                return Ok(Claimed::Recorded(entry));
            }
            if let Some(entry) = self.store.blocking(&provider, order.target()).await? {
                // Somebody else has just taken the reference that was free a moment ago.
                if reference.is_none() || entry.reference.as_deref() != reference {
                    return Err(JournalError::Blocked(Box::new(entry)));
                }
            }
            // Whoever held it has just let go.
        }
        Err(JournalError::Corrupt(format!(
            "it takes no order for {}, and names none that stands against it: is there a constraint or a trigger of another's?",
            order.target()
        )))
    }

    /// The order that holds a reference, once its sender has told how it ended.
    pub(crate) async fn recorded(
        &self,
        provider: &str,
        reference: Option<&str>,
        is_same: impl Fn(&Entry) -> bool,
    ) -> Result<Option<Box<Entry>>, JournalError> {
        let Some(reference) = reference else { return Ok(None) };
        while let Some(entry) = self.store.holder(provider, reference).await?.map(Box::new) {
            if !is_same(&entry) {
                return Err(JournalError::OtherOrder(entry));
            }
            if !matches!(entry.state, State::Claimed | State::Open) {
                return Ok(Some(entry));
            }
            self.wait_for(&entry).await?;
        }
        Ok(None)
    }

    /// Waits until an order that someone else is sending has ended.
    async fn wait_for(&self, entry: &Entry) -> Result<(), JournalError> {
        let mut pause = FIRST_PAUSE;
        let first = self.store.now().await?;
        let at_most = entry.deadlines.sender_is_out_from(&first).saturating_sub(first.micros);
        (self.on_wait)(entry, Duration::from_micros(at_most.try_into().unwrap_or_default()));
        loop {
            let entry = self.store.get(&entry.id).await?;
            if !matches!(entry.state, State::Claimed | State::Open) {
                return Ok(());
            }
            // Its deadlines move when it is opened.
            if self.store.now().await?.micros >= entry.deadlines.sender_is_out_from(&first) {
                return Err(JournalError::Blocked(Box::new(entry)));
            }
            tokio::time::sleep(pause).await;
            pause = LONGEST_PAUSE.min(pause * 2);
        }
    }
}

impl<O: Order> Claimed<O> {
    /// Sends the order if it is ours to send: [`Claim::send`].
    ///
    /// # Errors
    /// Nothing was sent.
    pub async fn send(self, client: &Client) -> Result<Placed<O::Reply>, JournalError> {
        match self {
            Self::Ours(claim) => claim.send(client).await.map(Placed::Sent),
            Self::Recorded(entry) => Ok(Placed::Recorded(entry)),
        }
    }
}
