//! A JSON document with all that was sent: repeated names, the digits of numbers, odd texts.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// What is nested deeper is kept as it was sent. Documented replies are three deep.
const DEEPEST: usize = 32;

/// A JSON value, decoded once.
#[derive(Debug, PartialEq)]
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

    /// As JSON text: what a scalar was sent as, to the letter.
    pub(crate) fn scalar_text(&self) -> Option<String> {
        match self {
            Self::Bool(flag) => Some(flag.to_string()),
            Self::Number(digits) => Some(digits.clone()),
            Self::Text(text) => Some(serde_json::Value::from(text.as_str()).to_string()),
            Self::Null | Self::Opaque(_) | Self::List(_) | Self::Object(_) => None,
        }
    }
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
