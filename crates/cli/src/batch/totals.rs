//! What the rows of a batch come to, in words and as an exit code.

use oxhost_journal::{RowState, Stopped, Totals};

use super::quoted;
use crate::exit::Exit;

/// How many rows are in each of these states; those that none is in are left out.
pub(crate) fn counts(totals: &Totals, states: &[RowState]) -> String {
    let some = states.iter().filter(|state| totals.of(**state) > 0);
    let words: Vec<String> = some
        .map(|state| format!("{} {}", totals.of(*state), state.as_str().replace('_', " ")))
        .collect();
    if words.is_empty() { "none has ended".to_owned() } else { words.join(", ") }
}

/// What was spent, and what may be.
pub(crate) fn money(totals: &Totals) -> String {
    let mut words = format!("{} EUR spent", totals.spent);
    if totals.unpriced > 0 {
        words += &format!(" beside {} accepted without an amount", totals.unpriced);
    }
    if !totals.reserved.amount().is_zero() {
        words += &format!(", {} EUR reserved for orders whose cost is not known", totals.reserved);
    }
    words
}

/// All of it, on a line.
pub(crate) fn line(totals: &Totals) -> String {
    let rows = if totals.rows() == 1 { "row" } else { "rows" };
    format!("{} {rows}: {}; {}", totals.rows(), counts(totals, RowState::ALL), money(totals))
}

/// The exit code of a batch as it is.
pub(crate) fn exit(totals: &Totals, stopped: Option<&Stopped>) -> Exit {
    match stopped {
        Some(Stopped::Asked) => Exit::Interrupted,
        _ if totals.unknown + totals.taken > 0 => Exit::Unknown,
        Some(Stopped::Journal(_) | Stopped::Refused { status: 401 | 403 }) => Exit::Configuration,
        _ if totals.refused > 0 => Exit::Refused,
        _ if totals.not_sent + totals.waiting > 0 => Exit::NotSent,
        _ => Exit::Success,
    }
}

/// What to do next about a batch that has not ended, or not well.
pub(crate) fn advice(
    name: &str,
    totals: &Totals,
    stopped: Option<&Stopped>,
    is_limited: bool,
) -> Option<String> {
    let name = quoted(name);
    let (resume, report) =
        (format!("`oxhost batch resume {name}`"), format!("`oxhost batch report {name}`"));
    let rows = |count: u64, one: &str, many: &str| match count {
        0 => None,
        1 => Some(format!("1 row {one}")),
        count => Some(format!("{count} rows {many}")),
    };
    let goes_on = match stopped {
        Some(Stopped::SpendLimit) => format!("{resume} with a higher --max-spend goes on."),
        None if is_limited => {
            format!("{resume} goes on, with a higher --max-spend where the limit is used up.")
        }
        _ => format!("{resume} goes on."),
    };
    let all = [
        rows(totals.unknown, "MAY have been ordered: do NOT order it again.", "MAY have been ordered: do NOT order them again.")
            .map(|rows| {
                format!(
                    "{rows} {resume} finds out; what it cannot tell, {report} lists, with the id for `oxhost orders verify`."
                )
            }),
        rows(
            totals.taken,
            "is under way, or was left by a worker that is gone: it MAY have been ordered.",
            "are under way, or were left by a worker that is gone: they MAY have been ordered.",
        )
        .map(|rows| format!("{rows} {resume} takes over what was left, and orders nothing twice.")),
        rows(totals.waiting, "was not ordered, and cost nothing:", "were not ordered, and cost nothing:")
            .map(|rows| format!("{rows} {goes_on}")),
        rows(
            totals.not_sent,
            "was not sent or not placed, and cost nothing:",
            "were not sent or not placed, and cost nothing:",
        )
        .map(|rows| format!("{rows} {report} says why and what to change, and {resume} tries again.")),
        rows(totals.refused, "was refused, and cost nothing:", "were refused, and cost nothing:")
            .map(|rows| {
                format!("{rows} {report} says why. What is corrected is a row with another `ref`.")
            }),
        rows(totals.warned, "was accepted with something odd:", "were accepted with something odd:")
            .map(|rows| format!("{rows} {report} says what.")),
    ];
    let all: Vec<String> = all.into_iter().flatten().collect();
    (!all.is_empty()).then(|| all.join(" "))
}
