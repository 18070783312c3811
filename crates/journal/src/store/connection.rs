//! One statement on one connection: with an end to its waiting, and tried again where the database
//! says that it did nothing.

use std::time::Duration;

use futures_util::StreamExt;
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyConnection, Executor};

use super::{Store, within};
use crate::error::JournalError;

/// How often a statement is sent, if the database answers that it lost against another.
const TRIES: u32 = 10;

pub(super) type Query<'q> = sqlx::query::Query<'q, Any, AnyArguments<'q>>;

/// A statement and its values, which can be sent again, and by others.
#[derive(Clone, Debug)]
pub(super) struct Statement {
    sql: String,
    values: Vec<Value>,
}

#[derive(Clone, Debug)]
pub(super) enum Value {
    Text(Option<String>),
    Number(Option<i64>),
}

impl Statement {
    pub(super) fn new(sql: impl Into<String>) -> Self {
        Self { sql: sql.into(), values: Vec::new() }
    }

    pub(super) fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    pub(super) fn query(&self) -> Query<'_> {
        let query = sqlx::query(&self.sql);
        self.values.iter().fold(query, |query, value| match value {
            Value::Text(text) => query.bind(text.as_deref()),
            Value::Number(number) => query.bind(*number),
        })
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(Some(text))
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

impl From<Option<&str>> for Value {
    fn from(text: Option<&str>) -> Self {
        Self::Text(text.map(str::to_owned))
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(Some(number))
    }
}

impl From<Option<i64>> for Value {
    fn from(number: Option<i64>) -> Self {
        Self::Number(number)
    }
}

/// A connection on loan. One that was left in the middle of a statement is closed, not given back: its
/// next user would wait for what this one gave up.
struct Loan(Option<PoolConnection<Any>>);

impl Loan {
    async fn of(store: &Store) -> Result<Self, JournalError> {
        Ok(Self(Some(store.pool.acquire().await?)))
    }

    fn get(&mut self) -> Result<&mut AnyConnection, JournalError> {
        self.0.as_deref_mut().ok_or_else(|| sqlx::Error::PoolClosed.into())
    }

    fn give_back(mut self) {
        drop(self.0.take());
    }
}

impl Drop for Loan {
    fn drop(&mut self) {
        if let Some(connection) = self.0.take() {
            drop(connection.detach());
        }
    }
}

impl Store {
    /// All rows of a statement that writes.
    pub(super) async fn write(&self, statement: Statement) -> Result<Vec<AnyRow>, JournalError> {
        match &self.writer {
            Some(writer) => within(self.limit, writer.write(statement)).await,
            None => self.rows(&statement).await,
        }
    }

    /// All rows of a statement. It is always read to its end: SQLite commits what a statement with
    /// `RETURNING` has written only there, and tells there if it could not.
    pub(super) async fn rows(&self, statement: &Statement) -> Result<Vec<AnyRow>, JournalError> {
        within(self.limit, async {
            let mut tries = 1;
            loop {
                let mut loan = Loan::of(self).await?;
                let result = loan.get()?.fetch_all(statement.query()).await;
                if matches!(result, Ok(_) | Err(sqlx::Error::Database(_))) {
                    loan.give_back();
                }
                match result {
                    Err(error) if tries < TRIES && lost_a_race(&error) => tries += 1,
                    result => return Ok(result?),
                }
                // Others need the time that they won.
                tokio::time::sleep(Duration::from_millis(u64::from(tries))).await;
            }
        })
        .await
    }

    /// Gives the rows of a statement one by one, so that there are never many in memory.
    pub(super) async fn each(
        &self,
        statement: &Statement,
        mut take: impl FnMut(sqlx::Result<AnyRow>),
    ) -> Result<(), JournalError> {
        let mut loan = within(self.limit, Loan::of(self)).await?;
        {
            let mut rows = loan.get()?.fetch(statement.query());
            loop {
                match within(self.limit, async { Ok(rows.next().await) }).await? {
                    None => break,
                    Some(Err(error)) if !is_of_one_row(&error) => return Err(error.into()),
                    Some(row) => take(row),
                }
            }
        }
        loan.give_back();
        Ok(())
    }
}

/// PostgreSQL took back all of a statement because another came first: serialization_failure,
/// deadlock_detected.
fn lost_a_race(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.is_some_and(|code| matches!(code.as_ref(), "40001" | "40P01"))
}

/// Whether an error is about what one row holds; the next may be sound.
fn is_of_one_row(error: &sqlx::Error) -> bool {
    use sqlx::Error::{AnyDriverError, ColumnDecode, Decode, TypeNotFound};
    matches!(error, AnyDriverError(_) | ColumnDecode { .. } | Decode(_) | TypeNotFound { .. })
}
