//! The contract as a tree that knows its lines, and the fault that names one.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_saphyr::{Options, Spanned};

/// A node of the YAML document.
pub struct Node {
    pub line: u64,
    kind: Kind,
}

enum Kind {
    Map(Vec<Entry>),
    List(Vec<Node>),
    Scalar(Value),
}

/// A key of a mapping, and what stands under it.
pub struct Entry {
    pub key: String,
    /// The line of the key: that is where a reader looks.
    pub line: u64,
    pub value: Node,
}

impl Node {
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let node: Spanned<Kind> =
            serde_saphyr::from_str_with_options(text, yaml_1_2()).map_err(|error| Fault {
                line: error.location().map_or(1, |at| at.line()),
                what: format!("this is not YAML: {}", error.without_snippet()),
                remedy: "mend the syntax; nothing was generated".to_owned(),
            })?;
        Ok(Self::from(node))
    }

    pub fn entries(&self) -> &[Entry] {
        match &self.kind {
            Kind::Map(entries) => entries,
            Kind::List(_) | Kind::Scalar(_) => &[],
        }
    }

    pub fn items(&self) -> &[Node] {
        match &self.kind {
            Kind::List(items) => items,
            Kind::Map(_) | Kind::Scalar(_) => &[],
        }
    }

    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// Follows keys from here down.
    pub fn at(&self, path: &[&str]) -> Option<&Node> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    pub fn is_map(&self) -> bool {
        matches!(self.kind, Kind::Map(_))
    }

    pub fn str(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar(Value::String(text)) => Some(text),
            Kind::Scalar(_) | Kind::Map(_) | Kind::List(_) => None,
        }
    }

    pub fn is(&self, value: &Value) -> bool {
        matches!(&self.kind, Kind::Scalar(scalar) if scalar == value)
    }

    /// The text under `key`, where there is one.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Node::str)
    }

    /// The same document without its lines.
    pub fn to_value(&self) -> Value {
        match &self.kind {
            Kind::Map(entries) => Value::Object(
                entries.iter().map(|entry| (entry.key.clone(), entry.value.to_value())).collect(),
            ),
            Kind::List(items) => items.iter().map(Node::to_value).collect(),
            Kind::Scalar(value) => value.clone(),
        }
    }
}

/// OpenAPI is written in YAML 1.2, where `y` and `n` are words and not booleans.
fn yaml_1_2() -> Options {
    serde_saphyr::options! { strict_booleans: true }
}

impl From<Spanned<Kind>> for Node {
    fn from(spanned: Spanned<Kind>) -> Self {
        Self { line: spanned.referenced.line(), kind: spanned.value }
    }
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(KindVisitor)
    }
}

struct KindVisitor;

impl<'de> Visitor<'de> for KindVisitor {
    type Value = Kind;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a mapping, a list or a plain value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Kind, A::Error> {
        let mut entries = Vec::new();
        while let Some((key, value)) = map.next_entry::<Spanned<String>, Spanned<Kind>>()? {
            entries.push(Entry {
                line: key.referenced.line(),
                key: key.value,
                value: value.into(),
            });
        }
        Ok(Kind::Map(entries))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Kind, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element::<Spanned<Kind>>()? {
            items.push(item.into());
        }
        Ok(Kind::List(items))
    }

    fn visit_str<E>(self, text: &str) -> Result<Kind, E> {
        Ok(Kind::Scalar(text.into()))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Kind, E> {
        Ok(Kind::Scalar(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Kind, E> {
        Ok(Kind::Scalar(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Kind, E> {
        Ok(Kind::Scalar(value.into()))
    }

    // An example such as `0.02` has no integer form; it is only ever printed again.
    #[allow(clippy::disallowed_types)]
    fn visit_f64<E>(self, value: f64) -> Result<Kind, E> {
        Ok(Kind::Scalar(value.into()))
    }

    fn visit_unit<E>(self) -> Result<Kind, E> {
        Ok(Kind::Scalar(Value::Null))
    }

    fn visit_none<E>(self) -> Result<Kind, E> {
        Ok(Kind::Scalar(Value::Null))
    }
}

/// What is wrong with the contract: where, what, and what to do.
pub struct Fault {
    pub line: u64,
    pub what: String,
    pub remedy: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "openapi.yaml:{}: ", self.line)?;
        // What is quoted may hold what would break the line in two.
        for letter in self.what.chars() {
            match letter.is_control() {
                true => write!(f, "{}", letter.escape_debug())?,
                false => write!(f, "{letter}")?,
            }
        }
        write!(f, ": {}", self.remedy)
    }
}

/// All faults of a contract: whoever edits it sees them at once.
pub struct Faults(pub Vec<Fault>);

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for fault in &self.0 {
            writeln!(f, "{fault}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Faults {}
