//! The requests that came in, as far as there is room to keep them.

use std::collections::{BTreeMap, VecDeque};

use strum::VariantArray;

use crate::{exchange::Received, operation::Operation};

struct Room {
    requests: usize,
    bytes: usize,
}

/// Of requests for an operation of the contract, with an account's key and a body within its limit.
const CUSTOMERS: Room = Room { requests: 10_000, bytes: 64 * 1024 * 1024 };

/// Of all others, which anyone can send: they take no room from those of customers.
const STRANGERS: Room = Room { requests: 1_000, bytes: 4 * 1024 * 1024 };

/// The latest requests, and how many there were.
pub(crate) struct RequestLog {
    customers: Shelf,
    strangers: Shelf,
    /// How many came in for what, whatever became of them.
    pub(crate) counts: BTreeMap<&'static str, u64>,
}

#[derive(Default)]
struct Shelf {
    /// Each with its number, oldest first.
    requests: VecDeque<(u64, Received)>,
    bytes: usize,
}

/// Requests that are none of the contract's.
const OTHER: &str = "other";

impl Default for RequestLog {
    fn default() -> Self {
        let names = Operation::VARIANTS.iter().map(Into::into).chain([OTHER]);
        let counts = names.map(|name| (name, 0)).collect();
        Self { customers: Shelf::default(), strangers: Shelf::default(), counts }
    }
}

impl RequestLog {
    pub(crate) fn keep(
        &mut self,
        request: Received,
        operation: Option<Operation>,
        of_customer: bool,
    ) {
        let number = self.count();
        if of_customer {
            self.customers.keep(number, request, &CUSTOMERS);
        } else {
            self.strangers.keep(number, request, &STRANGERS);
        }
        *self.counts.entry(operation.map_or(OTHER, Into::into)).or_default() += 1;
    }

    /// Those that are kept, oldest first.
    pub(crate) fn all(&self) -> Vec<Received> {
        let both = self.customers.requests.iter().chain(&self.strangers.requests);
        let mut both: Vec<_> = both.collect();
        both.sort_by_key(|(number, _)| *number);
        both.into_iter().map(|(_, request)| request.clone()).collect()
    }

    /// How many are no longer kept.
    pub(crate) fn forgotten(&self) -> u64 {
        let kept = self.customers.requests.len() + self.strangers.requests.len();
        self.count().saturating_sub(kept as u64)
    }

    fn count(&self) -> u64 {
        self.counts.values().sum()
    }
}

impl Shelf {
    fn keep(&mut self, number: u64, request: Received, room: &Room) {
        self.bytes += size(&request);
        self.requests.push_back((number, request));
        while self.requests.len() > room.requests || self.bytes > room.bytes {
            let Some((_, request)) = self.requests.pop_front() else { return };
            self.bytes -= size(&request);
        }
    }
}

/// How much memory a request takes, nearly.
fn size(request: &Received) -> usize {
    let header =
        |(name, value): &(String, String)| size_of::<(String, String)>() + name.len() + value.len();
    size_of::<Received>()
        + request.method.len()
        + request.path.len()
        + request.query.as_ref().map_or(0, String::len)
        + request.headers.iter().map(header).sum::<usize>()
        + request.body.len()
}

#[cfg(test)]
mod tests;
