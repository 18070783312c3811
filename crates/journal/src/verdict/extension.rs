//! What one reading of a user's orders and balance says of an extension.

use oxhost::types::ServerExtensionOrder;
use rust_decimal::Decimal;

use super::novelty::{Novelty, novelties};
use super::{Case, Signal, is_taken, status};
use crate::order::JournaledOrder;
use crate::snapshot::{SeenOrder, ServerSnapshot, ShownText};

/// What `type` calls the other things that are bought at the same URL.
const OTHER_KINDS: [&str; 2] = ["new_server", "scale_server"];

pub(super) fn signal(
    case: &Case<'_>,
    order: &ServerExtensionOrder,
    before: &ServerSnapshot,
    after: &ServerSnapshot,
    late: bool,
) -> Signal {
    let is_there = |earlier: &SeenOrder| after.orders.iter().any(|order| order.is_same(earlier));
    if after.whole && !before.orders.iter().all(is_there) {
        return Signal::Blank("a reading was older than the one before the order".to_owned());
    }
    let novelties = novelties(case, before, after);
    let may_be_new: Vec<(&SeenOrder, Novelty)> = after.orders.iter().zip(novelties).collect();
    let may_be_new = may_be_new.into_iter().filter(|(_, novelty)| *novelty != Novelty::Old);
    let may_be_new: Vec<(&SeenOrder, Novelty)> = may_be_new.collect();
    let balance = Balance::of(before, after, may_be_new.iter().map(|(order, _)| *order));
    let candidates = |novelty| {
        let of_it = may_be_new.iter().filter(move |(_, it)| *it == novelty);
        of_it.map(|(order, _)| *order).filter(|it| !case.known.has(it) && may_be_ours(order, it))
    };
    let new: Vec<&SeenOrder> = candidates(Novelty::New).collect();
    let unclear: Vec<&SeenOrder> = candidates(Novelty::Unclear).collect();
    match (new.as_slice(), unclear.as_slice()) {
        ([], []) => absence(case, before, after, late, &balance),
        ([seen], _) => fit(order, seen),
        ([], _) if !(late && after.whole) => {
            Signal::Unclear("an order for the server may be from before ours".to_owned())
        }
        ([], [seen]) if balance.is_explained_by(seen) => fit(order, seen),
        ([], [seen, ..]) => Signal::Odd(format!(
            "whether the order {} was placed before ours cannot be told",
            seen.name()
        )),
        (several, _) => Signal::Odd(format!(
            "{} new orders for the server show, and which is ours cannot be told",
            several.len()
        )),
    }
}

fn may_be_ours(order: &ServerExtensionOrder, seen: &SeenOrder) -> bool {
    match server_of(order, seen) {
        Some(server) => server.is(&order.server_id),
        // It may be ours unless it says that it is not.
        None => seen.hours.is_none_or(|shown| shown == i64::from(order.hours.get())),
    }
}

/// The server that a listed order names. A server has ids in other systems, too: a number, where ours is
/// none, names none that could be compared, and neither do zeros, or ours in other letters' case or with
/// something around it.
fn server_of<'a>(order: &ServerExtensionOrder, seen: &'a SeenOrder) -> Option<&'a ShownText> {
    let ours: &str = &order.server_id;
    let is_number = |id: &str| id.bytes().all(|byte| byte.is_ascii_digit());
    seen.server.as_ref().filter(|server| {
        let id = server.as_str();
        let is_zero = id.contains('0') && id.chars().all(|letter| "0-".contains(letter));
        let is_foreign = is_zero || (is_number(id) && !is_number(ours));
        let letters = |id: &str| {
            let kept = id.chars().filter(|letter| letter.is_alphanumeric());
            kept.collect::<String>().to_lowercase()
        };
        server.is(ours) || !(is_foreign || letters(id) == letters(ours))
    })
}

fn fit(order: &ServerExtensionOrder, seen: &SeenOrder) -> Signal {
    let name = seen.name();
    let other_kind =
        seen.kind.as_ref().is_some_and(|kind| OTHER_KINDS.iter().any(|it| kind.is(it)));
    if server_of(order, seen).is_none() {
        Signal::Odd(format!("the new order {name} does not say for which server it is"))
    } else if seen.hours != Some(i64::from(order.hours.get())) || other_kind {
        Signal::Odd(format!("the new order {name} for the server is another than ours"))
    } else if !is_taken(seen, false) {
        Signal::Odd(format!("the new order {name} is {}", status(seen)))
    } else {
        Signal::Placed(Box::new(seen.clone()))
    }
}

/// No order that could be ours shows.
fn absence(
    case: &Case<'_>,
    before: &ServerSnapshot,
    after: &ServerSnapshot,
    late: bool,
    balance: &Balance,
) -> Signal {
    if !after.whole {
        return Signal::Blank("the list of orders was not read to its end".to_owned());
    }
    if let Some(amount) = balance.unexplained() {
        return Signal::Unexplained(format!(
            "the balance fell by {amount} EUR more than the new orders cost"
        ));
    }
    let holds_extensions = before.shows_extensions
        || after.shows_extensions
        || after.orders.iter().any(|order| case.known.has(order));
    let stood_still = balance.fell.is_some_and(|fell| fell.is_zero());
    let paid_for_what_shows = balance.fell.is_some() && balance.fell == balance.cost;
    if !late {
        return Signal::Unchanged;
    }
    let why = if holds_extensions {
        // A list that leaves some orders out keeps the newest, if these come first.
        if after.newest_first || stood_still || paid_for_what_shows {
            return Signal::Unchanged;
        }
        "the list of orders does not evidently start with the newest"
    } else if !stood_still {
        "the list of orders has never shown an extension"
    } else if costs_nothing(case, before, after) {
        // An hour of a cheap plan rounds to nothing, and moves no balance.
        let why = "the list of orders has never shown an extension, and ours would cost 0.00 EUR";
        return Signal::Blank(why.to_owned());
    } else {
        return Signal::Unchanged;
    };
    let said = if balance.fell.is_some() { "moved" } else { "could not be read" };
    Signal::Blank(format!("{why}, and the balance {said}"))
}

/// Whether the order rounds to less than a cent by what the server's hours have cost so far. Where that is
/// not known, it is taken to cost something.
fn costs_nothing(case: &Case<'_>, before: &ServerSnapshot, after: &ServerSnapshot) -> bool {
    let JournaledOrder::Extension(order) = case.order else { return false };
    let is_ours =
        |seen: &&SeenOrder| seen.server.as_ref().is_some_and(|server| server.is(&order.server_id));
    let rates = before.orders.iter().chain(&after.orders).filter(is_ours).filter_map(|seen| {
        let hours = Decimal::from(seen.hours?);
        seen.amount?.amount().checked_div(hours).filter(|rate| !rate.is_sign_negative())
    });
    let cheapest = rates.min().and_then(|rate| rate.checked_mul(order.hours.get().into()));
    cheapest.is_some_and(|cost| cost < Decimal::new(1, 2))
}

/// What the balance says.
struct Balance {
    /// By how much it fell.
    fell: Option<Decimal>,
    /// What the orders cost that may be new. Of all servers, and ours that are known: each that was
    /// taken has its part in the balance.
    cost: Option<Decimal>,
}

impl Balance {
    fn of<'a>(
        before: &ServerSnapshot,
        after: &ServerSnapshot,
        new: impl Iterator<Item = &'a SeenOrder>,
    ) -> Self {
        let balances = before.balance.zip(after.balance);
        let fell = balances.and_then(|(was, is)| was.amount().checked_sub(is.amount()));
        let taken = new.filter(|order| is_taken(order, false));
        let cost = taken
            .map(|order| order.amount)
            .try_fold(Decimal::ZERO, |sum, amount| sum.checked_add(amount?.amount()));
        Self { fell, cost }
    }

    /// What it fell by, beyond what the new orders cost.
    fn unexplained(&self) -> Option<Decimal> {
        self.fell?.checked_sub(self.cost?).filter(|rest| *rest > Decimal::ZERO)
    }

    /// Whether it fell by just what all orders cost that may be new, this one among them. One without
    /// a time may be of any age.
    fn is_explained_by(&self, order: &SeenOrder) -> bool {
        let costs = order.amount.is_some_and(|amount| amount.amount() > Decimal::ZERO);
        order.time().is_some() && costs && self.fell.is_some() && self.fell == self.cost
    }
}
