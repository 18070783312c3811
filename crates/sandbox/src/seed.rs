//! What exists at the provider before the first order.

use std::{collections::HashSet, fmt};

use jiff::civil::{DateTime, date};
use rust_decimal::{Decimal, RoundingStrategy};

use crate::clock::Host;

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
    /// What else is known of the customer.
    pub profile: Profile,
}

/// What the read of a user shows beside the balance. The default is the documented user.
#[derive(Clone, Debug)]
pub struct Profile {
    /// Name of the user.
    pub username: String,
    /// E-mail address of the user.
    pub email: String,
    /// When the user was created, in the provider's civil time.
    pub created_at: DateTime,
    /// When the record last changed: with each charge on `.net`, here.
    pub updated_at: DateTime,
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            username: "demo_user".into(),
            email: "demo@example.com".into(),
            created_at: date(2025, 5, 27).at(18, 27, 42, 0),
            updated_at: date(2025, 11, 23).at(15, 39, 56, 0),
        }
    }
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

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account")
            .field("user_id", &self.user_id)
            .field("balance_com", &self.balance_com)
            .field("balance_net", &self.balance_net)
            .finish_non_exhaustive()
    }
}

/// An order of a Plesk subscription.
#[derive(Clone, Debug)]
pub struct PleskOrder {
    /// Id of the order.
    pub id: String,
    /// Id of the subscription, which the reply does not repeat.
    pub subscription_id: String,
    /// Number of the order.
    pub order_number: String,
    /// What was debited, in EUR.
    pub amount: Decimal,
    /// `completed`, or `pending` for an order that waits for its payment.
    pub status: String,
    /// When it was placed, in the provider's civil time.
    pub created_at: DateTime,
}

/// An order of a server.
#[derive(Clone, Debug)]
pub struct ServerOrder {
    /// Id of the order.
    pub id: String,
    /// Id of the customer who placed it.
    pub user_id: String,
    /// Id of the server.
    pub server_id: String,
    /// Number of the order.
    pub order_number: String,
    /// Kind of the order; only `dedicated_server` is documented.
    pub order_type: String,
    /// State of the order; only `completed` is documented.
    pub status: String,
    /// Hours that were bought.
    pub rental_duration_hours: i32,
    /// What was debited, in EUR.
    pub amount: Decimal,
    /// What was bought, in the provider's words.
    pub description: String,
    /// When it was placed, in the provider's civil time.
    pub created_at: DateTime,
}

/// A server: the documented `server_status`, field by field, its password included.
#[derive(Clone)]
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
    pub ram_d: Option<String>,
    /// Null in the documented reply; what it means is unknown.
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
    pub created_at: DateTime,
    /// When the rental ends, in the provider's civil time.
    pub expire_date: DateTime,
    /// Carries the root password. Secret: `Debug` does not show it.
    pub metadata: String,
    /// Id of the user, as the reply shows it.
    pub user_id: String,
    /// Name of the login on the server.
    pub username: String,
    /// Whether the user's account is active: 1 or 0.
    pub user_is_active: u8,
    /// Price of 720 hours, in EUR.
    pub plan_price: Decimal,
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

/// What has an id of its own.
pub(crate) trait Named {
    fn id(&self) -> &str;
}

macro_rules! named {
    ($($kind:ident.$id:ident)*) => {
        $(impl Named for $kind {
            fn id(&self) -> &str {
                &self.$id
            }
        })*
    };
}
named!(Account.user_id Plan.id Subscription.id Server.id);

pub(crate) fn find<'a, T: Named>(among: &'a [T], id: &str) -> Option<&'a T> {
    among.iter().find(|it| it.id() == id)
}

pub(crate) fn find_mut<'a, T: Named>(among: &'a mut [T], id: &str) -> Option<&'a mut T> {
    among.iter_mut().find(|it| it.id() == id)
}

/// Rounds to cents, half away from zero.
pub(crate) fn cents(amount: Decimal) -> Decimal {
    amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
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
        if !prices.chain(balances).all(|amount| amount == cents(amount)) {
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
