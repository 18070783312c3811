//! The documents for one host each.

use std::collections::BTreeSet;
use std::fs;

use oxhost::contract::{CONTRACT, Effect, OPERATIONS};
use serde_json::{Value, json};

use crate::command::{oxhost, run};

const HOSTS: [&str; 2] = ["0xhost.com", "0xhost.net"];

fn printed(host: &str, format: &str) -> String {
    let run = run(oxhost(&["spec", "--host", host, "--format", format]));
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{run:?}");
    run.stdout
}

fn document(host: &str) -> Value {
    serde_json::from_str(&printed(host, "json")).unwrap()
}

/// All values that stand at `key`, wherever.
fn all<'a>(value: &'a Value, key: &str, found: &mut Vec<&'a Value>) {
    if let Value::Object(members) = value {
        found.extend(members.get(key));
    }
    let inner: Vec<&Value> = match value {
        Value::Object(members) => members.values().collect(),
        Value::Array(items) => items.iter().collect(),
        _ => Vec::new(),
    };
    inner.into_iter().for_each(|value| all(value, key, found));
}

#[test]
fn a_document_has_one_server_and_a_name_of_its_own() {
    for host in HOSTS {
        let document = document(host);
        let mut servers = Vec::new();
        all(&document, "servers", &mut servers);
        assert_eq!(servers, [&json!([{"url": format!("https://{host}")}])]);
    }
    let titles = HOSTS.map(|host| document(host)["info"]["title"].as_str().unwrap().to_owned());
    assert_eq!(titles, ["Oxhost Orders Plesk", "Oxhost Orders Servers"]);
}

/// Ranges of statuses, and null beside `allOf`, are misread by some generators.
#[test]
fn failures_and_null_are_said_so_that_every_generator_understands() {
    for host in HOSTS {
        let document = document(host);
        for operation in document["paths"].as_object().unwrap().values().flat_map(members) {
            let responses: Vec<_> = operation["responses"].as_object().unwrap().keys().collect();
            assert_eq!(responses, ["200", "default"]);
        }
        let schemas = &document["components"]["schemas"];
        let nullable = |reference: &Value| {
            let name = reference.as_str().unwrap().rsplit('/').next().unwrap();
            schemas[name]["nullable"] == true
        };
        let mut nulls = 0;
        for field in members(schemas).flat_map(|schema| members(&schema["properties"])) {
            match (&field["allOf"][0]["$ref"], &field["$ref"]) {
                (Value::Null, Value::Null) => {}
                (Value::Null, reference) => nulls += usize::from(nullable(reference)),
                (reference, _) => {
                    assert_ne!(field["type"], "object", "{field}");
                    assert_eq!(field["nullable"] == true, nullable(reference), "{field}");
                    nulls += usize::from(nullable(reference));
                }
            }
        }
        assert!(nulls > 5, "{nulls}");
    }
}

fn members(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_object().into_iter().flat_map(|members| members.values())
}

#[test]
fn every_component_and_every_tag_is_there_that_is_used_and_no_other() {
    for host in HOSTS {
        let document = document(host);
        let mut references = Vec::new();
        all(&document, "$ref", &mut references);
        let used: BTreeSet<&str> = references.iter().map(|it| it.as_str().unwrap()).collect();
        let components = document["components"].as_object().unwrap();
        let there: Vec<String> = components
            .iter()
            .filter(|(kind, _)| *kind != "securitySchemes")
            .flat_map(|(kind, section)| {
                section
                    .as_object()
                    .unwrap()
                    .keys()
                    .map(move |it| format!("#/components/{kind}/{it}"))
            })
            .collect();
        assert_eq!(there.iter().map(String::as_str).collect::<BTreeSet<_>>(), used, "{host}");
        assert_eq!(document["components"]["securitySchemes"].as_object().unwrap().len(), 1);

        let mut tags = Vec::new();
        all(&document["paths"], "tags", &mut tags);
        let used: BTreeSet<&str> = tags
            .iter()
            .flat_map(|it| it.as_array().unwrap())
            .map(|it| it.as_str().unwrap())
            .collect();
        let declared = document["tags"].as_array().unwrap().iter();
        assert_eq!(declared.map(|it| it["name"].as_str().unwrap()).collect::<BTreeSet<_>>(), used);
    }
}

#[test]
fn together_they_have_every_operation_once_and_each_on_its_host() {
    let mut found = Vec::new();
    for host in HOSTS {
        for (path, item) in document(host)["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let id = operation["operationId"].as_str().unwrap().to_owned();
                found.push((format!("https://{host}"), method.to_uppercase(), path.clone(), id));
            }
        }
    }
    found.sort();
    let mut built: Vec<_> = OPERATIONS
        .iter()
        .map(|it| (it.server.into(), it.method.to_uppercase(), it.path.into(), it.id.into()))
        .collect();
    built.sort();
    assert_eq!(found, built);
}

#[test]
fn both_formats_say_the_same_and_do_so_again() {
    let options = serde_saphyr::options! { strict_booleans: true };
    for host in HOSTS {
        let yaml = printed(host, "yaml");
        let read: Value = serde_saphyr::from_str_with_options(&yaml, options.clone()).unwrap();
        assert_eq!(read, document(host), "{host}");
        assert_eq!(yaml, printed(host, "yaml"), "{host}");
    }
}

const LANGUAGES: &str = include_str!("../../../../samples/languages.json");

/// How many samples of an order lie in the folder of samples.
fn files_of(function: &str) -> usize {
    let files = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../samples")).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.replace('-', "_").starts_with(function)).count()
}

#[test]
fn the_whole_contract_is_printed_as_written_and_joined_with_its_samples() {
    let whole = |format| run(oxhost(&["spec", "--format", format])).stdout;
    let options = serde_saphyr::options! { strict_booleans: true };
    let read: Value = serde_saphyr::from_str_with_options(&whole("yaml"), options).unwrap();
    assert_eq!(read, serde_json::from_str::<Value>(&whole("json")).unwrap());
    let mut printed = whole("yaml");
    for operation in OPERATIONS.iter().filter(|it| it.effect == Effect::Charge) {
        let samples = |document: &Value| {
            let operation = &document["paths"][operation.path][operation.method.to_lowercase()];
            operation["x-codeSamples"].clone()
        };
        let written = samples(&read);
        let languages: Vec<_> =
            written.as_array().unwrap().iter().map(|it| it["lang"].as_str().unwrap()).collect();
        let table: Value = serde_json::from_str(LANGUAGES).unwrap();
        let listed = table.as_array().unwrap().iter().map(|it| it["lang"].as_str().unwrap());
        assert_eq!(languages, listed.collect::<Vec<_>>());
        let sources: BTreeSet<_> =
            written.as_array().unwrap().iter().map(|it| it["source"].as_str().unwrap()).collect();
        assert_eq!(sources.len(), files_of(operation.function), "{}", operation.id);
        assert_eq!(sources.len(), languages.len(), "{}", operation.id);
        let host = operation.server.trim_start_matches("https://");
        assert_eq!(samples(&document(host)), written, "{}", operation.id);
        let (before, rest) = printed.split_once("      x-codeSamples:\n").unwrap();
        let end = rest.lines().take_while(|it| it.starts_with("        ") || it.is_empty());
        let end = end.map(|line| line.len() + 1).sum();
        printed = format!("{before}{}", &rest[end..]);
    }
    assert_eq!(printed, CONTRACT);
}

#[test]
fn a_page_has_the_operations_of_its_hosts_each_with_its_own_and_is_the_same_again() {
    for (hosts, options) in [
        (&HOSTS[..], &[][..]),
        (&HOSTS[..1], &["--host", HOSTS[0]]),
        (&HOSTS[1..], &["--host", HOSTS[1]]),
    ] {
        let page = || {
            let run = run(oxhost(&[&["spec", "--format", "html"], options].concat()));
            assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
            run.stdout
        };
        let text = page();
        assert!(text == page());
        assert!(text.starts_with("<!doctype html>\n") && text.ends_with("</html>\n"));
        assert!(!text.contains(oxhost_sandbox::KEY));
        let (_, rest) = text.split_once(r#" id="configuration">"#).unwrap();
        let (json, _) = rest.split_once("</script>").unwrap();
        let configuration: Value = serde_json::from_str(json).unwrap();
        assert_eq!(configuration["hideTestRequestButton"], true);
        let mut descriptions = Vec::new();
        all(&configuration["content"]["paths"], "description", &mut descriptions);
        for operation in OPERATIONS {
            let first = format!("`{}{}`\n\n", operation.server, operation.path);
            let shown = hosts.iter().any(|host| operation.server.ends_with(host));
            let is_first = |it: &&Value| it.as_str().unwrap().starts_with(&first);
            assert_eq!(descriptions.iter().any(is_first), shown, "{hosts:?}, {first}");
        }
    }
}

#[test]
fn an_unknown_host_is_a_usage_error_that_names_the_known_ones() {
    let run = run(oxhost(&["spec", "--host", "0xhost.org"]));
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{run:?}");
    assert!(HOSTS.iter().all(|host| run.stderr.contains(host)), "{run:?}");
}
