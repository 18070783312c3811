//! A user's orders, page by page. Neither the size of a page nor the sorting is documented.

use std::collections::{BTreeMap, HashSet};
use std::num::NonZeroU32;

use oxhost::Money;

use super::{SeenOrder, ServerSnapshot, Snapshot};
use crate::verdict::{Case, earliest_of_ours, is_too_old, newest_if_first, shows_it};

/// A longer list of orders is not read to its end.
const MOST_PAGES: u32 = 10_000;

/// As long as absence cannot be believed, a list that is not sorted is not worth more pages.
const MOST_EARLY_PAGES: u32 = 100;

/// So many pages that bring nothing new end the reading, and the list was not read to its end. One may
/// repeat where an order comes in between; a provider that does not know of pages repeats the first.
const REPEATED_PAGES: u32 = 3;

/// A page of a list of orders.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) orders: Vec<SeenOrder>,
    pub(crate) unlisted: BTreeMap<String, usize>,
}

/// A user's balance, in EUR.
#[derive(Debug)]
pub(crate) struct Balance {
    pub(crate) amount: Money,
    pub(crate) unlisted: BTreeMap<String, usize>,
}

/// The reading of a list after an order, or of its first page before it. It says which page it wants.
#[derive(Debug)]
pub(crate) struct ListReading<'a> {
    case: Option<&'a Case<'a>>,
    late: bool,
    next: u32,
    most: u32,
    /// What was read so far.
    seen: ServerSnapshot,
    names: HashSet<String>,
    repeated: u32,
}

impl<'a> ListReading<'a> {
    /// What there is before an order.
    pub(crate) fn before() -> Self {
        Self {
            case: None,
            late: false,
            next: 1,
            most: 1,
            seen: ServerSnapshot::default(),
            names: HashSet::new(),
            repeated: 0,
        }
    }

    /// Only a late look is to prove absence, and reads to the end.
    pub(crate) fn after(case: &'a Case<'a>, late: bool) -> Self {
        let most = match (late, case.before()) {
            // With nothing to compare, the first page shows a person all that he needs.
            (_, None) => 1,
            (false, _) => MOST_EARLY_PAGES,
            (true, _) => MOST_PAGES,
        };
        Self { case: Some(case), late, most, ..Self::before() }
    }

    /// The page to be read next.
    pub(crate) fn wants(&self) -> Option<NonZeroU32> {
        NonZeroU32::new(self.next).filter(|next| next.get() <= self.most)
    }

    /// Takes the page that it wanted.
    pub(crate) fn take(&mut self, page: Page) {
        let Page { orders: page, unlisted } = page;
        // Of the baseline there is the first page alone.
        if self.next == 1 {
            self.seen.unlisted.join(unlisted);
        }
        self.next += 1;
        let before = self.seen.orders.len();
        self.seen.whole = page.is_empty();
        self.seen.longest_page = self.seen.longest_page.max(page.len());
        for order in page {
            // A page shifts where an order comes in meanwhile.
            let name = match (&order.id, &order.number) {
                (Some(id), _) => format!("id {id}"),
                (None, Some(number)) => format!("number {number}"),
                (None, None) => continue,
            };
            if self.names.insert(name) {
                self.seen.shows_extensions |= order.is_extension();
                self.seen.orders.push(order);
            }
        }
        self.repeated = if self.seen.orders.len() == before { self.repeated + 1 } else { 0 };
        let ends = self.seen.whole || self.repeated == REPEATED_PAGES;
        if ends || (!self.late && self.shows_enough()) {
            self.most = 0;
        }
    }

    fn newest_first(&self) -> bool {
        newest_if_first(&self.seen.orders).is_some()
    }

    fn compared(&self) -> Option<(&'a Case<'a>, &'a ServerSnapshot)> {
        let case = self.case?;
        match case.before()? {
            Snapshot::Server(before) => Some((case, before)),
            Snapshot::Subscription(_) => None,
        }
    }

    /// Whether the order shows, or the newest evidently come first and what follows is older than ours.
    fn shows_enough(&self) -> bool {
        let Some((case, before)) = self.compared() else { return true };
        let last = self.seen.orders.last().and_then(SeenOrder::time);
        let is_before = |ours| last.is_some_and(|last| last < ours);
        (self.newest_first() && earliest_of_ours(case, before).is_some_and(is_before))
            || shows_it(case, &Snapshot::Server(self.seen.clone()))
    }

    /// Takes the balance beside it, if there is one.
    pub(crate) fn take_balance(&mut self, balance: Option<Balance>) {
        if let Some(Balance { amount, unlisted }) = balance {
            self.seen.balance = Some(amount);
            self.seen.unlisted.join(unlisted);
        }
    }

    /// What it showed.
    pub(crate) fn end(self) -> ServerSnapshot {
        let (compared, newest_first) = (self.compared(), self.newest_first());
        let mut seen = ServerSnapshot { newest_first, ..self.seen };
        if let Some((case, before)) = compared {
            seen.shows_extensions |= seen.orders.iter().any(|order| case.known.has(order));
            let mut too_old = is_too_old(case, before, &seen).into_iter();
            let is_kept = |order: &SeenOrder| case.known.has(order);
            seen.orders.retain(|order| !too_old.next().unwrap_or_default() || is_kept(order));
        }
        seen
    }
}
