//! Connections that are refused or break, and requests that break off.

use std::{
    io::{ErrorKind, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use oxhost_sandbox::{KEY, Sandbox};

use super::wire::{arrived, connect, order, ordered, until_silent};
use crate::client::{USER, extend, key_header, subscription};

#[test]
fn a_refusing_port_refuses_at_once_and_takes_connections_again_later() {
    let sandbox = Sandbox::start().unwrap();
    let address = sandbox.url().strip_prefix("http://").unwrap();
    let mut kept = connect(&sandbox);
    kept.write_all(b"GET /sandbox/ledger HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    assert!(until_silent(&mut kept).text.starts_with("HTTP/1.1 200 OK"));

    let start = Instant::now();
    sandbox.inject("connect:refuse=300".parse().unwrap());
    assert_eq!(sandbox.faults_fired()[0].fault.to_string(), "connect:refuse=300");
    let refused = TcpStream::connect(address).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    // A connection that is there already stays.
    kept.write_all(b"GET /sandbox/ledger HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    assert!(until_silent(&mut kept).text.starts_with("HTTP/1.1 200 OK"));

    while TcpStream::connect(address).is_err() {
        assert!(start.elapsed() < Duration::from_secs(10));
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(start.elapsed() >= Duration::from_millis(300));
    assert_eq!((extend(&sandbox, 1).status, sandbox.ledger().len()), (200, 1));
}

#[test]
fn a_port_can_refuse_from_the_start_and_is_not_given_away() {
    let refuse = "connect:refuse=60000".parse().unwrap();
    let sandbox = Sandbox::builder().fault(refuse).start().unwrap();
    let address = sandbox.url().strip_prefix("http://").unwrap().to_owned();
    let refused = TcpStream::connect(&address).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    let start = Instant::now();
    drop(sandbox);
    assert!(start.elapsed() < Duration::from_secs(1));
}

#[test]
fn a_connection_is_closed_or_reset_or_left_alone_before_it_carries_anything() {
    for (fault, end) in [
        ("connect:close", None),
        ("connect:reset", Some(ErrorKind::ConnectionReset)),
        ("connect:hold", Some(ErrorKind::WouldBlock)),
    ] {
        let sandbox = Sandbox::start().unwrap();
        sandbox.inject(fault.parse().unwrap());
        let mut stream = connect(&sandbox);
        let arrived = until_silent(&mut stream);
        assert_eq!((arrived.text.as_str(), arrived.end), ("", end), "{fault}");
        assert_eq!(sandbox.faults_fired()[0].operation, None);
        assert_eq!(sandbox.requests(), []);
        // The next connection is a good one.
        assert_eq!(extend(&sandbox, 1).status, 200);
    }
}

#[test]
fn a_request_that_breaks_off_is_neither_answered_nor_booked_nor_among_the_requests() {
    let length = order().len();
    for (kind, end) in
        [("close-request", None), ("reset-request", Some(ErrorKind::ConnectionReset))]
    {
        for bytes in [0, 1, 30, length - 1] {
            let sandbox = Sandbox::start().unwrap();
            let arrived = ordered(&sandbox, &format!("before:{kind}@{bytes}"));
            assert_eq!((arrived.text.as_str(), arrived.end), ("", end), "{kind}@{bytes}");
            let [fired] = &sandbox.faults_fired()[..] else { panic!("{kind}@{bytes}: not fired") };
            assert_eq!(fired.operation, Some("extendServerHours"));
            assert_eq!((sandbox.ledger(), sandbox.requests()), (vec![], vec![]));
            assert_eq!(extend(&sandbox, 1).status, 200);
        }
    }
}

#[test]
fn a_request_is_read_up_to_the_byte_and_no_further() {
    let sandbox = Sandbox::start().unwrap();
    let order = order();
    sandbox.inject(format!("before:close-request@{}", order.len() - 5).parse().unwrap());
    let mut stream = connect(&sandbox);
    stream.write_all(&order.as_bytes()[..order.len() - 6]).unwrap();
    // A byte too few: it waits for more.
    assert_eq!(until_silent(&mut stream).end, Some(ErrorKind::WouldBlock));
    assert_eq!(sandbox.faults_fired(), []);
    stream.write_all(&order.as_bytes()[order.len() - 6..order.len() - 5]).unwrap();
    assert_eq!(arrived(&mut stream).end, None);
    assert_eq!(sandbox.ledger(), []);
}

#[test]
fn a_place_behind_the_request_is_its_end_before_it_is_booked() {
    let sandbox = Sandbox::start().unwrap();
    for bytes in [order().len(), 1_000_000] {
        let arrived = ordered(&sandbox, &format!("before:reset-request@{bytes}"));
        assert_eq!((arrived.text.as_str(), arrived.end), ("", Some(ErrorKind::ConnectionReset)));
    }
    assert_eq!((sandbox.ledger(), sandbox.faults_fired().len()), (vec![], 2));
}

#[test]
fn a_request_that_comes_byte_by_byte_or_on_a_used_connection_breaks_off_at_the_same_place() {
    let sandbox = Sandbox::start().unwrap();
    let mut stream = connect(&sandbox);
    stream.set_nodelay(true).unwrap();
    stream.write_all(order().as_bytes()).unwrap();
    assert!(until_silent(&mut stream).text.starts_with("HTTP/1.1 200 OK"));

    sandbox.inject("before:close-request@60".parse().unwrap());
    for byte in order().bytes().take(60) {
        stream.write_all(&[byte]).unwrap();
    }
    let end = arrived(&mut stream);
    assert_eq!((end.text.as_str(), end.end), ("", None));
    assert_eq!((sandbox.ledger().len(), sandbox.faults_fired().len()), (1, 1));
}

#[test]
fn a_fault_for_reads_leaves_orders_alone_and_the_other_way_round() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.inject("read:close-request@20".parse().unwrap());
    assert_eq!(extend(&sandbox, 1).status, 200);
    let mut stream = connect(&sandbox);
    let key = key_header();
    write!(stream, "GET {USER}?user_id=x HTTP/1.1\r\nHost: x\r\n{key}: {KEY}\r\n\r\n").unwrap();
    assert_eq!(arrived(&mut stream).text, "");
    assert_eq!(sandbox.faults_fired()[0].operation, Some("getUser"));
    sandbox.inject("before:reset-request@0".parse().unwrap());
    assert_eq!(subscription(&sandbox)["success"], true);
    assert_eq!(sandbox.faults_waiting().len(), 1);
}
