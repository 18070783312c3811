//! What a call that was not accepted or not answered has done, and what to do next.

use std::fmt;
use std::time::Duration;

use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::contract::{Effect, Operation};
use crate::outcome::Outcome;
use crate::reply::Reply;

pub(crate) type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// An order that was not accepted. The variant says what may have happened to the money.
///
/// ```
/// # fn show(error: oxhost::OrderError) {
/// match &error {
///     oxhost::OrderError::Refused(why) => eprintln!("no: {why}"),
///     oxhost::OrderError::NotSent(why) => eprintln!("safe to try again: {why}"),
///     oxhost::OrderError::Unknown(why) => eprintln!("do not send it again: {why}"),
/// }
/// # }
/// ```
#[derive(Debug)]
pub enum OrderError {
    /// The provider said no. Nothing was charged.
    Refused(Box<Failure>),
    /// The request did not reach the provider. Nothing was charged, and it is safe to try again.
    NotSent(Box<Failure>),
    /// The order MAY have been placed and charged. Sending it again may charge twice.
    Unknown(Box<Failure>),
}

impl OrderError {
    /// An order that its caller has not handed over, for a reason of the caller's own.
    pub fn not_sent(operation: &'static Operation, reason: impl Into<String>) -> Self {
        Box::new(Failure::not_sent(Some(operation), reason)).into()
    }

    /// An order that its caller has handed over, and whose answer it does not wait for.
    pub fn unknown(operation: &'static Operation, reason: impl Into<String>) -> Self {
        let failure = Failure::not_sent(Some(operation), reason);
        Box::new(Failure { outcome: Outcome::Unknown, ..failure }).into()
    }

    /// What became of the order: never [`Outcome::Accepted`].
    pub fn outcome(&self) -> Outcome {
        self.failure().outcome
    }

    /// What is known of the failure.
    pub fn failure(&self) -> &Failure {
        match self {
            Self::Refused(failure) | Self::NotSent(failure) | Self::Unknown(failure) => failure,
        }
    }

    /// What to do next.
    pub fn advice(&self) -> &'static str {
        self.failure().advice()
    }
}

/// A read that gave no answer. A read changes nothing, so it can be repeated at any time.
#[derive(Debug)]
pub enum ReadError {
    /// The provider answered, and does not show it.
    Refused(Box<Failure>),
    /// There was no answer of use, however often it was asked.
    Unavailable(Box<Failure>),
}

impl ReadError {
    /// What is known of the failure.
    pub fn failure(&self) -> &Failure {
        match self {
            Self::Refused(failure) | Self::Unavailable(failure) => failure,
        }
    }
}

impl From<Box<Failure>> for OrderError {
    fn from(failure: Box<Failure>) -> Self {
        match failure.outcome {
            Outcome::Refused => Self::Refused(failure),
            Outcome::NotSent => Self::NotSent(failure),
            Outcome::Unknown | Outcome::Accepted => Self::Unknown(failure),
        }
    }
}

/// Of a read, only a refusal is told apart.
impl From<Box<Failure>> for ReadError {
    fn from(failure: Box<Failure>) -> Self {
        match failure.outcome {
            Outcome::Refused => Self::Refused(failure),
            _ => Self::Unavailable(failure),
        }
    }
}

/// Says what became of it, and what is behind it.
macro_rules! errors {
    ($($error:ident: $say:expr;)*) => {$(
        impl fmt::Display for $error {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&$say(self.failure()))
            }
        }

        impl std::error::Error for $error {
            fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
                self.failure().source.as_deref().map(|source| source as _)
            }
        }
    )*};
}

errors! {
    OrderError: Failure::of_order;
    ReadError: Failure::of_read;
}

/// What is known of a call that gave no reply.
///
/// Nothing in here, `Debug` included, shows a secret.
#[derive(Debug)]
pub struct Failure {
    /// What became of the call, as of an order.
    pub(crate) outcome: Outcome,
    pub(crate) operation: Option<&'static Operation>,
    pub(crate) reason: String,
    pub(crate) status: Option<StatusCode>,
    pub(crate) message: Option<String>,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) reply: Option<Reply>,
    pub(crate) source: Option<BoxError>,
}

impl Failure {
    /// Nothing went over the wire.
    pub(crate) fn not_sent(
        operation: Option<&'static Operation>,
        reason: impl Into<String>,
    ) -> Self {
        Self {
            outcome: Outcome::NotSent,
            operation,
            reason: reason.into(),
            status: None,
            message: None,
            retry_after: None,
            reply: None,
            source: None,
        }
    }

    /// As an order's: whether money may have moved, and what to do.
    fn of_order(&self) -> String {
        format!("{}: {self}. {}", self.outcome, self.advice())
    }

    fn of_read(&self) -> String {
        match self.outcome {
            Outcome::Refused => format!("the provider does not show it: {self}"),
            _ => format!("it could not be read: {self}"),
        }
    }

    /// In the words for the effect of the operation.
    pub(crate) fn words(&self) -> String {
        match self.operation.map(|operation| operation.effect) {
            Some(Effect::Read) => self.of_read(),
            Some(Effect::Charge) | None => self.of_order(),
        }
    }

    fn advice(&self) -> &'static str {
        self.outcome.advice(self.status.map(|status| status.as_u16()))
    }

    /// The operation that was called.
    pub fn operation(&self) -> Option<&'static Operation> {
        self.operation
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

    /// The answer, where it was read to its end.
    pub fn reply(&self) -> Option<&Reply> {
        self.reply.as_ref()
    }

    /// All of it that may be shown and stored.
    pub fn record(&self) -> FailureRecord {
        FailureRecord {
            status: self.status.map(|status| status.as_u16()),
            reason: self.reason.clone(),
            message: self.message.clone(),
            retry_after_seconds: self.retry_after.map(|wait| wait.as_secs()),
            reply: self.reply.as_ref().and_then(Reply::shown),
        }
    }
}

/// What is known of a call that gave no reply, fit to be shown and stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FailureRecord {
    /// HTTP status of the answer, where there was one.
    pub status: Option<u16>,
    /// What happened, in our words.
    pub reason: String,
    /// The provider's words, where it had any.
    pub message: Option<String>,
    /// How long the provider asks to wait, in seconds.
    pub retry_after_seconds: Option<u64>,
    /// The answer, as it may be shown.
    pub reply: Option<Value>,
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
