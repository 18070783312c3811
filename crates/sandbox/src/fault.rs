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
pub use queue::Fired;
pub(crate) use queue::{Asked, FaultQueue};
pub use read::ReadFault;
pub use reply::ReplyFault;
pub(crate) use reply::{Places, Setting};
pub use table::Stage;
pub use values::SECRETS;
pub use wire::WireFault;
