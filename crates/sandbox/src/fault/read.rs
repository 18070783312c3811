//! Faults in what a read is shown of the state, apart from the whole truth.

use rust_decimal::Decimal;

use super::{
    reply::failure,
    table::{Stage, faults},
};
use crate::{
    clock::Clock,
    exchange::Answer,
    json::Json,
    operation::Operation,
    provider::{Dataset, State},
};

faults! {
    /// What a read is shown. The state is as it is, except where a balance moves.
    ReadFault at &[Stage::Read];

    "stale=" Stale(u8) in [1..=64], like ["1"];
    "contradict=order" OrderAlone;
    "contradict=state" StateAlone;
    "lag=" Lag(u32) in [1..], like ["60"];
    "hide=" Hide(String), like ["renew_server" "all"];
    "balance=null" BalanceNull;
    "balance=missing" BalanceMissing;
    "balance=error" BalanceError;
    "balance=" BalanceMoves(Decimal), like ["+0.02" "-0.02"];
    "page-error=" PageError(u32) in [1..], like ["1" "2"];
    "page-404=" PageMissing(u32) in [1..], like ["1" "2"];
    "sort=oldest" OldestFirst;
    "sort=shuffled" Shuffled;
}

/// Stands for every kind of order.
const ALL: &str = "all";

use ReadFault::*;

impl ReadFault {
    /// Whether it changes what a read shows.
    pub(super) fn concerns(&self, read: Operation) -> bool {
        match self {
            Stale(_) | OrderAlone | StateAlone | Lag(_) => true,
            Hide(kind) if kind == ALL => {
                matches!(read, Operation::GetPleskSubscription | Operation::ListOrders)
            }
            BalanceNull | BalanceMissing | BalanceError | BalanceMoves(_) => {
                read == Operation::GetUser
            }
            Hide(_) | PageError(_) | PageMissing(_) | OldestFirst | Shuffled => {
                read == Operation::ListOrders
            }
        }
    }

    /// Whether it changes what is shown of a page, if one is asked for.
    pub(super) fn meets_page(&self, asked: Option<u32>) -> bool {
        match self {
            PageError(page) | PageMissing(page) => asked == Some(*page),
            _ => true,
        }
    }

    /// What a read of a user sees in place of what there is.
    pub(crate) fn view(&self, clock: &Clock) -> impl Fn(&mut State, &str) -> Dataset {
        // Asked before the state is locked: the clock is the caller's code.
        let since = if let Lag(seconds) = self { Some(clock.since(*seconds)) } else { None };
        move |state, user| {
            if let BalanceMoves(by) = self
                && let Some(account) = state.dataset.accounts.get_mut(user)
            {
                let moved = account.balance_net.saturating_add(*by);
                account.balance_net = moved.max(Decimal::ZERO);
            }
            let mut seen = state.dataset.clone();
            let orders = &mut seen.server_orders;
            match self {
                Stale(orders) => return state.before_last((*orders).into()),
                OrderAlone => return with_orders_of(state.before_last(1), seen),
                StateAlone => return with_orders_of(seen, state.before_last(1)),
                Lag(_) => {
                    let orders = since.as_ref().map_or(0, |since| state.orders_since(since));
                    return state.before_last(orders);
                }
                Hide(kind) => {
                    orders.retain(|_, order| kind != ALL && order.order_type != *kind);
                    seen.plesk_orders.retain(|_, _| kind != ALL);
                }
                // The list begins at the end.
                OldestFirst => orders.reverse(),
                Shuffled => orders.sort_by_cached_key(|id, _| scattered(id)),
                _ => {}
            }
            seen
        }
    }

    /// What becomes of the answer.
    pub(crate) fn apply(&self, mut answer: Answer) -> Answer {
        match (self, answer.body_mut().at(&["user"])) {
            (BalanceError | PageError(_), _) => return failure(500),
            (PageMissing(_), _) => return failure(404),
            (BalanceNull, Some(user)) => user.set("balance", ()),
            (BalanceMissing, Some(Json::Object(members))) => {
                members.retain(|(name, _)| name != "balance");
            }
            _ => {}
        }
        answer
    }
}

fn with_orders_of(dataset: Dataset, other: Dataset) -> Dataset {
    Dataset { plesk_orders: other.plesk_orders, server_orders: other.server_orders, ..dataset }
}

/// A number that says nothing of an id, and is always the same for it: FNV-1a.
fn scattered(id: &str) -> u64 {
    id.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
    })
}
