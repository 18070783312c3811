//! JSON as it is written: members in their order and as often as they are there, numbers digit for
//! digit.

use std::fmt::{self, Write};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;

/// A JSON value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Tree {
    /// Neither list nor object, as it is written.
    Leaf(String),
    List(Vec<Tree>),
    Object(Vec<Member>),
}

pub(super) type Member = (String, Tree);

impl Tree {
    pub(super) fn read(bytes: &[u8]) -> serde_json::Result<Self> {
        Self::of(serde_json::from_slice(bytes)?)
    }

    fn of(raw: &RawValue) -> serde_json::Result<Self> {
        let text = raw.get();
        Ok(match text.as_bytes().first() {
            Some(b'{') => {
                let members: Members<'_> = serde_json::from_str(text)?;
                let members = members.0.into_iter().map(|(name, raw)| Ok((name, Self::of(raw)?)));
                Self::Object(members.collect::<serde_json::Result<_>>()?)
            }
            Some(b'[') => {
                let elements: Vec<&RawValue> = serde_json::from_str(text)?;
                let elements = elements.into_iter().map(Self::of);
                Self::List(elements.collect::<serde_json::Result<_>>()?)
            }
            _ => Self::Leaf(text.to_owned()),
        })
    }

    pub(super) fn null() -> Self {
        Self::Leaf("null".into())
    }

    pub(super) fn text(text: &str) -> Self {
        Self::Leaf(quoted(text))
    }

    /// Calls `change` for the members of every object: those of an inner one first.
    pub(super) fn each_object(&mut self, change: &mut impl FnMut(&mut Vec<Member>)) {
        match self {
            Self::Leaf(_) => {}
            Self::List(elements) => elements.iter_mut().for_each(|it| it.each_object(change)),
            Self::Object(members) => {
                members.iter_mut().for_each(|(_, it)| it.each_object(change));
                change(members);
            }
        }
    }

    pub(super) fn each_leaf(&mut self, change: &mut impl FnMut(&mut String)) {
        match self {
            Self::Leaf(text) => change(text),
            Self::List(elements) => elements.iter_mut().for_each(|it| it.each_leaf(change)),
            Self::Object(members) => members.iter_mut().for_each(|(_, it)| it.each_leaf(change)),
        }
    }

    /// The members, if it is an object.
    pub(super) fn members(&mut self) -> Option<&mut Vec<Member>> {
        if let Self::Object(members) = self { Some(members) } else { None }
    }

    /// What stands at the end of a path of names.
    pub(super) fn at(&mut self, path: &[&str]) -> Option<&mut Self> {
        path.iter().try_fold(self, |tree, name| {
            tree.members()?.iter_mut().find(|member| member.0 == *name).map(|member| &mut member.1)
        })
    }

    /// Gives an object a member, in the place of one of that name.
    pub(super) fn set(&mut self, name: &str, value: Self) {
        if let Some(there) = self.at(&[name]) {
            *there = value;
        } else if let Some(members) = self.members() {
            members.push((name.to_owned(), value));
        }
    }
}

impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Leaf(text) => f.write_str(text),
            Self::List(elements) => {
                f.write_char('[')?;
                for (nth, element) in elements.iter().enumerate() {
                    let comma = if nth > 0 { "," } else { "" };
                    write!(f, "{comma}{element}")?;
                }
                f.write_char(']')
            }
            Self::Object(members) => {
                f.write_char('{')?;
                for (nth, (name, value)) in members.iter().enumerate() {
                    let comma = if nth > 0 { "," } else { "" };
                    write!(f, "{comma}{}:{value}", quoted(name))?;
                }
                f.write_char('}')
            }
        }
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The members of an object, which a map would sort and make unique.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
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
        input.deserialize_map(Object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_written_again_as_it_was() {
        for text in [
            r#"{"b":1.50,"a":[{"b":null},[]],"b":"\"ü","":{}}"#,
            "[]",
            "12345678901234567890.10",
            r#""\u00e9""#,
        ] {
            assert_eq!(Tree::read(text.as_bytes()).unwrap().to_string(), text);
        }
        assert!(Tree::read(b"{").is_err());
    }
}
