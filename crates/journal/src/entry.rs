//! An order as the journal keeps it.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use oxhost::{FailureRecord, Receipt};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::clock::{Deadlines, LAG, Moment, micros};
use crate::findings::Findings;
use crate::order::JournaledOrder;
use crate::snapshot::Observation;
use crate::state::State;
use crate::verdict::Verdict;

/// An order as the journal keeps it. Holds no secret.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Entry {
    /// Its id in the journal.
    pub id: String,
    /// Who was to be paid.
    pub provider: String,
    /// `operationId`, such as `renewPleskSubscription`.
    pub operation: String,
    /// Id of what is paid for.
    pub target: String,
    /// What was sent.
    pub parameters: Value,
    /// The caller's own reference.
    pub reference: Option<String>,
    /// Where it stands.
    pub state: State,
    /// What is known of the answer, where the sender has told it.
    pub answer: Option<Answer>,
    /// What the provider showed before the order; nothing while it is only claimed.
    pub baseline: Option<Observation>,
    /// What was found out afterwards, and by what.
    pub findings: Option<Findings>,
    /// What people said of it, the last word last.
    pub resolutions: Vec<Resolved>,
    /// What else has happened to it, and must be known.
    pub notes: Vec<String>,
    /// When it was claimed, by the wall clock of who claimed it.
    pub created_at: Timestamp,
    /// When anything of it last changed, by the wall clock of who changed it.
    pub changed_at: Timestamp,
    /// Until when its sender may do something.
    #[serde(skip)]
    pub deadlines: Deadlines,
}

/// What is known of the answer to an order, fit to show.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// It was accepted.
    Receipt(Box<Receipt>),
    /// It was not, or it is not known.
    Failure(Box<FailureRecord>),
}

/// What a person says of an order whose end is not known, or was said wrongly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resolution {
    /// It was placed.
    Ordered,
    /// It was not placed, and nothing was charged.
    NotOrdered,
}

impl Resolution {
    /// What it makes of an order.
    pub fn state(self) -> State {
        match self {
            Self::Ordered => State::Confirmed,
            Self::NotOrdered => State::NotOrdered,
        }
    }
}

/// What a person has said of an order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Resolved {
    /// When.
    pub at: Timestamp,
    /// What.
    pub resolution: Resolution,
    /// Why.
    pub reason: String,
}

/// How long after an order was settled on a clock that is gone it may not show by the wall clock.
const FOREIGN_LAG: SignedDuration = SignedDuration::from_hours(1);

impl Entry {
    /// Whether someone has said that the order was placed.
    pub(crate) fn was_placed(&self) -> bool {
        matches!(self.state, State::Accepted | State::Confirmed)
    }

    /// For how long after a moment the provider may not show yet what became of an order that was settled
    /// before it; `None` once it does. An answer may come before the booking, which is made by `answer_by`.
    /// Where the order's clock is gone, the wall clock tells, with time to spare.
    pub(crate) fn may_not_show(&self, at: &Moment, wall: Timestamp) -> Option<Duration> {
        let left = match self.deadlines.ended_at {
            Some(ended) if self.deadlines.clock == at.clock => {
                let shows = ended.max(self.deadlines.answer_by).saturating_add(micros(LAG));
                SignedDuration::from_micros(shows.saturating_sub(at.micros))
            }
            _ => FOREIGN_LAG.saturating_sub(wall.duration_since(self.changed_at)),
        };
        left.try_into().ok().filter(|left| *left > Duration::ZERO)
    }

    /// What was ordered; `None` if the library has no reads that could find it out.
    pub fn order(&self) -> Option<JournaledOrder> {
        JournaledOrder::of(&self.operation, &self.parameters)
    }

    /// What it cost and did, if its sender was told that it was accepted.
    pub fn receipt(&self) -> Option<&Receipt> {
        match &self.answer {
            Some(Answer::Receipt(receipt)) => Some(receipt),
            Some(Answer::Failure(_)) | None => None,
        }
    }

    /// Id and number of the order at the provider, where they are known.
    pub(crate) fn names(&self) -> impl Iterator<Item = String> {
        let receipt = self.receipt();
        let said = [
            receipt.and_then(|receipt| receipt.order_id.clone()),
            receipt.and_then(|receipt| receipt.order_number.clone()),
        ];
        let found = match &self.findings {
            Some(Findings { verdict: Verdict::Confirmed { order }, .. }) => {
                [&order.id, &order.number]
                    .map(|name| name.as_ref().map(|it| it.as_str().to_owned()))
            }
            _ => [None, None],
        };
        said.into_iter().chain(found).flatten()
    }
}

#[cfg(test)]
pub(crate) mod tests;
