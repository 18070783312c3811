//! The sandbox over real sockets, seen by a client that knows nothing of its code.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may; clippy.toml allows it in functions marked as tests, not in their helpers"
)]

mod client;
mod concurrency;
mod control;
mod documented;
mod faults;
mod money;
mod odd_inputs;
mod orders;
mod others;
mod reads;
mod refusals;
mod running;
#[cfg(feature = "tls")]
mod tls;
