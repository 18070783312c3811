//! What the command can be told. Every text here is the manual.

mod batch;
mod orders;

use std::path::PathBuf;

use clap::builder::{NonEmptyStringValueParser, PossibleValuesParser};
use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::civil::Date;
use oxhost::types::Payment;
use oxhost_sandbox::Fault;

use crate::output::Wanted;
use crate::spec::SpecFormat;

pub(crate) use batch::{Batch, InputArgs, Limits, Pace, ReportFormat};
pub(crate) use orders::{Orders, Which};

const EXIT_CODES: &str = "\
Exit codes:
  0    accepted (or nothing was to be sent: --dry-run, or it lasts until --until already)
  2    usage: the command line is wrong, nothing was sent
  3    configuration, journal or API key, also when the provider refuses the key (401, 403)
  4    refused: the provider said no, nothing was charged
  5    not sent: the provider was not reached, nothing was charged
  6    unknown: the order MAY have been placed; do not send it again, find out with
       `oxhost orders verify`
  7    done, but the result could not be written to stdout; stderr has it. Do not order again.
       A stdout that is closed (>&-) cannot be told from /dev/null, and counts as written
  8    blocked: an earlier order may still be under way, or may have been placed; nothing was sent
  130  interrupted

JSON (-o json): one object, with
  outcome        accepted, refused, not_sent or unknown; null where there is no order to speak of
  exit_code      as above
  blocked        true: an earlier order stands in the way, and nothing was sent
  blocked_by     id of that order in the journal
  dry_run        true: nothing was sent, and nothing changed
  nothing_to_do  true: it lasts until --until already
  interrupted    true: a signal came; outcome says what is known of the order, null if there is none
  recorded       true: ordered before under the same --ref; nothing was charged now
  error          why there is no order to speak of, in words; of an order, reason says why
and, of an order, operation, target, journal_id, status, order_id, order_number, amount, currency,
balance_before, balance_after, expires_at, message, reason, warnings, advice, retry_after_seconds,
reply (and request in a dry run), each null where it is not known. `orders` gives those marks and the
order as it is in the journal. With -o jsonl, each object is on one line; `orders list` then gives the
orders alone, and a line with the marks only where something is wrong.

Environment:
  OXHOST_API_KEY   the API key, unless --api-key-file names a file
  OXHOST_BASE_URL  as --base-url
  OXHOST_JOURNAL   as --journal

Try it without a key and without a charge:
  oxhost --sandbox plesk renew sub123-4567-8901-2345-678901234567 --months 3";

/// Renew Plesk subscriptions and extend servers at 0xHost.
///
/// Every order is sent at most once and ends as accepted, refused, not sent or unknown. A journal
/// remembers it: an order that may have been placed is not ordered again until that is found out.
#[derive(Parser)]
#[command(name = "oxhost", version, after_help = EXIT_CODES, disable_help_subcommand = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) options: Options,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Args)]
#[command(next_help_heading = "Options for every order")]
pub(crate) struct Options {
    /// Run the order against an embedded sandbox: no key is needed, nothing is charged. It has a
    /// journal of its own
    #[arg(long, global = true)]
    pub(crate) sandbox: bool,

    /// Send everything to this URL instead of the provider's two hosts [env: OXHOST_BASE_URL]
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) base_url: Option<String>,

    /// Read the API key from this file [default: the environment's OXHOST_API_KEY]
    #[arg(long, global = true, value_name = "PATH")]
    pub(crate) api_key_file: Option<PathBuf>,

    /// Where orders are remembered: a file, sqlite://PATH or postgres://USER@HOST/DATABASE. A URL with
    /// a password belongs into the environment [env: OXHOST_JOURNAL] [default: journal.db in the
    /// platform's folder for data]
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) journal: Option<String>,

    /// Text for people, or exactly one JSON object on stdout, errors included; with jsonl, each object is on
    /// a line of its own, and a list has a line for each order
    #[arg(short, long, global = true, value_enum, default_value_t = Wanted::Text)]
    pub(crate) output: Wanted,

    /// Charge or delete without asking; needed where there is no terminal to ask on
    #[arg(short, long, global = true)]
    pub(crate) yes: bool,

    /// Print what would be sent or changed, with the key redacted; send nothing, change nothing
    #[arg(long, global = true)]
    pub(crate) dry_run: bool,

    /// Longest time to wait for the answer, in seconds; an order that runs out of it is unknown
    /// [default: 120]
    #[arg(long, global = true, value_name = "SECS", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(crate) timeout: Option<u64>,

    /// Say on stderr what is done; -vv says more. Never shows a body or a secret
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Plesk subscriptions (0xhost.com)
    #[command(subcommand)]
    Plesk(Plesk),
    /// Servers by the hour (0xhost.net)
    #[command(subcommand)]
    Server(Server),
    /// Orders that were placed from here: list them, find out what became of one
    #[command(subcommand)]
    Orders(Orders),
    /// Many orders under one name: planned, held to a limit, stopped and resumed; each is sent once
    #[command(subcommand)]
    Batch(Batch),
    /// Run a sandbox of the provider until Ctrl-C, for any program to test against; at its URL, a browser
    /// gets a page about the API that orders from it
    #[command(defer(|command| command.after_long_help(crate::sandbox::faults())))]
    Sandbox {
        /// Let something go wrong with every request that it concerns, such as after:close-reply@0 (an
        /// order is booked and never answered), before:status=503, after:wrap, lag=60, hide=renew_server or
        /// connect:reset; may be given several times, of which the first that concerns a request happens.
        /// --help lists all of them
        #[arg(long, value_name = "FAULT")]
        fault: Vec<Fault>,
        /// Have so many more targets, subscription-1 and server-1 and on, a balance that pays for all of
        /// them, and a clock that goes on: what a batch can be tried with
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
        targets: Option<u32>,
        /// Where to listen; port 0 takes a free one. With 0.0.0.0, which is all addresses, the URL that is
        /// printed is the one on this machine
        #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
        listen: std::net::SocketAddr,
    },
    /// Print the contract of the API, OpenAPI 3.0.3
    Spec {
        /// Only the operations of this host, with the host as the one server: what generators of clients
        /// in other languages need
        #[arg(long, value_name = "HOST", value_parser = PossibleValuesParser::new(oxhost_docs::hosts()))]
        host: Option<String>,
        /// YAML, the whole contract as hand-written, the same as JSON, or a page for people in one file
        /// [default: yaml; with -o json, json]
        #[arg(long, value_enum)]
        format: Option<SpecFormat>,
    },
    /// Print the completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

#[derive(Subcommand)]
pub(crate) enum Plesk {
    /// Renew a subscription by calendar months, counted from its present expiry. Charges money
    Renew(Renew),
}

/// A day and no more: a time would be dropped without a word.
fn date(text: &str) -> Result<Date, String> {
    let date = text.parse::<Date>().map_err(|error| error.to_string())?;
    if date.to_string() == text {
        Ok(date)
    } else {
        Err(format!("a date is written as YYYY-MM-DD, such as {date}"))
    }
}

#[derive(Args)]
pub(crate) struct Renew {
    /// Id of the subscription
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub(crate) subscription_id: String,

    /// Calendar months to add, from 1
    #[arg(long, value_name = "N", required_unless_present = "until", value_parser = clap::value_parser!(u32).range(1..=i64::from(i32::MAX)))]
    pub(crate) months: Option<u32>,

    /// Add the months that are missing for it to end on this date or later, such as 2026-12-31; none,
    /// if it does already. Paid from the balance, at once. Safe to run again
    #[arg(long, value_name = "DATE", value_parser = date, conflicts_with_all = ["months", "plan", "pay", "no_baseline"])]
    pub(crate) until: Option<Date>,

    /// Move the subscription to this plan as well
    #[arg(long, value_name = "PLAN_ID", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) plan: Option<String>,

    /// How to pay
    #[arg(long, value_enum, default_value_t = Pay::Balance)]
    pub(crate) pay: Pay,

    #[command(flatten)]
    pub(crate) place: PlaceArgs,
}

/// How an order is placed, whatever it is for.
#[derive(Args)]
pub(crate) struct PlaceArgs {
    /// Your own reference of this order, such as an invoice number: the same one again sends nothing
    /// and tells what became of the order. It is free again if that was refused, not sent or not placed
    #[arg(long = "ref", value_name = "REF", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) reference: Option<String>,

    /// Do not read first what there is before the order; should it end unknown, finding out is left to
    /// you
    #[arg(long, conflicts_with = "wait")]
    pub(crate) no_baseline: bool,

    /// If the order ends unknown, find out what became of it before ending
    #[arg(long)]
    pub(crate) wait: bool,

    /// Find out for no longer than this, in seconds [default: until it can be believed that the order
    /// was not placed]
    #[arg(long, value_name = "SECS", requires = "wait", value_parser = clap::value_parser!(u64).range(..=86_400))]
    pub(crate) settle: Option<u64>,

    /// Write the body of the answer to a new file as it was received, SECRETS INCLUDED, readable by you
    /// alone. Where there is no answer, or it broke off or is too long, there is no file
    #[arg(long, value_name = "FILE")]
    pub(crate) raw_reply: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Pay {
    /// From the account's balance, at once
    Balance,
    /// In a cryptocurrency; what the provider then answers is not documented
    Crypto,
}

impl From<Pay> for Payment {
    fn from(pay: Pay) -> Self {
        match pay {
            Pay::Balance => Self::Balance,
            Pay::Crypto => Self::Crypto,
        }
    }
}

#[derive(Subcommand)]
pub(crate) enum Server {
    /// Extend a server by hours, counted from its present expiry. Charges money
    Extend(Extend),
}

#[derive(Args)]
pub(crate) struct Extend {
    /// Id of the server
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub(crate) server_id: String,

    /// Id of the user who owns the server and pays
    #[arg(long, value_name = "USER_ID", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) user: String,

    /// Hours to add, from 1
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=i64::from(i32::MAX)))]
    pub(crate) hours: u32,

    #[command(flatten)]
    pub(crate) place: PlaceArgs,
}

impl Cli {
    /// Options that cannot work together, or with this command. clap misses those of which one stands
    /// before the subcommand and one after it (its #5335).
    pub(crate) fn conflict(&self) -> Option<String> {
        let options = &self.options;
        let (sandbox, dry_run) = (options.sandbox, options.dry_run);
        let given = [
            ("--sandbox", sandbox),
            ("--base-url", options.base_url.is_some()),
            ("--api-key-file", options.api_key_file.is_some()),
            ("--journal", options.journal.is_some()),
            ("--yes", options.yes),
            ("--dry-run", dry_run),
            ("--timeout", options.timeout.is_some()),
        ];
        let one_of = |names: &[&str]| {
            let found = given.iter().find(|(name, given)| *given && names.contains(name));
            found.map(|(name, _)| *name)
        };
        let place = match &self.command {
            Command::Plesk(Plesk::Renew(renew)) => {
                if dry_run && renew.until.is_some() {
                    return Some("--dry-run cannot be used with --until: a dry run sends nothing, and what is missing until a date must be read. Use --dry-run with --months".to_owned());
                }
                &renew.place
            }
            Command::Server(Server::Extend(extend)) => &extend.place,
            Command::Orders(orders) => return orders.conflict(options),
            Command::Batch(batch) => return batch.conflict(options, &one_of),
            Command::Sandbox { .. } | Command::Spec { .. } | Command::Completions { .. } => {
                let json = options.output != Wanted::Text;
                return match &self.command {
                    Command::Completions { .. } if json => {
                        Some("completions are not JSON: leave out --output".to_owned())
                    }
                    Command::Spec { .. } if options.output == Wanted::Jsonl => {
                        Some("the contract is one document: use --output json".to_owned())
                    }
                    Command::Spec { format: Some(format), .. }
                        if json && *format != SpecFormat::Json =>
                    {
                        Some("--output json cannot be used with another --format".to_owned())
                    }
                    _ => one_of(&given.map(|(name, _)| name))
                        .map(|name| format!("{name} cannot be used with this command")),
                };
            }
        };
        if sandbox && let Some(name) = one_of(&["--base-url", "--api-key-file", "--journal"]) {
            return Some(format!("--sandbox cannot be used with {name}"));
        }
        if dry_run && place.raw_reply.is_some() {
            return Some("--dry-run cannot be used with --raw-reply: there is no reply".to_owned());
        }
        None
    }
}
