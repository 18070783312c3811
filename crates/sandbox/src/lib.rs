#![doc = include_str!("../README.md")]

mod builder;
mod clock;
mod contract;
mod control;
mod exchange;
mod fields;
mod http;
mod ledger;
mod provider;
mod query;
mod refusal;
mod sandbox;
mod seed;
mod wire;

pub use builder::Builder;
pub use clock::Host;
pub use exchange::Received;
pub use jiff::civil::DateTime;
pub use ledger::Charge;
pub use rust_decimal::Decimal;
pub use sandbox::Sandbox;
pub use seed::{
    Account, BUSINESS_PLAN_ID, EXAMPLE_SERVER_ID, KEY, PLAN_ID, PastOrder, Plan, SERVER_ID,
    SUBSCRIPTION_ID, Seed, Server, Subscription, USER_ID,
};
