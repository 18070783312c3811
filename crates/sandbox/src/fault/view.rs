//! What a read can show of the state, apart from the whole truth.

use std::fmt;

use rust_decimal::Decimal;

use super::text::{is_word, number};
use crate::{
    operation::{Operation, Read},
    wire,
};

/// What a read shows. The state is as it is, except where a balance moves.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum View {
    /// What there was so long ago: without the orders placed since, whoever placed them. By the
    /// sandbox's clock, if it was given one; else by real time.
    Lag {
        /// How long ago; not 0.
        seconds: u32,
    },
    /// Orders of a kind are never shown: not in the list, and not by their id.
    Hide {
        /// Their `order_type`, or `all`: then the orders of subscriptions too.
        kind: String,
    },
    /// The user's balance is null.
    BalanceNull,
    /// The user has no member `balance`.
    BalanceMissing,
    /// The user cannot be read: status 500.
    BalanceError,
    /// The user's balance on `.net` moves before it is shown, as if someone else had spent or paid in.
    /// It stays so, and never falls below 0.
    BalanceMoves {
        /// By how much, in EUR: not 0, no finer than a cent, at most a billion.
        by: Decimal,
    },
    /// A page of the list of orders fails with status 500.
    PageError {
        /// Which one, from 1.
        page: u32,
    },
    /// A page of the list of orders is not found: status 404.
    PageMissing {
        /// Which one, from 1.
        page: u32,
    },
    /// The list of orders begins with the oldest.
    OldestFirst,
    /// The list of orders has an order of its own, always the same for the same orders.
    Shuffled,
}

use View::*;

/// Those that are one word.
pub(super) const PLAIN: &[(&str, View)] = &[
    ("balance=null", BalanceNull),
    ("balance=missing", BalanceMissing),
    ("balance=error", BalanceError),
    ("sort=oldest", OldestFirst),
    ("sort=shuffled", Shuffled),
];

/// Stands for every kind of order.
pub(crate) const ALL: &str = "all";

impl View {
    pub(super) fn parse(text: &str) -> Option<Self> {
        if let Some((_, view)) = PLAIN.iter().find(|(plain, _)| *plain == text) {
            return Some(view.clone());
        }
        let (name, value) = text.split_once('=')?;
        Some(match name {
            "lag" => Lag { seconds: number(value)? },
            "hide" => Hide { kind: value.to_owned() },
            "balance" => BalanceMoves { by: signed(value)? },
            "page-error" => PageError { page: number(value)? },
            "page-404" => PageMissing { page: number(value)? },
            _ => return None,
        })
    }

    pub(super) fn in_range(&self) -> bool {
        match self {
            Lag { seconds: number } | PageError { page: number } | PageMissing { page: number } => {
                *number > 0
            }
            Hide { kind } => is_word(kind),
            BalanceMoves { by } => {
                !by.is_zero() && wire::cents(*by) == *by && by.abs() <= Decimal::from(1_000_000_000)
            }
            _ => true,
        }
    }

    /// Whether it changes what a read shows.
    pub(super) fn concerns(&self, read: Read) -> bool {
        match self {
            Lag { .. } => true,
            Hide { kind } if kind == ALL => read != Read::User,
            BalanceNull | BalanceMissing | BalanceError | BalanceMoves { .. } => read == Read::User,
            Hide { .. } | PageError { .. } | PageMissing { .. } | OldestFirst | Shuffled => {
                read == Read::Orders
            }
        }
    }

    /// Whether it changes what a request gets to see.
    pub(super) fn meets(&self, asked: Asked) -> bool {
        let Operation::Read(read) = asked.operation else { return false };
        self.concerns(read)
            && match self {
                PageError { page } | PageMissing { page } => asked.page == Some(*page),
                _ => true,
            }
    }

    /// The status, where it shows nothing at all.
    pub(super) fn status(&self) -> Option<u16> {
        match self {
            BalanceError | PageError { .. } => Some(500),
            PageMissing { .. } => Some(404),
            _ => None,
        }
    }
}

/// A sum with a sign: digits, and cents or not.
fn signed(text: &str) -> Option<Decimal> {
    let digits = text.strip_prefix(['+', '-'])?;
    let plain = digits.starts_with(|first: char| first.is_ascii_digit())
        && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if plain { Decimal::from_str_exact(text).ok() } else { None }
}

impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Lag { seconds } => write!(f, "lag={seconds}"),
            Hide { kind } => write!(f, "hide={kind}"),
            BalanceMoves { by } => write!(f, "balance={by:+}"),
            PageError { page } => write!(f, "page-error={page}"),
            PageMissing { page } => write!(f, "page-404={page}"),
            plain => {
                let named = PLAIN.iter().find(|(_, view)| view == plain);
                f.write_str(named.map_or("", |(text, _)| text))
            }
        }
    }
}

/// What a request asks for, as far as a fault must know it.
#[derive(Clone, Copy)]
pub(crate) struct Asked {
    pub(crate) operation: Operation,
    /// Which page, if it asks for one of a list.
    pub(crate) page: Option<u32>,
}

impl Asked {
    pub(crate) fn of(operation: Operation, query: Option<&str>) -> Self {
        let query = query.unwrap_or_default().as_bytes();
        let field = |name: &str| form_urlencoded::parse(query).find(|(n, _)| n == name);
        // A list without a page begins; an order by its id has none.
        let page = match (operation, field("order_id"), field("page")) {
            (Operation::Read(Read::Orders), None, page) => {
                page.map_or(Some(1), |(_, page)| number(&page))
            }
            _ => None,
        };
        Self { operation, page }
    }
}
