//! How a batch is worked on.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use oxhost::Money;
use rust_decimal::Decimal;

use super::Totals;
use crate::reconcile::ReconcileOptions;

/// How long a worker's rows are its own without a sign of it.
const LEASE: Duration = Duration::from_secs(15);

/// What lasts until this day or longer does not end within so many days: today, in UTC, and so many whole days after it.
/// What ends early on the last of them is due, too.
pub fn due_until(now: Timestamp, days: u32) -> Date {
    let today = now.to_zoned(TimeZone::UTC).date();
    let span = Span::new().try_days(i64::from(days) + 1);
    span.and_then(|span| today.checked_add(span)).unwrap_or(Date::MAX)
}

type Watch = Arc<dyn Fn(&Totals) + Send + Sync>;

/// How a batch is worked on.
#[derive(Clone)]
pub struct BatchOptions {
    pub(super) concurrency: usize,
    pub(super) rate: Option<Decimal>,
    pub(super) max_spend: Option<Money>,
    pub(super) allow_unknown_price: bool,
    pub(super) due_within: Option<u32>,
    pub(super) unknown_in_a_row: u32,
    pub(super) except: Arc<HashSet<String>>,
    pub(super) lease: Duration,
    pub(super) reconcile: ReconcileOptions,
    pub(super) watch: Watch,
}

impl BatchOptions {
    /// So many orders at once: 8.
    #[must_use]
    pub fn concurrency(mut self, orders: usize) -> Self {
        self.concurrency = orders.max(1);
        self
    }

    /// At most so many orders a second, by all workers of the batch together.
    #[must_use]
    pub fn rate(mut self, orders: Decimal) -> Self {
        self.rate = Some(orders).filter(|orders| *orders > Decimal::ZERO);
        self
    }

    /// What the batch may cost in all, in EUR, what it has cost before included. It stays with the batch until another
    /// is said. No order is sent that would go beyond it; what an order costs is taken to be what the provider shows
    /// before it.
    #[must_use]
    pub fn max_spend(mut self, eur: impl Into<Money>) -> Self {
        self.max_spend = Some(eur.into());
        self
    }

    /// With a limit, sends orders whose price nobody knows before, too. Each counts as the dearest such month or hour
    /// that this batch has paid for; the first one counts as all that is left, and goes alone.
    #[must_use]
    pub fn allow_unknown_price(mut self, allow: bool) -> Self {
        self.allow_unknown_price = allow;
        self
    }

    /// Renews only what ends within so many days ([`due_until`]). A server's end does not show.
    #[must_use]
    pub fn due_within(mut self, days: u32) -> Self {
        self.due_within = Some(days);
        self
    }

    /// Leaves out the rows with these targets and references. They end as skipped.
    #[must_use]
    pub fn except(mut self, left_out: HashSet<String>) -> Self {
        self.except = Arc::new(left_out);
        self
    }

    /// Stops after so many orders in a row whose end is not known, or that did not reach the provider: 3.
    #[must_use]
    pub fn unknown_in_a_row(mut self, orders: u32) -> Self {
        self.unknown_in_a_row = orders.max(1);
        self
    }

    /// How long rows belong to a worker that gives no sign: 15 s. Then others take them over.
    #[must_use]
    pub fn lease(mut self, lease: Duration) -> Self {
        self.lease = lease;
        self
    }

    /// How it is found out what became of orders that ended unknown.
    #[must_use]
    pub fn reconcile(mut self, options: ReconcileOptions) -> Self {
        self.reconcile = options;
        self
    }

    /// Tells what all rows come to, whenever one has ended.
    #[must_use]
    pub fn watching(mut self, watch: impl Fn(&Totals) + Send + Sync + 'static) -> Self {
        self.watch = Arc::new(watch);
        self
    }
}

impl Default for BatchOptions {
    fn default() -> Self {
        Self {
            concurrency: 8,
            rate: None,
            max_spend: None,
            allow_unknown_price: false,
            due_within: None,
            unknown_in_a_row: 3,
            except: Arc::default(),
            lease: LEASE,
            reconcile: ReconcileOptions::default(),
            watch: Arc::new(|_| {}),
        }
    }
}

impl fmt::Debug for BatchOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchOptions")
            .field("concurrency", &self.concurrency)
            .field("rate", &self.rate)
            .field("max_spend", &self.max_spend)
            .field("due_within", &self.due_within)
            .finish_non_exhaustive()
    }
}
