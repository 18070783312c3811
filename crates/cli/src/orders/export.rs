//! `oxhost orders export`: everything that is known of orders, to be kept elsewhere.

use std::cell::RefCell;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use super::list;
use crate::args::Options;
use crate::error::CliError;
use crate::exit::Exit;
use crate::interruption::Interruption;
use crate::output::{Format, Output, json_line_text};
use crate::printable::cell;
use crate::report::{Marks, Report};
use crate::whole_file::{WholeFile, why_kept};
use oxhost::{CivilDateTime, Money, Outcome};
use oxhost_journal::{Entry, Journal, JournalError, JournaledOrder, ListOptions, State};
use serde::Serialize;

pub(super) async fn run(
    journal: Option<&Journal>,
    wanted: &ListOptions,
    file: Option<&Path>,
    options: &Options,
    output: Output,
    interruption: &mut Interruption,
) -> Result<Exit, CliError> {
    let Some(path) = file else {
        let lines = Output { format: Format::Json, lines: true };
        return list::run(journal, wanted, options, lines, interruption).await;
    };
    if let Some(why) = why_kept(path, options, &[])? {
        let path = path.display();
        return Err(CliError::Usage(format!("nothing was written to {path}: {why}")));
    }
    let writing = write(journal, wanted, path);
    let orders = tokio::select! {
        biased;
        orders = writing => orders?,
        () = interruption.heard() => {
            return Err(CliError::Interrupted("interrupted; nothing was written"));
        }
    };
    let words = match orders {
        1 => format!("1 order is in {}", path.display()),
        orders => format!("{orders} orders are in {}", path.display()),
    };
    let written = match output.format {
        Format::Text => output.text(&words),
        Format::Json => {
            #[derive(Serialize)]
            struct Told {
                #[serde(flatten)]
                marks: Marks,
                orders: u64,
                file: String,
            }
            let (marks, file) = (Marks::default(), path.display().to_string());
            output.json(&Told { marks, orders, file })
        }
    };
    Ok(output.result(written, Exit::Success, &words))
}

/// Writes a file that is whole or not there, and tells how many orders are in it.
async fn write(
    journal: Option<&Journal>,
    wanted: &ListOptions,
    path: &Path,
) -> Result<u64, CliError> {
    let failed = |error: &dyn std::fmt::Display| {
        CliError::Configuration(format!("{} cannot be written: {error}", path.display()))
    };
    let file = WholeFile::create(path).map_err(|error| failed(&error))?;
    let form = Form::new(path, BufWriter::new(file.file()));
    let writing = RefCell::new((form, 0, Ok(()), None::<JournalError>));
    if let Some(journal) = journal {
        let take = |entry: Result<Entry, JournalError>| {
            let (form, orders, written, damaged) = &mut *writing.borrow_mut();
            match entry {
                Ok(entry) if written.is_ok() => {
                    *orders += 1;
                    *written = form.take(&entry);
                }
                Ok(_) => {}
                Err(error) => *damaged = damaged.take().or(Some(error)),
            }
        };
        journal.list(wanted, take).await?;
    }
    let (form, orders, written, damaged) = writing.into_inner();
    if let Some(error) = damaged {
        return Err(failed(&format!(
            "{error}. `oxhost orders export` without a file leaves it out"
        )));
    }
    written.and_then(|()| form.end()).map_err(|error| failed(&error))?;
    file.persist().map_err(|error| failed(&error))?;
    Ok(orders)
}

enum Form<W: Write> {
    Csv(Box<csv::Writer<W>>),
    Jsonl(W),
}

impl<W: Write> Form<W> {
    /// By the file's ending.
    fn new(path: &Path, to: W) -> Self {
        match path.extension().is_some_and(|it| it == "csv") {
            true => Self::Csv(Box::new(csv::Writer::from_writer(to))),
            false => Self::Jsonl(to),
        }
    }

    fn take(&mut self, entry: &Entry) -> io::Result<()> {
        match self {
            Self::Csv(to) => Ok(to.serialize(Line::of(entry))?),
            Self::Jsonl(to) => writeln!(to, "{}", json_line_text(entry)?),
        }
    }

    fn end(self) -> io::Result<()> {
        match self {
            Self::Csv(mut to) => to.flush(),
            Self::Jsonl(mut to) => to.flush(),
        }
    }
}

/// An order in a table.
#[derive(Serialize)]
struct Line {
    id: String,
    #[serde(rename = "ref")]
    reference: Option<String>,
    state: State,
    outcome: Option<Outcome>,
    operation: String,
    target: String,
    user: Option<String>,
    months: Option<u32>,
    hours: Option<u32>,
    amount: Option<Money>,
    currency: Option<String>,
    order_id: Option<String>,
    order_number: Option<String>,
    expires_at: Option<CivilDateTime>,
    message: Option<String>,
    written: String,
    changed: String,
    provider: String,
}

impl Line {
    fn of(entry: &Entry) -> Self {
        let report = Report::of(entry, String::new());
        let some = |text: Option<String>| text.as_deref().map(cell);
        let (user, months, hours) = match entry.order() {
            Some(JournaledOrder::Renewal(order)) => (None, Some(order.months.get()), None),
            Some(JournaledOrder::Extension(order)) => {
                (Some(order.user_id.to_string()), None, Some(order.hours.get()))
            }
            None => (None, None, None),
        };
        Self {
            id: cell(&entry.id),
            reference: some(entry.reference.clone()),
            state: entry.state,
            outcome: report.marks.outcome,
            operation: cell(&entry.operation),
            target: cell(&entry.target),
            user: some(user),
            months,
            hours,
            amount: report.amount,
            currency: some(report.currency),
            order_id: some(report.order_id),
            order_number: some(report.order_number),
            expires_at: report.expires_at,
            message: some(report.message),
            written: entry.created_at.to_string(),
            changed: entry.changed_at.to_string(),
            provider: cell(&entry.provider),
        }
    }
}
