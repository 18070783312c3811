//! All that can change at the provider.

use super::past::Past;
use crate::{ledger::Ledger, seed::Seed};

/// All that can change, under one lock.
pub(crate) struct State {
    /// What there is, as it is now.
    pub(crate) dataset: Seed,
    pub(crate) ledger: Ledger,
    /// The latest orders, and what there was before each.
    pub(super) past: Past,
    /// Where a reply contradicted the contract, and how; the first ones say enough.
    pub(crate) contradictions: Vec<String>,
}

impl State {
    pub(super) fn new(dataset: Seed) -> Self {
        let (ledger, past) = (Ledger::default(), Past::default());
        Self { dataset, ledger, past, contradictions: Vec::new() }
    }

    pub(super) fn contradict(&mut self, found: String) {
        if self.contradictions.len() < 100 {
            self.contradictions.push(found);
        }
    }
}
