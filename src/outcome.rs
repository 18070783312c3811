//! What became of an order.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What became of an order. The word is always true.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The provider took the order, and charged for it.
    Accepted,
    /// The provider said no. Nothing was charged.
    Refused,
    /// The request did not reach the provider. Nothing was charged.
    NotSent,
    /// The order MAY have been placed. Sending it again may charge twice.
    Unknown,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Self; 4] = [Self::Accepted, Self::Refused, Self::NotSent, Self::Unknown];

    /// The word as programs read it: `accepted`, `refused`, `not_sent` or `unknown`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::NotSent => "not_sent",
            Self::Unknown => "unknown",
        }
    }

    /// What to do next about an order that ended so, with the HTTP status of its answer, where there was one.
    ///
    /// ```
    /// let advice = oxhost::Outcome::Refused.advice(Some(402));
    /// assert_eq!(advice, "Nothing was charged. Top up the account, then order again.");
    /// ```
    pub fn advice(self, status: Option<u16>) -> &'static str {
        match (self, status) {
            (Self::Accepted, _) => "It was charged. Nothing is left to do.",
            (Self::Refused, Some(401 | 403)) => {
                "Nothing was charged. Check the API key: whether it is complete, has expired, or is restricted to other IP addresses."
            }
            (Self::Refused, Some(402)) => {
                "Nothing was charged. Top up the account, then order again."
            }
            (Self::Refused, Some(404)) => {
                "Nothing was charged. Check the ids, and that they belong to this key's account."
            }
            (Self::Refused, Some(429)) => "Nothing was charged. Wait before ordering again.",
            (Self::Refused, _) => {
                "Nothing was charged. Fix what the provider reports, then order again."
            }
            (Self::NotSent, _) => "Nothing was charged. It is safe to order again.",
            (Self::Unknown, _) => {
                "Do NOT send it again: it may be charged twice. Look in the client area whether the order is there and the expiry has moved."
            }
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotSent => "not sent",
            word => word.as_str(),
        })
    }
}
