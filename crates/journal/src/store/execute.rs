//! A statement, carried out on a connection to a file.

use rusqlite::Connection;
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};

use super::statement::{Cell, Row, Statement, Value};

/// All rows of a statement.
pub(super) fn rows(connection: &Connection, statement: &Statement) -> rusqlite::Result<Vec<Row>> {
    let mut rows = Vec::new();
    each(connection, statement, |row| {
        rows.push(row);
        true
    })?;
    Ok(rows)
}

/// Gives the rows of a statement one by one, as long as they are taken.
pub(super) fn each(
    connection: &Connection,
    statement: &Statement,
    mut take: impl FnMut(Row) -> bool,
) -> rusqlite::Result<()> {
    let mut prepared = connection.prepare_cached(&statement.sql)?;
    for place in 1..=prepared.parameter_count() {
        // SQLite counts places as it meets them, and takes `$2` for a name.
        let number = prepared.parameter_name(place).and_then(|name| name.get(1..)?.parse().ok());
        let value = number.and_then(|number: usize| statement.values.get(number.checked_sub(1)?));
        let missing = || rusqlite::Error::InvalidParameterCount(statement.values.len(), place);
        prepared.raw_bind_parameter(place, value.ok_or_else(missing)?)?;
    }
    let columns = prepared.column_count();
    let mut rows = prepared.raw_query();
    while let Some(row) = rows.next()? {
        let cells = (0..columns).map(|column| Ok(Cell::from(row.get_ref(column)?)));
        if !take(cells.collect::<rusqlite::Result<_>>()?) {
            break;
        }
    }
    Ok(())
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        match self {
            Self::Text(text) => text.to_sql(),
            Self::Number(number) => number.to_sql(),
        }
    }
}

impl From<ValueRef<'_>> for Cell {
    fn from(value: ValueRef<'_>) -> Self {
        match value {
            ValueRef::Null => Self::Null,
            ValueRef::Integer(number) => Self::Number(number),
            ValueRef::Text(text) => {
                std::str::from_utf8(text).map_or(Self::Other, |text| Self::Text(text.to_owned()))
            }
            ValueRef::Real(_) | ValueRef::Blob(_) => Self::Other,
        }
    }
}
