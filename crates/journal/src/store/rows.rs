//! An order as it stands in the table.

use std::error::Error;
use std::fmt::Display;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use sqlx::Row;
use sqlx::any::AnyRow;

use crate::clock::{Deadlines, Moment};
use crate::entry::Entry;
use crate::error::JournalError;

/// The columns of an [`Entry`].
pub(super) const COLUMNS: &str = "id, provider, operation, target, parameters, reference, state, \
    clock, claimed_at, send_by, answer_by, ended_at, seen_clock, seen_at, \
    baseline, answer, findings, resolutions, notes, created_at, changed_at";

/// An order as it stands in the table.
pub(super) fn entry(row: &AnyRow) -> Result<Entry, JournalError> {
    let damaged = |what: &str, why: &dyn Display| {
        JournalError::Corrupt(format!("{what} cannot be read: {why}"))
    };
    let id: String = row.try_get("id").map_err(|why| damaged("a row", &why))?;
    of(row, &id).map_err(|why| damaged(&format!("the row of the order {id}"), &why))
}

fn of(row: &AnyRow, id: &str) -> Result<Entry, Box<dyn Error>> {
    let seen_at: Option<i64> = row.try_get("seen_at")?;
    let seen_clock: Option<String> = row.try_get("seen_clock")?;
    Ok(Entry {
        id: id.to_owned(),
        provider: row.try_get("provider")?,
        operation: row.try_get("operation")?,
        target: row.try_get("target")?,
        parameters: json(row, "parameters")?,
        reference: row.try_get("reference")?,
        state: row.try_get::<String, _>("state")?.parse()?,
        answer: json(row, "answer")?,
        baseline: json(row, "baseline")?,
        findings: json(row, "findings")?,
        resolutions: json::<Option<_>>(row, "resolutions")?.unwrap_or_default(),
        notes: json::<Option<_>>(row, "notes")?.unwrap_or_default(),
        created_at: time(row, "created_at")?,
        changed_at: time(row, "changed_at")?,
        deadlines: Deadlines {
            clock: row.try_get("clock")?,
            claimed_at: row.try_get("claimed_at")?,
            send_by: row.try_get("send_by")?,
            answer_by: row.try_get("answer_by")?,
            ended_at: row.try_get("ended_at")?,
            first_look: seen_clock.zip(seen_at).map(|(clock, micros)| Moment { clock, micros }),
        },
    })
}

fn json<T: DeserializeOwned>(row: &AnyRow, name: &str) -> Result<T, String> {
    let text: Option<String> = row.try_get(name).map_err(|error| error.to_string())?;
    let text = text.as_deref().unwrap_or("null");
    serde_json::from_str(text).map_err(|error| format!("{name}: {error}"))
}

fn time(row: &AnyRow, name: &str) -> Result<Timestamp, String> {
    let text: String = row.try_get(name).map_err(|error| error.to_string())?;
    text.parse().map_err(|error| format!("{name}: {error}"))
}
