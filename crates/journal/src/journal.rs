//! The journal: claims before a charge, outcomes after it.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use oxhost::{Accepted, Client, Error, Order};
use serde_json::Value;
use sqlx::AnyPool;

use crate::entry::{COLUMNS, Entry, ending};
use crate::error::JournalError;
use crate::state::State;
use crate::store;

/// A durable record of orders, shared by all processes that open it.
#[derive(Clone)]
pub struct Journal {
    pool: AnyPool,
    account: String,
    clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
}

/// What became of an order that was to be placed.
#[derive(Debug)]
pub enum Placed<T> {
    /// It was sent now, and ended like this. The entry says the same.
    Sent(Result<Accepted<T>, Error>, Box<Entry>),
    /// It was sent before under the same reference, and nothing was sent now.
    Recorded(Box<Entry>),
}

impl Journal {
    /// Opens the journal at a URL, `sqlite:///path/to/file` or `postgres://…`, and makes it if it is
    /// not there. `account` is a name of the caller's for the account that pays: orders of different
    /// accounts do not meet.
    ///
    /// # Errors
    /// [`JournalError::NotDurable`], [`JournalError::NetworkFileSystem`] where orders would not be
    /// safe there; [`JournalError::Database`].
    pub async fn open(url: &str, account: impl Into<String>) -> Result<Self, JournalError> {
        let pool = store::open(url).await?;
        Ok(Self { pool, account: account.into(), clock: Arc::new(Timestamp::now) })
    }

    /// The same journal with another clock. Times are for people: nothing is decided by them.
    #[must_use]
    pub fn with_clock(mut self, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Writes down the intent, sends the order once, and writes down how it ended.
    ///
    /// With a `reference`, the same reference again sends nothing and gives the recorded order,
    /// whatever its state; only one that was not sent, or turned out not to be ordered, makes room for
    /// another try.
    ///
    /// Dropping the future after it was polled leaves the order open.
    ///
    /// # Errors
    /// [`JournalError::Blocked`] and [`JournalError::OtherOrder`]: nothing was sent.
    /// [`JournalError::NotRecorded`]: it was sent. Any other: nothing was sent without its intent.
    pub async fn place<O: Order>(
        &self,
        client: &Client,
        order: &O,
        reference: Option<&str>,
    ) -> Result<Placed<O::Reply>, JournalError> {
        let parameters = serde_json::to_value(order)
            .map_err(|error| JournalError::Corrupt(error.to_string()))?;
        let id = match self.claim(O::OPERATION, order.target(), &parameters, reference).await? {
            Claim::Ours(id) => id,
            Claim::Recorded(entry) => return Ok(Placed::Recorded(entry)),
        };
        let result = order.place(client).await;
        let (state, outcome) = ending(&result);
        match self.write(&id, state, Some(&outcome), None).await {
            Ok(entry) => Ok(Placed::Sent(result, Box::new(entry))),
            Err(error) => Err(JournalError::NotRecorded { id, state, source: Box::new(error) }),
        }
    }

    /// The order with this id.
    ///
    /// # Errors
    /// [`JournalError::NoSuchOrder`], [`JournalError::Database`].
    pub async fn get(&self, id: &str) -> Result<Entry, JournalError> {
        let sql = format!("SELECT {COLUMNS} FROM orders WHERE account = $1 AND id = $2");
        let row = sqlx::query(&sql).bind(&self.account).bind(id);
        match row.fetch_optional(&self.pool).await? {
            Some(row) => Entry::read(&row),
            None => Err(JournalError::NoSuchOrder(id.to_owned())),
        }
    }

    /// All orders of the account, the oldest first.
    ///
    /// # Errors
    /// [`JournalError::Database`].
    pub async fn list(&self) -> Result<Vec<Entry>, JournalError> {
        let sql =
            format!("SELECT {COLUMNS} FROM orders WHERE account = $1 ORDER BY created_at, id");
        let rows = sqlx::query(&sql).bind(&self.account).fetch_all(&self.pool).await?;
        rows.iter().map(Entry::read).collect()
    }

    /// Settles an open or unknown order by a person's word, and keeps the reason.
    ///
    /// # Errors
    /// [`JournalError::Settled`] where its state does not allow that.
    pub async fn resolve(
        &self,
        id: &str,
        ordered: bool,
        reason: &str,
    ) -> Result<Entry, JournalError> {
        let state = if ordered { State::Confirmed } else { State::NotOrdered };
        self.write(id, state, None, Some(reason)).await
    }

    /// Claims the target. The claim is the database's: of two that insert, the index takes one.
    async fn claim(
        &self,
        operation: &str,
        target: &str,
        parameters: &Value,
        reference: Option<&str>,
    ) -> Result<Claim, JournalError> {
        let id = uuid::Uuid::new_v4().to_string();
        let now = (self.clock)().to_string();
        let inserted = sqlx::query(
            "INSERT INTO orders (id, account, operation, target, parameters, reference, state, created_at, changed_at) \
             VALUES ($1, $2, $3, $4, $5, $6, 'open', $7, $7) ON CONFLICT DO NOTHING",
        )
        .bind(&id)
        .bind(&self.account)
        .bind(operation)
        .bind(target)
        .bind(parameters.to_string())
        .bind(reference)
        .bind(now)
        .execute(&self.pool)
        .await?;
        if inserted.rows_affected() == 1 {
            return Ok(Claim::Ours(id));
        }
        // The reference first: who asks again wants to know, and is not blocked by himself.
        if let Some(entry) = self
            .holder("reference = $2 AND state NOT IN ('not_sent', 'not_ordered')", reference)
            .await?
        {
            let same = entry.operation == operation
                && entry.target == target
                && entry.parameters == *parameters;
            return if same {
                Ok(Claim::Recorded(Box::new(entry)))
            } else {
                Err(JournalError::OtherOrder(Box::new(entry)))
            };
        }
        match self.holder("target = $2 AND state IN ('open', 'unknown')", Some(target)).await? {
            Some(entry) => Err(JournalError::Blocked(Box::new(entry))),
            // Whoever held it has just settled it. Nothing was sent; asking again is safe.
            None => Box::pin(self.claim(operation, target, parameters, reference)).await,
        }
    }

    async fn holder(
        &self,
        condition: &'static str,
        value: Option<&str>,
    ) -> Result<Option<Entry>, JournalError> {
        let Some(value) = value else { return Ok(None) };
        let sql = format!("SELECT {COLUMNS} FROM orders WHERE account = $1 AND {condition}");
        let query = sqlx::query(&sql).bind(&self.account).bind(value);
        query.fetch_optional(&self.pool).await?.as_ref().map(Entry::read).transpose()
    }

    /// Moves an order on, if its state allows that. The condition stands in the statement, so that
    /// nothing can come between.
    async fn write(
        &self,
        id: &str,
        next: State,
        outcome: Option<&Value>,
        reason: Option<&str>,
    ) -> Result<Entry, JournalError> {
        let origins: Vec<String> = next.origins().map(|state| format!("'{state}'")).collect();
        let sql = format!(
            "UPDATE orders SET state = $1, outcome = COALESCE($2, outcome), reason = $3, changed_at = $4 \
             WHERE account = $5 AND id = $6 AND state IN ({})",
            origins.join(", ")
        );
        let written = sqlx::query(&sql)
            .bind(next.as_str())
            .bind(outcome.map(Value::to_string))
            .bind(reason)
            .bind((self.clock)().to_string())
            .bind(&self.account)
            .bind(id)
            .execute(&self.pool)
            .await?;
        let entry = self.get(id).await?;
        match written.rows_affected() {
            1 => Ok(entry),
            _ => Err(JournalError::Settled { id: entry.id, state: entry.state, next }),
        }
    }
}

enum Claim {
    Ours(String),
    Recorded(Box<Entry>),
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A URL of PostgreSQL holds a password, and the pool would show it.
        f.debug_struct("Journal").field("account", &self.account).finish_non_exhaustive()
    }
}
