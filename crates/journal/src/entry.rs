//! An order as the journal keeps it.

use jiff::Timestamp;
use oxhost::{FailureRecord, Receipt};
use serde_json::Value;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::clock::{Deadlines, Moment};
use crate::error::JournalError;
use crate::order::JournaledOrder;
use crate::reconcile::Findings;
use crate::snapshot::Observation;
use crate::state::State;
use crate::store::Row;
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
    /// The first look of someone whose clock is another than its sender's.
    #[serde(skip)]
    pub(crate) first_look: Option<Moment>,
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

impl TryFrom<Row> for Entry {
    type Error = JournalError;

    fn try_from(row: Row) -> Result<Self, JournalError> {
        let part = Part { id: &row.id };
        Ok(Self {
            parameters: part.json("parameters", Some(&row.parameters))?,
            answer: part.json("answer", row.answer.as_ref())?,
            baseline: part.json("baseline", row.baseline.as_ref())?,
            findings: part.json("findings", row.findings.as_ref())?,
            resolutions: part
                .json::<Option<_>>("resolutions", row.resolutions.as_ref())?
                .unwrap_or_default(),
            notes: part.json::<Option<_>>("notes", row.notes.as_ref())?.unwrap_or_default(),
            id: row.id,
            provider: row.provider,
            operation: row.operation,
            target: row.target,
            reference: row.reference,
            state: row.state,
            created_at: row.created_at,
            changed_at: row.changed_at,
            deadlines: row.deadlines,
            first_look: row.first_look,
        })
    }
}

/// A part of an order that is JSON.
struct Part<'a> {
    id: &'a str,
}

impl Part<'_> {
    fn json<T: DeserializeOwned>(
        &self,
        name: &str,
        text: Option<&String>,
    ) -> Result<T, JournalError> {
        let text = text.map_or("null", String::as_str);
        serde_json::from_str(text).map_err(|error| {
            JournalError::Corrupt(format!(
                "{name} of the order {} cannot be read: {error}",
                self.id
            ))
        })
    }
}

impl Entry {
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
