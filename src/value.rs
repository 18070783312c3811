//! The loose values of the provider's replies: each is read from every form in which it comes.
//!
//! A field that cannot be read is absent in the typed reply and present in
//! [`Reply::text`](crate::Reply::text); it never fails the reply.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

use jiff::civil::DateTime;
use rust_decimal::Decimal;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Value, value::RawValue};

use crate::classify::truth;
use crate::json::Json;
use crate::show::UNLISTED;

/// An amount of money, in EUR unless the reply names a currency. A decimal, never a float.
///
/// ```
/// # use oxhost::Money;
/// let from_number: Money = serde_json::from_str("0.02")?;
/// let from_string: Money = serde_json::from_str(r#""0.02""#)?;
/// assert_eq!(from_number, from_string);
/// assert_eq!(from_number.to_string(), "0.02");
/// # Ok::<_, serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(Decimal);

impl Money {
    /// The amount.
    pub fn amount(self) -> Decimal {
        self.0
    }
}

impl From<Decimal> for Money {
    fn from(amount: Decimal) -> Self {
        Self(amount)
    }
}

/// A whole number: hours, calendar months, bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WholeNumber(i64);

impl WholeNumber {
    /// The number.
    pub fn get(self) -> i64 {
        self.0
    }
}

/// A yes or no, which also comes as 1 or 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LenientBool(bool);

impl LenientBool {
    /// Whether it says yes.
    pub fn is_true(self) -> bool {
        self.0
    }
}

/// An id in a reply, which comes as a string or as a number. Opaque: `5` and `"5"` are the same.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identifier(String);

impl Identifier {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A civil date and time of the provider, without a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CivilDateTime(DateTime);

impl CivilDateTime {
    /// The date and time. The provider states no zone; do not add one.
    pub fn civil(self) -> DateTime {
        self.0
    }
}

impl From<DateTime> for CivilDateTime {
    fn from(civil: DateTime) -> Self {
        Self(civil)
    }
}

/// A value whose type the provider does not document, or whose field the contract does not list.
///
/// `Debug` and `Serialize` hide it, for it may hold a secret that nobody knows of yet.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct Untyped(Value);

impl Untyped {
    /// The value as received.
    pub fn value(&self) -> &Value {
        &self.0
    }
}

impl fmt::Debug for Untyped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(UNLISTED)
    }
}

impl Serialize for Untyped {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Null => serializer.serialize_unit(),
            _ => serializer.serialize_str(UNLISTED),
        }
    }
}

/// What the provider says to a person, as a `str`.
///
/// `Debug` hides it, for it may repeat anything, secrets too: show it to the customer, and do not log it.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(transparent)]
pub struct FreeText(String);

impl Deref for FreeText {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for FreeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[text]")
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for WholeNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for CivilDateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.strftime("%Y-%m-%d %H:%M:%S"))
    }
}

/// A JSON value that is neither an object nor a list; a number as the digits that were sent.
enum Scalar {
    Text(String),
    Number(String),
    Bool(bool),
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        match raw.get().as_bytes().first() {
            Some(b'"') => serde_json::from_str(raw.get()).map(Self::Text).map_err(D::Error::custom),
            Some(b't' | b'f') => Ok(Self::Bool(raw.get() == "true")),
            Some(b'-' | b'0'..=b'9') => Ok(Self::Number(raw.get().to_owned())),
            _ => Err(D::Error::custom("neither text, nor a number, nor a boolean")),
        }
    }
}

/// How a value reads each form in which the provider sends it.
trait Loose: Sized {
    fn read(scalar: Scalar) -> Option<Self>;
    fn schema() -> Schema;
}

impl Loose for Money {
    fn read(scalar: Scalar) -> Option<Self> {
        match scalar {
            Scalar::Text(text) | Scalar::Number(text) => {
                // rust_decimal reads `1_000`, which nobody has sent yet and nobody knows the meaning of.
                let text = Some(text.trim()).filter(|text| !text.contains('_'))?;
                let exact = Decimal::from_str_exact(text).ok();
                exact.or_else(|| Decimal::from_scientific(text).ok()).map(Self)
            }
            Scalar::Bool(_) => None,
        }
    }

    fn schema() -> Schema {
        json_schema!({"type": ["string", "number", "null"]})
    }
}

impl Loose for WholeNumber {
    fn read(scalar: Scalar) -> Option<Self> {
        match scalar {
            Scalar::Text(text) | Scalar::Number(text) => text.trim().parse().ok().map(Self),
            Scalar::Bool(_) => None,
        }
    }

    fn schema() -> Schema {
        json_schema!({"type": ["integer", "string", "null"]})
    }
}

impl Loose for LenientBool {
    fn read(scalar: Scalar) -> Option<Self> {
        match scalar {
            Scalar::Bool(flag) => truth(&Json::Bool(flag)).map(Self),
            Scalar::Text(text) => truth(&Json::Text(text)).map(Self),
            Scalar::Number(digits) => truth(&Json::Number(digits)).map(Self),
        }
    }

    fn schema() -> Schema {
        json_schema!({"type": ["boolean", "integer", "string", "null"]})
    }
}

impl Loose for Identifier {
    fn read(scalar: Scalar) -> Option<Self> {
        match scalar {
            Scalar::Text(text) | Scalar::Number(text) if !text.is_empty() => Some(Self(text)),
            Scalar::Text(_) | Scalar::Number(_) | Scalar::Bool(_) => None,
        }
    }

    fn schema() -> Schema {
        json_schema!({"type": ["string", "integer", "null"]})
    }
}

impl Loose for CivilDateTime {
    fn read(scalar: Scalar) -> Option<Self> {
        match scalar {
            // To the letter: a date alone, or with a zone, is not what the contract knows.
            Scalar::Text(text) => {
                DateTime::strptime("%Y-%m-%d %H:%M:%S", text.trim()).ok().map(Self)
            }
            Scalar::Number(_) | Scalar::Bool(_) => None,
        }
    }

    fn schema() -> Schema {
        json_schema!({"type": ["string", "null"]})
    }
}

macro_rules! loose {
    ($($name:ident serialized as $form:ty: $serialize:expr;)*) => {$(
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let scalar = Scalar::deserialize(deserializer)?;
                Loose::read(scalar).ok_or_else(|| D::Error::custom(concat!("no ", stringify!($name))))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let form: fn(&Self) -> $form = $serialize;
                form(self).serialize(serializer)
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                <Self as Loose>::schema()
            }
        }
    )*};
}

loose! {
    Money serialized as String: |money| money.to_string();
    WholeNumber serialized as i64: |number| number.0;
    LenientBool serialized as bool: |flag| flag.0;
    Identifier serialized as String: |id| id.0.clone();
    CivilDateTime serialized as String: |at| at.to_string();
}

impl JsonSchema for FreeText {
    fn schema_name() -> Cow<'static, str> {
        "FreeText".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": ["string", "null"]})
    }
}

impl JsonSchema for Untyped {
    fn schema_name() -> Cow<'static, str> {
        "Untyped".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({})
    }
}

/// Reads a field of a reply; what does not decode is absent.
pub(crate) fn read_field<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    let raw = Box::<RawValue>::deserialize(deserializer)?;
    Ok(serde_json::from_str::<Option<T>>(raw.get()).unwrap_or_default())
}

/// Reads a list of a reply; what is no list is absent, an element that does not decode is left out.
pub(crate) fn read_list<'de, D, T>(deserializer: D) -> Result<Option<Vec<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    let elements = read_field::<D, Vec<Box<RawValue>>>(deserializer)?;
    let read = |raw: Box<RawValue>| serde_json::from_str(raw.get()).ok();
    Ok(elements.map(|elements| elements.into_iter().filter_map(read).collect()))
}
