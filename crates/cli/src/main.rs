//! The `oxhost` command.

mod args;
mod configuration;
mod hindrance;
mod interruption;
mod journal;
mod order;
mod orders;
mod output;
mod report;
mod spec;
mod wish;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory, Parser};
use oxhost::contract::CONTRACT;
use oxhost_sandbox::{Fault, Sandbox, page};
use serde_json::json;

use crate::args::{Cli, Command, Format, Plesk, Server, SpecFormat};
use crate::hindrance::Hindrance;
use crate::output::Output;
use crate::report::Exit;
use crate::wish::Wish;

fn main() -> ExitCode {
    match Cli::try_parse() {
        Ok(cli) => {
            let output = Output { format: cli.options.output };
            let place = journal::place(&cli.options);
            run(cli, output).unwrap_or_else(|hindrance| hindrance.tell(&place, output)).into()
        }
        Err(error) => misread(&error).into(),
    }
}

fn run(cli: Cli, output: Output) -> Result<Exit, Hindrance> {
    // clap misses a conflict of options before the subcommand with options after it (its #5335).
    if cli.options.sandbox && cli.options.base_url.is_some() {
        return Err(Hindrance::Usage("--sandbox cannot be used with --base-url".to_owned()));
    }
    log_to_stderr(cli.options.verbose);
    let usage = |error: oxhost::InvalidOrder| Hindrance::Usage(error.to_string());
    let wish: Wish = match cli.command {
        Command::Plesk(Plesk::Renew(renew)) => renew.try_into().map_err(usage)?,
        Command::Server(Server::Extend(extend)) => extend.try_into().map_err(usage)?,
        Command::Orders(command) => {
            return runtime()?.block_on(orders::run(command, &cli.options, output));
        }
        Command::Sandbox { listen, fault } => return sandbox(listen, fault, output),
        Command::Spec { host, format } => return print_spec(host.as_deref(), format, output),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "oxhost", &mut script);
            output.raw(&script);
            return Ok(Exit::Accepted);
        }
    };
    let runtime = runtime()?;
    let exit = runtime.block_on(wish::run(wish, &cli.options, output));
    // A question that nobody answered still waits for its line.
    runtime.shutdown_background();
    exit
}

fn runtime() -> Result<tokio::runtime::Runtime, Hindrance> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| {
        Hindrance::Configuration(format!("the system refuses what waiting needs: {error}"))
    })
}

fn sandbox(
    listen: std::net::SocketAddr,
    faults: Vec<Fault>,
    output: Output,
) -> Result<Exit, Hindrance> {
    let builder = Sandbox::builder().listen(listen);
    let builder = faults.into_iter().fold(builder, |builder, fault| builder.fault(fault));
    let sandbox = builder.start().map_err(|error| {
        Hindrance::Configuration(format!("the sandbox cannot listen on {listen}: {error}"))
    })?;
    runtime()?.block_on(async {
        // Before the URL is out: whoever reads it may stop us at once.
        let interrupted = interruption::interruption();
        let (url, key, user) = (sandbox.url(), sandbox.key(), sandbox.user_id());
        match output.format {
            Format::Json => output.json(&json!({"url": url, "api_key": key, "user_id": user})),
            Format::Text => output.text(&format!(
                "A sandbox of 0xHost listens on {url} until Ctrl-C. No real money is involved.\n\
                 Open {url} in a browser to read about the API and to try it.\n\n\
                 export OXHOST_BASE_URL={url}\n\
                 export OXHOST_API_KEY={key}\n\
                 oxhost plesk renew sub123-4567-8901-2345-678901234567 --months 3 --yes\n\
                 oxhost server extend server12345-6789-0123-4567-890123456789 --user {user} --hours 1 --yes\n\
                 curl {url}/sandbox/ledger"
            )),
        }
        interrupted.await;
    });
    Ok(Exit::Accepted)
}

fn print_spec(host: Option<&str>, format: SpecFormat, output: Output) -> Result<Exit, Hindrance> {
    let document = host.map_or_else(spec::whole, spec::of_host);
    match (host, format) {
        (None, SpecFormat::Yaml) => output.raw(CONTRACT.as_bytes()),
        (Some(_), SpecFormat::Yaml) => {
            let text = document.and_then(|document| spec::yaml(&document));
            output.raw(text.map_err(Hindrance::Configuration)?.as_bytes());
        }
        (_, SpecFormat::Json) => output.json(&document.map_err(Hindrance::Configuration)?),
        (_, SpecFormat::Html) => {
            let page =
                document.and_then(|it| page::published(it).map_err(|error| error.to_string()));
            output.raw(page.map_err(Hindrance::Configuration)?.as_bytes());
        }
    }
    Ok(Exit::Accepted)
}

/// Help and version are answers; everything else is a usage error, in the format that was asked for.
fn misread(error: &clap::Error) -> Exit {
    if !error.use_stderr() {
        let _ = error.print();
        return Exit::Accepted;
    }
    if asked_for_json(std::env::args_os().skip(1)) {
        let message = error.render().to_string();
        let message = message.trim().trim_start_matches("error: ").to_owned();
        return Hindrance::Usage(message).tell("", Output { format: Format::Json });
    }
    let _ = error.print();
    Exit::Usage
}

/// As clap reads `-o json`, in a command line that clap could not read.
fn asked_for_json(args: impl Iterator<Item = OsString>) -> bool {
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
    args.iter().zip(next).any(|(arg, next)| match value_of(arg).as_deref() {
        Some("") => next == "json",
        value => value == Some("json"),
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
    let layer = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .without_time();
    let only_ours = Targets::new().with_target("oxhost", level);
    tracing_subscriber::registry().with(only_ours).with(layer).init();
}
