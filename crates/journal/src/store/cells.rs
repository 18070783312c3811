//! Reading a row cell by cell.

use super::statement::{Cell, Row};
use crate::error::JournalError;
use crate::row_state::RowState;

/// The cells of a row, one after the other.
pub(super) struct Cells(std::vec::IntoIter<Cell>);

impl Cells {
    pub(super) fn of(row: Row) -> Self {
        Self(row.into_iter())
    }

    pub(super) fn rest(self) -> Row {
        self.0.collect()
    }

    pub(super) fn text(&mut self) -> Result<Option<String>, JournalError> {
        self.0.next().unwrap_or(Cell::Null).text().map_err(|why| damaged(&why))
    }

    pub(super) fn number(&mut self) -> Result<Option<i64>, JournalError> {
        self.0.next().unwrap_or(Cell::Null).number().map_err(|why| damaged(&why))
    }

    pub(super) fn state(&mut self) -> Result<RowState, JournalError> {
        self.text()?.unwrap_or_default().parse().map_err(|why: String| damaged(&why))
    }
}

fn damaged(why: &dyn std::fmt::Display) -> JournalError {
    JournalError::Corrupt(format!("a row of a batch cannot be read: {why}"))
}
