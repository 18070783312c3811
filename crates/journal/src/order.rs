//! An order that can be found out.

use oxhost::Order;
use oxhost::types::{PleskRenewalOrder, ServerExtensionOrder};
use serde_json::Value;

/// An order as the journal keeps it, read back.
#[derive(Clone, Debug)]
pub enum JournaledOrder {
    /// A renewal of a Plesk subscription.
    Renewal(PleskRenewalOrder),
    /// An extension of a server.
    Extension(ServerExtensionOrder),
}

impl JournaledOrder {
    /// `None` for an order that the library has no reads for.
    pub(crate) fn of(operation: &str, parameters: &Value) -> Option<Self> {
        let parameters = parameters.clone();
        match operation {
            PleskRenewalOrder::OPERATION => {
                serde_json::from_value(parameters).ok().map(Self::Renewal)
            }
            ServerExtensionOrder::OPERATION => {
                serde_json::from_value(parameters).ok().map(Self::Extension)
            }
            _ => None,
        }
    }
}
