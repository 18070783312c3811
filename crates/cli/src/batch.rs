//! `oxhost batch`: many orders under one name.

mod input;
mod plan;
mod progress;
mod report;
mod run;
mod status;
mod totals;

use oxhost_sandbox::Sandbox;

use crate::args::{Batch, InputArgs, Options};
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
        Batch::Plan { input, batch, concurrency } => {
            let mut rows = checked(&input, output)?;
            let sandbox = sandbox(options)?;
            let client = config::client(options, sandbox.as_ref(), interruption).await?;
            let planning = async {
                let done = match &batch {
                    Some(name) => status::totals(name, options).await?,
                    None => None,
                };
                let plan = plan::plan(&client, &mut rows, concurrency.into(), output).await?;
                Ok(plan.tell(done.as_ref(), output))
            };
            unless(planning, interruption, STOPPED).await
        }
        Batch::Run { input, batch, pace } => {
            let mut rows = checked(&input, output)?;
            run::run(&mut rows, &batch, &pace, options, output, interruption).await
        }
        Batch::Resume { name, pace } => {
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

fn sandbox(options: &Options) -> Result<Option<Sandbox>, CliError> {
    options.sandbox.then(Sandbox::start).transpose().map_err(|error| {
        CliError::Configuration(format!("the sandbox cannot be started: {error}"))
    })
}

fn no_batch(name: &str) -> CliError {
    oxhost_journal::JournalError::NoSuchBatch(one_line(name)).into()
}

/// The input, in which every row can be ordered.
fn checked(args: &InputArgs, output: Output) -> Result<Input, CliError> {
    let mut input = Input::open(&args.file, args.format, args.charset.as_deref(), args.except.as_deref())?;
    let checked = input.check(|problem| output.note(&format!("error: {problem}")))?;
    match checked.problems {
        0 => Ok(input),
        1 => Err(CliError::Usage("nothing was sent: 1 row of the input is wrong".to_owned())),
        wrong => Err(CliError::Usage(format!("nothing was sent: {wrong} things in the input are wrong"))),
    }
}
