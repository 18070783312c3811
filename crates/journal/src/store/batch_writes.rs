//! What is written of a batch and its rows. As for orders, the condition of a step stands in its statement.

use jiff::Timestamp;

use super::batches::{HeldRow, NewRow, Pool, Price, Reserve, Settlement, TAKEN, TakenRow, taken};
use super::cells::Cells;
use super::statement::{Statement, text_of};
use super::{Kind, Store, first_number};
use crate::error::JournalError;
use crate::row_state::RowState;

/// What a row counts for against the limit.
const COUNTED: &str = "CASE WHEN state = 'accepted' THEN COALESCE(charged, price, 0) \
    WHEN state = 'taken' OR state = 'unknown' THEN COALESCE(price, 0) ELSE 0 END";

impl Reserve {
    /// They go with the statement that writes the intent.
    pub(super) fn statements(&self) -> Vec<Statement> {
        let HeldRow { batch, reference, epoch } = &self.row;
        let of_batch = |sql: &str| Statement::new(sql).bind(batch.as_str());
        let price = match self.price {
            Price::Known(_) => "$5",
            Price::Unknown => "NULL",
            Price::Rest => "(SELECT max_spend - committed FROM batches WHERE name = $1)",
        };
        let mut row = format!(
            "UPDATE batch_rows SET price = {price}, order_id = $4 \
             WHERE batch = $1 AND reference = $2 AND epoch = $3 AND state = 'taken'"
        );
        if self.price == Price::Unknown {
            // A limit that was set a moment ago counts.
            row += " AND (SELECT max_spend FROM batches WHERE name = $1) IS NULL";
        }
        let row = of_batch(&row).bind(reference.as_str()).bind(*epoch);
        let row = row.bind(self.order_id.as_str());
        match self.price {
            Price::Known(price) => vec![
                // The check of the table stands against more than the limit.
                of_batch(
                    "UPDATE batches SET committed = committed + $3 - COALESCE((SELECT price FROM batch_rows \
                     WHERE batch = $1 AND reference = $2 AND state = 'taken'), 0) \
                     WHERE name = $1 AND max_spend IS NOT NULL",
                )
                .bind(reference.as_str())
                .bind(price)
                .or_nothing(),
                row.bind(price),
            ],
            Price::Unknown => vec![row],
            Price::Rest => vec![
                // Nobody changes it between this and the last of these.
                of_batch("UPDATE batches SET committed = committed WHERE name = $1 AND committed < max_spend"),
                row,
                of_batch("UPDATE batches SET committed = max_spend WHERE name = $1"),
            ],
        }
    }
}

impl Store {
    /// Makes a batch, if there is none of that name.
    pub(crate) async fn make_batch(
        &self,
        name: &str,
        provider: &str,
        at: Timestamp,
    ) -> Result<(), JournalError> {
        let sql = "INSERT INTO batches (name, provider, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
        let insert = Statement::new(sql).bind(name).bind(provider).bind(text_of(at));
        self.write(vec![insert]).await.map(drop)
    }

    /// Writes down rows that are not there yet. Gives the first of which another order stands there.
    pub(crate) async fn add_rows(
        &self,
        batch: &str,
        rows: &[NewRow],
    ) -> Result<Option<NewRow>, JournalError> {
        if rows.is_empty() {
            return Ok(None);
        }
        let values: Vec<String> = (0..rows.len())
            .map(|row| 2 + 3 * row)
            .map(|at| format!("($1, ${at}, ${}, ${}, 'waiting')", at + 1, at + 2))
            .collect();
        let sql = format!(
            "INSERT INTO batch_rows (batch, reference, line, wanted, state) VALUES {} ON CONFLICT DO NOTHING",
            values.join(", ")
        );
        let insert = rows.iter().fold(Statement::new(sql).bind(batch), |insert, row| {
            insert.bind(row.reference.as_str()).bind(row.line).bind(row.wanted.as_str())
        });
        self.write(vec![insert]).await?;
        let there = self.rows_there(batch, rows).await?;
        let is_other =
            |row: &&NewRow| there.get(&row.reference).is_none_or(|it| it.wanted != row.wanted);
        Ok(rows.iter().find(is_other).cloned())
    }

    /// All of its rows are written down.
    pub(crate) async fn batch_is_whole(&self, name: &str) -> Result<(), JournalError> {
        let sql = "UPDATE batches SET size = (SELECT COUNT(*) FROM batch_rows WHERE batch = $1) WHERE name = $1";
        self.write(vec![Statement::new(sql).bind(name)]).await.map(drop)
    }

    /// Sets what a batch may cost, of which all that it has cost and may cost already is taken: nothing is left where that
    /// is more.
    pub(crate) async fn set_limit(&self, name: &str, limit: i64) -> Result<(), JournalError> {
        let set = Statement::new(format!(
            "UPDATE batches SET max_spend = $2, committed = COALESCE((SELECT CAST(CASE WHEN SUM(spent) > $2 THEN $2 \
             ELSE SUM(spent) END AS BIGINT) FROM (SELECT {COUNTED} AS spent \
             FROM batch_rows WHERE batch = $1) AS counted), 0) WHERE name = $1"
        ));
        let set = set.bind(name).bind(limit);
        self.write(match self.kind() {
            Kind::Sqlite => vec![set],
            // No order is under way to a row while the rows are counted.
            Kind::Postgres => {
                vec![Statement::new("LOCK TABLE batch_rows IN SHARE MODE").or_nothing(), set]
            }
        })
        .await
        .map(drop)
    }

    /// Lets rows whose order was not sent wait again, and looks again for those whose end is not known.
    pub(crate) async fn retry(&self, batch: &str, states: &[RowState]) -> Result<(), JournalError> {
        let states: Vec<String> = states.iter().map(|it| format!("state = '{it}'")).collect();
        let again = format!(
            "UPDATE batch_rows SET state = 'waiting', price = NULL, not_before = NULL, repeats = 0 \
             WHERE batch = $1 AND ({})",
            states.join(" OR ")
        );
        let look = "UPDATE batch_rows SET not_before = NULL \
            WHERE batch = $1 AND state = 'unknown' AND not_before IS NOT NULL";
        let all = [Statement::new(again), Statement::new(look)];
        self.write(all.map(|it| it.bind(batch).or_nothing()).into()).await.map(drop)
    }

    /// Takes rows for a time.
    pub(crate) async fn take(
        &self,
        batch: &str,
        pool: Pool,
        owner: &str,
        lease: i64,
        most: usize,
    ) -> Result<Vec<TakenRow>, JournalError> {
        let (clock, time) = self.clock_values();
        let now = self.now_of("$4");
        let (state, next, which) = match pool {
            Pool::Waiting => (
                "waiting",
                "state = 'taken', price = NULL, order_id = NULL, ",
                format!("(not_before IS NULL OR clock <> $3 OR not_before <= {now})"),
            ),
            Pool::Abandoned => {
                ("taken", "repeats = repeats + 1, ", format!("(clock <> $3 OR lease <= {now})"))
            }
            Pool::Unknown => (
                "unknown",
                "",
                format!(
                    "(lease IS NULL OR clock <> $3 OR lease <= {now}) \
                     AND (not_before IS NULL OR clock <> $3 OR not_before <= {now})"
                ),
            ),
        };
        let rows = format!(
            "SELECT reference FROM batch_rows WHERE batch = $1 AND state = '{state}' AND {which} \
             ORDER BY line LIMIT {most}"
        );
        let rows = match self.kind() {
            Kind::Sqlite => format!("IN ({rows})"),
            Kind::Postgres => format!("= ANY (ARRAY({rows} FOR UPDATE SKIP LOCKED))"),
        };
        let sql = format!(
            "UPDATE batch_rows SET {next}owner = $2, epoch = epoch + 1, clock = $3, lease = {now} + $5, \
             not_before = NULL WHERE batch = $1 AND reference {rows} \
             RETURNING {TAKEN}"
        );
        let take = Statement::new(sql).bind(batch).bind(owner).bind(clock).bind(time).bind(lease);
        let taken = self.write(vec![take]).await?.into_iter().map(|row| taken(&mut Cells::of(row)));
        let mut taken: Vec<TakenRow> = taken.collect::<Result<_, _>>()?;
        taken.sort_by_key(|row| row.line);
        Ok(taken)
    }

    /// Keeps what a worker has taken its own for a time.
    pub(crate) async fn keep_taken(
        &self,
        batch: &str,
        owner: &str,
        lease: i64,
    ) -> Result<(), JournalError> {
        let (clock, time) = self.clock_values();
        let sql = format!(
            "UPDATE batch_rows SET clock = $3, lease = {} + $5 \
             WHERE batch = $1 AND state IN ('taken', 'unknown') AND owner = $2",
            self.now_of("$4")
        );
        let keep = Statement::new(sql).bind(batch).bind(owner).bind(clock).bind(time).bind(lease);
        self.write(vec![keep]).await.map(drop)
    }

    /// Gives back what a worker has taken and not begun, and what it finds out about. Of what an order was written
    /// for before, whoever takes it over looks at that first.
    pub(crate) async fn give_back(
        &self,
        batch: &str,
        owner: &str,
        not_begun: &[TakenRow],
    ) -> Result<(), JournalError> {
        let unknown = "UPDATE batch_rows SET owner = NULL, lease = NULL \
             WHERE batch = $1 AND owner = $2 AND state = 'unknown'";
        let mut all = vec![Statement::new(unknown).bind(batch).bind(owner).or_nothing()];
        if !not_begun.is_empty() {
            let places: Vec<_> =
                (3..not_begun.len() + 3).map(|place| format!("${place}")).collect();
            let taken = Statement::new(format!(
                "UPDATE batch_rows SET state = CASE WHEN order_id IS NULL THEN 'waiting' ELSE state END, \
                 owner = NULL, lease = 0 WHERE batch = $1 AND owner = $2 AND state = 'taken' AND reference IN ({})",
                places.join(", ")
            ));
            let taken = taken.bind(batch).bind(owner).or_nothing();
            all.push(not_begun.iter().fold(taken, |taken, row| taken.bind(row.reference.as_str())));
        }
        self.write(all).await.map(drop)
    }

    /// Reserves for a row what an order that is there already costs, or all that is left of the limit where that is
    /// less.
    pub(crate) async fn adopt(&self, reserve: Reserve) -> Result<(), JournalError> {
        match self.write(reserve.statements()).await {
            Err(error) if is_of_limit(&error) => {
                let rest = Reserve { price: Price::Rest, ..reserve };
                self.write(rest.statements()).await.map(drop)
            }
            written => written.map(drop),
        }
    }

    /// Writes down what became of a row, unless another worker has it by now.
    pub(crate) async fn settle(&self, settlement: &Settlement) -> Result<(), JournalError> {
        self.write(self.settled(settlement)).await.map(drop)
    }

    /// The same, to go with the statement that writes how the order ended.
    pub(super) fn settled(&self, settlement: &Settlement) -> Vec<Statement> {
        let Settlement { row: HeldRow { batch, reference, epoch }, ending, corrects } = settlement;
        let (clock, time) = self.clock_values();
        let ended = if *corrects { " OR order_id = $5" } else { "" };
        let sql = format!(
            "UPDATE batch_rows SET state = $4, order_id = COALESCE($5, order_id), \
             charged = $6, reason = $7, \
             clock = $8, not_before = {} + $10, repeats = repeats + $11, owner = NULL, lease = NULL \
             WHERE batch = $1 AND reference = $2 AND epoch = $3 AND (state = 'taken' OR state = 'unknown'{ended})",
            self.now_of("$9")
        );
        let settled = Statement::new(sql)
            .bind(batch.as_str())
            .bind(reference.as_str())
            .bind(*epoch)
            .bind(ending.state.as_str())
            .bind(ending.order_id.as_deref())
            .bind(ending.charged)
            .bind(ending.reason.as_deref())
            .bind(clock)
            .bind(time)
            .bind(ending.pause)
            .bind(i64::from(ending.repeats));
        if ending.state == RowState::Unknown {
            return vec![settled];
        }
        let (least, greatest) = match self.kind() {
            Kind::Sqlite => ("min", "max"),
            Kind::Postgres => ("least", "greatest"),
        };
        let unnamed = if ending.state == RowState::Accepted { "price" } else { "NULL" };
        // What the provider has charged beyond the price cannot be held to the limit any more.
        let sql = format!(
            "UPDATE batches SET committed = {least}(max_spend, {greatest}(0, committed + COALESCE((\
             SELECT COALESCE(CAST($5 AS BIGINT), {unnamed}, 0) - {COUNTED} FROM batch_rows WHERE batch = $1 AND reference = $2), 0))), \
             dearest_month = CASE WHEN $3 > COALESCE(dearest_month, 0) THEN $3 ELSE dearest_month END, \
             dearest_hour = CASE WHEN $4 > COALESCE(dearest_hour, 0) THEN $4 ELSE dearest_hour END \
             WHERE name = $1 AND max_spend IS NOT NULL"
        );
        let counted = Statement::new(sql)
            .bind(batch.as_str())
            .bind(reference.as_str())
            .bind(ending.month)
            .bind(ending.hour)
            .bind(ending.charged);
        // Before the row is another one. Where it is not written, none of it is.
        vec![counted.or_nothing(), settled]
    }

    /// The next free slot, so far from the one before it, and so far from now at least where that is past: how long it
    /// is until it comes. All in microseconds.
    pub(crate) async fn slot(
        &self,
        batch: &str,
        interval: i64,
        ahead: i64,
    ) -> Result<i64, JournalError> {
        let (clock, time) = self.clock_values();
        let now = self.now_of("$3");
        let sql = format!(
            "UPDATE batches SET slot = $4 + CASE WHEN clock = $2 AND slot > {now} THEN slot ELSE {now} + $5 END, \
             clock = $2 WHERE name = $1 RETURNING slot - $4 - {now}"
        );
        let next =
            Statement::new(sql).bind(batch).bind(clock).bind(time).bind(interval).bind(ahead);
        first_number(self.write(vec![next]).await?)
    }

    /// No order of a batch goes out for a time.
    pub(crate) async fn slow_down(&self, batch: &str, wait: i64) -> Result<(), JournalError> {
        let (clock, time) = self.clock_values();
        let now = self.now_of("$3");
        let sql = format!(
            "UPDATE batches SET slot = CASE WHEN clock = $2 AND slot > {now} + $4 THEN slot ELSE {now} + $4 END, \
             clock = $2 WHERE name = $1"
        );
        let slow = Statement::new(sql).bind(batch).bind(clock).bind(time).bind(wait);
        self.write(vec![slow]).await.map(drop)
    }
}

/// Whether more would have been reserved than a batch may cost.
pub(crate) fn is_of_limit(error: &JournalError) -> bool {
    matches!(error, JournalError::Database(error) if error.breaks("batches_spend"))
}
