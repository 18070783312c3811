//! What there was before the latest orders, for reads that lag behind.

use std::{borrow::Cow, collections::VecDeque};

use super::State;
use crate::{
    fault::{Contradiction, Kind, MOST_STALE},
    operation::Order,
    seed::{Account, Seed, Server, Subscription},
};

/// The latest orders, the oldest first; no more than a read can lag behind.
#[derive(Default)]
pub(super) struct Past(VecDeque<(String, Before)>);

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
    pub(super) fn remember(&mut self, before: Option<Before>, order_id: &str) {
        if self.0.len() == usize::from(MOST_STALE) {
            self.0.pop_front();
        }
        self.0.extend(before.map(|before| (order_id.to_owned(), before)));
    }
}

impl State {
    /// What a read sees.
    pub(super) fn seen_through(&self, fault: &Kind) -> Cow<'_, Seed> {
        match fault {
            Kind::Stale { orders } => Cow::Owned(self.as_of((*orders).into())),
            Kind::Contradict(Contradiction::OrderAlone) => {
                Cow::Owned(with_orders_of(self.as_of(1), self.stock.clone()))
            }
            Kind::Contradict(Contradiction::StateAlone) => {
                Cow::Owned(with_orders_of(self.stock.clone(), self.as_of(1)))
            }
            _ => Cow::Borrowed(&self.stock),
        }
    }

    /// What there was before the last orders.
    fn as_of(&self, orders: usize) -> Seed {
        let mut stock = self.stock.clone();
        for (order_id, before) in self.past.0.iter().rev().take(orders) {
            before.restore(order_id, &mut stock);
        }
        stock
    }
}

fn with_orders_of(stock: Seed, other: Seed) -> Seed {
    Seed { plesk_orders: other.plesk_orders, server_orders: other.server_orders, ..stock }
}
