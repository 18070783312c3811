//! The rows of an input, in their order.

use oxhost_journal::BatchRow;

use super::blocks::{Marks, Unread};
use super::csv::Csv;
use super::problem::Problem;
use super::row::Row;
use super::source::Source;
use super::text::Lines;
use super::{InputFormat, json_lines};
use crate::error::CliError;

/// The rows as they are read.
pub(super) struct Rows<'a> {
    lines: Lines<'a>,
    format: Format,
}

enum Format {
    Csv(Box<Csv>),
    JsonLines,
    /// There is nothing but blank lines.
    Nothing,
    /// A header that cannot be used.
    Unusable,
}

impl<'a> Rows<'a> {
    pub(super) fn begin(
        mut lines: Lines<'a>,
        format: Option<InputFormat>,
        tell: &mut dyn FnMut(Problem),
    ) -> Result<Self, Unread> {
        let Some(first) = lines.first()? else {
            return Ok(Self { lines, format: Format::Nothing });
        };
        // No header begins with a bracket, and what does is told that it is not a line for each row.
        let looks_json = first.text.trim_start().starts_with(['{', '[']);
        let is_json = format.map_or(looks_json, |format| format == InputFormat::JsonLines);
        let format = if is_json {
            Format::JsonLines
        } else {
            match Csv::begin(&mut lines, tell)? {
                Some(csv) => Format::Csv(Box::new(csv)),
                None => Format::Unusable,
            }
        };
        Ok(Self { lines, format })
    }

    pub(super) fn next(&mut self, tell: &mut dyn FnMut(Problem)) -> Result<Option<Row>, Unread> {
        match &mut self.format {
            Format::Csv(csv) => csv.next(&mut self.lines, tell),
            Format::JsonLines => json_lines::next(&mut self.lines, tell),
            Format::Nothing | Format::Unusable => Ok(None),
        }
    }

    pub(super) fn is_unusable(&self) -> bool {
        matches!(self.format, Format::Unusable)
    }

    pub(super) fn into_marks(self) -> Marks {
        self.lines.into_marks()
    }
}

/// The rows that were found fit, each the same as then.
pub(crate) struct InputRows<'a> {
    source: &'a Source,
    rows: Rows<'a>,
    /// So many are still to come.
    left: u64,
    /// There is an error, which was given or is about to be.
    failed: bool,
    problems: Vec<Problem>,
}

impl<'a> InputRows<'a> {
    pub(super) fn begin(
        source: &'a Source,
        lines: Lines<'a>,
        format: Option<InputFormat>,
        left: u64,
    ) -> Result<Self, CliError> {
        let mut problems = Vec::new();
        let rows = Rows::begin(lines, format, &mut |problem| problems.push(problem));
        let rows = rows.map_err(|unread| source.unread(unread))?;
        Ok(Self { source, rows, left, failed: false, problems })
    }

    fn read(&mut self) -> Result<Option<BatchRow>, CliError> {
        let Self { source, rows, left, problems, .. } = self;
        let row = rows.next(&mut |problem| problems.push(problem));
        let row = row.map_err(|unread| source.unread(unread))?;
        // With the same bytes there is none: they were checked.
        let changed = || source.unread(Unread::Changed);
        if !problems.is_empty() {
            return Err(changed());
        }
        let Some(row) = row else {
            return if *left == 0 { Ok(None) } else { Err(changed()) };
        };
        let (Some((reference, _)), Some(order)) = (row.reference, row.order) else {
            return Err(changed());
        };
        *left = left.checked_sub(1).ok_or_else(changed)?;
        Ok(Some(BatchRow { line: row.line, reference, order }))
    }
}

impl Iterator for InputRows<'_> {
    type Item = Result<BatchRow, CliError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let row = self.read().transpose();
        self.failed = !matches!(row, Some(Ok(_)));
        row
    }
}
