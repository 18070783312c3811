//! What the sandbox knows of the provider's interface, all of it read from the contract.

use std::io;

use jsonschema::{Draft, Validator};
use serde_json::{Value, json};

use crate::clock::Host;

const DOCUMENT: &str = include_str!("../../../openapi.yaml");

/// The orders that the sandbox imitates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    RenewPleskSubscription,
    ExtendServerHours,
}

impl Order {
    pub(crate) const ALL: [Self; 2] = [Self::RenewPleskSubscription, Self::ExtendServerHours];

    /// Its `operationId` in the contract.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::RenewPleskSubscription => "renewPleskSubscription",
            Self::ExtendServerHours => "extendServerHours",
        }
    }

    pub(crate) fn host(self) -> Host {
        match self {
            Self::RenewPleskSubscription => Host::Com,
            Self::ExtendServerHours => Host::Net,
        }
    }
}

/// The reads that the sandbox imitates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Read {
    PleskSubscription,
    Orders,
    User,
}

impl Read {
    pub(crate) const ALL: [Self; 3] = [Self::PleskSubscription, Self::Orders, Self::User];

    /// Its `operationId` in the contract.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::PleskSubscription => "getPleskSubscription",
            Self::Orders => "listOrders",
            Self::User => "getUser",
        }
    }
}

/// The part of the contract that is about requests.
pub(crate) struct Contract {
    /// Name of the header that carries the key, in lower case.
    pub(crate) key_header: String,
    calls: Vec<Call>,
    reads: Vec<(String, Option<Read>)>,
}

/// One call of the contract.
pub(crate) struct Call {
    /// What it orders, unless the sandbox does not know it.
    pub(crate) order: Option<Order>,
    pub(crate) media_type: String,
    /// Names of the body's fields that are whole numbers.
    pub(crate) whole_numbers: Vec<String>,
    pub(crate) body: Validator,
    path: String,
}

impl Contract {
    pub(crate) fn read() -> io::Result<Self> {
        let options = serde_saphyr::options! { strict_booleans: true };
        let mut document: Value =
            serde_saphyr::from_str_with_options(DOCUMENT, options).map_err(io::Error::other)?;
        plain_json_schema(&mut document);
        let key_header = text(&document, "/components/securitySchemes/apiKey/name")?;
        let paths = member(&document, "/paths")?.as_object().into_iter().flatten();
        let calls = paths
            .filter_map(|(path, item)| Some((path, item.get("post")?)))
            .map(|(path, call)| Call::read(&document, path, call))
            .collect::<io::Result<_>>()?;
        let reads = member(&document, "/paths")?.as_object().into_iter().flatten();
        let reads = reads
            .filter_map(|(path, item)| Some((path.clone(), item.get("get")?)))
            .map(|(path, read)| {
                let id = text(read, "/operationId")?;
                Ok((path, Read::ALL.into_iter().find(|read| read.id() == id)))
            })
            .collect::<io::Result<_>>()?;
        Ok(Self { key_header: key_header.to_ascii_lowercase(), calls, reads })
    }

    /// The read at a path, if there is one; it is `None` if the sandbox does not know it.
    pub(crate) fn read_at(&self, path: &str) -> Option<Option<Read>> {
        self.reads.iter().find(|(known, _)| known == path).map(|(_, read)| *read)
    }

    /// The order at a path. All orders are POST.
    pub(crate) fn call(&self, path: &str) -> Option<&Call> {
        self.calls.iter().find(|call| call.path == path)
    }
}

impl Call {
    fn read(document: &Value, path: &str, call: &Value) -> io::Result<Self> {
        let id = text(call, "/operationId")?;
        let content = member(call, "/requestBody/content")?.as_object();
        let (media_type, content) = content.and_then(|c| c.iter().next()).ok_or_else(missing)?;
        let schema = member(content, "/schema")?;
        // `allOf`, because draft 4 ignores whatever stands beside a `$ref`.
        let root = json!({"allOf": [schema], "components": member(document, "/components")?});
        Ok(Self {
            order: Order::ALL.into_iter().find(|order| order.id() == id),
            media_type: media_type.clone(),
            whole_numbers: whole_numbers(document, schema),
            // The dialect of OpenAPI 3.0; in later ones, 1.0 would be an integer.
            body: jsonschema::options()
                .with_draft(Draft::Draft4)
                .build(&root)
                .map_err(|error| io::Error::other(error.to_string()))?,
            path: path.to_owned(),
        })
    }
}

fn whole_numbers(document: &Value, schema: &Value) -> Vec<String> {
    let properties = resolve(document, schema).get("properties").and_then(Value::as_object);
    let whole = properties.into_iter().flatten().filter(|(_, property)| {
        resolve(document, property).get("type").is_some_and(|kind| kind == "integer")
    });
    whole.map(|(name, _)| name.clone()).collect()
}

/// Follows one `$ref` within the document.
fn resolve<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let pointer = schema.get("$ref").and_then(Value::as_str).and_then(|r| r.strip_prefix('#'));
    pointer.and_then(|pointer| document.pointer(pointer)).unwrap_or(schema)
}

/// Turns the `nullable` of OpenAPI 3.0 into JSON Schema, everywhere.
fn plain_json_schema(value: &mut Value) {
    match value {
        Value::Object(object) => {
            if object.get("nullable") == Some(&Value::Bool(true)) {
                object.remove("nullable");
                if let Some(kind) = object.get_mut("type") {
                    *kind = json!([kind, "null"]);
                }
                if let Some(Value::Array(values)) = object.get_mut("enum") {
                    values.push(Value::Null);
                }
            }
            object.values_mut().for_each(plain_json_schema);
        }
        Value::Array(array) => array.iter_mut().for_each(plain_json_schema),
        _ => {}
    }
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
    fn every_order_is_found_in_the_contract_with_its_number_and_the_key_header() {
        let contract = Contract::read().unwrap();
        assert_eq!(contract.key_header, "x-api-key");
        for (path, order, number) in [
            ("/API/orders/create_order_scale_plesk", Order::RenewPleskSubscription, "months"),
            ("/API/orders/create_order", Order::ExtendServerHours, "hours"),
        ] {
            let call = contract.call(path).unwrap();
            assert_eq!(call.order, Some(order));
            assert_eq!(call.whole_numbers, [number]);
            assert_eq!(call.media_type, "application/json");
        }
    }

    #[test]
    fn every_read_is_found_in_the_contract() {
        let contract = Contract::read().unwrap();
        for (path, read) in [
            ("/API/plesk/subscriptions/detail", Read::PleskSubscription),
            ("/API/orders/list_order", Read::Orders),
            ("/API/info_user", Read::User),
        ] {
            assert_eq!(contract.read_at(path), Some(Some(read)));
        }
        assert_eq!(contract.read_at("/API/orders/create_order"), None);
    }

    #[test]
    fn nullable_becomes_a_type_of_its_own_and_a_property_of_that_name_stays() {
        let mut schema = json!({
            "type": "string", "nullable": true, "enum": ["a"],
            "properties": {"nullable": {"type": "string"}},
        });
        plain_json_schema(&mut schema);
        assert_eq!(
            schema,
            json!({
                "type": ["string", "null"], "enum": ["a", null],
                "properties": {"nullable": {"type": "string"}},
            })
        );
    }
}
