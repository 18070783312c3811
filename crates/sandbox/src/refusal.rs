//! Everything the sandbox refuses. The provider documents no failure: all of this is our own.

use std::{borrow::Cow, collections::BTreeMap};

use hyper::header::{ALLOW, HeaderValue};

use crate::{
    exchange::{Answer, answer},
    json::{Json, object},
};

/// Why nothing was ordered.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    NoSuchPath,
    /// Holds the method that is allowed.
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
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct FieldErrors(BTreeMap<String, Vec<String>>);

impl FieldErrors {
    pub(crate) fn add(&mut self, field: impl Into<String>, fault: impl Into<String>) {
        self.0.entry(field.into()).or_default().push(fault.into());
    }

    pub(crate) fn refuse_any(self) -> Result<(), Refusal> {
        if self.0.is_empty() { Ok(()) } else { Err(Refusal::Invalid(self)) }
    }
}

impl Refusal {
    pub(crate) fn invalid(field: &str, fault: &str) -> Self {
        let mut faults = FieldErrors::default();
        faults.add(field, fault);
        Self::Invalid(faults)
    }

    pub(crate) fn says(&self) -> (u16, Cow<'static, str>) {
        let (status, message) = match self {
            // Nothing but its body says that it failed.
            Self::Fault => (200, "The order was not placed."),
            Self::NotJson => (400, "The body is not JSON."),
            // The same for both, so as not to tell which keys exist.
            Self::Key => (401, "The API key is missing or wrong."),
            Self::Funds => (402, "Insufficient balance."),
            Self::NoSuchPath => (404, "There is nothing at this path."),
            Self::Unknown(field) => return (404, format!("Unknown {field}.").into()),
            Self::Method(_) => (405, "This method is not allowed here."),
            Self::TooLarge => (413, "The body is larger than 64 KiB."),
            Self::MediaType => (415, "The body must be application/json."),
            Self::Invalid(_) => (422, "The request is not valid."),
            Self::Broken => (500, "The sandbox itself has failed."),
            Self::Contradiction(how) => {
                return (500, format!("The sandbox contradicts its contract: {how}.").into());
            }
            Self::NotImitated => (501, "The sandbox does not imitate this operation."),
        };
        (status, message.into())
    }
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        let (status, message) = refusal.says();
        let mut body = object! { "success": false, "message": &*message };
        if let Refusal::Invalid(FieldErrors(errors)) = &refusal {
            let errors =
                errors.iter().map(|(field, faults)| (field.clone(), faults.iter().collect()));
            body.set("errors", Json::Object(errors.collect()));
        }
        let mut refused = answer(status, body);
        if let Refusal::Method(allowed) = refusal {
            refused.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
        }
        refused
    }
}
