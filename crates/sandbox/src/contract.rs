//! What the sandbox knows of the provider's interface, all of it read from the contract.

use std::{io, sync::LazyLock};

use hyper::header::CONTENT_TYPE;
use jsonschema::{Draft, Validator};
use serde_json::{Map, Value, json};

use crate::{exchange::Reply, operation::Operation};

/// The contract as it is written.
const DOCUMENT: &str = include_str!("../../../openapi.yaml");

/// The contract, as far as the sandbox needs it.
pub(crate) struct Contract {
    /// Name of the header that carries the key, in lower case.
    pub(crate) key_header: String,
    calls: Vec<Call>,
}

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
        static CONTRACT: LazyLock<io::Result<Contract>> = LazyLock::new(Contract::read);
        CONTRACT.as_ref().map_err(|error| io::Error::other(error.to_string()))
    }

    fn read() -> io::Result<Self> {
        Self::of(DOCUMENT)
    }

    fn of(document: &str) -> io::Result<Self> {
        let options = serde_saphyr::options! { strict_booleans: true };
        let document = serde_saphyr::from_str_with_options(document, options);
        let mut document: Value = document.map_err(io::Error::other)?;
        to_json_schema(&mut document);
        let schemes = member(&document, "/components/securitySchemes")?;
        let scheme = schemes.as_object().and_then(|schemes| schemes.values().next());
        let key_header = text(scheme.unwrap_or(&Value::Null), "/name")?;
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
                let (kind, schema) = content(body)?;
                (Some(kind.clone()), schema.clone())
            }
            None => (None, query(call)?),
        };
        let proof = call.get("x-oxhost-proof").cloned().map(serde_json::from_value);
        Ok(Self {
            operation: id.parse().ok(),
            method,
            media_type,
            whole_numbers: whole_numbers(document, &schema),
            proof: proof.transpose()?.unwrap_or_default(),
            fields: validator(document, &schema)?,
            replies: cfg!(debug_assertions).then(|| Replies::read(document, call)).transpose()?,
            path: path.to_owned(),
        })
    }
}

pub(crate) struct Replies(Vec<Documented>);

struct Documented {
    /// A status, or a class of them such as `4XX`.
    status: String,
    media_type: String,
    body: Validator,
}

impl Replies {
    fn read(document: &Value, call: &Value) -> io::Result<Self> {
        let replies = member(call, "/responses")?.as_object().into_iter().flatten();
        let read = |(status, reply): (&String, &Value)| {
            let (kind, schema) = content(resolve(document, reply))?;
            let body = validator(document, schema)?;
            Ok(Documented { status: status.clone(), media_type: kind.clone(), body })
        };
        replies.map(read).collect::<io::Result<_>>().map(Self)
    }

    /// What the contract does not allow in a reply. Never holds a value of it: it may be secret.
    pub(crate) fn contradiction(&self, reply: &Reply) -> Option<String> {
        let status = reply.status();
        let status = status.as_str();
        let of = |wanted: &str| self.0.iter().find(|documented| documented.status == wanted);
        let class = || of(&format!("{}XX", status.get(..1).unwrap_or_default()));
        let Some(documented) = of(status).or_else(class) else {
            return Some(format!("status {status} is not documented"));
        };
        let mut kinds = reply.headers().get_all(CONTENT_TYPE).iter();
        if !kinds.any(|kind| *kind == *documented.media_type) {
            return Some(format!("the body of a {status} is not {}", documented.media_type));
        }
        let Ok(body) = serde_json::from_slice(reply.body()) else {
            return Some(format!("the body of a {status} is not JSON"));
        };
        let fault = documented.body.iter_errors(&body).next()?;
        Some(format!("in the body of a {status}, {}: {}", fault.instance_path(), fault.masked()))
    }
}

/// The difference between the schemas of OpenAPI 3.0 and JSON Schema, as far as it matters here: turns
/// `nullable` into a type of its own, and `x-oxhost-forms` into types, everywhere.
fn to_json_schema(value: &mut Value) {
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
            if let Some(Value::Array(forms)) = object.get("x-oxhost-forms") {
                let types = forms.iter().cloned().chain(["null".into()]).collect();
                object.insert("type".into(), Value::Array(types));
            }
            object.values_mut().for_each(to_json_schema);
        }
        Value::Array(array) => array.iter_mut().for_each(to_json_schema),
        _ => {}
    }
}

fn validator(document: &Value, schema: &Value) -> io::Result<Validator> {
    // `allOf`, because draft 4 ignores whatever stands beside a `$ref`.
    let root = json!({"allOf": [schema], "components": member(document, "/components")?});
    // The dialect of OpenAPI 3.0; in later ones, 1.0 would be an integer.
    let options = jsonschema::options().with_draft(Draft::Draft4);
    options.build(&root).map_err(|error| io::Error::other(error.to_string()))
}

/// The parameters of a query as the closed object that they make up. Those of a path are no part of it.
fn query(call: &Value) -> io::Result<Value> {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for parameter in call.get("parameters").and_then(Value::as_array).into_iter().flatten() {
        if text(parameter, "/in")? != "query" {
            continue;
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

/// Media type and schema of a body.
fn content(body: &Value) -> io::Result<(&String, &Value)> {
    let content = member(body, "/content")?.as_object();
    let (kind, content) =
        content.and_then(|content| content.iter().next()).ok_or_else(|| lacks("/content"))?;
    Ok((kind, member(content, "/schema")?))
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

fn member<'a>(value: &'a Value, pointer: &str) -> io::Result<&'a Value> {
    value.pointer(pointer).ok_or_else(|| lacks(pointer))
}

fn text<'a>(value: &'a Value, pointer: &str) -> io::Result<&'a str> {
    member(value, pointer)?.as_str().ok_or_else(|| lacks(pointer))
}

fn lacks(what: &str) -> io::Error {
    io::Error::other(format!("the contract lacks {what}"))
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;
    use crate::exchange::page;

    #[test]
    fn every_operation_is_found_in_the_contract_with_its_number_and_the_key_header() {
        let contract = Contract::read().unwrap();
        assert!(DOCUMENT.contains(&format!("name: {}\n", contract.key_header)));
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

    #[test]
    fn a_call_that_the_sandbox_does_not_know_stops_nothing() {
        let path = "  /API/plesk/subscriptions/{id}/notes:\n    get:\n      operationId: listNotes\n      \
            parameters:\n        - {name: id, in: path, required: true, schema: {type: string}}\n      \
            responses: {}\ncomponents:\n";
        let contract = Contract::with("components:\n", path).unwrap();
        let call = contract.call("GET", "/API/plesk/subscriptions/{id}/notes").unwrap();
        assert_eq!(call.operation, None);
    }

    #[test]
    fn forms_become_types_and_null_is_one() {
        let mut schema = json!({"properties": {"a": {"x-oxhost-forms": ["string", "number"]}}});
        to_json_schema(&mut schema);
        assert_eq!(schema["properties"]["a"]["type"], json!(["string", "number", "null"]));
    }

    #[test]
    fn nullable_becomes_a_type_of_its_own_and_a_property_of_that_name_stays() {
        let mut schema = json!({
            "type": "string", "nullable": true, "enum": ["a"],
            "properties": {"nullable": {"type": "string"}},
        });
        to_json_schema(&mut schema);
        assert_eq!(
            schema,
            json!({
                "type": ["string", "null"], "enum": ["a", null],
                "properties": {"nullable": {"type": "string"}},
            })
        );
    }

    fn found(status: u16, body: &str) -> Option<String> {
        let mut reply = page(status, body.into());
        reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let contract = Contract::read().unwrap();
        let call = contract.call("POST", "/API/orders/create_order").unwrap();
        call.replies.as_ref().unwrap().contradiction(&reply)
    }

    #[test]
    fn a_documented_reply_is_none() {
        for body in [
            "{}",
            r#"{"success": false, "message": null, "unlisted": {}}"#,
            r#"{"success": 1, "amount": 0.02, "balance_before": "3328.78", "hours_purchased": "1"}"#,
            r#"{"amount": null, "server_status": {"plan_id": "5", "cpu": [1]}}"#,
        ] {
            assert_eq!(found(200, body), None, "{body}");
        }
        assert_eq!(found(418, r#"{"success": false, "errors": {}}"#), None);
        assert_eq!(found(599, "{}"), None);
    }

    #[test]
    fn whatever_is_not_documented_is_one_and_no_value_is_told() {
        for (status, body, words) in [
            (201, "{}", "status 201 is not documented"),
            (307, "{}", "status 307 is not documented"),
            (200, "<br />{}", "the body of a 200 is not JSON"),
            (200, "[]", "in the body of a 200, : "),
            (200, r#"{"message": 4711}"#, "in the body of a 200, /message: "),
            (200, r#"{"amount": true}"#, "in the body of a 200, /amount: "),
            (200, r#"{"hours_purchased": 1.5}"#, "in the body of a 200, /hours_purchased: "),
            (200, r#"{"success": []}"#, "in the body of a 200, /success: "),
            (
                200,
                r#"{"server_status": {"metadata": 4711}}"#,
                "in the body of a 200, /server_status/metadata: ",
            ),
            (404, r#"{"error": 4711}"#, "in the body of a 404, /error: "),
        ] {
            let found = found(status, body).unwrap();
            assert!(found.starts_with(words), "{body}: {found}");
            assert!(!found.contains("4711"), "{found}");
        }
    }

    #[test]
    fn another_media_type_is_one() {
        let contract = Contract::read().unwrap();
        let call = contract.call("GET", "/API/info_user").unwrap();
        let found = call.replies.as_ref().unwrap().contradiction(&page(200, "{}".into()));
        assert_eq!(found.as_deref(), Some("the body of a 200 is not application/json"));
    }
}
