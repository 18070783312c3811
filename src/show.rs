//! What of an answer may be shown, logged and stored: the fields that the contract lists and does not
//! mark secret. In their texts, the key and every known secret are blanked.

use std::collections::BTreeSet;

use serde_json::{Map, Number, Value};

use crate::classify::is_envelope;
use crate::contract::{Field, Operation, SECRET_FIELDS, Shape};
use crate::json::Json;
use crate::secret::{ApiKey, REDACTED};

#[cfg(test)]
mod tests;

/// What is shown in place of a value that the contract does not list.
pub(crate) const UNLISTED: &str = "[unlisted]";

/// Shorter secrets are too common to blank within other words.
const SHORTEST_PART: usize = 4;

/// The longest name of an unlisted field that is shown, in characters.
const LONGEST_NAME: usize = 60;

/// Blanks secrets in texts.
pub(crate) struct Screen {
    /// The key, and the values of secret fields, in every form in which a text may repeat them. The
    /// longest first, so that no part of one stays behind another.
    secrets: Vec<String>,
    /// Texts of unlisted fields, which may be secrets: kept out of the provider's words.
    unlisted: Vec<String>,
    /// Whether some of the answer could not be read, so that nothing can be said of its texts.
    undecided: bool,
}

impl Screen {
    pub(crate) fn of(operation: &Operation, root: Option<&Json>, key: &ApiKey) -> Self {
        let mut found = Found::default();
        found.secrets.insert(key.expose().to_owned());
        if let Some(root) = root {
            found.gather(root, false);
            found.unlisted(root, &[operation.reply, operation.failure]);
        }
        let by_length = |texts: BTreeSet<String>| {
            let mut texts: Vec<String> = texts.into_iter().filter(|it| !it.is_empty()).collect();
            texts.sort_by_key(|text| std::cmp::Reverse(text.len()));
            texts
        };
        let secrets = found.secrets.iter().flat_map(|secret| forms(secret)).collect();
        Self {
            secrets: by_length(secrets),
            unlisted: by_length(found.unlisted),
            undecided: found.undecided,
        }
    }

    /// A listed text, as it may be shown.
    pub(crate) fn text(&self, text: &str) -> String {
        // A broken byte may stand within a secret.
        if self.undecided || text.contains('\u{fffd}') || names_a_secret(text) {
            return REDACTED.to_owned();
        }
        blank(text, &self.secrets)
    }

    /// The provider's words, as they may be shown.
    pub(crate) fn words(&self, text: &str) -> String {
        let long = |text: &&String| text.chars().count() >= SHORTEST_PART;
        let unlisted: Vec<String> = self.unlisted.iter().filter(long).cloned().collect();
        blank(&self.text(text), &unlisted)
    }

    /// An answer, as it may be shown.
    pub(crate) fn reply(&self, operation: &Operation, root: &Json) -> Value {
        self.object(root, &[operation.reply, operation.failure])
    }

    /// The name of an unlisted field, as it may be shown. Not trimmed, which could make it the name of
    /// a listed one.
    pub(crate) fn name(&self, name: &str) -> String {
        printable(&blank(name, &self.secrets)).take(LONGEST_NAME).collect()
    }

    fn object(&self, object: &Json, shapes: &[&'static Shape]) -> Value {
        let mut shown = Map::new();
        for (name, member) in object.members() {
            let field = shapes.iter().find_map(|shape| shape.field(name));
            let value = match field {
                _ if is_envelope(name, member) => self.object(member, shapes),
                Some(field) => self.field(field, member),
                None if is_secret(name) => hidden(member, REDACTED),
                None => hidden(member, UNLISTED),
            };
            let name = match field {
                Some(_) => name.clone(),
                None => self.name(name),
            };
            // Of a name that stands there twice the first is shown.
            shown.entry(name).or_insert(value);
        }
        Value::Object(shown)
    }

    fn field(&self, field: &Field, value: &Json) -> Value {
        match (field, value) {
            (_, Json::Null) => Value::Null,
            (Field::Secret, _) => Value::from(REDACTED),
            // A date or a number in itself, which needs no knowledge of the rest.
            (Field::Value, Json::Text(text)) if is_plain_value(text) => {
                blank(text, &self.secrets).into()
            }
            (Field::Text | Field::Value, Json::Text(text)) => self.text(text).into(),
            (Field::FreeText, Json::Text(text)) => self.words(text).into(),
            (Field::Text | Field::Value | Field::FreeText, Json::Number(digits)) => {
                self.number(digits)
            }
            (Field::Text | Field::Value | Field::FreeText, Json::Bool(flag)) => (*flag).into(),
            (Field::Object(shape), Json::Object(_)) => self.object(value, &[shape]),
            (Field::List(shape), Json::List(items)) => {
                items.iter().map(|item| self.item(item, shape)).collect()
            }
            // PHP writes an empty object as an empty list.
            (Field::Object(_), Json::List(items)) if items.is_empty() => Value::Array(Vec::new()),
            _ => hidden(value, UNLISTED),
        }
    }

    fn item(&self, item: &Json, shape: &'static Shape) -> Value {
        match item {
            Json::Object(_) => self.object(item, &[shape]),
            _ => hidden(item, UNLISTED),
        }
    }

    fn number(&self, digits: &str) -> Value {
        let shown = blank(digits, &self.secrets);
        if shown != digits {
            return REDACTED.into();
        }
        match serde_json::from_str::<Number>(digits) {
            Ok(number) if number.to_string() == digits => Value::Number(number),
            // Digits that a float would lose.
            _ => digits.into(),
        }
    }

    /// A value of a listed field, for the typed view.
    pub(crate) fn listed(&self, field: &Field, value: &Json) -> Option<Value> {
        match (field, value) {
            (Field::Text | Field::Value | Field::FreeText, Json::Text(_) | Json::Number(_)) => {
                Some(self.field(field, value))
            }
            _ => None,
        }
    }
}

/// The longest date or number that is one.
const LONGEST_VALUE: usize = 40;

fn is_plain_value(text: &str) -> bool {
    let plain = |letter: char| letter.is_ascii_digit() || " .:+-".contains(letter);
    text.len() <= LONGEST_VALUE && text.chars().all(plain)
}

/// That a field holds nothing may be shown; what it holds may not.
fn hidden(value: &Json, word: &str) -> Value {
    match value {
        Json::Null => Value::Null,
        _ => word.into(),
    }
}

pub(crate) fn is_secret(name: &str) -> bool {
    SECRET_FIELDS.contains(&name.to_lowercase().as_str())
}

/// Whether a text tells a secret field and its value: `password=…`, `password: …`.
fn names_a_secret(text: &str) -> bool {
    let lower = text.to_lowercase();
    SECRET_FIELDS.iter().any(|name| {
        lower.match_indices(name).any(|(at, _)| {
            let rest = lower.get(at + name.len()..).unwrap_or_default();
            rest.trim_start_matches(['"', '\'', '\\', ' ']).starts_with([':', '='])
        })
    })
}

#[derive(Default)]
struct Found {
    secrets: BTreeSet<String>,
    unlisted: BTreeSet<String>,
    undecided: bool,
}

impl Found {
    /// The values of secret fields, wherever they stand.
    fn gather(&mut self, value: &Json, secret: bool) {
        match value {
            Json::Text(text) if secret => self.secret_text(text),
            Json::Number(digits) if secret => drop(self.secrets.insert(digits.clone())),
            // JSON as a text may hold secret fields, too.
            Json::Text(text) if text.trim_start().starts_with(['{', '[']) => {
                if let Some(inner) = Json::parse(text) {
                    self.gather(&inner, secret);
                }
            }
            // Of a secret, or of what may hold one, no copy can be told. Another text hides itself alone.
            Json::Opaque(text) => self.undecided |= secret || text.starts_with(['[', '{']),
            Json::List(items) => items.iter().for_each(|item| self.gather(item, secret)),
            Json::Object(members) => {
                let mut names = BTreeSet::new();
                for (name, member) in members {
                    self.undecided |= !names.insert(name);
                    self.gather(member, secret || is_secret(name));
                }
            }
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_) => {}
        }
    }

    /// `password=x; user=y` tells x, too, and so does `{"password": "x"}` as a text.
    fn secret_text(&mut self, text: &str) {
        self.secrets.insert(text.trim().to_owned());
        if let Some(inner @ (Json::Object(_) | Json::List(_))) = Json::parse(text) {
            return self.gather(&inner, true);
        }
        let words = text.split(|letter: char| letter.is_whitespace() || ";,&".contains(letter));
        let values = words.map(|word| word.split_once(['=', ':']).map_or(word, |(_, value)| value));
        let values = values.map(|value| value.trim_matches(['"', '\'']));
        // `hours=1` makes no secret of each 1.
        let values = values.filter(|value| value.chars().count() >= SHORTEST_PART);
        self.secrets.extend(values.map(str::to_owned));
    }

    /// The texts of whatever the contract does not list: under other names, or in other shapes.
    fn unlisted(&mut self, value: &Json, shapes: &[&'static Shape]) {
        for (name, member) in value.members() {
            let field = shapes.iter().find_map(|shape| shape.field(name));
            match (field, member) {
                _ if is_envelope(name, member) => self.unlisted(member, shapes),
                (Some(Field::Object(shape)), Json::Object(_)) => self.unlisted(member, &[shape]),
                (Some(Field::List(shape)), Json::List(items)) => {
                    for item in items {
                        match item {
                            Json::Object(_) => self.unlisted(item, &[shape]),
                            other => self.all_texts(other),
                        }
                    }
                }
                (
                    Some(Field::Text | Field::FreeText | Field::Value | Field::Secret),
                    Json::Text(_) | Json::Number(_),
                ) => {}
                (_, other) => self.all_texts(other),
            }
        }
    }

    fn all_texts(&mut self, value: &Json) {
        value.visit(&mut |part| {
            if let Json::Text(text) | Json::Number(text) = part {
                self.unlisted.insert(text.trim().to_owned());
            }
        });
    }
}

/// A secret as it is, and as JSON writes it, PHP's JSON too.
fn forms(secret: &str) -> [String; 4] {
    let json = Value::from(secret).to_string();
    let json = json.trim_matches('"').to_owned();
    let ascii: String = json
        .chars()
        .flat_map(|letter| {
            let mut units = [0; 2];
            let escaped: String = match letter.is_ascii() {
                true => letter.to_string(),
                false => letter
                    .encode_utf16(&mut units)
                    .iter()
                    .map(|unit| format!("\\u{unit:04x}"))
                    .collect(),
            };
            escaped.chars().collect::<Vec<_>>()
        })
        .collect();
    let php = ascii.replace('/', "\\/");
    [secret.to_owned(), json, ascii, php]
}

fn blank(text: &str, secrets: &[String]) -> String {
    let mut text = text.to_owned();
    for secret in secrets {
        if secret.chars().count() >= SHORTEST_PART {
            if text.contains(secret.as_str()) {
                text = text.replace(secret.as_str(), REDACTED);
            }
        } else {
            text = blank_word(&text, secret);
        }
    }
    text
}

/// A short secret is blanked where it stands alone.
fn blank_word(text: &str, secret: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    let is_word = |letter: char| letter.is_alphanumeric();
    while let Some((before, after)) = rest.split_once(secret) {
        let last = before.chars().next_back().or(shown.chars().next_back());
        let alone = !last.is_some_and(is_word) && !after.starts_with(is_word);
        shown.push_str(before);
        shown.push_str(if alone { REDACTED } else { secret });
        rest = after;
    }
    shown.push_str(rest);
    shown
}

/// Texts of the provider go to terminals and logs: no control characters, no endless lines.
pub(crate) fn one_line(text: &str, longest: usize) -> String {
    printable(text.trim()).take(longest).collect()
}

fn printable(text: &str) -> impl Iterator<Item = char> {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter })
}
