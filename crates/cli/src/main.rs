//! The `oxhost` command.

mod args;
mod batch;
mod config;
mod error;
mod exit;
mod findings;
mod interruption;
mod journal;
mod orders;
mod output;
mod place;
mod printable;
mod raw_reply;
mod report;
mod sandbox;
mod spec;
mod whole_file;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use crate::args::{Cli, Command, Plesk, Server};
use crate::error::CliError;
use crate::exit::Exit;
use crate::interruption::Interruption;
use crate::output::{Log, Output, Wanted};
use crate::place::PreparedOrder;
use crate::printable::one_line;
use crate::report::Report;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match Cli::try_parse() {
        Ok(cli) => {
            let output = Output::from(cli.options.output);
            let place = journal::place(&cli.options);
            run(cli, output)
                .unwrap_or_else(|error| Report::error(&error, &place).tell(output))
                .into()
        }
        Err(error) => misread(error).into(),
    }
}

fn run(cli: Cli, output: Output) -> Result<Exit, CliError> {
    if let Some(conflict) = cli.conflict() {
        return Err(CliError::Usage(conflict));
    }
    let Cli { options, command } = cli;
    log_to_stderr(options.verbose);
    let (order, args) = match command {
        Command::Plesk(Plesk::Renew(renew)) => (PreparedOrder::try_from(&renew)?, renew.place),
        Command::Server(Server::Extend(extend)) => {
            (PreparedOrder::try_from(&extend)?, extend.place)
        }
        Command::Orders(command) => {
            return block_on(async |it| orders::run(command, &options, output, it).await);
        }
        Command::Batch(command) => {
            return block_on(async |it| batch::run(command, &options, output, it).await);
        }
        Command::Sandbox { listen, fault, targets } => {
            return block_on(async |it| sandbox::run(listen, fault, targets, output, it).await);
        }
        Command::Spec { host, format } => return spec::print(host.as_deref(), format, output),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "oxhost", &mut script);
            return Ok(output.document(output.raw(&script)));
        }
    };
    block_on(async |it| place::run(order, &args, &options, output, it).await)
}

/// Waits for the end of something that a signal may end.
fn block_on(
    work: impl AsyncFnOnce(&mut Interruption) -> Result<Exit, CliError>,
) -> Result<Exit, CliError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| {
        CliError::Configuration(format!("the system refuses what waiting needs: {error}"))
    })?;
    let exit = runtime.block_on(async {
        interruption::outlive_full_files();
        work(&mut Interruption::listen()).await
    });
    // A question that nobody answered still waits for its line.
    runtime.shutdown_background();
    exit
}

/// Help and version are answers; everything else is a usage error, in the format that was asked for.
fn misread(error: clap::Error) -> Exit {
    let text = Output::from(Wanted::Text);
    if !error.use_stderr() {
        return text.document(error.print());
    }
    let error = harmless(error);
    if let Some(wanted) = asked_for_json(std::env::args_os().skip(1)) {
        let message = error.render().to_string();
        let message = message.trim().trim_start_matches("error: ").to_owned();
        return Report::error(&CliError::Usage(message), "").tell(wanted.into());
    }
    let _ = error.print();
    Exit::Usage
}

/// The same error for people, if the arguments that it repeats hold what steers a terminal.
fn harmless(error: clap::Error) -> clap::Error {
    let args: Vec<_> = std::env::args_os().collect();
    let shown: Vec<String> = args.iter().map(|arg| one_line(&arg.to_string_lossy())).collect();
    if args.iter().zip(&shown).all(|(arg, shown)| arg == shown.as_str()) {
        return error;
    }
    let again = Cli::try_parse_from(&shown).err().filter(clap::Error::use_stderr);
    again.unwrap_or_else(|| {
        let why = "an argument is no text, or holds characters that do not show\n";
        Cli::command().error(clap::error::ErrorKind::InvalidUtf8, why)
    })
}

/// As clap reads `-o json` and `-o jsonl`, in a command line that clap could not read.
fn asked_for_json(args: impl Iterator<Item = OsString>) -> Option<Wanted> {
    let json = |value: &str| match value {
        "json" => Some(Wanted::Json),
        "jsonl" => Some(Wanted::Jsonl),
        _ => None,
    };
    let args: Vec<String> = args.map(|arg| arg.to_string_lossy().into_owned()).collect();
    let value_of = |arg: &str| {
        // `-o` may stand behind flags: `-yojson`.
        let short = arg
            .strip_prefix('-')
            .and_then(|it| it.trim_start_matches(['v', 'y']).strip_prefix('o'));
        let value = arg.strip_prefix("--output").or(short)?;
        Some(value.strip_prefix('=').unwrap_or(value).to_owned())
    };
    let next = args.iter().skip(1).map(String::as_str).chain([""]);
    args.iter().zip(next).find_map(|(arg, next)| match value_of(arg)?.as_str() {
        "" => json(next),
        value => json(value),
    })
}

/// Only the library's own events: others' could show headers.
fn log_to_stderr(verbose: u8) {
    use tracing_subscriber::filter::{LevelFilter, Targets};
    use tracing_subscriber::layer::SubscriberExt;
    use tracing_subscriber::util::SubscriberInitExt;
    let level = match verbose {
        0 => return,
        1 => LevelFilter::INFO,
        _ => LevelFilter::DEBUG,
    };
    let layer =
        tracing_subscriber::fmt::layer().with_writer(|| Log).with_ansi(false).without_time();
    let only_ours = Targets::new().with_target("oxhost", level);
    tracing_subscriber::registry().with(only_ours).with(layer).init();
}
