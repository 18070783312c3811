//! The journal: claims before a charge, outcomes after it.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use oxhost::{Client, Order};
use serde::Serialize;
use serde_json::Value;
use sqlx::AnyPool;

use crate::claim::{Claim, Placed, Ticket};
use crate::entry::{COLUMNS, Entry, ending};
use crate::error::JournalError;
use crate::order::JournaledOrder;
use crate::snapshot::{Observation, Snapshot};
use crate::state::{Speaker, State};
use crate::store;

/// An order does not wait longer for what is read before it, unless told otherwise.
const BASELINE_PATIENCE: Duration = Duration::from_secs(15);

/// A durable record of orders, shared by all processes that open it.
#[derive(Clone)]
pub struct Journal {
    pool: AnyPool,
    account: String,
    clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    baseline: Option<Duration>,
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
        Self::open_within(url, account.into(), store::PATIENCE).await
    }

    pub(crate) async fn open_within(
        url: &str,
        account: String,
        patience: Duration,
    ) -> Result<Self, JournalError> {
        let pool = store::open(url, patience).await?;
        Ok(Self {
            pool,
            account,
            clock: Arc::new(Timestamp::now),
            baseline: Some(BASELINE_PATIENCE),
        })
    }

    /// Opens the journal in a file, and makes it if it is not there; its folder must be there.
    ///
    /// # Errors
    /// As for [`open`](Self::open).
    pub async fn open_file(path: &Path, account: impl Into<String>) -> Result<Self, JournalError> {
        Self::open(&store::url_of(path)?, account).await
    }

    /// The same journal with another clock. Times are for people: nothing is decided by them.
    #[must_use]
    pub fn with_clock(mut self, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// How long an order waits for what is read before it, the *baseline*: 15 s. With `None` it is not
    /// read. A baseline that fails does not keep an order from being sent: a customer whose server is
    /// about to end is served better by an order that is hard to find out than by none.
    #[must_use]
    pub fn with_baseline(mut self, patience: Option<Duration>) -> Self {
        self.baseline = patience;
        self
    }

    /// Claims the target, reads what there is, writes down the intent, sends the order once, and writes
    /// down how it ended.
    ///
    /// With a `reference`, the same reference again sends nothing and gives the recorded order,
    /// whatever its state; only one that was not sent, or turned out not to be ordered, makes room for
    /// another try.
    ///
    /// Dropping the future after it was polled leaves the order claimed or open. Who must know which
    /// takes the two steps apart: [`claim`](Self::claim), and [`send`](Self::send).
    ///
    /// # Errors
    /// [`JournalError::NotRecorded`]: it was sent. Any other: it was not.
    pub async fn place<O: Order>(
        &self,
        client: &Client,
        order: &O,
        reference: Option<&str>,
    ) -> Result<Placed<O::Reply>, JournalError> {
        match self.claim(order, reference).await? {
            Claim::Ours(ticket) => self.send(client, order, ticket).await,
            Claim::Recorded(entry) => Ok(Placed::Recorded(entry)),
        }
    }

    /// Claims the target of an order: from here on, nobody else charges it through this journal.
    ///
    /// # Errors
    /// [`JournalError::Blocked`], [`JournalError::OtherOrder`], [`JournalError::Database`].
    pub async fn claim<O: Order>(
        &self,
        order: &O,
        reference: Option<&str>,
    ) -> Result<Claim, JournalError> {
        let parameters = serde_json::to_value(order)
            .map_err(|error| JournalError::Corrupt(error.to_string()))?;
        let (operation, target) = (O::OPERATION, order.target());
        // The claim is the database's: of two that insert, the index takes one.
        loop {
            let id = uuid::Uuid::new_v4().to_string();
            if self.insert(&id, operation, target, &parameters, reference).await? {
                return Ok(Claim::Ours(Ticket { id, parameters, ends: None }));
            }
            // The reference first: who asks again wants to know, and is not blocked by himself.
            let named = "reference = $2 AND state NOT IN ('not_sent', 'not_ordered')";
            if let Some(entry) = self.holder(named, reference).await? {
                let same = entry.operation == operation
                    && entry.target == target
                    && entry.parameters == parameters;
                return match same {
                    true => Ok(Claim::Recorded(Box::new(entry))),
                    false => Err(JournalError::OtherOrder(Box::new(entry))),
                };
            }
            if let Some(entry) = self.blocking(target).await? {
                return Err(JournalError::Blocked(Box::new(entry)));
            }
            // Whoever held it has just settled it.
        }
    }

    /// Sends an order whose target is claimed.
    ///
    /// # Errors
    /// [`JournalError::TakenBack`], [`JournalError::Moved`]: nothing was sent.
    /// [`JournalError::NotRecorded`]: it was. Any other: nothing was sent without its intent.
    pub async fn send<O: Order>(
        &self,
        client: &Client,
        order: &O,
        ticket: Ticket,
    ) -> Result<Placed<O::Reply>, JournalError> {
        let Ticket { id, parameters, ends } = ticket;
        // Under the claim, so that no other order through this journal comes in between.
        let baseline = self.look_before(client, O::OPERATION, &parameters).await;
        if let Some(ends) = ends {
            let moved = match baseline.snapshot() {
                Some(Snapshot::Subscription(seen)) if seen.expires_at == ends => None,
                Some(_) => Some("the subscription was renewed meanwhile"),
                None => Some("the subscription could not be read"),
            };
            if let Some(reason) = moved {
                self.take_back(&id, reason).await?;
                return Err(JournalError::Moved(reason));
            }
        }
        let intent =
            Step { baseline: Some(text_of(&baseline)?), ..Step::to(State::Open, Speaker::Sender) };
        match self.write(&id, intent).await {
            Ok(_) => {}
            Err(JournalError::Settled { .. }) => return Err(JournalError::TakenBack(id)),
            Err(error) => return Err(error),
        }
        let result = order.place(client).await;
        let (state, outcome) = ending(&result);
        let ended = Step { outcome: Some(outcome.to_string()), ..Step::to(state, Speaker::Sender) };
        match self.write(&id, ended).await {
            Ok(entry) => Ok(Placed::Sent(result, Box::new(entry))),
            Err(error) => {
                let source = Box::new(error);
                Err(JournalError::NotRecorded { id, state, outcome, source })
            }
        }
    }

    async fn look_before(
        &self,
        client: &Client,
        operation: &str,
        parameters: &Value,
    ) -> Observation {
        let at = self.now();
        let read = self.snapshot_before(client, operation, parameters).await;
        Observation::new(at, false, read)
    }

    async fn snapshot_before(
        &self,
        client: &Client,
        operation: &str,
        parameters: &Value,
    ) -> Result<Snapshot, String> {
        let patience = self.baseline.ok_or("nobody wanted it")?;
        let order = JournaledOrder::of(operation, parameters)
            .ok_or("there are no reads for this operation")?;
        tokio::time::timeout(patience, Snapshot::before(client, &order))
            .await
            .unwrap_or_else(|_| Err(format!("it took longer than {} s", patience.as_secs_f32())))
    }

    /// Takes the claim of an order back, if it was not sent yet: if its sender lives, it will not send.
    ///
    /// # Errors
    /// [`JournalError::Settled`]: it is past that.
    pub async fn take_back(&self, id: &str, reason: &str) -> Result<Entry, JournalError> {
        // One that is open may become "not sent" as well, but only its sender knows.
        let step =
            Step { from: Some(State::Claimed), ..Step::to(State::NotSent, Speaker::Reconcile) };
        self.write(id, Step { reason: Some(reason.to_owned()), ..step }).await
    }

    /// The order that keeps a target from being charged, if there is one.
    ///
    /// # Errors
    /// [`JournalError::Database`].
    pub async fn blocking(&self, target: &str) -> Result<Option<Entry>, JournalError> {
        let condition = "target = $2 AND state IN ('claimed', 'open', 'unknown')";
        self.holder(condition, Some(target)).await
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
        let next = if ordered { State::Confirmed } else { State::NotOrdered };
        self.write(id, Step { reason: Some(reason.to_owned()), ..Step::to(next, Speaker::Person) })
            .await
    }

    async fn insert(
        &self,
        id: &str,
        operation: &str,
        target: &str,
        parameters: &Value,
        reference: Option<&str>,
    ) -> Result<bool, JournalError> {
        let inserted = sqlx::query(
            "INSERT INTO orders (id, account, operation, target, parameters, reference, state, created_at, changed_at) \
             VALUES ($1, $2, $3, $4, $5, $6, 'claimed', $7, $7) ON CONFLICT DO NOTHING",
        )
        .bind(id)
        .bind(&self.account)
        .bind(operation)
        .bind(target)
        .bind(parameters.to_string())
        .bind(reference)
        .bind(self.now().to_string())
        .execute(&self.pool)
        .await?;
        Ok(inserted.rows_affected() == 1)
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
    pub(crate) async fn write(&self, id: &str, step: Step) -> Result<Entry, JournalError> {
        let origins = step.next.origins(step.by).map(|(state, _)| state);
        let origins = origins.filter(|state| step.from.is_none_or(|from| from == *state));
        let origins: Vec<String> = origins.map(|state| format!("'{state}'")).collect();
        let sql = format!(
            "UPDATE orders SET state = $1, baseline = COALESCE($2, baseline), outcome = COALESCE($3, outcome), \
             findings = COALESCE($4, findings), reason = COALESCE($5, reason), changed_at = $6 \
             WHERE account = $7 AND id = $8 AND state IN ({})",
            origins.join(", ")
        );
        let written = sqlx::query(&sql)
            .bind(step.next.as_str())
            .bind(step.baseline)
            .bind(step.outcome)
            .bind(step.findings)
            .bind(step.reason)
            .bind(self.now().to_string())
            .bind(&self.account)
            .bind(id)
            .execute(&self.pool)
            .await?;
        let entry = self.get(id).await?;
        match written.rows_affected() {
            1 => Ok(entry),
            _ => Err(JournalError::Settled { id: entry.id, state: entry.state, next: step.next }),
        }
    }

    /// Keeps what was found out of an order that stays as it is.
    pub(crate) async fn keep(&self, id: &str, findings: String) -> Result<Entry, JournalError> {
        let sql = "UPDATE orders SET findings = $1, changed_at = $2 \
            WHERE account = $3 AND id = $4 AND state IN ('open', 'unknown')";
        let query = sqlx::query(sql).bind(findings).bind(self.now().to_string());
        query.bind(&self.account).bind(id).execute(&self.pool).await?;
        self.get(id).await
    }

    /// The other orders for a target.
    pub(crate) async fn others_of_target(&self, entry: &Entry) -> Result<Vec<Entry>, JournalError> {
        let sql =
            format!("SELECT {COLUMNS} FROM orders WHERE account = $1 AND target = $2 AND id <> $3");
        let query = sqlx::query(&sql).bind(&self.account).bind(&entry.target).bind(&entry.id);
        query.fetch_all(&self.pool).await?.iter().map(Entry::read).collect()
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.clock)()
    }
}

/// A step of an order, and what is written with it. What is not given stays as it is.
pub(crate) struct Step {
    pub(crate) next: State,
    /// Who says so.
    by: Speaker,
    /// The one state that it starts from, if not any that allows it.
    from: Option<State>,
    pub(crate) baseline: Option<String>,
    pub(crate) outcome: Option<String>,
    pub(crate) findings: Option<String>,
    pub(crate) reason: Option<String>,
}

impl Step {
    pub(crate) fn to(next: State, by: Speaker) -> Self {
        Self { next, by, from: None, baseline: None, outcome: None, findings: None, reason: None }
    }
}

pub(crate) fn text_of(value: &impl Serialize) -> Result<String, JournalError> {
    serde_json::to_string(value).map_err(|error| JournalError::Corrupt(error.to_string()))
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A URL of PostgreSQL holds a password, and the pool would show it.
        f.debug_struct("Journal").field("account", &self.account).finish_non_exhaustive()
    }
}
