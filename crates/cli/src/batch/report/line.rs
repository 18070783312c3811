//! A row of a batch, as every report has it.

use jiff::Timestamp;
use jiff::civil::Date;
use oxhost::{CivilDateTime, Money};
use oxhost_journal::{BatchOrder, RecordedRow, RowState};
use serde::Serialize;

use crate::batch::quoted;

/// A row, as every format has it.
#[derive(Serialize)]
pub(super) struct Line {
    pub(super) line: u64,
    #[serde(rename = "ref")]
    pub(super) reference: String,
    pub(super) kind: &'static str,
    pub(super) target: String,
    pub(super) months: Option<u32>,
    pub(super) until: Option<Date>,
    pub(super) hours: Option<u32>,
    pub(super) state: RowState,
    pub(super) amount: Option<Money>,
    pub(super) currency: Option<String>,
    pub(super) order_id: Option<String>,
    pub(super) order_number: Option<String>,
    pub(super) expires_at: Option<CivilDateTime>,
    pub(super) reason: Option<String>,
    pub(super) journal_id: Option<String>,
    pub(super) next: Option<String>,
    /// What is reserved for it.
    #[serde(skip)]
    pub(super) reserved: Option<Money>,
    /// When its order was written down, right before it was sent.
    #[serde(skip)]
    pub(super) written: Option<Timestamp>,
    /// When anything of its order last changed.
    #[serde(skip)]
    pub(super) changed: Option<Timestamp>,
}

impl Line {
    pub(super) fn of(batch: &str, recorded: &RecordedRow) -> Self {
        let row = &recorded.row;
        let (mut months, mut until, mut hours) = (None, None, None);
        let kind = match &row.order {
            BatchOrder::Renewal(order) => {
                months = Some(order.months.get());
                "plesk_renew"
            }
            BatchOrder::RenewalUntil { date, .. } => {
                until = Some(*date);
                "plesk_renew"
            }
            BatchOrder::Extension(order) => {
                hours = Some(order.hours.get());
                "server_extend"
            }
        };
        let entry = recorded.entry.as_ref();
        let receipt = entry.and_then(|entry| entry.receipt());
        let journal_id = entry.map(|entry| entry.id.clone());
        let next = match (recorded.state, &journal_id) {
            (RowState::Unknown, Some(id)) => Some(format!("oxhost orders verify {id}")),
            (RowState::Unknown | RowState::Waiting | RowState::Taken | RowState::NotSent, _) => {
                Some(format!("oxhost batch resume {}", quoted(batch)))
            }
            _ => None,
        };
        Self {
            line: row.line,
            reference: row.reference.clone(),
            kind,
            target: row.order.target().to_owned(),
            months,
            until,
            hours,
            state: recorded.state,
            amount: recorded.charged,
            currency: recorded.charged.map(|_| "EUR".to_owned()),
            order_id: receipt.and_then(|it| it.order_id.clone()),
            order_number: receipt.and_then(|it| it.order_number.clone()),
            expires_at: receipt.and_then(|it| it.expires_at),
            reason: recorded.reason.clone(),
            journal_id,
            next,
            reserved: recorded.reserved,
            written: entry.map(|entry| entry.created_at),
            changed: entry.map(|entry| entry.changed_at),
        }
    }

    /// What was ordered, in words.
    pub(super) fn ordered(&self) -> String {
        match (self.months, self.until, self.hours) {
            (Some(1), _, _) => "1 month".to_owned(),
            (Some(months), _, _) => format!("{months} months"),
            (_, Some(until), _) => format!("until {until}"),
            (_, _, Some(1)) => "1 hour".to_owned(),
            (_, _, Some(hours)) => format!("{hours} hours"),
            _ => String::new(),
        }
    }

    /// Its reference, where that says more than the target.
    pub(super) fn own_reference(&self) -> Option<&str> {
        (self.reference != self.target).then_some(self.reference.as_str())
    }
}
