//! What is written of an order: its claim, and each step after it. The condition of a step stands in
//! its statement, so that nothing can come between.

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::batches::{Reserve, Settlement};
use super::statement::{Statement, text_of};
use super::{Store, postgres};
use crate::clock::{self, SEND_GRACE};
use crate::entry::Entry;
use crate::error::JournalError;
use crate::state::{Condition, Speaker, State};

/// No deadline is further away: 95 years. Longer ones would not fit into a column.
const LONGEST: Duration = Duration::from_secs(3_000_000_000);

/// A claim that is to be written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NewOrder<'a> {
    pub(crate) id: &'a str,
    pub(crate) provider: &'a str,
    pub(crate) operation: &'a str,
    pub(crate) target: &'a str,
    pub(crate) parameters: &'a str,
    pub(crate) reference: Option<&'a str>,
    /// How long its sender may need for all of it.
    pub(crate) patience: Duration,
    pub(crate) at: Timestamp,
}

/// A step of an order, and what is written with it. What is not given stays as it is.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) next: State,
    pub(crate) by: Speaker,
    /// The one state that it starts from, if not any that allows it.
    pub(crate) from: Option<State>,
    /// For an intent: how long its sender waits for the answer.
    pub(crate) timeout: Option<Duration>,
    pub(crate) baseline: Option<String>,
    pub(crate) answer: Option<String>,
    pub(crate) findings: Option<String>,
    /// One more element of the list of resolutions: an object of JSON.
    pub(crate) resolution: Option<String>,
    /// More notes.
    pub(crate) notes: Vec<String>,
    /// Whether its reference is given up.
    pub(crate) without_reference: bool,
    /// For an intent: what its row of a batch reserves, without which it is not written.
    pub(crate) reserve: Option<Reserve>,
    /// For an outcome: what becomes of its row of a batch, without which it is not written.
    pub(crate) settles: Option<Settlement>,
}

impl Step {
    pub(crate) fn to(next: State, by: Speaker) -> Self {
        Self {
            next,
            by,
            from: None,
            timeout: None,
            baseline: None,
            answer: None,
            findings: None,
            resolution: None,
            notes: Vec::new(),
            without_reference: false,
            reserve: None,
            settles: None,
        }
    }
}

/// What became of a step.
#[derive(Debug)]
pub(crate) enum Written {
    /// It was taken.
    Yes(Box<Entry>),
    /// The order is not where the step starts from.
    No(Box<Entry>),
}

impl Store {
    /// Claims a target; nothing if another order holds it or its reference.
    pub(crate) async fn insert(&self, order: &NewOrder<'_>) -> Result<Option<Entry>, JournalError> {
        let (clock, now) = self.clock_values();
        let sql = format!(
            "INSERT INTO orders (id, provider, operation, target, parameters, reference, \
             state, clock, claimed_at, answer_by, created_at, changed_at) \
             VALUES ($1, $2, $3, $4, $5, $6, 'claimed', $7, {now}, {now} + $9, $10, $10) \
             ON CONFLICT DO NOTHING",
            now = self.now_of("$8")
        );
        let insert = Statement::new(sql)
            .bind(order.id)
            .bind(order.provider)
            .bind(order.operation)
            .bind(order.target)
            .bind(order.parameters)
            .bind(order.reference)
            .bind(clock)
            .bind(now)
            .bind(clock::micros(order.patience.min(LONGEST)))
            .bind(text_of(order.at));
        let Some(entry) = self.written(order.id, vec![insert]).await? else { return Ok(None) };
        match entry.id == order.id && entry.target == order.target && entry.state == State::Claimed
        {
            true => Ok(Some(entry)),
            false => Err(altered(&entry)),
        }
    }

    /// Moves an order on, if its state allows that to who speaks. One whose reference is a newer order's
    /// by now moves on without it, and says so.
    pub(crate) async fn step(
        &self,
        id: &str,
        step: &Step,
        at: Timestamp,
    ) -> Result<Written, JournalError> {
        let written = match self.step_once(id, step, at).await {
            Err(error) if is_of_reference(&error) => {
                let reference = self.get(id).await?.reference.unwrap_or_default();
                let note = format!(
                    "its reference `{reference}` stands for a newer order by now: BOTH MAY HAVE BEEN CHARGED"
                );
                let notes = [&step.notes[..], &[note]].concat();
                let step = Step { notes, without_reference: true, ..step.clone() };
                self.step_once(id, &step, at).await?
            }
            written => written?,
        };
        match written {
            Some(entry) if entry.state == step.next => Ok(Written::Yes(Box::new(entry))),
            Some(entry) => Err(altered(&entry)),
            None => Ok(Written::No(Box::new(self.get(id).await?))),
        }
    }

    async fn step_once(
        &self,
        id: &str,
        step: &Step,
        at: Timestamp,
    ) -> Result<Option<Entry>, JournalError> {
        let (clock, time) = self.clock_values();
        let now = self.now_of("$5");
        let notes = step.notes.iter().map(json).collect::<Result<Vec<_>, _>>()?.join(",");
        let notes = Some(notes).filter(|notes| !notes.is_empty());
        let (resolutions, notes_too) = (with_more("resolutions", 9), with_more("notes", 10));
        let mut sql = format!(
            "UPDATE orders SET state = $2, changed_at = $3, baseline = COALESCE($6, baseline), \
             answer = COALESCE($7, answer), findings = COALESCE($8, findings), {resolutions}, {notes_too}"
        );
        if let Some(timeout) = step.timeout {
            let grace = clock::micros(SEND_GRACE);
            let all = clock::micros(SEND_GRACE.saturating_add(timeout).min(LONGEST));
            sql += &format!(
                ", clock = $4, claimed_at = CASE WHEN clock = $4 THEN claimed_at ELSE {now} END, \
                 send_by = {now} + {grace}, answer_by = {now} + {all}"
            );
        }
        if !matches!(step.next, State::Claimed | State::Open) {
            sql += &format!(", ended_at = CASE WHEN clock = $4 THEN {now} ELSE NULL END");
        }
        if step.without_reference {
            sql += ", reference = NULL";
        }
        sql += " WHERE id = $1 AND (FALSE";
        for (state, condition) in step.next.origins(step.by) {
            if step.from.is_none_or(|from| from == state) {
                sql += &format!(" OR (state = '{state}' AND {})", sql_of(condition, &now));
            }
        }
        sql += ")";
        let update = Statement::new(sql)
            .bind(id)
            .bind(step.next.as_str())
            .bind(text_of(at))
            .bind(clock)
            .bind(time)
            .bind(step.baseline.as_deref())
            .bind(step.answer.as_deref())
            .bind(step.findings.as_deref())
            .bind(step.resolution.as_deref())
            .bind(notes.as_deref());
        let mut statements = vec![update];
        statements.extend(step.reserve.iter().flat_map(Reserve::statements));
        statements.extend(step.settles.iter().flat_map(|row| self.settled(row)));
        self.written(id, statements).await
    }

    /// Keeps what was learnt of an order that stays as it is, if it is still in one of these states.
    pub(crate) async fn keep(
        &self,
        id: &str,
        column: &'static str,
        text: &str,
        states: &[State],
        at: Timestamp,
    ) -> Result<Entry, JournalError> {
        let states: Vec<String> = states.iter().map(|state| format!("'{state}'")).collect();
        let sql = format!(
            "UPDATE orders SET {column} = $2, changed_at = $3 WHERE id = $1 AND state IN ({})",
            states.join(", ")
        );
        self.write(vec![Statement::new(sql).bind(id).bind(text).bind(text_of(at))]).await?;
        self.get(id).await
    }

    /// Keeps the sender's word on an order that cannot become what it says, and a note.
    pub(crate) async fn keep_word(
        &self,
        id: &str,
        answer: &str,
        note: &str,
        state: State,
        at: Timestamp,
    ) -> Result<Entry, JournalError> {
        let sql = format!(
            "UPDATE orders SET answer = $2, changed_at = $3, {} WHERE id = $1 AND state = '{state}'",
            with_more("notes", 4)
        );
        let update = Statement::new(sql).bind(id).bind(answer).bind(text_of(at)).bind(json(note)?);
        self.write(vec![update]).await?;
        self.get(id).await
    }

    /// Writes down when someone whose clock is not the order's first saw it, and gives the order.
    pub(crate) async fn look_at(&self, id: &str) -> Result<Entry, JournalError> {
        let entry = self.get(id).await?;
        let now = self.now().await?;
        let seen =
            entry.deadlines.first_look.as_ref().is_some_and(|first| first.clock == now.clock);
        if entry.deadlines.clock == now.clock || seen {
            return Ok(entry);
        }
        let sql = "UPDATE orders SET seen_clock = $2, seen_at = $3 \
             WHERE id = $1 AND (seen_clock IS NULL OR seen_clock <> $2)";
        self.write(vec![Statement::new(sql).bind(id).bind(now.clock).bind(now.micros)]).await?;
        self.get(id).await
    }

    /// The clock's name, and its time if it is not the database's.
    pub(super) fn clock_values(&self) -> (String, Option<i64>) {
        match &self.clock {
            Some(clock) => {
                let now = clock.now();
                (now.clock, Some(now.micros))
            }
            None => (postgres::CLOCK.to_owned(), None),
        }
    }

    /// The present moment in a statement: `value`, or the database's own where that is null.
    pub(super) fn now_of(&self, value: &str) -> String {
        match &self.clock {
            Some(_) => format!("CAST({value} AS BIGINT)"),
            None => format!("COALESCE(CAST({value} AS BIGINT), {})", postgres::NOW),
        }
    }
}

/// A list in JSON with more elements, which it gets without being read first.
fn with_more(column: &str, number: u8) -> String {
    format!(
        "{column} = COALESCE(COALESCE(SUBSTR({column}, 1, LENGTH({column}) - 1) || ',', '[') \
         || CAST(${number} AS TEXT) || ']', {column})"
    )
}

/// A value as the table holds it.
pub(crate) fn json(value: &(impl Serialize + ?Sized)) -> Result<String, JournalError> {
    serde_json::to_string(value).map_err(|error| JournalError::Corrupt(error.to_string()))
}

/// A condition, in a statement whose `$4` is the reader's clock.
fn sql_of(condition: Condition, now: &str) -> String {
    let said_so = "resolutions IS NOT NULL";
    // As `Deadlines::sender_is_out_from` says.
    let is_out = format!(
        "CASE WHEN clock = $4 THEN answer_by <= {now} \
         WHEN seen_clock = $4 THEN seen_at + answer_by - claimed_at <= {now} ELSE FALSE END"
    );
    match condition {
        Condition::Always => "TRUE".to_owned(),
        Condition::SenderIsOut => is_out,
        Condition::PersonSaidSo => said_so.to_owned(),
        Condition::PersonSaidSoAndSenderIsOut => format!("{said_so} AND {is_out}"),
    }
}

fn altered(entry: &Entry) -> JournalError {
    JournalError::Corrupt(format!(
        "the database has written something else than it was told of the order {}; is there a trigger?",
        entry.id
    ))
}

/// Whether a newer order has the reference.
fn is_of_reference(error: &JournalError) -> bool {
    is_of(error, "orders_reference", "orders.reference")
}

/// Whether a newer order holds the target.
pub(crate) fn is_of_target(error: &JournalError) -> bool {
    is_of(error, "orders_claim", "orders.target")
}

fn is_of(error: &JournalError, index: &str, column: &str) -> bool {
    matches!(error, JournalError::Database(error) if error.is_taken(index, column))
}
