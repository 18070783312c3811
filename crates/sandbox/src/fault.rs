//! What can go wrong, and when. [`Fault`] says how the faults are written as text.

use std::fmt;

use crate::operation::Operation;

mod armed;
mod dress;
mod kind;
mod reshape;
mod samples;
mod shape;
mod text;
mod tree;
mod view;

pub(crate) use armed::{Armed, Moment};
pub(crate) use dress::{Places, dress};
pub use kind::{At, Contradiction, Kind, Page, To};
pub use reshape::SECRETS;
pub(crate) use reshape::{conceal, reshape};
pub use shape::Shape;
pub use view::View;
pub(crate) use view::{ALL, Asked};

/// Something that goes wrong, once or always: [`Sandbox::inject`](crate::Sandbox::inject),
/// [`Builder::fault`](crate::Builder::fault).
///
/// A fault is written as a short text, `STAGE:KIND`, and can be read from it:
///
/// ```
/// use oxhost_sandbox::fault::{Fault, Kind, Stage};
///
/// let fault: Fault = "after:late=300".parse().unwrap();
/// assert_eq!(fault, Fault::new(Stage::After, Kind::Late { millis: 300 }).unwrap());
/// assert_eq!(fault.to_string(), "after:late=300");
/// ```
///
/// The table of all kinds is in the crate's README.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Fault {
    stage: Stage,
    kind: Kind,
}

/// When something goes wrong, and with that to whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// `connect`: to the next connection, before it carries a request.
    Connect,
    /// `before`: to an order, which is not booked. Where a fault leaves a reply whole, that reply
    /// says `success: false`.
    Before,
    /// `after`: to an order that has been booked. One that is refused anyway goes through, and leaves
    /// the fault for the next.
    After,
    /// `read`: to a read.
    Read,
}

/// A fault that has happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fired {
    /// What went wrong.
    pub fault: Fault,
    /// To which operation of the contract. A connection has none yet.
    pub operation: Option<&'static str>,
}

/// Why there is no such fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoSuchFault(String);

impl Fault {
    /// A fault of a kind, at a stage.
    ///
    /// # Errors
    ///
    /// If the kind does not happen at this stage, or one of its numbers is out of range.
    pub fn new(stage: Stage, kind: Kind) -> Result<Self, NoSuchFault> {
        kind.check(stage).map_err(|reason| NoSuchFault(reason.into()))?;
        Ok(Self { stage, kind })
    }

    /// When it happens.
    pub fn stage(&self) -> Stage {
        self.stage
    }

    /// What happens.
    pub fn kind(&self) -> &Kind {
        &self.kind
    }

    /// Whether it can meet requests of an operation of the contract, such as `listOrders`. A read that
    /// it would not change goes past it.
    pub fn concerns(&self, operation: &str) -> bool {
        match Operation::ALL.into_iter().find(|known| known.id() == operation) {
            None => false,
            Some(Operation::Order(_)) => self.stage != Stage::Read,
            Some(Operation::Read(read)) => match (self.stage, &self.kind) {
                (Stage::Before | Stage::After, _) => false,
                (_, Kind::View(view)) => view.concerns(read),
                _ => true,
            },
        }
    }

    /// Whether it meets a request, or the one after.
    fn meets(&self, asked: Asked) -> bool {
        let stage = match asked.operation {
            Operation::Order(_) => matches!(self.stage, Stage::Before | Stage::After),
            Operation::Read(_) => self.stage == Stage::Read,
        };
        stage && if let Kind::View(view) = &self.kind { view.meets(asked) } else { true }
    }
}

impl fmt::Display for NoSuchFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NoSuchFault {}
