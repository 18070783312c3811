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
    Invalid(Faults),
    /// Holds the field whose id is not known, or is another customer's.
    Unknown(&'static str),
    Funds,
    /// The contract has an operation that the sandbox does not.
    NotImitated,
    /// A defect of the sandbox.
    Broken,
}

/// What is wrong with which field of a request. Never holds a value that was sent: it may be secret.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Faults(BTreeMap<String, Vec<String>>);

impl Faults {
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
    errors: Option<&'a Faults>,
}

impl Refusal {
    /// One field is wrong.
    pub(crate) fn invalid(field: &str, fault: &str) -> Self {
        let mut faults = Faults::default();
        faults.add(field, fault);
        Self::Invalid(faults)
    }

    fn status(&self) -> u16 {
        match self {
            Self::NotJson => 400,
            Self::Key => 401,
            Self::Funds => 402,
            Self::NoSuchPath | Self::Unknown(_) => 404,
            Self::Method(_) => 405,
            Self::TooLarge => 413,
            Self::MediaType => 415,
            Self::Invalid(_) => 422,
            Self::Broken => 500,
            Self::NotImitated => 501,
        }
    }

    fn message(&self) -> String {
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
        Self {
            status: refusal.status(),
            // Strings and maps of strings always serialise.
            body: serde_json::to_vec(&body).unwrap_or_default(),
            allow: match refusal {
                Refusal::Method(allow) => Some(allow),
                _ => None,
            },
        }
    }
}
