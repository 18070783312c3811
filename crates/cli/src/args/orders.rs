//! What `oxhost orders` can be told.

use std::path::PathBuf;

use clap::builder::{NonEmptyStringValueParser, PossibleValuesParser, TypedValueParser};
use clap::{ArgGroup, Args, Subcommand, ValueEnum};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use oxhost_journal::{Resolution, State};

use super::Options;

#[derive(Subcommand)]
pub(crate) enum Orders {
    /// List them, the oldest first
    List {
        /// At most so many
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
        limit: Option<u32>,
        #[command(flatten)]
        which: Which,
        /// The newest first
        #[arg(long)]
        newest_first: bool,
    },
    /// Write all that is known of them to a file, to be archived
    ///
    /// One JSON object a line, or a table for a spreadsheet where the name of the file ends in .csv. The file is
    /// whole or not there, and replaces one of its name; without one, the lines go to stdout.
    Export {
        #[command(flatten)]
        which: Which,
        /// A file whose name ends in .jsonl, .ndjson or .csv
        #[arg(value_name = "FILE", value_parser = of_known_ending)]
        file: Option<PathBuf>,
    },
    /// Show all that is known of one
    Show {
        /// Its journal id, or the beginning of it that no other has
        id: String,
    },
    /// Find out what became of an order that is open or unknown, or of all; never sends one again
    ///
    /// Reads what the provider shows, again and again while the order is missing, and compares it with
    /// what there was before the order. Exit code 0: it was placed; 5: it was not; 6: undecided.
    ///
    /// With --all, every order that blocks its target is found out about, 16 at a time; one that another process may
    /// have under way is left alone until it no longer can be. Exit code 0: none is left; 6: some are still unknown.
    #[command(group(ArgGroup::new("which").args(["id", "all"]).required(true)))]
    Verify {
        /// Its journal id, or the beginning of it that no other has
        id: Option<String>,
        /// Every order that blocks its target. Asks nobody, and fits cron
        #[arg(long)]
        all: bool,
        /// Look for no longer than this, in seconds, for each order [default: until it can be believed that the
        /// order was not placed]
        #[arg(long, value_name = "SECS", value_parser = clap::value_parser!(u64).range(..=86_400))]
        settle: Option<u64>,
    },
    /// Delete old orders from the journal that nothing depends on any more
    ///
    /// Only such that are settled. Those are kept whose target an order blocks, which belong to a batch, and which
    /// were placed under a --ref: without them, the same --ref again would be a new order. Asks first. The file of a
    /// journal does not shrink: what gets free is used for what comes.
    Prune {
        /// Those that last changed before this, at least 48 hours ago: a date such as 2026-01-31 (UTC), a time such
        /// as 2026-01-31T08:00:00Z, or how long ago, such as 90d
        #[arg(long, value_name = "T", value_parser = moment)]
        before: Timestamp,
        /// Those placed under a --ref, too: THE SAME --ref AGAIN IS THEN CHARGED AGAIN
        #[arg(long)]
        with_refs: bool,
    },
    /// Say what became of an order that nothing else can decide, or correct what you said before
    Resolve {
        /// Its journal id, or the beginning of it that no other has
        id: String,
        /// What you found, in the client area or from the provider
        #[arg(long = "as", value_enum)]
        found: Found,
        /// How you know. It is kept
        #[arg(long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
        reason: String,
    },
}

/// Which orders are meant.
#[derive(Args)]
pub(crate) struct Which {
    /// Only those in this state
    #[arg(long, value_parser = PossibleValuesParser::new(State::ALL.iter().map(|it| it.as_str())).try_map(|text| text.parse::<State>()))]
    pub(crate) state: Option<State>,
    /// Only those written down at this time or later: a date such as 2026-01-31 (UTC), a time such as
    /// 2026-01-31T08:00:00Z, or how long ago, such as 7d or 24h
    #[arg(long, value_name = "T", value_parser = moment)]
    pub(crate) since: Option<Timestamp>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Found {
    /// It was placed and charged
    Ordered,
    /// It was not placed
    NotOrdered,
}

impl From<Found> for Resolution {
    fn from(found: Found) -> Self {
        match found {
            Found::Ordered => Self::Ordered,
            Found::NotOrdered => Self::NotOrdered,
        }
    }
}

impl Orders {
    /// Options that cannot work together with this command.
    pub(super) fn conflict(&self, options: &Options) -> Option<String> {
        if options.sandbox {
            let why = "the journal of --sandbox goes with it, so there are no orders to look at";
            return Some(why.to_owned());
        }
        match self {
            Self::Export { file: Some(_), .. } if options.dry_run => {
                Some("--dry-run cannot be used with a file to write to".to_owned())
            }
            _ => None,
        }
    }
}

/// A time, in any of the ways in which people name one. Without a zone it is UTC, as all times are that are shown.
fn moment(text: &str) -> Result<Timestamp, String> {
    let date = || Some(super::date(text).ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp());
    let ago = || {
        let now = Timestamp::now().to_zoned(TimeZone::UTC);
        let span: Span = text.parse().ok()?;
        Some(now.checked_sub(span.abs()).ok()?.timestamp())
    };
    text.parse().ok().or_else(date).or_else(ago).ok_or_else(|| {
        "it is no date such as 2026-01-31, no time such as 2026-01-31T08:00:00Z, and no span such as 7d or 24h"
            .to_owned()
    })
}

fn of_known_ending(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    match path.extension().and_then(|it| it.to_str()) {
        Some("csv" | "jsonl" | "ndjson") => Ok(path),
        _ => Err("its name must end in .jsonl, .ndjson or .csv".to_owned()),
    }
}

#[cfg(test)]
mod tests;
