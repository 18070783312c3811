//! What a person should look at in an answer that is otherwise good.

use std::fmt;

use crate::contract::{Field, Shape};
use crate::envelope::REFUSAL_WORDS;
use crate::json::Json;

/// Something that a person should look at. An accepted order stands all the same.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// The reply says that something else was bought.
    OtherPurchase {
        /// What the reply says.
        said: String,
        /// What an order of this kind says.
        expected: &'static str,
    },
    /// The reply speaks of another subscription or user than was ordered for. The id of a server says
    /// nothing: in the documented answer it is not the one that was ordered for.
    OtherTarget {
        /// Name of the field, such as `subscription.id`.
        field: &'static str,
        /// What the reply says.
        said: String,
    },
    /// The reply speaks of another number of months or hours than was ordered.
    OtherDuration {
        /// What the reply says.
        said: String,
        /// What was ordered.
        ordered: u32,
        /// `months` or `hours`.
        unit: &'static str,
    },
    /// The reply speaks of another currency than that of every documented price.
    OtherCurrency {
        /// What the reply says.
        said: String,
    },
    /// The amount is not the price that the reply itself gives.
    OtherAmount {
        /// What was charged, in EUR.
        charged: String,
        /// What the order should cost, in EUR.
        expected: String,
    },
    /// A field could not be read; it is absent in the typed reply, and stands in
    /// [`Reply::text`](crate::Reply::text).
    Unreadable {
        /// Path of the field, such as `order.amount`.
        field: String,
    },
    /// A field stands there several times, with values that differ. The typed reply has the first.
    Ambiguous {
        /// Path of the field, such as `subscription.expires_at`.
        field: String,
    },
    /// The reply names an error beside the order.
    ErrorBesideOrder,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherPurchase { said, expected } => {
                write!(f, "the reply says that `{said}` was bought, not `{expected}`")
            }
            Self::OtherTarget { field, said } => {
                write!(f, "the reply's `{field}` is `{said}`, which is not what was ordered for")
            }
            Self::OtherDuration { said, ordered, unit } => {
                write!(f, "the reply speaks of {said} {unit} instead of {ordered}")
            }
            Self::OtherCurrency { said } => {
                write!(f, "the reply says that `{said}` was charged, not EUR")
            }
            Self::OtherAmount { charged, expected } => {
                write!(f, "{charged} EUR were charged, but the price comes to {expected} EUR")
            }
            Self::Unreadable { field } => {
                return write!(
                    f,
                    "`{field}` could not be read; it stands in the reply as received"
                );
            }
            Self::Ambiguous { field } => {
                write!(f, "the reply says `{field}` several times, and each time another thing")
            }
            Self::ErrorBesideOrder => {
                return f.write_str("the reply names an error beside the order");
            }
        }?;
        f.write_str(": look at the order in the client area")
    }
}

/// Names the listed fields that were sent with a value and are absent in what was read.
pub(crate) fn unreadable<'a>(
    sent: impl Iterator<Item = (&'a str, &'a Json)>,
    shape: &'static Shape,
    read: &Json,
    path: &str,
    warnings: &mut Vec<Warning>,
) {
    for (name, value) in sent {
        let Some(listed) = shape.field(name) else { continue };
        let field = || below(path, name);
        match (read.get(name), value, listed) {
            (Some(read), Json::Object(_), Field::Object(shape)) => {
                unreadable(value.named(), shape, read, &field(), warnings);
            }
            (Some(Json::List(read)), Json::List(sent), Field::List(shape)) => {
                if sent.len() != read.len() {
                    warnings.push(Warning::Unreadable { field: format!("{}[]", field()) });
                    continue;
                }
                for (at, (sent, read)) in sent.iter().zip(read).enumerate() {
                    let field = format!("{}[{at}]", field());
                    unreadable(sent.named(), shape, read, &field, warnings);
                }
            }
            (None, value, _) if !is_missing(value) => {
                warnings.push(Warning::Unreadable { field: field() });
            }
            _ => {}
        }
    }
}

/// Names the listed fields that were sent several times, in any letters' case, with values that differ.
pub(crate) fn ambiguous(
    sent: &[(&str, &Json)],
    shape: &'static Shape,
    path: &str,
    warnings: &mut Vec<Warning>,
) {
    // An envelope has words of its own.
    let fields = shape.fields.iter().filter(|(name, _)| !REFUSAL_WORDS.contains(name));
    for (name, listed) in fields {
        let mut values = sent.iter().filter(|(sent, _)| sent.eq_ignore_ascii_case(name));
        let Some((_, first)) = values.next() else { continue };
        let field = || below(path, name);
        if values.any(|(_, other)| other != first) {
            warnings.push(Warning::Ambiguous { field: field() });
            continue;
        }
        match (listed, first) {
            (Field::Object(shape), Json::Object(_)) => {
                ambiguous(&Vec::from_iter(first.named()), shape, &field(), warnings);
            }
            (Field::List(shape), Json::List(items)) => {
                for (at, item) in items.iter().enumerate() {
                    let members = Vec::from_iter(item.named());
                    ambiguous(&members, shape, &format!("{}[{at}]", field()), warnings);
                }
            }
            _ => {}
        }
    }
}

fn below(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn is_missing(value: &Json) -> bool {
    match value {
        Json::Null => true,
        // MySQL writes a missing date so.
        Json::Text(text) => text.starts_with("0000-00-00"),
        _ => false,
    }
}
