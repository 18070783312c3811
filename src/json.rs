//! A JSON document with all that was sent: repeated names, the digits of numbers, odd texts.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// What is nested deeper is kept as it was sent. Documented replies are three deep.
const DEEPEST: usize = 32;

/// A JSON value, decoded once.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    /// The digits as they were sent.
    Number(String),
    Text(String),
    /// What no other variant can hold, as it was sent: a text with half a surrogate pair, or a value
    /// that is nested too deeply.
    Opaque(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    /// The one JSON document that a text is; `None` if it is anything else.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let raw: &RawValue = serde_json::from_str(text).ok()?;
        Self::decode(raw, 0)
    }

    /// The object or list that a text of a document is in turn.
    pub(crate) fn within(text: &str) -> Option<Self> {
        text.trim_start().starts_with(['{', '[']).then(|| Self::parse(text)).flatten()
    }

    fn decode(raw: &RawValue, depth: usize) -> Option<Self> {
        let text = raw.get();
        let opaque = || Self::Opaque(text.to_owned());
        Some(match text.as_bytes().first()? {
            b'n' => Self::Null,
            b't' | b'f' => Self::Bool(text == "true"),
            b'"' => serde_json::from_str(text).map_or_else(|_| opaque(), Self::Text),
            _ if depth == DEEPEST => opaque(),
            b'[' => {
                let items: Vec<&RawValue> = serde_json::from_str(text).ok()?;
                Self::List(items.into_iter().filter_map(|it| Self::decode(it, depth + 1)).collect())
            }
            b'{' => {
                // A name with half a surrogate pair makes the whole object one that cannot be read.
                let Ok(Members(members)) = serde_json::from_str(text) else {
                    return Some(opaque());
                };
                let decode = |(name, raw)| Some((name, Self::decode(raw, depth + 1)?));
                Self::Object(members.into_iter().filter_map(decode).collect())
            }
            _ => Self::Number(text.to_owned()),
        })
    }

    pub(crate) fn members(&self) -> &[(String, Self)] {
        match self {
            Self::Object(members) => members,
            _ => &[],
        }
    }

    /// Every value in this one, itself first.
    pub(crate) fn visit(&self, seen: &mut impl FnMut(&Self)) {
        seen(self);
        match self {
            Self::List(items) => items.iter().for_each(|item| item.visit(seen)),
            Self::Object(members) => members.iter().for_each(|(_, member)| member.visit(seen)),
            _ => {}
        }
    }

    /// Whether a value says anything. PHP writes nothing in many ways: `null`, `false`, `0`, `""`, `[]`,
    /// and objects of them.
    pub(crate) fn says_something(&self) -> bool {
        match self {
            Self::Null => false,
            Self::Bool(flag) => *flag,
            Self::Number(digits) => !is_zero(digits),
            Self::Text(text) => {
                let text = text.trim();
                !text.is_empty() && text != "null" && !is_zero(text)
            }
            // What cannot be read may say anything.
            Self::Opaque(_) => true,
            Self::List(items) => items.iter().any(Self::says_something),
            Self::Object(members) => members.iter().any(|(_, member)| member.says_something()),
        }
    }

    /// The members with their names.
    pub(crate) fn named(&self) -> impl Iterator<Item = (&str, &Self)> {
        self.members().iter().map(|(name, member)| (name.as_str(), member))
    }

    pub(crate) fn is_opaque(&self) -> bool {
        matches!(self, Self::Opaque(_))
    }
}

/// As JSON text, in which a scalar is as it was sent, to the letter.
impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null | Self::Opaque(_) => f.write_str("null"),
            Self::Bool(flag) => flag.fmt(f),
            // A number that no JSON value of Rust can hold, such as 1e999, must not fail the others.
            Self::Number(digits) => match serde_json::from_str::<serde_json::Number>(digits) {
                Ok(_) => f.write_str(digits),
                Err(_) => write_text(digits, f),
            },
            Self::Text(text) => write_text(text, f),
            Self::List(items) => {
                f.write_str("[")?;
                for (at, item) in items.iter().enumerate() {
                    f.write_str(if at == 0 { "" } else { "," })?;
                    item.fmt(f)?;
                }
                f.write_str("]")
            }
            Self::Object(members) => {
                f.write_str("{")?;
                for (at, (name, member)) in members.iter().enumerate() {
                    f.write_str(if at == 0 { "" } else { "," })?;
                    write_text(name, f)?;
                    f.write_str(":")?;
                    member.fmt(f)?;
                }
                f.write_str("}")
            }
        }
    }
}

fn write_text(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str(&serde_json::to_string(text).map_err(|_| fmt::Error)?)
}

fn is_zero(text: &str) -> bool {
    text.contains('0') && text.chars().all(|letter| "-0.".contains(letter))
}

/// The members of an object in their order, repeated names and all.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Members(members))
    }
}
