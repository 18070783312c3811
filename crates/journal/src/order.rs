//! An order that can be found out.

use oxhost::contract::operations::{EXTEND_SERVER_HOURS, RENEW_PLESK_SUBSCRIPTION};
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
        if operation == RENEW_PLESK_SUBSCRIPTION.id {
            serde_json::from_value(parameters).ok().map(Self::Renewal)
        } else if operation == EXTEND_SERVER_HOURS.id {
            serde_json::from_value(parameters).ok().map(Self::Extension)
        } else {
            None
        }
    }
}
