//! What the contract says beyond types: which operations there are, where they go and what they do.

include!(concat!(env!("OUT_DIR"), "/contract.rs"));

/// The contract itself, as hand-written: OpenAPI 3.0.3 in YAML.
pub const CONTRACT: &str = include_str!("../openapi.yaml");

/// An operation of the contract.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Operation {
    /// `operationId`, such as `renewPleskSubscription`.
    pub id: &'static str,
    /// Name of the generated method, such as `renew_plesk_subscription`.
    pub function: &'static str,
    /// HTTP method.
    pub method: &'static str,
    /// Path from the root of the host.
    pub path: &'static str,
    /// The one server of the operation, such as `https://0xhost.com`.
    pub server: &'static str,
    /// What the call does to the customer's money.
    pub effect: Effect,
    /// Reply fields that are there only if the order was placed.
    pub proof: &'static [&'static str],
    /// The documented status of a success.
    pub success: u16,
}

/// What a call does to the customer's money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Effect {
    /// It spends money, and must never be sent twice.
    Charge,
    /// It changes nothing.
    Read,
}

impl Operation {
    pub(crate) fn of_function(function: &str) -> Option<&'static Self> {
        OPERATIONS.iter().find(|operation| operation.function == function)
    }
}
