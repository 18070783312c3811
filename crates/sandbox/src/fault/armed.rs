//! Which fault is next, and which have happened.

use std::collections::VecDeque;

use super::{Fault, Fired, Stage};
use crate::operation::Operation;

/// The faults of a sandbox.
#[derive(Default)]
pub(crate) struct Armed {
    /// One each, for the next that it concerns.
    waiting: VecDeque<Fault>,
    /// For all that it concerns, where none is waiting.
    standing: Vec<Fault>,
    fired: Vec<Fired>,
}

/// What a fault could meet.
#[derive(Clone, Copy)]
pub(crate) enum Moment {
    Connection {
        tls: bool,
    },
    /// A request begins.
    Request(Operation),
    /// A request is there as a whole.
    Reply(Operation),
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
            Moment::Request(operation) | Moment::Reply(operation) => match operation {
                Operation::Order(_) => matches!(fault.stage, Stage::Before | Stage::After),
                Operation::Read(_) => fault.stage == Stage::Read,
            },
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
        self.fired.push(Fired { fault, operation: operation.map(Operation::id) });
    }

    pub(crate) fn waiting(&self) -> Vec<Fault> {
        self.waiting.iter().cloned().collect()
    }

    pub(crate) fn fired(&self) -> &[Fired] {
        &self.fired
    }
}
