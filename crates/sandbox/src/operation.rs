//! The operations of the contract that the sandbox imitates.

use crate::clock::Host;

/// What a request asks for. The first two are orders, which charge; the others are reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    RenewPleskSubscription,
    ExtendServerHours,
    GetPleskSubscription,
    ListOrders,
    GetUser,
}

use Operation::*;

impl Operation {
    pub(crate) const ALL: [Self; 5] =
        [RenewPleskSubscription, ExtendServerHours, GetPleskSubscription, ListOrders, GetUser];

    /// Its `operationId` in the contract.
    pub(crate) fn id(self) -> &'static str {
        match self {
            RenewPleskSubscription => "renewPleskSubscription",
            ExtendServerHours => "extendServerHours",
            GetPleskSubscription => "getPleskSubscription",
            ListOrders => "listOrders",
            GetUser => "getUser",
        }
    }

    pub(crate) fn of(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operation| operation.id() == id)
    }

    pub(crate) fn is_order(self) -> bool {
        matches!(self, RenewPleskSubscription | ExtendServerHours)
    }

    /// Where it is served.
    pub(crate) fn host(self) -> Host {
        match self {
            RenewPleskSubscription | GetPleskSubscription => Host::Com,
            ExtendServerHours | ListOrders | GetUser => Host::Net,
        }
    }
}
