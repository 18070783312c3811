//! Classifiers that are wrong in one way each.

use http::{HeaderMap, StatusCode};
use serde_json::Value;

use super::{Classifier, real};
use crate::contract::{Operation, REFUSALS, SECRET_FIELDS};
use crate::outcome::Outcome;

/// What each does, and which properties it breaks.
pub(super) const CLASSIFIERS: &[(&str, Classifier, &[&str])] = &[
    ("believes the first no", believes_a_no, &["evidence is never refused"]),
    ("reads the last of a name", reads_the_last, &["order and repetition change nothing"]),
    ("looks at the top alone", looks_at_the_top, &["evidence is never refused"]),
    ("refuses by status", refuses_by_status, &["less legible is never refused"]),
    ("accepts what names an order", accepts_an_order, &["a no is never accepted"]),
    ("judges what may be shown", judges_what_is_shown, &["secrets change nothing"]),
];

fn object(bytes: &[u8]) -> Option<Value> {
    serde_json::from_slice(bytes).ok().filter(Value::is_object)
}

fn believes_a_no(
    operation: &'static Operation,
    status: StatusCode,
    headers: &HeaderMap,
    bytes: &[u8],
) -> Outcome {
    match object(bytes) {
        Some(reply) if reply["success"] == false => Outcome::Refused,
        _ => real(operation, status, headers, bytes),
    }
}

fn reads_the_last(
    operation: &'static Operation,
    status: StatusCode,
    headers: &HeaderMap,
    bytes: &[u8],
) -> Outcome {
    // A value keeps the last of a repeated name.
    let text = object(bytes).map(|reply| reply.to_string().into_bytes());
    real(operation, status, headers, text.as_deref().unwrap_or(bytes))
}

fn looks_at_the_top(
    operation: &'static Operation,
    status: StatusCode,
    headers: &HeaderMap,
    bytes: &[u8],
) -> Outcome {
    let mut reply = object(bytes).unwrap_or_default();
    for member in reply.as_object_mut().into_iter().flat_map(|members| members.values_mut()) {
        if member.is_object() || member.is_array() {
            *member = Value::Null;
        }
    }
    let text = reply.to_string().into_bytes();
    real(operation, status, headers, if reply.is_object() { &text } else { bytes })
}

fn refuses_by_status(
    operation: &'static Operation,
    status: StatusCode,
    headers: &HeaderMap,
    bytes: &[u8],
) -> Outcome {
    match object(bytes) {
        None if REFUSALS.contains(&status.as_u16()) => Outcome::Refused,
        _ => real(operation, status, headers, bytes),
    }
}

fn accepts_an_order(
    operation: &'static Operation,
    status: StatusCode,
    headers: &HeaderMap,
    bytes: &[u8],
) -> Outcome {
    let names = |reply: &Value| operation.proof.iter().any(|field| !reply[*field].is_null());
    match object(bytes) {
        Some(reply) if status.is_success() && names(&reply) => Outcome::Accepted,
        _ => real(operation, status, headers, bytes),
    }
}

fn judges_what_is_shown(
    operation: &'static Operation,
    status: StatusCode,
    headers: &HeaderMap,
    bytes: &[u8],
) -> Outcome {
    let mut text = String::from_utf8_lossy(bytes).into_owned();
    let reply = object(bytes).unwrap_or_default();
    let secrets = SECRET_FIELDS.iter().filter_map(|name| reply[*name].as_str());
    for secret in secrets.filter(|secret| secret.len() > 3) {
        text = text.replace(secret, "x");
    }
    real(operation, status, headers, text.as_bytes())
}
