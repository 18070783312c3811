//! Calls a second, side by side in one run.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;

use clap::ValueEnum;
use serde::Serialize;

use crate::clients::Kind;
use crate::{Failure, Server, itself, name, output, say, write_json};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Orders of each client in each round; a tenth of them through the journal
    #[arg(long, default_value_t = 5000)]
    calls: u64,
    /// Rounds, in each of which every client has its turn
    #[arg(long, default_value_t = 5)]
    rounds: u32,
    /// Write the figures to this file, too, as JSON
    #[arg(long)]
    json: Option<PathBuf>,
}

/// How the orders come.
const SETTINGS: [(&str, bool, u64); 4] = [
    ("plain", false, 1),
    ("plain, 32 at once", false, 32),
    ("TLS", true, 1),
    ("TLS, 32 at once", true, 32),
];

/// Calls a second in each round, sorted.
#[derive(Default, Serialize)]
#[serde(transparent)]
struct Rates(Vec<f64>);

impl Rates {
    fn add(&mut self, rate: f64) {
        self.0.push(rate);
        self.0.sort_by(f64::total_cmp);
    }

    fn median(&self) -> f64 {
        self.0.get(self.0.len() / 2).copied().unwrap_or_default()
    }

    /// In percent of the median.
    fn spread(&self) -> f64 {
        let (least, most) = (self.0.first().copied(), self.0.last().copied());
        (most.unwrap_or_default() - least.unwrap_or_default()) / self.median() * 50.0
    }
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let server = Server::start()?;
    let certificate = server.certificate().display().to_string();
    let mut figures: BTreeMap<&str, BTreeMap<String, Rates>> = BTreeMap::new();
    for _ in 0..options.rounds {
        for (setting, encrypted, concurrency) in SETTINGS {
            for kind in Kind::value_variants() {
                let calls = if *kind == Kind::Journal { options.calls / 10 } else { options.calls };
                let (calls, concurrency) = (calls.to_string(), concurrency.to_string());
                let url = if encrypted { &server.place.tls } else { &server.place.plain };
                let mut command = itself(&["call", &name(*kind), "--url", url])?;
                command.args(["--calls", &calls, "--concurrency", &concurrency]);
                if encrypted {
                    command.args(["--certificate", &certificate]);
                }
                let seconds: f64 = output(&mut command)?.trim().parse()?;
                let rates = figures.entry(setting).or_default().entry(name(*kind)).or_default();
                rates.add(calls.parse::<f64>()? / seconds);
            }
        }
    }
    say(&table(&figures)?)?;
    options.json.as_ref().map_or(Ok(()), |file| write_json(file, &figures))
}

fn table(figures: &BTreeMap<&str, BTreeMap<String, Rates>>) -> Result<String, Failure> {
    let mut table = String::from("calls a second: median ± spread, and ÷ reqwest by hand\n");
    for (setting, _, _) in SETTINGS {
        let clients = figures.get(setting).ok_or("a setting was not measured")?;
        let yardstick = clients.get(&name(Kind::Reqwest)).map_or(f64::NAN, Rates::median);
        writeln!(table, "\n{setting}")?;
        for kind in Kind::value_variants() {
            let rates = clients.get(&name(*kind)).ok_or("a client was not measured")?;
            let (rate, spread) = (rates.median(), rates.spread());
            writeln!(
                table,
                "  {:14} {rate:9.0} ± {spread:2.0} %  {:5.2}",
                name(*kind),
                rate / yardstick
            )?;
        }
    }
    Ok(table)
}
