//! What the contract says beyond types: which operations there are, where they go, what they do, and
//! what their answers mean.

include!(concat!(env!("OUT_DIR"), "/contract.rs"));

/// The contract itself, as hand-written: OpenAPI 3.0.3 in YAML.
pub const CONTRACT: &str = include_str!("../openapi.yaml");

/// An operation of the contract.
#[derive(Debug)]
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
    /// What a success may hold.
    pub(crate) reply: &'static Shape,
    /// Names of all fields in it, at any depth, in lower case.
    pub(crate) reply_fields: &'static [&'static str],
    /// What a failure may hold.
    pub(crate) failure: &'static Shape,
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
    /// The operation with this `operationId`.
    pub fn of_id(id: &str) -> Option<&'static Self> {
        OPERATIONS.iter().copied().find(|operation| operation.id == id)
    }

    pub(crate) fn of_function(function: &str) -> Option<&'static Self> {
        OPERATIONS.iter().copied().find(|operation| operation.function == function)
    }
}

/// An operation is the one with its id: there is one of each.
impl PartialEq for Operation {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Operation {}

/// The fields that the contract lists for an object of a reply.
#[derive(Debug)]
pub(crate) struct Shape {
    pub(crate) fields: &'static [(&'static str, Field)],
    /// Their names in lower case.
    pub(crate) lower: &'static [&'static str],
}

/// What a field holds, as far as judging and showing it are concerned.
#[derive(Debug)]
pub(crate) enum Field {
    /// A text or an id.
    Text,
    /// The provider's words, which may repeat anything.
    FreeText,
    /// A number, an amount, a date, a yes or no.
    Value,
    Secret,
    /// A value whose type is not documented.
    Untyped,
    Object(&'static Shape),
    List(&'static Shape),
}

impl Shape {
    /// The field of this name, to the letter.
    pub(crate) fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|(field, _)| *field == name).map(|(_, field)| field)
    }
}
