//! What can go wrong, and when. [`Fault`] says how the faults are written as text.
//!
//! Every fault is one row of a table, with its name, its parameter, its stages and its samples, and one
//! arm beside the table, which does it: [`WireFault`] on the connection, [`ReplyFault`] in what a reply
//! says, [`ReadFault`] in what a read is shown.

mod kind;
mod parameter;
mod queue;
mod read;
mod reply;
mod table;
mod values;
mod wire;

pub use kind::{Fault, Kind, NoSuchFault};
pub use parameter::{At, Page, Redirect, Repeat, Status, To};
pub(crate) use queue::FaultQueue;
pub use queue::Fired;
pub use read::ReadFault;
pub(crate) use reply::Places;
pub use reply::ReplyFault;
pub use table::Stage;
pub use values::SECRETS;
pub use wire::WireFault;
