//! All that can change at the provider.

use std::collections::BTreeMap;

use super::past::Past;
use crate::{
    exchange::{Journal, Received},
    ledger::Ledger,
    operation::Operation,
    seed::Seed,
};

/// All that can change, under one lock.
pub(crate) struct State {
    /// What there is, as it is now.
    pub(crate) stock: Seed,
    pub(crate) ledger: Ledger,
    /// The latest orders, and what there was before each.
    pub(super) past: Past,
    pub(crate) journal: Journal,
    /// Requests that were led to another host.
    pub(crate) elsewhere: Journal,
    /// How many requests came in for what, whatever became of them.
    pub(crate) counts: BTreeMap<&'static str, u64>,
    /// Where a reply contradicted the contract, and how.
    pub(crate) contradictions: Vec<String>,
}

impl State {
    pub(super) fn new(stock: Seed) -> Self {
        let names = Operation::ALL.into_iter().map(Operation::id).chain([OTHER]);
        Self {
            stock,
            ledger: Ledger::default(),
            past: Past::default(),
            journal: Journal::default(),
            elsewhere: Journal::default(),
            counts: names.map(|name| (name, 0)).collect(),
            contradictions: Vec::new(),
        }
    }

    pub(super) fn note(&mut self, request: &Received, operation: Option<Operation>) {
        self.journal.remember(request.clone());
        *self.counts.entry(operation.map_or(OTHER, Operation::id)).or_default() += 1;
    }
}

/// Requests that are none of the contract's.
const OTHER: &str = "other";
