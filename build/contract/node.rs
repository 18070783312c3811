//! The contract as a tree that knows its lines, and the fault that names one.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_saphyr::Spanned;

/// A node of the YAML document. One that is missing has nothing in it.
pub struct Node {
    /// The key under which it stands, if it does under one.
    pub key: String,
    /// The line of the key: that is where a reader looks.
    pub line: u64,
    /// The line on which the value begins.
    pub value_line: u64,
    kind: Kind,
}

enum Kind {
    Map(Vec<Node>),
    List(Vec<Node>),
    Scalar(Value),
    Missing,
}

static MISSING: Node = Node { key: String::new(), line: 1, value_line: 1, kind: Kind::Missing };

impl Node {
    pub fn parse(text: &str) -> Result<Self, Fault> {
        // OpenAPI is written in YAML 1.2, where `y` and `n` are words and not booleans.
        let yaml_1_2 = serde_saphyr::options! { strict_booleans: true };
        let root = serde_saphyr::from_str_with_options(text, yaml_1_2);
        root.map(|root| Self::under(String::new(), 1, root)).map_err(|error| Fault {
            line: error.location().map_or(1, |at| at.line()),
            words: format!(
                "this is not YAML: {}: mend the syntax; nothing was generated",
                error.without_snippet()
            ),
        })
    }

    fn under(key: String, line: u64, value: Spanned<Kind>) -> Self {
        Self { key, line, value_line: value.referenced.line(), kind: value.value }
    }

    /// What stands in a mapping.
    pub fn entries(&self) -> &[Self] {
        if let Kind::Map(entries) = &self.kind { entries } else { &[] }
    }

    /// What stands in a list.
    pub fn items(&self) -> &[Self] {
        if let Kind::List(items) = &self.kind { items } else { &[] }
    }

    pub fn get(&self, key: &str) -> &Self {
        self.entries().iter().find(|entry| entry.key == key).unwrap_or(&MISSING)
    }

    /// Follows keys from here down.
    pub fn at(&self, path: &[&str]) -> &Self {
        path.iter().fold(self, |node, key| node.get(key))
    }

    pub fn has(&self, key: &str) -> bool {
        !self.get(key).is_missing()
    }

    pub fn is_missing(&self) -> bool {
        matches!(self.kind, Kind::Missing)
    }

    pub fn is_map(&self) -> bool {
        matches!(self.kind, Kind::Map(_))
    }

    /// The text that this is; nothing if it is anything else.
    pub fn str(&self) -> &str {
        if let Kind::Scalar(Value::String(text)) = &self.kind { text } else { "" }
    }

    /// The text under `key`.
    pub fn text(&self, key: &str) -> &str {
        self.get(key).str()
    }

    pub fn is(&self, value: impl Into<Value>) -> bool {
        matches!(&self.kind, Kind::Scalar(scalar) if *scalar == value.into())
    }

    /// The same document without its lines.
    pub fn to_value(&self) -> Value {
        match &self.kind {
            Kind::Map(entries) => {
                entries.iter().map(|entry| (entry.key.clone(), entry.to_value())).collect()
            }
            Kind::List(items) => items.iter().map(Self::to_value).collect(),
            Kind::Scalar(value) => value.clone(),
            Kind::Missing => Value::Null,
        }
    }

    /// The name in a reference to a schema of the contract.
    pub fn reference(&self) -> &str {
        self.text("$ref").strip_prefix("#/components/schemas/").unwrap_or_default()
    }

    /// The name of the schema that a field refers to, beside a description or without.
    pub fn referred(&self) -> &str {
        self.get("allOf").items().first().unwrap_or(self).reference()
    }
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(KindVisitor)
    }
}

/// Reads each kind of scalar as JSON has it.
macro_rules! scalars {
    ($($visit:ident($value:ty)),*) => {$(
        // An example such as `0.02` has no integer form; it is only ever printed again.
        #[allow(clippy::disallowed_types)]
        fn $visit<E>(self, value: $value) -> Result<Kind, E> {
            Ok(Kind::Scalar(value.into()))
        }
    )*};
}

struct KindVisitor;

impl<'de> Visitor<'de> for KindVisitor {
    type Value = Kind;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a mapping, a list or a plain value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Kind, A::Error> {
        let mut entries = Vec::new();
        while let Some((key, value)) = map.next_entry::<Spanned<String>, _>()? {
            entries.push(Node::under(key.value, key.referenced.line(), value));
        }
        Ok(Kind::Map(entries))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Kind, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element::<Spanned<Kind>>()? {
            items.push(Node::under(String::new(), item.referenced.line(), item));
        }
        Ok(Kind::List(items))
    }

    fn visit_none<E>(self) -> Result<Kind, E> {
        Ok(Kind::Scalar(Value::Null))
    }

    fn visit_unit<E>(self) -> Result<Kind, E> {
        Ok(Kind::Scalar(Value::Null))
    }

    scalars! { visit_str(&str), visit_bool(bool), visit_i64(i64), visit_u64(u64), visit_f64(f64) }
}

/// A fault of the contract.
pub struct Fault {
    pub line: u64,
    /// What is wrong, and what to do.
    pub words: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "openapi.yaml:{}: ", self.line)?;
        // What is quoted may hold what would break the line in two.
        for letter in self.words.chars() {
            match letter.is_control() {
                true => write!(f, "{}", letter.escape_debug())?,
                false => write!(f, "{letter}")?,
            }
        }
        Ok(())
    }
}
