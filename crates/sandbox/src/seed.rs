//! What exists at the provider before the first order.

use std::collections::HashSet;

use jiff::civil::{DateTime, date};
use rust_decimal::{Decimal, RoundingStrategy};

use crate::{clock::Host, shown::shown};

/// The API key of [`Seed::documented`].
pub const KEY: &str = "sandbox-key";
/// The user of [`Seed::documented`], from both pages.
pub const USER_ID: &str = "user12345-6789-0123-4567-890123456789";
/// The documented subscription: `example.com`, until 2025-04-01 10:00:00.
pub const SUBSCRIPTION_ID: &str = "sub123-4567-8901-2345-678901234567";
/// The documented new plan: 9.99 EUR a month, so that the documented reply adds up.
pub const PLAN_ID: &str = "plan234-5678-9012-3456-789012345678";
/// A dearer plan, 24.99 EUR a month. Only the sandbox has it.
pub const BUSINESS_PLAN_ID: &str = "sandbox-plan-business";
/// The server of the documented request.
pub const SERVER_ID: &str = "server12345-6789-0123-4567-890123456789";
/// The server of the documented reply. (In the provider's example the two differ.)
pub const EXAMPLE_SERVER_ID: &str = "a6bbde9c-c6df-11f0-8cdf-525400792197";

// The plan that the subscription is on; its id is not documented.
const BASIC_PLAN_ID: &str = "sandbox-plan-basic";

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

/// A Plesk subscription. What else the documented reply has is the same of each.
#[derive(Clone, Debug)]
pub struct Subscription {
    /// Id of the subscription.
    pub id: String,
    /// Domain that it serves.
    pub domain_name: String,
    /// Id of its plan.
    pub plan_id: String,
    /// Name of the provider's client.
    pub client_name: String,
    /// When it ends, in the provider's civil time.
    pub expires_at: DateTime,
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
    /// Name of the user. What else the documented user has is the same of each.
    pub username: String,
    /// When the record last changed: with each charge on `.net`, here.
    pub updated_at: DateTime,
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

/// A server. What else the documented `server_status` has is the same of each.
#[derive(Clone)]
pub struct Server {
    /// Id of the server.
    pub id: String,
    /// Name of the server.
    pub name: String,
    /// When the record last changed, in the provider's civil time.
    pub updated_at: DateTime,
    /// Hours of the last purchase, not a total.
    pub rental_duration_hours: i32,
    /// Id of the customer who owns it, and alone may extend it.
    pub owner_id: String,
    /// When the rental ends, in the provider's civil time.
    pub expire_date: DateTime,
    /// Carries the root password. Secret: `Debug` does not show it.
    pub metadata: String,
    /// Price of 720 hours, in EUR.
    pub plan_price: Decimal,
}

shown! {
    Account: user_id balance_com balance_net;
    Server: id plan_price expire_date;
}

/// Rounds to cents, half away from zero.
pub(crate) fn cents(amount: Decimal) -> Decimal {
    amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}

impl Seed {
    /// The first account, or what is wrong with this seed: a provider must not start in a state that
    /// it could never have come to.
    pub(crate) fn checked(&self) -> Result<&Account, &'static str> {
        let users = unique(self.accounts.iter().map(|a| &a.user_id))?;
        unique(self.accounts.iter().map(|a| &a.key))?;
        let plans = unique(self.plans.iter().map(|p| &p.id))?;
        let subscriptions = unique(self.subscriptions.iter().map(|s| &s.id))?;
        let servers = unique(self.servers.iter().map(|s| &s.id))?;
        unique(self.plesk_orders.iter().map(|o| &o.id))?;
        unique(self.server_orders.iter().map(|o| &o.id))?;
        let first = self.accounts.first().ok_or("a seed needs an account")?;
        let owned = |s: &Subscription| users.contains(&s.owner_id) && plans.contains(&s.plan_id);
        let known = |o: &ServerOrder| users.contains(&o.user_id) && servers.contains(&o.server_id);
        let mut prices = self.plans.iter().map(|p| p.monthly_price).collect::<Vec<_>>();
        prices.extend(self.servers.iter().map(|s| s.plan_price));
        let balances = self.accounts.iter().flat_map(|a| [a.balance_com, a.balance_net]);
        let mut amounts = prices.iter().copied().chain(balances);
        let rules = [
            (
                self.subscriptions.iter().all(owned),
                "a subscription of the seed has no owner or no plan there",
            ),
            (
                self.servers.iter().all(|s| users.contains(&s.owner_id)),
                "a server of the seed has no owner there",
            ),
            (
                self.plesk_orders.iter().all(|o| subscriptions.contains(&o.subscription_id)),
                "an order of the seed has no subscription there",
            ),
            (
                self.server_orders.iter().all(known),
                "an order of the seed has no user or no server there",
            ),
            (prices.iter().all(|it| *it >= Decimal::ZERO), "a price of the seed is negative"),
            (amounts.all(|it| it == cents(it)), "an amount of the seed is finer than a cent"),
        ];
        rules.into_iter().find(|(kept, _)| !kept).map_or(Ok(first), |(_, broken)| Err(broken))
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

impl Seed {
    /// The data of the documented examples: one user with [`KEY`], a subscription, two servers.
    pub fn documented() -> Self {
        Self {
            accounts: vec![Account {
                key: KEY.into(),
                user_id: USER_ID.into(),
                balance_com: eur(9001),
                balance_net: eur(332_878),
                username: "demo_user".into(),
                updated_at: date(2025, 11, 23).at(15, 39, 56, 0),
            }],
            plans: vec![
                plan(BASIC_PLAN_ID, "Basic", 999),
                plan(PLAN_ID, "Standard", 999),
                plan(BUSINESS_PLAN_ID, "Business", 2499),
            ],
            subscriptions: vec![Subscription {
                id: SUBSCRIPTION_ID.into(),
                domain_name: "example.com".into(),
                plan_id: BASIC_PLAN_ID.into(),
                client_name: "John Doe".into(),
                expires_at: date(2025, 4, 1).at(10, 0, 0, 0),
                owner_id: USER_ID.into(),
            }],
            servers: vec![server(EXAMPLE_SERVER_ID), server(SERVER_ID)],
            plesk_orders: vec![PleskOrder {
                id: "order123-4567-8901-2345-678901234567".into(),
                subscription_id: SUBSCRIPTION_ID.into(),
                order_number: "PLK_20250301_123456".into(),
                amount: eur(999),
                status: "completed".into(),
                created_at: date(2025, 3, 1).at(10, 0, 0, 0),
            }],
            server_orders: vec![ServerOrder {
                id: "order12345-6789-0123-4567-890123456789".into(),
                user_id: USER_ID.into(),
                server_id: SERVER_ID.into(),
                order_number: "CLOUD_20251123153956_DEMO789".into(),
                order_type: "dedicated_server".into(),
                status: "completed".into(),
                rental_duration_hours: 720,
                amount: eur(36_000),
                description: "SERVER DEDICATED".into(),
                created_at: date(2025, 11, 23).at(15, 39, 56, 0),
            }],
        }
    }
}

impl Seed {
    /// Adds so many subscriptions, `subscription-1` and on, and servers, `server-1` and on, like the first
    /// of each and of the same owner, and gives every account 1,000,000,000 EUR at each host.
    #[must_use]
    pub fn with_targets(mut self, targets: u32) -> Self {
        for number in 1..=targets {
            let subscription = self.subscriptions.first().cloned();
            let id = format!("subscription-{number}");
            self.subscriptions.extend(subscription.map(|it| Subscription { id, ..it }));
            let server = self.servers.first().cloned();
            let id = format!("server-{number}");
            self.servers.extend(server.map(|it| Server { id, ..it }));
        }
        for account in &mut self.accounts {
            account.balance_com = Decimal::from(1_000_000_000);
            account.balance_net = account.balance_com;
        }
        self
    }
}

fn eur(cents: i64) -> Decimal {
    Decimal::new(cents, 2)
}

fn plan(id: &str, name: &str, cents: i64) -> Plan {
    Plan { id: id.into(), name: name.into(), monthly_price: eur(cents) }
}

/// The documented `server_status`, an hour before its extension.
fn server(id: &str) -> Server {
    Server {
        id: id.into(),
        name: "vm-demo-server".into(),
        updated_at: date(2025, 11, 21).at(14, 40, 32, 0),
        rental_duration_hours: 720,
        owner_id: USER_ID.into(),
        expire_date: date(2026, 2, 19).at(14, 40, 31, 0),
        metadata: "password=demoSecurePass456".into(),
        plan_price: eur(1299),
    }
}
