//! Everything the sandbox refuses. The provider documents no failure: all of this is our own.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::exchange::Reply;

/// Why nothing was ordered.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    NoSuchPath,
    /// Holds the methods that are allowed.
    Method(&'static str),
    Key,
    TooLarge,
    MediaType,
    NotJson,
    Invalid(FieldErrors),
    /// Holds the field whose id is not known, or is another customer's.
    Unknown(&'static str),
    Funds,
    /// The order is not placed, because of a fault.
    Fault,
    /// The contract has an operation that the sandbox does not.
    NotImitated,
    /// A defect of the sandbox.
    Broken,
    /// Another one: how its reply contradicts the contract.
    Contradiction(String),
}

/// What is wrong with which field of a request. Never holds a value that was sent: it may be secret.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct FieldErrors(BTreeMap<String, Vec<String>>);

impl FieldErrors {
    pub(crate) fn add(&mut self, field: impl Into<String>, fault: impl Into<String>) {
        self.0.entry(field.into()).or_default().push(fault.into());
    }

    pub(crate) fn refuse_any(self) -> Result<(), Refusal> {
        if self.0.is_empty() { Ok(()) } else { Err(Refusal::Invalid(self)) }
    }
}

#[derive(Serialize)]
struct Body<'a> {
    success: bool,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<&'a FieldErrors>,
}

impl Refusal {
    /// One field is wrong.
    pub(crate) fn invalid(field: &str, fault: &str) -> Self {
        let mut faults = FieldErrors::default();
        faults.add(field, fault);
        Self::Invalid(faults)
    }

    fn status(&self) -> u16 {
        match self {
            // Nothing but its body says that it failed.
            Self::Fault => 200,
            Self::NotJson => 400,
            Self::Key => 401,
            Self::Funds => 402,
            Self::NoSuchPath | Self::Unknown(_) => 404,
            Self::Method(_) => 405,
            Self::TooLarge => 413,
            Self::MediaType => 415,
            Self::Invalid(_) => 422,
            Self::Broken | Self::Contradiction(_) => 500,
            Self::NotImitated => 501,
        }
    }

    pub(crate) fn message(&self) -> String {
        match self {
            Self::NotJson => "The body is not JSON.",
            // The same for both, so as not to tell which keys exist.
            Self::Key => "The API key is missing or wrong.",
            Self::Funds => "Insufficient balance.",
            Self::NoSuchPath => "There is nothing at this path.",
            Self::Unknown(field) => return format!("Unknown {field}."),
            Self::Method(_) => "This method is not allowed here.",
            Self::TooLarge => "The body is larger than 64 KiB.",
            Self::MediaType => "The body must be application/json.",
            Self::Invalid(_) => "The request is not valid.",
            Self::Fault => "The order was not placed.",
            Self::Contradiction(how) => {
                return format!("The sandbox contradicts its contract: {how}.");
            }
            Self::Broken => "The sandbox itself has failed.",
            Self::NotImitated => "The sandbox does not imitate this operation.",
        }
        .to_owned()
    }
}

impl From<Refusal> for Reply {
    fn from(refusal: Refusal) -> Self {
        let message = refusal.message();
        let errors = match &refusal {
            Refusal::Invalid(faults) => Some(faults),
            _ => None,
        };
        let body = Body { success: false, message: &message, errors };
        // Strings and maps of strings always serialise.
        let body = serde_json::to_vec(&body).unwrap_or_default();
        let mut reply = Self::json(refusal.status(), body);
        if let Refusal::Method(allowed) = refusal {
            reply.headers.push(("allow", allowed.to_owned()));
        }
        reply
    }
}
