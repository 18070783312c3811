//! The contract as a page for people: one HTML file that asks for nothing but itself.

use std::io::{self, Read};

use flate2::read::ZlibDecoder;
use serde_json::{Map, Value, json};

use crate::parsed;

/// Stands for where the page came from, which only the browser knows.
const HERE: &str = "https://here.invalid";

/// The page of a contract, whole or of one host. Each operation names its host, and nothing can be
/// sent: a browser would send orders for real, with a real key.
///
/// # Errors
///
/// If the document is no contract with a server for each operation.
pub fn published(mut document: Value) -> io::Result<String> {
    for operation in operations(&mut document)? {
        put_first(operation.members, &format!("`{}`", operation.url));
    }
    write(&document, None)
}

/// The page of a sandbox, which sends to the sandbox that it came from, with its key.
///
/// # Errors
///
/// If the contract cannot be read: never, once it was built.
pub fn of_sandbox(key: &str) -> io::Result<String> {
    let mut document = crate::whole()?;
    lead_here(&mut document)?;
    write(&document, Some(key))
}

/// Lets a document stand for the sandbox in place of the provider.
fn lead_here(document: &mut Value) -> io::Result<()> {
    let contract = document.clone();
    for operation in operations(document)? {
        let Operation { server, url, members } = operation;
        put_first(members, &format!("Here this goes to the sandbox; at the provider, to `{url}`."));
        members.remove("servers");
        leave_out(members, &contract);
        let samples = members.get_mut("x-codeSamples").and_then(Value::as_array_mut);
        for sample in samples.into_iter().flatten() {
            if let Some(Value::String(source)) = sample.get_mut("source") {
                *source = source.replace(&server, HERE);
            }
        }
    }
    let root = members(document)?;
    root.insert("servers".to_owned(), json!([{"url": HERE}]));
    let info = members(root.get_mut("info").ok_or_else(|| lacking("info"))?)?;
    put_first(info, include_str!("page/sandbox.md"));
    if let Some(Value::String(title)) = info.get_mut("title") {
        title.push_str(" (sandbox)");
    }
    Ok(())
}

struct Operation<'a> {
    server: String,
    url: String,
    members: &'a mut Map<String, Value>,
}

fn operations(document: &mut Value) -> io::Result<Vec<Operation<'_>>> {
    let server = |it: &Value| it.pointer("/servers/0/url")?.as_str().map(str::to_owned);
    let common = server(document);
    let paths = document.get_mut("paths").ok_or_else(|| lacking("paths"))?;
    let mut found = Vec::new();
    for (path, item) in members(paths)? {
        for operation in members(item)?.values_mut() {
            let server = server(operation).or_else(|| common.clone());
            let server = server.ok_or_else(|| lacking("a server"))?;
            let url = format!("{server}{path}");
            found.push(Operation { server, url, members: members(operation)? });
        }
    }
    Ok(found)
}

/// What has an example is filled in and sent, but optional parameters may exclude each other: only
/// the first is sent.
fn leave_out(operation: &mut Map<String, Value>, contract: &Value) {
    let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut);
    for parameter in parameters.into_iter().flatten().skip(1).filter_map(Value::as_object_mut) {
        let schema = parameter.get("schema").map(|schema| resolve(contract, schema));
        let example = schema.and_then(|schema| schema.get("example"));
        if let Some(example) = example.filter(|_| parameter.get("required") != Some(&true.into())) {
            let unsent = json!({"default": {"value": example, "x-disabled": true}});
            parameter.insert("examples".to_owned(), unsent);
        }
    }
}

/// Follows one `$ref` within the document.
fn resolve<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let pointer = schema.get("$ref").and_then(Value::as_str).and_then(|it| it.strip_prefix('#'));
    pointer.and_then(|pointer| document.pointer(pointer)).unwrap_or(schema)
}

fn put_first(described: &mut Map<String, Value>, words: &str) {
    let rest = described.get("description").and_then(Value::as_str).unwrap_or_default();
    let whole = format!("{words}\n\n{rest}");
    described.insert("description".to_owned(), whole.into());
}

fn members(value: &mut Value) -> io::Result<&mut Map<String, Value>> {
    value.as_object_mut().ok_or_else(|| lacking("an object"))
}

fn lacking(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("the contract lacks {what} for its page"))
}

/// With the key of a sandbox, requests can be sent to it; without, to nobody.
fn write(document: &Value, key: Option<&str>) -> io::Result<String> {
    let title = document.pointer("/info/title").and_then(Value::as_str);
    let title = title.ok_or_else(|| lacking("a title"))?.replace('&', "&amp;").replace('<', "&lt;");
    let mut configuration = parsed(include_str!("page/configuration.yaml"))?;
    let members = members(&mut configuration)?;
    members.insert("content".to_owned(), document.clone());
    members.insert("hideTestRequestButton".to_owned(), key.is_none().into());
    if let Some(key) = key {
        let schemes = document.pointer("/components/securitySchemes").and_then(Value::as_object);
        let scheme = schemes.and_then(|schemes| schemes.keys().next());
        let scheme = scheme.ok_or_else(|| lacking("a security scheme"))?;
        let schemes = json!({scheme: {"value": key}});
        let filled_in = json!({"preferredSecurityScheme": scheme, "securitySchemes": schemes});
        members.insert("authentication".to_owned(), filled_in);
    }
    // In JSON it stands in texts alone, and there it may be escaped.
    let configuration = configuration.to_string().replace('<', "\\u003c");
    Ok(format!(
        include_str!("page/shell.html"),
        title = title,
        configuration = configuration,
        connect = if key.is_some() { "'self'" } else { "'none'" },
        style = include_str!("page/style.css"),
        script = script()?,
        here = HERE,
    ))
}

/// Scalar's, in a form that can stand in a page.
fn script() -> io::Result<String> {
    let packed = include_bytes!(concat!(env!("OUT_DIR"), "/scalar.js.zz"));
    let mut script = String::new();
    ZlibDecoder::new(packed.as_slice()).read_to_string(&mut script)?;
    // A browser whose tools are open would look for that map.
    let script = script.split("//# sourceMappingURL=").next().unwrap_or_default();
    Ok(inlined(script))
}

/// HTML would see the end of the script, or a comment, where the script has a text that looks so.
fn inlined(script: &str) -> String {
    let ends = |rest: &str| {
        ["!--", "script", "/script"].iter().any(|word| {
            rest.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
        })
    };
    let mut parts = script.split('<');
    let mut inlined = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        inlined.push_str(if ends(part) { "\\x3c" } else { "<" });
        inlined.push_str(part);
    }
    inlined
}

#[cfg(test)]
mod tests;
