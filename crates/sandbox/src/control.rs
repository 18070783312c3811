//! What a test, or a browser, may ask the sandbox over HTTP. The provider has nothing of the kind.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    exchange::{Received, Reply},
    ledger::Charge,
    provider::Provider,
    refusal::Refusal,
};

#[derive(Serialize)]
struct LedgerPage<'a> {
    charges: &'a [Charge],
    pending: &'a [Charge],
    others: &'a [Charge],
    requests: &'a BTreeMap<&'static str, u64>,
    faults: Vec<String>,
    contradictions: &'a [String],
}

/// Whether a path is the sandbox's own.
pub(crate) fn owns(path: &str) -> bool {
    path == "/sandbox" || path.starts_with("/sandbox/") || (cfg!(feature = "page") && path == "/")
}

pub(crate) fn answer(provider: &Provider, request: &Received) -> Result<Reply, Refusal> {
    if !["/", "/sandbox/ledger"].contains(&request.path.as_str()) {
        return Err(Refusal::NoSuchPath);
    }
    if request.method != "GET" {
        return Err(Refusal::Method("GET"));
    }
    #[cfg(feature = "page")]
    if request.path == "/" {
        let key = provider.state().stock.accounts.first().map(|account| account.key.clone());
        let page = crate::page::of_sandbox(&key.unwrap_or_default());
        let page = page.map_err(|_| Refusal::Broken)?;
        return Ok(Reply::html(200, page));
    }
    let faults = provider.armed().fired().map(|fired| fired.fault.to_string()).collect();
    let state = provider.state();
    Reply::ok(&LedgerPage {
        charges: &state.ledger.charges,
        pending: &state.ledger.pending,
        others: &state.ledger.others,
        requests: &state.counts,
        faults,
        contradictions: &state.contradictions,
    })
}
