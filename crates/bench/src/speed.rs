//! Calls a second, side by side in one run.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;

use clap::ValueEnum;
use serde::Serialize;

use crate::clients::Kind;
use crate::others::{Other, Run};
use crate::{Failure, Server, itself, name, output, say, write_json};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Orders of each client in each round; a tenth of them through the journal and by the samples
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
struct Setting {
    name: &'static str,
    encrypted: bool,
    concurrency: u64,
    /// Each after what the journal reads before it.
    after_read: bool,
}

const SETTINGS: [Setting; 8] = [
    Setting::new("plain", false, 1, false),
    Setting::new("plain, 32 at once", false, 32, false),
    Setting::new("TLS", true, 1, false),
    Setting::new("TLS, 32 at once", true, 32, false),
    Setting::new("each after its baseline read, plain", false, 1, true),
    Setting::new("each after its baseline read, plain, 32 at once", false, 32, true),
    Setting::new("each after its baseline read, TLS", true, 1, true),
    Setting::new("each after its baseline read, TLS, 32 at once", true, 32, true),
];

impl Setting {
    const fn new(name: &'static str, encrypted: bool, concurrency: u64, after_read: bool) -> Self {
        Self { name, encrypted, concurrency, after_read }
    }

    fn clients(&self) -> Vec<Who> {
        if self.after_read {
            return [Kind::Reqwest, Kind::ReqwestFresh, Kind::Helper].map(Who::This).into();
        }
        let others = Other::ALL.into_iter().filter(|it| !it.is_sample() || self.concurrency == 1);
        let ours = Kind::value_variants().iter().copied();
        ours.map(Who::This).chain(others.map(Who::Other)).collect()
    }
}

#[derive(Clone, Copy)]
enum Who {
    /// A client in this program.
    This(Kind),
    Other(Other),
}

impl Who {
    fn name(self) -> String {
        match self {
            Self::This(kind) => name(kind),
            Self::Other(other) => other.name().to_owned(),
        }
    }

    fn is_slow(self) -> bool {
        match self {
            #[cfg(feature = "all")]
            Self::This(Kind::Journal) => true,
            Self::This(_) => false,
            Self::Other(other) => other.is_sample(),
        }
    }
}

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

#[derive(Serialize)]
struct Figures {
    /// By setting and client.
    calls_a_second: BTreeMap<&'static str, BTreeMap<String, Rates>>,
    /// Who was not measured, and how to get it.
    left_out: BTreeMap<&'static str, &'static str>,
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let server = Server::start()?;
    let missing = Other::ALL.iter().filter_map(|it| Some((it.name(), it.missing()?)));
    let mut figures = Figures { calls_a_second: BTreeMap::new(), left_out: missing.collect() };
    for _ in 0..options.rounds {
        for setting in &SETTINGS {
            for who in setting.clients() {
                if figures.left_out.contains_key(who.name().as_str()) {
                    continue;
                }
                let calls = if who.is_slow() { options.calls / 10 } else { options.calls };
                let seconds = seconds(&server, setting, who, calls)?;
                let clients = figures.calls_a_second.entry(setting.name).or_default();
                #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
                clients.entry(who.name()).or_default().add(calls as f64 / seconds);
            }
        }
    }
    say(&table(&figures)?)?;
    options.json.as_ref().map_or(Ok(()), |file| write_json(file, &figures))
}

/// How long this takes a process of its own.
fn seconds(server: &Server, setting: &Setting, who: Who, calls: u64) -> Result<f64, Failure> {
    let url = if setting.encrypted { &server.place.tls } else { &server.place.plain };
    let certificate = server.certificate();
    let certificate = setting.encrypted.then_some(certificate.as_path());
    let folder = tempfile::tempdir()?;
    let mut command = match who {
        Who::This(kind) => {
            let mut command = itself(&["call", &name(kind), "--url", url])?;
            command.args(["--calls", &calls.to_string()]);
            command.args(["--concurrency", &setting.concurrency.to_string()]);
            if setting.after_read {
                command.arg("--after-read");
            }
            if let Some(certificate) = certificate {
                command.arg("--certificate").arg(certificate);
            }
            command
        }
        Who::Other(other) => {
            let concurrency = setting.concurrency;
            other.command(&Run { url, certificate, calls, concurrency, folder: folder.path() })?
        }
    };
    let said = output(&mut command)?;
    // A sample says more.
    Ok(said.trim().lines().last().unwrap_or_default().parse()?)
}

fn table(figures: &Figures) -> Result<String, Failure> {
    let mut table = String::from("orders a second: median ± spread, and ÷ reqwest by hand\n");
    for setting in &SETTINGS {
        let clients = figures.calls_a_second.get(setting.name);
        let clients = clients.ok_or("a setting was not measured")?;
        let yardstick = clients.get(&name(Kind::Reqwest)).map_or(f64::NAN, Rates::median);
        writeln!(table, "\n{}", setting.name)?;
        for name in setting.clients().into_iter().map(Who::name) {
            if let Some(how) = figures.left_out.get(name.as_str()) {
                writeln!(table, "  {name:17} left out: {how}")?;
                continue;
            }
            let rates = clients.get(&name).ok_or("a client was not measured")?;
            let (rate, spread) = (rates.median(), rates.spread());
            writeln!(table, "  {name:17} {rate:9.0} ± {spread:2.0} %  {:5.2}", rate / yardstick)?;
        }
    }
    Ok(table)
}
