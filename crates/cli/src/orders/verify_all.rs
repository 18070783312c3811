//! `oxhost orders verify --all`: what became of every order that blocks.

use std::cell::RefCell;
use std::io::{self, IsTerminal};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use oxhost::Outcome;
use oxhost_journal::{Entry, Journal, JournalError, Verdict};
use serde::Serialize;

use super::list::{self, List};
use crate::args::Options;
use crate::error::CliError;
use crate::exit::Exit;
use crate::interruption::Interruption;
use crate::output::{Format, Output};
use crate::printable::one_line;
use crate::report::Marks;
use crate::{config, journal};

/// So many ids are named at the end; each was told before.
const NAMED: usize = 10;

const STOPPED: &str = "interrupted; what was found out is written, and the rest can be asked again";

/// What became of all of them.
#[derive(Debug, Default, Serialize)]
struct Totals {
    orders: u64,
    accepted: u64,
    refused: u64,
    not_sent: u64,
    unknown: u64,
    /// Orders whose row is damaged.
    unreadable: u64,
    #[serde(skip)]
    still: Vec<String>,
}

/// The end of the JSON.
#[derive(Serialize)]
struct Told<'a> {
    #[serde(flatten)]
    marks: Marks,
    totals: &'a Totals,
    advice: Option<String>,
}

pub(super) async fn run(
    journal: Option<&Journal>,
    settle: Option<u64>,
    options: &Options,
    output: Output,
    interruption: &mut Interruption,
) -> Result<Exit, CliError> {
    let client = match options.dry_run {
        true => None,
        false => Some(config::client(options, None, interruption).await?),
    };
    if journal.is_none() {
        output.note(&format!("there is no journal {}", one_line(&journal::place(options))));
    }
    let bar = bar(output);
    let text = if options.dry_run { list::line } else { line };
    let told = RefCell::new((List::new(output, text), Totals::default()));
    let take = |id: &str, found: Result<Entry, JournalError>| {
        let (list, totals) = &mut *told.borrow_mut();
        totals.count(id, &found);
        match &bar {
            Some(bar) => {
                bar.suspend(|| list.take(&found));
                bar.set_message(totals.words());
            }
            None => list.take(&found),
        }
    };
    let finding = async {
        match (journal, &client) {
            (None, _) => Ok(()),
            (Some(journal), None) => journal.list_blocking(take).await,
            (Some(journal), Some(client)) => {
                journal.reconcile_all(client, &journal::looking_for(settle), take).await
            }
        }
    };
    let ended = tokio::select! {
        biased;
        ended = finding => ended.map_err(CliError::from),
        () = interruption.heard() => Err(CliError::Interrupted(STOPPED)),
    };
    if let Some(bar) = &bar {
        bar.finish_and_clear();
    }
    let (list, totals) = told.into_inner();
    Ok(end(list, &totals, ended, options, output))
}

/// What a person sees who waits.
fn bar(output: Output) -> Option<ProgressBar> {
    let is_watched = output.format == Format::Text && io::stderr().is_terminal();
    is_watched.then(|| {
        let style = ProgressStyle::with_template("{spinner} {elapsed}, {msg}");
        let style = style.unwrap_or_else(|_| ProgressStyle::default_spinner());
        let bar = ProgressBar::new_spinner().with_style(style);
        bar.set_message("finding out …");
        bar.enable_steady_tick(Duration::from_millis(200));
        bar
    })
}

fn end(
    mut list: List,
    totals: &Totals,
    ended: Result<(), CliError>,
    options: &Options,
    output: Output,
) -> Exit {
    let unreadable = format!("{} of the orders cannot be read", totals.unreadable);
    let (exit_code, error) = match &ended {
        Err(error) => (error.exit(), Some(error.message(&journal::place(options)))),
        Ok(()) if totals.unreadable > 0 => (Exit::Configuration, Some(unreadable)),
        Ok(()) if totals.unknown > 0 && !options.dry_run => (Exit::Unknown, None),
        Ok(()) => (Exit::Success, None),
    };
    let advice = totals.advice().filter(|_| !options.dry_run);
    let words = match options.dry_run {
        true => format!(
            "dry run: nothing was read, and nothing has changed; {} would be looked at",
            orders(totals.orders)
        ),
        false => totals.words(),
    };
    match output.format {
        Format::Json => {
            let interrupted = matches!(ended, Err(CliError::Interrupted(_)));
            let dry_run = options.dry_run;
            let marks = Marks { exit_code, error, interrupted, dry_run, ..Marks::default() };
            list.close(&Told { marks, totals, advice });
        }
        Format::Text => {
            let lines: Vec<String> = [words.clone()].into_iter().chain(advice).collect();
            list.say(&lines.join("\n"));
            if let Some(error) = error {
                output.note(&format!("error: {}", one_line(&error)));
            }
        }
    }
    output.result(list.written(), exit_code, &words)
}

impl Totals {
    fn count(&mut self, id: &str, found: &Result<Entry, JournalError>) {
        self.orders += 1;
        let outcome = match found {
            Ok(entry) => Marks::of(entry).outcome,
            Err(JournalError::Corrupt(_)) => {
                self.unreadable += 1;
                return;
            }
            Err(_) => None,
        };
        match outcome {
            Some(Outcome::Accepted) => self.accepted += 1,
            Some(Outcome::Refused) => self.refused += 1,
            Some(Outcome::NotSent) => self.not_sent += 1,
            _ => {
                self.unknown += 1;
                if self.still.len() < NAMED {
                    self.still.push(id.to_owned());
                }
            }
        }
    }

    fn words(&self) -> String {
        let each = [
            (self.accepted, "accepted"),
            (self.refused, "refused"),
            (self.not_sent, "not placed"),
            (self.unknown, "still unknown"),
            (self.unreadable, "unreadable"),
        ];
        let some = each.into_iter().filter(|(count, _)| *count > 0);
        let some: Vec<String> = some.map(|(count, word)| format!("{count} {word}")).collect();
        match some.as_slice() {
            [] => "no order blocks its target".to_owned(),
            some => format!("{}: {}", orders(self.orders), some.join(", ")),
        }
    }

    /// What to do about those that are still unknown.
    fn advice(&self) -> Option<String> {
        let rest = usize::try_from(self.unknown).ok()?.saturating_sub(self.still.len());
        let rest = match rest {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let ids = self.still.join(", ");
        (self.unknown > 0).then(|| {
            format!(
                "still unknown: {ids}{rest}. They MAY have been placed: do NOT order them again. `oxhost orders verify --all` looks again; what it cannot tell, look up in the client area, then `oxhost orders resolve ID --as ordered` or `--as not-ordered`, with --reason"
            )
        })
    }
}

fn orders(count: u64) -> String {
    if count == 1 { "1 order".to_owned() } else { format!("{count} orders") }
}

/// An order, and why it is still unknown.
fn line(entry: &Entry) -> String {
    let line = list::line(entry);
    let why = match entry.findings.as_ref().map(|findings| &findings.verdict) {
        _ if !entry.state.blocks() => return line,
        Some(Verdict::Undecided { why }) => why,
        _ => "it may be under way",
    };
    format!("{line}\n  undecided: {}", one_line(why))
}
