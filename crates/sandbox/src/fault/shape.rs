//! What a reply's body can look like, whatever it says.

use std::fmt;

use super::text::{is_word, number};

/// What becomes of the body of a good reply. Its JSON stays whole, but is another.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Shape {
    /// All but `success` stands in a member `data`.
    Payload,
    /// The whole reply stands in a member `data`, and that in another.
    Envelopes {
        /// How many, from 1 to 200.
        depth: u8,
    },
    /// Numbers come as strings.
    NumbersAsStrings,
    /// Strings that are numbers come as numbers.
    StringsAsNumbers,
    /// True and false come as 1 and 0.
    FlagsAsNumbers,
    /// True and false come as strings.
    FlagsAsStrings,
    /// Every value is null, except `success` and what the contract calls the proof of an order.
    Nulls,
    /// Every value is null.
    AllNulls,
    /// Every object has members that the contract does not list.
    Extra,
    /// Every object has members that the contract does not list, and that are secret:
    /// [`SECRETS`](super::SECRETS).
    ExtraSecrets,
    /// Every member is there twice, with the same value.
    Twice,
    /// A member is there twice, wherever it stands, with values that contradict each other.
    Repeat {
        /// Name of the member: letters, digits, `_`, `-` and `.`.
        name: String,
        /// The false value comes first.
        first: bool,
    },
    /// In Latin-1, and says so. As with the other character sets, `message` has letters beyond ASCII.
    Latin1,
    /// In UTF-16 with a byte order mark, and says so.
    Utf16,
    /// In UTF-16, big endian without a mark, and says so.
    Utf16Be,
    /// A byte order mark stands before UTF-8.
    ByteOrderMark,
    /// In Latin-1, and does not say so: bytes in `message` are no UTF-8.
    BrokenUtf8,
    /// Something else stands before the JSON.
    GarbageBefore,
    /// Something else stands after the JSON.
    GarbageAfter,
    /// The JSON is the one element of a list.
    InList,
    /// The JSON is there twice, one after the other.
    TwoDocuments,
    /// Names of members are in upper case.
    UpperCase,
    /// The order says of itself that it has another status: `order.status`, or a `status` beside
    /// `order_id`.
    OrderStatus {
        /// Which one: letters, digits, `_`, `-` and `.`.
        word: String,
    },
    /// An `error` stands beside the order.
    ErrorBeside,
    /// `success: false` stands beside the order.
    NoBeside,
    /// The reply speaks of another subscription or server than was ordered.
    OtherTarget,
    /// The reply speaks of one month or hour more than was ordered.
    OtherTime,
    /// The reply speaks of one euro more than was charged.
    OtherAmount,
}

use Shape::*;

/// Those that are one word.
pub(super) const PLAIN: &[(&str, Shape)] = &[
    ("wrap", Payload),
    ("retype=strings", NumbersAsStrings),
    ("retype=numbers", StringsAsNumbers),
    ("retype=flags", FlagsAsNumbers),
    ("retype=words", FlagsAsStrings),
    ("nulls", Nulls),
    ("nulls=all", AllNulls),
    ("extra", Extra),
    ("extra=secrets", ExtraSecrets),
    ("repeat", Twice),
    ("charset=latin1", Latin1),
    ("charset=utf16", Utf16),
    ("charset=utf16be", Utf16Be),
    ("charset=bom", ByteOrderMark),
    ("charset=broken", BrokenUtf8),
    ("around=before", GarbageBefore),
    ("around=after", GarbageAfter),
    ("around=list", InList),
    ("around=twice", TwoDocuments),
    ("case", UpperCase),
    ("beside=error", ErrorBeside),
    ("beside=no", NoBeside),
    ("other=target", OtherTarget),
    ("other=time", OtherTime),
    ("other=amount", OtherAmount),
];

impl Shape {
    pub(super) fn parse(text: &str) -> Option<Self> {
        if let Some((_, shape)) = PLAIN.iter().find(|(plain, _)| *plain == text) {
            return Some(shape.clone());
        }
        let (name, value) = text.split_once('=')?;
        Some(match name {
            "wrap" => Envelopes { depth: number(value)? },
            "repeat" => match value.strip_suffix("+first") {
                Some(name) => Repeat { name: name.to_owned(), first: true },
                None => Repeat { name: value.to_owned(), first: false },
            },
            "order-status" => OrderStatus { word: value.to_owned() },
            _ => return None,
        })
    }

    pub(super) fn in_range(&self) -> bool {
        match self {
            Envelopes { depth } => (1..=200).contains(depth),
            Repeat { name: word, .. } | OrderStatus { word } => is_word(word),
            _ => true,
        }
    }

    /// Whether it is about an order that was placed.
    pub(super) fn needs_order(&self) -> bool {
        matches!(
            self,
            OrderStatus { .. } | ErrorBeside | NoBeside | OtherTarget | OtherTime | OtherAmount
        )
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Envelopes { depth } => write!(f, "wrap={depth}"),
            Repeat { name, first: false } => write!(f, "repeat={name}"),
            Repeat { name, first: true } => write!(f, "repeat={name}+first"),
            OrderStatus { word } => write!(f, "order-status={word}"),
            plain => {
                let named = PLAIN.iter().find(|(_, shape)| shape == plain);
                f.write_str(named.map_or("", |(text, _)| text))
            }
        }
    }
}
