//! Orders a second of a batch, beside the same orders without a journal.

use std::fmt::Write;
use std::future::pending;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use oxhost::types::PleskRenewalOrder;
use oxhost_journal::{Batch, BatchOptions, BatchRow, Journal};
use serde::Serialize;

use crate::clients::{Kind, Target};
use crate::{Failure, Server, clients, itself, name, output, say, write_json};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Orders of each line
    #[arg(long, default_value_t = 10_000)]
    orders: u64,
    /// How many orders each worker has under way at once
    #[arg(long, default_value_t = 64)]
    concurrency: u64,
    /// How long the server takes for an answer, in milliseconds
    #[arg(long, default_value_t = 0)]
    latency: u64,
    /// Measure one and four workers on this PostgreSQL, too; batches are written to it
    #[arg(long)]
    postgres: Option<String>,
    /// Folder for the file, on the disk that is to be measured
    #[arg(long, default_value_os_t = std::env::temp_dir())]
    folder: PathBuf,
    /// Write the figures to this file, too, as JSON
    #[arg(long)]
    json: Option<PathBuf>,
}

/// What one worker of a batch is to do.
#[derive(clap::Args)]
pub(crate) struct Work {
    #[arg(long)]
    url: String,
    #[arg(long)]
    journal: String,
    #[arg(long)]
    batch: String,
    #[arg(long)]
    concurrency: usize,
}

#[derive(Serialize)]
struct Line {
    what: &'static str,
    workers: usize,
    orders_a_second: f64,
}

pub(crate) async fn run(options: &Options) -> Result<(), Failure> {
    let latency = Duration::from_millis(options.latency);
    let server = Server::slow(latency)?;
    let mut lines = Vec::new();
    for (what, reads) in [("without a journal", false), ("without a journal, a read before", true)]
    {
        let seconds = without(options, &server, reads)?;
        lines.push(line(options, what, 1, seconds));
    }
    let folder = tempfile::tempdir_in(&options.folder)?;
    let file = format!("sqlite://{}", folder.path().join("journal.db").display());
    let seconds = batch(options, &server, &file, "all", 1).await?;
    lines.push(line(options, "batch in a file", 1, seconds));
    if let Some(journal) = &options.postgres {
        for workers in [1, 4] {
            let batch_name = format!("{}-{workers}", std::process::id());
            let seconds = batch(options, &server, journal, &batch_name, workers).await?;
            lines.push(line(options, "batch on PostgreSQL", workers, seconds));
        }
    }
    let mut table = format!("{} at once, answers after {latency:?}\n", options.concurrency);
    for Line { what, workers, orders_a_second } in &lines {
        writeln!(table, "{what:33} {workers} workers: {orders_a_second:7.0} orders/s")?;
    }
    say(&table)?;
    options.json.as_ref().map_or(Ok(()), |file| write_json(file, &lines))
}

fn line(options: &Options, what: &'static str, workers: usize, seconds: f64) -> Line {
    Line { what, workers, orders_a_second: options.orders as f64 / seconds }
}

fn without(options: &Options, server: &Server, reads: bool) -> Result<f64, Failure> {
    let (calls, concurrency) = (options.orders.to_string(), options.concurrency.to_string());
    let kind = name(Kind::Helper);
    let mut call = itself(&["call", &kind, "--url", &server.place.plain, "--calls", &calls])?;
    call.args(["--concurrency", &concurrency]);
    if reads {
        call.arg("--after-read");
    }
    Ok(output(&mut call)?.trim().parse()?)
}

/// Seconds from the first order to the last: to write the rows down is not counted.
async fn batch(
    options: &Options,
    server: &Server,
    journal: &str,
    name: &str,
    workers: usize,
) -> Result<f64, Failure> {
    let (opened, client) = (Journal::open(journal).await?, client(&server.place.plain).await?);
    let batch = opened.batch(name)?;
    let row = |number| {
        let order = PleskRenewalOrder::new(format!("{name}-{number}"), 3)?;
        Ok::<_, Failure>(BatchRow::new(number, order))
    };
    let rows = (0..options.orders).map(row).collect::<Result<Vec<_>, _>>()?;
    batch.add(&client, rows).await?;
    batch.seal().await?;
    let begun = Instant::now();
    let concurrency = options.concurrency.to_string();
    let mut processes = Vec::new();
    for _ in 0..workers {
        let url = &server.place.plain;
        let mut worker = itself(&["work", "--url", url, "--journal", journal, "--batch", name])?;
        processes.push(worker.args(["--concurrency", &concurrency]).spawn()?);
    }
    for mut process in processes {
        process.wait()?;
    }
    let seconds = begun.elapsed().as_secs_f64();
    let totals = batch.totals().await?.ok_or("the batch is gone")?;
    if totals.accepted != options.orders {
        return Err(format!("not all was accepted: {totals:?}").into());
    }
    opened.close().await;
    Ok(seconds)
}

pub(crate) async fn work(work: &Work) -> Result<(), Failure> {
    let batch: Batch = Journal::open(&work.journal).await?.batch(&work.batch)?;
    let options = BatchOptions::default().concurrency(work.concurrency);
    let ended = batch.run(&client(&work.url).await?, &options, pending()).await?;
    ended.stopped.map_or(Ok(()), |why| Err(why.into()))
}

async fn client(url: &str) -> Result<oxhost::Client, Failure> {
    let target = Target { url, certificate: None, folder: std::path::Path::new(".") };
    match clients::Client::new(Kind::Helper, &target).await? {
        clients::Client::Helper(client) => Ok(client),
        _ => Err("another client was made".into()),
    }
}
