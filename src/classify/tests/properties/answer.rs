//! An answer, made of the contract's schemas: any field, or none, with values of any kind.

use std::fmt;

use fastrand::Rng;
use http::{HeaderMap, StatusCode};

use crate::contract::{Field, Operation, Shape};

/// A JSON value as it is written: names may repeat, and a scalar is its text.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Tree {
    Scalar(String),
    List(Vec<Tree>),
    Object(Vec<(String, Tree)>),
}

pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) root: Tree,
}

const STATUSES: [u16; 18] =
    [200, 200, 200, 200, 201, 202, 302, 400, 401, 402, 403, 404, 409, 422, 429, 500, 502, 503];

/// Values that say nothing, and values that do.
const EMPTY: [&str; 8] = ["null", "false", "0", "\"\"", "[]", "{}", "0.00", "\" \""];
const TEXTS: [&str; 10] = [
    "\"completed\"",
    "\"order234-5678\"",
    "\"29.97\"",
    "0.02",
    "3",
    "\"2025-07-01 10:00:00\"",
    "true",
    "\"renew_server\"",
    "12345678901234567890",
    "\"\\ud83d\\ude00\"",
];
const SUCCESS: [&str; 14] = [
    "true", "true", "true", "1", "\"1\"", "\"true\"", "false", "false", "0", "\"0\"", "null",
    "\"TRUE\"", "1.0", "2",
];
const ERRORS: [&str; 4] = ["\"Insufficient balance\"", "null", "\"\"", "{\"code\": 7}"];

impl Answer {
    pub(super) fn of(operation: &Operation, rng: &mut Rng) -> Self {
        let status = StatusCode::from_u16(STATUSES[rng.usize(..STATUSES.len())]).unwrap();
        let mut members = Vec::new();
        if rng.u8(..4) != 0 {
            members.push(("success".to_owned(), scalar(SUCCESS[rng.usize(..SUCCESS.len())])));
        }
        if rng.u8(..3) == 0 {
            members.push(("error".to_owned(), scalar(ERRORS[rng.usize(..ERRORS.len())])));
        }
        if rng.bool() {
            members.push(("message".to_owned(), scalar("\"The provider's words\"")));
        }
        // Half of the answers speak of an order.
        if rng.bool() {
            members.extend(fields(operation.reply, rng));
        }
        if rng.u8(..4) == 0 {
            members.push(("trace".to_owned(), any(rng, 2)));
        }
        rng.shuffle(&mut members);
        let mut root = Tree::Object(members);
        for _ in 0..rng.u8(..12).saturating_sub(9) {
            root = Tree::Object(vec![("data".to_owned(), root)]);
        }
        Self { status, headers: HeaderMap::new(), root }
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        self.root.to_string().into_bytes()
    }
}

fn fields(shape: &'static Shape, rng: &mut Rng) -> Vec<(String, Tree)> {
    let mut members = Vec::new();
    for (name, field) in shape.fields {
        if matches!(*name, "success" | "error" | "message") || rng.u8(..3) == 0 {
            continue;
        }
        let value = match field {
            Field::Object(shape) if rng.u8(..6) != 0 => Tree::Object(fields(shape, rng)),
            Field::List(shape) => Tree::List(vec![Tree::Object(fields(shape, rng))]),
            _ if rng.u8(..3) == 0 => scalar(EMPTY[rng.usize(..EMPTY.len())]),
            _ => scalar(TEXTS[rng.usize(..TEXTS.len())]),
        };
        members.push(((*name).to_owned(), value));
    }
    members
}

/// Any value, under names that no contract lists.
pub(super) fn any(rng: &mut Rng, depth: u8) -> Tree {
    match rng.u8(..6) {
        0 if depth > 0 => Tree::List((0..rng.u8(..3)).map(|_| any(rng, depth - 1)).collect()),
        1 | 2 if depth > 0 => {
            let names = ["a", "details", "meta", "x-1"];
            let member =
                |rng: &mut Rng| (names[rng.usize(..names.len())].to_owned(), any(rng, depth - 1));
            Tree::Object((0..rng.u8(..3)).map(|_| member(rng)).collect())
        }
        3 => scalar(EMPTY[rng.usize(..EMPTY.len())]),
        _ => scalar(TEXTS[rng.usize(..TEXTS.len())]),
    }
}

pub(super) fn scalar(text: &str) -> Tree {
    Tree::Scalar(text.to_owned())
}

/// A value that says something.
pub(super) fn telling(rng: &mut Rng) -> Tree {
    let text = scalar(TEXTS[rng.usize(..TEXTS.len())]);
    match rng.u8(..4) {
        0 => Tree::List(vec![scalar("null"), text]),
        1 => Tree::Object(vec![("any".to_owned(), text)]),
        _ => text,
    }
}

impl Tree {
    /// Gives a random object of it to `change`.
    pub(super) fn somewhere(
        &mut self,
        rng: &mut Rng,
        change: &mut impl FnMut(&mut Vec<(String, Tree)>, &mut Rng),
    ) {
        if let Tree::Object(members) = self {
            let inner: Vec<usize> =
                (0..members.len()).filter(|at| matches!(members[*at].1, Tree::Object(_))).collect();
            match inner.is_empty() || rng.bool() {
                true => change(members, rng),
                false => {
                    let at = inner[rng.usize(..inner.len())];
                    members[at].1.somewhere(rng, change);
                }
            }
        }
    }
}

impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scalar(text) => f.write_str(text),
            Self::List(items) => {
                f.write_str("[")?;
                for (at, item) in items.iter().enumerate() {
                    write!(f, "{}{item}", if at > 0 { ", " } else { "" })?;
                }
                f.write_str("]")
            }
            Self::Object(members) => {
                f.write_str("{")?;
                for (at, (name, value)) in members.iter().enumerate() {
                    let name = serde_json::Value::from(name.as_str());
                    write!(f, "{}{name}: {value}", if at > 0 { ", " } else { "" })?;
                }
                f.write_str("}")
            }
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status, self.root)
    }
}
