//! What is shown is what would be sent, and nothing is.

use oxhost::contract::API_KEY_HEADER;
use oxhost_testkit::{ByteServer, bytes, json};
use std::collections::BTreeSet;

use oxhost_sandbox::{Received, Sandbox};
use serde_json::{Map, Value, json};

use crate::command::{EXTEND, RENEW, REPORT, keyed, marks, ordering, oxhost, run};

/// The fields of `request`, in order.
const REQUEST: [&str; 4] = ["method", "url", "headers", "body"];

fn orders() -> [Vec<&'static str>; 3] {
    let moved = ["--plan", oxhost_sandbox::PLAN_ID, "--pay", "crypto"];
    [RENEW.to_vec(), [&RENEW[..], &moved].concat(), EXTEND.to_vec()]
}

/// The request as it is shown for machines; nothing may be sent for it.
fn shown(url: &str, order: &[&str]) -> Map<String, Value> {
    let mut command = ordering(url, order);
    command.args(["--dry-run", "-o", "json"]);
    let run = run(command);
    assert_eq!(run.code, Some(0), "{run:?}");
    let report = run.json();
    assert_eq!((&report["outcome"], marks(&report)), (&Value::Null, vec!["dry_run"]));
    let keys: Vec<&str> = report.keys().map(String::as_str).collect();
    assert_eq!(keys, REPORT);
    let request = report["request"].as_object().unwrap().clone();
    assert_eq!(request.keys().collect::<Vec<_>>(), REQUEST);
    request
}

/// What came over the wire, as it would be shown.
fn sent(url: &str, received: &Received) -> (String, String, BTreeSet<(String, String)>, Value) {
    let headers = received
        .headers
        .iter()
        .filter(|(name, _)| name != "host" && name != "content-length")
        .map(|(name, value)| match name.as_str() {
            API_KEY_HEADER => (name.clone(), "[redacted]".to_owned()),
            _ => (name.clone(), value.clone()),
        })
        .collect();
    assert_eq!(received.query, None);
    let body = serde_json::from_slice(&received.body).unwrap();
    (received.method.clone(), format!("{url}{}", received.path), headers, body)
}

#[test]
fn a_dry_run_shows_the_very_request_that_is_then_sent() {
    for order in orders() {
        let sandbox = Sandbox::start().unwrap();
        let url = sandbox.url();
        let request = shown(url, &order);
        assert_eq!((sandbox.requests(), sandbox.ledger()), (vec![], vec![]));

        assert_eq!(run(ordering(url, &order)).code, Some(0));
        let received = &crate::command::orders(&sandbox)[0];
        assert_eq!(received.header(API_KEY_HEADER).collect::<Vec<_>>(), [sandbox.key()]);
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let headers = request["headers"].as_object().unwrap();
        let shown = (
            text(&request["method"]),
            text(&request["url"]),
            headers.iter().map(|(name, value)| (name.clone(), text(value))).collect(),
            request["body"].clone(),
        );
        assert_eq!(shown, sent(url, received));
    }
}

#[test]
fn a_dry_run_shows_people_the_same() {
    for order in orders() {
        let sandbox = Sandbox::start().unwrap();
        let url = sandbox.url();
        let request = shown(url, &order);
        let mut command = ordering(url, &order);
        command.arg("--dry-run");
        let run = run(command);
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{run:?}");
        let (head, rest) = run.stdout.split_once("\n\n").unwrap();
        let (body, rest) = rest.split_once("\n\n").unwrap();
        let mut lines = head.lines();
        assert_eq!(
            lines.next().unwrap(),
            format!("POST {}", request["url"].as_str().unwrap()),
            "{head}"
        );
        let headers: Map<String, Value> = lines
            .map(|line| line.split_once(": ").unwrap())
            .map(|(name, value)| (name.to_owned(), value.into()))
            .collect();
        assert_eq!(Value::from(headers), request["headers"]);
        assert_eq!(serde_json::from_str::<Value>(body).unwrap(), request["body"]);
        assert!(rest.contains("nothing was sent"), "{rest}");
        assert_eq!((sandbox.requests(), sandbox.ledger()), (vec![], vec![]));
    }
}

#[test]
fn a_dry_run_needs_no_key_and_names_the_host_of_each_order() {
    for (order, url, body) in [
        (
            &RENEW[..],
            "https://0xhost.com/API/orders/create_order_scale_plesk",
            json!({"subscription_id": RENEW[2], "months": 3, "type_payment": "balance"}),
        ),
        (
            &EXTEND,
            "https://0xhost.net/API/orders/create_order",
            json!({"user_id": EXTEND[4], "server_id": EXTEND[2], "hours": 1}),
        ),
    ] {
        let run = run(oxhost(&[order, &["--dry-run", "-o", "json"]].concat()));
        assert_eq!(run.code, Some(0), "{run:?}");
        let request = &run.json()["request"];
        assert_eq!(request["url"], url);
        assert_eq!(request["body"], body);
        assert_eq!(request["headers"][API_KEY_HEADER], "[redacted]");
    }
}

#[test]
fn a_dry_run_names_the_path_of_the_base_url_as_well() {
    let wire = ByteServer::without_reads(bytes(json("200 OK", r#"{"success": true}"#)));
    for path in ["/mirror", "/mirror/"] {
        let url = format!("{}{path}", wire.url());
        let request = shown(&url, &RENEW);
        assert_eq!(run(ordering(&url, &RENEW)).code, Some(0));
        let head = wire.arrived().head;
        let target = head.split(' ').nth(1).unwrap();
        assert_eq!(request["url"], format!("{}{target}", wire.url()));
        assert!(target.starts_with("/mirror/API/"), "{target}");
    }
}

#[test]
fn a_dry_run_finds_what_would_stop_the_order() {
    for (args, code) in [
        (&["--api-key-file", "/nowhere/key"][..], 3),
        (&["--base-url", "http://example.com"], 3),
        (&["--months", "four"], 2),
    ] {
        let run = run(oxhost(&[&RENEW[..], &["--dry-run"], args].concat()));
        assert_eq!((run.code, run.stdout.as_str()), (Some(code), ""), "{args:?}: {run:?}");
    }
}

#[test]
fn a_dry_run_in_the_sandbox_orders_nothing() {
    let run = run(oxhost(&[&RENEW[..], &["--dry-run", "--sandbox", "-ojson"]].concat()));
    assert_eq!((run.code, marks(&run.json())), (Some(0), vec!["dry_run"]));
}

#[test]
fn a_dry_run_makes_no_journal_and_no_folder() {
    let data = tempfile::tempdir().unwrap();
    let (folder, file) = (data.path().join("folder"), data.path().join("journal.db"));
    for args in [
        &RENEW[..],
        &["orders", "list"],
        &["orders", "verify", "an-id"],
        &["orders", "resolve", "an-id", "--as", "ordered", "--reason", "why"],
    ] {
        for named in [false, true] {
            let mut command = keyed(&[args, &["--dry-run"]].concat());
            command.env("XDG_DATA_HOME", &folder);
            if named {
                command.arg("--journal").arg(&file);
            }
            let code = if args[1] == "verify" || args[1] == "resolve" { 2 } else { 0 };
            let run = run(command);
            assert_eq!(run.code, Some(code), "{args:?}: {run:?}");
            assert_eq!(std::fs::read_dir(data.path()).unwrap().count(), 0, "{args:?}");
        }
    }
}
