//! Works on a batch: asks, writes its rows down, sends its orders, tells what became of them.

use std::collections::HashSet;
use std::future::pending;
use std::pin::pin;
use std::sync::Arc;

use oxhost::Client;
use oxhost_journal::{Batch, BatchOptions, Stopped, Totals};
use serde::Serialize;
use tokio::sync::oneshot;

use super::progress::Progress;
use super::totals::{advice, exit, line};
use super::{Rows, plan, report};
use crate::args::{Options, Pace};
use crate::error::CliError;
use crate::exit::Exit;
use crate::interruption::{BEFORE, Interruption};
use crate::output::{Format, Output};
use crate::place::{is_yes, must_ask};
use crate::report::Marks;
use crate::{config, journal};

const LEFT: &str = "interrupted; orders that were under way MAY have been placed, and the journal cannot be asked: `oxhost batch resume` finds out";

/// Rows that are written down at once.
const CHUNK: usize = 1000;

/// The last JSON object of a run.
#[derive(Serialize)]
struct Told<'a> {
    event: &'static str,
    #[serde(flatten)]
    marks: Marks,
    batch: &'a str,
    totals: &'a Totals,
    stopped: Option<String>,
    advice: Option<String>,
}

/// All that a run needs beside its rows.
struct Running<'a> {
    pace: &'a Pace,
    options: &'a Options,
    output: Output,
    interruption: &'a mut Interruption,
}

pub(super) async fn run(
    rows: &mut Rows,
    name: &str,
    pace: &Pace,
    options: &Options,
    output: Output,
    interruption: &mut Interruption,
) -> Result<Exit, CliError> {
    let ask = must_ask(options)?;
    let sandbox = config::sandbox(options)?;
    let client = config::client(options, sandbox.as_ref(), interruption).await?;
    let opened = tokio::select! {
        biased;
        opened = journal::open(options) => opened?,
        () = interruption.heard() => return Err(CliError::Interrupted(BEFORE)),
    };
    opened.warn(output);
    super::tell_if_new(name, Some(&opened.journal), options, output).await?;
    let running = Running { pace, options, output, interruption };
    let ended = running.run(rows, &opened.journal.batch(name)?, &client, ask).await;
    opened.close().await;
    if options.sandbox {
        output.note("(sandbox: no real money was involved)");
    }
    ended
}

pub(super) async fn resume(
    name: &str,
    pace: &Pace,
    options: &Options,
    output: Output,
    interruption: &mut Interruption,
) -> Result<Exit, CliError> {
    let client = config::client(options, None, interruption).await?;
    let opened = tokio::select! {
        biased;
        opened = journal::open_existing(options) => opened?,
        () = interruption.heard() => return Err(CliError::Interrupted(BEFORE)),
    };
    let Some(opened) = opened else { return Err(super::no_batch(name)) };
    opened.warn(output);
    let running = Running { pace, options, output, interruption };
    let ended = running.resume(&opened.journal.batch(name)?, &client).await;
    opened.close().await;
    ended
}

impl Running<'_> {
    async fn run(
        mut self,
        rows: &mut Rows,
        batch: &Batch,
        client: &Client,
        ask: bool,
    ) -> Result<Exit, CliError> {
        if ask {
            let at_once = self.pace.concurrency.into();
            let limits = &self.pace.limits;
            let planning = plan::plan(client, rows, Some(batch), at_once, limits, self.output);
            let plan = tokio::select! {
                biased;
                plan = planning => plan?,
                () = self.interruption.heard() => return Err(CliError::Interrupted(BEFORE)),
            };
            let question = format!(
                "{}\n  at {}. This charges money. Go on? [y/N] ",
                plan.words(),
                Batch::provider(client)
            );
            self.confirm(&question).await?;
        }
        let writing = write_down(rows, batch, client);
        tokio::select! {
            biased;
            written = writing => written?,
            () = self.interruption.heard() => return Err(CliError::Interrupted(BEFORE)),
        }
        self.work(batch, client, rows.except.clone()).await
    }

    async fn resume(mut self, batch: &Batch, client: &Client) -> Result<Exit, CliError> {
        let Some(totals) = batch.totals().await? else { return Err(super::no_batch(batch.name())) };
        if must_ask(self.options)? {
            let question = format!(
                "batch {}: {}\n  at {}. To go on charges money. Go on? [y/N] ",
                batch.name(),
                line(&totals),
                Batch::provider(client)
            );
            self.confirm(&question).await?;
        }
        self.work(batch, client, HashSet::new()).await
    }

    async fn confirm(&mut self, question: &str) -> Result<(), CliError> {
        self.output.ask(question);
        let answered = tokio::select! {
            biased;
            () = self.interruption.heard() => return Err(CliError::Interrupted(BEFORE)),
            yes = is_yes() => yes,
        };
        match answered {
            true => Ok(()),
            false => Err(CliError::Declined),
        }
    }

    async fn work(
        self,
        batch: &Batch,
        client: &Client,
        except: HashSet<String>,
    ) -> Result<Exit, CliError> {
        let progress = Arc::new(Progress::new(self.output));
        let watching = Arc::clone(&progress);
        let options =
            self.batch_options().except(except).watching(move |totals| watching.tell(totals));
        let (tell, told) = oneshot::channel::<()>();
        let stop = async {
            if told.await.is_err() {
                pending::<()>().await;
            }
        };
        // Before anything else is asked of the journal, whoever was left there must be gone.
        let ended = {
            let mut running = pin!(batch.run(client, &options, stop));
            tokio::select! {
            ended = &mut running => Some(ended?),
            () = self.interruption.heard() => {
                self.output.note("stopping: orders under way are awaited; Ctrl-C again leaves at once");
                let _ = tell.send(());
                tokio::select! {
                    ended = &mut running => Some(ended?),
                    () = self.interruption.heard() => None,
                }
            }
            }
        };
        progress.end();
        let (totals, stopped) = match ended {
            Some(ended) => (ended.totals, ended.stopped),
            None => match batch.totals().await {
                Ok(totals) => (totals.unwrap_or_default(), Some(Stopped::Asked)),
                Err(_) => return Err(CliError::Interrupted(LEFT)),
            },
        };
        let exit = self.tell(batch, &totals, stopped.as_ref());
        let Some(path) = &self.pace.report else { return Ok(exit) };
        // Orders were sent: the report does not change what became of them.
        Ok(match report::write(batch, path, self.output).await {
            Ok(()) => exit,
            Err(why) => {
                let path = path.display();
                self.output.note(&format!("error: the report {path} cannot be written: {why}"));
                if exit == Exit::Success { Exit::Unwritten } else { exit }
            }
        })
    }

    fn batch_options(&self) -> BatchOptions {
        let pace = self.pace;
        let mut options = BatchOptions::default()
            .concurrency(pace.concurrency.into())
            .allow_unknown_price(pace.limits.allow_unknown_price)
            .unknown_in_a_row(pace.max_unknown);
        if let Some(rate) = pace.rate {
            options = options.rate(rate);
        }
        if let Some(most) = pace.limits.max_spend {
            options = options.max_spend(most);
        }
        if let Some(days) = pace.limits.due_within {
            options = options.due_within(days);
        }
        options
    }

    fn tell(&self, batch: &Batch, totals: &Totals, stopped: Option<&Stopped>) -> Exit {
        let exit_code = exit(totals, stopped);
        let advice = advice(batch.name(), totals, stopped, false);
        let why = stopped.map(|why| match why {
            Stopped::Asked => "it was interrupted".to_owned(),
            why => why.to_string(),
        });
        let written = match self.output.format {
            Format::Json => {
                let interrupted = matches!(stopped, Some(Stopped::Asked));
                let marks =
                    Marks { exit_code, interrupted, error: why.clone(), ..Marks::default() };
                let (event, batch) = ("end", batch.name());
                self.output.json_line(&Told {
                    event,
                    marks,
                    batch,
                    totals,
                    stopped: why,
                    advice: advice.clone(),
                })
            }
            Format::Text => {
                let mut lines = vec![format!(": {}", line(totals))];
                lines.extend(why.map(|why| format!("  stopped   {why}")));
                lines.extend(advice.map(|advice| format!("  advice    {advice}")));
                self.output.report(exit_code, &format!("batch {}", batch.name()), &lines.join("\n"))
            }
        };
        self.output.result(written, exit_code, &line(totals))
    }
}

/// Writes all rows down, before the first is ordered.
async fn write_down(rows: &mut Rows, batch: &Batch, client: &Client) -> Result<(), CliError> {
    let mut rows = rows.each()?;
    loop {
        let chunk: Vec<_> = rows.by_ref().take(CHUNK).collect::<Result<_, _>>()?;
        if chunk.is_empty() {
            return Ok(batch.seal().await?);
        }
        batch.add(client, chunk).await?;
    }
}
