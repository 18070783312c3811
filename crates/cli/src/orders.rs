//! `oxhost orders`: what was ordered from here, and what became of it.

mod export;
mod list;
mod prune;
mod verify_all;

use oxhost_journal::{Entry, Journal, JournalError, Resolution, Resolved, State};
use serde::Serialize;

use crate::args::{Options, Orders};
use crate::error::CliError;
use crate::exit::Exit;
use crate::interruption::Interruption;
use crate::output::{Format, Output};
use crate::place::PreparedOrder;
use crate::printable::one_line;
use crate::report::Marks;
use crate::{config, findings, journal};

/// The JSON object of an order that is looked at.
#[derive(Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    marks: Marks,
    message: Option<String>,
    warnings: Vec<String>,
    #[serde(flatten)]
    entry: &'a Entry,
}

const STOPPED: &str = "interrupted; nothing was sent";

pub(crate) async fn run(
    command: Orders,
    options: &Options,
    output: Output,
    interruption: &mut Interruption,
) -> Result<Exit, CliError> {
    let opened = tokio::select! {
        biased;
        opened = journal::open_existing(options) => opened?,
        () = interruption.heard() => return Err(CliError::Interrupted(STOPPED)),
    };
    let journal = opened.as_ref().map(|opened| &opened.journal);
    let ended = run_in(journal, command, options, output, interruption).await;
    if let Some(opened) = opened {
        opened.close().await;
    }
    ended
}

async fn run_in(
    journal: Option<&Journal>,
    command: Orders,
    options: &Options,
    output: Output,
    interruption: &mut Interruption,
) -> Result<Exit, CliError> {
    let (id, command) = match command {
        Orders::List { limit, which, newest_first } => {
            let mut wanted = list::options(&which);
            (wanted.limit, wanted.newest_first) = (limit, newest_first);
            return list::run(journal, &wanted, options, output, interruption).await;
        }
        Orders::Export { which, file } => {
            let wanted = list::options(&which);
            return export::run(journal, &wanted, file.as_deref(), options, output, interruption)
                .await;
        }
        Orders::Prune { before, with_refs } => {
            return prune::run(journal, before, with_refs, options, output, interruption).await;
        }
        Orders::Verify { id: None, settle, .. } => {
            return verify_all::run(journal, settle, options, output, interruption).await;
        }
        Orders::Show { id } => (id, Task::Show),
        Orders::Verify { id: Some(id), settle, .. } => (id, Task::Verify(settle)),
        Orders::Resolve { id, found, reason } => (id, Task::Resolve(found.into(), reason)),
    };
    let Some(journal) = journal else {
        return Err(JournalError::NoSuchOrder(id).into());
    };
    let entry = tokio::select! {
        biased;
        entry = journal.get(&id) => entry?,
        () = interruption.heard() => return Err(CliError::Interrupted(STOPPED)),
    };
    let shown = match command {
        Task::Show => told(&entry, Exit::Success, options),
        Task::Verify(_) if options.dry_run => Shown {
            message: Some("dry run: nothing was read, and nothing has changed".to_owned()),
            ..told(&entry, Exit::Success, options)
        },
        Task::Verify(settle) => {
            return verify(&entry, settle, journal, options, output, interruption).await;
        }
        Task::Resolve(resolution, _) if options.dry_run => {
            journal.may_resolve(&entry, resolution).await?;
            let would = word(resolution.state());
            let message = format!("dry run: nothing has changed; it would be {would}");
            Shown { message: Some(message), ..told(&entry, Exit::Success, options) }
        }
        Task::Resolve(resolution, reason) => {
            let resolved = tokio::select! {
                biased;
                resolved = journal.resolve(&entry.id, resolution, &reason) => resolved?,
                () = interruption.heard() => return Err(CliError::Interrupted(
                    "interrupted; `oxhost orders show` tells whether your word was written",
                )),
            };
            return Ok(show(&told(&resolved, Exit::Success, options), output));
        }
    };
    Ok(show(&shown, output))
}

/// What is to be done with one order.
enum Task {
    Show,
    Verify(Option<u64>),
    Resolve(Resolution, String),
}

async fn verify(
    entry: &Entry,
    settle: Option<u64>,
    journal: &Journal,
    options: &Options,
    output: Output,
    interruption: &mut Interruption,
) -> Result<Exit, CliError> {
    let client = config::client(options, None, interruption).await?;
    tokio::select! {
        biased;
        found = journal::reconcile(journal, &client, &entry.id, settle, output) => {
            let found = found?;
            let mut shown = told(&found, Marks::of(&found).exit_code, options);
            shown.warnings.extend(journal::too_short(&found, settle));
            Ok(show(&shown, output))
        }
        () = interruption.heard() => {
            let mut shown = told(entry, Exit::Interrupted, options);
            shown.marks.interrupt();
            let message = "interrupted; nothing has changed, and it can be asked again";
            shown.message = Some(message.to_owned());
            if output.format == Format::Text {
                output.note(message);
                return Ok(Exit::Interrupted);
            }
            Ok(show(&shown, output))
        }
    }
}

fn told<'a>(entry: &'a Entry, exit_code: Exit, options: &Options) -> Shown<'a> {
    let marks = Marks { exit_code, dry_run: options.dry_run, ..Marks::of(entry) };
    Shown { marks, message: None, warnings: Vec::new(), entry }
}

fn show(shown: &Shown<'_>, output: Output) -> Exit {
    let exit = shown.marks.exit_code;
    let written = match output.format {
        Format::Json => output.json(shown),
        Format::Text => {
            shown.warnings.iter().for_each(|warning| output.note(&format!("warning: {warning}")));
            output.text(&text(shown))
        }
    };
    let result = format!("{}: {}", shown.entry.id, word(shown.entry.state));
    output.result(written, exit, &result)
}

fn word(state: State) -> String {
    state.as_str().replace('_', " ")
}

fn words(entry: &Entry) -> String {
    match PreparedOrder::of(entry) {
        Some(order) => order.words(),
        None => one_line(&format!("{} of {}", entry.operation, entry.target)),
    }
}

fn text(shown: &Shown<'_>) -> String {
    let entry = shown.entry;
    let mut lines = vec![format!("{}: {}", word(entry.state), words(entry))];
    let mut line = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            lines.push(format!("  {name:<12} {}", one_line(&value)));
        }
    };
    line("id", Some(entry.id.clone()));
    line("ref", entry.reference.clone());
    line("provider", Some(entry.provider.clone()));
    line("written", Some(entry.created_at.to_string()));
    line("changed", Some(entry.changed_at.to_string()));
    match &entry.answer {
        Some(oxhost_journal::Answer::Receipt(receipt)) => {
            line("status", Some(format!("HTTP {}", receipt.status)));
            line("message", receipt.message.clone());
            line("order", receipt.order_number.clone());
            line("order id", receipt.order_id.clone());
            let currency = receipt.currency.as_deref().unwrap_or_default();
            line("cost", receipt.amount.map(|amount| format!("{amount} {currency}")));
            line("expires", receipt.expires_at.map(|at| at.to_string()));
            receipt.warnings.iter().for_each(|it| line("warning", Some(it.clone())));
        }
        Some(oxhost_journal::Answer::Failure(failure)) => {
            line("status", failure.status.map(|status| format!("HTTP {status}")));
            line("reason", Some(failure.reason.clone()));
            line("message", failure.message.clone());
        }
        None => {}
    }
    findings::lines(entry).into_iter().for_each(|(name, value)| line(name, Some(value)));
    for Resolved { at, resolution, reason, .. } in &entry.resolutions {
        line("resolved", Some(format!("{at:.0} {}: {reason}", word(resolution.state()))));
    }
    entry.notes.iter().for_each(|note| line("note", Some(note.clone())));
    if entry.state.blocks() {
        line(
            "next",
            Some(format!(
                "`oxhost orders verify {id}`; if that cannot tell, look in the client area, then `oxhost orders resolve {id} --as ordered` or `--as not-ordered`, with --reason",
                id = entry.id
            )),
        );
    }
    lines.extend(shown.message.clone());
    lines.join("\n")
}
