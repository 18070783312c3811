//! Which orders may go, and how they go: some at a time, so that nobody waits long for a lock.

use jiff::Timestamp;

use super::Store;
use super::cells::Cells;
use super::statement::{Statement, text_of};
use crate::clock::{LAG, micros};
use crate::error::JournalError;

/// So many orders are looked at in a transaction.
const CHUNK: u32 = 1000;

/// How many of the orders of a chunk are old enough, and what becomes of them.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Fates {
    pub(crate) old: u64,
    pub(crate) blocked: u64,
    pub(crate) in_batches: u64,
    pub(crate) referenced: u64,
}

/// Where an order stands in the list: when it was claimed, and its id.
pub(crate) type Place = (String, String);

/// Some of the orders that were claimed before a time, one behind the other.
#[derive(Clone, Debug)]
pub(crate) struct Chunk {
    before: String,
    behind: Place,
    /// The last of them.
    to: Place,
    is_last: bool,
    with_references: bool,
}

impl Chunk {
    /// The one before the first, of orders that did not change since `before`.
    pub(crate) fn none(before: Timestamp, with_references: bool) -> Self {
        let start = (String::new(), String::new());
        let (before, behind) = (text_of(before), start.clone());
        Self { before, behind, to: start, is_last: false, with_references }
    }
}

impl Store {
    /// The orders behind this chunk, if there are any.
    pub(crate) async fn chunk_behind(&self, chunk: Chunk) -> Result<Option<Chunk>, JournalError> {
        if chunk.is_last {
            return Ok(None);
        }
        let sql = format!(
            "SELECT created_at, id FROM orders WHERE created_at < $1 AND (created_at, id) > ($2, $3) \
             ORDER BY created_at, id LIMIT 1 OFFSET {}",
            CHUNK - 1
        );
        let (created_at, id) = chunk.to.clone();
        let last = Statement::new(sql).bind(chunk.before.as_str()).bind(created_at).bind(id);
        let last = self.places(last).await?.pop();
        let is_last = last.is_none();
        // No id is empty, so this is behind all that were claimed before.
        let to = last.unwrap_or_else(|| (chunk.before.clone(), String::new()));
        Ok(Some(Chunk { behind: chunk.to, to, is_last, ..chunk }))
    }

    /// What would become of a chunk's orders now.
    pub(crate) async fn fates(&self, chunk: &Chunk) -> Result<Fates, JournalError> {
        let fate = self.fate(chunk);
        let sql = format!(
            "SELECT fate, COUNT(*) FROM (SELECT {fate} AS fate FROM orders WHERE {IN_CHUNK}) AS them GROUP BY fate"
        );
        let mut fates = Fates::default();
        for row in self.rows(self.of_chunk(sql, chunk)).await? {
            let mut cells = Cells::of(row);
            let (fate, count) = (cells.text()?.unwrap_or_default(), cells.number()?);
            let count = count.and_then(|count| u64::try_from(count).ok()).unwrap_or_default();
            match fate.as_str() {
                "old" => fates.old = count,
                "blocked" => fates.blocked = count,
                "in_batch" => fates.in_batches = count,
                "referenced" => fates.referenced = count,
                _ => {}
            }
        }
        Ok(fates)
    }

    /// Deletes those orders of a chunk that may go, and gives how many there were.
    pub(crate) async fn delete_old(&self, chunk: &Chunk) -> Result<u64, JournalError> {
        let gone = self.write(vec![self.of_chunk(self.deleting(chunk), chunk)]).await?;
        Ok(gone.len() as u64)
    }

    pub(super) fn deleting(&self, chunk: &Chunk) -> String {
        format!("DELETE FROM orders WHERE {IN_CHUNK} AND {} = 'old' RETURNING id", self.fate(chunk))
    }

    /// What becomes of an order, by all that its row and others say in this moment. The first that fits counts.
    fn fate(&self, chunk: &Chunk) -> String {
        let (now, lag) = (self.now_of("$7"), micros(LAG));
        // As `Entry::may_not_show` says; by the wall clock they are all old enough.
        let shows = "CASE WHEN ended_at > answer_by THEN ended_at ELSE answer_by END";
        let referenced = match chunk.with_references {
            true => "FALSE",
            false => {
                "reference IS NOT NULL AND state <> 'refused' AND state <> 'not_sent' AND state <> 'not_ordered'"
            }
        };
        let changed_at = self.kind().choose("changed_at", "changed_at COLLATE \"C\"");
        // Other orders of a target tell an unknown one of it from them. Asked as values, row by row: for EXISTS,
        // PostgreSQL would read the table whole. An order of a batch is known by its reference, even where its
        // worker was gone before the row had the order's id.
        format!(
            "CASE WHEN {changed_at} >= $1 OR (clock = $6 AND {shows} + {lag} > {now}) THEN 'newer' \
             WHEN (SELECT it.id FROM orders AS it WHERE it.provider = orders.provider AND it.target = orders.target \
             AND (it.state = 'claimed' OR it.state = 'open' OR it.state = 'unknown') LIMIT 1) IS NOT NULL THEN 'blocked' \
             WHEN (SELECT name FROM batches WHERE name || '/' = substr(orders.reference, 1, length(name) + 1) LIMIT 1) \
             IS NOT NULL THEN 'in_batch' \
             WHEN {referenced} THEN 'referenced' ELSE 'old' END"
        )
    }

    fn of_chunk(&self, sql: String, chunk: &Chunk) -> Statement {
        let (clock, now) = self.clock_values();
        let (behind, to) = (chunk.behind.clone(), chunk.to.clone());
        let statement = Statement::new(sql).bind(chunk.before.as_str());
        statement.bind(behind.0).bind(behind.1).bind(to.0).bind(to.1).bind(clock).bind(now)
    }
}

const IN_CHUNK: &str = "(created_at, id) > ($2, $3) AND (created_at, id) <= ($4, $5)";
