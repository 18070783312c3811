//! Secrets, and how they are kept out of everything that is shown.

use std::fmt;
use std::sync::Arc;

use http::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use serde::{Serialize, Serializer};

use crate::from_json::{FromJson, deserialize};
use crate::json::Json;

/// What is shown in place of a secret.
pub(crate) const REDACTED: &str = "[redacted]";

/// A secret of a reply. `Debug` and `Serialize` give `[redacted]`.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// The secret itself. Do not log it.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl FromJson for Secret {
    fn from_json(json: &mut Json) -> Option<Self> {
        json.take_text().map(|text| Self(text.into()))
    }
}

deserialize!(Secret);

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

/// The API key, known to be fit for a header.
#[derive(Clone)]
pub(crate) struct ApiKey {
    key: Arc<SecretString>,
}

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
            _ => Ok(Self { key: Arc::new(key) }),
        }
    }

    pub(crate) fn expose(&self) -> &str {
        self.key.expose_secret()
    }

    /// The header's value, marked so that nothing prints it.
    pub(crate) fn header(&self) -> Option<HeaderValue> {
        let mut value = HeaderValue::from_str(self.key.expose_secret()).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(REDACTED)
    }
}
