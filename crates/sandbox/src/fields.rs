//! The fields of an order's body, held against the contract.

use std::collections::BTreeMap;

use jsonschema::{ValidationError, error::ValidationErrorKind};
use serde_json::{Map, Value, value::RawValue};

use crate::{
    contract::Call,
    refusal::{Faults, Refusal},
};

/// Fields that the contract allows, each with the value that it has and the one that was sent.
#[derive(Debug)]
pub(crate) struct Fields {
    values: Value,
    sent: BTreeMap<String, Box<RawValue>>,
}

impl Fields {
    /// Reads a body. Strings of digits are taken for whole numbers, as the provider's own samples
    /// send them.
    pub(crate) fn read(call: &Call, body: &[u8]) -> Result<Self, Refusal> {
        serde_json::from_slice::<&RawValue>(body).map_err(|_| Refusal::NotJson)?;
        let sent: BTreeMap<String, Box<RawValue>> =
            serde_json::from_slice(body).map_err(|error| {
                if error.is_data() {
                    Refusal::invalid("body", "must be a JSON object")
                } else {
                    Refusal::NotJson
                }
            })?;

        let mut faults = Faults::default();
        let mut values = Map::new();
        for (name, raw) in &sent {
            match value(raw, call.whole_numbers.contains(name)) {
                Ok(value) => drop(values.insert(name.clone(), value)),
                Err(fault) => faults.add(name, fault),
            }
        }
        faults.refuse_any()?;

        let values = Value::Object(values);
        let mut faults = Faults::default();
        call.body.iter_errors(&values).for_each(|error| name_faults(&error, &mut faults));
        faults.refuse_any()?;
        Ok(Self { values, sent })
    }

    pub(crate) fn text(&self, name: &str) -> Result<&str, Refusal> {
        self.optional_text(name).ok_or_else(|| Refusal::invalid(name, "is required"))
    }

    pub(crate) fn optional_text(&self, name: &str) -> Option<&str> {
        self.values.get(name)?.as_str()
    }

    /// A whole number of the contract's format `int32`.
    pub(crate) fn whole(&self, name: &str) -> Result<i32, Refusal> {
        let value = self.values.get(name).and_then(Value::as_i64);
        let value = value.ok_or_else(|| Refusal::invalid(name, "is required"))?;
        i32::try_from(value).map_err(|_| Refusal::invalid(name, "is too large"))
    }

    /// A value exactly as it was sent.
    pub(crate) fn sent(&self, name: &str) -> Option<&RawValue> {
        self.sent.get(name).map(|raw| &**raw)
    }
}

fn value(raw: &RawValue, whole: bool) -> Result<Value, &'static str> {
    let value = serde_json::from_str(raw.get());
    if !whole {
        return value.map_err(|_| "cannot be read");
    }
    match value {
        Ok(Value::String(digits)) if is_digits(&digits) => {
            digits.parse::<i64>().map(Value::from).map_err(|_| "is too large")
        }
        Ok(Value::Number(number)) if !number.is_i64() => Err("must be a whole number in range"),
        Ok(value) => Ok(value),
        Err(_) => Err("must be a whole number in range"),
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn name_faults(error: &ValidationError<'_>, faults: &mut Faults) {
    match error.kind() {
        ValidationErrorKind::Required { property: Value::String(field) } => {
            faults.add(field, "is required");
        }
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            unexpected.iter().for_each(|field| faults.add(field, "is not a field of this order"));
        }
        _ => {
            let path = error.instance_path().to_string();
            let field = path.split('/').nth(1).unwrap_or("body");
            // Masked: it says "value", and not which.
            faults.add(field, error.masked().to_string());
        }
    }
}
