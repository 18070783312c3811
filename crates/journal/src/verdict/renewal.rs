//! What one reading of a subscription says of a renewal.

use jiff::{ToSpan, civil::DateTime};
use oxhost::Money;
use oxhost::types::{Payment, PleskRenewalOrder};
use rust_decimal::Decimal;

use super::{Known, Signal, is_taken, status, words};
use crate::snapshot::{SeenOrder, SubscriptionSnapshot};

/// How far the provider's civil times may run back: an hour where daylight saving ends, and one to spare.
const CLOCKS_BACK_HOURS: i64 = 2;

pub(super) fn signal(
    order: &PleskRenewalOrder,
    known: &Known,
    before: &SubscriptionSnapshot,
    after: &SubscriptionSnapshot,
) -> Signal {
    // The list may have a greatest length, so only the newest must still be there.
    let newest = before.orders.iter().max_by_key(|order| order.created_at);
    if newest.is_some_and(|newest| !after.orders.iter().any(|order| order.is_same(newest))) {
        return Signal::Blank("a reading was older than the one before the order".to_owned());
    }
    let was_there = |order: &SeenOrder| before.orders.iter().any(|it| it.is_same(order));
    let all_new: Vec<&SeenOrder> = after.orders.iter().filter(|order| !was_there(order)).collect();
    let new: Vec<&SeenOrder> = all_new.iter().copied().filter(|order| !known.has(order)).collect();
    let (was, is) = (before.expires_at, after.expires_at);
    // Where one reading does not name the plan, nothing can be said of it.
    let plans = before.plan.as_ref().zip(after.plan.as_ref());
    let plan_changed = plans.map(|(was, is)| was != is);
    let [seen] = new.as_slice() else {
        return match new.len() {
            0 if was == is && plan_changed == Some(true) => {
                Signal::Odd("the plan changed, and no new order shows".to_owned())
            }
            0 if was == is => Signal::Unchanged,
            0 => {
                Signal::Odd(format!("the expiry moved from {was} to {is}, and no new order shows"))
            }
            count => {
                Signal::Odd(format!("{count} new orders show, and which is ours cannot be told"))
            }
        };
    };
    let name = seen.name();
    if all_new.len() > 1 {
        return Signal::Odd(format!("the expiry moved for {name} and for another order of ours"));
    }
    let is_older = |newest: &SeenOrder| {
        let floor = newest.time().and_then(|time| time.checked_sub(CLOCKS_BACK_HOURS.hours()).ok());
        seen.time().zip(floor).is_some_and(|(time, floor)| time < floor)
    };
    if newest.is_some_and(is_older) {
        return Signal::Odd(format!("the new order {name} is older than those before it"));
    }
    let crypto = order.type_payment == Payment::Crypto;
    if !is_taken(seen, crypto) {
        return Signal::Odd(format!("the new order {name} is {}", status(seen)));
    }
    // What waits for its payment has moved nothing yet.
    let fits = match &seen.status {
        Some(status) if status.is("pending") => was == is,
        _ => after_months(was.civil(), order.months.get()).contains(&is.civil()),
    };
    if !fits {
        return Signal::Odd(format!(
            "the new order {name} shows, but the expiry went from {was} to {is}, which is not {} calendar months",
            order.months
        ));
    }
    match (&order.new_plan_id, plan_changed) {
        (None, Some(true)) => {
            return Signal::Odd("the plan changed, which was not ordered".to_owned());
        }
        (Some(_), Some(false)) => {
            return Signal::Odd("the plan did not change, which was ordered".to_owned());
        }
        (Some(_), None) => {
            return Signal::Odd("the plan does not show, and its change was ordered".to_owned());
        }
        (Some(_), Some(true)) => {}
        (None, _) => {
            // Without a price, an order of other months looks like ours to a reading that lags.
            let price = before.price.or(after.price);
            let expected = price.and_then(|price| total(price, order.months.get()));
            if expected.is_none() || seen.amount.map(Money::amount) != expected {
                return Signal::Odd(format!(
                    "the new order {name} cost {}, where a month cost {}",
                    words(seen.amount),
                    words(price)
                ));
            }
        }
    }
    Signal::Placed(Box::new((*seen).clone()))
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
