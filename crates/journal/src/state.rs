//! The states of a journaled order, and how one becomes another.

use serde::{Deserialize, Serialize};

/// Where an order stands.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", parse_err_ty = String, parse_err_fn = unknown)]
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
    pub const ALL: &[Self] = <Self as strum::VariantArray>::VARIANTS;

    /// Whether an order in this state keeps its target from being charged again.
    pub fn blocks(self) -> bool {
        matches!(self, Self::Claimed | Self::Open | Self::Unknown)
    }

    /// Whether the journal takes `next` after this state when `by` says so, and under which condition.
    pub fn may_become(self, next: Self, by: Speaker) -> Option<Condition> {
        use State::{Accepted, Claimed, Confirmed, NotOrdered, NotSent, Open, Refused, Unknown};
        match (by, self, next) {
            (Speaker::Sender, Claimed, Open)
            | (Speaker::Sender, Open, Accepted | Refused | NotSent | Unknown)
            // Its word is late, and still better than what others inferred without it. A late
            // "unknown" says less than that it was seen, and more than that it was not: whoever
            // inferred that took it for certain when the order could have been sent at the latest.
            | (Speaker::Sender, Confirmed | NotOrdered, Accepted | Refused | NotSent)
            | (Speaker::Sender, NotOrdered, Unknown)
            // Nothing was sent yet, and if its sender lives, it finds the claim gone.
            | (Speaker::Reconcile, Claimed, NotSent)
            | (Speaker::Reconcile, Open | Unknown, Confirmed | NotOrdered)
            // The provider said no, and shows it all the same.
            | (Speaker::Reconcile, Refused, Confirmed)
            // It did not show for long, and shows all the same.
            | (Speaker::Reconcile, NotOrdered, Confirmed)
            | (Speaker::Person, Unknown, Confirmed) => Some(Condition::Always),
            // The provider may still be booking what its sender gave up on.
            (Speaker::Person, Open, Confirmed | NotOrdered)
            | (Speaker::Person, Unknown, NotOrdered) => Some(Condition::SenderIsOut),
            // A correction waits as the first word does.
            (Speaker::Person, Confirmed, NotOrdered) => Some(Condition::PersonSaidSoAndSenderIsOut),
            (Speaker::Person, NotOrdered, Confirmed) => Some(Condition::PersonSaidSo),
            _ => None,
        }
    }

    /// The states that `by` may turn into this one, each with its condition.
    pub(crate) fn origins(self, by: Speaker) -> impl Iterator<Item = (Self, Condition)> {
        let origin = move |from: Self| from.may_become(self, by).map(|condition| (from, condition));
        Self::ALL.iter().copied().filter_map(origin)
    }

    /// As the journal writes it.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// Why a text is no state, of an order or of a row.
pub(crate) fn unknown(text: &str) -> String {
    format!("the journal holds an unknown state `{text}`")
}

/// Who says what an order becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Speaker {
    /// The program that claimed the order, and sends it.
    Sender,
    /// Whoever finds out what became of it, by what the provider shows.
    Reconcile,
    /// A person who has looked.
    Person,
}

impl Speaker {
    /// Everyone who may speak.
    pub const ALL: [Self; 3] = [Self::Sender, Self::Reconcile, Self::Person];
}

/// Under which condition an order becomes something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Condition {
    /// None.
    Always,
    /// Its sender can no longer send, nor wait for an answer: `answer_by` has passed.
    SenderIsOut,
    /// What it is now is what a person said.
    PersonSaidSo,
    /// Both.
    PersonSaidSoAndSenderIsOut,
}

impl Condition {
    /// Whether it holds of an order.
    pub fn holds(self, sender_is_out: bool, person_said_so: bool) -> bool {
        match self {
            Self::Always => true,
            Self::SenderIsOut => sender_is_out,
            Self::PersonSaidSo => person_said_so,
            Self::PersonSaidSoAndSenderIsOut => person_said_so && sender_is_out,
        }
    }
}
