#![doc = include_str!("../README.md")]

mod clock;
mod connection;
mod contract;
mod control;
mod exchange;
pub mod fault;
mod fields;
mod json;
mod ledger;
mod listener;
mod operation;
mod provider;
mod refusal;
mod request_log;
mod sandbox;
mod seed;
mod service;
mod shown;
mod stream;
#[cfg(feature = "tls")]
mod tls;

pub use clock::Host;
pub use exchange::Received;
pub use fault::{Fault, Fired};
pub use jiff::civil::DateTime;
pub use ledger::Charge;
pub use provider::{Declined, World};
pub use rust_decimal::Decimal;
pub use sandbox::{Builder, Sandbox};
pub use seed::{
    Account, BUSINESS_PLAN_ID, EXAMPLE_SERVER_ID, KEY, PLAN_ID, Plan, PleskOrder, SERVER_ID,
    SUBSCRIPTION_ID, Seed, Server, ServerOrder, Subscription, USER_ID,
};
