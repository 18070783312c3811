//! What `oxhost batch` can be told.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use oxhost_journal::{JournalError, verify_batch_name};
use oxhost_sandbox::Decimal;

use super::Options;
use crate::batch::InputFormat;

const INPUT: &str = "\
The input is CSV with a header row, or JSON lines; `oxhost batch template` prints one to fill in. Its columns:
  kind     plesk_renew or server_extend
  target   id of the subscription or server
  months   calendar months to add, or
  until    a date: the months that are missing for it to last until then, none if it does already
  hours    hours to add to a server
  user     id of the user who owns the server and pays
  plan     a plan to move the subscription to as well
  payment  balance, or crypto
  ref      your own reference of the row; the target, where there is none. No two rows have the same
All of it is checked before the first order: every bad row is told, and nothing is sent.";

const BATCH_EXIT_CODES: &str = "\
Exit codes: 130 interrupted; 6 some orders MAY have been placed; 3 configuration, journal or API key; 4 some were
refused; 5 some were not sent, or are left; 0 all rows are accepted, or had nothing to order. Of several, the first
that holds. 2: the input or the command line is wrong, and nothing was sent.";

#[derive(Subcommand)]
pub(crate) enum Batch {
    /// Say what a batch would order, what that costs, and what is odd; sends no order, and writes nothing
    #[command(after_help = INPUT)]
    Plan {
        #[command(flatten)]
        input: InputArgs,
        /// Leave out the rows that this batch has done already
        #[arg(long, value_name = "NAME", value_parser = batch_name)]
        batch: Option<String>,
        /// Read so much at once
        #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=1024))]
        concurrency: u16,
        #[command(flatten)]
        limits: Limits,
    },
    /// Order all rows, each once, whoever runs the same batch again. Charges money.
    ///
    /// The batch's name and a row's reference are the order's --ref. A row whose order ends unknown is found out
    /// about while others go on, and not sent again in that run. It stops by itself at --max-spend, where the
    /// provider takes no order of this key (401, 402, 403) or points elsewhere, and after --max-unknown orders
    /// without an answer. Ctrl-C lets orders under way end; a second one leaves at once, and loses nothing.
    #[command(after_help = INPUT, after_long_help = INPUT.to_owned() + "\n\n" + BATCH_EXIT_CODES)]
    Run {
        #[command(flatten)]
        input: InputArgs,
        /// Name of the batch, such as 2026-12: the same name again sends nothing that was sent
        #[arg(long, value_name = "NAME", value_parser = batch_name)]
        batch: String,
        #[command(flatten)]
        pace: Pace,
    },
    /// Go on with a batch where it was left, from here or elsewhere
    #[command(after_help = BATCH_EXIT_CODES)]
    Resume {
        /// Name of the batch
        #[arg(value_parser = batch_name)]
        name: String,
        #[command(flatten)]
        pace: Pace,
    },
    /// Say how far a batch is, and what it has cost; without a name, of all batches
    Status {
        /// Name of the batch
        #[arg(value_parser = batch_name)]
        name: Option<String>,
    },
    /// Print every row of a batch, and what became of it
    Report {
        /// Name of the batch
        #[arg(value_parser = batch_name)]
        name: String,
        /// What to print [default: text; with -o json, jsonl]
        #[arg(long, value_enum)]
        format: Option<ReportFormat>,
    },
    /// Print an input to fill in
    #[command(after_help = INPUT)]
    Template,
}

#[derive(Args)]
pub(crate) struct InputArgs {
    /// The rows; `-` reads them from stdin
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// What the file is [default: by its ending, or by how it begins]
    #[arg(long, value_enum)]
    pub(crate) format: Option<InputFormat>,
    /// Its characters, such as windows-1252 [default: UTF-8, or UTF-16 if it says so itself]
    #[arg(long, value_name = "NAME")]
    pub(crate) charset: Option<String>,
    /// Leave out the targets and references in this file, one a line. Those that are in the batch already and wait
    /// are left out for good
    #[arg(long, value_name = "FILE")]
    pub(crate) except: Option<PathBuf>,
}

/// How fast, and how far.
#[derive(Args)]
pub(crate) struct Pace {
    /// So many orders at once
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) concurrency: u16,
    /// At most so many orders a second, by all who work on the batch together; 0.2/s is one in 5 s
    #[arg(long, value_name = "N/s", value_parser = rate)]
    pub(crate) rate: Option<Decimal>,
    #[command(flatten)]
    pub(crate) limits: Limits,
    /// Stop after so many orders in a row that end unknown, or do not reach the provider
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) max_unknown: u32,
    /// Write a report to this file at the end: CSV, HTML, JSON lines or text, by its ending
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
}

/// What is not ordered.
#[derive(Args)]
pub(crate) struct Limits {
    /// What the batch may cost in all, in EUR, what it has cost before included. It stays with the batch
    #[arg(long, value_name = "EUR", value_parser = amount)]
    pub(crate) max_spend: Option<Decimal>,
    /// With --max-spend, send orders whose price nobody knows before, too: a server's, another plan's, one in
    /// crypto. Each counts as the dearest such month or hour so far, the first as all that is left
    #[arg(long)]
    pub(crate) allow_unknown_price: bool,
    /// Renew only subscriptions that end today, in UTC, or within so many whole days after it
    #[arg(long, value_name = "DAYS")]
    pub(crate) due_within: Option<u32>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    /// Lines for people
    Text,
    /// A table for a spreadsheet
    Csv,
    /// One JSON object a line
    Jsonl,
    /// A page for a browser: what failed first, and the money a day
    Html,
}

fn batch_name(text: &str) -> Result<String, JournalError> {
    verify_batch_name(text).map(|()| text.to_owned())
}

fn rate(text: &str) -> Result<Decimal, String> {
    amount(text.strip_suffix("/s").unwrap_or(text)).and_then(|number| {
        match number > Decimal::ZERO {
            true => Ok(number),
            false => Err("it must be more than 0".to_owned()),
        }
    })
}

fn amount(text: &str) -> Result<Decimal, String> {
    let is_plain = text.bytes().all(|it| it.is_ascii_digit() || it == b'.' || it == b'-');
    // One with more digits than a decimal holds would be rounded.
    let number = Decimal::from_str_exact(text).ok().filter(|_| is_plain);
    let number = number.ok_or("it is no number such as 12.50")?;
    if number.is_sign_negative() { Err("it must not be negative".to_owned()) } else { Ok(number) }
}

impl Batch {
    /// Options that cannot work together with this command.
    pub(super) fn conflict(
        &self,
        options: &Options,
        one_of: &dyn Fn(&[&str]) -> Option<&'static str>,
    ) -> Option<String> {
        if options.sandbox
            && let Some(name) = one_of(&["--base-url", "--api-key-file", "--journal"])
        {
            return Some(format!("--sandbox cannot be used with {name}"));
        }
        let looks_back =
            matches!(self, Self::Resume { .. } | Self::Status { .. } | Self::Report { .. });
        if options.sandbox && looks_back {
            return Some(
                "the journal of --sandbox goes with it, so there are no batches".to_owned(),
            );
        }
        let sends = matches!(self, Self::Run { .. } | Self::Resume { .. });
        if options.dry_run && sends {
            return Some(
                "--dry-run cannot be used with a batch: use `oxhost batch plan`".to_owned(),
            );
        }
        match self {
            Self::Run { input, .. }
                if input.file.as_os_str() == "-" && !options.yes && !options.sandbox =>
            {
                Some("with rows from stdin there is nobody to ask: add --yes".to_owned())
            }
            _ => None,
        }
    }
}
