//! What a call costs, beside what other clients take for it: against one server on this machine, each
//! client in a process and a thread of its own.
//!
//! ```text
//! cargo run --release -p oxhost-bench -- speed           calls a second, side by side
//! cargo run --release -p oxhost-bench -- journal         orders a second through a journal in a file
//! cargo run --release -p oxhost-bench -- batch           orders a second of a batch, on SQLite and PostgreSQL
//! cargo run --release -p oxhost-bench -- instructions    instructions a call, by callgrind
//! cargo run --release -p oxhost-bench -- growth          what a larger contract costs
//! ```
//!
//! Each writes its figures as JSON, too, with `--json FILE`.

#![allow(clippy::disallowed_types, reason = "ratios and seconds: no money is counted here")]

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use clap::{Parser, Subcommand, ValueEnum};

use clients::{Client, Kind, Target};
use server::Announcement;

/// As in the command.
#[cfg(feature = "all")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[cfg(feature = "all")]
mod batch;
mod clients;
mod growth;
mod instructions;
#[cfg(feature = "all")]
mod journal;
mod others;
mod server;
mod speed;

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[derive(Parser)]
#[command(about = "What a call costs, beside what other clients take for it", version)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Calls a second of all clients, plain and over TLS, one after the other and 32 at once
    Speed(speed::Options),
    /// Orders a second through a journal in a file, and how long one takes: 1, 32 and 256 at once
    #[cfg(feature = "all")]
    Journal(journal::Options),
    /// Orders a second of a batch, beside the same orders without a journal
    #[cfg(feature = "all")]
    Batch(batch::Options),
    /// Instructions a call of all clients, which do not depend on how busy the machine is
    Instructions(instructions::Options),
    /// Time, memory and instructions over contracts of more and more operations
    Growth(growth::Options),
    /// Answers every order, and says where
    Serve {
        /// How long an answer takes, in milliseconds
        #[arg(long, default_value_t = 0)]
        latency: u64,
    },
    /// Works on a batch to its end
    #[cfg(feature = "all")]
    Work(batch::Work),
    /// Places orders, and says how long it took
    Call(Calls),
}

/// What one client is to do.
#[derive(clap::Args)]
struct Calls {
    #[arg(value_enum)]
    kind: Kind,
    #[arg(long)]
    url: String,
    /// File of the certificate that is trusted
    #[arg(long)]
    certificate: Option<PathBuf>,
    #[arg(long)]
    calls: u64,
    #[arg(long, default_value_t = 1)]
    concurrency: u64,
    /// Read before each order what the journal reads before it
    #[arg(long)]
    after_read: bool,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    match Arguments::parse().task {
        Task::Speed(options) => speed::run(&options),
        #[cfg(feature = "all")]
        Task::Journal(options) => journal::run(&options).await,
        #[cfg(feature = "all")]
        Task::Batch(options) => batch::run(&options).await,
        #[cfg(feature = "all")]
        Task::Work(work) => batch::work(&work).await,
        Task::Instructions(options) => instructions::run(&options),
        Task::Growth(options) => growth::run(&options),
        Task::Serve { latency } => {
            server::serve(Duration::from_millis(latency), |place| {
                // The other end is gone, or reads it.
                let _ = say(&serde_json::to_string(place).unwrap_or_default());
            })
            .await
        }
        Task::Call(calls) => say(&call(&calls).await?.to_string()),
    }
}

fn say(words: &str) -> Result<(), Failure> {
    Ok(writeln!(std::io::stdout(), "{words}")?)
}

/// Seconds that the calls took, connections and all, but not what is done once for a client.
async fn call(calls: &Calls) -> Result<f64, Failure> {
    let folder = tempfile::tempdir()?;
    let certificate = calls.certificate.as_deref().map(std::fs::read_to_string).transpose()?;
    let target =
        Target { url: &calls.url, certificate: certificate.as_deref(), folder: folder.path() };
    let client = Client::new(calls.kind, &target).await?;
    let read = calls.after_read;
    order(&client, read, 0).await?;
    let begun = Instant::now();
    let mut lanes = tokio::task::JoinSet::new();
    for lane in 0..calls.concurrency {
        let (client, concurrency, calls) = (client.clone(), calls.concurrency, calls.calls);
        lanes.spawn(async move {
            for number in (lane..calls).step_by(usize::try_from(concurrency)?) {
                order(&client, read, number + 1).await?;
            }
            Ok::<(), Failure>(())
        });
    }
    while let Some(lane) = lanes.join_next().await {
        lane??;
    }
    Ok(begun.elapsed().as_secs_f64())
}

async fn order(client: &Client, read: bool, number: u64) -> Result<(), Failure> {
    if read {
        client.read().await?;
    }
    client.order(number).await
}

/// The server, until it is dropped.
struct Server {
    process: Child,
    place: Announcement,
    folder: tempfile::TempDir,
}

impl Server {
    fn start() -> Result<Self, Failure> {
        Self::slow(Duration::ZERO)
    }

    /// One that takes so long for each answer.
    fn slow(latency: Duration) -> Result<Self, Failure> {
        let folder = tempfile::tempdir()?;
        let latency = latency.as_millis().to_string();
        let mut process =
            itself(&["serve", "--latency", &latency])?.stdout(Stdio::piped()).spawn()?;
        let output = process.stdout.take().ok_or("the server says nothing")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        let place: Announcement = serde_json::from_str(&line)?;
        std::fs::write(folder.path().join("certificate.pem"), &place.certificate)?;
        Ok(Self { process, place, folder })
    }

    fn certificate(&self) -> PathBuf {
        self.folder.path().join("certificate.pem")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Of the repository.
fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// This program, as another process.
fn itself(arguments: &[&str]) -> Result<Command, Failure> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(arguments);
    Ok(command)
}

/// What a process that must succeed says.
fn output(command: &mut Command) -> Result<String, Failure> {
    let done = command.stderr(Stdio::inherit()).output()?;
    if !done.status.success() {
        return Err(format!("{command:?}: {}", done.status).into());
    }
    Ok(String::from_utf8(done.stdout)?)
}

/// The name of a client, as the command line has it.
fn name(kind: Kind) -> String {
    kind.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

fn write_json(file: &Path, figures: &impl serde::Serialize) -> Result<(), Failure> {
    Ok(std::fs::write(file, format!("{}\n", serde_json::to_string_pretty(figures)?))?)
}
