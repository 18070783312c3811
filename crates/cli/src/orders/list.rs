//! `oxhost orders list`: one by one, so that there are never many in memory.

use std::cell::RefCell;
use std::io;

use oxhost_journal::{Entry, Journal, JournalError, ListOptions, State};
use serde_json::json;

use super::{word, words};
use crate::args::Options;
use crate::error::CliError;
use crate::exit::Exit;
use crate::interruption::Interruption;
use crate::journal;
use crate::output::{Format, Output, json_text};
use crate::printable::one_line;
use crate::report::Marks;

pub(super) fn options(limit: Option<u32>, state: Option<State>, newest_first: bool) -> ListOptions {
    let mut options = ListOptions::default();
    options.limit = limit;
    options.state = state;
    options.newest_first = newest_first;
    options
}

pub(super) async fn run(
    journal: Option<&Journal>,
    wanted: &ListOptions,
    options: &Options,
    output: Output,
    interruption: &mut Interruption,
) -> Result<Exit, CliError> {
    let list = RefCell::new(List::new(output));
    let listing = async {
        match journal {
            Some(journal) => journal.list(wanted, |entry| list.borrow_mut().take(entry)).await,
            None => Ok(()),
        }
    };
    let listed = tokio::select! {
        biased;
        listed = listing => listed.map_err(CliError::from),
        () = interruption.heard() => Err(CliError::Interrupted("interrupted; these are not all")),
    };
    Ok(list.into_inner().end(listed, options))
}

/// What was printed so far.
struct List {
    output: Output,
    printed: usize,
    damaged: usize,
    written: io::Result<()>,
}

impl List {
    fn new(output: Output) -> Self {
        let written = match output.format {
            Format::Json => output.raw(b"{\n  \"orders\": ["),
            Format::Text => Ok(()),
        };
        Self { output, printed: 0, damaged: 0, written }
    }

    fn take(&mut self, entry: Result<Entry, JournalError>) {
        if let Err(error) = &entry {
            self.damaged += 1;
            self.output.note(&format!("error: {}", one_line(&error.to_string())));
        }
        if self.written.is_ok() {
            self.written = self.print(&entry);
        }
    }

    fn print(&mut self, entry: &Result<Entry, JournalError>) -> io::Result<()> {
        match (self.output.format, entry) {
            (Format::Text, Ok(entry)) => self.output.text(&line(entry))?,
            (Format::Text, Err(_)) => {}
            (Format::Json, entry) => {
                let text = match entry {
                    Ok(entry) => json_text(entry),
                    Err(error) => json_text(&json!({ "error": error.to_string() })),
                }?;
                let comma = if self.printed == 0 { "" } else { "," };
                let indented = text.replace('\n', "\n    ");
                self.output.raw(format!("{comma}\n    {indented}").as_bytes())?;
            }
        }
        self.printed += 1;
        Ok(())
    }

    fn end(mut self, listed: Result<(), CliError>, options: &Options) -> Exit {
        let place = journal::place(options);
        let damaged = format!("{} of the orders cannot be read", self.damaged);
        let (exit_code, error) = match &listed {
            Err(error) => (error.exit(), Some(error.message(&place))),
            Ok(()) if self.damaged > 0 => (Exit::Configuration, Some(damaged)),
            Ok(()) => (Exit::Success, None),
        };
        match self.output.format {
            Format::Text => match error {
                Some(error) => self.output.note(&format!("error: {}", one_line(&error))),
                None if self.printed == 0 && self.written.is_ok() => {
                    self.output.note(&format!(
                        "There are no such orders in the journal {}.",
                        one_line(&place)
                    ));
                }
                None => {}
            },
            Format::Json => {
                let interrupted = matches!(listed, Err(CliError::Interrupted(_)));
                let dry_run = options.dry_run;
                let marks = Marks { exit_code, error, interrupted, dry_run, ..Marks::default() };
                if self.written.is_ok() {
                    self.written = self.close(&marks);
                }
            }
        }
        match exit_code {
            Exit::Success => self.output.document(self.written),
            exit => self.output.result(self.written, exit, "incomplete"),
        }
    }

    /// The rest of the one object.
    fn close(&self, marks: &Marks) -> io::Result<()> {
        let marks = json_text(marks)?;
        let line = if self.printed == 0 { "" } else { "\n  " };
        let rest = marks.strip_prefix('{').unwrap_or_default();
        self.output.raw(format!("{line}],{rest}\n").as_bytes())
    }
}

fn line(entry: &Entry) -> String {
    let reference = entry.reference.as_deref().map(|it| format!(" [{}]", one_line(it)));
    format!(
        "{:<12} {}  {:.19}Z  {}{}",
        word(entry.state),
        one_line(&entry.id),
        entry.created_at.to_string(),
        words(entry),
        reference.unwrap_or_default()
    )
}
