//! An order as it stands in the table.

use std::error::Error;
use std::fmt::Display;

use jiff::Timestamp;
use serde::de::DeserializeOwned;

use super::statement::{Cell, Row};
use crate::clock::{Deadlines, Moment};
use crate::entry::Entry;
use crate::error::JournalError;

/// The columns of an [`Entry`], in the order in which [`entry`] takes them.
pub(super) const COLUMNS: &str = "id, provider, operation, target, parameters, reference, state, \
    clock, claimed_at, send_by, answer_by, ended_at, seen_clock, seen_at, \
    baseline, answer, findings, resolutions, notes, created_at, changed_at";

/// An order as it stands in the table.
pub(super) fn entry(row: Row) -> Result<Entry, JournalError> {
    let damaged = |what: &str, why: &dyn Display| {
        JournalError::Corrupt(format!("{what} cannot be read: {why}"))
    };
    let mut cells = row.into_iter();
    let id = text("id", cells.next()).map_err(|why| damaged("a row", &why))?;
    of(&id, cells).map_err(|why| damaged(&format!("the row of the order {id}"), &why))
}

fn of(id: &str, mut cells: impl Iterator<Item = Cell>) -> Result<Entry, Box<dyn Error>> {
    let mut next = || cells.next();
    let provider = text("provider", next())?;
    let operation = text("operation", next())?;
    let target = text("target", next())?;
    let parameters = json("parameters", next())?;
    let reference = text_or_none("reference", next())?;
    let state = text("state", next())?.parse()?;
    let clock = text("clock", next())?;
    let claimed_at = number("claimed_at", next())?;
    let send_by = number_or_none("send_by", next())?;
    let answer_by = number("answer_by", next())?;
    let ended_at = number_or_none("ended_at", next())?;
    let seen_clock = text_or_none("seen_clock", next())?;
    let seen_at = number_or_none("seen_at", next())?;
    let first_look = seen_clock.zip(seen_at).map(|(clock, micros)| Moment { clock, micros });
    Ok(Entry {
        id: id.to_owned(),
        provider,
        operation,
        target,
        parameters,
        reference,
        state,
        deadlines: Deadlines { clock, claimed_at, send_by, answer_by, ended_at, first_look },
        baseline: json("baseline", next())?,
        answer: json("answer", next())?,
        findings: json("findings", next())?,
        resolutions: json::<Option<_>>("resolutions", next())?.unwrap_or_default(),
        notes: json::<Option<_>>("notes", next())?.unwrap_or_default(),
        created_at: time("created_at", next())?,
        changed_at: time("changed_at", next())?,
    })
}

fn text_or_none(name: &str, cell: Option<Cell>) -> Result<Option<String>, String> {
    cell.unwrap_or(Cell::Null).text().map_err(|why| format!("{name}: {why}"))
}

fn number_or_none(name: &str, cell: Option<Cell>) -> Result<Option<i64>, String> {
    cell.unwrap_or(Cell::Null).number().map_err(|why| format!("{name}: {why}"))
}

fn text(name: &str, cell: Option<Cell>) -> Result<String, String> {
    text_or_none(name, cell)?.ok_or_else(|| format!("{name}: it is not there"))
}

fn number(name: &str, cell: Option<Cell>) -> Result<i64, String> {
    number_or_none(name, cell)?.ok_or_else(|| format!("{name}: it is not there"))
}

fn json<T: DeserializeOwned>(name: &str, cell: Option<Cell>) -> Result<T, String> {
    let text = text_or_none(name, cell)?;
    let text = text.as_deref().unwrap_or("null");
    serde_json::from_str(text).map_err(|error| format!("{name}: {error}"))
}

fn time(name: &str, cell: Option<Cell>) -> Result<Timestamp, String> {
    text(name, cell)?.parse().map_err(|error| format!("{name}: {error}"))
}
