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
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotSent => "not sent",
            word => word.as_str(),
        })
    }
}
