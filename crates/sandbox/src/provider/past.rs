//! What there was before the latest orders, for reads that lag behind.

use std::collections::VecDeque;

use super::state::State;
use crate::{
    clock::Moment,
    seed::{Account, Named, Seed, Server, Subscription, find, find_mut},
};

/// How many orders a read can lag behind.
const REMEMBERED: usize = 1000;

/// The latest orders, the oldest first: what each was, and what there was before.
#[derive(Default)]
pub(super) struct Past(VecDeque<(Placed, Before)>);

/// An order that was placed.
pub(super) struct Placed {
    pub(super) order_id: String,
    pub(super) at: Moment,
}

/// What one order changed, as it was before.
pub(super) struct Before {
    account: Account,
    subscription: Option<Subscription>,
    server: Option<Server>,
}

impl Before {
    /// As it is now, before an order of `user_id` for `target_id`.
    pub(super) fn of(dataset: &Seed, user_id: &str, target_id: &str) -> Option<Self> {
        Some(Self {
            account: find(&dataset.accounts, user_id)?.clone(),
            subscription: find(&dataset.subscriptions, target_id).cloned(),
            server: find(&dataset.servers, target_id).cloned(),
        })
    }

    fn restore(&self, order_id: &str, dataset: &mut Seed) {
        restore(&mut dataset.accounts, Some(&self.account));
        restore(&mut dataset.subscriptions, self.subscription.as_ref());
        restore(&mut dataset.servers, self.server.as_ref());
        dataset.plesk_orders.retain(|order| order.id != order_id);
        dataset.server_orders.retain(|order| order.id != order_id);
    }
}

fn restore<T: Named + Clone>(among: &mut [T], was: Option<&T>) {
    if let Some(was) = was
        && let Some(is) = find_mut(among, was.id())
    {
        is.clone_from(was);
    }
}

impl Past {
    pub(super) fn remember(&mut self, placed: Placed, before: Before) {
        if self.0.len() == REMEMBERED {
            self.0.pop_front();
        }
        self.0.push_back((placed, before));
    }
}

impl State {
    /// What there was before the last orders.
    pub(crate) fn before_last(&self, orders: usize) -> Seed {
        let mut dataset = self.dataset.clone();
        for (placed, before) in self.past.0.iter().rev().take(orders) {
            before.restore(&placed.order_id, &mut dataset);
        }
        dataset
    }

    /// How many of the last orders were placed since a moment.
    pub(crate) fn orders_since(&self, is_since: impl Fn(&Moment) -> bool) -> usize {
        self.past.0.iter().rev().take_while(|(placed, _)| is_since(&placed.at)).count()
    }
}
