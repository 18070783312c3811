//! Every row of a batch, and what became of it.

mod html;
mod line;
mod spreadsheet;
mod text;

use std::cell::RefCell;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use oxhost_journal::{Batch, JournalError};

use crate::args::{Options, ReportFormat};
use crate::error::CliError;
use crate::exit::Exit;
use crate::output::{Format, Output, json_line_text};
use crate::printable::one_line;
use crate::whole_file::{WholeFile, why_kept};

use html::Page;
use line::Line;

/// Prints the report.
pub(super) async fn print(
    batch: &Batch,
    format: Option<ReportFormat>,
    output: Output,
) -> Result<Exit, CliError> {
    if batch.totals().await?.is_none() {
        return Err(JournalError::NoSuchBatch(batch.name().to_owned()).into());
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
    let format = format_of(path)?;
    let failed = |error: io::Error| error.to_string();
    let file = WholeFile::create(path).map_err(failed)?;
    let written = each(batch, format, BufWriter::new(file.file())).await;
    written.map_err(|error| error.to_string())?.map_err(failed)?;
    file.persist().map_err(failed)?;
    output.note(&format!("the report is in {}", path.display()));
    Ok(())
}

/// Whether a report can be written there, told before anything is sent.
pub(super) fn verify(path: &Path, options: &Options, inputs: &[&Path]) -> Result<(), CliError> {
    let why = match why_kept(path, options, inputs)? {
        Some(why) => Some(why.to_owned()),
        None => format_of(path)
            .err()
            .or_else(|| WholeFile::create(path).err().map(|error| error.to_string())),
    };
    why.map_or(Ok(()), |why| {
        let path = path.display();
        Err(CliError::Usage(format!(
            "nothing was sent: the report {path} cannot be written: {why}"
        )))
    })
}

/// By a file's ending.
fn format_of(path: &Path) -> Result<ReportFormat, String> {
    match path.extension().and_then(|it| it.to_str()) {
        Some("csv") => Ok(ReportFormat::Csv),
        Some("jsonl" | "ndjson" | "json") => Ok(ReportFormat::Jsonl),
        Some("html" | "htm") => Ok(ReportFormat::Html),
        None | Some("txt") => Ok(ReportFormat::Text),
        Some(other) => Err(format!(
            "there is no report in the format .{}: its name ends in .csv, .html, .jsonl or .txt",
            one_line(other)
        )),
    }
}

/// Writes row by row, so that there are never many in memory.
async fn each(
    batch: &Batch,
    format: ReportFormat,
    to: impl Write,
) -> Result<io::Result<()>, JournalError> {
    let writing = RefCell::new(Writing {
        form: match format {
            ReportFormat::Text => Form::Text(to),
            ReportFormat::Csv => Form::Csv(Box::new(csv::Writer::from_writer(to))),
            ReportFormat::Jsonl => Form::Jsonl(to),
            ReportFormat::Html => {
                Form::Html(Box::new(Page::new(batch.name(), batch.max_spend().await?)), to)
            }
        },
        written: Ok(()),
    });
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
    Html(Box<Page>, W),
}

struct Writing<W: Write> {
    form: Form<W>,
    written: io::Result<()>,
}

impl<W: Write> Writing<W> {
    fn take(&mut self, line: &Line) {
        if self.written.is_ok() {
            self.written = self.write(line);
        }
    }

    fn write(&mut self, line: &Line) -> io::Result<()> {
        match &mut self.form {
            Form::Text(to) => writeln!(to, "{}", text::text(line)),
            Form::Csv(to) => Ok(to.serialize(spreadsheet::harmless(line))?),
            Form::Jsonl(to) => writeln!(to, "{}", json_line_text(line)?),
            Form::Html(page, _) => page.take(line),
        }
    }

    fn end(self) -> io::Result<()> {
        self.written?;
        match self.form {
            Form::Text(mut to) | Form::Jsonl(mut to) => to.flush(),
            Form::Csv(mut to) => to.flush(),
            Form::Html(page, mut to) => {
                page.end(&mut to)?;
                to.flush()
            }
        }
    }
}
