//! How a row ends, by what the journal has of its order.

use std::time::Duration;

use super::totals::charged;
use crate::clock::micros;
use crate::entry::{Answer, Entry};
use crate::error::JournalError;
use crate::findings::Findings;
use crate::journal::Journal;
use crate::order::JournaledOrder;
use crate::row_state::RowState;
use crate::state::State;
use crate::store::{Ending, Settlement};
use crate::verdict::Verdict;

const NOT_SHOWN: &str = "the provider did not show the order for long enough: the next run looks again, and orders it if it still does not show";

/// Until what has come in between is past.
const A_MOMENT: Duration = Duration::from_secs(1);

impl Ending {
    pub(super) fn new(state: RowState) -> Self {
        Self {
            state,
            order_id: None,
            charged: None,
            reason: None,
            pause: None,
            repeats: false,
            month: None,
            hour: None,
        }
    }

    pub(super) fn waiting(why: impl Into<String>) -> Self {
        Self { reason: Some(why.into()), ..Self::new(RowState::Waiting) }
    }

    /// Something has come in between.
    pub(super) fn again(why: String) -> Self {
        Self { pause: Some(micros(A_MOMENT)), repeats: true, ..Self::waiting(why) }
    }

    pub(super) fn not_sent(why: String) -> Self {
        Self { reason: Some(why), ..Self::new(RowState::NotSent) }
    }

    pub(super) fn skipped(why: String) -> Self {
        Self { reason: Some(why), ..Self::new(RowState::Skipped) }
    }
}

impl Journal {
    /// Writes down what an order that was found out about makes of the row of a batch that it is for.
    pub(crate) async fn settle_row_of(&self, entry: &Entry) -> Result<(), JournalError> {
        let Some(row) = self.store.row_of(entry).await?.filter(|_| !entry.state.blocks()) else {
            return Ok(());
        };
        let settlement = Settlement { row, ending: of_entry(entry), corrects: true };
        self.store.settle(&settlement).await
    }
}

/// What an order of the journal makes of its row.
pub(super) fn of_entry(entry: &Entry) -> Ending {
    let reason = match &entry.answer {
        Some(Answer::Failure(failure)) => {
            let words = failure.message.as_ref().unwrap_or(&failure.reason);
            Some(match failure.status {
                Some(status) => format!("{words} (HTTP {status})"),
                None => words.clone(),
            })
        }
        Some(Answer::Receipt(_)) | None => None,
    };
    let of = |state| Ending {
        order_id: Some(entry.id.clone()),
        reason: reason.clone(),
        ..Ending::new(state)
    };
    match entry.state {
        State::Accepted | State::Confirmed => accepted(entry),
        State::Refused => of(RowState::Refused),
        State::NotSent => of(RowState::NotSent),
        State::NotOrdered if !entry.resolutions.is_empty() => Ending {
            reason: Some("a person said that it was not placed".to_owned()),
            ..of(RowState::NotSent)
        },
        // Its sender was gone before it had an answer, if it has sent it at all.
        State::NotOrdered if entry.answer.is_none() => {
            Ending { repeats: true, ..of(RowState::Waiting) }
        }
        // It was sent. A later run orders it, after one more look: the longer it has not shown, the surer it is.
        State::NotOrdered => Ending { reason: Some(NOT_SHOWN.to_owned()), ..of(RowState::NotSent) },
        State::Claimed | State::Open | State::Unknown => of(RowState::Unknown),
    }
}

fn accepted(entry: &Entry) -> Ending {
    let found = match &entry.findings {
        Some(Findings { verdict: Verdict::Confirmed { order }, .. }) => charged(order.amount, None),
        _ => None,
    };
    let told = entry.receipt().and_then(|it| charged(it.amount, it.currency.as_deref()));
    // Nothing is sold for nothing or less: that names no amount.
    let charged = told.or(found).filter(|it| *it > 0);
    let per = |count: u32| charged.map(|it| it.div_euclid(count.into()) + 1);
    let (month, hour) = match entry.order() {
        Some(JournaledOrder::Renewal(order)) => (per(order.months.get()), None),
        Some(JournaledOrder::Extension(order)) => (None, per(order.hours.get())),
        None => (None, None),
    };
    let warnings = entry.receipt().map(|it| it.warnings.join("; ")).filter(|it| !it.is_empty());
    let (order_id, reason) = (Some(entry.id.clone()), warnings);
    Ending { order_id, charged, reason, month, hour, ..Ending::new(RowState::Accepted) }
}

/// Whether a refusal says nothing of the order itself.
pub(super) fn is_passing(entry: &Entry) -> bool {
    let Some(Answer::Failure(failure)) = &entry.answer else { return false };
    matches!(failure.status, Some(401..=403 | 429))
}

pub(super) fn why_undecided(entry: &Entry) -> String {
    match entry.findings.as_ref().map(|findings| &findings.verdict) {
        Some(Verdict::Undecided { why }) => why.clone(),
        _ => "nobody could find out what became of it".to_owned(),
    }
}
