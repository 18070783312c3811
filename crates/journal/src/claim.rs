//! The right to send an order, and what came of it.

use jiff::Timestamp;
use oxhost::contract::Operation;
use oxhost::{Accepted, CivilDateTime, Client, Deadline, Order, OrderError, Receipt};
use serde_json::Value;

use crate::clock::SEND_GRACE;
use crate::entry::{Answer, Entry};
use crate::error::JournalError;
use crate::journal::{Journal, text_of};
use crate::order::JournaledOrder;
use crate::snapshot::{Observation, Snapshot};
use crate::state::{Speaker, State};
use crate::store::{Step, Written};

/// What came of the wish to order something.
#[expect(clippy::large_enum_variant, reason = "there is one at a time, and it is taken apart")]
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
    pub(crate) id: String,
    pub(crate) provider: String,
    pub(crate) order: O,
    pub(crate) parameters: Value,
    pub(crate) ends: Vec<CivilDateTime>,
}

/// An order that was sent now.
#[derive(Debug)]
#[non_exhaustive]
pub struct Sent<T> {
    /// How the call ended.
    pub result: Result<Accepted<T>, OrderError>,
    /// The order, which says the same.
    pub entry: Box<Entry>,
    /// Why that could not be written down, if it could not: the order is open in the journal until
    /// [`Journal::write_unwritten`] succeeds, or someone finds out what became of it.
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

impl<O: Order> Claim<O> {
    /// The order's id in the journal.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What it is the right to send.
    pub fn order(&self) -> &O {
        &self.order
    }

    /// Sends a renewal only if what is read before it shows that the subscription still ends then. Said
    /// several times, any of them will do.
    pub fn only_if_it_ends(mut self, at: CivilDateTime) -> Self {
        self.ends.push(at);
        self
    }

    /// Reads what there is, writes down the intent, sends the order once, and writes down how it ended.
    ///
    /// The order is handed over at most 10 s after its intent, on a clock that counts suspended time.
    ///
    /// # Errors
    /// Nothing was sent. After an error of the database the order may be open in the journal; then it
    /// can be found out that it was not ordered.
    pub async fn send(self, client: &Client) -> Result<Sent<O::Reply>, JournalError> {
        let Self { journal, id, provider, order, parameters, ends } = self;
        let ours = client.provider(order.operation());
        if ours != provider {
            return Err(JournalError::OtherProvider { id, theirs: provider, ours });
        }
        // Under the claim, so that no other order through this journal comes in between.
        let baseline = journal.observe_before(client, order.operation().id, &parameters).await;
        if !ends.is_empty() {
            let failed = match baseline.snapshot() {
                Some(Snapshot::Subscription(seen)) if ends.contains(&seen.expires_at) => None,
                Some(_) => Some("the subscription was renewed meanwhile"),
                None => Some("the subscription could not be read"),
            };
            if let Some(reason) = failed {
                journal.release(&id, reason).await?;
                return Err(JournalError::PreconditionFailed(reason));
            }
        }
        // Before the statement: whatever pauses from here on, nothing leaves after `send_by`.
        let client = client.with_send_by(Deadline::after(SEND_GRACE));
        let intent = Step {
            timeout: Some(client.timeout()),
            baseline: Some(text_of(&baseline)?),
            ..Step::to(State::Open, Speaker::Sender)
        };
        let open = match journal.store.step(&id, &intent, journal.wall()).await? {
            Written::Yes(row) => row,
            Written::No(_) | Written::ReferenceTaken => return Err(JournalError::Released(id)),
        };
        let result = order.place(&client).await;
        let (state, mut answer) = ending(&result);
        if let Answer::Receipt(receipt) = &mut answer {
            receipt.warnings.extend(other_price(
                &parameters,
                order.operation(),
                &baseline,
                receipt,
            ));
        }
        let text = text_of(&answer)?;
        match journal.end(&id, state, &text).await {
            Ok(entry) => Ok(Sent { result, entry: Box::new(entry), unwritten: None }),
            Err(error) => {
                let mut entry = Entry::try_from(*open)?;
                (entry.state, entry.answer) = (state, Some(answer));
                journal.write_later(id, state, text);
                Ok(Sent { result, entry: Box::new(entry), unwritten: Some(error) })
            }
        }
    }

    /// Gives the right back: nothing is sent, and the target is free.
    ///
    /// # Errors
    /// [`JournalError::InvalidTransition`]: someone has released it already.
    pub async fn release(self, reason: &str) -> Result<Entry, JournalError> {
        self.journal.release(&self.id, reason).await
    }
}

/// How a call ended, as the journal writes it down.
fn ending<T>(result: &Result<Accepted<T>, OrderError>) -> (State, Answer) {
    match result {
        Ok(accepted) => (State::Accepted, Answer::Receipt(Box::new(accepted.receipt().clone()))),
        Err(error) => {
            let state = match error {
                OrderError::Refused(_) => State::Refused,
                OrderError::NotSent(_) => State::NotSent,
                OrderError::Unknown(_) => State::Unknown,
            };
            (state, Answer::Failure(Box::new(error.failure().record())))
        }
    }
}

/// What an accepted renewal cost beyond the price that was shown before it.
fn other_price(
    parameters: &Value,
    operation: &Operation,
    baseline: &Observation,
    receipt: &Receipt,
) -> Option<String> {
    let JournaledOrder::Renewal(order) = JournaledOrder::of(operation.id, parameters)? else {
        return None;
    };
    let Some(Snapshot::Subscription(before)) = baseline.snapshot() else { return None };
    let price = before.price.filter(|_| order.new_plan_id.is_none())?;
    let expected = price.amount().checked_mul(order.months.get().into())?;
    let charged = receipt.amount.filter(|charged| charged.amount() != expected)?;
    Some(format!(
        "{charged} EUR were charged, but {} at {price} EUR come to {expected} EUR: look at the order in the client area",
        match order.months.get() {
            1 => "1 month".to_owned(),
            months => format!("{months} months"),
        }
    ))
}

/// A note that the sender spoke after others had.
pub(crate) fn late_note(before: State, word: State, at: Timestamp) -> String {
    format!("{at:.0}: its sender's own word came late: it is {word}, and was taken for {before}")
}
