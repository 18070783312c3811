//! The loose values of the provider's replies: each is read from every form in which it comes.
//!
//! A field that cannot be read is absent in the typed reply and present in
//! [`Reply::text`](crate::Reply::text); it never fails the reply.

use std::fmt;
use std::ops::Deref;

use jiff::civil::DateTime;
use rust_decimal::Decimal;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Value, value::RawValue};

use crate::contract::{FALSE_FORMS, TRUE_FORMS};
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

impl fmt::Display for CivilDateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.strftime("%Y-%m-%d %H:%M:%S"))
    }
}

/// Shows a value as what is in it.
macro_rules! shown_as_inner {
    ($($name:ident),*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

shown_as_inner!(Money, WholeNumber, Identifier);

/// How a value is read from each form in which the provider sends it, and written in one.
macro_rules! loose {
    ($($name:ident is read as $read:expr, and written as $write:expr;)*) => {$(
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let raw = Box::<RawValue>::deserialize(deserializer)?;
                let read: fn(Json) -> Option<Self> = $read;
                let value = Json::parse(raw.get()).and_then(read);
                value.ok_or_else(|| D::Error::custom(concat!("no ", stringify!($name))))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                $write(self).serialize(serializer)
            }
        }
    )*};
}

loose! {
    Money is read as |json| match json {
        Json::Text(text) | Json::Number(text) => {
            // rust_decimal reads `1_000`, which nobody has sent yet and nobody knows the meaning of.
            let text = Some(text.trim()).filter(|text| !text.contains('_'))?;
            let exact = Decimal::from_str_exact(text).ok();
            exact.or_else(|| Decimal::from_scientific(text).ok()).map(Self)
        }
        _ => None,
    }, and written as Self::to_string;
    WholeNumber is read as |json| match json {
        Json::Text(text) | Json::Number(text) => text.trim().parse().ok().map(Self),
        _ => None,
    }, and written as |it: &Self| it.0;
    LenientBool is read as |json| truth(&json).map(Self), and written as |it: &Self| it.0;
    Identifier is read as |json| match json {
        Json::Text(text) | Json::Number(text) if !text.is_empty() => Some(Self(text)),
        _ => None,
    }, and written as Self::to_string;
    CivilDateTime is read as |json| match json {
        // To the letter: a date alone, or with a zone, is not what the contract knows.
        Json::Text(text) => DateTime::strptime("%Y-%m-%d %H:%M:%S", text.trim()).ok().map(Self),
        _ => None,
    }, and written as Self::to_string;
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

/// Yes or no, in the forms that the contract lists, to the letter.
pub(crate) fn truth(value: &Json) -> Option<bool> {
    let text = value.to_string();
    let listed = |forms: &[&str]| forms.contains(&text.as_str());
    listed(TRUE_FORMS).then_some(true).or_else(|| listed(FALSE_FORMS).then_some(false))
}
