//! One statement on one connection: with an end to its waiting, and tried again where the database
//! says that it did nothing.

use std::time::Duration;

use futures_util::StreamExt;
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::pool::PoolConnection;
use sqlx::query::Query;
use sqlx::{Any, Executor};

use super::{Store, within};
use crate::error::JournalError;

/// How often a statement is sent, if the database answers that it lost against another.
const TRIES: u32 = 10;

/// A value in a statement.
#[derive(Clone, Copy, Debug)]
pub(super) enum Value<'a> {
    Text(Option<&'a str>),
    Number(Option<i64>),
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Some(text))
    }
}

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Self::Number(Some(number))
    }
}

/// A statement and its values.
#[derive(Clone, Debug, Default)]
pub(super) struct Statement<'a> {
    sql: String,
    values: Vec<Value<'a>>,
}

impl<'a> Statement<'a> {
    pub(super) fn new(sql: impl Into<String>, values: impl Into<Vec<Value<'a>>>) -> Self {
        Self { sql: sql.into(), values: values.into() }
    }

    /// Adds a value, and gives the name that it has in the statement.
    pub(super) fn value(&mut self, value: impl Into<Value<'a>>) -> String {
        self.values.push(value.into());
        format!("${}", self.values.len())
    }

    pub(super) fn push(&mut self, sql: &str) {
        self.sql.push_str(sql);
    }

    #[cfg(test)]
    pub(super) fn sql(&self) -> &str {
        &self.sql
    }

    pub(super) fn query(&self) -> Query<'_, Any, AnyArguments<'_>> {
        self.values.iter().fold(sqlx::query(&self.sql), |query, value| match value {
            Value::Text(text) => query.bind(*text),
            Value::Number(number) => query.bind(*number),
        })
    }
}

/// A connection on loan. One that was left in the middle of a statement is closed, not given back: its
/// next user would wait for what this one gave up.
struct Loan {
    connection: Option<PoolConnection<Any>>,
    clean: bool,
}

impl Loan {
    async fn of(store: &Store) -> Result<Self, JournalError> {
        Ok(Self { connection: Some(store.pool.acquire().await?), clean: false })
    }

    fn get(&mut self) -> Result<&mut sqlx::AnyConnection, JournalError> {
        self.connection.as_deref_mut().ok_or_else(|| sqlx::Error::PoolClosed.into())
    }
}

impl Drop for Loan {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take().filter(|_| !self.clean) {
            drop(connection.detach());
        }
    }
}

impl Store {
    /// All rows of a statement. It is always read to its end: SQLite commits what a statement with
    /// `RETURNING` has written only there, and tells there if it could not.
    pub(super) async fn rows(
        &self,
        statement: &Statement<'_>,
    ) -> Result<Vec<AnyRow>, JournalError> {
        within(self.limit, async {
            let mut tries = 1;
            loop {
                let mut loan = Loan::of(self).await?;
                let result = loan.get()?.fetch_all(statement.query()).await;
                loan.clean = matches!(result, Ok(_) | Err(sqlx::Error::Database(_)));
                match result {
                    Err(error) if tries < TRIES && lost_a_race(&error) => tries += 1,
                    result => return Ok(result?),
                }
                drop(loan);
                // Others need the time that they won.
                tokio::time::sleep(Duration::from_millis(u64::from(tries))).await;
            }
        })
        .await
    }

    /// Gives the rows of a statement one by one, so that there are never many in memory.
    pub(super) async fn each(
        &self,
        statement: &Statement<'_>,
        mut take: impl FnMut(Result<AnyRow, sqlx::Error>),
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
        loan.clean = true;
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
