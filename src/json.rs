//! A JSON document with all that was sent: repeated names, the digits of numbers, odd texts.

use std::fmt;
use std::mem::take;

use serde_json::value::RawValue;

#[cfg(test)]
mod tests;

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
        Reader { text: raw.get(), at: 0 }.value(0)
    }

    /// The object or list that a text of a document is in turn.
    pub(crate) fn within(text: &str) -> Option<Self> {
        text.trim_start().starts_with(['{', '[']).then(|| Self::parse(text)).flatten()
    }

    pub(crate) fn members(&self) -> &[(String, Self)] {
        match self {
            Self::Object(members) => members,
            _ => &[],
        }
    }

    /// The members, to be read.
    pub(crate) fn object(&mut self) -> Option<&mut [(String, Self)]> {
        match self {
            Self::Object(members) => Some(members),
            _ => None,
        }
    }

    /// The member of this name, if it is not `null`.
    pub(crate) fn get(&self, name: &str) -> Option<&Self> {
        let (_, member) = self.members().iter().find(|(known, _)| known == name)?;
        Some(member).filter(|member| **member != Self::Null)
    }

    /// What is written in a text or a number.
    pub(crate) fn scalar(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Number(text) => Some(text),
            _ => None,
        }
    }

    /// The text that this is; a number that no JSON value of Rust can hold is one.
    pub(crate) fn take_text(&mut self) -> Option<String> {
        match self {
            Self::Text(text) => Some(take(text)),
            Self::Number(digits) if !is_held(digits) => Some(take(digits)),
            _ => None,
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
            Self::Number(digits) if is_held(digits) => f.write_str(digits),
            Self::Number(digits) => write_text(digits, f),
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
    let is_plain = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\';
    if text.bytes().all(is_plain) {
        f.write_str("\"")?;
        f.write_str(text)?;
        return f.write_str("\"");
    }
    f.write_str(&serde_json::to_string(text).map_err(|_| fmt::Error)?)
}

/// Whether a JSON value of Rust can hold a number: any without an exponent that is not very long.
fn is_held(digits: &str) -> bool {
    (digits.len() < 300 && !digits.contains(['e', 'E']))
        || serde_json::from_str::<serde_json::Number>(digits).is_ok()
}

fn is_zero(text: &str) -> bool {
    text.bytes().any(|byte| byte == b'0') && text.bytes().all(|byte| b"-0.".contains(&byte))
}

/// Reads a text that is known to be one JSON value: punctuation tells nothing but where a value ends.
struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn value(&mut self, depth: usize) -> Option<Json> {
        let first = self.peek()?;
        let start = self.at;
        Some(match first {
            b'"' => match self.string() {
                Ok(text) => Json::Text(text),
                Err(literal) => Json::Opaque(literal.to_owned()),
            },
            b'[' | b'{' if depth == DEEPEST => {
                let rest = serde_json::Deserializer::from_str(self.text.get(start..)?);
                let raw: &RawValue = rest.into_iter().next()?.ok()?;
                self.at += raw.get().len();
                Json::Opaque(raw.get().to_owned())
            }
            b'[' => {
                let mut items = Vec::new();
                self.at += 1;
                while self.peek()? != b']' {
                    items.push(self.value(depth + 1)?);
                }
                self.at += 1;
                Json::List(items)
            }
            b'{' => {
                let (mut members, mut legible) = (Vec::new(), true);
                self.at += 1;
                while self.peek()? != b'}' {
                    let name = self.string();
                    let member = self.value(depth + 1)?;
                    // Half a surrogate pair in it makes the whole object one that cannot be read.
                    match name {
                        Ok(name) => members.push((name, member)),
                        Err(_) => legible = false,
                    }
                }
                self.at += 1;
                match legible {
                    true => Json::Object(members),
                    false => Json::Opaque(self.since(start).to_owned()),
                }
            }
            _ => {
                let rest = self.text.get(start..)?;
                let is_end =
                    |byte: u8| matches!(byte, b',' | b']' | b'}' | b' ' | b'\t' | b'\r' | b'\n');
                self.at += rest.bytes().position(is_end).unwrap_or(rest.len());
                match self.since(start) {
                    "null" => Json::Null,
                    "true" => Json::Bool(true),
                    "false" => Json::Bool(false),
                    digits => Json::Number(digits.to_owned()),
                }
            }
        })
    }

    /// The string that begins here; with half a surrogate pair, as it was sent.
    fn string(&mut self) -> Result<String, &'a str> {
        let start = self.at;
        self.at += 1;
        let mut rest = self.text.bytes().skip(self.at);
        let mut escapes = false;
        while let Some(passed) = rest.position(|byte| matches!(byte, b'"' | b'\\')) {
            self.at += passed + 1;
            if self.since(start).ends_with('"') {
                break;
            }
            escapes = true;
            rest.next();
            self.at += 1;
        }
        let literal = self.since(start);
        match literal.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
            Some(text) if !escapes => Ok(text.to_owned()),
            _ => serde_json::from_str(literal).map_err(|_| literal),
        }
    }

    /// The byte that something begins with, or ends.
    fn peek(&mut self) -> Option<u8> {
        let is_between = |byte: u8| matches!(byte, b',' | b':' | b' ' | b'\t' | b'\r' | b'\n');
        let mut rest = self.text.bytes().skip(self.at);
        loop {
            match rest.next()? {
                byte if is_between(byte) => self.at += 1,
                byte => return Some(byte),
            }
        }
    }

    fn since(&self, start: usize) -> &'a str {
        self.text.get(start..self.at).unwrap_or_default()
    }
}
