//! What exists at the provider before the first order.

use std::collections::HashSet;

use jiff::civil::DateTime;
use rust_decimal::Decimal;

use crate::wire;

mod account;
mod documented;
mod order;
mod server;

pub use account::{Account, Profile};
pub use documented::{
    BUSINESS_PLAN_ID, EXAMPLE_SERVER_ID, KEY, PLAN_ID, SERVER_ID, SUBSCRIPTION_ID, USER_ID,
};
pub use order::{PleskOrder, ServerOrder};
pub use server::Server;

/// Everything that exists at the provider before the first order.
#[derive(Clone, Debug)]
pub struct Seed {
    /// The customers. The first is the one that [`Sandbox::key`](crate::Sandbox::key) and its
    /// neighbours speak of; there must be one.
    pub accounts: Vec<Account>,
    /// The Plesk plans that can be bought.
    pub plans: Vec<Plan>,
    /// The Plesk subscriptions.
    pub subscriptions: Vec<Subscription>,
    /// The servers.
    pub servers: Vec<Server>,
    /// Orders of subscriptions, the oldest first.
    pub plesk_orders: Vec<PleskOrder>,
    /// Orders of servers, the oldest first.
    pub server_orders: Vec<ServerOrder>,
}

/// A Plesk plan.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Id of the plan.
    pub id: String,
    /// Name of the plan.
    pub name: String,
    /// Price of a calendar month, in EUR.
    pub monthly_price: Decimal,
}

/// A Plesk subscription.
#[derive(Clone, Debug)]
pub struct Subscription {
    /// Id of the subscription.
    pub id: String,
    /// Domain that it serves.
    pub domain_name: String,
    /// Id of its plan.
    pub plan_id: String,
    /// State of the subscription; only `active` is documented, and the sandbox never changes it.
    pub status: String,
    /// Id of the provider's client.
    pub client_id: String,
    /// Name of the provider's client.
    pub client_name: String,
    /// When it was created, in the provider's civil time.
    pub created_at: DateTime,
    /// When it ends, in the provider's civil time.
    pub expires_at: DateTime,
    /// Whether it renews itself. (The sandbox renews nothing by itself.)
    pub auto_renew: bool,
    /// Name of the FTP login.
    pub ftp_username: String,
    /// Id of the customer who owns it.
    pub owner_id: String,
}

impl Seed {
    /// Says what is wrong with this seed, if anything is: a provider must not start in a state that
    /// it could never have come to.
    pub(crate) fn check(&self) -> Result<(), &'static str> {
        if self.accounts.is_empty() {
            return Err("a seed needs an account");
        }
        let users: HashSet<_> = unique(self.accounts.iter().map(|a| &a.user_id))?;
        unique(self.accounts.iter().map(|a| &a.key))?;
        let plans = unique(self.plans.iter().map(|p| &p.id))?;
        let subscriptions = unique(self.subscriptions.iter().map(|s| &s.id))?;
        let servers = unique(self.servers.iter().map(|s| &s.id))?;
        unique(self.plesk_orders.iter().map(|o| &o.id))?;
        unique(self.server_orders.iter().map(|o| &o.id))?;
        if !self
            .subscriptions
            .iter()
            .all(|s| users.contains(&s.owner_id) && plans.contains(&s.plan_id))
        {
            return Err("a subscription of the seed has no owner or no plan there");
        }
        if !self.servers.iter().all(|s| users.contains(&s.owner_id)) {
            return Err("a server of the seed has no owner there");
        }
        if !self.plesk_orders.iter().all(|o| subscriptions.contains(&o.subscription_id)) {
            return Err("an order of the seed has no subscription there");
        }
        let known = |o: &ServerOrder| users.contains(&o.user_id) && servers.contains(&o.server_id);
        if !self.server_orders.iter().all(known) {
            return Err("an order of the seed has no user or no server there");
        }
        let prices = self.plans.iter().map(|p| p.monthly_price);
        let prices = prices.chain(self.servers.iter().map(|s| s.plan_price));
        let balances = self.accounts.iter().flat_map(|a| [a.balance_com, a.balance_net]);
        if prices.clone().any(|price| price < Decimal::ZERO) {
            return Err("a price of the seed is negative");
        }
        if !prices.chain(balances).all(|amount| amount == wire::cents(amount)) {
            return Err("an amount of the seed is finer than a cent");
        }
        Ok(())
    }
}

fn unique<'a>(ids: impl Iterator<Item = &'a String>) -> Result<HashSet<&'a String>, &'static str> {
    let mut seen = HashSet::new();
    for id in ids {
        if id.is_empty() || !seen.insert(id) {
            return Err("an id or a key of the seed is empty or there twice");
        }
    }
    Ok(seen)
}
