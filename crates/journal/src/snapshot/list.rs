//! A user's orders, page by page. Neither the size of a page nor the sorting is documented.

use std::collections::HashSet;
use std::num::NonZeroU32;

use jiff::civil::DateTime;
use oxhost::Money;

use super::{SeenOrder, ServerSnapshot, Snapshot};
use crate::verdict::{Case, earliest_of_ours, is_too_old, shows_it};

/// A longer list of orders is not read to its end.
const MOST_PAGES: u32 = 10_000;

/// As long as absence cannot be believed, a list that is not sorted is not worth more pages.
const MOST_EARLY_PAGES: u32 = 100;

/// So many pages that bring nothing new end the reading, and the list was not read to its end. One may
/// repeat where an order comes in between; a provider that does not know of pages repeats the first.
const REPEATED_PAGES: u32 = 3;

/// What was read of the list so far.
#[derive(Debug, Default)]
struct List {
    orders: Vec<SeenOrder>,
    names: HashSet<String>,
    longest_page: usize,
    repeated: u32,
    shows_extensions: bool,
    whole: bool,
    /// All have a time, and none is later than the one before it.
    falling: bool,
    differ: bool,
    last: Option<DateTime>,
}

impl List {
    /// Takes a page, and says whether there is another to be read.
    fn add(&mut self, page: Vec<SeenOrder>) -> bool {
        if page.is_empty() {
            self.whole = true;
            return false;
        }
        if self.orders.is_empty() {
            self.falling = true;
        }
        self.longest_page = self.longest_page.max(page.len());
        let before = self.orders.len();
        for order in page {
            // A page shifts where an order comes in meanwhile.
            let names = [("id", &order.id), ("number", &order.number)];
            let name =
                names.iter().find_map(|(of, name)| Some(format!("{of} {}", (*name).as_ref()?)));
            if name.is_some_and(|name| self.names.insert(name)) {
                self.follow(order.time());
                self.shows_extensions |= order.is_extension();
                self.orders.push(order);
            }
        }
        self.repeated = if self.orders.len() == before { self.repeated + 1 } else { 0 };
        self.repeated < REPEATED_PAGES
    }

    fn follow(&mut self, time: Option<DateTime>) {
        match (self.last, time) {
            (_, None) => self.falling = false,
            (Some(last), Some(time)) if time > last => self.falling = false,
            (Some(last), Some(time)) => self.differ |= time < last,
            (None, Some(_)) => {}
        }
        self.last = time;
    }

    /// Whether the newest evidently come first, and what follows is older than this.
    fn reaches_back_to(&self, time: DateTime) -> bool {
        self.falling && self.differ && self.last.is_some_and(|last| last < time)
    }

    fn snapshot(&self, balance: Option<Money>) -> ServerSnapshot {
        ServerSnapshot {
            orders: self.orders.clone(),
            whole: self.whole,
            longest_page: self.longest_page,
            shows_extensions: self.shows_extensions,
            balance,
        }
    }
}

/// The reading of a list after an order, or of its first page before it. It says which page it wants.
#[derive(Debug)]
pub(crate) struct ListReading<'a> {
    case: Option<&'a Case<'a>>,
    late: bool,
    balance: Option<Money>,
    list: List,
    next: u32,
    most: u32,
}

impl<'a> ListReading<'a> {
    pub(crate) fn before() -> Self {
        Self { case: None, late: false, balance: None, list: List::default(), next: 1, most: 1 }
    }

    /// Only a late look is to prove absence, and reads to the end.
    pub(crate) fn after(case: &'a Case<'a>, late: bool, balance: Option<Money>) -> Self {
        let most = match (late, case.before()) {
            // With nothing to compare, the first page shows a person all that he needs.
            (_, None) => 1,
            (false, _) => MOST_EARLY_PAGES,
            (true, _) => MOST_PAGES,
        };
        Self { case: Some(case), late, balance, list: List::default(), next: 1, most }
    }

    /// The page to be read next.
    pub(crate) fn wants(&self) -> Option<NonZeroU32> {
        NonZeroU32::new(self.next).filter(|next| next.get() <= self.most)
    }

    /// Takes the page that it wanted.
    pub(crate) fn take(&mut self, page: Vec<SeenOrder>) {
        let more = self.list.add(page);
        if !more || (!self.late && self.shows_enough()) {
            self.most = 0;
        }
        self.next += 1;
    }

    fn compared(&self) -> Option<(&'a Case<'a>, &'a ServerSnapshot)> {
        let case = self.case?;
        match case.before()? {
            Snapshot::Server(before) => Some((case, before)),
            Snapshot::Subscription(_) => None,
        }
    }

    fn shows_enough(&self) -> bool {
        let Some((case, before)) = self.compared() else { return true };
        earliest_of_ours(case, before).is_some_and(|time| self.list.reaches_back_to(time))
            || shows_it(case, &Snapshot::Server(self.list.snapshot(self.balance)))
    }

    /// What it showed, beside this balance if there was none before.
    pub(crate) fn end(self, balance: Option<Money>) -> ServerSnapshot {
        let mut seen = self.list.snapshot(self.balance.or(balance));
        if let Some((case, before)) = self.compared() {
            seen.shows_extensions |= seen.orders.iter().any(|order| case.known.has(order));
            let mut too_old = is_too_old(case, before, &seen).into_iter();
            seen.orders.retain(|_| !too_old.next().unwrap_or_default());
        }
        seen
    }
}
