//! JSON as it is written: members in their order and as often as they are there, numbers digit for
//! digit.

use std::fmt;

use jiff::civil::DateTime;
use rust_decimal::Decimal;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Json {
    /// Neither list nor object, as it is written.
    Leaf(String),
    List(Vec<Json>),
    Object(Vec<Member>),
}

pub(crate) type Member = (String, Json);

/// An object with its members in this order: `object! { "success": true }`.
macro_rules! object {
    ($($name:literal: $value:expr),* $(,)?) => {
        $crate::json::Json::Object(vec![$(($name.to_owned(), $value.into())),*])
    };
}
pub(crate) use object;

impl Json {
    /// Money as a string with two decimals: `"60.04"`.
    pub(crate) fn money(amount: Decimal) -> Self {
        format!("{amount:.2}").into()
    }

    /// Money as a number: `0.02`.
    pub(crate) fn number(amount: Decimal) -> Self {
        Self::Leaf(amount.normalize().to_string())
    }

    /// Calls `change` for every value: for an inner one first.
    fn each(&mut self, change: &mut impl FnMut(&mut Self)) {
        match self {
            Self::Leaf(_) => {}
            Self::List(elements) => elements.iter_mut().for_each(|it| it.each(change)),
            Self::Object(members) => members.iter_mut().for_each(|(_, it)| it.each(change)),
        }
        change(self);
    }

    pub(crate) fn each_object(&mut self, mut change: impl FnMut(&mut Vec<Member>)) {
        self.each(&mut |json| json.members().into_iter().for_each(&mut change));
    }

    pub(crate) fn each_leaf(&mut self, mut change: impl FnMut(&mut String)) {
        self.each(&mut |json| {
            if let Self::Leaf(text) = json {
                change(text);
            }
        });
    }

    pub(crate) fn members(&mut self) -> Option<&mut Vec<Member>> {
        if let Self::Object(members) = self { Some(members) } else { None }
    }

    /// What stands at the end of a path of names.
    pub(crate) fn at(&mut self, path: &[&str]) -> Option<&mut Self> {
        path.iter().try_fold(self, |json, name| {
            json.members()?.iter_mut().find(|member| member.0 == *name).map(|member| &mut member.1)
        })
    }

    /// Gives an object a member, in the place of one of that name.
    pub(crate) fn set(&mut self, name: &str, value: impl Into<Self>) {
        if let Some(there) = self.at(&[name]) {
            *there = value.into();
        } else if let Some(members) = self.members() {
            members.push((name.to_owned(), value.into()));
        }
    }
}

macro_rules! leaves {
    ($($kind:ty)*) => {$(
        impl From<$kind> for Json {
            fn from(value: $kind) -> Self {
                Self::Leaf(serde_json::json!(value).to_string())
            }
        }
    )*};
}
leaves!(() bool u8 i32 u32 u64 &str &String String);

/// As the provider writes it: `"2025-07-01 10:00:00"`.
impl From<DateTime> for Json {
    fn from(time: DateTime) -> Self {
        time.strftime("%Y-%m-%d %H:%M:%S").to_string().into()
    }
}

impl<T: Into<Self>> FromIterator<T> for Json {
    fn from_iter<I: IntoIterator<Item = T>>(elements: I) -> Self {
        Self::List(elements.into_iter().map(T::into).collect())
    }
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (open, texts, close): (_, Vec<_>, _) = match self {
            Self::Leaf(text) => return f.write_str(text),
            Self::List(elements) => ('[', elements.iter().map(Self::to_string).collect(), ']'),
            Self::Object(members) => {
                let text = |(name, value): &Member| format!("{}:{value}", Self::from(name));
                ('{', members.iter().map(text).collect(), '}')
            }
        };
        write!(f, "{open}{}{close}", texts.join(","))
    }
}

#[cfg(test)]
mod tests;
