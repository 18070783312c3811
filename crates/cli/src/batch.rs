//! `oxhost batch`: many orders under one name.

mod input;
mod plan;
mod progress;
mod report;
mod run;
mod status;
mod totals;

use std::borrow::Cow;
use std::collections::HashSet;
use std::path::Path;

use oxhost_journal::{BatchRow, Journal, JournalError};

use crate::args::{Batch, InputArgs, Options, Pace};
use crate::error::CliError;
use crate::exit::Exit;
use crate::interruption::Interruption;
use crate::output::Output;
use crate::printable::one_line;
use crate::{config, journal};

use input::Input;
pub(crate) use input::InputFormat;

const STOPPED: &str = "interrupted; nothing was sent";

pub(crate) async fn run(
    command: Batch,
    options: &Options,
    output: Output,
    interruption: &mut Interruption,
) -> Result<Exit, CliError> {
    match command {
        Batch::Template => Ok(output.document(output.raw(input::TEMPLATE.as_bytes()))),
        Batch::Plan { input, batch, concurrency, limits } => {
            let mut rows = checked(&input, output)?;
            let sandbox = config::sandbox(options)?;
            let client = config::client(options, sandbox.as_ref(), interruption).await?;
            let planning = async {
                let opened = match &batch {
                    Some(_) => journal::open_existing(options).await?,
                    None => None,
                };
                if let Some(name) = &batch {
                    let journal = opened.as_ref().map(|opened| &opened.journal);
                    tell_if_new(name, journal, options, output).await?;
                }
                let known = match (&opened, &batch) {
                    (Some(opened), Some(name)) => Some(opened.journal.batch(name)?),
                    _ => None,
                };
                let (known, at_once) = (known.as_ref(), concurrency.into());
                let plan = plan::plan(&client, &mut rows, known, at_once, &limits, output).await;
                if let Some(opened) = opened {
                    opened.close().await;
                }
                Ok(plan?.tell(output))
            };
            unless(planning, interruption, STOPPED).await
        }
        Batch::Run { input, batch, pace } => {
            let inputs: Vec<_> =
                [Some(&*input.file), input.except.as_deref()].into_iter().flatten().collect();
            verify_report(&pace, options, &inputs)?;
            let mut rows = checked(&input, output)?;
            run::run(&mut rows, &batch, &pace, options, output, interruption).await
        }
        Batch::Resume { name, pace } => {
            verify_report(&pace, options, &[])?;
            run::resume(&name, &pace, options, output, interruption).await
        }
        Batch::Status { name } => {
            let looking = status::tell(name.as_deref(), options, output);
            unless(looking, interruption, STOPPED).await
        }
        Batch::Report { name, format } => {
            let looking = async {
                let Some(opened) = journal::open_existing(options).await? else {
                    return Err(no_batch(&name));
                };
                let told = report::print(&opened.journal.batch(&name)?, format, output).await;
                opened.close().await;
                told
            };
            unless(looking, interruption, "interrupted; these are not all rows").await
        }
    }
}

fn verify_report(pace: &Pace, options: &Options, inputs: &[&Path]) -> Result<(), CliError> {
    pace.report.as_deref().map_or(Ok(()), |path| report::verify(path, options, inputs))
}

async fn unless(
    work: impl Future<Output = Result<Exit, CliError>>,
    interruption: &mut Interruption,
    stopped: &'static str,
) -> Result<Exit, CliError> {
    tokio::select! {
        biased;
        told = work => told,
        () = interruption.heard() => Err(CliError::Interrupted(stopped)),
    }
}

/// Whoever mistypes the name or the journal of a batch orders all of it again.
async fn tell_if_new(
    name: &str,
    journal: Option<&Journal>,
    options: &Options,
    output: Output,
) -> Result<(), CliError> {
    let known = match journal {
        Some(journal) => journal.batches().await?,
        None => Vec::new(),
    };
    if options.sandbox || known.iter().any(|it| it == name) {
        return Ok(());
    }
    let others = match known.as_slice() {
        [] => "no batch".to_owned(),
        [only] => format!("{} alone", one_line(only)),
        [.., last] => format!("{} batches, such as {}", known.len(), one_line(last)),
    };
    output.note(&format!(
        "the batch {} is new: the journal {} has {others}",
        one_line(name),
        journal::place(options)
    ));
    Ok(())
}

fn no_batch(name: &str) -> CliError {
    JournalError::NoSuchBatch(one_line(name)).into()
}

/// A name as a shell reads it, in a command to copy.
fn quoted(name: &str) -> Cow<'_, str> {
    shlex::try_quote(name).unwrap_or(Cow::Borrowed(name))
}

/// An input in which every row can be ordered, without those that are left out.
struct Rows {
    input: Input,
    except: HashSet<String>,
}

impl Rows {
    fn each(&mut self) -> Result<impl Iterator<Item = Result<BatchRow, CliError>>, CliError> {
        let except = &self.except;
        let is_wanted = |row: &BatchRow| {
            !except.contains(&row.reference) && !except.contains(row.order.target())
        };
        Ok(self.input.rows()?.filter(move |row| row.as_ref().map_or(true, is_wanted)))
    }

    /// Whoever leaves out what is not there has mistyped it, or the batch has it from before.
    fn tell_unmatched(&mut self, output: Output) -> Result<(), CliError> {
        if self.except.is_empty() {
            return Ok(());
        }
        let mut unmatched: HashSet<&str> = self.except.iter().map(String::as_str).collect();
        for row in self.input.rows()? {
            let row = row?;
            unmatched.remove(row.reference.as_str());
            unmatched.remove(row.order.target());
        }
        if let Some(first) = unmatched.iter().min() {
            let (some, first) = (unmatched.len(), one_line(first));
            output.note(&format!(
                "warning: --except names what the input has not, and leaves it out only of rows that the batch has from before: {some}, such as {first}"
            ));
        }
        Ok(())
    }
}

/// Reads all of the input once, and tells all that is wrong with it.
fn checked(args: &InputArgs, output: Output) -> Result<Rows, CliError> {
    let except = args.except.as_deref().map(left_out).transpose()?.unwrap_or_default();
    let mut input = Input::open(&args.file, args.format, args.charset.as_deref())?;
    let checked = input.check(|problem| output.note(&format!("error: {problem}")))?;
    match checked.problems {
        0 => {
            let mut rows = Rows { input, except };
            rows.tell_unmatched(output)?;
            Ok(rows)
        }
        1 => Err(CliError::Usage("nothing was sent: the input has a problem".to_owned())),
        some => Err(CliError::Usage(format!("nothing was sent: the input has {some} problems"))),
    }
}

/// Targets and references, one a line.
fn left_out(path: &Path) -> Result<HashSet<String>, CliError> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        CliError::Usage(format!("nothing was sent: {} cannot be read: {error}", path.display()))
    })?;
    let lines = text.lines().map(|line| line.trim().trim_start_matches('\u{feff}'));
    Ok(lines.filter(|line| !line.is_empty()).map(str::to_owned).collect())
}
