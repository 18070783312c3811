//! What the rows of a batch come to.

use oxhost::Money;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::Serialize;

use crate::row_state::RowState;
use crate::store::{Ending, RowSum};

/// How many rows there are in each state, and what they come to, in EUR.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Totals {
    /// Nothing was sent for them.
    pub waiting: u64,
    /// Their orders are under way, or were when their worker was lost: they MAY have been placed.
    pub taken: u64,
    /// Their orders MAY have been placed.
    pub unknown: u64,
    /// Their orders were placed and charged.
    pub accepted: u64,
    /// The provider said no.
    pub refused: u64,
    /// Their orders were not sent, or found not to have been placed.
    pub not_sent: u64,
    /// There was nothing to order.
    pub skipped: u64,
    /// What was charged, as far as the provider has said it.
    pub spent: Money,
    /// What is reserved for orders that are under way, that may have been placed, and that are `unpriced`.
    pub reserved: Money,
    /// Of the accepted, those that the provider has named no amount of. What they cost is in no sum.
    pub unpriced: u64,
    /// Of the accepted, those with something odd about them, which their reason says.
    pub warned: u64,
}

impl Totals {
    /// How many rows there are in a state.
    pub fn of(&self, state: RowState) -> u64 {
        match state {
            RowState::Waiting => self.waiting,
            RowState::Taken => self.taken,
            RowState::Unknown => self.unknown,
            RowState::Accepted => self.accepted,
            RowState::Refused => self.refused,
            RowState::NotSent => self.not_sent,
            RowState::Skipped => self.skipped,
        }
    }

    /// How many rows there are.
    pub fn rows(&self) -> u64 {
        RowState::ALL.iter().map(|state| self.of(*state)).sum()
    }

    /// How many rows have ended.
    pub fn ended(&self) -> u64 {
        self.accepted + self.refused + self.not_sent + self.skipped
    }

    /// A row has ended, or waits again.
    pub(super) fn end_row(&mut self, from: RowState, ending: &Ending) {
        self.add(RowSum { rows: -1, ..RowSum::none(from) });
        self.add(RowSum {
            rows: 1,
            unpriced: i64::from(ending.charged.is_none()),
            warned: i64::from(ending.reason.is_some()),
            charged: ending.charged.unwrap_or_default(),
            ..RowSum::none(ending.state)
        });
    }

    /// A worker has it, or has given it back.
    pub(super) fn move_row(&mut self, from: RowState, to: RowState) {
        self.add(RowSum { rows: -1, ..RowSum::none(from) });
        self.add(RowSum { rows: 1, ..RowSum::none(to) });
    }

    pub(crate) fn add(&mut self, sum: RowSum) {
        let count = match sum.state {
            RowState::Waiting => &mut self.waiting,
            RowState::Taken => &mut self.taken,
            RowState::Unknown => &mut self.unknown,
            RowState::Accepted => &mut self.accepted,
            RowState::Refused => &mut self.refused,
            RowState::NotSent => &mut self.not_sent,
            RowState::Skipped => &mut self.skipped,
        };
        *count = count.saturating_add_signed(sum.rows);
        if sum.state == RowState::Accepted {
            self.spent = plus(self.spent, sum.charged);
            self.unpriced = self.unpriced.saturating_add_signed(sum.unpriced);
            self.warned = self.warned.saturating_add_signed(sum.warned);
        }
        if matches!(sum.state, RowState::Accepted | RowState::Taken | RowState::Unknown) {
            self.reserved = plus(self.reserved, sum.reserved);
        }
    }
}

/// An amount as the table holds it, in EUR.
pub(crate) fn eur(millionths: i64) -> Money {
    Decimal::new(millionths, 6).normalize().into()
}

fn plus(amount: Money, more: i64) -> Money {
    // As many as fit into a table do not come to more than a decimal holds.
    amount.amount().saturating_add(eur(more).amount()).into()
}

/// An amount as the table holds it: more rather than less of it.
pub(crate) fn millionths(amount: Money) -> Option<i64> {
    amount.amount().checked_mul(Decimal::from(1_000_000))?.ceil().to_i64()
}

/// The same of money, where it is in EUR.
pub(crate) fn charged(amount: Option<Money>, currency: Option<&str>) -> Option<i64> {
    amount.filter(|_| currency.is_none_or(|it| it == "EUR")).and_then(millionths)
}
