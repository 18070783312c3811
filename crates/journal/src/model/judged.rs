//! What the verifier saw, put before the real judge.

use std::cell::RefCell;
use std::collections::HashMap;

use jiff::Timestamp;
use jiff::civil::date;
use oxhost::types::{PleskRenewalOrder, ServerExtensionOrder};
use rust_decimal::Decimal;

use crate::order::JournaledOrder;
use crate::snapshot::{
    Observation, SeenOrder, ServerSnapshot, ShownText, Snapshot, SubscriptionSnapshot, Unlisted,
};
use crate::verdict::{Case, Known, Verdict, judge};

/// One look: which bookings showed, by a bit each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Look {
    pub(super) late: bool,
    pub(super) shown: u8,
}

/// What is judged.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Judged {
    pub(super) extends: bool,
    pub(super) baseline: u8,
    /// Bookings that are known as those of other orders of ours.
    pub(super) known: u8,
    pub(super) looks: Vec<Look>,
}

thread_local! {
    /// The judge is a function: what it said of the same, it says again.
    static SAID: RefCell<HashMap<Judged, Option<bool>>> = RefCell::new(HashMap::new());
}

impl Judged {
    /// Whether it was placed; `None` is undecided.
    pub(super) fn verdict(self) -> Option<bool> {
        if let Some(said) = SAID.with_borrow(|known| known.get(&self).copied()) {
            return said;
        }
        let said = self.judge();
        SAID.with_borrow_mut(|known| known.insert(self, said));
        said
    }

    fn judge(&self) -> Option<bool> {
        let at = Timestamp::UNIX_EPOCH;
        let seen = |late, shown| Observation::new(at, late, Ok(self.snapshot(shown)));
        let baseline = seen(false, self.baseline);
        let names = bits(self.known).map(name).collect();
        let known = Known { names, recent: Vec::new() };
        let order = match self.extends {
            true => JournaledOrder::Extension(ServerExtensionOrder::new("u", "s", 1).unwrap()),
            false => JournaledOrder::Renewal(PleskRenewalOrder::new("s", 1).unwrap()),
        };
        let case = Case { order: &order, baseline: Some(&baseline), known: &known, placed_at: at };
        let looks: Vec<Observation> =
            self.looks.iter().map(|look| seen(look.late, look.shown)).collect();
        match judge(&case, &looks) {
            Verdict::Confirmed { .. } => Some(true),
            Verdict::NotOrdered => Some(false),
            Verdict::Undecided { .. } => None,
        }
    }

    fn snapshot(&self, shown: u8) -> Snapshot {
        let orders: Vec<SeenOrder> = bits(shown).map(|bit| self.order(bit)).collect();
        let count = i8::try_from(orders.len()).unwrap();
        if self.extends {
            return Snapshot::Server(ServerSnapshot {
                longest_page: orders.len(),
                orders,
                whole: true,
                newest_first: true,
                shows_extensions: true,
                balance: Some(Decimal::from(1000 - i64::from(count)).into()),
                unlisted: Unlisted::default(),
            });
        }
        Snapshot::Subscription(SubscriptionSnapshot {
            expires_at: date(1970, 1 + count, 1).at(0, 0, 0, 0).into(),
            plan: None,
            price: Some(Decimal::ONE.into()),
            orders,
            unlisted: Unlisted::default(),
        })
    }

    fn order(&self, bit: u8) -> SeenOrder {
        let shown = |text: &str| Some(ShownText::of(text, text));
        SeenOrder {
            id: Some(name(bit)),
            number: None,
            server: self.extends.then(|| shown("s")).flatten(),
            kind: self.extends.then(|| shown("renew_server")).flatten(),
            hours: self.extends.then_some(1),
            amount: Some(Decimal::ONE.into()),
            status: shown("completed"),
            created_at: Some(date(1970, 1, 1).at(0, 0, 0, 0).into()),
        }
    }
}

fn bits(mask: u8) -> impl Iterator<Item = u8> {
    (0..8).filter(move |bit| mask & (1 << bit) != 0)
}

fn name(bit: u8) -> ShownText {
    let text = format!("o-{bit}");
    ShownText::of(&text, &text)
}
