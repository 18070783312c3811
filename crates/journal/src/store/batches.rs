//! Batches and their rows as they stand in the tables, and what is asked of them.

use std::collections::HashMap;

use super::cells::Cells;
use super::query::BY_ID;
use super::rows::{self, COLUMNS};
use super::statement::{Cell, Row, Statement};
use super::{Store, first_number};
use crate::entry::Entry;
use crate::error::JournalError;
use crate::row_state::RowState;

/// What a batch is, beside its rows. Amounts are millionths of a EUR.
#[derive(Clone, Debug)]
pub(crate) struct BatchRecord {
    pub(crate) provider: String,
    pub(crate) size: Option<i64>,
    pub(crate) max_spend: Option<i64>,
    pub(crate) committed: i64,
    pub(crate) dearest_month: Option<i64>,
    pub(crate) dearest_hour: Option<i64>,
    /// Microseconds until the next order may go out.
    pub(crate) wait: i64,
}

/// A row of the input.
#[derive(Clone, Debug)]
pub(crate) struct NewRow {
    pub(crate) reference: String,
    pub(crate) line: i64,
    /// JSON.
    pub(crate) wanted: String,
}

/// What stands under a reference.
#[derive(Clone, Debug)]
pub(crate) struct RowThere {
    pub(crate) wanted: String,
    pub(crate) state: RowState,
}

/// A row that a worker has.
#[derive(Clone, Debug)]
pub(crate) struct TakenRow {
    pub(crate) reference: String,
    pub(crate) line: i64,
    pub(crate) wanted: String,
    pub(crate) epoch: i64,
    pub(crate) repeats: i64,
    pub(crate) order_id: Option<String>,
}

/// A row as it stands in the table, with its order.
#[derive(Debug)]
pub(crate) struct StoredRow {
    pub(crate) taken: TakenRow,
    pub(crate) state: RowState,
    pub(crate) price: Option<i64>,
    pub(crate) charged: Option<i64>,
    pub(crate) reason: Option<String>,
    pub(crate) entry: Option<Entry>,
}

/// Which rows are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pool {
    /// Those of which nothing was sent.
    Waiting,
    /// Those whose worker does not speak any more.
    Abandoned,
    /// Those whose order may have been placed.
    Unknown,
}

/// What an order is taken to cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Price {
    Known(i64),
    /// Nobody knows, and there is no limit.
    Unknown,
    /// Nobody knows: all that is left of the limit.
    Rest,
}

/// A row as long as its worker has it.
#[derive(Clone, Debug)]
pub(crate) struct HeldRow {
    pub(crate) batch: String,
    pub(crate) reference: String,
    pub(crate) epoch: i64,
}

/// What an intent reserves of its batch's limit.
#[derive(Clone, Debug)]
pub(crate) struct Reserve {
    pub(crate) row: HeldRow,
    pub(crate) order_id: String,
    pub(crate) price: Price,
}

/// What becomes of a row.
#[derive(Clone, Debug)]
pub(crate) struct Settlement {
    pub(crate) row: HeldRow,
    pub(crate) ending: Ending,
    /// Not of one that a worker has alone, but of one that has ended with this order, too.
    pub(crate) corrects: bool,
}

/// What the rows in one state come to. Amounts are millionths of a EUR.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RowSum {
    pub(crate) state: RowState,
    pub(crate) rows: i64,
    /// Of the rows, those that nobody has named a charge of.
    pub(crate) unpriced: i64,
    /// Those with a reason.
    pub(crate) warned: i64,
    pub(crate) charged: i64,
    /// What the unpriced were to cost.
    pub(crate) reserved: i64,
}

impl RowSum {
    pub(crate) fn none(state: RowState) -> Self {
        Self { state, rows: 0, unpriced: 0, warned: 0, charged: 0, reserved: 0 }
    }
}

/// How a row ends, or waits again.
#[derive(Clone, Debug)]
pub(crate) struct Ending {
    pub(crate) state: RowState,
    pub(crate) order_id: Option<String>,
    pub(crate) charged: Option<i64>,
    pub(crate) reason: Option<String>,
    /// Microseconds before which it is not taken again.
    pub(crate) pause: Option<i64>,
    pub(crate) repeats: bool,
    /// What a month and an hour of it cost.
    pub(crate) month: Option<i64>,
    pub(crate) hour: Option<i64>,
}

/// A row that a worker has, and has written no intent for, waits as before: nothing was sent for it.
const SEEN_STATE: &str =
    "CASE WHEN it.state = 'taken' AND it.order_id IS NULL THEN 'waiting' ELSE it.state END";

impl Store {
    /// The batch of a name.
    pub(crate) async fn batch(&self, name: &str) -> Result<Option<BatchRecord>, JournalError> {
        let (clock, now) = self.clock_values();
        let sql = format!(
            "SELECT provider, size, max_spend, committed, dearest_month, dearest_hour, \
             CASE WHEN clock = $2 THEN slot - {} ELSE 0 END FROM batches WHERE name = $1",
            self.now_of("$3")
        );
        let statement = Statement::new(sql).bind(name).bind(clock).bind(now);
        let Some(row) = self.rows(statement).await?.pop() else { return Ok(None) };
        let mut cells = Cells::of(row);
        Ok(Some(BatchRecord {
            provider: cells.text()?.unwrap_or_default(),
            size: cells.number()?,
            max_spend: cells.number()?,
            committed: cells.number()?.unwrap_or_default(),
            dearest_month: cells.number()?,
            dearest_hour: cells.number()?,
            wait: cells.number()?.unwrap_or_default().max(0),
        }))
    }

    /// What the rows in each state come to.
    pub(crate) async fn totals(&self, batch: &str) -> Result<Vec<RowSum>, JournalError> {
        let sql = format!(
            "SELECT {SEEN_STATE} AS seen, COUNT(*), COUNT(*) - COUNT(charged), COUNT(reason), \
             CAST(COALESCE(SUM(charged), 0) AS BIGINT), \
             CAST(COALESCE(SUM(CASE WHEN charged IS NULL THEN price END), 0) AS BIGINT) \
             FROM batch_rows AS it WHERE batch = $1 GROUP BY seen"
        );
        let rows = self.rows(Statement::new(sql).bind(batch)).await?;
        let of = |row: Row| {
            let mut cells = Cells::of(row);
            let state = cells.state()?;
            let mut number = || Ok::<_, JournalError>(cells.number()?.unwrap_or_default());
            let (rows, unpriced, warned) = (number()?, number()?, number()?);
            let (charged, reserved) = (number()?, number()?);
            Ok(RowSum { state, rows, unpriced, warned, charged, reserved })
        };
        rows.into_iter().map(of).collect()
    }

    /// Whether the batch has paid for an order of which nobody knows what it cost or was to cost.
    pub(crate) async fn has_unpriced(&self, batch: &str) -> Result<bool, JournalError> {
        let sql = "SELECT COUNT(*) FROM (SELECT 1 FROM batch_rows WHERE batch = $1 AND state = 'accepted' \
             AND charged IS NULL AND price IS NULL LIMIT 1) AS it";
        Ok(first_number(self.rows(Statement::new(sql).bind(batch)).await?)? > 0)
    }

    /// Whether there is a row that someone works on or can, now or in a while; or, with `reserved`, one that may
    /// give back what it has reserved of the limit.
    pub(crate) async fn has_more(&self, batch: &str, reserved: bool) -> Result<bool, JournalError> {
        let any = |which: &str| {
            format!(
                "SELECT COUNT(*) FROM (SELECT 1 FROM batch_rows WHERE batch = $1 AND {which} LIMIT 1) AS it"
            )
        };
        let question = if reserved {
            Statement::new(any(
                "state IN ('taken', 'unknown') AND price IS NOT NULL AND owner IS NOT NULL",
            ))
            .bind(batch)
        } else {
            let (clock, time) = self.clock_values();
            let sql = any(&format!(
                "(state IN ('waiting', 'taken') OR (state = 'unknown' AND \
                 (not_before IS NULL OR clock <> $2 OR not_before <= {})))",
                self.now_of("$3")
            ));
            Statement::new(sql).bind(batch).bind(clock).bind(time)
        };
        Ok(first_number(self.rows(question).await?)? > 0)
    }

    /// Rows with their orders one by one, as the input had them.
    pub(crate) async fn batch_rows(
        &self,
        batch: &str,
        mut take: impl FnMut(Result<StoredRow, JournalError>),
    ) -> Result<(), JournalError> {
        let columns: Vec<String> =
            COLUMNS.split(", ").map(|name| format!("orders.{name}")).collect();
        let taken: Vec<String> = TAKEN.split(", ").map(|name| format!("it.{name}")).collect();
        let sql = format!(
            "SELECT {}, {SEEN_STATE}, it.price, it.charged, it.reason, {} FROM batch_rows AS it \
             LEFT JOIN orders ON orders.{} WHERE it.batch = $1 ORDER BY it.line, it.reference",
            taken.join(", "),
            columns.join(", "),
            BY_ID.replace("$1", "it.order_id")
        );
        self.each(Statement::new(sql).bind(batch), |row| take(stored(row))).await
    }

    /// What stands under the references of rows, by reference. No more rows than a statement takes.
    pub(crate) async fn rows_there(
        &self,
        batch: &str,
        rows: &[NewRow],
    ) -> Result<HashMap<String, RowThere>, JournalError> {
        let sql = format!(
            "SELECT reference, wanted, state FROM batch_rows WHERE batch = $1 AND reference IN ({})",
            (2..rows.len() + 2).map(|at| format!("${at}")).collect::<Vec<_>>().join(", ")
        );
        let question = rows.iter().fold(Statement::new(sql).bind(batch), |question, row| {
            question.bind(row.reference.as_str())
        });
        let of = |row: Row| {
            let mut cells = Cells::of(row);
            let reference = cells.text()?.unwrap_or_default();
            let (wanted, state) = (cells.text()?.unwrap_or_default(), cells.state()?);
            Ok((reference, RowThere { wanted, state }))
        };
        self.rows(question).await?.into_iter().map(of).collect()
    }

    /// The row of a batch that an order is the last of.
    pub(crate) async fn row_of(&self, entry: &Entry) -> Result<Option<HeldRow>, JournalError> {
        let Some(name) = &entry.reference else { return Ok(None) };
        let sql =
            "SELECT epoch FROM batch_rows WHERE batch = $1 AND reference = $2 AND order_id = $3";
        // A slash may stand in the name of the batch, or of the row.
        let splits = name
            .match_indices('/')
            .filter_map(|(at, _)| Some((name.get(..at)?, name.get(at + 1..)?)));
        for (batch, reference) in splits {
            let question = Statement::new(sql).bind(batch).bind(reference).bind(entry.id.as_str());
            if let Some(row) = self.rows(question).await?.pop() {
                let epoch = Cells::of(row).number()?.unwrap_or_default();
                return Ok(Some(HeldRow {
                    batch: batch.to_owned(),
                    reference: reference.to_owned(),
                    epoch,
                }));
            }
        }
        Ok(None)
    }

    /// The names of all batches.
    pub(crate) async fn batch_names(&self) -> Result<Vec<String>, JournalError> {
        let rows =
            self.rows(Statement::new("SELECT name FROM batches ORDER BY created_at, name")).await?;
        rows.into_iter().map(|row| Ok(Cells::of(row).text()?.unwrap_or_default())).collect()
    }
}

pub(super) const TAKEN: &str = "reference, line, wanted, epoch, repeats, order_id";

pub(super) fn taken(cells: &mut Cells) -> Result<TakenRow, JournalError> {
    Ok(TakenRow {
        reference: cells.text()?.unwrap_or_default(),
        line: cells.number()?.unwrap_or_default(),
        wanted: cells.text()?.unwrap_or_default(),
        epoch: cells.number()?.unwrap_or_default(),
        repeats: cells.number()?.unwrap_or_default(),
        order_id: cells.text()?,
    })
}

fn stored(row: Row) -> Result<StoredRow, JournalError> {
    let mut cells = Cells::of(row);
    let taken = taken(&mut cells)?;
    let (state, price, charged) = (cells.state()?, cells.number()?, cells.number()?);
    let reason = cells.text()?;
    let order: Row = cells.rest();
    let entry = match order.first() {
        None | Some(Cell::Null) => None,
        Some(_) => Some(rows::entry(order)?),
    };
    Ok(StoredRow { taken, state, price, charged, reason, entry })
}
