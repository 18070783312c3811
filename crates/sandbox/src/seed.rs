//! What exists at the provider before the first order.

use std::{collections::HashSet, fmt};

use jiff::civil::DateTime;
use rust_decimal::Decimal;
use serde::Serialize;

use crate::{clock::Host, wire};

mod documented;

pub use documented::{
    BUSINESS_PLAN_ID, EXAMPLE_SERVER_ID, KEY, PLAN_ID, SERVER_ID, SUBSCRIPTION_ID, USER_ID,
};

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
    /// Orders of the past, oldest first. The reads show them; the ledger, which counts what was
    /// charged since, does not.
    pub history: Vec<PastOrder>,
}

/// An order that was placed and paid before the sandbox started.
#[derive(Clone, Debug)]
pub struct PastOrder {
    /// Where it was placed.
    pub host: Host,
    /// Id of the order.
    pub order_id: String,
    /// Number of the order.
    pub order_number: String,
    /// Id of the subscription or server that was paid for.
    pub target_id: String,
    /// What was debited, in EUR.
    pub amount: Decimal,
    /// When, in the host's civil time.
    pub at: DateTime,
    /// Calendar months or hours.
    pub units: i32,
    /// Kind of a server order, such as `dedicated_server`.
    pub order_type: String,
    /// What a server order says of itself.
    pub description: String,
}

/// A customer, who may use one key on both hosts.
#[derive(Clone)]
pub struct Account {
    /// The API key. Secret: `Debug` does not show it.
    pub key: String,
    /// Id of the customer.
    pub user_id: String,
    /// Balance on `0xhost.com`, in EUR.
    pub balance_com: Decimal,
    /// Balance on `0xhost.net`, in EUR.
    pub balance_net: Decimal,
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
    /// When it ends, in the provider's civil time.
    pub expires_at: DateTime,
    /// Id of the customer who owns it.
    pub owner_id: String,
}

/// A server. Serialises as the documented `server_status`, field by field, its password included.
#[derive(Clone, Serialize)]
pub struct Server {
    /// Id of the server.
    pub id: String,
    /// Its id in SolusVM, the provider's virtualisation panel.
    pub id_solusvm: u32,
    /// Its UUID in SolusVM.
    pub solusvm_uuid: String,
    /// Number of virtual CPU cores.
    pub cpu_cores: u32,
    /// Memory, in bytes.
    pub ram: u64,
    /// Disk, in gigabytes.
    pub disk: u32,
    /// Kind of disk, such as `ssd`.
    pub disk_type: String,
    /// Null in the documented reply; what it means is unknown.
    pub cpu: Option<String>,
    /// Null in the documented reply; what it means is unknown.
    #[serde(rename = "ramD")]
    pub ram_d: Option<String>,
    /// Null in the documented reply; what it means is unknown.
    #[serde(rename = "diskD")]
    pub disk_d: Option<String>,
    /// Name of the server.
    pub name: String,
    /// Whether it renews itself: 1 or 0. (The sandbox renews nothing by itself.)
    pub auto_renew: u8,
    /// First IP address.
    pub primary_ip: String,
    /// Null in the documented reply; what it means is unknown.
    pub extra_ips: Option<String>,
    /// State of the server; only `active` is documented, and the sandbox never changes it.
    pub status: String,
    /// When the record last changed, in the provider's civil time.
    #[serde(serialize_with = "wire::civil")]
    pub updated_at: DateTime,
    /// Id of its plan, which is no Plesk plan.
    pub plan_id: u32,
    /// Where it stands.
    pub location: String,
    /// Id of the operating system's image.
    pub os_image_id: u32,
    /// Hours of the last purchase, not a total.
    pub rental_duration_hours: i32,
    /// Id of the customer who owns it, and alone may extend it.
    pub owner_id: String,
    /// When it was created, in the provider's civil time.
    #[serde(serialize_with = "wire::civil")]
    pub created_at: DateTime,
    /// When the rental ends, in the provider's civil time.
    #[serde(serialize_with = "wire::civil")]
    pub expire_date: DateTime,
    /// Carries the root password. Secret: `Debug` does not show it.
    pub metadata: String,
    /// Id of the user, as the reply shows it.
    pub user_id: String,
    /// Name of the login on the server.
    pub username: String,
    /// Whether the user's account is active: 1 or 0.
    #[serde(rename = "userIsActive")]
    pub user_is_active: u8,
    /// Price of 720 hours, in EUR.
    #[serde(serialize_with = "wire::money")]
    pub plan_price: Decimal,
}

impl Account {
    pub(crate) fn balance(&self, host: Host) -> Decimal {
        match host {
            Host::Com => self.balance_com,
            Host::Net => self.balance_net,
        }
    }

    pub(crate) fn balance_mut(&mut self, host: Host) -> &mut Decimal {
        match host {
            Host::Com => &mut self.balance_com,
            Host::Net => &mut self.balance_net,
        }
    }
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
        unique(self.subscriptions.iter().map(|s| &s.id))?;
        unique(self.servers.iter().map(|s| &s.id))?;
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

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account")
            .field("user_id", &self.user_id)
            .field("balance_com", &self.balance_com)
            .field("balance_net", &self.balance_net)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("id", &self.id)
            .field("plan_price", &self.plan_price)
            .field("expire_date", &self.expire_date)
            .finish_non_exhaustive()
    }
}
