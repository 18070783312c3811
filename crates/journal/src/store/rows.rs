//! An order as it stands in the table.

use jiff::Timestamp;
use sqlx::any::AnyRow;
use sqlx::{ColumnIndex, Decode, Row as _, Type};

use crate::clock::{Deadlines, Moment};
use crate::error::JournalError;
use crate::state::State;

/// The columns of a [`Row`].
pub(super) const COLUMNS: &str = "id, provider, operation, target, parameters, reference, state, \
    clock, claimed_at, send_by, answer_by, ended_at, seen_clock, seen_at, \
    baseline, answer, findings, resolutions, notes, created_at, changed_at";

/// An order as it stands in the table; what is JSON there is text here.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) provider: String,
    pub(crate) operation: String,
    pub(crate) target: String,
    pub(crate) parameters: String,
    pub(crate) reference: Option<String>,
    pub(crate) state: State,
    pub(crate) deadlines: Deadlines,
    /// The first look of a reader with another clock.
    pub(crate) first_look: Option<Moment>,
    pub(crate) baseline: Option<String>,
    pub(crate) answer: Option<String>,
    pub(crate) findings: Option<String>,
    pub(crate) resolutions: Option<String>,
    pub(crate) notes: Option<String>,
    pub(crate) created_at: Timestamp,
    pub(crate) changed_at: Timestamp,
}

impl Row {
    pub(super) fn read(row: &AnyRow) -> Result<Self, JournalError> {
        let id: String = get(row, "id").map_err(|why| damaged("a row", &why))?;
        Self::of(row, &id).map_err(|why| damaged(&format!("the row of the order {id}"), &why))
    }

    fn of(row: &AnyRow, id: &str) -> Result<Self, String> {
        let seen: (Option<String>, Option<i64>) = (get(row, "seen_clock")?, get(row, "seen_at")?);
        Ok(Self {
            id: id.to_owned(),
            provider: get(row, "provider")?,
            operation: get(row, "operation")?,
            target: get(row, "target")?,
            parameters: get(row, "parameters")?,
            reference: get(row, "reference")?,
            state: get::<String>(row, "state")?.parse()?,
            deadlines: Deadlines {
                clock: get(row, "clock")?,
                claimed_at: get(row, "claimed_at")?,
                send_by: get(row, "send_by")?,
                answer_by: get(row, "answer_by")?,
                ended_at: get(row, "ended_at")?,
            },
            first_look: seen.0.zip(seen.1).map(|(clock, micros)| Moment { clock, micros }),
            baseline: get(row, "baseline")?,
            answer: get(row, "answer")?,
            findings: get(row, "findings")?,
            resolutions: get(row, "resolutions")?,
            notes: get(row, "notes")?,
            created_at: time(row, "created_at")?,
            changed_at: time(row, "changed_at")?,
        })
    }
}

fn get<T>(row: &AnyRow, name: &str) -> Result<T, String>
where
    T: for<'a> Decode<'a, sqlx::Any> + Type<sqlx::Any>,
    for<'a> &'a str: ColumnIndex<AnyRow>,
{
    row.try_get(name).map_err(|error| error.to_string())
}

fn time(row: &AnyRow, name: &str) -> Result<Timestamp, String> {
    get::<String>(row, name)?.parse().map_err(|error: jiff::Error| format!("{name}: {error}"))
}

fn damaged(what: &str, why: &str) -> JournalError {
    JournalError::Corrupt(format!("{what} cannot be read: {why}"))
}

/// A time as the table holds it: of one length, so that texts are in the order of times.
pub(super) fn text_of(time: Timestamp) -> String {
    format!("{time:.6}")
}
