//! What a batch is read from: CSV or JSON lines, in a file or from stdin, row by row and twice.
//!
//! The first reading tells all that is wrong. The second gives the rows, and not one byte that the first has
//! not seen.

mod blocks;
mod cells;
mod column;
mod csv;
mod header;
mod json_lines;
mod problem;
mod record;
mod references;
mod row;
mod rows;
mod source;
#[cfg(test)]
mod tests;
mod text;

use std::path::Path;

use clap::ValueEnum;
use encoding_rs::Encoding;
use oxhost_journal::BatchOrder;

use crate::error::CliError;

use self::blocks::{Blocks, Marks};
use self::problem::{Place, Problem, shown};
use self::references::References;
use self::rows::{InputRows, Rows};
use self::source::Source;
use self::text::Lines;

/// An input with a row of each form.
pub(crate) const TEMPLATE: &str = include_str!("input/template.csv");

/// How the rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum InputFormat {
    /// Fields with commas, semicolons, tabs or bars between them, under a header
    Csv,
    /// A JSON object on each line
    #[value(name = "jsonl")]
    JsonLines,
}

/// What the first reading found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Checked {
    /// Rows that are fit to be ordered.
    pub(crate) rows: u64,
    /// All that was told.
    pub(crate) problems: u64,
    /// Of the rows, those that renew by months, and the months together.
    pub(crate) renewals: u64,
    pub(crate) months: u64,
    /// Those that renew until a date.
    pub(crate) renewals_until: u64,
    /// Those that extend, and the hours together.
    pub(crate) extensions: u64,
    pub(crate) hours: u64,
}

impl Checked {
    fn count(&mut self, order: &BatchOrder) {
        self.rows += 1;
        match order {
            BatchOrder::Renewal(order) => {
                self.renewals += 1;
                self.months += u64::from(order.months.get());
            }
            BatchOrder::RenewalUntil { .. } => self.renewals_until += 1,
            BatchOrder::Extension(order) => {
                self.extensions += 1;
                self.hours += u64::from(order.hours.get());
            }
        }
    }
}

/// What a batch is read from.
#[derive(Debug)]
pub(crate) struct Input {
    source: Source,
    format: Option<InputFormat>,
    charset: Option<&'static Encoding>,
    /// What the first reading saw and found.
    checked: Option<(Marks, Checked)>,
}

impl Input {
    /// Opens a file, or stdin if it is `-`. Without a format, the file's ending says what it is, or else how
    /// it begins. Without a charset it is UTF-8, or what its byte order mark says.
    ///
    /// # Errors
    /// A charset that is unknown, a file that cannot be read.
    pub(crate) fn open(
        path: &Path,
        format: Option<InputFormat>,
        charset: Option<&str>,
    ) -> Result<Self, CliError> {
        let charset = charset.map(|name| {
            Encoding::for_label_no_replacement(name.as_bytes()).ok_or_else(|| {
                CliError::Usage(format!(
                    "the charset {} is unknown: it is a name such as utf-8, windows-1252, iso-8859-2 or shift_jis",
                    shown(name)
                ))
            })
        });
        let charset = charset.transpose()?;
        let source = Source::open(path)?;
        let ending = path.extension().and_then(|ending| ending.to_str()).map(str::to_lowercase);
        let format = format.or(match ending.as_deref() {
            Some("csv") => Some(InputFormat::Csv),
            Some("jsonl" | "ndjson") => Some(InputFormat::JsonLines),
            _ => None,
        });
        Ok(Self { source, format, charset, checked: None })
    }

    /// Reads all of it: every problem is told at once, and what the good rows come to is counted.
    ///
    /// # Errors
    /// It cannot be read.
    pub(crate) fn check(&mut self, mut tell: impl FnMut(&Problem)) -> Result<Checked, CliError> {
        self.checked = None;
        let file = self.source.rewound()?;
        let mut checked = Checked::default();
        let mut any = false;
        let mut references = References::default();
        let mut problems = 0;
        let mut told = |problem: Problem| {
            problems += 1;
            tell(&problem);
        };
        let lines = Lines::new(Blocks::first(file), self.charset);
        let failed = |unread| self.source.unread(unread);
        let mut rows = Rows::begin(lines, self.format, &mut told).map_err(failed)?;
        loop {
            let Some(row) = rows.next(&mut told).map_err(failed)? else { break };
            any = true;
            let mut alone = true;
            if let Some((name, place)) = &row.reference
                && let Some(earlier) = references.taken(name, row.line)
            {
                alone = false;
                let what = format!(
                    "the reference {} is that of line {earlier} already (where `ref` is empty, it is the target): leave one of the two out, or, if both are to be ordered, give each a `ref` of its own",
                    shown(name)
                );
                told(Problem::new(row.line, place.clone(), what));
            }
            if let Some(order) = row.order.filter(|_| alone) {
                checked.count(&order);
            }
        }
        if !any && !rows.is_unusable() {
            let what =
                "there is no row: write one for each order, such as `oxhost batch template` shows";
            told(Problem::new(1, Place::Row, what));
        }
        checked.problems = problems;
        // What stands behind a header that cannot be used has not been read, and is never given.
        self.checked = Some((rows.into_marks(), checked));
        Ok(checked)
    }

    /// Reads it again, and gives its rows in their order.
    ///
    /// # Errors
    /// It has problems, or was not checked. A row is an error, and the last one, where the file is not what
    /// it was: no row is given of what has changed.
    pub(crate) fn rows(&mut self) -> Result<InputRows<'_>, CliError> {
        let (marks, checked) = match &self.checked {
            Some((marks, checked)) if checked.problems == 0 => (marks, checked),
            Some((_, checked)) => {
                return Err(CliError::Usage(format!(
                    "{} has {} problems: none of its rows is ordered until they are put right",
                    self.source.name(),
                    checked.problems
                )));
            }
            None => {
                return Err(CliError::Usage(format!(
                    "{} is read before it was checked",
                    self.source.name()
                )));
            }
        };
        let file = self.source.rewound()?;
        let lines = Lines::new(Blocks::again(file, marks), self.charset);
        InputRows::begin(&self.source, lines, self.format, checked.rows)
    }
}
