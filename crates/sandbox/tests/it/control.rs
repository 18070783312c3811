//! What a test in another language may ask.

use oxhost_sandbox::{Builder, KEY, Sandbox};
use serde_json::json;

use crate::client::{USER, balance, extend, get, orders, post, renew, renewal, send, subscription};

#[test]
fn the_ledger_page_lists_charges_and_counts_requests_of_every_kind() {
    let sandbox = Sandbox::start().unwrap();
    renew(&sandbox, "3");
    extend(&sandbox, 1);
    extend(&sandbox, 0);
    post(&sandbox, "/elsewhere", "{}");
    // A read and an order by the wrong method: it is none.
    post(&sandbox, USER, "{}");
    subscription(&sandbox);
    orders(&sandbox);
    balance(&sandbox);
    let page = send(&sandbox, "GET", "/sandbox/ledger", &[], b"");
    assert_eq!(page.status, 200);
    let mut ledger = page.json();
    // Those that nobody asked for are there, too.
    ledger["requests"].as_object_mut().unwrap().retain(|_, count| *count != 0);
    assert_eq!(
        ledger,
        json!({
            "charges": [
                {
                    "operation": "renewPleskSubscription",
                    "target_id": "sub123-4567-8901-2345-678901234567",
                    "order_id": "order234-5678-9012-3456-789012345678",
                    "order_number": "PLK_RENEW_20250320_123456",
                    "amount": "29.97",
                    "currency": "EUR",
                    "at": "2025-03-20 12:00:00",
                    "units": 3,
                },
                {
                    "operation": "extendServerHours",
                    "target_id": "a6bbde9c-c6df-11f0-8cdf-525400792197",
                    "order_id": "13587d01-c8cd-11f0-8cdf-525400792197",
                    "order_number": "CLOUD_20251124013236_A000",
                    "amount": "0.02",
                    "currency": "EUR",
                    "at": "2025-11-24 01:32:36",
                    "units": 1,
                },
            ],
            "pending": [],
            "others": [],
            "requests": {
                "renewPleskSubscription": 1, "extendServerHours": 2, "getPleskSubscription": 1,
                "listOrders": 1, "getUser": 1, "other": 2,
            },
            "faults": [],
            "contradictions": [],
        })
    );
}

#[test]
fn an_order_that_waits_for_payment_is_listed_as_pending_and_not_as_a_charge() {
    let sandbox = Sandbox::start().unwrap();
    let mut order = renewal(2);
    order["type_payment"] = "crypto".into();
    post(&sandbox, crate::client::PLESK, order.to_string());
    let page = send(&sandbox, "GET", "/sandbox/ledger", &[], b"").json();
    assert_eq!(page["charges"], json!([]));
    assert_eq!(page["pending"][0]["amount"], "19.98");
}

#[test]
fn other_paths_and_methods_there_are_refused_and_not_remembered() {
    let sandbox = Sandbox::start().unwrap();
    let answer = post(&sandbox, "/sandbox/ledger", "{}");
    assert_eq!(answer.status, 405);
    assert!(answer.head.contains("\r\nallow: get"), "{}", answer.head);
    assert_eq!(send(&sandbox, "GET", "/sandbox", &[], b"").status, 404);
    assert_eq!(send(&sandbox, "GET", "/sandbox/", &[], b"").status, 404);
    assert_eq!(sandbox.requests(), []);
    // Another path, though it begins alike.
    post(&sandbox, "/sandboxes", "{}");
    assert_eq!(sandbox.requests().len(), 1);
}

#[test]
fn a_page_counts_as_no_request_and_meets_no_fault_of_one() {
    let faulty = |builder: Builder, fault: &str| builder.fault(fault.parse().unwrap());
    let faults = ["before:status=503", "after:empty", "read:status=503"];
    let builder = Sandbox::builder().page(|key| Ok(format!("<p>{key}</p>")));
    let sandbox = faults.into_iter().fold(builder, faulty).start().unwrap();
    let page = send(&sandbox, "GET", "/", &[], b"");
    assert_eq!((page.status, page.text), (200, format!("<p>{KEY}</p>")));
    assert!(page.head.contains("content-type: text/html; charset=utf-8"), "{}", page.head);
    assert_eq!(sandbox.requests(), []);
    assert_eq!(sandbox.faults_fired(), []);
    let refused = post(&sandbox, "/", "{}");
    assert_eq!(refused.status, 405);
    assert!(refused.head.contains("\r\nallow: get"), "{}", refused.head);
    // What it would count, and meet.
    assert_eq!(get(&sandbox, USER, "user_id=x").status, 503);
    assert_eq!((sandbox.requests().len(), sandbox.faults_fired().len()), (1, 1));
}
