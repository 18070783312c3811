//! The contract: whole, or as one document for each host.
//!
//! Generators of most languages ignore the servers of single operations, or let nobody override them:
//! a key would go to the wrong host. A document for one host has one server, and fits all of them.

use std::collections::BTreeSet;

use clap::ValueEnum;
use oxhost::contract::{CONTRACT, OPERATIONS};
use oxhost_sandbox::page;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

use crate::error::CliError;
use crate::exit::Exit;
use crate::output::{Format, Output};

/// How the contract is written.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SpecFormat {
    Yaml,
    Json,
    Html,
}

const SCHEME: &str = "https://";

/// Prints it.
pub(crate) fn print(
    host: Option<&str>,
    format: Option<SpecFormat>,
    output: Output,
) -> Result<Exit, CliError> {
    let document = host.map_or_else(whole, of_host);
    let format = format.unwrap_or(match output.format {
        Format::Text => SpecFormat::Yaml,
        Format::Json => SpecFormat::Json,
    });
    let text = match (host, format) {
        (None, SpecFormat::Yaml) => Ok(CONTRACT.to_owned()),
        (Some(_), SpecFormat::Yaml) => document.and_then(|document| yaml(&document)),
        (_, SpecFormat::Json) => document.map(|document| format!("{document:#}\n")),
        (_, SpecFormat::Html) => {
            document.and_then(|it| page::published(it).map_err(|error| error.to_string()))
        }
    };
    let text = text.map_err(CliError::Configuration)?;
    Ok(output.document(output.raw(text.as_bytes())))
}

/// The provider's hosts, as the contract names them.
pub(crate) fn hosts() -> BTreeSet<&'static str> {
    OPERATIONS.iter().filter_map(|operation| operation.server.strip_prefix(SCHEME)).collect()
}

/// The whole contract.
fn whole() -> Result<Value, String> {
    let options = serde_saphyr::options! { strict_booleans: true };
    serde_saphyr::from_str_with_options(CONTRACT, options)
        .map_err(|error| format!("the contract cannot be read: {error}"))
}

/// The operations of one host, with what they reach and nothing else.
fn of_host(host: &str) -> Result<Value, String> {
    let mut document = whole()?;
    let server = json!([{"url": format!("{SCHEME}{host}")}]);
    let Some(root) = document.as_object_mut() else {
        return Err("the contract is no object".to_owned());
    };
    if let Some(Value::String(title)) = root.get_mut("info").and_then(|it| it.get_mut("title")) {
        *title = format!("{title} ({host})");
    }
    keep(root, "paths", |_, item| {
        keep_members(item, |_, operation| operation.get("servers") == Some(&server));
        for operation in item.as_object_mut().into_iter().flat_map(Map::values_mut) {
            operation.as_object_mut().and_then(|it| it.shift_remove("servers"));
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
    let place = root.keys().position(|key| key == "paths").unwrap_or(root.len());
    root.shift_insert(place, "servers".to_owned(), server);
    Ok(document)
}

/// As YAML. Numbers are `serde_json`'s own and mean nothing to another writer.
fn yaml(document: &Value) -> Result<String, String> {
    serde_saphyr::to_string(&Plain(document))
        .map_err(|error| format!("the contract cannot be written: {error}"))
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

struct Plain<'a>(&'a Value);

impl Serialize for Plain<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Object(members) => {
                serializer.collect_map(members.iter().map(|(key, value)| (key, Plain(value))))
            }
            Value::Array(items) => serializer.collect_seq(items.iter().map(Plain)),
            Value::Number(number) => match number.as_i64() {
                Some(whole) => serializer.serialize_i64(whole),
                None => number.as_f64().serialize(serializer),
            },
            other => other.serialize(serializer),
        }
    }
}
