//! Faults of a reply that comes whole: with something before it, slowly, at length, or as the last.

use std::{
    io::{Read, Write},
    thread,
    time::{Duration, Instant},
};

use oxhost_sandbox::{Fault, Sandbox};

use super::wire::{
    CLOSED, SILENT, arrived, connect, length, order, ordered, split, twice, until_silent,
};

/// The good reply, as it would come.
fn good(sandbox: &Sandbox) -> String {
    ordered(sandbox, "after:close-reply@1000000").text
}

#[test]
fn an_interim_answer_comes_before_the_whole_reply() {
    for (status, words) in
        [(100, "100 Continue"), (102, "102 Processing"), (103, "103 Early Hints")]
    {
        let [(before, none), (after, one)] = twice(&format!("interim={status}"));
        for arrived in [&before, &after] {
            let (interim, reply) = split(arrived);
            assert_eq!(interim, format!("HTTP/1.1 {words}"));
            let (head, body) = reply.split_once("\r\n\r\n").unwrap();
            assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
            assert_eq!((length(head), arrived.end), (body.len(), CLOSED));
        }
        assert!(after.text.contains(r#"{"success":true,"#) && before.text.contains("false"));
        assert_eq!((none, one), (0, 1));
    }
}

#[test]
fn a_reply_that_drips_comes_whole_and_slowly() {
    let sandbox = Sandbox::start().unwrap();
    let good = good(&sandbox);
    let start = Instant::now();
    let mut slow = connect(&sandbox);
    sandbox.inject("after:drip=1".parse().unwrap());
    slow.write_all(order().as_bytes()).unwrap();
    // The first bytes come one at a time.
    let mut reads = 0;
    let mut text = String::new();
    while text.len() < 20 {
        let mut chunk = [0; 64];
        let length = slow.read(&mut chunk).unwrap();
        text.push_str(str::from_utf8(&chunk[..length]).unwrap());
        reads += 1;
    }
    text.push_str(&arrived(&mut slow).text);
    assert!(reads > 5, "{reads} reads for the first 20 bytes");
    assert!(start.elapsed() > Duration::from_millis(good.len() as u64));
    let (_, body) = text.split_once("\r\n\r\n").unwrap();
    assert!(body.starts_with(r#"{"success":true,"#) && body.ends_with("}}"), "{body}");
    assert_eq!(sandbox.ledger().len(), 2);
}

#[test]
fn a_huge_body_is_as_long_as_it_says_and_is_still_json() {
    let sandbox = Sandbox::start().unwrap();
    let arrived = ordered(&sandbox, "after:huge-body=3000000");
    let (head, body) = split(&arrived);
    assert_eq!((length(head), body.len(), arrived.end), (3_000_000, 3_000_000, CLOSED));
    assert_eq!(serde_json::from_str::<serde_json::Value>(body).unwrap()["success"], true);
    assert!(body.ends_with(' '));
    // Nobody reads this one: nothing of it is held, and nothing waits for it.
    sandbox.inject("before:huge-body=4294967295".parse().unwrap());
    let mut stream = connect(&sandbox);
    stream.write_all(order().as_bytes()).unwrap();
    assert_eq!(stream.read(&mut [0; 64]).unwrap(), 64);
    drop(stream);
    assert_eq!(sandbox.ledger().len(), 1);
}

#[test]
fn a_connection_that_idles_is_closed_after_a_whole_reply_that_promised_to_keep_it() {
    let sandbox = Sandbox::start().unwrap();
    let start = Instant::now();
    let reply = ordered(&sandbox, "after:idle-close=150");
    assert!(start.elapsed() >= Duration::from_millis(150));
    let (head, body) = split(&reply);
    assert!(!head.contains("connection"), "{head}");
    assert_eq!((length(head), reply.end), (body.len(), CLOSED));
    assert_eq!(sandbox.ledger().len(), 1);
}

#[test]
fn dropping_the_sandbox_lets_go_of_whatever_is_held_and_never_waits() {
    for fault in ["after:hold", "after:late=60000", "after:drip=60000", "after:stall@body"] {
        let sandbox = Sandbox::builder().fault(fault.parse::<Fault>().unwrap()).start().unwrap();
        let mut stream = connect(&sandbox);
        stream.write_all(order().as_bytes()).unwrap();
        while sandbox.ledger().is_empty() {
            thread::yield_now();
        }
        let start = Instant::now();
        drop(sandbox);
        assert!(start.elapsed() < Duration::from_secs(1), "{fault}");
        assert_ne!(until_silent(&mut stream).end, SILENT, "{fault}");
    }
}
