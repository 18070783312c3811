//! The fields of a request, held against the contract: an order's body, a read's query.

use std::collections::BTreeMap;

use jsonschema::{ValidationError, error::ValidationErrorKind};
use serde_json::{Map, Value, value::RawValue};

use crate::{
    contract::Call,
    json::Json,
    refusal::{FieldErrors, Refusal},
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
    pub(crate) fn of_body(call: &Call, body: &[u8]) -> Result<Self, Refusal> {
        serde_json::from_slice::<&RawValue>(body).map_err(|_| Refusal::NotJson)?;
        let sent = serde_json::from_slice(body).map_err(|error| match error.is_data() {
            true => Refusal::invalid("body", "must be a JSON object"),
            false => Refusal::NotJson,
        })?;
        Self::check(call, sent, "is not a field of this order")
    }

    /// Reads a query. Its values are text, and strings of digits again whole numbers.
    pub(crate) fn of_query(call: &Call, query: &str) -> Result<Self, Refusal> {
        let mut faults = FieldErrors::default();
        let mut sent = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let value = serde_json::value::to_raw_value(&value).map_err(|_| Refusal::Broken)?;
            if sent.insert(name.clone().into_owned(), value).is_some() {
                faults.add(name, "is there twice");
            }
        }
        faults.refuse_any()?;
        Self::check(call, sent, "is not a parameter of this read")
    }

    fn check(
        call: &Call,
        sent: BTreeMap<String, Box<RawValue>>,
        stray: &str,
    ) -> Result<Self, Refusal> {
        let mut faults = FieldErrors::default();
        let mut values = Map::new();
        for (name, raw) in &sent {
            match value(raw, call.whole_numbers.contains(name)) {
                Ok(value) => drop(values.insert(name.clone(), value)),
                Err(fault) => faults.add(name, fault),
            }
        }
        faults.refuse_any()?;

        let values = Value::Object(values);
        let mut faults = FieldErrors::default();
        for error in call.fields.iter_errors(&values) {
            name_faults(&error, stray, &mut faults);
        }
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

    pub(crate) fn optional_whole(&self, name: &str) -> Result<Option<i32>, Refusal> {
        if self.values.get(name).is_none() { Ok(None) } else { self.whole(name).map(Some) }
    }

    /// A value exactly as it was sent, or null.
    pub(crate) fn sent(&self, name: &str) -> Json {
        self.sent.get(name).map_or(().into(), |raw| Json::Leaf(raw.get().to_owned()))
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

fn name_faults(error: &ValidationError<'_>, stray: &str, faults: &mut FieldErrors) {
    match error.kind() {
        ValidationErrorKind::Required { property: Value::String(field) } => {
            faults.add(field, "is required");
        }
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            unexpected.iter().for_each(|field| faults.add(field, stray));
        }
        _ => {
            let path = error.instance_path().to_string();
            let field = path.split('/').nth(1).unwrap_or("body");
            // Masked: it says "value", and not which.
            faults.add(field, error.masked().to_string());
        }
    }
}
