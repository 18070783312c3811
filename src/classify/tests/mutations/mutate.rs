//! How a reply is mutated.

use std::sync::LazyLock;

use fastrand::Rng;
use serde_json::{Deserializer, Value, json, value::RawValue};

use crate::contract::CONTRACT;

/// What stands in the documented secret fields.
pub(super) const CANARY: &str = "canary-of-a-secret";

pub(super) struct Mutant {
    pub(super) body: Vec<u8>,
    /// It was a good order, what proves it was not touched, and all of it can be searched.
    pub(super) keeps_order: bool,
}

/// Bodies that are no success.
const FAILURES: [&str; 5] = [
    r#"{"success": false, "message": "Insufficient balance.", "password": "canary-of-a-secret"}"#,
    r#"{"error": "Transaction not found", "data": {}, "metadata": "password=canary-of-a-secret"}"#,
    r#"{"success": false, "errors": {"months": ["too many"]}, "key": "canary-of-the-key"}"#,
    "<html><body>Bad gateway</body></html>",
    "",
];

/// Values of every kind, some of which nothing can hold.
const ODD: [&str; 22] = [
    "null",
    "true",
    "false",
    "0",
    "-1",
    "-0",
    "1e999",
    "0.1e-400",
    "99999999999999999999999999",
    "123456789012345678901234567890.12",
    "\"\"",
    "\" \"",
    "\"\\ud800\"",
    "\"\\u0000\"",
    "\"0000-00-00 00:00:00\"",
    "\"2025-13-45\"",
    "\"1_000\"",
    "[]",
    "{}",
    "[null]",
    "{\"a\": {\"b\": \"\\udfff\"}}",
    "[[{\"id\": 1}], 2]",
];

/// Nested more deeply than anything is searched.
const DEEP: &str = "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[";

/// Bytes that mean something in JSON, or nothing in UTF-8.
const TELLING_BYTES: &[u8] = b"\"\\{}[],:0-+.eE \n\0\x7f\x80\xc0\xff";

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    let options = serde_saphyr::options! { strict_booleans: true };
    serde_saphyr::from_str_with_options(CONTRACT, options).unwrap()
});

/// The reply to an operation as the contract has it, with canaries.
fn documented(operation: &str) -> Value {
    let items = DOCUMENT["paths"].as_object().unwrap().values();
    let mut operations = items.flat_map(|item| item.as_object().unwrap().values());
    let operation = operations.find(|it| it["operationId"] == operation).unwrap();
    let mut reply = operation["responses"]["200"]["content"]["application/json"]["example"].clone();
    reply["password"] = json!(CANARY);
    reply["metadata"] = json!(format!("password={CANARY}; user=root"));
    reply["note"] = json!("ordered with the key canary-of-the-key");
    reply
}

impl Mutant {
    pub(super) fn of(operation: &str, rng: &mut Rng) -> Self {
        if rng.u8(..8) == 0 {
            let failure = rng.choice(FAILURES).unwrap();
            return Self { body: torn(failure.as_bytes().to_vec(), rng), keeps_order: false };
        }
        let mut reply = documented(operation);
        if rng.u8(..4) == 0 {
            swap_types(&mut reply);
        }
        let mut text = (0..rng.u8(..4)).fold(reply.to_string(), |text, _| odd_field(&text, rng));
        if rng.u8(..4) == 0 {
            text = format!("{{\"success\": true, \"data\": {text}}}");
        }
        if rng.bool() {
            return Self { body: torn(text.into_bytes(), rng), keeps_order: false };
        }
        Self { keeps_order: !text.contains(DEEP), body: text.into_bytes() }
    }
}

/// Numbers as strings, and strings of numbers as numbers.
fn swap_types(value: &mut Value) {
    match value {
        Value::Number(number) => *value = Value::String(number.to_string()),
        Value::String(text) => {
            if let Ok(number) = text.parse::<serde_json::Number>() {
                *value = Value::Number(number);
            }
        }
        Value::Object(members) => members.values_mut().for_each(swap_types),
        Value::Array(items) => items.iter_mut().for_each(swap_types),
        Value::Null | Value::Bool(_) => {}
    }
}

/// An odd value in a field that proves no order: in place of its own, beside it, or in a new one.
fn odd_field(text: &str, rng: &mut Rng) -> String {
    let deep = format!("{}{}", "[".repeat(400), "]".repeat(400));
    let odd = if rng.u8(..16) == 0 { deep.as_str() } else { rng.choice(ODD).unwrap() };
    let names = ["amount", "message", "type", "subscription", "server_status", "balance_after"];
    let name = rng.choice(names).unwrap();
    let member = format!("\"{name}\":");
    match text.find(&member) {
        Some(at) if rng.bool() => {
            let begin = at + member.len();
            let rest = text.get(begin..).unwrap();
            let mut values = Deserializer::from_str(rest).into_iter::<&RawValue>();
            let end = values.next().unwrap().unwrap().get().len();
            format!("{}{odd}{}", &text[..begin], &rest[end..])
        }
        Some(_) => text.replacen('{', &format!("{{{member}{odd},"), 1),
        None => text.replacen('{', &format!("{{\"new\":{odd},"), 1),
    }
}

/// Bytes changed, lost, put in or repeated.
fn torn(mut body: Vec<u8>, rng: &mut Rng) -> Vec<u8> {
    for _ in 0..=rng.u8(..3) {
        let at = rng.usize(..=body.len());
        let until = (at + rng.usize(..20)).min(body.len());
        let telling = *rng.choice(TELLING_BYTES).unwrap();
        match rng.u8(..8) {
            0 => body.truncate(at),
            1 => body.insert(at, telling),
            2 => drop(body.drain(at..until)),
            3 => body.extend_from_within(at..),
            4 => drop(body.splice(at..at, *b"\\ud800")),
            5 => body.splice(at..at, std::iter::repeat_with(|| rng.u8(..)).take(5)).for_each(drop),
            6 => body.iter_mut().skip(at).take(1).for_each(|byte| *byte = telling),
            _ => body.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << (at % 8)),
        }
    }
    body
}
