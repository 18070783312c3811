//! What a larger contract costs: the real operations, and made-up reads beside them, in a copy of this repository.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Serialize;
use serde_json::Value;

use crate::clients::Kind;
use crate::{Failure, Server, instructions, output, root, say, write_json};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// How many operations the contracts have
    #[arg(long, value_delimiter = ',', default_values_t = [10, 100, 1000])]
    operations: Vec<usize>,
    /// Write the figures to this file, too, as JSON
    #[arg(long)]
    json: Option<PathBuf>,
}

/// What the library is built from; with the crates, because they are one workspace.
const PARTS: [&str; 8] =
    ["Cargo.toml", "Cargo.lock", "README.md", "build.rs", "build", "openapi.yaml", "src", "crates"];

/// What is repeated: an operation, and the schema of its reply.
const PATH: &str = "  /API/plesk/subscriptions/detail:";
const OPERATION: &str = "getPleskSubscription";
const SCHEMA: &str = "    PleskSubscriptionDetail:";

#[derive(Serialize)]
struct Line {
    operations: usize,
    generation: Effort,
    build: Effort,
    helper_instructions: u64,
}

#[derive(Serialize)]
struct Effort {
    seconds: f64,
    /// The most memory of any process.
    peak_mb: u64,
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let (server, place) = (Server::start()?, root().join("target/growth"));
    let contract = std::fs::read_to_string(root().join("openapi.yaml"))?;
    let mut lines = Vec::new();
    // Dependencies, which are the same for all.
    output(Copy::new(&place)?.cargo("oxhost-bench").args(["--features", "oxhost/generate"]))?;
    for &operations in &options.operations {
        let copy = Copy::new(&place)?;
        std::fs::write(copy.0.join("openapi.yaml"), grown(&contract, operations)?)?;
        let (build, said) = effort(copy.cargo("oxhost").args(["--features", "generate"]))?;
        let (generation, _) = effort(copy.generator(&said)?.env("OUT_DIR", &place))?;
        let built = output(copy.cargo("oxhost-bench").args(["--features", "oxhost/generate"]))?;
        let program = of_kind(&built, "bin", "executable").ok_or("cargo built no program")?;
        let helper_instructions =
            instructions::of_a_call(&server, Path::new(&program), Kind::Helper)?;
        lines.push(Line { operations, generation, build, helper_instructions });
    }
    say(&table(&lines)?)?;
    options.json.as_ref().map_or(Ok(()), |file| write_json(file, &lines))
}

/// The contract with as many operations.
fn grown(contract: &str, operations: usize) -> Result<String, Failure> {
    let path = block(contract, PATH).ok_or("the operation to repeat is gone")?;
    let schema = block(contract, SCHEMA).ok_or("the schema to repeat is gone")?;
    let there = contract.matches("      operationId: ").count();
    let made_up = |what: &str, number: usize| {
        what.replacen("/detail:", &format!("/detail{number}:"), 1)
            .replace(OPERATION, &format!("{OPERATION}{number}"))
            .replace("PleskSubscriptionDetail", &format!("PleskSubscriptionDetail{number}"))
    };
    let grow = |what: &str| {
        let more = (there..operations).map(|number| made_up(what, number));
        std::iter::once(what.to_owned()).chain(more).collect::<String>()
    };
    Ok(contract.replacen(path, &grow(path), 1).replacen(schema, &grow(schema), 1))
}

/// The line, and those below it that are indented more.
fn block<'a>(text: &'a str, line: &str) -> Option<&'a str> {
    let indented = |line: &str| line.len() - line.trim_start().len();
    let text = text.get(text.find(&format!("\n{line}\n"))? + 1..)?;
    let mut lines = text.split_inclusive('\n');
    let first = lines.next()?;
    let inside = |it: &&str| it.trim().is_empty() || indented(it) > indented(line);
    text.get(..first.len() + lines.take_while(inside).map(str::len).sum::<usize>())
}

/// Of this repository.
struct Copy(PathBuf);

impl Copy {
    fn new(place: &Path) -> Result<Self, Failure> {
        let copy = place.join("checkout");
        if copy.exists() {
            std::fs::remove_dir_all(&copy)?;
        }
        std::fs::create_dir_all(&copy)?;
        let parts = PARTS.map(|part| root().join(part));
        output(Command::new("cp").arg("--recursive").args(parts).arg(&copy))?;
        Ok(Self(copy))
    }

    /// Builds a package in a target directory of the copies' own.
    fn cargo(&self, package: &str) -> Command {
        let mut command = Command::new("cargo");
        command.args(["build", "--release", "--locked", "--quiet", "--message-format=json"]);
        command.args(["--no-default-features", "--package", package]);
        command.current_dir(&self.0).env("CARGO_TARGET_DIR", self.0.with_file_name("built"));
        command
    }

    /// The build script of which cargo told.
    fn generator(&self, said: &str) -> Result<Command, Failure> {
        let script = said.lines().filter(|line| line.contains("/checkout/Cargo.toml"));
        let script = script.collect::<Vec<_>>().join("\n");
        let script =
            of_kind(&script, "custom-build", "filenames").ok_or("cargo built no script")?;
        let mut command = Command::new(script);
        command.env("CARGO_MANIFEST_DIR", &self.0);
        Ok(command)
    }
}

/// What cargo says of a target of this kind.
fn of_kind(said: &str, kind: &str, field: &str) -> Option<String> {
    let messages = said.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut ours = messages.filter(|it| it.pointer("/target/kind/0") == Some(&kind.into()));
    ours.find_map(|it| {
        let place = it.get(field)?;
        Some(place.get(0).unwrap_or(place).as_str()?.to_owned())
    })
}

/// Runs it to its end. Debian's `time` tells what it took, and what it said comes with that.
fn effort(command: &Command) -> Result<(Effort, String), Failure> {
    let folder = tempfile::tempdir()?;
    let took = folder.path().join("took");
    let mut timed = Command::new("time");
    timed.args(["--format", "%e %M", "--output"]).arg(&took).arg(command.get_program());
    timed.args(command.get_args());
    timed.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    timed.current_dir(command.get_current_dir().unwrap_or(root()));
    let said = output(&mut timed)?;
    let took = std::fs::read_to_string(took)?;
    let (seconds, kilobytes) = took.trim().split_once(' ').ok_or("time told nothing")?;
    let peak_mb = kilobytes.parse::<u64>()? / 1024;
    Ok((Effort { seconds: seconds.parse()?, peak_mb }, said))
}

fn table(lines: &[Line]) -> Result<String, Failure> {
    let mut table = String::from(
        "operations   generation          cargo build of the crate   instructions of the helper\n",
    );
    for line in lines {
        let (generation, build) = (&line.generation, &line.build);
        writeln!(
            table,
            "{:10}   {:6.2} s  {:5} MB  {:10.1} s  {:8} MB   {:10}",
            line.operations,
            generation.seconds,
            generation.peak_mb,
            build.seconds,
            build.peak_mb,
            line.helper_instructions
        )?;
    }
    Ok(table)
}
