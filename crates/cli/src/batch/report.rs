//! Every row of a batch, and what became of it.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use jiff::civil::Date;
use oxhost::{CivilDateTime, Money};
use oxhost_journal::{Batch, BatchOrder, JournalError, RecordedRow, RowState};
use serde::Serialize;

use crate::args::ReportFormat;
use crate::error::CliError;
use crate::exit::Exit;
use crate::output::{Format, Output, json_line_text};
use crate::printable::one_line;

/// A row, as every format has it.
#[derive(Serialize)]
struct Line {
    line: u64,
    #[serde(rename = "ref")]
    reference: String,
    kind: &'static str,
    target: String,
    months: Option<u32>,
    until: Option<Date>,
    hours: Option<u32>,
    state: RowState,
    amount: Option<Money>,
    currency: Option<String>,
    order_id: Option<String>,
    order_number: Option<String>,
    expires_at: Option<CivilDateTime>,
    reason: Option<String>,
    journal_id: Option<String>,
    next: Option<String>,
}

impl Line {
    fn of(batch: &str, recorded: &RecordedRow) -> Self {
        let row = &recorded.row;
        let (mut months, mut until, mut hours) = (None, None, None);
        let kind = match &row.order {
            BatchOrder::Renewal(order) => {
                months = Some(order.months.get());
                "plesk_renew"
            }
            BatchOrder::RenewalUntil { date, .. } => {
                until = Some(*date);
                "plesk_renew"
            }
            BatchOrder::Extension(order) => {
                hours = Some(order.hours.get());
                "server_extend"
            }
        };
        let entry = recorded.entry.as_ref();
        let receipt = entry.and_then(|entry| entry.receipt());
        let journal_id = entry.map(|entry| entry.id.clone());
        let next = match (recorded.state, &journal_id) {
            (RowState::Unknown, Some(id)) => Some(format!("oxhost orders verify {id}")),
            (RowState::Unknown | RowState::Waiting | RowState::Taken | RowState::NotSent, _) => {
                Some(format!("oxhost batch resume {batch}"))
            }
            _ => None,
        };
        Self {
            line: row.line,
            reference: row.reference.clone(),
            kind,
            target: row.order.target().to_owned(),
            months,
            until,
            hours,
            state: recorded.state,
            amount: recorded.charged,
            currency: recorded.charged.map(|_| "EUR".to_owned()),
            order_id: receipt.and_then(|it| it.order_id.clone()),
            order_number: receipt.and_then(|it| it.order_number.clone()),
            expires_at: receipt.and_then(|it| it.expires_at),
            reason: recorded.reason.clone(),
            journal_id,
            next,
        }
    }
}

/// Prints the report.
pub(super) async fn print(
    batch: &Batch,
    format: Option<ReportFormat>,
    output: Output,
) -> Result<Exit, CliError> {
    if batch.totals().await?.is_none() {
        return Err(super::no_batch(batch.name()));
    }
    let format = format.unwrap_or(match output.format {
        Format::Text => ReportFormat::Text,
        Format::Json => ReportFormat::Jsonl,
    });
    let written = each(batch, format, io::stdout().lock()).await?;
    Ok(output.document(written))
}

/// Writes the report to a file, which is whole or not there.
pub(super) async fn write(batch: &Batch, path: &Path, output: Output) -> Result<(), String> {
    let format = format_of(path);
    let failed = |error: io::Error| error.to_string();
    let file = beside(path).map_err(failed)?;
    let handle: File = file.reopen().map_err(failed)?;
    let written = each(batch, format, BufWriter::new(handle)).await;
    written.map_err(|error| error.to_string())?.map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    output.note(&format!("the report is in {}", path.display()));
    Ok(())
}

/// Whether a report could be written there, told before anything is sent.
pub(super) fn verify(path: &Path) -> Result<(), CliError> {
    let beside = if path.is_dir() { Err(io::ErrorKind::IsADirectory.into()) } else { beside(path) };
    beside.map(drop).map_err(|error| {
        let path = path.display();
        CliError::Usage(format!("nothing was sent: the report {path} cannot be written: {error}"))
    })
}

/// A new file in the same folder, which can take the place of the one there.
fn beside(path: &Path) -> io::Result<tempfile::NamedTempFile> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))
}

/// By a file's ending.
fn format_of(path: &Path) -> ReportFormat {
    match path.extension().and_then(|it| it.to_str()) {
        Some("csv") => ReportFormat::Csv,
        Some("jsonl" | "ndjson" | "json") => ReportFormat::Jsonl,
        _ => ReportFormat::Text,
    }
}

/// Writes row by row, so that there are never many in memory.
async fn each(
    batch: &Batch,
    format: ReportFormat,
    to: impl Write,
) -> Result<io::Result<()>, JournalError> {
    let writing = RefCell::new(Writing::new(format, to));
    let mut damaged: Option<JournalError> = None;
    batch
        .rows(|row| match row {
            Ok(row) => writing.borrow_mut().take(&Line::of(batch.name(), &row)),
            Err(error) => damaged = damaged.take().or(Some(error)),
        })
        .await?;
    match damaged {
        Some(error) => Err(error),
        None => Ok(writing.into_inner().end()),
    }
}

enum Form<W: Write> {
    Text(W),
    Csv(Box<csv::Writer<W>>),
    Jsonl(W),
}

struct Writing<W: Write> {
    form: Form<W>,
    written: io::Result<()>,
}

impl<W: Write> Writing<W> {
    fn new(format: ReportFormat, to: W) -> Self {
        let form = match format {
            ReportFormat::Text => Form::Text(to),
            ReportFormat::Csv => Form::Csv(Box::new(csv::Writer::from_writer(to))),
            ReportFormat::Jsonl => Form::Jsonl(to),
        };
        Self { form, written: Ok(()) }
    }

    fn take(&mut self, line: &Line) {
        if self.written.is_ok() {
            self.written = self.write(line);
        }
    }

    fn write(&mut self, line: &Line) -> io::Result<()> {
        match &mut self.form {
            Form::Text(to) => writeln!(to, "{}", text(line)),
            Form::Csv(to) => Ok(to.serialize(harmless(line))?),
            Form::Jsonl(to) => writeln!(to, "{}", json_line_text(line)?),
        }
    }

    fn end(self) -> io::Result<()> {
        self.written?;
        match self.form {
            Form::Text(mut to) | Form::Jsonl(mut to) => to.flush(),
            Form::Csv(mut to) => to.flush(),
        }
    }
}

fn text(line: &Line) -> String {
    let what = match (line.months, line.until, line.hours) {
        (Some(months), _, _) => format!("{months} months"),
        (_, Some(until), _) => format!("until {until}"),
        (_, _, Some(hours)) => format!("{hours} hours"),
        _ => String::new(),
    };
    let amount = line.amount.map(|it| format!("  {it} EUR")).unwrap_or_default();
    let reference = match line.reference == line.target {
        true => String::new(),
        false => format!(" [{}]", line.reference),
    };
    let state = line.state.as_str().replace('_', " ");
    let mut text = one_line(&format!(
        "{state:<9} line {:<6} {} {}{reference}  {what}{amount}",
        line.line, line.kind, line.target
    ));
    for (name, value) in [("reason", &line.reason), ("next", &line.next)] {
        if let Some(value) = value {
            text += &format!("\n          {name:<6} {}", one_line(value));
        }
    }
    text
}

/// What a spreadsheet would take for a formula is a text: OWASP, *CSV injection*.
fn harmless(line: &Line) -> Line {
    let text = |text: &str| {
        let text = one_line(text);
        if text.starts_with(['=', '+', '-', '@']) { format!("'{text}") } else { text }
    };
    let some = |value: &Option<String>| value.as_deref().map(text);
    Line {
        reference: text(&line.reference),
        target: text(&line.target),
        currency: line.currency.clone(),
        order_id: some(&line.order_id),
        order_number: some(&line.order_number),
        reason: some(&line.reason),
        journal_id: line.journal_id.clone(),
        next: line.next.clone(),
        ..*line
    }
}
