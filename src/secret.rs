//! Secrets, and how they are kept out of everything that is shown.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use http::HeaderValue;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

use crate::contract::SECRET_FIELDS;

pub(crate) const REDACTED: &str = "[redacted]";

/// Words in the name of a field that nobody has listed yet, and that is a secret all the same.
const TELLING_NAMES: &[&str] =
    &["passw", "pwd", "passphrase", "secret", "token", "api_key", "apikey", "private_key"];

/// Shorter texts are too common to blank wherever they stand.
const SHORTEST_BLANKED: usize = 4;

/// A secret of a reply. `Debug` and `Serialize` give `[redacted]`.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct Secret(SecretString);

impl Secret {
    /// The secret itself. Do not log it.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(REDACTED)
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(REDACTED)
    }
}

impl JsonSchema for Secret {
    fn schema_name() -> Cow<'static, str> {
        "Secret".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": ["string", "null"]})
    }
}

/// The API key, known to be fit for a header.
#[derive(Clone)]
pub(crate) struct ApiKey(Arc<SecretString>);

impl ApiKey {
    /// Takes what RFC 9110 (5.5) lets into a header and a key has any use for: visible ASCII.
    pub(crate) fn new(key: impl Into<String>) -> Result<Self, &'static str> {
        let key = SecretString::from(key.into());
        match key.expose_secret() {
            "" => Err("it is empty"),
            text if text.contains(['\r', '\n']) => Err("it contains a line break"),
            text if !text.bytes().all(|byte| byte.is_ascii_graphic()) => {
                Err("it contains a space or a character outside ASCII")
            }
            _ => Ok(Self(Arc::new(key))),
        }
    }

    /// The header's value, marked so that nothing prints it.
    pub(crate) fn header(&self) -> Option<HeaderValue> {
        let mut value = HeaderValue::from_str(self.0.expose_secret()).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(REDACTED)
    }
}

/// Blanks the secrets of a reply: the key, listed fields, fields with a telling name, their values
/// wherever else they stand, and `password=…` or `password: …` in any text.
///
/// Only what is shown is blanked. What is judged is the reply as it came: blanking may tear it.
pub(crate) fn redact(value: &mut Value, key: &ApiKey) {
    let mut secrets = vec![key.0.expose_secret().to_owned()];
    collect_secrets(value, false, &mut secrets);
    secrets.retain(|secret| secret.len() >= SHORTEST_BLANKED);
    // The longest first, so that no part of one stays behind another.
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    blank(value, &secrets);
}

fn is_secret_name(name: &str) -> bool {
    let name = name.to_lowercase();
    SECRET_FIELDS.iter().chain(TELLING_NAMES).any(|telling| name.contains(telling))
}

fn collect_secrets(value: &Value, secret: bool, found: &mut Vec<String>) {
    match value {
        Value::String(text) if secret => {
            // `password=x; user=y` tells x, too.
            let words = text.split(|letter: char| letter.is_whitespace() || ";,&".contains(letter));
            let values =
                words.map(|word| word.split_once(['=', ':']).map_or(word, |(_, value)| value));
            found.extend(values.map(str::to_owned));
            found.push(text.trim().to_owned());
        }
        Value::Number(number) if secret => found.push(number.to_string()),
        Value::Array(items) => items.iter().for_each(|item| collect_secrets(item, secret, found)),
        Value::Object(members) => {
            for (name, member) in members {
                collect_secrets(member, secret || is_secret_name(name), found);
            }
        }
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn blank(value: &mut Value, secrets: &[String]) {
    match value {
        Value::String(text) => *text = blank_text(text, secrets),
        Value::Array(items) => items.iter_mut().for_each(|item| blank(item, secrets)),
        Value::Object(members) => {
            let shown = std::mem::take(members).into_iter().map(|(name, mut member)| {
                if is_secret_name(&name) && !member.is_null() {
                    member = Value::from(REDACTED);
                } else {
                    blank(&mut member, secrets);
                }
                (blank_known(&name, secrets), member)
            });
            *members = shown.collect();
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn blank_known(text: &str, secrets: &[String]) -> String {
    secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), REDACTED))
}

fn blank_text(text: &str, secrets: &[String]) -> String {
    let lower = text.to_lowercase();
    // The name of a secret, and then its value.
    let tells =
        |name: &&str| lower.split_once(*name).is_some_and(|(_, rest)| rest.contains(['=', ':']));
    if TELLING_NAMES.iter().any(tells) { REDACTED.to_owned() } else { blank_known(text, secrets) }
}
