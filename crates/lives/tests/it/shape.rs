//! JSON as it is written: members in any order, repeated, of any type.

use std::fmt;

use fastrand::Rng;

/// A value, with its members as they will be written.
#[derive(Clone, Debug)]
pub enum Json {
    /// Written as it stands.
    Raw(String),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

pub fn raw(text: impl ToString) -> Json {
    Json::Raw(text.to_string())
}

pub fn text(text: impl Into<String>) -> Json {
    Json::Text(text.into())
}

pub fn null() -> Json {
    raw("null")
}

pub fn object<const N: usize>(members: [(&str, Json); N]) -> Json {
    Json::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

/// Says that a name is to be written with an escape in it.
const ESCAPED: char = '\u{1}';

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Raw(text) => f.write_str(text),
            Self::Text(text) => f.write_str(&serde_json::Value::from(text.as_str()).to_string()),
            Self::List(items) => {
                f.write_str("[")?;
                for (at, item) in items.iter().enumerate() {
                    write!(f, "{}{item}", if at > 0 { "," } else { "" })?;
                }
                f.write_str("]")
            }
            Self::Object(members) => {
                f.write_str("{")?;
                for (at, (name, value)) in members.iter().enumerate() {
                    let name = match name.strip_prefix(ESCAPED) {
                        Some(name) => escaped(name),
                        None => serde_json::Value::from(name.as_str()).to_string(),
                    };
                    write!(f, "{}{name}: {value}", if at > 0 { ", " } else { "" })?;
                }
                f.write_str("}")
            }
        }
    }
}

/// A JSON text with every character escaped.
pub fn escaped(text: &str) -> String {
    let units: String = text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
    format!("\"{units}\"")
}

impl Json {
    pub fn members(&mut self) -> Option<&mut Vec<(String, Json)>> {
        match self {
            Self::Object(members) => Some(members),
            _ => None,
        }
    }

    pub fn with(mut self, name: &str, value: Json) -> Self {
        if let Some(members) = self.members() {
            members.push((name.to_owned(), value));
        }
        self
    }

    pub fn without(mut self, name: &str) -> Self {
        if let Some(members) = self.members() {
            members.retain(|(known, _)| known != name);
        }
        self
    }

    /// Every member anywhere, with its name in small letters.
    pub fn visit(&self, see: &mut impl FnMut(&str, &Json)) {
        match self {
            Self::Object(members) => {
                for (name, value) in members {
                    see(&name.trim_start_matches(ESCAPED).to_lowercase(), value);
                    value.visit(see);
                }
            }
            Self::List(items) => items.iter().for_each(|item| item.visit(see)),
            Self::Raw(_) | Self::Text(_) => {}
        }
    }

    pub fn says_something(&self) -> bool {
        match self {
            Self::Raw(text) => !matches!(text.as_str(), "null" | "false" | "0" | "\"\""),
            // Amounts are texts at times, and 0 is none.
            Self::Text(text) => !text.is_empty() && text != "0",
            Self::List(items) => !items.is_empty(),
            Self::Object(members) => !members.is_empty(),
        }
    }

    /// The value of a scalar without its type.
    pub fn bare(&self) -> &str {
        match self {
            Self::Raw(text) => text.trim_matches('"'),
            Self::Text(text) => text,
            Self::List(_) | Self::Object(_) => "",
        }
    }
}

/// How a provider writes, for all of a life or for one answer.
#[derive(Clone, Copy, Debug, Default)]
pub struct Distortion {
    /// In how many of a hundred places something is written in another way.
    pub odd: u8,
    /// Whether fields may be null, missing or of a type that they never had.
    pub lossy: bool,
}

/// Writes the same in another way: types, letters' case, order, repetitions, envelopes.
pub fn rewrite(rng: &mut Rng, value: Json, distortion: Distortion) -> Json {
    let odd = |rng: &mut Rng, less: u32| rng.u32(0..100 * less) < u32::from(distortion.odd);
    let mut value = reword(rng, value, distortion);
    if odd(rng, 2) {
        value = wrap(rng, value);
    }
    value
}

fn reword(rng: &mut Rng, value: Json, distortion: Distortion) -> Json {
    let odd = |rng: &mut Rng, less: u32| rng.u32(0..100 * less) < u32::from(distortion.odd);
    match value {
        Json::Object(members) => {
            let mut written = Vec::new();
            for (name, member) in members {
                if distortion.lossy && odd(rng, 6) {
                    continue;
                }
                if distortion.lossy && odd(rng, 6) {
                    written.push((name, broken(rng)));
                    continue;
                }
                let member = reword(rng, member, distortion);
                if odd(rng, 8) {
                    written.push((name.clone(), member.clone()));
                }
                if odd(rng, 12) {
                    written.push((name.clone(), null()));
                }
                let name = match rng.u8(0..3) {
                    0 if distortion.lossy && odd(rng, 6) => name.to_uppercase(),
                    1 if distortion.lossy && odd(rng, 6) => capitalized(&name),
                    2 if odd(rng, 4) => format!("{ESCAPED}{name}"),
                    _ => name,
                };
                written.push((name, member));
            }
            if odd(rng, 4) {
                rng.shuffle(&mut written);
            }
            Json::Object(written)
        }
        Json::List(items) => {
            Json::List(items.into_iter().map(|item| reword(rng, item, distortion)).collect())
        }
        scalar if odd(rng, 2) => retype(rng, scalar),
        scalar => scalar,
    }
}

fn capitalized(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// Another type that says the same.
fn retype(rng: &mut Rng, scalar: Json) -> Json {
    match scalar {
        Json::Raw(word) if word == "true" => {
            [raw("1"), text("1"), text("true")][rng.usize(0..3)].clone()
        }
        Json::Raw(word) if word == "false" => {
            [raw("0"), text("0"), text("false")][rng.usize(0..3)].clone()
        }
        Json::Raw(word) if word.starts_with(|first: char| first.is_ascii_digit()) => {
            Json::Text(word)
        }
        Json::Text(word)
            if !word.is_empty() && word.parse::<u32>().is_ok() && !word.starts_with('0') =>
        {
            Json::Raw(word)
        }
        Json::Text(word)
            if word.split_once('.').is_some_and(|(euros, cents)| {
                euros.parse::<u32>().is_ok() && cents.len() == 2 && cents.parse::<u8>().is_ok()
            }) =>
        {
            Json::Raw(word)
        }
        Json::Text(word) if rng.bool() => Json::Raw(escaped(&word)),
        other => other,
    }
}

/// What says nothing.
fn broken(rng: &mut Rng) -> Json {
    match rng.u8(0..7) {
        0 | 1 => null(),
        2 => text(""),
        3 => Json::List(Vec::new()),
        4 => Json::Object(Vec::new()),
        5 => text("0000-00-00 00:00:00"),
        _ => text("n/a"),
    }
}

/// The envelope: around all, around all but the flag, twice.
fn wrap(rng: &mut Rng, value: Json) -> Json {
    match (rng.u8(0..4), value) {
        (0, value) => object([("data", value)]),
        (1, value) => object([("data", object([("data", value)]))]),
        (_, Json::Object(members)) if !members.iter().any(|(name, _)| name == "data") => {
            let (outer, inner): (Vec<_>, Vec<_>) = members
                .into_iter()
                .partition(|(name, _)| matches!(name.as_str(), "success" | "message"));
            Json::Object(outer).with("data", Json::Object(inner))
        }
        (_, value) => value,
    }
}

/// What stands around the value in the bytes of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Around {
    Nothing,
    List,
    WarningBefore,
    Behind,
    Twice,
    Utf16,
    BrokenByte,
    Mark,
    Gzip,
    GzipUnsaid,
    Jsonp,
}

impl Around {
    pub const ALL: [Self; 11] = [
        Self::Nothing,
        Self::List,
        Self::WarningBefore,
        Self::Behind,
        Self::Twice,
        Self::Utf16,
        Self::BrokenByte,
        Self::Mark,
        Self::Gzip,
        Self::GzipUnsaid,
        Self::Jsonp,
    ];

    /// The bytes, and the headers that go with them.
    pub fn bytes(self, text: &str) -> (Vec<u8>, &'static str) {
        let json = "content-type: application/json\r\n";
        match self {
            Self::Nothing => (text.into(), json),
            Self::List => (format!("[{text}]").into(), json),
            Self::WarningBefore => (
                format!("<br />\n<b>Warning</b>: Undefined array key in <b>/a.php</b>\n{text}")
                    .into(),
                "content-type: text/html\r\n",
            ),
            Self::Behind => (format!("{text}\n<!-- 0.02 s -->").into(), json),
            Self::Twice => (format!("{text}\n{text}").into(), json),
            Self::Utf16 => (
                text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
                "content-type: application/json; charset=utf-16le\r\n",
            ),
            Self::BrokenByte => {
                let mut bytes: Vec<u8> = text.into();
                // Where a text begins, so that it breaks neither a name nor a secret.
                let texts = bytes.windows(3).position(|three| three == b": \"");
                let quote = texts.map_or(0, |at| at + 3);
                bytes.insert(quote, 0xe9);
                (bytes, "content-type: application/json; charset=iso-8859-1\r\n")
            }
            Self::Mark => (format!("\u{feff}{text}").into(), json),
            Self::Gzip => (gzip(text.as_bytes()), "content-encoding: gzip\r\n"),
            Self::GzipUnsaid => (gzip(text.as_bytes()), json),
            Self::Jsonp => (format!("callback({text});").into(), json),
        }
    }
}

/// gzip (RFC 1952) with stored blocks.
fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    let mut blocks = bytes.chunks(60_000).peekable();
    while let Some(block) = blocks.next() {
        let length = u16::try_from(block.len()).unwrap();
        packed.push(u8::from(blocks.peek().is_none()));
        packed.extend(length.to_le_bytes());
        packed.extend((!length).to_le_bytes());
        packed.extend(block);
    }
    packed.extend(crc(bytes).to_le_bytes());
    packed.extend(u32::try_from(bytes.len()).unwrap().to_le_bytes());
    packed
}

fn crc(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| match crc & 1 {
            1 => (crc >> 1) ^ 0xedb8_8320,
            _ => crc >> 1,
        })
    };
    !bytes.iter().fold(!0, step)
}
