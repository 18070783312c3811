//! Which fault is next, and which have happened.

use std::collections::VecDeque;

use super::{Fault, Kind, Stage, parameter::digits};
use crate::operation::Operation;

/// How many faults that have happened are remembered: one that stands meets strangers' requests too.
const REMEMBERED: usize = 10_000;

#[derive(Default)]
pub(crate) struct FaultQueue {
    /// One each, for the next that it concerns.
    pub(crate) waiting: VecDeque<Fault>,
    /// For all that it concerns, where none is waiting.
    pub(crate) standing: Vec<Fault>,
    /// The latest that have happened.
    pub(crate) fired: VecDeque<Fired>,
}

/// A fault that has happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fired {
    /// What went wrong.
    pub fault: Fault,
    /// To which operation of the contract. A connection has none yet.
    pub operation: Option<&'static str>,
}

pub(crate) struct Taken {
    pub(crate) fault: Fault,
    waited: bool,
}

impl FaultQueue {
    /// Takes what happens to a connection, if it is something.
    pub(crate) fn take_at_connect(&mut self, tls: bool) -> Option<Taken> {
        let concerned = |fault: &Fault| {
            let needs_tls = matches!(fault.kind(), Kind::Wire(fault) if fault.needs_tls());
            fault.stage() == Stage::Connect && (tls || !needs_tls)
        };
        self.take(concerned, |_| true)
    }

    /// Takes what happens to a request: when it begins, or when it is there as a whole.
    pub(crate) fn take_at_request(
        &mut self,
        operation: Operation,
        query: Option<&str>,
        begins: bool,
    ) -> Option<Taken> {
        let page = page(operation, query.unwrap_or_default());
        let breaks =
            |fault: &Fault| matches!(fault.kind(), Kind::Wire(it) if it.request_bytes().is_some());
        self.take(|fault| fault.meets(operation, page), |fault| breaks(fault) == begins)
    }

    /// Takes the first that is concerned, if it is due.
    fn take(
        &mut self,
        concerned: impl Fn(&Fault) -> bool,
        due: impl Fn(&Fault) -> bool,
    ) -> Option<Taken> {
        let at = self.waiting.iter().position(&concerned);
        let standing = || self.standing.iter().find(|fault| concerned(fault));
        let first = at.map_or_else(standing, |at| self.waiting.get(at));
        let fault = first.filter(|fault| due(fault))?.clone();
        let waited = at.and_then(|at| self.waiting.remove(at)).is_some();
        Some(Taken { fault, waited })
    }

    /// A fault that was taken could not happen, and waits for the next.
    pub(crate) fn put_back(&mut self, taken: Taken) {
        if taken.waited {
            self.waiting.push_front(taken.fault);
        }
    }

    pub(crate) fn fire(&mut self, fault: Fault, operation: Option<Operation>) {
        if self.fired.len() == REMEMBERED {
            self.fired.pop_front();
        }
        self.fired.push_back(Fired { fault, operation: operation.map(Into::into) });
    }
}

/// Which page a request asks for, if it asks for one of a list.
fn page(operation: Operation, query: &str) -> Option<u32> {
    let field = |name| form_urlencoded::parse(query.as_bytes()).find(|(n, _)| n == name);
    // A list without a page begins; an order by its id has none.
    if operation != Operation::ListOrders || field("order_id").is_some() {
        return None;
    }
    field("page").map_or(Some(1), |(_, page)| digits(&page))
}

#[cfg(test)]
mod tests;
