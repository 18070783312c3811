//! Instructions a call in user space, counted by callgrind: the same on a busy machine.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::clients::Kind;
use crate::others::{Other, Run};
use crate::{Failure, Server, name, output, say, write_json};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Fail if a call of ours takes over 5 % more than this file says
    #[arg(long)]
    check: Option<PathBuf>,
    /// Write the figures to this file, too, as JSON
    #[arg(long)]
    json: Option<PathBuf>,
}

/// Who is counted. SQLite's waiting for a disk is no instruction.
const COUNTED: &[Kind] = &[
    Kind::Hyper,
    Kind::Reqwest,
    Kind::ReqwestFresh,
    #[cfg(feature = "all")]
    Kind::Progenitor,
    Kind::Generated,
    Kind::Helper,
];

/// Ours, which are held to what was recorded.
const OURS: [Kind; 2] = [Kind::Generated, Kind::Helper];

/// What may be more than was recorded.
const TOLERANCE: f64 = 1.05;

/// Two runs, whose difference leaves out what is done once.
const CALLS: [u64; 2] = [100, 300];

type Figures = BTreeMap<String, u64>;

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let (server, program) = (Server::start()?, std::env::current_exe()?);
    let mut figures = Figures::new();
    for kind in COUNTED {
        figures.insert(name(*kind), of_a_call(&server, &program, *kind)?);
    }
    let other = Other::OpenapiGenerator;
    if other.missing().is_none() {
        let (url, folder) = (&server.place.plain, server.folder.path());
        let counted = a_call(|calls| {
            other.command(&Run { url, certificate: None, calls, concurrency: 1, folder })
        })?;
        figures.insert(other.name().to_owned(), counted);
    }
    say(&table(&figures)?)?;
    if let Some(file) = &options.json {
        write_json(file, &figures)?;
    }
    let Some(file) = &options.check else { return Ok(()) };
    let recorded: Figures = serde_json::from_str(&std::fs::read_to_string(file)?)?;
    let dearer = OURS.iter().map(|kind| name(*kind)).filter_map(|name| {
        let (now, then) = (*figures.get(&name)?, *recorded.get(&name)?);
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
        (now as f64 > then as f64 * TOLERANCE).then(|| format!("{name}: {now}, recorded {then}"))
    });
    let dearer: Vec<String> = dearer.collect();
    if dearer.is_empty() {
        return say(&format!("none of ours takes over 5 % more than {} says", file.display()));
    }
    Err(format!("calls take more instructions than recorded: {}", dearer.join("; ")).into())
}

/// Of one call by a client in this program, or in another build of it.
pub(crate) fn of_a_call(server: &Server, program: &Path, kind: Kind) -> Result<u64, Failure> {
    a_call(|calls| {
        let mut command = Command::new(program);
        command.args(["call", &name(kind), "--url", &server.place.plain]);
        command.args(["--calls", &calls.to_string()]);
        Ok(command)
    })
}

/// Of one call by what places as many orders as it is told to.
fn a_call(client: impl Fn(u64) -> Result<Command, Failure>) -> Result<u64, Failure> {
    let [few, many] = CALLS;
    let more = count(&client(many)?)?;
    Ok(more.saturating_sub(count(&client(few)?)?) / (many - few))
}

/// All instructions of a run.
fn count(client: &Command) -> Result<u64, Failure> {
    let folder = tempfile::tempdir()?;
    let counted = folder.path().join("callgrind.out");
    let mut command = Command::new("valgrind");
    command.args(["--quiet", "--tool=callgrind"]);
    command.arg(format!("--callgrind-out-file={}", counted.display()));
    command.arg(client.get_program()).args(client.get_args());
    output(&mut command)?;
    let counted = std::fs::read_to_string(counted)?;
    let total = counted.lines().find_map(|line| line.strip_prefix("summary: "));
    Ok(total.ok_or("callgrind wrote no summary")?.trim().parse()?)
}

fn table(figures: &Figures) -> Result<String, Failure> {
    let mut table =
        String::from("instructions a call, ÷ reqwest by hand, and ÷ the same without reuse\n");
    let yardsticks = [Kind::Reqwest, Kind::ReqwestFresh].map(|kind| figures.get(&name(kind)));
    let other = Other::OpenapiGenerator;
    for name in COUNTED.iter().map(|kind| name(*kind)).chain([other.name().to_owned()]) {
        let Some(count) = figures.get(&name) else {
            writeln!(table, "  {name:17} left out: {}", other.missing().unwrap_or_default())?;
            continue;
        };
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
        let ratios = yardsticks.map(|it| it.map_or(f64::NAN, |than| *count as f64 / *than as f64));
        let [reused, fresh] = ratios;
        writeln!(table, "  {name:17} {count:9}  {reused:5.2}  {fresh:5.2}")?;
    }
    Ok(table)
}
