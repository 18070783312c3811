//! The JSON object, field by field.

use oxhost_sandbox::{SERVER_ID, SUBSCRIPTION_ID, Sandbox};
use oxhost_testkit::{ByteServer, bytes, closed, json};
use serde_json::{Value, json};

use crate::command::{EXTEND, RENEW, both_of_an_order, ordering, oxhost, run};

#[test]
fn the_documented_renewal_is_reported_to_the_digit() {
    let sandbox = Sandbox::start().unwrap();
    let mut command = ordering(sandbox.url(), &RENEW);
    command.args(["-o", "json"]);
    let run = run(command);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    let mut report = run.json();
    let reply = report.remove("reply").unwrap();
    assert!(report.remove("journal_id").unwrap().is_string());
    let expected = json!({
        "outcome": "accepted",
        "exit_code": 0,
        "blocked": false,
        "blocked_by": null,
        "dry_run": false,
        "nothing_to_do": false,
        "interrupted": false,
        "recorded": false,
        "error": null,
        "operation": "renewPleskSubscription",
        "target": SUBSCRIPTION_ID,
        "status": 200,
        "order_id": "order234-5678-9012-3456-789012345678",
        "order_number": "PLK_RENEW_20250320_123456",
        "amount": "29.97",
        "currency": "EUR",
        "balance_after": "60.04",
        "balance_before": null,
        "expires_at": "2025-07-01 10:00:00",
        "message": "Subscription renewed successfully",
        "reason": null,
        "warnings": [],
        "advice": null,
        "retry_after_seconds": null,
        "request": null,
    });
    assert_eq!(Value::from(report), expected);
    assert_eq!(reply["order"]["amount"], "29.97");
    assert_eq!(reply["subscription"]["domain_name"], "example.com");
}

#[test]
fn the_documented_extension_is_reported_to_the_digit() {
    let sandbox = Sandbox::start().unwrap();
    let mut command = ordering(sandbox.url(), &EXTEND);
    command.args(["-o", "json"]);
    let mut report = run(command).json();
    let reply = report.remove("reply").unwrap();
    assert!(report.remove("journal_id").unwrap().is_string());
    let expected = json!({
        "outcome": "accepted",
        "exit_code": 0,
        "blocked": false,
        "blocked_by": null,
        "dry_run": false,
        "nothing_to_do": false,
        "interrupted": false,
        "recorded": false,
        "error": null,
        "operation": "extendServerHours",
        "target": SERVER_ID,
        "status": 200,
        "order_id": "13587d01-c8cd-11f0-8cdf-525400792197",
        "order_number": null,
        "amount": "0.02",
        "currency": "EUR",
        "balance_after": null,
        "balance_before": "3328.78",
        "expires_at": "2026-02-19 15:40:31",
        "message": null,
        "reason": null,
        "warnings": [],
        "advice": null,
        "retry_after_seconds": null,
        "request": null,
    });
    assert_eq!(Value::from(report), expected);
    assert_eq!(reply["type"], "renew_server");
}

#[test]
fn digits_that_no_float_can_hold_are_reported_as_they_came() {
    let body = r#"{"success": true, "order": {"id": 12345678901234567890, "amount": 0.10},
        "balance_after": 9007199254740993.01}"#;
    let wire = ByteServer::without_reads(bytes(json("200 OK", body)));
    let report = both_of_an_order(0, "accepted", || ordering(wire.url(), &RENEW)).json;
    assert_eq!(report["order_id"], "12345678901234567890");
    assert_eq!(report["amount"], "0.10");
    assert_eq!(report["balance_after"], "9007199254740993.01");
    assert_eq!(report["reply"]["balance_after"].to_string(), "9007199254740993.01");
}

#[test]
fn a_reply_in_an_envelope_is_reported_like_any_other() {
    let body = r#"{"data": {"success": true, "message": "Done", "balance_after": 1.50,
        "order": {"id": 7, "amount": "2.00", "currency": "EUR"}}}"#;
    let wire = ByteServer::without_reads(bytes(json("200 OK", body)));
    let report = both_of_an_order(0, "accepted", || ordering(wire.url(), &RENEW)).json;
    for (name, value) in
        [("message", "Done"), ("balance_after", "1.50"), ("order_id", "7"), ("amount", "2.00")]
    {
        assert_eq!(report[name], value);
    }
}

#[test]
fn what_an_accepted_reply_does_not_say_is_null() {
    let wire = ByteServer::without_reads(bytes(json("200 OK", r#"{"success": true}"#)));
    for order in [&RENEW[..], &EXTEND] {
        let report = both_of_an_order(0, "accepted", || ordering(wire.url(), order)).json;
        let nulls: Vec<&String> =
            report.iter().filter(|(_, value)| value.is_null()).map(|(name, _)| name).collect();
        assert_eq!(
            nulls,
            [
                "blocked_by",
                "error",
                "order_id",
                "order_number",
                "amount",
                "currency",
                "balance_before",
                "balance_after",
                "expires_at",
                "message",
                "reason",
                "advice",
                "retry_after_seconds",
                "request"
            ]
        );
        assert_eq!(report["reply"], json!({"success": true}));
    }
}

#[test]
fn a_failure_without_an_answer_knows_nothing_but_what_was_ordered() {
    let url = closed();
    let report = both_of_an_order(5, "not_sent", || ordering(&url, &EXTEND)).json;
    assert_eq!(report["operation"], "extendServerHours");
    assert_eq!(report["target"], SERVER_ID);
    assert!(report["message"].as_str().unwrap().starts_with("no connection"));
    for name in ["status", "order_id", "amount", "balance_after", "expires_at", "reply"] {
        assert_eq!(report[name], Value::Null, "{name}");
    }
}

#[test]
fn a_refusal_carries_the_reply() {
    let body = r#"{"success": false, "message": "Too poor", "missing": "1.50"}"#;
    let wire = ByteServer::without_reads(bytes(json("402 Payment Required", body)));
    let report = both_of_an_order(4, "refused", || ordering(wire.url(), &RENEW)).json;
    assert_eq!(report["message"], "Too poor");
    assert_eq!(
        report["reply"],
        json!({"success": false, "message": "Too poor", "missing": "[unlisted]"})
    );
}

#[test]
fn another_purchase_than_the_one_ordered_is_accepted_with_a_warning() {
    for said in ["new_server", "scale_server"] {
        let body = format!(r#"{{"success": true, "type": "{said}", "order_id": "o-1"}}"#);
        let wire = ByteServer::without_reads(bytes(json("200 OK", &body)));
        let ended = both_of_an_order(0, "accepted", || ordering(wire.url(), &EXTEND));
        let warnings = ended.json["warnings"].as_array().unwrap();
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        assert!(warnings[0].as_str().unwrap().contains(said), "{warnings:?}");
        let line = ended.text.stdout.lines().find(|line| line.contains("warning"));
        assert!(line.unwrap().contains(said), "{}", ended.text.stdout);
    }
    let body = r#"{"success": true, "type": "renew_server", "order_id": "o-1"}"#;
    let wire = ByteServer::without_reads(bytes(json("200 OK", body)));
    let ended = both_of_an_order(0, "accepted", || ordering(wire.url(), &EXTEND));
    assert_eq!(ended.json["warnings"], json!([]));
    assert!(!ended.text.stdout.contains("warning"), "{}", ended.text.stdout);
}

#[test]
fn json_is_the_same_wherever_it_is_asked_for() {
    let reports: Vec<String> = [
        [&["--sandbox", "-o", "json"][..], &RENEW].concat(),
        [&["-ojson", "--sandbox"][..], &RENEW].concat(),
        [&RENEW[..], &["--sandbox", "--output=json"]].concat(),
    ]
    .iter()
    .map(|args| {
        let run = run(oxhost(args));
        let id = run.json()["journal_id"].as_str().unwrap().to_owned();
        run.stdout.replace(&id, "ID")
    })
    .collect();
    assert!(reports[0].contains("\"accepted\""), "{}", reports[0]);
    assert_eq!(reports[0], reports[1]);
    assert_eq!(reports[0], reports[2]);
}
