//! The loose values of the provider's replies: each is read from every form in which it comes.
//!
//! A field that cannot be read is absent in the typed reply and present in
//! [`Reply::text`](crate::Reply::text); it never fails the reply.

use std::borrow::Cow;
use std::fmt;
use std::mem::take;
use std::ops::Deref;

use jiff::civil::DateTime;
use rust_decimal::Decimal;
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::contract::{FALSE_FORMS, TRUE_FORMS};
use crate::from_json::{FromJson, deserialize};
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
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
#[derive(Clone, PartialEq)]
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
#[derive(Clone, PartialEq, Eq, Serialize)]
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

impl FromJson for Money {
    fn from_json(json: &mut Json) -> Option<Self> {
        // rust_decimal reads `1_000`, which nobody has sent yet and nobody knows the meaning of.
        let text = json.scalar().map(str::trim).filter(|text| !text.contains('_'))?;
        let exact = Decimal::from_str_exact(text).ok();
        exact.or_else(|| Decimal::from_scientific(text).ok()).map(Self)
    }
}

impl FromJson for WholeNumber {
    fn from_json(json: &mut Json) -> Option<Self> {
        json.scalar()?.trim().parse().ok().map(Self)
    }
}

impl FromJson for LenientBool {
    fn from_json(json: &mut Json) -> Option<Self> {
        truth(json).map(Self)
    }
}

impl FromJson for Identifier {
    fn from_json(json: &mut Json) -> Option<Self> {
        json.scalar().filter(|text| !text.is_empty()).map(|text| Self(text.to_owned()))
    }
}

impl FromJson for CivilDateTime {
    fn from_json(json: &mut Json) -> Option<Self> {
        // To the letter: a date alone, or with a zone, is not what the contract knows.
        let Json::Text(text) = json else { return None };
        DateTime::strptime("%Y-%m-%d %H:%M:%S", text.trim()).ok().map(Self)
    }
}

impl FromJson for FreeText {
    fn from_json(json: &mut Json) -> Option<Self> {
        json.take_text().map(Self)
    }
}

impl FromJson for Untyped {
    fn from_json(json: &mut Json) -> Option<Self> {
        Some(Self(match json {
            Json::Text(text) => Value::String(take(text)),
            Json::Opaque(_) => return None,
            json => serde_json::from_str(&json.to_string()).ok()?,
        }))
    }
}

deserialize!(Money, WholeNumber, LenientBool, Identifier, CivilDateTime, FreeText, Untyped);

/// How a value is written.
macro_rules! written {
    ($($name:ident as $write:expr;)*) => {$(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                $write(self).serialize(serializer)
            }
        }
    )*};
}

written! {
    Money as Self::to_string;
    WholeNumber as |it: &Self| it.0;
    LenientBool as |it: &Self| it.0;
    Identifier as Self::as_str;
    CivilDateTime as Self::to_string;
}

/// Yes or no, in the forms that the contract lists, to the letter.
pub(crate) fn truth(value: &Json) -> Option<bool> {
    let text = match value {
        Json::Bool(flag) => Cow::Borrowed(if *flag { "true" } else { "false" }),
        Json::Number(digits) => Cow::Borrowed(digits.as_str()),
        other => Cow::Owned(other.to_string()),
    };
    let listed = |forms: &[&str]| forms.contains(&&*text);
    listed(TRUE_FORMS).then_some(true).or_else(|| listed(FALSE_FORMS).then_some(false))
}
