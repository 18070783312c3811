//! Whether an order was placed, judged by what the provider shows. Nothing here reads or waits.
//!
//! The provider puts no mark of ours on an order. So a verdict needs every sign to agree: one new order,
//! of the right kind and amount, and an expiry that moved by just what was ordered. What does not agree
//! is *undecided*. One case cannot be seen: someone else's order that is the same in all of this, in
//! place of ours. Then the target was charged once for what was ordered, and that is what the verdict
//! says. Of a change of plan that is any change by as many months: a plan is ordered by its id, and
//! shows by its name.

use std::collections::BTreeSet;

use jiff::{ToSpan, civil::DateTime};
use oxhost::Money;
use oxhost::types::{Payment, PleskRenewalOrder, ServerExtensionOrder};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::order::JournaledOrder;
use crate::reading::{Look, Reading, SeenOrder, ServerReading, SubscriptionReading};

/// An order that does not show in so many readings was not placed.
pub(crate) const FEWEST_READINGS: usize = 3;

/// What can be said of an unknown order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It was placed: this is it.
    Confirmed {
        /// The order at the provider.
        order: SeenOrder,
    },
    /// It was not placed, and nothing was charged.
    NotOrdered,
    /// Neither can be said. A person must look.
    Undecided {
        /// What does not fit.
        why: String,
    },
}

/// What one reading says.
#[derive(Clone, Debug, PartialEq)]
enum Sign {
    /// The order, and all that it should have changed.
    Placed(SeenOrder),
    /// All as it was before.
    Unchanged,
    /// Something else.
    Odd(String),
    /// Nothing: it shows less than there was before.
    Blank(String),
}

/// Judges by the looks so far, in their order. `known` are ids and numbers of other orders of ours.
/// `settled` says that the provider had all the time that it may need to show an order.
pub(crate) fn judge(
    order: &JournaledOrder,
    before: Option<&Reading>,
    looks: &[Look],
    known: &BTreeSet<String>,
    settled: bool,
) -> Verdict {
    let undecided = |why: &str| Verdict::Undecided { why: why.to_owned() };
    let Some(before) = before else {
        return undecided(
            "what there was before the order was not read, so nothing can be compared",
        );
    };
    let mut odd = None;
    let mut blank = None;
    let mut unchanged = 0;
    let mut last_unchanged = false;
    for (number, look) in (1..).zip(looks) {
        let sign = match look {
            Look::Seen(after) => sign(order, before, after, known),
            Look::Failed(why) => Sign::Blank(format!("a reading failed: {why}")),
        };
        last_unchanged = sign == Sign::Unchanged;
        match sign {
            // What a change of plan costs is not documented, so nothing but time tells two orders of
            // others, of which a lagging list shows one, from ours.
            Sign::Placed(_) if changes_plan(order) && !(settled && number == looks.len()) => {
                odd = Some("a change of plan is believed only if it shows at the end".to_owned());
            }
            Sign::Placed(order) => return Verdict::Confirmed { order },
            Sign::Unchanged => unchanged += 1,
            Sign::Odd(why) => odd = Some(why),
            Sign::Blank(why) => blank = Some(why),
        }
    }
    // Absence is believed late and only if nothing spoke against it.
    let missing = settled && last_unchanged && unchanged >= FEWEST_READINGS;
    match (odd, blank) {
        (Some(why), _) => undecided(&why),
        (None, _) if missing && is_in_crypto(order) => undecided(
            "it does not show, but where an order that is paid in crypto shows is not documented",
        ),
        (None, _) if missing => Verdict::NotOrdered,
        (None, Some(why)) => undecided(&why),
        (None, None) => undecided("it does not show yet"),
    }
}

fn sign(
    order: &JournaledOrder,
    before: &Reading,
    after: &Reading,
    known: &BTreeSet<String>,
) -> Sign {
    match (order, before, after) {
        (
            JournaledOrder::Renewal(order),
            Reading::Subscription(before),
            Reading::Subscription(after),
        ) => renewal(order, before, after, known),
        (JournaledOrder::Extension(order), Reading::Server(before), Reading::Server(after)) => {
            extension(order, before, after, known)
        }
        _ => Sign::Odd("what was read before the order is about something else".to_owned()),
    }
}

fn renewal(
    order: &PleskRenewalOrder,
    before: &SubscriptionReading,
    after: &SubscriptionReading,
    known: &BTreeSet<String>,
) -> Sign {
    // The list may have a greatest length, so only the newest must still be there.
    let newest = before.orders.iter().max_by_key(|order| order.created_at);
    if newest.is_some_and(|newest| !after.orders.iter().any(|order| order.id == newest.id)) {
        return Sign::Blank("a reading was older than the one before the order".to_owned());
    }
    let new = new_orders(&before.orders, &after.orders, known);
    let (was, is) = (before.expires_at, after.expires_at);
    // Where one reading does not name the plan, nothing can be said of it.
    let plans = before.plan.as_ref().zip(after.plan.as_ref());
    let plan_changed = plans.map(|(was, is)| was != is);
    let [seen] = new.as_slice() else {
        return match new.len() {
            0 if was == is && plan_changed == Some(true) => {
                Sign::Odd("the plan changed, and no new order shows".to_owned())
            }
            0 if was == is => Sign::Unchanged,
            0 => Sign::Odd(format!("the expiry moved from {was} to {is}, and no new order shows")),
            count => {
                Sign::Odd(format!("{count} new orders show, and which is ours cannot be told"))
            }
        };
    };
    let name = seen.number.as_ref().unwrap_or(&seen.id);
    if new_orders(&before.orders, &after.orders, &BTreeSet::new()).len() > 1 {
        return Sign::Odd(format!("the expiry moved for {name} and for another order of ours"));
    }
    let crypto = order.type_payment == Payment::Crypto;
    if !is_taken(seen, crypto) {
        return Sign::Odd(format!("the new order {name} is {}", status(seen)));
    }
    // What waits for its payment has moved nothing yet.
    let fits = match seen.status.as_deref() {
        Some("pending") => was == is,
        _ => after_months(was.civil(), order.months.get()).contains(&is.civil()),
    };
    if !fits {
        return Sign::Odd(format!(
            "the new order {name} shows, but the expiry went from {was} to {is}, which is not {} calendar months",
            order.months
        ));
    }
    match (&order.new_plan_id, plan_changed) {
        (None, Some(true)) => {
            return Sign::Odd("the plan changed, which was not ordered".to_owned());
        }
        (Some(_), Some(false)) => {
            return Sign::Odd("the plan did not change, which was ordered".to_owned());
        }
        (Some(_), None) => {
            return Sign::Odd("the plan does not show, and its change was ordered".to_owned());
        }
        (Some(_), Some(true)) => {}
        (None, _) => {
            // Without a price, an order of other months looks like ours to a reading that lags.
            let price = before.price.or(after.price);
            let expected = price.and_then(|price| total(price, order.months.get()));
            if expected.is_none() || seen.amount.map(Money::amount) != expected {
                return Sign::Odd(format!(
                    "the new order {name} cost {}, where a month cost {}",
                    words(seen.amount),
                    words(price)
                ));
            }
        }
    }
    Sign::Placed((*seen).clone())
}

fn extension(
    order: &ServerExtensionOrder,
    before: &ServerReading,
    after: &ServerReading,
    known: &BTreeSet<String>,
) -> Sign {
    let hours = i64::from(order.hours.get());
    let is_there = |earlier: &SeenOrder| after.orders.iter().any(|order| order.id == earlier.id);
    if !before.whole {
        return Sign::Odd("the list of orders was too long to be read before the order".to_owned());
    }
    if after.whole && !before.orders.iter().all(is_there) {
        return Sign::Blank("a reading was older than the one before the order".to_owned());
    }
    let all_new = new_orders(&before.orders, &after.orders, known);
    let ours = |seen: &&SeenOrder| match &seen.server {
        Some(server) => *server == *order.server_id,
        // It may be ours unless it says that it is not.
        None => seen.hours.is_none_or(|shown| shown == hours),
    };
    let new: Vec<&SeenOrder> = all_new.iter().copied().filter(ours).collect();
    match new.as_slice() {
        [] if !after.whole => Sign::Blank("the list of orders is too long to be read".to_owned()),
        [] => match unexplained(before, after) {
            Some(amount) => {
                Sign::Odd(format!("the balance fell by {amount} EUR more than the new orders cost"))
            }
            None => Sign::Unchanged,
        },
        [seen] => {
            let name = seen.number.as_ref().unwrap_or(&seen.id);
            let other_kind = seen.kind.as_deref().is_some_and(|kind| OTHER_KINDS.contains(&kind));
            if seen.server.is_none() {
                Sign::Odd(format!("the new order {name} does not say for which server it is"))
            } else if seen.hours != Some(hours) || other_kind {
                Sign::Odd(format!("the new order {name} for the server is another than ours"))
            } else if !is_taken(seen, false) {
                Sign::Odd(format!("the new order {name} is {}", status(seen)))
            } else {
                Sign::Placed((*seen).clone())
            }
        }
        several => Sign::Odd(format!(
            "{} new orders for the server show, and which is ours cannot be told",
            several.len()
        )),
    }
}

/// What `type` calls the other things that are bought at the same URL.
const OTHER_KINDS: [&str; 2] = ["new_server", "scale_server"];

fn new_orders<'a>(
    before: &[SeenOrder],
    after: &'a [SeenOrder],
    known: &BTreeSet<String>,
) -> Vec<&'a SeenOrder> {
    let is_known = |order: &SeenOrder| {
        known.contains(&order.id)
            || order.number.as_ref().is_some_and(|number| known.contains(number))
    };
    let is_new =
        |order: &&SeenOrder| !before.iter().any(|it| it.id == order.id) && !is_known(order);
    after.iter().filter(is_new).collect()
}

/// What the balance fell by, beyond what the new orders cost.
fn unexplained(before: &ServerReading, after: &ServerReading) -> Option<Decimal> {
    let fell = before.balance?.amount().checked_sub(after.balance?.amount())?;
    let mut cost = Decimal::ZERO;
    // Of all servers, and ours that are known: each that was taken has its part in the balance.
    let new = new_orders(&before.orders, &after.orders, &BTreeSet::new());
    for order in new.into_iter().filter(|order| is_taken(order, false)) {
        cost = cost.checked_add(order.amount?.amount())?;
    }
    fell.checked_sub(cost).filter(|rest| *rest > Decimal::ZERO)
}

fn is_taken(order: &SeenOrder, crypto: bool) -> bool {
    match order.status.as_deref() {
        Some("completed") => true,
        Some("pending") => crypto,
        _ => false,
    }
}

fn is_in_crypto(order: &JournaledOrder) -> bool {
    matches!(order, JournaledOrder::Renewal(order) if order.type_payment == Payment::Crypto)
}

fn changes_plan(order: &JournaledOrder) -> bool {
    matches!(order, JournaledOrder::Renewal(order) if order.new_plan_id.is_some())
}

fn status(order: &SeenOrder) -> &str {
    order.status.as_deref().unwrap_or("of an unknown status")
}

fn words(amount: Option<Money>) -> String {
    amount.map_or_else(|| "an unknown amount".to_owned(), |amount| format!("{amount} EUR"))
}

fn total(price: Money, months: u32) -> Option<Decimal> {
    price.amount().checked_mul(Decimal::from(months))
}

/// Calendar months later. Where the month is too short for the day, some count to its last day, and PHP
/// counts on into the next month; what the provider does is not documented.
fn after_months(from: DateTime, months: u32) -> Vec<DateTime> {
    let span = |count: u32| jiff::Span::new().try_months(count).ok();
    let Some(clamped) = span(months).and_then(|span| from.checked_add(span).ok()) else {
        return Vec::new();
    };
    let over = i64::from(from.day()) - i64::from(clamped.day());
    let carried = clamped.checked_add(over.days()).ok();
    [Some(clamped), carried].into_iter().flatten().collect()
}

#[cfg(test)]
mod cases;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod worlds;
