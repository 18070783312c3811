//! The states of a journaled order, and how one becomes another.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

/// Where an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum State {
    /// The target is claimed, and nothing was sent yet.
    Claimed,
    /// The intent is on disk; the request may be under way, or its sender may have died.
    Open,
    /// The provider took the order.
    Accepted,
    /// The provider said no. Nothing was charged.
    Refused,
    /// The provider was not reached. Nothing was charged.
    NotSent,
    /// The order MAY have been placed.
    Unknown,
    /// It was found out afterwards that the order was placed.
    Confirmed,
    /// It was found out afterwards that the order was not placed.
    NotOrdered,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 8] = [
        Self::Claimed,
        Self::Open,
        Self::Accepted,
        Self::Refused,
        Self::NotSent,
        Self::Unknown,
        Self::Confirmed,
        Self::NotOrdered,
    ];

    /// Whether an order in this state keeps its target from being charged again.
    pub fn blocks(self) -> bool {
        matches!(self, Self::Claimed | Self::Open | Self::Unknown)
    }

    /// Whether the journal takes `next` after this state. What is settled stays settled.
    pub fn may_become(self, next: Self) -> bool {
        match self {
            // Only its sender opens it, and only if nobody has taken the claim back before.
            Self::Claimed => matches!(next, Self::Open | Self::NotSent),
            Self::Open => !matches!(next, Self::Claimed | Self::Open),
            Self::Unknown => matches!(next, Self::Confirmed | Self::NotOrdered),
            Self::Accepted | Self::Refused | Self::NotSent | Self::Confirmed | Self::NotOrdered => {
                false
            }
        }
    }

    /// The states that may become this one.
    pub(crate) fn origins(self) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |state| state.may_become(self))
    }

    /// As the journal writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Claimed => "claimed",
            Self::Open => "open",
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::NotSent => "not_sent",
            Self::Unknown => "unknown",
            Self::Confirmed => "confirmed",
            Self::NotOrdered => "not_ordered",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for State {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|state| state.as_str() == text);
        known.ok_or_else(|| format!("the journal holds an unknown state `{text}`"))
    }
}
