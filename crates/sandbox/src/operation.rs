//! The operations of the contract that the sandbox imitates.

use strum::{EnumString, IntoStaticStr, VariantArray};

use crate::clock::Host;

/// What a request asks for. The first two are orders, which charge; the others are reads. Their text is
/// the `operationId` in the contract.
#[derive(Clone, Copy, Debug, EnumString, IntoStaticStr, PartialEq, Eq, VariantArray)]
#[strum(serialize_all = "camelCase")]
pub(crate) enum Operation {
    RenewPleskSubscription,
    ExtendServerHours,
    GetPleskSubscription,
    ListOrders,
    GetUser,
}

impl Operation {
    pub(crate) fn is_order(self) -> bool {
        matches!(self, Self::RenewPleskSubscription | Self::ExtendServerHours)
    }

    /// Where it is served.
    pub(crate) fn host(self) -> Host {
        match self {
            Self::RenewPleskSubscription | Self::GetPleskSubscription => Host::Com,
            Self::ExtendServerHours | Self::ListOrders | Self::GetUser => Host::Net,
        }
    }
}
