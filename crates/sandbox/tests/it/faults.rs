//! Faults: what bytes arrive, and what the ledger says.

mod arming;
mod reads;
mod replies;
mod requests;
mod shapes;
mod texts;
mod views;
mod whole;
mod wire;
