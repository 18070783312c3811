//! Orders a second through a journal in a file, and how long one of them takes.

use std::fmt::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::ValueEnum;
use oxhost::types::PleskRenewalOrder;
use oxhost_journal::{Claimed, Journal};
use serde::Serialize;
use tokio::task::JoinSet;

use crate::clients::{Client, Kind, Target};
use crate::{Failure, Server, say, write_json};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Orders of each line; a fifth of them one after the other
    #[arg(long, default_value_t = 10_000)]
    orders: u64,
    /// How many orders are under way at once
    #[arg(long, value_delimiter = ',', default_values_t = [1, 32, 256])]
    concurrency: Vec<u64>,
    /// What of an order is measured; both unless told
    #[arg(long, value_enum)]
    only: Option<Way>,
    /// Folder for the file, on the disk that is to be measured
    #[arg(long, default_value_os_t = std::env::temp_dir())]
    folder: PathBuf,
    /// Write the figures to this file, too, as JSON
    #[arg(long)]
    json: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Way {
    /// An order is sent, and answered by a server on this machine.
    Sent,
    /// The journal alone: the sender leaves when the intent is written, which is an answer at once.
    Left,
}

#[derive(Serialize)]
struct Line {
    sent: bool,
    concurrency: u64,
    orders_a_second: f64,
    p50_ms: f64,
    p99_ms: f64,
}

pub(crate) async fn run(options: &Options) -> Result<(), Failure> {
    let server = Server::start()?;
    let mut table = String::from("whole orders: claim, intent, ending\n");
    let mut lines = Vec::new();
    for way in [Way::Left, Way::Sent] {
        if options.only.is_some_and(|only| only != way) {
            continue;
        }
        writeln!(table, "\n{}", if way == Way::Left { "the journal alone" } else { "sent" })?;
        for &concurrency in &options.concurrency {
            let folder = tempfile::tempdir_in(&options.folder)?;
            let target =
                Target { url: &server.place.plain, certificate: None, folder: folder.path() };
            let client = Arc::new(Client::new(Kind::Journal, &target).await?);
            let orders = if concurrency == 1 { options.orders / 5 } else { options.orders };
            let line = measure(&client, way, orders, concurrency).await?;
            let (rate, p50, p99) = (line.orders_a_second, line.p50_ms, line.p99_ms);
            write!(table, "{concurrency:5} at once: {rate:7.0} orders/s, ")?;
            writeln!(table, "p50 {p50:7.2} ms, p99 {p99:7.2} ms")?;
            lines.push(line);
        }
    }
    say(&table)?;
    options.json.as_ref().map_or(Ok(()), |file| write_json(file, &lines))
}

async fn measure(
    client: &Arc<Client>,
    way: Way,
    orders: u64,
    concurrency: u64,
) -> Result<Line, Failure> {
    // What is made once: connections, and the plans of statements.
    order(client, way, orders).await?;
    let begun = Instant::now();
    let mut lanes = JoinSet::new();
    for lane in 0..concurrency {
        let client = Arc::clone(client);
        lanes.spawn(async move {
            let mut times = Vec::new();
            for number in (lane..orders).step_by(usize::try_from(concurrency)?) {
                let begun = Instant::now();
                order(&client, way, number).await?;
                times.push(begun.elapsed());
            }
            Ok::<_, Failure>(times)
        });
    }
    let mut times = Vec::new();
    while let Some(lane) = lanes.join_next().await {
        times.append(&mut lane??);
    }
    let seconds = begun.elapsed().as_secs_f64();
    times.sort();
    let at = |hundredths: usize| {
        let time: Duration = times.get(times.len() * hundredths / 100).copied().unwrap_or_default();
        time.as_secs_f64() * 1000.0
    };
    Ok(Line {
        sent: way == Way::Sent,
        concurrency,
        orders_a_second: times.len() as f64 / seconds,
        p50_ms: at(50),
        p99_ms: at(99),
    })
}

async fn order(client: &Client, way: Way, number: u64) -> Result<(), Failure> {
    match (way, client) {
        (Way::Left, Client::Journal(journal, client)) => leave(journal, client, number).await,
        _ => client.order(number).await,
    }
}

/// Claims, writes the intent, sends nothing, and writes that.
async fn leave(journal: &Journal, client: &oxhost::Client, number: u64) -> Result<(), Failure> {
    let order = PleskRenewalOrder::new(format!("sub-{number}"), 3)?;
    let Claimed::Ours(claim) = journal.claim(client, order, None).await? else {
        return Err("the order was recorded before".into());
    };
    let sent = claim.send_unless(client, std::future::ready(())).await?;
    match (sent.interrupted, sent.entry.deadlines.send_by, sent.unwritten) {
        (true, Some(_), None) => Ok(()),
        _ => Err("the journal did not write all of it".into()),
    }
}
