//! An order as the journal keeps it.

use jiff::Timestamp;
use serde_json::{Value, json};
use sqlx::Row;
use sqlx::any::AnyRow;

use oxhost::{Accepted, Error, OrderReply};

use crate::error::JournalError;
use crate::state::State;

/// An order as the journal keeps it. Holds no secret.
#[derive(Clone, Debug, PartialEq)]
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
    /// What is known of the answer, secrets redacted; null until there was one.
    pub outcome: Value,
    /// Why a person settled it as he did.
    pub reason: Option<String>,
    /// When the intent was written.
    pub created_at: Timestamp,
    /// When the state last changed.
    pub changed_at: Timestamp,
}

/// The columns, in the order in which [`Entry::read`] takes them.
pub(crate) const COLUMNS: &str =
    "id, operation, target, parameters, reference, state, outcome, reason, created_at, changed_at";

impl Entry {
    pub(crate) fn read(row: &AnyRow) -> Result<Self, JournalError> {
        let corrupt = |what: String| JournalError::Corrupt(what);
        let json = |text: Option<String>| match text {
            Some(text) => serde_json::from_str(&text).map_err(|error| corrupt(error.to_string())),
            None => Ok(Value::Null),
        };
        let time =
            |text: String| text.parse().map_err(|error: jiff::Error| corrupt(error.to_string()));
        Ok(Self {
            id: row.try_get(0)?,
            operation: row.try_get(1)?,
            target: row.try_get(2)?,
            parameters: json(Some(row.try_get(3)?))?,
            reference: row.try_get(4)?,
            state: row.try_get::<String, _>(5)?.parse().map_err(corrupt)?,
            outcome: json(row.try_get(6)?)?,
            reason: row.try_get(7)?,
            created_at: time(row.try_get(8)?)?,
            changed_at: time(row.try_get(9)?)?,
        })
    }
}

/// How a call ended, as the journal writes it down.
pub(crate) fn ending<T: OrderReply>(result: &Result<Accepted<T>, Error>) -> (State, Value) {
    match result {
        Ok(accepted) => {
            let amount = |amount: Option<oxhost::Money>| amount.map(|it| it.to_string());
            let outcome = json!({
                "status": accepted.reply().status().as_u16(),
                "order_id": accepted.order_id(),
                "order_number": accepted.order_number(),
                "amount": amount(accepted.amount()),
                "currency": accepted.currency(),
                "balance_before": amount(accepted.balance_before()),
                "balance_after": amount(accepted.balance_after()),
                "expires_at": accepted.new_expiry().map(|it| it.to_string()),
                "reply": accepted.reply().redacted().ok(),
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
