//! What is written of an order: its claim, and each step after it. The condition of a step stands in
//! its statement, so that nothing can come between.

use std::time::Duration;

use jiff::Timestamp;

use super::connection::{Statement, Value};
use super::rows::{COLUMNS, Row, text_of};
use super::{Store, postgres};
use crate::clock::{self, SEND_GRACE};
use crate::error::JournalError;
use crate::state::{Condition, Speaker, State};

/// No deadline is further away. Longer ones would not fit into a column.
const LONGEST: Duration = Duration::from_secs(100 * 366 * 24 * 60 * 60);

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
    /// More notes: strings of JSON.
    pub(crate) notes: Vec<String>,
    /// Whether its reference is given up.
    pub(crate) without_reference: bool,
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
        }
    }
}

/// What became of a step.
#[derive(Clone, Debug)]
pub(crate) enum Written {
    /// It was taken.
    Yes(Box<Row>),
    /// The order is not where the step starts from.
    No(Box<Row>),
    /// Another order has the reference that this one would take again.
    ReferenceTaken,
}

impl Store {
    /// Claims a target; nothing if another order holds it or its reference.
    pub(crate) async fn insert(&self, order: &NewOrder<'_>) -> Result<Option<Row>, JournalError> {
        let (clock, now) = self.clock_values();
        let at = text_of(order.at);
        let patience = clock::micros(order.patience.min(LONGEST));
        let mut it = Statement::new(
            "INSERT INTO orders (id, provider, operation, target, parameters, reference, ",
            [],
        );
        it.push("state, clock, claimed_at, answer_by, created_at, changed_at) SELECT ");
        for value in [order.id, order.provider, order.operation, order.target, order.parameters] {
            let value = it.value(value);
            it.push(&format!("{value}, "));
        }
        let reference = it.value(Value::Text(order.reference));
        let (clock, now) = (it.value(clock.as_str()), it.value(Value::Number(now)));
        let (patience, at) = (it.value(patience), it.value(at.as_str()));
        it.push(&format!(
            "{reference}, 'claimed', {clock}, clock.now, clock.now + {patience}, {at}, {at} \
             FROM (SELECT {} AS now) AS clock WHERE TRUE ON CONFLICT DO NOTHING RETURNING {COLUMNS}",
            self.now_of(&now)
        ));
        match self.rows(&it).await?.first() {
            None => Ok(None),
            Some(row) => match Row::read(row)? {
                row if row.id == order.id
                    && row.target == order.target
                    && row.state == State::Claimed =>
                {
                    Ok(Some(row))
                }
                row => Err(altered(&row)),
            },
        }
    }

    /// Moves an order on, if its state allows that to who speaks.
    pub(crate) async fn step(
        &self,
        id: &str,
        step: &Step,
        at: Timestamp,
    ) -> Result<Written, JournalError> {
        let (clock, now) = self.clock_values();
        let at = text_of(at);
        let mut it = Statement::default();
        let (clock, now) = (it.value(clock.as_str()), it.value(Value::Number(now)));
        let now = self.now_of(&now);
        let (next, at) = (it.value(step.next.as_str()), it.value(at.as_str()));
        it.push(&format!("UPDATE orders SET state = {next}, changed_at = {at}"));
        if let Some(timeout) = step.timeout {
            let grace = it.value(clock::micros(SEND_GRACE));
            let all = it.value(clock::micros(SEND_GRACE.saturating_add(timeout).min(LONGEST)));
            it.push(&format!(
                ", clock = {clock}, claimed_at = CASE WHEN clock = {clock} THEN claimed_at ELSE {now} END, \
                 send_by = {now} + {grace}, answer_by = {now} + {all}"
            ));
        }
        if !matches!(step.next, State::Claimed | State::Open) {
            it.push(&format!(", ended_at = CASE WHEN clock = {clock} THEN {now} ELSE NULL END"));
        }
        for (column, text) in
            [("baseline", &step.baseline), ("answer", &step.answer), ("findings", &step.findings)]
        {
            if let Some(text) = text {
                let text = it.value(text.as_str());
                it.push(&format!(", {column} = {text}"));
            }
        }
        let notes = step.notes.join(",");
        let notes = Some(&notes).filter(|notes| !notes.is_empty());
        for (column, elements) in [("resolutions", step.resolution.as_ref()), ("notes", notes)] {
            if let Some(elements) = elements {
                let elements = it.value(elements.as_str());
                it.push(&format!(", {column} = {}", appended(column, &elements)));
            }
        }
        if step.without_reference {
            it.push(", reference = NULL");
        }
        let id_value = it.value(id);
        let origins: Vec<String> = step
            .next
            .origins(step.by)
            .filter(|(state, _)| step.from.is_none_or(|from| from == *state))
            .map(|(state, condition)| format!("({})", origin(state, condition, &clock, &now)))
            .collect();
        let origins = if origins.is_empty() { "FALSE".to_owned() } else { origins.join(" OR ") };
        it.push(&format!(" WHERE id = {id_value} AND ({origins}) RETURNING {COLUMNS}"));
        match self.rows(&it).await {
            Ok(rows) => match rows.first() {
                None => Ok(Written::No(Box::new(self.row(id).await?))),
                Some(row) => match Row::read(row)? {
                    row if row.state == step.next => Ok(Written::Yes(Box::new(row))),
                    row => Err(altered(&row)),
                },
            },
            Err(error) if is_of_reference(&error) => Ok(Written::ReferenceTaken),
            Err(error) => Err(error),
        }
    }

    /// Keeps what was learnt of an order that stays as it is, if it is still in one of these states.
    pub(crate) async fn keep(
        &self,
        id: &str,
        column: Kept,
        text: &str,
        states: &[State],
        at: Timestamp,
    ) -> Result<Row, JournalError> {
        let at = text_of(at);
        let mut it = Statement::default();
        let (text, at, id_value) = (it.value(text), it.value(at.as_str()), it.value(id));
        let set = match column {
            Kept::Findings => format!("findings = {text}"),
            Kept::Answer => format!("answer = {text}"),
        };
        let states: Vec<String> = states.iter().map(|state| format!("'{state}'")).collect();
        it.push(&format!(
            "UPDATE orders SET {set}, changed_at = {at} WHERE id = {id_value} AND state IN ({})",
            states.join(", ")
        ));
        self.rows(&it).await?;
        self.row(id).await
    }

    /// Writes down when someone whose clock is not the order's first saw it, and gives the order.
    pub(crate) async fn look_at(&self, id: &str) -> Result<Row, JournalError> {
        let row = self.row(id).await?;
        let now = self.now().await?;
        let seen = row.first_look.as_ref().is_some_and(|first| first.clock == now.clock);
        if row.deadlines.clock == now.clock || seen {
            return Ok(row);
        }
        let mut it = Statement::default();
        let (clock, micros) = (it.value(now.clock.as_str()), it.value(now.micros));
        let id_value = it.value(id);
        it.push(&format!(
            "UPDATE orders SET seen_clock = {clock}, seen_at = {micros} \
             WHERE id = {id_value} AND (seen_clock IS NULL OR seen_clock <> {clock})"
        ));
        self.rows(&it).await?;
        self.row(id).await
    }

    /// The clock's name, and its time if it is not the database's.
    fn clock_values(&self) -> (String, Option<i64>) {
        match &self.clock {
            Some(clock) => {
                let now = clock.now();
                (now.clock, Some(now.micros))
            }
            None => (postgres::CLOCK.to_owned(), None),
        }
    }

    /// The present moment in a statement: `value`, or the database's own where that is null.
    fn now_of(&self, value: &str) -> String {
        match &self.clock {
            Some(_) => format!("CAST({value} AS BIGINT)"),
            None => format!("COALESCE(CAST({value} AS BIGINT), {})", postgres::NOW),
        }
    }
}

/// What may be learnt of an order without moving it on.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kept {
    Findings,
    Answer,
}

/// A list in JSON with one more element, which a statement can write without reading it first.
fn appended(column: &str, element: &str) -> String {
    format!(
        "CASE WHEN {column} IS NULL THEN '[' || CAST({element} AS TEXT) || ']' \
         ELSE SUBSTR({column}, 1, LENGTH({column}) - 1) || ',' || CAST({element} AS TEXT) || ']' END"
    )
}

fn origin(state: State, condition: Condition, clock: &str, now: &str) -> String {
    let state = format!("state = '{state}'");
    let said_so = "resolutions IS NOT NULL";
    // As `Deadlines::sender_is_out_from` says.
    let is_out = format!(
        "CASE WHEN clock = {clock} THEN answer_by <= {now} \
         WHEN seen_clock = {clock} THEN seen_at + answer_by - claimed_at <= {now} ELSE FALSE END"
    );
    match condition {
        Condition::Always => state,
        Condition::SenderIsOut => format!("{state} AND {is_out}"),
        Condition::PersonSaidSo => format!("{state} AND {said_so}"),
        Condition::PersonSaidSoAndSenderIsOut => format!("{state} AND {said_so} AND {is_out}"),
    }
}

fn altered(row: &Row) -> JournalError {
    JournalError::Corrupt(format!(
        "the database has written something else than it was told of the order {}; is there a trigger?",
        row.id
    ))
}

/// PostgreSQL names the index, SQLite its columns.
fn is_of_reference(error: &JournalError) -> bool {
    let JournalError::Database(error) = error else { return false };
    error.as_database_error().is_some_and(|error| {
        error.is_unique_violation()
            && (error.constraint() == Some("orders_reference")
                || error.message().contains("orders.reference"))
    })
}
