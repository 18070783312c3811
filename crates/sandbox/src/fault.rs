//! What can go wrong, and when. As text, a fault is `STAGE:KIND`.
//!
//! Every fault is one row of a table, with its name, its parameter, its stages and its samples, and one
//! arm beside the table, which does it: [`WireFault`] on the connection, [`ReplyFault`] in what a reply
//! says, [`ReadFault`] in what a read is shown.

use std::{fmt, str::FromStr};

use thiserror::Error;

use crate::operation::Operation;

mod parameter;
mod queue;
mod read;
mod reply;
mod table;
mod wire;

pub use parameter::{At, Page, Redirect, Repeat, Status, To};
pub(crate) use queue::FaultQueue;
pub use queue::Fired;
pub use read::ReadFault;
pub(crate) use reply::Places;
pub use reply::{ReplyFault, SECRETS};
pub use table::Stage;
pub use wire::WireFault;

/// Something that goes wrong, once or always: [`Sandbox::inject`](crate::Sandbox::inject),
/// [`Builder::fault`](crate::Builder::fault).
///
/// A fault is written as a short text, `STAGE:KIND`, and can be read from it:
///
/// ```
/// use oxhost_sandbox::fault::{Fault, Kind, Stage, WireFault};
///
/// let fault: Fault = "after:late=300".parse().unwrap();
/// assert_eq!(fault, Fault::new(Stage::After, Kind::Wire(WireFault::Late(300))).unwrap());
/// assert_eq!(fault.to_string(), "after:late=300");
/// ```
///
/// The table of all kinds is in the crate's README.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Fault {
    stage: Stage,
    kind: Kind,
}

/// What goes wrong, and where.
#[derive(Clone, Debug, strum::Display, PartialEq, Eq, Hash)]
pub enum Kind {
    /// On the connection.
    #[strum(transparent)]
    Wire(WireFault),
    /// In what a reply says.
    #[strum(transparent)]
    Reply(ReplyFault),
    /// In what a read is shown.
    #[strum(transparent)]
    Read(ReadFault),
}

/// Why there is no such fault.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct NoSuchFault(String);

impl Fault {
    /// A fault of a kind, at a stage.
    ///
    /// # Errors
    ///
    /// If the kind does not happen at this stage, or one of its numbers is out of range.
    pub fn new(stage: Stage, kind: Kind) -> Result<Self, NoSuchFault> {
        if !kind.stages().contains(&stage) {
            return Err(NoSuchFault("this kind of fault does not happen at this stage".into()));
        }
        // What is out of range has a text that nobody reads.
        if Kind::read(&kind.to_string()).as_ref() != Some(&kind) {
            return Err(NoSuchFault("a number or a name of this fault is out of range".into()));
        }
        Ok(Self { stage, kind })
    }

    /// Every kind of fault at every stage at which it can happen, with ordinary numbers; of the kinds
    /// with a place, a status or a target, several. For a harness to draw from.
    pub fn samples() -> Vec<Self> {
        let texts = [WireFault::samples(), ReplyFault::samples(), ReadFault::samples()].concat();
        let kinds: Vec<_> = texts.iter().filter_map(|text| Kind::read(text)).collect();
        debug_assert_eq!(kinds.len(), texts.len(), "a row lacks a sample");
        let at_stages = |kind: Kind| {
            kind.stages().iter().map(move |stage| Self { stage: *stage, kind: kind.clone() })
        };
        kinds.into_iter().flat_map(at_stages).collect()
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
        operation.parse().is_ok_and(|operation: Operation| {
            let at_stage = match self.stage {
                Stage::Connect => true,
                Stage::Before | Stage::After => operation.is_order(),
                Stage::Read => !operation.is_order(),
            };
            at_stage && !matches!(&self.kind, Kind::Read(fault) if !fault.concerns(operation))
        })
    }

    /// Whether it meets a request, which may ask for a page, or the one after.
    fn meets(&self, operation: Operation, page: Option<u32>) -> bool {
        self.stage != Stage::Connect
            && self.concerns(operation.into())
            && !matches!(&self.kind, Kind::Read(fault) if !fault.meets_page(page))
    }
}

impl Kind {
    fn read(text: &str) -> Option<Self> {
        let reply = || ReplyFault::read(text).map(Self::Reply);
        let read = || ReadFault::read(text).map(Self::Read);
        WireFault::read(text).map(Self::Wire).or_else(reply).or_else(read)
    }

    fn stages(&self) -> &'static [Stage] {
        match self {
            Self::Wire(fault) => fault.stages(),
            Self::Reply(fault) => fault.stages(),
            Self::Read(fault) => fault.stages(),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What a read is shown says so itself.
        if !matches!(self.kind, Kind::Read(_)) {
            write!(f, "{}:", self.stage)?;
        }
        self.kind.fmt(f)
    }
}

impl FromStr for Fault {
    type Err = NoSuchFault;

    fn from_str(text: &str) -> Result<Self, NoSuchFault> {
        let unknown = || NoSuchFault(format!("there is no fault {text:?}"));
        let (stage, kind) = match text.split_once(':') {
            Some((stage, kind)) => (Some(stage.parse().map_err(|_| unknown())?), kind),
            None => (None, text),
        };
        let kind = Kind::read(kind).filter(|kind| !kind.stages().is_empty()).ok_or_else(unknown)?;
        let stage = match (stage, kind.stages()) {
            (Some(stage), _) | (None, &[stage]) => stage,
            (None, _) => {
                return Err(NoSuchFault(format!("{text:?} needs a stage, such as after:{text}")));
            }
        };
        Self::new(stage, kind).map_err(|reason| NoSuchFault(format!("{text:?}: {reason}")))
    }
}
