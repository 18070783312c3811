//! What a test may ask the sandbox over HTTP. The provider has nothing of the kind.

use serde::Serialize;

use crate::{
    contract::Order,
    exchange::{Received, Reply},
    ledger::Charge,
    provider::Provider,
    refusal::Refusal,
};

#[derive(Serialize)]
struct LedgerPage<'a> {
    charges: &'a [Charge],
    pending: &'a [Charge],
    requests: serde_json::Value,
}

/// Whether a path is the sandbox's own.
pub(crate) fn owns(path: &str) -> bool {
    path == "/sandbox" || path.starts_with("/sandbox/")
}

pub(crate) fn answer(provider: &Provider, request: &Received) -> Result<Reply, Refusal> {
    if request.path != "/sandbox/ledger" {
        return Err(Refusal::NoSuchPath);
    }
    if request.method != "GET" {
        return Err(Refusal::Method("GET"));
    }
    let state = provider.state();
    let counts = &state.counts;
    Reply::ok(&LedgerPage {
        charges: &state.ledger.charges,
        pending: &state.ledger.pending,
        requests: serde_json::json!({
            Order::RenewPleskSubscription.id(): counts.plesk,
            Order::ExtendServerHours.id(): counts.servers,
            "other": counts.other,
        }),
    })
}
