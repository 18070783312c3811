//! All that can change at the provider, and what there was before, for reads that lag behind.

use std::collections::VecDeque;

use super::Dataset;
use crate::{
    clock::Moment,
    ledger::Ledger,
    seed::{Account, Server, Subscription},
};

/// How many orders a read can lag behind.
const REMEMBERED: usize = 1000;

/// All that can change, under one lock.
pub(crate) struct State {
    /// What there is, as it is now.
    pub(crate) dataset: Dataset,
    pub(crate) ledger: Ledger,
    /// The latest orders, the oldest first.
    past: VecDeque<Placed>,
    /// Where a reply contradicted the contract, and how; the first ones say enough.
    pub(crate) contradictions: Vec<String>,
}

impl State {
    pub(super) fn new(dataset: Dataset) -> Self {
        let ledger = Ledger::default();
        Self { dataset, ledger, past: VecDeque::new(), contradictions: Vec::new() }
    }

    pub(super) fn contradict(&mut self, found: String) {
        if self.contradictions.len() < 100 {
            self.contradictions.push(found);
        }
    }

    pub(super) fn remember(&mut self, placed: Placed) {
        if self.past.len() == REMEMBERED {
            self.past.pop_front();
        }
        self.past.push_back(placed);
    }

    /// What there was before the last orders.
    pub(crate) fn before_last(&self, orders: usize) -> Dataset {
        let mut dataset = self.dataset.clone();
        self.past.iter().rev().take(orders).for_each(|placed| placed.restore(&mut dataset));
        dataset
    }

    /// How many of the last orders were placed since a moment.
    pub(crate) fn orders_since(&self, is_since: impl Fn(&Moment) -> bool) -> usize {
        let first = self.past.iter().position(|placed| is_since(&placed.at));
        first.map_or(0, |first| self.past.len() - first)
    }
}

/// An order that was placed, and what it changed, as that was before.
pub(super) struct Placed {
    pub(super) order_id: String,
    pub(super) at: Moment,
    pub(super) account: Account,
    pub(super) subscription: Option<Subscription>,
    pub(super) server: Option<Server>,
}

impl Placed {
    fn restore(&self, dataset: &mut Dataset) {
        let (account, id) = (&self.account, &self.order_id);
        dataset.accounts.insert(account.user_id.clone(), account.clone());
        if let Some(subscription) = &self.subscription {
            dataset.subscriptions.insert(subscription.id.clone(), subscription.clone());
            let orders = dataset.plesk_orders.entry(subscription.id.clone()).or_default();
            orders.retain(|order| order.id != *id);
        }
        if let Some(server) = &self.server {
            dataset.servers.insert(server.id.clone(), server.clone());
            dataset.server_orders.shift_remove(id);
        }
    }
}
