#![doc = include_str!("../README.md")]

// `by_reply!`, for tests.
#[cfg(test)]
include!(concat!(env!("OUT_DIR"), "/replies.rs"));

#[cfg(feature = "blocking")]
pub mod blocking;
mod builder;
mod classify;
mod client;
mod connections;
pub mod contract;
mod deadline;
mod envelope;
mod error;
mod from_json;
pub mod generated;
mod hooks;
mod json;
#[cfg(feature = "schemars")]
mod json_schema;
mod letters;
mod orders;
mod outcome;
mod plan;
mod reads;
mod receipt;
mod reply;
mod secret;
mod show;
mod transport;
mod value;
mod warning;

pub use builder::ClientBuilder;
pub use client::Client;
pub use deadline::Deadline;
pub use error::{ConfigError, Failure, FailureRecord, InvalidOrder, OrderError, ReadError};
pub use generated::types;
pub use orders::Order;
pub use outcome::Outcome;
pub use plan::RenewalPlan;
pub use receipt::{OrderReply, Receipt};
pub use reply::{Accepted, Reply, Response};
pub use secret::Secret;
pub use value::{CivilDateTime, FreeText, Identifier, LenientBool, Money, Untyped, WholeNumber};
pub use warning::Warning;
