//! What a call that was not accepted has done to the money.

use std::fmt;
use std::time::Duration;

use http::StatusCode;

use crate::contract::{Effect, Operation};
use crate::reply::Reply;

/// A call that was not accepted. The variant says what may have happened to the money.
///
/// ```
/// # fn show(error: oxhost::Error) {
/// match &error {
///     oxhost::Error::Refused(why) => eprintln!("no: {why}"),
///     oxhost::Error::NotSent(why) => eprintln!("safe to try again: {why}"),
///     oxhost::Error::Unknown(why) => eprintln!("do not send it again: {why}"),
///     _ => eprintln!("{error}"),
/// }
/// # }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The provider said no. Nothing was charged.
    Refused(Box<Failure>),
    /// The request did not reach the provider. Nothing was charged, and it is safe to try again.
    NotSent(Box<Failure>),
    /// The order MAY have been placed and charged. Sending it again may charge twice.
    Unknown(Box<Failure>),
}

impl Error {
    /// The same word as in the command's output: `refused`, `not_sent` or `unknown`.
    pub fn outcome(&self) -> &'static str {
        match self {
            Self::Refused(_) => "refused",
            Self::NotSent(_) => "not_sent",
            Self::Unknown(_) => "unknown",
        }
    }

    /// What is known of the failure.
    pub fn failure(&self) -> &Failure {
        match self {
            Self::Refused(failure) | Self::NotSent(failure) | Self::Unknown(failure) => failure,
        }
    }

    /// What to do next.
    pub fn advice(&self) -> &'static str {
        match self {
            Self::Refused(failure) => match failure.status.map(|status| status.as_u16()) {
                Some(401 | 403) => {
                    "Nothing was charged. Check the API key: whether it is complete, has expired, or is restricted to other IP addresses."
                }
                Some(402) => "Nothing was charged. Top up the account, then order again.",
                Some(404) => {
                    "Nothing was charged. Check the ids, and that they belong to this key's account."
                }
                Some(429) => "Nothing was charged. Wait before ordering again.",
                _ => "Nothing was charged. Mend what the provider names, then order again.",
            },
            Self::NotSent(_) => "Nothing was charged. It is safe to order again.",
            Self::Unknown(failure) if failure.is_read() => {
                "Nothing was ordered: a read changes nothing, and can be asked again."
            }
            Self::Unknown(_) => {
                "Do NOT send it again: it may be charged twice. Look in the client area whether the order is there and the expiry has moved."
            }
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self {
            Self::Refused(_) => "refused",
            Self::NotSent(_) => "not sent",
            Self::Unknown(_) => "unknown",
        };
        write!(f, "{word}: {}. {}", self.failure(), self.advice())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.failure().source.as_ref().map(|source| source as _)
    }
}

/// What is known of a call that was not accepted.
///
/// Nothing in here, `Debug` included, shows a secret.
#[derive(Debug)]
pub struct Failure {
    pub(crate) operation: Option<&'static Operation>,
    pub(crate) reason: String,
    pub(crate) status: Option<StatusCode>,
    pub(crate) message: Option<String>,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) reply: Option<Reply>,
    pub(crate) source: Option<reqwest::Error>,
}

impl Failure {
    pub(crate) fn new(operation: Option<&'static Operation>, reason: impl Into<String>) -> Self {
        Self {
            operation,
            reason: reason.into(),
            status: None,
            message: None,
            retry_after: None,
            reply: None,
            source: None,
        }
    }

    fn is_read(&self) -> bool {
        self.operation.is_some_and(|operation| operation.effect == Effect::Read)
    }

    /// `operationId` of the call, such as `renewPleskSubscription`.
    pub fn operation(&self) -> Option<&'static str> {
        self.operation.map(|operation| operation.id)
    }

    /// What happened, in our words.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// HTTP status of the answer, where there was one.
    pub fn status(&self) -> Option<StatusCode> {
        self.status
    }

    /// The provider's words, without secrets and control characters, where it had any.
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    /// How long the provider asks to wait (`Retry-After`, RFC 9110, 10.2.3), as seconds or as
    /// a date beside its own `Date`.
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// The answer as received, where it was a JSON object.
    pub fn reply(&self) -> Option<&Reply> {
        self.reply.as_ref()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(operation) = self.operation {
            write!(f, "{}: ", operation.id)?;
        }
        f.write_str(&self.reason)?;
        if let Some(status) = self.status {
            write!(f, " (HTTP {})", status.as_u16())?;
        }
        if let Some(message) = &self.message {
            write!(f, ": \"{message}\"")?;
        }
        if let Some(wait) = self.retry_after {
            write!(f, ", to be tried again after {} s", wait.as_secs())?;
        }
        Ok(())
    }
}

/// A client that cannot be built. Nothing was sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// There is no API key.
    #[error("there is no API key: set OXHOST_API_KEY to the key from the provider's client area")]
    MissingKey,
    /// A variable of the environment holds what is no text.
    #[error("the environment's {0} is not UTF-8")]
    InvalidVariable(&'static str),
    /// The API key cannot be one.
    #[error("the API key cannot be used: {0}")]
    InvalidKey(&'static str),
    /// A URL cannot be used; it is not repeated here, for it may hold a password.
    #[error("the {what} cannot be used: {reason}")]
    InvalidUrl {
        /// Which URL.
        what: &'static str,
        /// Why not.
        reason: &'static str,
    },
    /// A host that the contract does not know.
    #[error("the contract knows no host `{given}`; it knows {known}")]
    UnknownHost {
        /// The name that was given.
        given: String,
        /// The names that the contract has.
        known: String,
    },
    /// The time to connect must be shorter than the whole: only then does running out of it prove that nothing was sent.
    #[error("the connect timeout must be shorter than the timeout, and both longer than 0")]
    InvalidTimeouts,
    /// The user agent cannot stand in a header.
    #[error("the user agent is not visible ASCII")]
    InvalidUserAgent,
    /// The root certificate cannot be read.
    #[error("the root certificate is not a PEM certificate that can be used")]
    InvalidCertificate,
    /// TLS or the HTTP client cannot be set up on this machine.
    #[error("the HTTP client cannot be set up: {0}")]
    Setup(String),
}

/// A value of an order that the contract does not allow. Nothing was sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} {reason}")]
pub struct InvalidOrder {
    pub(crate) field: &'static str,
    pub(crate) reason: String,
}

impl InvalidOrder {
    /// Name of the field in the contract, such as `months`.
    pub fn field(&self) -> &'static str {
        self.field
    }
}
