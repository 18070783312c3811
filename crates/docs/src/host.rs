//! A document for one host.
//!
//! Generators of most languages ignore the servers of single operations, or let nobody override them:
//! a key would go to the wrong host. A document for one host has one server, and fits all of them. It also
//! says failures and null in the one way that all of them understand.

use std::collections::BTreeSet;
use std::io;

use oxhost::contract::OPERATIONS;
use serde_json::{Map, Value, json};

const SCHEME: &str = "https://";

/// The provider's hosts, as the contract names them.
pub fn hosts() -> BTreeSet<&'static str> {
    OPERATIONS.iter().filter_map(|operation| operation.server.strip_prefix(SCHEME)).collect()
}

/// The operations of one host, with what they reach and nothing else.
///
/// # Errors
///
/// If the contract cannot be read: never, once it was built.
pub fn of_host(host: &str) -> io::Result<Value> {
    let mut document = crate::whole()?;
    let server = json!([{"url": format!("{SCHEME}{host}")}]);
    let Some(root) = document.as_object_mut() else {
        return Err(io::Error::other("the contract is no object"));
    };
    keep(root, "paths", |_, item| {
        keep_members(item, |_, operation| operation.get("servers") == Some(&server));
        for operation in item.as_object_mut().into_iter().flat_map(Map::values_mut) {
            operation.as_object_mut().and_then(|it| it.shift_remove("servers"));
            merge_failures(operation);
        }
        item.as_object().is_some_and(|item| !item.is_empty())
    });
    let reached = reached(root);
    keep(root, "components", |kind, section| {
        // Schemes are referred to by name, and all operations have the same.
        if kind != "securitySchemes" {
            keep_members(section, |name, _| {
                reached.contains(&format!("#/components/{kind}/{name}"))
            });
        }
        section.as_object().is_some_and(|section| !section.is_empty())
    });
    let used = texts(root.get("paths"), "tags");
    if let Some(Value::Array(tags)) = root.get_mut("tags") {
        tags.retain(|tag| {
            tag.get("name").and_then(Value::as_str).is_some_and(|it| used.contains(it))
        });
    }
    if let Some(info) = root.get_mut("info") {
        abbreviate(info, &used);
    }
    let schemas = root.get_mut("components").and_then(|it| it.get_mut("schemas"));
    if let Some(schemas) = schemas.and_then(Value::as_object_mut) {
        restate_null(schemas);
    }
    let place = root.keys().position(|key| key == "paths").unwrap_or(root.len());
    root.shift_insert(place, "servers".to_owned(), server);
    Ok(document)
}

/// Title and description are in the head of every generated file, and in names: short, and of letters.
fn abbreviate(info: &mut Value, tags: &BTreeSet<String>) {
    if let Some(Value::String(title)) = info.get_mut("title") {
        for tag in tags {
            let (first, rest) = tag.split_at_checked(1).unwrap_or_default();
            *title += &format!(" {}{rest}", first.to_uppercase());
        }
    }
    if let Some(Value::String(words)) = info.get_mut("description") {
        words.truncate(words.find("\n\n").unwrap_or(words.len()));
    }
}

/// One `default` for the ranges of failing statuses, which some generators write down as numbers.
fn merge_failures(operation: &mut Value) {
    let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) else {
        return;
    };
    if responses.get("4XX") == responses.get("5XX")
        && let Some(failure) = responses.shift_remove("4XX")
    {
        responses.shift_remove("5XX");
        responses.insert("default".to_owned(), failure);
    }
}

/// Null is allowed where the field is, for texts, or where the object is: beside `allOf` it is overheard.
fn restate_null(schemas: &mut Map<String, Value>) {
    let written = schemas.clone();
    let mut objects = BTreeSet::new();
    let fields = schemas.values_mut().filter_map(|schema| schema.get_mut("properties"));
    for field in fields.filter_map(Value::as_object_mut).flat_map(Map::values_mut) {
        let reference = field.pointer("/allOf/0/$ref").and_then(Value::as_str);
        let Some((_, name)) = reference.and_then(|it| it.rsplit_once('/')) else { continue };
        let Some(target) = written.get(name) else { continue };
        if field.get("nullable") == Some(&true.into()) {
            objects.insert(name.to_owned());
            *field = json!({"$ref": reference});
        } else if target.get("nullable") == Some(&true.into())
            && let (Some(field), Some(kind)) = (field.as_object_mut(), target.get("type"))
        {
            field.insert("type".to_owned(), kind.clone());
            field.insert("nullable".to_owned(), true.into());
        }
    }
    for name in objects {
        if let Some(schema) = schemas.get_mut(&name).and_then(Value::as_object_mut) {
            schema.insert("nullable".to_owned(), true.into());
        }
    }
}

fn keep(root: &mut Map<String, Value>, key: &str, test: impl FnMut(&str, &mut Value) -> bool) {
    if let Some(value) = root.get_mut(key) {
        keep_members(value, test);
    }
}

fn keep_members(value: &mut Value, mut test: impl FnMut(&str, &mut Value) -> bool) {
    if let Some(members) = value.as_object_mut() {
        members.retain(|key, value| test(key, value));
    }
}

/// Every reference that can be reached from the paths.
fn reached(root: &Map<String, Value>) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    let mut next = texts(root.get("paths"), "$ref");
    while let Some(reference) = next.pop_first() {
        let parts = reference.trim_start_matches("#/").split('/');
        let target = parts.fold(None::<&Value>, |value, part| match value {
            None => root.get(part),
            Some(value) => value.get(part),
        });
        if reached.insert(reference.clone()) {
            next.extend(texts(target, "$ref"));
        }
    }
    reached
}

/// The texts that stand at `key`, alone or in a list, anywhere in `value`.
fn texts(value: Option<&Value>, key: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    match value {
        Some(Value::Object(members)) => {
            for (name, member) in members {
                match member {
                    Value::String(text) if name == key => {
                        found.insert(text.clone());
                    }
                    Value::Array(items) if name == key => {
                        found.extend(items.iter().filter_map(Value::as_str).map(str::to_owned));
                    }
                    other => found.extend(texts(Some(other), key)),
                }
            }
        }
        Some(Value::Array(items)) => {
            found.extend(items.iter().flat_map(|item| texts(Some(item), key)));
        }
        _ => {}
    }
    found
}
