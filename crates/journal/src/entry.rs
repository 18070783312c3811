//! An order as the journal keeps it.

use jiff::Timestamp;
use serde_json::{Value, json};
use sqlx::Row;
use sqlx::any::AnyRow;

use oxhost::{Accepted, Error, OrderReply};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::JournalError;
use crate::order::JournaledOrder;
use crate::reconcile::Findings;
use crate::snapshot::Observation;
use crate::state::State;
use crate::verdict::Verdict;

/// An order as the journal keeps it. Holds no secret.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Entry {
    /// Its id in the journal.
    pub id: String,
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
    /// What the provider showed before the order; nothing while it is only claimed.
    pub baseline: Option<Observation>,
    /// What is known of the answer, secrets redacted; null until there was one.
    pub outcome: Value,
    /// What was found out afterwards, and by what.
    pub findings: Option<Findings>,
    /// Why a person settled it as he did.
    pub reason: Option<String>,
    /// When the intent was written.
    pub created_at: Timestamp,
    /// When the state last changed.
    pub changed_at: Timestamp,
}

/// The columns, in the order in which [`Entry::read`] takes them.
pub(crate) const COLUMNS: &str = "id, operation, target, parameters, reference, state, baseline, \
    outcome, findings, reason, created_at, changed_at";

impl Entry {
    pub(crate) fn read(row: &AnyRow) -> Result<Self, JournalError> {
        let time = |text: String| text.parse().map_err(corrupt::<jiff::Error>);
        Ok(Self {
            id: row.try_get(0)?,
            operation: row.try_get(1)?,
            target: row.try_get(2)?,
            parameters: json(Some(row.try_get(3)?))?.unwrap_or_default(),
            reference: row.try_get(4)?,
            state: row.try_get::<String, _>(5)?.parse().map_err(corrupt::<String>)?,
            baseline: json(row.try_get(6)?)?,
            outcome: json(row.try_get(7)?)?.unwrap_or_default(),
            findings: json(row.try_get(8)?)?,
            reason: row.try_get(9)?,
            created_at: time(row.try_get(10)?)?,
            changed_at: time(row.try_get(11)?)?,
        })
    }

    /// What was ordered; `None` if the library has no reads that could find it out.
    pub fn order(&self) -> Option<JournaledOrder> {
        JournaledOrder::of(&self.operation, &self.parameters)
    }

    /// Id and number of the order at the provider, where they are known.
    pub(crate) fn names(&self) -> impl Iterator<Item = String> {
        let said = ["order_id", "order_number"]
            .map(|name| self.outcome.get(name).and_then(Value::as_str).map(str::to_owned));
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

fn json<T: DeserializeOwned>(text: Option<String>) -> Result<Option<T>, JournalError> {
    text.map(|text| serde_json::from_str(&text).map_err(corrupt)).transpose()
}

fn corrupt<E: ToString>(error: E) -> JournalError {
    JournalError::Corrupt(error.to_string())
}

/// How a call ended, as the journal writes it down.
pub(crate) fn ending<T: OrderReply>(result: &Result<Accepted<T>, Error>) -> (State, Value) {
    match result {
        Ok(accepted) => {
            let screen = accepted.reply().screen();
            let text = |text: Option<&str>| text.map(|text| screen.text(text).to_owned());
            let amount = |amount: Option<oxhost::Money>| amount.map(|it| it.to_string());
            let reply = accepted.reply().redacted().ok();
            // What was blanked within the words stays blank; the rest of them is worth keeping.
            let said =
                reply.as_ref().and_then(|reply| reply.get("message")).and_then(Value::as_str);
            let warnings: Vec<String> =
                accepted.warnings().iter().map(ToString::to_string).collect();
            let outcome = json!({
                "status": accepted.reply().status().as_u16(),
                "order_id": text(accepted.order_id()),
                "order_number": text(accepted.order_number()),
                "amount": amount(accepted.amount()),
                "currency": text(accepted.currency()),
                "balance_before": amount(accepted.balance_before()),
                "balance_after": amount(accepted.balance_after()),
                "expires_at": accepted.new_expiry().map(|it| it.to_string()),
                "message": said.map(str::to_owned).or_else(|| text(accepted.message())),
                "warnings": warnings,
                "reply": reply,
            });
            (State::Accepted, outcome)
        }
        Err(error) => {
            let failure = error.failure();
            let outcome = json!({
                "status": failure.status().map(|status| status.as_u16()),
                "reason": failure.reason(),
                "message": failure.message(),
                "reply": failure.reply().and_then(|reply| reply.redacted().ok()),
            });
            let state = match error {
                Error::Refused(_) => State::Refused,
                Error::NotSent(_) => State::NotSent,
                _ => State::Unknown,
            };
            (state, outcome)
        }
    }
}
