//! The contract as a page, for a sandbox and to be published.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests may; clippy.toml allows it in functions marked as tests, not in their helpers"
)]

use std::collections::BTreeSet;

use oxhost::contract::API_KEY_HEADER;
use serde_json::{Value, json};

const KEY: &str = "key-of-the-sandbox";

fn page() -> String {
    oxhost_docs::of_sandbox(KEY).unwrap()
}

fn configuration(page: &str) -> Value {
    let (_, rest) =
        page.split_once(r#"<script type="application/json" id="configuration">"#).unwrap();
    serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap()
}

fn contract() -> Value {
    oxhost_docs::whole().unwrap()
}

/// Takes away what the page has otherwise than the contract.
fn bare(document: &mut Value) {
    for item in document["paths"].as_object_mut().unwrap().values_mut() {
        for operation in item.as_object_mut().unwrap().values_mut() {
            for member in ["servers", "x-codeSamples", "description"] {
                operation.as_object_mut().unwrap().remove(member);
            }
            let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut);
            for parameter in parameters.into_iter().flatten() {
                parameter.as_object_mut().unwrap().remove("examples");
            }
        }
    }
    for member in ["title", "description"] {
        document["info"].as_object_mut().unwrap().remove(member);
    }
}

#[test]
fn it_holds_the_contract_whose_servers_and_samples_lead_back_to_the_sandbox() {
    let mut shown = configuration(&page())["content"].take();
    let mut contract = contract();
    let servers = shown.as_object_mut().unwrap().remove("servers").unwrap();
    assert_eq!(servers, json!([{"url": "https://here.invalid"}]));
    for (path, item) in contract["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let here = &shown["paths"][path][method];
            assert_eq!(here.get("servers"), None);
            let server = operation["servers"][0]["url"].as_str().unwrap();
            // Where the provider has it is said, but in words alone.
            let words = here["description"].as_str().unwrap();
            assert!(words.contains(&format!("to `{server}{path}`.\n\n")), "{words}");
            assert!(words.ends_with(operation["description"].as_str().unwrap()), "{words}");
            for sample in here["x-codeSamples"].as_array().into_iter().flatten() {
                let source = sample["source"].as_str().unwrap();
                let leads_here = source.contains(&format!("https://here.invalid{path}"));
                // The library's own host stands in the library.
                assert!(leads_here || sample["lang"] == "Rust", "{source}");
                assert!(!source.contains("0xhost."), "{source}");
            }
        }
    }
    assert_eq!(shown["info"]["title"], "Oxhost Orders (sandbox)");
    bare(&mut contract);
    bare(&mut shown);
    assert_eq!(shown, contract);
}

#[test]
fn it_asks_for_nothing_but_itself_and_hands_out_the_sandboxs_own_key() {
    let page = page();
    let (shell, rest) = page.split_once(r#"<script type="application/json""#).unwrap();
    assert!(shell.contains("default-src 'none';") && shell.contains("connect-src 'self';"));
    // One script each for the contract, for what shows it, and to start that.
    assert_eq!(rest.to_lowercase().matches("</script").count(), 3);
    assert_eq!(rest.to_lowercase().matches("<script").count(), 2);
    let sources: Vec<_> =
        shell.match_indices(" href=").chain(shell.match_indices(" src=")).collect();
    assert_eq!(sources.len(), 1, "the icon: {shell}");
    assert!(shell.contains(r#"<link rel="icon" href="data:,">"#));
    assert!(!shell.contains("http://") && !shell.contains("https://"));
    assert!(!page.contains("sourceMappingURL"));
    let configuration = configuration(&page);
    assert_eq!(configuration["authentication"]["securitySchemes"][API_KEY_HEADER]["value"], KEY);
    assert_eq!(configuration["hideTestRequestButton"], false);
    for (name, value) in [("telemetry", false), ("withDefaultFonts", false)] {
        assert_eq!(configuration[name], value);
    }
    assert_eq!(configuration.get("proxyUrl"), None);
}

#[test]
fn a_published_page_names_each_host_sends_nothing_and_has_no_key() {
    let written = oxhost_docs::published(contract()).unwrap();
    let configuration = configuration(&written);
    assert_eq!(configuration["hideTestRequestButton"], true);
    assert_eq!(configuration.get("authentication"), None);
    assert!(written.contains("connect-src 'none';"));
    let mut hosts = BTreeSet::new();
    for (path, item) in configuration["content"]["paths"].as_object().unwrap() {
        for operation in item.as_object().unwrap().values() {
            let server = operation["servers"][0]["url"].as_str().unwrap();
            let words = operation["description"].as_str().unwrap();
            assert!(words.starts_with(&format!("`{server}{path}`\n\n")), "{words}");
            hosts.insert(server);
        }
    }
    assert_eq!(hosts, ["https://0xhost.com", "https://0xhost.net"].into());
    assert_eq!(written, oxhost_docs::published(contract()).unwrap());
}

#[test]
fn what_is_no_contract_has_no_page() {
    for (lack, pointer) in [("a server", "/paths/~1API~1info_user/get"), ("a title", "/info")] {
        let mut document = contract();
        let whole = document.pointer_mut(pointer).unwrap().as_object_mut().unwrap();
        whole.remove(lack.trim_start_matches("a ")).or_else(|| whole.remove("servers")).unwrap();
        let error = oxhost_docs::published(document).unwrap_err().to_string();
        assert!(error.contains(lack), "{error}");
    }
}
