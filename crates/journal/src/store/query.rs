//! What is asked of the table. Each question has an index.

use super::Store;
use super::connection::{Statement, Value};
use super::rows::{COLUMNS, Row, text_of};
use crate::error::JournalError;
use crate::state::State;

/// Which orders are listed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    pub(crate) limit: Option<u32>,
    pub(crate) state: Option<State>,
    pub(crate) newest_first: bool,
    /// Only those behind the order with this id.
    pub(crate) after: Option<String>,
}

/// The orders whose id begins as given.
#[derive(Debug)]
pub(crate) enum Found {
    None,
    One(Box<Row>),
    /// Two of them, and perhaps more.
    Several(String, String),
}

const BLOCKING: &str = "state IN ('claimed', 'open', 'unknown')";
const HOLDS_REFERENCE: &str = "state NOT IN ('refused', 'not_sent', 'not_ordered')";

impl Store {
    /// The order with this id.
    pub(crate) async fn row(&self, id: &str) -> Result<Row, JournalError> {
        let statement = one("id = $1", [id.into()]);
        self.first(&statement).await?.ok_or_else(|| JournalError::NoSuchOrder(id.to_owned()))
    }

    /// The order whose id begins with `prefix`.
    pub(crate) async fn find(&self, prefix: &str) -> Result<Found, JournalError> {
        // No id holds a letter behind this one.
        let end = format!("{prefix}~");
        let rows = self.rows(&by_prefix(prefix, &end)).await?;
        let mut ids = Vec::new();
        for row in &rows {
            ids.push(sqlx::Row::try_get::<String, _>(row, "id")?);
        }
        match (&ids[..], rows.first()) {
            ([], _) | (_, None) => Ok(Found::None),
            ([first, second, ..], _) if first != prefix => {
                Ok(Found::Several(first.clone(), second.clone()))
            }
            (_, Some(row)) => Ok(Found::One(Box::new(Row::read(row)?))),
        }
    }

    /// The order that keeps a target from being charged.
    pub(crate) async fn blocking(
        &self,
        provider: &str,
        target: &str,
    ) -> Result<Option<Row>, JournalError> {
        self.first(&by_target_blocking(provider, target)).await
    }

    /// The order that holds a reference.
    pub(crate) async fn holder(
        &self,
        provider: &str,
        reference: &str,
    ) -> Result<Option<Row>, JournalError> {
        self.first(&by_reference(provider, reference)).await
    }

    /// All orders for a target, one by one.
    pub(crate) async fn of_target(
        &self,
        provider: &str,
        target: &str,
        take: impl FnMut(Result<Row, JournalError>),
    ) -> Result<(), JournalError> {
        self.all(&by_target(provider, target), take).await
    }

    /// Orders one by one, the damaged among them.
    pub(crate) async fn list(
        &self,
        filter: &Filter,
        take: impl FnMut(Result<Row, JournalError>),
    ) -> Result<(), JournalError> {
        let after = match &filter.after {
            Some(id) => Some(self.row(id).await?),
            None => None,
        };
        let after = after.map(|row| (text_of(row.created_at), row.id));
        let after = after.as_ref().map(|(time, id)| (time.as_str(), id.as_str()));
        self.all(&listed(filter, after), take).await
    }

    async fn first(&self, statement: &Statement<'_>) -> Result<Option<Row>, JournalError> {
        self.rows(statement).await?.first().map(Row::read).transpose()
    }

    async fn all(
        &self,
        statement: &Statement<'_>,
        mut take: impl FnMut(Result<Row, JournalError>),
    ) -> Result<(), JournalError> {
        self.each(statement, |row| {
            take(match row {
                Ok(row) => Row::read(&row),
                Err(error) => Err(JournalError::Corrupt(format!("a row cannot be read: {error}"))),
            });
        })
        .await
    }
}

fn one<'a>(condition: &str, values: impl Into<Vec<Value<'a>>>) -> Statement<'a> {
    Statement::new(format!("SELECT {COLUMNS} FROM orders WHERE {condition}"), values)
}

pub(super) fn by_prefix<'a>(prefix: &'a str, end: &'a str) -> Statement<'a> {
    one("id >= $1 AND id < $2 ORDER BY id LIMIT 2", [prefix.into(), end.into()])
}

pub(super) fn by_target_blocking<'a>(provider: &'a str, target: &'a str) -> Statement<'a> {
    let condition = format!("provider = $1 AND target = $2 AND {BLOCKING}");
    one(&condition, [provider.into(), target.into()])
}

pub(super) fn by_reference<'a>(provider: &'a str, reference: &'a str) -> Statement<'a> {
    let condition = format!("provider = $1 AND reference = $2 AND {HOLDS_REFERENCE}");
    one(&condition, [provider.into(), reference.into()])
}

pub(super) fn by_target<'a>(provider: &'a str, target: &'a str) -> Statement<'a> {
    one("provider = $1 AND target = $2", [provider.into(), target.into()])
}

pub(super) fn listed<'a>(filter: &Filter, after: Option<(&'a str, &'a str)>) -> Statement<'a> {
    let mut it = one("TRUE", []);
    if let Some(state) = filter.state {
        it.push(&format!(" AND state = '{state}'"));
    }
    let (behind, order) = if filter.newest_first { ("<", "DESC") } else { (">", "ASC") };
    if let Some((time, id)) = after {
        let (time, id) = (it.value(time), it.value(id));
        it.push(&format!(" AND (created_at, id) {behind} ({time}, {id})"));
    }
    it.push(&format!(" ORDER BY created_at {order}, id {order}"));
    if let Some(limit) = filter.limit {
        it.push(&format!(" LIMIT {limit}"));
    }
    it
}
