//! What was charged, by day and kind.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::Offset;
use oxhost_journal::RowState;
use rust_decimal::Decimal;

use super::super::line::Line;

/// The kinds of row, as the input has them.
pub(super) const KINDS: [&str; 2] = ["plesk_renew", "server_extend"];

/// What was charged, in EUR. A day is one in UTC, by when the order was written down, which is right before it was
/// sent.
#[derive(Default)]
pub(super) struct Spent {
    days: BTreeMap<Option<Date>, [Decimal; 2]>,
    /// Accepted rows whose price in EUR is not known.
    pub(super) unpriced: u64,
}

/// A line of the table.
pub(super) struct Day {
    pub(super) name: String,
    pub(super) kinds: [Decimal; 2],
}

impl Day {
    pub(super) fn all(&self) -> Decimal {
        self.kinds.iter().sum()
    }

    /// The same in words: each kind, and all of it.
    pub(super) fn figures(&self) -> [String; 3] {
        let [renewals, extensions] = self.kinds;
        [eur(renewals), eur(extensions), eur(self.all())]
    }
}

impl Spent {
    pub(super) fn add(&mut self, line: &Line) {
        if line.state != RowState::Accepted {
            return;
        }
        let Some(amount) = line.amount else {
            self.unpriced += 1;
            return;
        };
        let day = line.written.map(|it| Offset::UTC.to_datetime(it).date());
        let sums = self.days.entry(day).or_default();
        let kinds = KINDS.iter().zip(sums).filter(|(kind, _)| **kind == line.kind);
        kinds.for_each(|(_, sum)| *sum += amount.amount());
    }

    pub(super) fn days(&self) -> Vec<Day> {
        let name = |day: &Option<Date>| day.map_or("no day".to_owned(), |day| day.to_string());
        self.days.iter().map(|(day, kinds)| Day { name: name(day), kinds: *kinds }).collect()
    }

    /// All days together, for the last line of the table.
    pub(super) fn together(&self) -> Day {
        let mut kinds = [Decimal::ZERO; 2];
        for sums in self.days.values() {
            kinds.iter_mut().zip(sums).for_each(|(all, sum)| *all += sum);
        }
        Day { name: "Together".to_owned(), kinds }
    }

    pub(super) fn all(&self) -> Decimal {
        self.together().all()
    }
}

/// With cents at least.
pub(super) fn eur(mut amount: Decimal) -> String {
    amount.rescale(amount.normalize().scale().max(2));
    amount.to_string()
}
