//! A claim, sent: what is read before, the intent, the order, and how it ended.

use std::pin::{Pin, pin};

use futures_util::FutureExt;
use futures_util::future::{Either, select};
use oxhost::contract::Operation;
use oxhost::{Accepted, CivilDateTime, Client, Deadline, Order, OrderError, OrderReply, Receipt};
use tokio::time::sleep_until;

use super::{Claim, Sent};
use crate::batch::{Come, Turn};
use crate::clock::SEND_GRACE;
use crate::entry::{Answer, Entry};
use crate::error::JournalError;
use crate::journal::Journal;
use crate::order::JournaledOrder;
use crate::snapshot::Snapshot;
use crate::state::{Speaker, State};
use crate::store::{Price, Step, Written, is_of_limit, json};

const LEFT_BEFORE: &str = "interrupted before anything was sent";
const LEFT_WAITING: &str = "interrupted while the answer was awaited";

impl<O: Order> Claim<O> {
    /// The order's id in the journal.
    pub fn id(&self) -> &str {
        &self.entry.id
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
        self.send_unless(client, std::future::pending()).await
    }

    /// The same, for a sender who leaves as soon as `left` completes. As long as nothing was handed over,
    /// the order is not sent, and its target is free; after that it is unknown, which is written down at
    /// once. An answer that is there by then wins.
    ///
    /// # Errors
    /// As for [`send`](Self::send).
    pub async fn send_unless(
        self,
        client: &Client,
        left: impl Future<Output = ()>,
    ) -> Result<Sent<O::Reply>, JournalError> {
        let Self { journal, mut entry, order, ends, turn } = self;
        Journal::verify_provider(client, &entry)?;
        let operation = order.operation();
        let mut left = pin!(left);
        // Under the claim, so that no other order through this journal comes in between.
        let read = journal.observe_before(client, &entry);
        let Some(baseline) = unless(left.as_mut(), read).await else {
            return leave(&journal, entry, operation).await;
        };
        if !ends.is_empty() {
            let failed = match baseline.snapshot() {
                Some(Snapshot::Subscription(seen)) if ends.contains(&seen.expires_at) => None,
                Some(_) => {
                    Some("the subscription was renewed meanwhile: look again what is missing")
                }
                None => Some("the subscription could not be read: look again what is missing"),
            };
            if let Some(reason) = failed {
                journal.release(&entry.id, reason).await?;
                return Err(JournalError::PreconditionFailed(reason));
            }
        }
        let (reserve, slot) = match &turn {
            None => (None, None),
            Some(turn) => match unless(left.as_mut(), turn.come(&entry, &baseline)).await {
                Some(Ok(Come { reserve, slot })) => (Some(reserve), slot),
                Some(Err(error)) => {
                    journal.release(&entry.id, &error.to_string()).await?;
                    return Err(error);
                }
                None => return leave(&journal, entry, operation).await,
            },
        };
        // Before the statement: whatever pauses from here on, nothing leaves after `send_by`.
        let deadline = Deadline::after(SEND_GRACE);
        let client = client.with_send_by(deadline.clone());
        let wants_the_rest = reserve.as_ref().is_some_and(|it| it.price == Price::Rest);
        let intent = Step {
            timeout: Some(client.timeout()),
            baseline: Some(json(&baseline)?),
            reserve,
            ..Step::to(State::Open, Speaker::Sender)
        };
        match journal.store.step(&entry.id, &intent, journal.wall()).await {
            Ok(Written::Yes(open)) => entry = open,
            Ok(Written::No(now)) => {
                // Its row was taken over, or all of the limit is reserved.
                if now.state == State::Claimed {
                    let error = match wants_the_rest {
                        true => JournalError::SpendLimit,
                        false => JournalError::PreconditionFailed(
                            "its row was taken over, or its batch was given a limit meanwhile",
                        ),
                    };
                    journal.release(&entry.id, &error.to_string()).await?;
                    return Err(error);
                }
                return Err(JournalError::Released(entry.id));
            }
            Err(error) if is_of_limit(&error) => {
                journal.release(&entry.id, &JournalError::SpendLimit.to_string()).await?;
                return Err(JournalError::SpendLimit);
            }
            Err(error) => return Err(error),
        }
        if let Some(slot) = slot {
            sleep_until(slot).await;
        }
        let ended = match left.as_mut().now_or_never() {
            Some(()) => Err(OrderError::not_sent(operation, LEFT_BEFORE)),
            None => {
                unless(left, order.place(&client)).await.ok_or_else(|| match deadline.has_begun() {
                    true => OrderError::unknown(operation, LEFT_WAITING),
                    false => OrderError::not_sent(operation, LEFT_BEFORE),
                })
            }
        };
        let interrupted = ended.is_err();
        let result = ended.unwrap_or_else(Err);
        let (state, mut answer) = ending(&result);
        if let Answer::Receipt(receipt) = &mut answer {
            receipt.warnings.extend(other_price(&entry, receipt));
        }
        let text = json(&answer)?;
        let id = entry.id.clone();
        (entry.state, entry.answer) = (state, Some(answer));
        let settles = turn.filter(|_| state == State::Accepted).map(|turn| turn.ends(&entry));
        let (settled, unwritten) = match journal.end(&id, state, &text, settles).await {
            Ok(written) => {
                *entry = written.entry;
                (written.settled, None)
            }
            Err(error) => {
                journal.write_later(id, state, text);
                (false, Some(error))
            }
        };
        Ok(Sent { result, entry, interrupted, settled, unwritten })
    }

    /// Sends it when the turn of its row has come.
    pub(crate) fn in_turn(mut self, turn: Turn) -> Self {
        self.turn = Some(Box::new(turn));
        self
    }

    /// Gives the right back: nothing is sent, and the target is free.
    ///
    /// # Errors
    /// [`JournalError::InvalidTransition`]: someone has released it already.
    pub async fn release(self, reason: &str) -> Result<Entry, JournalError> {
        self.journal.release(&self.entry.id, reason).await
    }
}

/// What work comes to; nothing if its sender left before that.
async fn unless<T>(
    left: Pin<&mut impl Future<Output = ()>>,
    work: impl Future<Output = T>,
) -> Option<T> {
    match select(pin!(work), left).await {
        Either::Left((done, _)) => Some(done),
        Either::Right(_) => None,
    }
}

/// Gives a claim back for a sender who left before anything was sent.
async fn leave<T>(
    journal: &Journal,
    mut entry: Box<Entry>,
    operation: &'static Operation,
) -> Result<Sent<T>, JournalError> {
    let unwritten = match journal.release(&entry.id, LEFT_BEFORE).await {
        Ok(released) => {
            *entry = released;
            None
        }
        Err(JournalError::InvalidTransition { id, .. }) => return Err(JournalError::Released(id)),
        Err(error) => {
            entry.state = State::NotSent;
            Some(error)
        }
    };
    let result = Err(OrderError::not_sent(operation, LEFT_BEFORE));
    Ok(Sent { result, entry, interrupted: true, settled: false, unwritten })
}

/// How a call ended, as the journal writes it down.
fn ending<T: OrderReply>(result: &Result<Accepted<T>, OrderError>) -> (State, Answer) {
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
fn other_price(entry: &Entry, receipt: &Receipt) -> Option<String> {
    let JournaledOrder::Renewal(order) = entry.order()? else { return None };
    let Some(Snapshot::Subscription(before)) = entry.baseline.as_ref()?.snapshot() else {
        return None;
    };
    let price = before.price.filter(|_| order.new_plan_id.is_none())?;
    // An amount in another currency has a warning already.
    if receipt.currency.as_deref().is_some_and(|currency| currency != "EUR") {
        return None;
    }
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
