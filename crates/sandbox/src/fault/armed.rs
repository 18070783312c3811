//! Which fault is next, and which have happened.

use std::collections::VecDeque;

use super::{Asked, Fault, Fired, Stage};
use crate::operation::Operation;

/// How many faults that have happened are remembered: one that stands meets strangers' requests too.
const REMEMBERED: usize = 10_000;

/// The faults of a sandbox.
#[derive(Default)]
pub(crate) struct Armed {
    /// One each, for the next that it concerns.
    waiting: VecDeque<Fault>,
    /// For all that it concerns, where none is waiting.
    standing: Vec<Fault>,
    /// The latest that have happened.
    fired: VecDeque<Fired>,
}

/// What a fault could meet.
#[derive(Clone, Copy)]
pub(crate) enum Moment {
    Connection {
        tls: bool,
    },
    /// A request begins.
    Request(Asked),
    /// A request is there as a whole.
    Reply(Asked),
}

/// A fault that was taken.
pub(crate) struct Taken {
    pub(crate) fault: Fault,
    again: bool,
}

impl Armed {
    pub(crate) fn wait(&mut self, fault: Fault) {
        self.waiting.push_back(fault);
    }

    pub(crate) fn stand(&mut self, fault: Fault) {
        self.standing.push(fault);
    }

    /// Takes what happens at a moment, if it is something.
    pub(crate) fn take(&mut self, moment: Moment) -> Option<Taken> {
        let concerned = |fault: &Fault| match moment {
            Moment::Connection { tls } => {
                fault.stage == Stage::Connect && (tls || !fault.kind.needs_tls())
            }
            Moment::Request(asked) | Moment::Reply(asked) => fault.meets(asked),
        };
        let due = |fault: &Fault| match moment {
            Moment::Connection { .. } => true,
            Moment::Request(_) => fault.kind.request_bytes().is_some(),
            Moment::Reply(_) => fault.kind.request_bytes().is_none(),
        };
        if let Some(at) = self.waiting.iter().position(concerned) {
            if !due(self.waiting.get(at)?) {
                return None;
            }
            return Some(Taken { fault: self.waiting.remove(at)?, again: true });
        }
        let fault = self.standing.iter().find(|fault| concerned(fault))?;
        due(fault).then(|| Taken { fault: fault.clone(), again: false })
    }

    /// A fault that was taken could not happen, and waits for the next.
    pub(crate) fn put_back(&mut self, taken: Taken) {
        if taken.again {
            self.waiting.push_front(taken.fault);
        }
    }

    /// A fault happens.
    pub(crate) fn fire(&mut self, fault: Fault, operation: Option<Operation>) {
        if self.fired.len() == REMEMBERED {
            self.fired.pop_front();
        }
        self.fired.push_back(Fired { fault, operation: operation.map(Operation::id) });
    }

    pub(crate) fn waiting(&self) -> Vec<Fault> {
        self.waiting.iter().cloned().collect()
    }

    pub(crate) fn fired(&self) -> impl Iterator<Item = &Fired> {
        self.fired.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_faults_that_happened_are_remembered_and_no_more() {
        let mut armed = Armed::default();
        armed.fire("connect:close".parse().unwrap(), None);
        for _ in 0..REMEMBERED {
            armed.fire("connect:reset".parse().unwrap(), None);
        }
        let fired: Vec<_> = armed.fired().map(|fired| fired.fault.to_string()).collect();
        assert_eq!(fired.len(), REMEMBERED);
        assert!(fired.iter().all(|fault| fault == "connect:reset"));
    }
}
