//! What the sandbox knows of the provider's interface, all of it read from the contract.

use std::{io, sync::OnceLock};

use jsonschema::{Draft, Validator};
use serde_json::{Map, Value, json};

use crate::operation::Operation;

mod dialect;
mod replies;

use replies::Replies;

/// The contract as it is written.
pub(crate) const DOCUMENT: &str = include_str!("../../../openapi.yaml");

/// The contract, as far as the sandbox needs it.
pub(crate) struct Contract {
    /// Name of the header that carries the key, in lower case.
    pub(crate) key_header: String,
    calls: Vec<Call>,
}

/// One call of the contract.
pub(crate) struct Call {
    /// What it asks for, unless the sandbox does not know it.
    pub(crate) operation: Option<Operation>,
    pub(crate) method: &'static str,
    /// Media type of the body. A call without one takes its fields from the query.
    pub(crate) media_type: Option<String>,
    /// Names of the fields that are whole numbers.
    pub(crate) whole_numbers: Vec<String>,
    /// What all fields together must be.
    pub(crate) fields: Validator,
    /// Members of a reply that are there only if the order was placed.
    pub(crate) proof: Vec<String>,
    /// What may be answered; only where it is checked, in debug builds.
    pub(crate) replies: Option<Replies>,
    path: String,
}

impl Contract {
    /// The contract, read once: a harness starts many sandboxes.
    pub(crate) fn shared() -> io::Result<&'static Self> {
        static CONTRACT: OnceLock<Contract> = OnceLock::new();
        match CONTRACT.get() {
            Some(contract) => Ok(contract),
            None => Self::read().map(|contract| CONTRACT.get_or_init(|| contract)),
        }
    }

    fn read() -> io::Result<Self> {
        Self::of(DOCUMENT)
    }

    fn of(document: &str) -> io::Result<Self> {
        let mut document = parsed(document)?;
        dialect::to_json_schema(&mut document);
        let key_header = text(&document, "/components/securitySchemes/apiKey/name")?;
        let mut calls = Vec::new();
        for (path, item) in member(&document, "/paths")?.as_object().into_iter().flatten() {
            for (method, name) in [("GET", "get"), ("POST", "post")] {
                if let Some(call) = item.get(name) {
                    calls.push(Call::read(&document, path, method, call)?);
                }
            }
        }
        Ok(Self { key_header: key_header.to_ascii_lowercase(), calls })
    }

    /// A contract in which something is otherwise.
    #[cfg(test)]
    pub(crate) fn with(words: &str, others: &str) -> io::Result<Self> {
        assert!(DOCUMENT.contains(words));
        Self::of(&DOCUMENT.replace(words, others))
    }

    pub(crate) fn call(&self, method: &str, path: &str) -> Option<&Call> {
        self.calls.iter().find(|call| call.path == path && call.method == method)
    }

    /// The method that a path takes, if there is anything at it. No path takes two.
    pub(crate) fn method(&self, path: &str) -> Option<&'static str> {
        self.calls.iter().find(|call| call.path == path).map(|call| call.method)
    }
}

impl Call {
    fn read(document: &Value, path: &str, method: &'static str, call: &Value) -> io::Result<Self> {
        let id = text(call, "/operationId")?;
        let (media_type, schema) = match call.get("requestBody") {
            Some(body) => {
                let content = member(body, "/content")?.as_object();
                let (kind, content) = content.and_then(|c| c.iter().next()).ok_or_else(missing)?;
                (Some(kind.clone()), member(content, "/schema")?.clone())
            }
            None => (None, query(call)?),
        };
        Ok(Self {
            operation: Operation::of(id),
            method,
            media_type,
            whole_numbers: whole_numbers(document, &schema),
            proof: names(call.get("x-oxhost-proof")),
            fields: validator(document, &schema)?,
            replies: cfg!(debug_assertions).then(|| Replies::read(document, call)).transpose()?,
            path: path.to_owned(),
        })
    }
}

pub(crate) fn parsed(document: &str) -> io::Result<Value> {
    let options = serde_saphyr::options! { strict_booleans: true };
    serde_saphyr::from_str_with_options(document, options).map_err(io::Error::other)
}

fn validator(document: &Value, schema: &Value) -> io::Result<Validator> {
    // `allOf`, because draft 4 ignores whatever stands beside a `$ref`.
    let root = json!({"allOf": [schema], "components": member(document, "/components")?});
    // The dialect of OpenAPI 3.0; in later ones, 1.0 would be an integer.
    let options = jsonschema::options().with_draft(Draft::Draft4);
    options.build(&root).map_err(|error| io::Error::other(error.to_string()))
}

/// The parameters of a query as the closed object that they make up.
fn query(call: &Value) -> io::Result<Value> {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for parameter in call.get("parameters").and_then(Value::as_array).into_iter().flatten() {
        if text(parameter, "/in")? != "query" {
            return Err(missing());
        }
        let name = text(parameter, "/name")?;
        properties.insert(name.to_owned(), member(parameter, "/schema")?.clone());
        if parameter.get("required") == Some(&Value::Bool(true)) {
            required.push(name);
        }
    }
    // Draft 4 has no empty `required`.
    let complete = if required.is_empty() { json!({}) } else { json!({"required": required}) };
    Ok(json!({
        "type": "object", "properties": properties, "additionalProperties": false, "allOf": [complete],
    }))
}

fn whole_numbers(document: &Value, schema: &Value) -> Vec<String> {
    let properties = resolve(document, schema).get("properties").and_then(Value::as_object);
    let whole = properties.into_iter().flatten().filter(|(_, property)| {
        resolve(document, property).get("type").is_some_and(|kind| kind == "integer")
    });
    whole.map(|(name, _)| name.clone()).collect()
}

fn names(list: Option<&Value>) -> Vec<String> {
    let names = list.and_then(Value::as_array).into_iter().flatten();
    names.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Follows one `$ref` within the document.
pub(crate) fn resolve<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let pointer = schema.get("$ref").and_then(Value::as_str).and_then(|r| r.strip_prefix('#'));
    pointer.and_then(|pointer| document.pointer(pointer)).unwrap_or(schema)
}

fn member<'a>(value: &'a Value, pointer: &str) -> io::Result<&'a Value> {
    value.pointer(pointer).ok_or_else(missing)
}

fn text<'a>(value: &'a Value, pointer: &str) -> io::Result<&'a str> {
    member(value, pointer)?.as_str().ok_or_else(missing)
}

fn missing() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the contract lacks something the sandbox needs")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_is_found_in_the_contract_with_its_number_and_the_key_header() {
        let contract = Contract::read().unwrap();
        assert_eq!(contract.key_header, "x-api-key");
        let json = Some("application/json");
        let renew = Operation::RenewPleskSubscription;
        let extend = Operation::ExtendServerHours;
        let detail = Operation::GetPleskSubscription;
        let calls: [(_, _, _, &[&str], _); 5] = [
            ("POST", "/API/orders/create_order_scale_plesk", renew, &["months"], json),
            ("POST", "/API/orders/create_order", extend, &["hours"], json),
            ("GET", "/API/plesk/subscriptions/detail", detail, &[], None),
            ("GET", "/API/orders/list_order", Operation::ListOrders, &["page"], None),
            ("GET", "/API/info_user", Operation::GetUser, &[], None),
        ];
        for (method, path, operation, numbers, media_type) in calls {
            let call = contract.call(method, path).unwrap();
            assert_eq!(call.operation, Some(operation));
            assert_eq!(call.whole_numbers, numbers);
            assert_eq!(call.media_type.as_deref(), media_type);
            assert_eq!(call.proof.is_empty(), method == "GET");
            assert_eq!(contract.method(path), Some(method));
        }
    }
}
