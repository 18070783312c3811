//! The data of the provider's documented examples, as they stood before each example's order.

use jiff::civil::date;
use rust_decimal::Decimal;

use super::{Account, Plan, PleskOrder, Seed, Server, ServerOrder, Subscription};

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
