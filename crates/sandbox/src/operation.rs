//! The operations of the contract that the sandbox imitates.

use crate::clock::Host;

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Order(Order),
    Read(Read),
}

/// An order: it charges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    RenewPleskSubscription,
    ExtendServerHours,
}

/// A read: it changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Read {
    PleskSubscription,
    Orders,
    User,
}

impl Operation {
    pub(crate) const ALL: [Self; 5] = [
        Self::Order(Order::RenewPleskSubscription),
        Self::Order(Order::ExtendServerHours),
        Self::Read(Read::PleskSubscription),
        Self::Read(Read::Orders),
        Self::Read(Read::User),
    ];

    /// Its `operationId` in the contract.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Order(order) => order.id(),
            Self::Read(Read::PleskSubscription) => "getPleskSubscription",
            Self::Read(Read::Orders) => "listOrders",
            Self::Read(Read::User) => "getUser",
        }
    }
}

impl Order {
    /// Its `operationId` in the contract.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::RenewPleskSubscription => "renewPleskSubscription",
            Self::ExtendServerHours => "extendServerHours",
        }
    }

    pub(crate) fn host(self) -> Host {
        match self {
            Self::RenewPleskSubscription => Host::Com,
            Self::ExtendServerHours => Host::Net,
        }
    }
}
