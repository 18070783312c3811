//! What is asked of the table. Each question has an index.

use super::cells::Cells;
use super::statement::{Row, Statement, text_of};
use super::{
    Place, Store,
    rows::{self, COLUMNS},
};
use crate::entry::Entry;
use crate::error::JournalError;
use crate::list_options::ListOptions;
use crate::state::State;

/// The one order with an id.
pub(super) const BY_ID: &str = "id = $1";
/// Two orders whose ids lie between two texts.
pub(super) const BY_PREFIX: &str = "id >= $1 AND id < $2 ORDER BY id LIMIT 2";
/// In the words of the index: SQLite compares them.
pub(super) const BLOCKING: &str = "provider = $1 AND target = $2 \
    AND (state = 'claimed' OR state = 'open' OR state = 'unknown')";
pub(super) const BY_REFERENCE: &str = "provider = $1 AND reference = $2 \
    AND state <> 'refused' AND state <> 'not_sent' AND state <> 'not_ordered'";
pub(super) const BY_TARGET: &str = "provider = $1 AND target = $2";

impl Store {
    /// The order with this id.
    pub(crate) async fn get(&self, id: &str) -> Result<Entry, JournalError> {
        let found = self.entries(BY_ID, &[id]).await?.pop();
        found.unwrap_or_else(|| Err(JournalError::NoSuchOrder(id.to_owned())))
    }

    /// The order whose id begins so, if it is the only one. All ids have one length.
    pub(crate) async fn find(&self, id: &str) -> Result<Entry, JournalError> {
        let none = || JournalError::NoSuchOrder(id.to_owned());
        let prefix = id.to_ascii_lowercase();
        if prefix.is_empty() {
            return Err(none());
        }
        // No id holds a letter behind this one.
        let rows = self.rows_of(BY_PREFIX, &[&prefix, &format!("{prefix}~")]).await?;
        let mut rows = rows.into_iter();
        let (first, second) = (rows.next().ok_or_else(none)?, rows.next());
        match (rows::entry(first), second.map(rows::entry)) {
            (first, None) => first,
            (first, Some(second)) => {
                let (first, second) = (first?.id, second?.id);
                Err(JournalError::Ambiguous { prefix, first, second })
            }
        }
    }

    /// The order that keeps a target from being charged.
    pub(crate) async fn blocking(
        &self,
        provider: &str,
        target: &str,
    ) -> Result<Option<Entry>, JournalError> {
        self.entries(BLOCKING, &[provider, target]).await?.pop().transpose()
    }

    /// The order that holds a reference.
    pub(crate) async fn holder(
        &self,
        provider: &str,
        reference: &str,
    ) -> Result<Option<Entry>, JournalError> {
        self.entries(BY_REFERENCE, &[provider, reference]).await?.pop().transpose()
    }

    /// All orders for a target. One that cannot be read is an error: an order of ours that is not known
    /// would be taken for another.
    pub(crate) async fn of_target(
        &self,
        provider: &str,
        target: &str,
    ) -> Result<Vec<Entry>, JournalError> {
        self.entries(BY_TARGET, &[provider, target]).await?.into_iter().collect()
    }

    /// Orders one by one, the damaged among them.
    pub(crate) async fn list(
        &self,
        options: &ListOptions,
        mut take: impl FnMut(Result<Entry, JournalError>),
    ) -> Result<(), JournalError> {
        let after = match &options.after {
            Some(id) => Some(self.get(id).await?),
            None => None,
        };
        let after = after.map(|it| (text_of(it.created_at), it.id));
        self.each(listed(options, after), |row| take(rows::entry(row))).await
    }

    /// Where the orders stand that keep a target from being charged, so many behind a place.
    pub(crate) async fn blocking_behind(
        &self,
        (created_at, id): &Place,
        most: usize,
    ) -> Result<Vec<Place>, JournalError> {
        let statement = Statement::new(blocking_behind(most));
        self.places(statement.bind(created_at.as_str()).bind(id.as_str())).await
    }

    /// What a statement gives that asks for `created_at, id`.
    pub(super) async fn places(&self, statement: Statement) -> Result<Vec<Place>, JournalError> {
        let place = |row: Row| {
            let mut cells = Cells::of(row);
            let mut text = || Ok::<_, JournalError>(cells.text()?.unwrap_or_default());
            Ok((text()?, text()?))
        };
        self.rows(statement).await?.into_iter().map(place).collect()
    }

    async fn entries(
        &self,
        condition: &str,
        values: &[&str],
    ) -> Result<Vec<Result<Entry, JournalError>>, JournalError> {
        Ok(self.rows_of(condition, values).await?.into_iter().map(rows::entry).collect())
    }

    async fn rows_of(&self, condition: &str, values: &[&str]) -> Result<Vec<Row>, JournalError> {
        let statement = Statement::new(select(condition));
        self.rows(values.iter().fold(statement, |statement, it| statement.bind(*it))).await
    }
}

pub(super) fn select(condition: &str) -> String {
    format!("SELECT {COLUMNS} FROM orders WHERE {condition}")
}

/// Each state by itself, in the order of its index.
pub(super) fn blocking_behind(most: usize) -> String {
    let of = |state: &State| {
        format!(
            "SELECT * FROM (SELECT created_at, id FROM orders WHERE state = '{state}' \
             AND (created_at, id) > ($1, $2) ORDER BY created_at, id LIMIT {most}) AS {state}_ones"
        )
    };
    let each = State::ALL.iter().filter(|state| state.blocks()).map(of);
    let each = each.collect::<Vec<_>>().join(" UNION ALL ");
    format!("SELECT created_at, id FROM ({each}) AS them ORDER BY created_at, id LIMIT {most}")
}

pub(super) fn listed(options: &ListOptions, after: Option<(String, String)>) -> Statement {
    let (behind, order) = if options.newest_first { ("<", "DESC") } else { (">", "ASC") };
    let mut statement = Statement::new(select("TRUE"));
    if let Some(state) = options.state {
        statement.sql += &format!(" AND state = '{state}'");
    }
    if let Some((created_at, id)) = after {
        statement.sql += &format!(" AND (created_at, id) {behind} ($1, $2)");
        statement = statement.bind(created_at).bind(id);
    }
    if let Some(since) = options.since {
        statement = statement.bind(text_of(since));
        statement.sql += &format!(" AND created_at >= ${}", statement.values.len());
    }
    statement.sql += &format!(" ORDER BY created_at {order}, id {order}");
    if let Some(limit) = options.limit {
        statement.sql += &format!(" LIMIT {limit}");
    }
    statement
}
