//! What there is at the provider, found by its id however much there is.

use std::collections::HashMap;

use indexmap::IndexMap;

use crate::seed::{Account, Plan, PleskOrder, Seed, Server, ServerOrder, Subscription};

#[derive(Clone)]
pub(crate) struct Dataset {
    pub(crate) accounts: IndexMap<String, Account>,
    pub(crate) plans: HashMap<String, Plan>,
    pub(crate) subscriptions: HashMap<String, Subscription>,
    pub(crate) servers: HashMap<String, Server>,
    /// Of each subscription, the oldest first.
    pub(crate) plesk_orders: HashMap<String, Vec<PleskOrder>>,
    /// The oldest first.
    pub(crate) server_orders: IndexMap<String, ServerOrder>,
}

fn by<T, M: FromIterator<(String, T)>>(all: Vec<T>, id: impl Fn(&T) -> &String) -> M {
    all.into_iter().map(|it| (id(&it).clone(), it)).collect()
}

impl From<Seed> for Dataset {
    fn from(seed: Seed) -> Self {
        let mut plesk_orders = HashMap::<_, Vec<_>>::new();
        for order in seed.plesk_orders {
            plesk_orders.entry(order.subscription_id.clone()).or_default().push(order);
        }
        Self {
            accounts: by(seed.accounts, |it| &it.user_id),
            plans: by(seed.plans, |it| &it.id),
            subscriptions: by(seed.subscriptions, |it| &it.id),
            servers: by(seed.servers, |it| &it.id),
            plesk_orders,
            server_orders: by(seed.server_orders, |it| &it.id),
        }
    }
}
