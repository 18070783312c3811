//! Faults in what a reply says.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use flate2::read::GzDecoder;
use oxhost_sandbox::{Fault, Sandbox};
use serde_json::json;

use super::wire::{arrived, connect, order, until_silent};
use crate::client::{Answer, SERVERS, extend, extension, get, key_header, orders, post, raw};

/// The answer to an order into a fault, and what was charged for it.
fn ordered(fault: &str) -> (Answer, usize) {
    let sandbox = Sandbox::start().unwrap();
    sandbox.inject(fault.parse().unwrap());
    let answer = extend(&sandbox, 1);
    let fired: Vec<_> = sandbox.faults_fired().iter().map(|f| f.fault.to_string()).collect();
    assert_eq!(fired, [fault]);
    (answer, sandbox.ledger().len())
}

#[test]
fn a_good_status_comes_without_a_body_with_a_page_or_with_a_failure() {
    for (stage, booked) in [("before", 0), ("after", 1)] {
        let (answer, charged) = ordered(&format!("{stage}:empty"));
        assert_eq!((answer.status, answer.text.as_str(), charged), (200, "", booked));
        assert!(answer.head.contains("content-type: application/json"), "{}", answer.head);
        let (answer, charged) = ordered(&format!("{stage}:html"));
        assert_eq!((answer.status, charged), (200, booked));
        assert!(answer.head.contains("content-type: text/html"), "{}", answer.head);
        assert!(answer.text.starts_with("<html>"), "{}", answer.text);
        let (answer, charged) = ordered(&format!("{stage}:success-false"));
        assert_eq!((answer.status, charged), (200, booked));
        assert_eq!(answer.json()["success"], false);
    }
}

#[test]
fn a_php_warning_stands_before_the_json() {
    for (stage, booked, success) in [("before", 0, "false"), ("after", 1, "true")] {
        let (answer, charged) = ordered(&format!("{stage}:php-warning"));
        assert_eq!((answer.status, charged), (200, booked));
        let (warning, json) = answer.text.split_at(answer.text.find('{').unwrap());
        assert!(warning.starts_with("<br />\n<b>Warning</b>:"), "{warning}");
        assert!(json.starts_with(&format!("{{\"success\":{success},")), "{json}");
    }
}

#[test]
fn any_status_comes_with_json_with_a_page_or_with_nothing() {
    for (stage, booked) in [("before", 0), ("after", 1)] {
        for status in [200, 204, 304, 400, 402, 408, 422, 429, 499, 500, 503, 599] {
            let (answer, charged) = ordered(&format!("{stage}:status={status}"));
            assert_eq!((answer.status, charged), (status, booked));
            if matches!(status, 204 | 304) {
                assert_eq!(answer.text, "");
            } else {
                assert_eq!(answer.json()["success"], false);
            }
            let (answer, charged) = ordered(&format!("{stage}:status={status}+empty"));
            assert_eq!((answer.status, answer.text.as_str(), charged), (status, "", booked));
        }
        let (answer, charged) = ordered(&format!("{stage}:status=502+html"));
        assert_eq!((answer.status, charged), (502, booked));
        assert!(answer.text.starts_with("<html>") && answer.head.contains("text/html"));
        let (answer, _) = ordered(&format!("{stage}:status=429+retry-after=7"));
        assert!(answer.head.contains("\r\nretry-after: 7\r\n"), "{}", answer.head);
    }
}

fn location(answer: &Answer) -> &str {
    let line = answer.head.lines().find_map(|line| line.strip_prefix("location: "));
    line.unwrap()
}

#[test]
fn a_redirect_leads_where_the_fault_says_with_path_and_query() {
    for (stage, booked) in [("before", 0), ("after", 1)] {
        for status in [301, 302, 303, 307, 308] {
            let (answer, charged) = ordered(&format!("{stage}:redirect={status}+dead"));
            assert_eq!((answer.status, charged), (status, booked));
            let place = location(&answer).strip_prefix("http://").unwrap();
            let (address, path) = place.split_at(place.find('/').unwrap());
            assert_eq!(path, SERVERS.to_lowercase());
            // Refused at any time: the port is nobody else's either.
            assert!(TcpStream::connect(address).is_err());
        }
    }
    let sandbox = Sandbox::start().unwrap();
    sandbox.inject("read:redirect=302+same".parse().unwrap());
    let answer = get(&sandbox, "/API/info_user", "user_id=a%20b");
    assert_eq!(location(&answer), format!("{}/api/info_user?user_id=a%20b", sandbox.url()));
}

#[test]
fn who_follows_a_redirect_elsewhere_orders_again_and_shows_the_key_there() {
    let sandbox = Sandbox::start().unwrap();
    for (to, host) in [("other", "localhost"), ("plain", "127.0.0.1")] {
        sandbox.inject(format!("after:redirect=307+{to}").parse().unwrap());
        let answer = extend(&sandbox, 1);
        let place = location(&answer).strip_prefix("http://").unwrap();
        let (address, _) = place.split_at(place.find('/').unwrap());
        assert_eq!(address.split(':').next(), Some(host));
        assert!(!sandbox.url().ends_with(address));
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(order().replace("Host: x", "Connection: close").as_bytes()).unwrap();
        assert!(arrived(&mut stream).text.contains(r#""success":true"#));
    }
    assert_eq!((sandbox.requests().len(), sandbox.elsewhere().len()), (2, 2));
    assert_eq!(sandbox.elsewhere()[0].header(key_header()).count(), 1);
    assert_eq!(sandbox.ledger().len(), 4);
}

#[test]
fn a_late_reply_is_a_good_one_and_what_it_is_about_is_booked_at_once() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.inject("after:late=300".parse().unwrap());
    let start = Instant::now();
    let mut stream = connect(&sandbox);
    stream.write_all(order().as_bytes()).unwrap();
    while sandbox.ledger().is_empty() {
        assert!(start.elapsed() < Duration::from_millis(250));
    }
    let mut first = [0; 15];
    stream.read_exact(&mut first).unwrap();
    assert_eq!(&first, b"HTTP/1.1 200 OK");
    assert!(start.elapsed() >= Duration::from_millis(300));
}

#[test]
fn a_compressed_reply_unpacks_to_the_good_one_and_nobody_asked_for_it() {
    let sandbox = Sandbox::start().unwrap();
    for (fault, success) in [("before:gzip", false), ("after:gzip", true)] {
        sandbox.inject(fault.parse().unwrap());
        let request = order().replace("Host: x", "Connection: close");
        let bytes = raw(&sandbox, request.as_bytes());
        let at = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
        let head = str::from_utf8(&bytes[..at]).unwrap();
        assert!(head.contains("content-encoding: gzip"), "{head}");
        let reply: serde_json::Value =
            serde_json::from_reader(GzDecoder::new(&bytes[at..])).unwrap();
        assert_eq!(reply["success"], success);
    }
    assert_eq!(sandbox.ledger().len(), 1);
}

#[test]
fn a_huge_head_is_as_long_as_the_fault_says_before_a_good_body() {
    let (answer, charged) = ordered("after:huge-head=500000");
    assert_eq!(answer.head.matches("\r\nx-padding: ").count(), 63);
    assert_eq!(answer.head.matches('a').count() / 10_000, 50);
    assert_eq!((answer.json()["success"].clone(), charged), (json!(true), 1));
}

#[test]
fn a_connection_goes_on_after_a_reply_that_is_whole() {
    let sandbox = Sandbox::start().unwrap();
    let mut stream = connect(&sandbox);
    for fault in ["before:status=503", "after:html", "before:late=1", "after:redirect=302+same"] {
        sandbox.inject(fault.parse::<Fault>().unwrap());
        stream.write_all(order().as_bytes()).unwrap();
        assert!(until_silent(&mut stream).text.starts_with("HTTP/1.1 "), "{fault}");
    }
    assert_eq!((sandbox.ledger().len(), sandbox.faults_fired().len()), (2, 4));
}

#[test]
fn a_fault_in_a_read_leaves_the_state_alone() {
    let sandbox = Sandbox::start().unwrap();
    extend(&sandbox, 1);
    let before = orders(&sandbox);
    sandbox.inject("read:php-warning".parse().unwrap());
    assert!(get(&sandbox, "/API/info_user", "user_id=x").text.starts_with("<br />"));
    assert_eq!(orders(&sandbox), before);
    assert_eq!(post(&sandbox, SERVERS, extension(1).to_string()).status, 200);
}
