//! What stands behind the name of a fault.

use std::str::FromStr;

use rust_decimal::Decimal;
use strum::{Display, EnumString};

use crate::seed::cents;

/// What stands behind the name of a fault. What is read is in range.
pub(super) trait Parameter: Sized {
    fn read(text: &str) -> Option<Self>;

    fn write(&self) -> String;
}

macro_rules! numbers {
    ($($number:ty)*) => {$(
        impl Parameter for $number {
            fn read(text: &str) -> Option<Self> {
                digits(text)
            }

            fn write(&self) -> String {
                self.to_string()
            }
        }
    )*};
}
numbers!(u8 u16 u32);

/// A number of digits alone: the standard library takes a plus sign too.
pub(super) fn digits<N: FromStr>(text: &str) -> Option<N> {
    if text.starts_with('+') { None } else { text.parse().ok() }
}

/// How much more, or less. Not 0.
impl Parameter for i32 {
    fn read(text: &str) -> Option<Self> {
        text.parse().ok().filter(|number| *number != 0)
    }

    fn write(&self) -> String {
        format!("{self:+}")
    }
}

/// How much more, or less, in EUR: not 0, no finer than a cent, at most a billion.
impl Parameter for Decimal {
    fn read(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(['+', '-'])?;
        let is_plain = digits.starts_with(|first: char| first.is_ascii_digit())
            && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let sum = Self::from_str_exact(text).ok().filter(|_| is_plain)?;
        let in_range = !sum.is_zero() && cents(sum) == sum && sum.abs() <= 1_000_000_000.into();
        in_range.then_some(sum)
    }

    fn write(&self) -> String {
        format!("{self:+}")
    }
}

/// A name.
impl Parameter for String {
    fn read(text: &str) -> Option<Self> {
        let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
        ((1..=64).contains(&text.len()) && text.bytes().all(letter)).then(|| text.to_owned())
    }

    fn write(&self) -> String {
        self.clone()
    }
}

/// A place in a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum At {
    /// After so many bytes; at most the whole reply.
    Byte(u32),
    /// In the middle of the head.
    Head,
    /// In the middle of the body.
    Body,
}

impl Parameter for At {
    fn read(text: &str) -> Option<Self> {
        match text {
            "head" => Some(Self::Head),
            "body" => Some(Self::Body),
            byte => digits(byte).map(Self::Byte),
        }
    }

    fn write(&self) -> String {
        match self {
            Self::Byte(byte) => byte.to_string(),
            Self::Head => "head".into(),
            Self::Body => "body".into(),
        }
    }
}

/// Any status, and what comes with it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Status {
    /// From 200 to 599.
    pub status: u16,
    /// What comes with it.
    pub page: Page,
    /// `Retry-After`, in seconds.
    pub retry_after: Option<u32>,
}

/// What comes with a status.
#[derive(Clone, Copy, Debug, Display, EnumString, PartialEq, Eq, Hash)]
pub enum Page {
    /// JSON, with `success: false`.
    #[strum(serialize = "")]
    Json,
    /// A page for people, like that of a web server or proxy.
    #[strum(serialize = "+html")]
    Html,
    /// Nothing.
    #[strum(serialize = "+empty")]
    Empty,
}

/// A redirect.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Redirect {
    /// 301, 302, 303, 307 or 308.
    pub status: u16,
    /// Where to.
    pub to: To,
}

/// Where a redirect leads.
#[derive(Clone, Copy, Debug, Display, EnumString, PartialEq, Eq, Hash)]
#[strum(serialize_all = "lowercase")]
pub enum To {
    /// Back to the sandbox: who follows sends the request again.
    Same,
    /// To another host name and port, where an order is taken too:
    /// [`Sandbox::elsewhere`](crate::Sandbox::elsewhere).
    Other,
    /// To the same host in plain HTTP, on another port: [`Sandbox::elsewhere`](crate::Sandbox::elsewhere)
    /// again.
    Plain,
    /// To a port where nobody listens.
    Dead,
}

/// A member that is there twice.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Repeat {
    /// Name of the member: letters, digits, `_`, `-` and `.`.
    pub name: String,
    /// The false value comes first.
    pub first: bool,
}

impl Parameter for Status {
    fn read(text: &str) -> Option<Self> {
        let (text, retry_after) = match text.split_once("+retry-after=") {
            Some((text, seconds)) => (text, Some(digits(seconds)?)),
            None => (text, None),
        };
        let (status, page) = text.split_at(text.find('+').unwrap_or(text.len()));
        let status = digits(status).filter(|status| (200..=599).contains(status))?;
        Some(Self { status, page: page.parse().ok()?, retry_after })
    }

    fn write(&self) -> String {
        let retry_after = self.retry_after.map(|seconds| format!("+retry-after={seconds}"));
        format!("{}{}{}", self.status, self.page, retry_after.unwrap_or_default())
    }
}

impl Parameter for Redirect {
    fn read(text: &str) -> Option<Self> {
        let (status, to) = text.split_once('+')?;
        let status = digits(status).filter(|it| matches!(it, 301 | 302 | 303 | 307 | 308))?;
        Some(Self { status, to: to.parse().ok()? })
    }

    fn write(&self) -> String {
        format!("{}+{}", self.status, self.to)
    }
}

impl Parameter for Repeat {
    fn read(text: &str) -> Option<Self> {
        let name = text.strip_suffix("+first");
        Some(Self { name: String::read(name.unwrap_or(text))?, first: name.is_some() })
    }

    fn write(&self) -> String {
        format!("{}{}", self.name, if self.first { "+first" } else { "" })
    }
}
