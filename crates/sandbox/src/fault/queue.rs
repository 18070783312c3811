//! Which fault is next, and which have happened.

use std::collections::VecDeque;

use super::{
    kind::{Fault, Kind},
    parameter::digits,
    table::Stage,
};
use crate::operation::Operation;

/// How many faults that have happened are remembered: one that stands meets strangers' requests too.
const REMEMBERED: usize = 10_000;

/// The faults of a sandbox.
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

/// What a request asks for, as far as a fault must know it.
#[derive(Clone, Copy)]
pub(crate) struct Asked {
    operation: Operation,
    /// Which page, if it asks for one of a list.
    page: Option<u32>,
}

/// A fault that was taken.
pub(crate) struct Taken {
    pub(crate) fault: Fault,
    waited: bool,
}

impl Asked {
    pub(crate) fn new(operation: Operation, query: Option<&str>) -> Self {
        let query = query.unwrap_or_default().as_bytes();
        let field = |name: &str| form_urlencoded::parse(query).find(|(n, _)| n == name);
        // A list without a page begins; an order by its id has none.
        let page = match (operation, field("order_id"), field("page")) {
            (Operation::ListOrders, None, page) => page.map_or(Some(1), |(_, page)| digits(&page)),
            _ => None,
        };
        Self { operation, page }
    }
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
    pub(crate) fn take_at_request(&mut self, asked: Asked, begins: bool) -> Option<Taken> {
        let breaks =
            |fault: &Fault| matches!(fault.kind(), Kind::Wire(it) if it.request_bytes().is_some());
        self.take(|fault| fault.meets(asked.operation, asked.page), |fault| breaks(fault) == begins)
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

    /// A fault happens.
    pub(crate) fn fire(&mut self, fault: Fault, operation: Option<Operation>) {
        if self.fired.len() == REMEMBERED {
            self.fired.pop_front();
        }
        self.fired.push_back(Fired { fault, operation: operation.map(Into::into) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_faults_that_happened_are_remembered_and_no_more() {
        let mut faults = FaultQueue::default();
        faults.fire("connect:close".parse().unwrap(), None);
        for _ in 0..REMEMBERED {
            faults.fire("connect:reset".parse().unwrap(), None);
        }
        let fired: Vec<_> = faults.fired.iter().map(|fired| fired.fault.to_string()).collect();
        assert_eq!(fired.len(), REMEMBERED);
        assert!(fired.iter().all(|fault| fault == "connect:reset"));
    }
}
