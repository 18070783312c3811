//! All that can change at the provider.

use std::collections::BTreeMap;

use super::past::Past;
use crate::{
    exchange::Received, ledger::Ledger, operation::Operation, requests::Requests, seed::Seed,
};

/// All that can change, under one lock.
pub(crate) struct State {
    /// What there is, as it is now.
    pub(crate) stock: Seed,
    pub(crate) ledger: Ledger,
    /// The latest orders, and what there was before each.
    pub(super) past: Past,
    pub(crate) requests: Requests,
    /// Requests that were led to another host.
    pub(crate) elsewhere: Requests,
    /// How many requests came in for what, whatever became of them.
    pub(crate) counts: BTreeMap<&'static str, u64>,
    /// Where a reply contradicted the contract, and how; the first ones say enough.
    pub(crate) contradictions: Vec<String>,
}

impl State {
    pub(super) fn new(stock: Seed) -> Self {
        let names = Operation::ALL.into_iter().map(Operation::id).chain([OTHER]);
        Self {
            stock,
            ledger: Ledger::default(),
            past: Past::default(),
            requests: Requests::default(),
            elsewhere: Requests::default(),
            counts: names.map(|name| (name, 0)).collect(),
            contradictions: Vec::new(),
        }
    }

    pub(super) fn note(
        &mut self,
        request: &Received,
        operation: Option<Operation>,
        of_customer: bool,
    ) {
        self.requests.keep(request.clone(), of_customer);
        *self.counts.entry(operation.map_or(OTHER, Operation::id)).or_default() += 1;
    }

    pub(super) fn contradict(&mut self, found: String) {
        if self.contradictions.len() < 100 {
            self.contradictions.push(found);
        }
    }
}

/// Requests that are none of the contract's.
const OTHER: &str = "other";
