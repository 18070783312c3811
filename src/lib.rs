#![doc = include_str!("../README.md")]

#[cfg(feature = "blocking")]
pub mod blocking;
mod classify;
mod client;
pub mod contract;
mod error;
pub mod generated;
mod orders;
mod reads;
mod renew_until;
mod reply;
mod secret;
mod transport;
mod value;

pub use client::{Client, ClientBuilder};
pub use error::{ConfigError, Error, Failure, InvalidOrder};
pub use generated::types;
pub use orders::{Order, OrderReply};
pub use renew_until::{RenewedUntil, Until};
pub use reply::{Accepted, Reply, Screen, Warning};
pub use secret::Secret;
pub use value::{CivilDateTime, Flag, Identifier, Money, Unlisted, WholeNumber, Words};
