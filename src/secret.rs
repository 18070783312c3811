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

const REDACTED: &str = "[redacted]";

/// Words in the name of a field that nobody has listed yet, and that is a secret all the same.
const TELLING_NAMES: &[&str] =
    &["passw", "passphrase", "secret", "token", "api_key", "apikey", "private_key"];

/// Shorter texts are too common to blank wherever they stand.
const SHORTEST_BLANKED: usize = 4;

/// A shorter key would tear the JSON that it is blanked in.
const SHORTEST_KEY_BLANKED: usize = 8;

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

    /// Blanks the key where a reply echoes it, also with its slashes escaped, as PHP writes them.
    pub(crate) fn redact_body(&self, text: &str) -> String {
        let key = self.0.expose_secret();
        if key.len() < SHORTEST_KEY_BLANKED {
            return text.to_owned();
        }
        text.replace(key, REDACTED).replace(&key.replace('/', "\\/"), REDACTED)
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(REDACTED)
    }
}

/// Blanks the secrets of a reply: listed fields, fields with a telling name, their values wherever
/// else they stand, and `password=…` in any text.
pub(crate) fn redact(value: &mut Value) {
    let mut secrets = Vec::new();
    collect_secrets(value, false, &mut secrets);
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
        Value::String(text) if secret && text.len() >= SHORTEST_BLANKED => {
            found.push(text.clone());
            // `password=x` tells x, too.
            if let Some((_, right)) =
                text.split_once('=').filter(|(_, right)| right.len() >= SHORTEST_BLANKED)
            {
                found.push(right.to_owned());
            }
        }
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
        Value::String(text) => {
            for secret in secrets {
                if text.contains(secret.as_str()) {
                    *text = text.replace(secret.as_str(), REDACTED);
                }
            }
            let lower = text.to_lowercase();
            if TELLING_NAMES.iter().any(|name| lower.contains(name)) && lower.contains('=') {
                *text = REDACTED.to_owned();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| blank(item, secrets)),
        Value::Object(members) => {
            for (name, member) in members.iter_mut() {
                if is_secret_name(name) && !member.is_null() {
                    *member = Value::from(REDACTED);
                } else {
                    blank(member, secrets);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
