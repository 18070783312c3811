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
mod tests;
