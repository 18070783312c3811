//! Which request a fault meets.

use std::{
    io::Write,
    time::{Duration, Instant},
};

use oxhost_sandbox::{
    Fault, KEY, Sandbox,
    fault::{Kind, ReadFault, Stage, WireFault},
};
use serde_json::json;

use super::wire::{connect, order};
use crate::client::{ORDERS, USER, balance, extend, key_header, post, renew, send, subscription};

fn fault(text: &str) -> Fault {
    text.parse().unwrap()
}

#[test]
fn injected_faults_meet_one_request_each_in_their_order() {
    let sandbox = Sandbox::start().unwrap();
    for text in ["before:status=503", "after:pass", "after:status=504"] {
        sandbox.inject(fault(text));
    }
    let statuses = [(); 4].map(|()| extend(&sandbox, 1).status);
    assert_eq!(statuses, [503, 200, 504, 200]);
    assert_eq!(sandbox.ledger().len(), 3);
    let fired: Vec<_> = sandbox.faults_fired().iter().map(|f| f.fault.to_string()).collect();
    assert_eq!(fired, ["before:status=503", "after:pass", "after:status=504"]);
    assert_eq!(sandbox.faults_waiting(), []);
    let page = send(&sandbox, "GET", "/sandbox/ledger", &[], b"").json();
    assert_eq!(page["faults"], json!(fired));
}

#[test]
fn a_standing_fault_meets_every_request_it_concerns_unless_another_waits() {
    let sandbox = Sandbox::builder()
        .fault(fault("after:status=502"))
        .fault(fault("after:status=503"))
        .fault(fault("stale=1"))
        .start()
        .unwrap();
    sandbox.inject(fault("after:pass"));
    let statuses = [(); 3].map(|()| extend(&sandbox, 1).status);
    assert_eq!(statuses, [200, 502, 502]);
    assert_eq!(sandbox.ledger().len(), 3);
    assert_eq!(balance(&sandbox), "3328.74");
    assert_eq!(sandbox.faults_fired().len(), 4);
}

#[test]
fn a_fault_after_the_booking_waits_for_an_order_that_is_booked() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.inject(fault("after:hold"));
    sandbox.inject(fault("after:status=500"));
    for refused in [extend(&sandbox, 0), renew(&sandbox, 100), post(&sandbox, "/elsewhere", "{}")] {
        assert!(matches!(refused.status, 402 | 404 | 422), "{}", refused.text);
    }
    assert_eq!((sandbox.faults_fired(), sandbox.ledger()), (vec![], vec![]));
    let waiting: Vec<_> = sandbox.faults_waiting().iter().map(Fault::to_string).collect();
    assert_eq!(waiting, ["after:hold", "after:status=500"]);
}

#[test]
fn a_fault_before_the_booking_meets_any_order_even_one_that_would_be_refused() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.inject(fault("before:status=500"));
    assert_eq!(extend(&sandbox, 0).status, 500);
    assert_eq!(sandbox.faults_fired()[0].operation, Some("extendServerHours"));
}

#[test]
fn requests_to_the_sandbox_itself_meet_no_fault_but_that_of_a_connection() {
    let sandbox = Sandbox::builder().fault(fault("read:status=500")).start().unwrap();
    assert_eq!(send(&sandbox, "GET", "/sandbox/ledger", &[], b"").status, 200);
    assert_eq!(subscription(&sandbox)["success"], false);
}

#[test]
fn every_sample_fires_once_and_books_as_its_stage_says() {
    for fault in Fault::samples() {
        // Refused connections and TLS have tests of their own.
        let text = fault.to_string();
        if matches!(fault.kind(), Kind::Wire(WireFault::Refuse(_)))
            || text.starts_with("connect:tls-")
        {
            continue;
        }
        let sandbox = Sandbox::start().unwrap();
        sandbox.inject(fault.clone());
        let mut stream = connect(&sandbox);
        // A connection that is reset at once may not take the request any more.
        let _ = match fault.stage() {
            Stage::Connect => Ok(()),
            Stage::Before | Stage::After => stream.write_all(order().as_bytes()),
            Stage::Read => {
                let target = match fault.kind() {
                    Kind::Read(ReadFault::PageError(page) | ReadFault::PageMissing(page)) => {
                        format!("{ORDERS}?user_id=x&page={page}")
                    }
                    _ if fault.concerns("getUser") => format!("{USER}?user_id=x"),
                    _ => format!("{ORDERS}?user_id=x"),
                };
                let key = key_header();
                let head = format!("GET {target} HTTP/1.1\r\nHost: x\r\n{key}: {KEY}\r\n\r\n");
                stream.write_all(head.as_bytes())
            }
        };
        let start = Instant::now();
        while sandbox.faults_fired().is_empty() {
            assert!(start.elapsed() < Duration::from_secs(10), "{fault} did not fire");
            std::thread::yield_now();
        }
        let booked = usize::from(fault.stage() == Stage::After);
        assert_eq!(sandbox.ledger().len(), booked, "{fault}");
        let start = Instant::now();
        drop(sandbox);
        assert!(start.elapsed() < Duration::from_secs(1), "{fault}");
    }
}
