//! A provider that knows what it booked, and shows it late, in pages, in an order of its own.

use std::collections::BTreeMap;

use fastrand::Rng;
use jiff::{Span, civil::DateTime};
use oxhost::{CivilDateTime, Money};
use rust_decimal::Decimal;

use crate::snapshot::{
    Balance, ListReading, Page, SeenOrder, ShownText, Snapshot, SubscriptionSnapshot, Unlisted,
};
use crate::verdict::Case;

pub(super) const SERVERS: [&str; 3] = ["ours", "another", "a third"];
pub(super) const PLANS: [&str; 2] = ["Basic", "Business"];
/// Cents of a month. Primes, so that orders of different months cost differently.
pub(super) const PRICES: [i64; 4] = [997, 2503, 1009, 1511];

/// The kind of an order for a server itself.
pub(super) const SERVER: &str = "dedicated_server";

/// All that the provider has, at one time.
#[derive(Clone, Debug)]
pub(super) struct Scene {
    /// From when on, in seconds.
    pub(super) from: i64,
    pub(super) orders: Vec<SeenOrder>,
    pub(super) expires_at: DateTime,
    pub(super) plan: usize,
    pub(super) prices: [i64; 2],
    pub(super) balance: i64,
}

impl Scene {
    pub(super) fn renew(&mut self, months: u32, plan: Option<usize>, carries: bool) {
        let clamped = self.expires_at.checked_add(Span::new().months(months)).unwrap();
        let lost = i64::from(self.expires_at.day()) - i64::from(clamped.day());
        self.expires_at = match carries {
            true => clamped.checked_add(Span::new().days(lost)).unwrap(),
            false => clamped,
        };
        self.plan = plan.unwrap_or(self.plan);
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sorting {
    NewestFirst,
    OldestFirst,
    /// By a key that says nothing of when, such as a random id.
    Unsorted,
}

/// How it lists orders.
#[derive(Clone, Copy, Debug)]
pub(super) struct Listing {
    pub(super) sorting: Sorting,
    pub(super) page: usize,
    /// Whatever page is asked for, it gives all.
    pub(super) ignores_pages: bool,
    /// Extensions are not among what it lists.
    pub(super) hides_extensions: bool,
    /// A balance is shown.
    pub(super) has_balance: bool,
}

impl Listing {
    pub(super) fn any(random: &mut Rng, disturbed: bool) -> Self {
        let sorting = [Sorting::NewestFirst, Sorting::OldestFirst, Sorting::Unsorted];
        Self {
            sorting: sorting[random.usize(..3)],
            page: if random.bool() { random.usize(1..=4) } else { random.usize(5..=40) },
            ignores_pages: disturbed && random.u8(..12) == 0,
            hides_extensions: random.u8(..5) == 0,
            has_balance: !disturbed || random.u8(..4) != 0,
        }
    }

    fn listed(&self, scene: &Scene) -> Vec<SeenOrder> {
        let is_server = |order: &SeenOrder| order.kind.as_ref().is_some_and(|kind| kind.is(SERVER));
        let is_listed = |order: &&SeenOrder| !self.hides_extensions || is_server(order);
        let mut orders: Vec<SeenOrder> = scene.orders.iter().filter(is_listed).cloned().collect();
        match self.sorting {
            // The provider's own times may be null for us, and its clock may be set back: it sorts by
            // when it booked.
            Sorting::NewestFirst => orders.reverse(),
            Sorting::OldestFirst => {}
            Sorting::Unsorted => orders.sort_by_key(|order| key(order.name())),
        }
        orders
    }

    /// What a reading of the list shows, page by page.
    fn read(
        &self,
        mut reading: ListReading<'_>,
        orders: &[SeenOrder],
        late_balance: Option<Money>,
    ) -> Snapshot {
        while let Some(number) = reading.wants() {
            let number = usize::try_from(number.get()).unwrap() - 1;
            let mut pages = orders.chunks(self.page);
            let orders = match self.ignores_pages {
                true => orders.to_vec(),
                false => pages.nth(number).unwrap_or_default().to_vec(),
            };
            reading.take(Page { orders, unlisted: BTreeMap::new() });
        }
        reading.take_balance(late_balance.map(balance));
        Snapshot::Server(reading.end())
    }
}

fn balance(amount: Money) -> Balance {
    Balance { amount, unlisted: BTreeMap::new() }
}

/// A number that has nothing to do with when an order was booked.
fn key(name: &str) -> u64 {
    name.bytes()
        .fold(17, |key: u64, byte| key.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ u64::from(byte))
}

/// How late each part of what shows is, in seconds.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Lags {
    pub(super) orders: i64,
    pub(super) state: i64,
}

/// What shows at a time: before the order, or after it.
pub(super) fn look(
    scenes: &[Scene],
    listing: &Listing,
    at: i64,
    lags: Lags,
    case: Option<(&Case<'_>, bool)>,
    is_server: bool,
) -> Snapshot {
    let as_of = |time: i64| scenes.iter().rfind(|scene| scene.from <= time).unwrap_or(&scenes[0]);
    let (orders, state) = (as_of(at - lags.orders), as_of(at - lags.state));
    if !is_server {
        return Snapshot::Subscription(SubscriptionSnapshot {
            expires_at: CivilDateTime::from(state.expires_at),
            plan: Some(text(PLANS[state.plan])),
            price: Some(money(state.prices[state.plan])),
            orders: orders.orders.iter().rev().cloned().collect(),
            unlisted: Unlisted::default(),
        });
    }
    let amount = listing.has_balance.then(|| money(state.balance));
    let listed = listing.listed(orders);
    match case {
        None => listing.read(ListReading::before(), &listed, amount),
        Some((case, late)) => {
            let mut reading = ListReading::after(case, late);
            reading.take_balance(amount.map(balance));
            listing.read(reading, &listed, None)
        }
    }
}

pub(super) fn text(text: &str) -> ShownText {
    ShownText::of(text, text)
}

pub(super) fn money(cents: i64) -> Money {
    Money::from(Decimal::new(cents, 2))
}
