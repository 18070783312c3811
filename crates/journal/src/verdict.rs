//! Whether an order was placed, judged by what the provider shows. Nothing here reads or waits.
//!
//! The provider puts no mark of ours on an order. So a verdict needs every sign to agree: one order that
//! is proved to be new, of the right kind and amount, and an expiry that moved by just what was ordered.
//! What does not agree is *undecided*. That there is no order is believed only of what was seen when its
//! sender was out and the provider had had its time to show it, three times, and all unchanged, in a
//! place that would have shown it.
//!
//! A list may leave orders out. Where it does not evidently start with the newest, the balance must tell that
//! nothing was paid but what shows.
//!
//! Of a server whose list shows no extensions, a balance that stood still shows that nothing was ordered: an
//! order is taken to cost a cent at least, unless what the server has cost before says otherwise.
//!
//! What is new in a reading and not in the contract may be the order under another name, so then nothing was
//! proved to be missing.
//!
//! One case cannot be seen: someone else's order that is the same in all of this, in place of ours. Then
//! the target was charged once for what was ordered, and that is what the verdict says. Of a change of
//! plan that is any change by as many months: a plan is ordered by its id, and shows by its name.

mod extension;
mod novelty;
mod renewal;

use jiff::Timestamp;
use oxhost::Money;
use oxhost::types::Payment;
use serde::{Deserialize, Serialize};

use crate::order::JournaledOrder;
use crate::snapshot::{Observation, SeenOrder, Showed, ShownText, Snapshot, Unlisted};

pub(crate) use novelty::{earliest_of_ours, is_too_old, newest_if_first};

/// An order that does not show in so many late looks was not placed.
pub(crate) const FEWEST_LATE: usize = 3;

/// What can be said of an unknown order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It was placed: this is it. One to be paid in crypto may still wait for its payment.
    Confirmed {
        /// The order at the provider.
        order: Box<SeenOrder>,
    },
    /// It was not placed, and nothing was charged.
    NotOrdered,
    /// Neither can be said. A person must look.
    Undecided {
        /// What does not fit.
        why: String,
    },
}

/// What one observation says.
#[derive(Clone, Debug, PartialEq)]
pub enum Signal {
    /// The order, and all that it should have changed.
    Placed(Box<SeenOrder>),
    /// All as it was before.
    Unchanged,
    /// Something else, for which there is no innocent reason.
    Odd(String),
    /// More was paid than what shows has cost. Others may have done that.
    Unexplained(String),
    /// What may be the order, or older than it.
    Unclear(String),
    /// Nothing: it could not show the order.
    Blank(String),
}

/// What is to be found out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Case<'a> {
    pub(crate) order: &'a JournaledOrder,
    /// What there was before the order.
    pub(crate) baseline: Option<&'a Observation>,
    /// Other orders of ours for the same target.
    pub(crate) known: &'a Known,
    /// When the intent was written, by the sender's wall clock.
    pub(crate) placed_at: Timestamp,
}

/// The other orders of ours for the same target that the provider took.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    /// Their ids and numbers.
    pub(crate) names: Vec<ShownText>,
    /// The names of each that may show only now; one may have none that is known.
    pub(crate) recent: Vec<Vec<ShownText>>,
}

impl Known {
    /// Whether one of them may show only now, and shows under no name of its own. Then it may be any new
    /// one: nothing says that a list and an answer write names alike.
    fn is_missing_from(&self, shown: &[&SeenOrder]) -> bool {
        let shows = |names: &Vec<ShownText>| {
            let named = |order: &&SeenOrder| {
                [&order.id, &order.number].into_iter().flatten().any(|it| names.contains(it))
            };
            shown.iter().any(named)
        };
        !self.recent.iter().all(shows)
    }

    /// Whether this is one of them.
    pub(crate) fn has(&self, order: &SeenOrder) -> bool {
        let names = [&order.id, &order.number];
        names.into_iter().flatten().any(|name| self.names.contains(name))
    }
}

impl<'a> Case<'a> {
    pub(crate) fn before(&self) -> Option<&'a Snapshot> {
        self.baseline.and_then(Observation::snapshot)
    }
}

/// Judges by the observations so far, in their order.
pub(crate) fn judge(case: &Case<'_>, observations: &[Observation]) -> Verdict {
    if case.before().is_none() {
        let why = match case.baseline.map(|baseline| &baseline.showed) {
            Some(Showed::Nothing(why)) => format!(" ({why})"),
            _ => String::new(),
        };
        return undecided(format!(
            "what there was before the order was not read{why}, so nothing can be compared"
        ));
    }
    let (mut odd, mut blank) = (None, None);
    let (mut unchanged, mut spoiled, mut ends_unchanged) = (0, false, false);
    for (number, observation) in (1..).zip(observations) {
        let said = signal(case, observation);
        ends_unchanged = observation.late && said == Signal::Unchanged;
        unchanged += usize::from(ends_unchanged);
        // One that failed says nothing, and is made up for by another.
        let failed = observation.snapshot().is_none();
        spoiled |= observation.late && !ends_unchanged && !failed;
        match said {
            // What a change of plan costs is not documented, so nothing but time tells two orders of
            // others, of which a lagging list shows one, from ours.
            Signal::Placed(_)
                if changes_plan(case.order)
                    && !(observation.late && number == observations.len()) =>
            {
                odd = Some("a change of plan is believed only if it shows at the end".to_owned());
            }
            Signal::Placed(order) => return Verdict::Confirmed { order },
            Signal::Unchanged => {}
            Signal::Odd(why) | Signal::Unexplained(why) => odd = Some(why),
            Signal::Unclear(why) | Signal::Blank(why) => blank = Some(why),
        }
    }
    let missing = ends_unchanged && !spoiled && unchanged >= FEWEST_LATE;
    match (odd, blank) {
        (Some(why), _) => undecided(why),
        (None, _) if missing && is_in_crypto(case.order) => undecided(
            "it does not show, but where an order that is paid in crypto shows is not documented",
        ),
        (None, _) if missing => Verdict::NotOrdered,
        (None, Some(why)) => undecided(why),
        (None, None) => undecided("it does not show yet"),
    }
}

/// What one observation says by itself.
pub(crate) fn signal(case: &Case<'_>, observation: &Observation) -> Signal {
    match &observation.showed {
        Showed::Nothing(why) => Signal::Blank(format!("a reading failed: {why}")),
        Showed::Snapshot(after) => compare(case, after, observation.late),
    }
}

/// Whether a snapshot is all that it takes to confirm the order.
pub(crate) fn shows_it(case: &Case<'_>, after: &Snapshot) -> bool {
    matches!(compare(case, after, false), Signal::Placed(_))
}

fn compare(case: &Case<'_>, after: &Snapshot, late: bool) -> Signal {
    let said = match (case.order, case.before(), after) {
        (
            JournaledOrder::Renewal(order),
            Some(Snapshot::Subscription(before)),
            Snapshot::Subscription(after),
        ) => renewal::signal(order, case.known, before, after),
        (
            JournaledOrder::Extension(order),
            Some(Snapshot::Server(before)),
            Snapshot::Server(after),
        ) => extension::signal(case, order, before, after, late),
        _ => Signal::Odd("what was read before the order is about something else".to_owned()),
    };
    if let (Signal::Unchanged, Some(path)) = (&said, more_than_before(case.before(), after)) {
        return Signal::Odd(format!(
            "the reading has more in `{path}` than before the order, and the contract does not say what that is"
        ));
    }
    match said {
        Signal::Placed(order) if case.known.is_missing_from(&shown(case.before(), after)) => {
            Signal::Odd(format!(
                "the new order {} may be another one of ours, which shows under no name that is known",
                order.name()
            ))
        }
        said => said,
    }
}

/// What a reading has that the contract does not list, and that could be the order.
fn more_than_before<'a>(before: Option<&Snapshot>, after: &'a Snapshot) -> Option<&'a str> {
    fn unlisted(snapshot: &Snapshot) -> &Unlisted {
        match snapshot {
            Snapshot::Subscription(seen) => &seen.unlisted,
            Snapshot::Server(seen) => &seen.unlisted,
        }
    }
    unlisted(after).more_than(unlisted(before?))
}

/// The orders that show before and after.
fn shown<'a>(before: Option<&'a Snapshot>, after: &'a Snapshot) -> Vec<&'a SeenOrder> {
    let orders = |snapshot: &'a Snapshot| match snapshot {
        Snapshot::Subscription(seen) => &seen.orders,
        Snapshot::Server(seen) => &seen.orders,
    };
    before.into_iter().chain([after]).flat_map(orders).collect()
}

fn undecided(why: impl Into<String>) -> Verdict {
    Verdict::Undecided { why: why.into() }
}

fn is_taken(order: &SeenOrder, crypto: bool) -> bool {
    let is = |status| order.status.as_ref().is_some_and(|shown: &ShownText| shown.is(status));
    is("completed") || (crypto && is("pending"))
}

fn is_in_crypto(order: &JournaledOrder) -> bool {
    matches!(order, JournaledOrder::Renewal(order) if order.type_payment == Payment::Crypto)
}

fn changes_plan(order: &JournaledOrder) -> bool {
    matches!(order, JournaledOrder::Renewal(order) if order.new_plan_id.is_some())
}

fn status(order: &SeenOrder) -> &str {
    order.status.as_ref().map_or("of an unknown status", ShownText::as_str)
}

fn words(amount: Option<Money>) -> String {
    amount.map_or_else(|| "an unknown amount".to_owned(), |amount| format!("{amount} EUR"))
}

#[cfg(test)]
mod tests;
