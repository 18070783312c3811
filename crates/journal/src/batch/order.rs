//! What a row of a batch asks for.

use jiff::civil::Date;
use oxhost::contract::Operation;
use oxhost::contract::operations::{EXTEND_SERVER_HOURS, RENEW_PLESK_SUBSCRIPTION};
use oxhost::types::{PleskRenewalOrder, ServerExtensionOrder, SubscriptionId};
use serde::{Deserialize, Serialize};

/// What a row of a batch asks for.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BatchOrder {
    /// To renew a Plesk subscription by calendar months.
    Renewal(PleskRenewalOrder),
    /// To renew a Plesk subscription so that it lasts to a date at least: the months that are missing, if
    /// any are ([`Journal::claim_until`](crate::Journal::claim_until)).
    RenewalUntil {
        /// The subscription.
        subscription_id: SubscriptionId,
        /// When it is to end at the earliest.
        date: Date,
    },
    /// To extend a server by hours.
    Extension(ServerExtensionOrder),
}

impl BatchOrder {
    /// Id of what is paid for.
    pub fn target(&self) -> &str {
        match self {
            Self::Renewal(order) => order.subscription_id.as_str(),
            Self::RenewalUntil { subscription_id, .. } => subscription_id.as_str(),
            Self::Extension(order) => order.server_id.as_str(),
        }
    }

    /// The operation that orders it.
    pub fn operation(&self) -> &'static Operation {
        match self {
            Self::Renewal(_) | Self::RenewalUntil { .. } => &RENEW_PLESK_SUBSCRIPTION,
            Self::Extension(_) => &EXTEND_SERVER_HOURS,
        }
    }
}

impl From<PleskRenewalOrder> for BatchOrder {
    fn from(order: PleskRenewalOrder) -> Self {
        Self::Renewal(order)
    }
}

impl From<ServerExtensionOrder> for BatchOrder {
    fn from(order: ServerExtensionOrder) -> Self {
        Self::Extension(order)
    }
}
