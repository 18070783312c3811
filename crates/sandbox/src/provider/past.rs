//! What there was before the latest orders, for reads that lag behind.

use std::{borrow::Cow, collections::VecDeque};

use rust_decimal::Decimal;

use super::State;
use crate::{
    clock::{Ago, Moment},
    fault::{ALL, Contradiction, Kind, View},
    operation::Order,
    seed::{Account, Seed, Server, Subscription},
};

/// How many orders a read can lag behind.
const REMEMBERED: usize = 1000;

/// The latest orders, the oldest first.
#[derive(Default)]
pub(super) struct Past(VecDeque<Placed>);

/// An order, and what there was before it.
struct Placed {
    order_id: String,
    at: Moment,
    before: Before,
}

/// What one order changed, as it was before.
pub(super) struct Before {
    account: Account,
    target: Target,
}

enum Target {
    Subscription(Box<Subscription>),
    Server(Box<Server>),
}

impl Before {
    /// As it is now, before an order of `user_id` for `target_id`.
    pub(super) fn of(stock: &Seed, order: Order, user_id: &str, target_id: &str) -> Option<Self> {
        let account = stock.accounts.iter().find(|account| account.user_id == user_id)?;
        let target = match order {
            Order::RenewPleskSubscription => {
                let target = stock.subscriptions.iter().find(|target| target.id == target_id)?;
                Target::Subscription(Box::new(target.clone()))
            }
            Order::ExtendServerHours => {
                let target = stock.servers.iter().find(|target| target.id == target_id)?;
                Target::Server(Box::new(target.clone()))
            }
        };
        Some(Self { account: account.clone(), target })
    }

    fn restore(&self, order_id: &str, stock: &mut Seed) {
        let mut accounts = stock.accounts.iter_mut();
        if let Some(account) = accounts.find(|account| account.key == self.account.key) {
            account.clone_from(&self.account);
        }
        match &self.target {
            Target::Subscription(was) => {
                stock.plesk_orders.retain(|order| order.id != order_id);
                if let Some(is) = stock.subscriptions.iter_mut().find(|is| is.id == was.id) {
                    is.clone_from(was);
                }
            }
            Target::Server(was) => {
                stock.server_orders.retain(|order| order.id != order_id);
                if let Some(is) = stock.servers.iter_mut().find(|is| is.id == was.id) {
                    is.clone_from(was);
                }
            }
        }
    }
}

impl Past {
    pub(super) fn remember(&mut self, before: Option<Before>, order_id: &str, at: Moment) {
        if self.0.len() == REMEMBERED {
            self.0.pop_front();
        }
        let order_id = order_id.to_owned();
        self.0.extend(before.map(|before| Placed { order_id, at, before }));
    }
}

impl State {
    /// What a read sees.
    pub(super) fn seen_through(&self, fault: &Kind, ago: Ago) -> Cow<'_, Seed> {
        match fault {
            Kind::Stale { orders } => Cow::Owned(self.as_of((*orders).into())),
            Kind::Contradict(Contradiction::OrderAlone) => {
                Cow::Owned(with_orders_of(self.as_of(1), self.stock.clone()))
            }
            Kind::Contradict(Contradiction::StateAlone) => {
                Cow::Owned(with_orders_of(self.stock.clone(), self.as_of(1)))
            }
            Kind::View(View::Lag { .. }) => {
                let past = &self.past.0;
                let since = past.iter().position(|placed| ago.is_before(&placed.at));
                Cow::Owned(self.as_of(past.len() - since.unwrap_or(past.len())))
            }
            Kind::View(View::Hide { kind }) => {
                let mut stock = self.stock.clone();
                stock.server_orders.retain(|order| kind != ALL && order.order_type != *kind);
                stock.plesk_orders.retain(|_| kind != ALL);
                Cow::Owned(stock)
            }
            Kind::View(View::OldestFirst) => {
                let mut stock = self.stock.clone();
                // The list begins at the end.
                stock.server_orders.reverse();
                Cow::Owned(stock)
            }
            Kind::View(View::Shuffled) => {
                let mut stock = self.stock.clone();
                stock.server_orders.sort_by_cached_key(|order| scattered(&order.id));
                Cow::Owned(stock)
            }
            _ => Cow::Borrowed(&self.stock),
        }
    }

    /// A balance that moves by itself.
    pub(super) fn drift(&mut self, user_id: &str, fault: &Kind) {
        let Kind::View(View::BalanceMoves { by }) = fault else { return };
        let mut accounts = self.stock.accounts.iter_mut();
        if let Some(account) = accounts.find(|account| account.user_id == user_id) {
            let moved = account.balance_net.saturating_add(*by);
            account.balance_net = moved.max(Decimal::ZERO);
        }
    }

    /// What there was before the last orders.
    fn as_of(&self, orders: usize) -> Seed {
        let mut stock = self.stock.clone();
        for placed in self.past.0.iter().rev().take(orders) {
            placed.before.restore(&placed.order_id, &mut stock);
        }
        stock
    }
}

fn with_orders_of(stock: Seed, other: Seed) -> Seed {
    Seed { plesk_orders: other.plesk_orders, server_orders: other.server_orders, ..stock }
}

/// A number that says nothing of an id, and is always the same for it: FNV-1a.
fn scattered(id: &str) -> u64 {
    id.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
    })
}
