//! `oxhost orders list`: one by one, so that there are never many in memory.

use std::cell::RefCell;
use std::io;

use oxhost_journal::{Entry, Journal, JournalError, ListOptions};
use serde::Serialize;
use serde_json::json;

use super::{word, words};
use crate::args::{Options, Which};
use crate::error::CliError;
use crate::exit::Exit;
use crate::interruption::Interruption;
use crate::journal;
use crate::output::{Format, Output};
use crate::printable::one_line;
use crate::report::Marks;

pub(super) fn options(which: &Which) -> ListOptions {
    let mut options = ListOptions::default();
    options.state = which.state;
    options.since = which.since;
    options
}

pub(super) async fn run(
    journal: Option<&Journal>,
    wanted: &ListOptions,
    options: &Options,
    output: Output,
    interruption: &mut Interruption,
) -> Result<Exit, CliError> {
    let list = RefCell::new(List::new(output, line));
    let listing = async {
        match journal {
            Some(journal) => journal.list(wanted, |entry| list.borrow_mut().take(&entry)).await,
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
pub(super) struct List {
    output: Output,
    text: fn(&Entry) -> String,
    printed: usize,
    damaged: usize,
    written: io::Result<()>,
}

impl List {
    pub(super) fn new(output: Output, text: fn(&Entry) -> String) -> Self {
        let written = match output.format {
            Format::Json if !output.lines => output.raw(b"{\n  \"orders\": ["),
            Format::Json | Format::Text => Ok(()),
        };
        Self { output, text, printed: 0, damaged: 0, written }
    }

    pub(super) fn take(&mut self, entry: &Result<Entry, JournalError>) {
        if let Err(error) = entry {
            self.damaged += 1;
            self.output.note(&format!("error: {}", one_line(&error.to_string())));
        }
        if self.written.is_ok() {
            self.written = self.print(entry);
        }
    }

    fn print(&mut self, entry: &Result<Entry, JournalError>) -> io::Result<()> {
        let json = || match entry {
            Ok(entry) => self.output.json_text(entry),
            Err(error) => self.output.json_text(&json!({ "error": error.to_string() })),
        };
        match (self.output.format, entry) {
            (Format::Text, Ok(entry)) => self.output.text(&(self.text)(entry))?,
            (Format::Text, Err(_)) => {}
            (Format::Json, _) if self.output.lines => {
                self.output.raw(format!("{}\n", json()?).as_bytes())?;
            }
            (Format::Json, _) => {
                let comma = if self.printed == 0 { "" } else { "," };
                let indented = json()?.replace('\n', "\n    ");
                self.output.raw(format!("{comma}\n    {indented}").as_bytes())?;
            }
        }
        self.printed += 1;
        Ok(())
    }

    pub(super) fn end(mut self, listed: Result<(), CliError>, options: &Options) -> Exit {
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
            // The lines are the orders alone, unless they are not all.
            Format::Json if self.output.lines && error.is_none() => {}
            Format::Json => {
                let interrupted = matches!(listed, Err(CliError::Interrupted(_)));
                let dry_run = options.dry_run;
                self.close(&Marks { exit_code, error, interrupted, dry_run, ..Marks::default() });
            }
        }
        match exit_code {
            Exit::Success => self.output.document(self.written),
            exit => self.output.result(self.written, exit, "incomplete"),
        }
    }

    /// What JSON has behind the orders: the rest of the one object, or a line.
    pub(super) fn close(&mut self, rest: &impl Serialize) {
        if self.written.is_ok() {
            self.written = self.print_rest(rest);
        }
    }

    fn print_rest(&self, rest: &impl Serialize) -> io::Result<()> {
        if self.output.lines {
            return self.output.json(rest);
        }
        let rest = self.output.json_text(rest)?;
        let line = if self.printed == 0 { "" } else { "\n  " };
        let rest = rest.strip_prefix('{').unwrap_or_default();
        self.output.raw(format!("{line}],{rest}\n").as_bytes())
    }

    /// What text has behind the orders.
    pub(super) fn say(&mut self, text: &str) {
        if self.written.is_ok() {
            self.written = self.output.text(text);
        }
    }

    /// Whether all could be written.
    pub(super) fn written(self) -> io::Result<()> {
        self.written
    }
}

pub(super) fn line(entry: &Entry) -> String {
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
