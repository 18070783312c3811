//! How types are read from a reply: a field that cannot be read is absent, and fails nothing else.

use serde::de::{Deserialize, Deserializer, Error};
use serde_json::value::RawValue;

use crate::json::Json;

/// A type that JSON is read as.
pub(crate) trait FromJson: Sized {
    /// Takes from a value what can be read of it. What remains tells what that was: a field that could not be
    /// read is `null`, and an element of a list is left out.
    fn from_json(json: &mut Json) -> Option<Self>;
}

impl FromJson for String {
    fn from_json(json: &mut Json) -> Option<Self> {
        json.take_text()
    }
}

impl<T: FromJson> FromJson for Vec<T> {
    fn from_json(json: &mut Json) -> Option<Self> {
        let Json::List(items) = json else { return None };
        let mut read = Self::with_capacity(items.len());
        items.retain_mut(|item| {
            let item = T::from_json(item);
            let is_read = item.is_some();
            read.extend(item);
            is_read
        });
        Some(read)
    }
}

/// Reads a field of an object. Of those of one name the first that can be read counts.
pub(crate) fn read_field<T: FromJson>(field: &mut Option<T>, json: &mut Json) {
    if field.is_none() && *json != Json::Null {
        *field = T::from_json(json);
        if field.is_none() {
            *json = Json::Null;
        }
    }
}

/// `serde::Deserialize` for types that are read from JSON.
macro_rules! deserialize {
    ($($name:ty),* $(,)?) => {$(
        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> ::std::result::Result<Self, D::Error> {
                crate::from_json::read(deserializer, stringify!($name))
            }
        }
    )*};
}

pub(crate) use deserialize;

pub(crate) fn read<'de, D: Deserializer<'de>, T: FromJson>(
    deserializer: D,
    name: &str,
) -> Result<T, D::Error> {
    let raw = Box::<RawValue>::deserialize(deserializer)?;
    let read = Json::parse(raw.get()).and_then(|mut json| T::from_json(&mut json));
    read.ok_or_else(|| D::Error::custom(format_args!("no {name}")))
}
