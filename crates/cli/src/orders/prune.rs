//! `oxhost orders prune`: lets go of old orders that nothing depends on.

use jiff::Timestamp;
use oxhost_journal::{Journal, PruneOptions, Pruned};
use serde::Serialize;

use crate::args::Options;
use crate::error::CliError;
use crate::exit::Exit;
use crate::interruption::Interruption;
use crate::output::{Format, Output};
use crate::place::{is_yes, must_ask_that};
use crate::report::Marks;

const STOPPED: &str = "interrupted; nothing was pruned";

/// The JSON object.
#[derive(Serialize)]
struct Told {
    #[serde(flatten)]
    marks: Marks,
    before: String,
    pruned: u64,
    kept: Kept,
}

#[derive(Serialize)]
struct Kept {
    blocked: u64,
    in_batches: u64,
    referenced: u64,
}

pub(super) async fn run(
    journal: Option<&Journal>,
    before: Timestamp,
    with_refs: bool,
    options: &Options,
    output: Output,
    interruption: &mut Interruption,
) -> Result<Exit, CliError> {
    let ask = must_ask_that("this deletes orders from the journal", options)?;
    let mut wanted = PruneOptions::before(before);
    if with_refs {
        wanted = wanted.with_references();
    }
    let Some(journal) = journal else {
        return Ok(tell(&Pruned::default(), before, options, output));
    };
    if ask || options.dry_run {
        let counted = tokio::select! {
            biased;
            counted = journal.prunable(&wanted) => counted?,
            () = interruption.heard() => return Err(CliError::Interrupted(STOPPED)),
        };
        if options.dry_run || counted.orders == 0 {
            return Ok(tell(&counted, before, options, output));
        }
        output.ask(&question(&counted, before, with_refs));
        let yes = tokio::select! {
            biased;
            () = interruption.heard() => return Err(CliError::Interrupted(STOPPED)),
            yes = is_yes() => yes,
        };
        if !yes {
            return Err(CliError::Declined);
        }
    }
    // It hears itself whether someone wants it to end, so that what it tells is what it did.
    let pruned = journal.prune(&wanted, interruption.heard()).await?;
    Ok(tell(&pruned, before, options, output))
}

fn question(counted: &Pruned, before: Timestamp, with_refs: bool) -> String {
    let warning = match with_refs {
        true => {
            "\n  Those with a --ref are among them: THE SAME --ref AGAIN IS THEN CHARGED AGAIN."
        }
        false => "",
    };
    format!(
        "Delete {} from the journal that did not change since {before:.0}?{warning}\n  `oxhost orders export FILE` keeps a copy. Go on? [y/N] ",
        orders(counted.orders)
    )
}

fn tell(pruned: &Pruned, before: Timestamp, options: &Options, output: Output) -> Exit {
    let exit_code = if pruned.stopped { Exit::Interrupted } else { Exit::Success };
    let words = words(pruned, options.dry_run);
    let written = match output.format {
        Format::Json => {
            let (interrupted, dry_run) = (pruned.stopped, options.dry_run);
            output.json(&Told {
                marks: Marks { exit_code, interrupted, dry_run, ..Marks::default() },
                before: before.to_string(),
                pruned: pruned.orders,
                kept: Kept {
                    blocked: pruned.blocked,
                    in_batches: pruned.in_batches,
                    referenced: pruned.referenced,
                },
            })
        }
        Format::Text => output.text(&words),
    };
    output.result(written, exit_code, &words)
}

fn words(pruned: &Pruned, dry_run: bool) -> String {
    let first = match (dry_run, pruned.stopped) {
        (true, _) => format!("dry run: {} would be pruned", orders(pruned.orders)),
        (false, true) => format!("interrupted: {} pruned so far", orders(pruned.orders)),
        (false, false) => format!("{} pruned", orders(pruned.orders)),
    };
    let kept = [
        (pruned.blocked, "kept: an order blocks their target, or they are one that does"),
        (pruned.in_batches, "kept: they belong to a batch"),
        (
            pruned.referenced,
            "kept: their --ref would be ordered again (--with-refs prunes them, too)",
        ),
    ];
    let kept = kept.into_iter().filter(|(count, _)| *count > 0);
    let kept = kept.map(|(count, why)| format!("  {count} {why}"));
    [first].into_iter().chain(kept).collect::<Vec<_>>().join("\n")
}

fn orders(count: u64) -> String {
    if count == 1 { "1 order".to_owned() } else { format!("{count} orders") }
}
