//! Faults in how a reply comes, seen on the bare socket.

use std::{
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    thread,
    time::Duration,
};

use oxhost_sandbox::{KEY, Sandbox};

use crate::client::{SERVERS, extension, key_header};

/// What came until the connection ended, and how it ended: `None` if it was closed.
pub(super) struct Arrived {
    pub(super) text: String,
    pub(super) end: Option<ErrorKind>,
}

pub(super) fn connect(sandbox: &Sandbox) -> TcpStream {
    let stream = TcpStream::connect(sandbox.url().strip_prefix("http://").unwrap()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream
}

/// An order of one hour, as bytes.
pub(super) fn order() -> String {
    let body = extension(1).to_string();
    let (length, key) = (body.len(), key_header());
    format!(
        "POST {SERVERS} HTTP/1.1\r\nHost: x\r\n{key}: {KEY}\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

/// Reads until nothing has come for a while, or the connection ends.
pub(super) fn until_silent(stream: &mut TcpStream) -> Arrived {
    stream.set_read_timeout(Some(Duration::from_millis(400))).unwrap();
    let arrived = arrived(stream);
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    arrived
}

/// Reads until the connection ends.
pub(super) fn arrived(stream: &mut TcpStream) -> Arrived {
    let (mut bytes, mut chunk) = (Vec::new(), [0; 4096]);
    let end = loop {
        match stream.read(&mut chunk) {
            Ok(0) => break None,
            Ok(length) => bytes.extend(&chunk[..length]),
            Err(error) => break Some(error.kind()),
        }
    };
    Arrived { text: String::from_utf8(bytes).unwrap(), end }
}

/// Sends the order into a fault.
pub(super) fn ordered(sandbox: &Sandbox, fault: &str) -> Arrived {
    sandbox.inject(fault.parse().unwrap());
    let mut stream = connect(sandbox);
    stream.write_all(order().as_bytes()).unwrap();
    let held = fault.contains("hold") || fault.contains("stall");
    if held { until_silent(&mut stream) } else { arrived(&mut stream) }
}

/// Held open, and silent.
pub(super) const SILENT: Option<ErrorKind> = Some(ErrorKind::WouldBlock);
const RESET: Option<ErrorKind> = Some(ErrorKind::ConnectionReset);
pub(super) const CLOSED: Option<ErrorKind> = None;

/// Runs a fault before and after the booking, and gives what arrived and what was then charged.
pub(super) fn twice(kind: &str) -> [(Arrived, usize); 2] {
    let run = |stage: &str| {
        let sandbox = Sandbox::start().unwrap();
        let arrived = ordered(&sandbox, &format!("{stage}:{kind}"));
        let fired: Vec<_> = sandbox.faults_fired().iter().map(|f| f.fault.to_string()).collect();
        assert_eq!(fired, [format!("{stage}:{kind}")]);
        (arrived, sandbox.ledger().len())
    };
    thread::scope(|scope| {
        let before = scope.spawn(|| run("before"));
        let after = run("after");
        [before.join().unwrap(), after]
    })
}

#[test]
fn a_reply_that_breaks_off_has_exactly_its_bytes_and_ends_as_the_fault_says() {
    let [(refusal, none), (reply, one)] = twice("close-reply@1000000");
    assert_eq!((none, one), (0, 1));
    assert!(refusal.text.ends_with(r#""message":"The order was not placed."}"#));
    assert!(reply.text.contains(r#"{"success":true,"#), "{}", reply.text);
    for (kind, end) in
        [("close-reply", CLOSED), ("reset-reply", RESET), ("half-close", CLOSED), ("stall", SILENT)]
    {
        for bytes in [0, 1, 12, 100] {
            let whole = [&refusal.text, &reply.text];
            for ((arrived, charged), (whole, booked)) in
                twice(&format!("{kind}@{bytes}")).iter().zip(whole.into_iter().zip([0, 1]))
            {
                let place = format!("{kind}@{bytes}");
                assert_eq!(arrived.text, whole[..bytes.min(whole.len())], "{place}");
                assert_eq!((arrived.end, *charged), (end, booked), "{place}");
            }
        }
        let [(before, none), (after, one)] = twice(&format!("{kind}@head"));
        for arrived in [before, after] {
            assert!(arrived.text.starts_with("HTTP/1.1 200 OK\r\n"), "{}", arrived.text);
            assert!(!arrived.text.contains("\r\n\r\n"), "{}", arrived.text);
            assert_eq!(arrived.end, end);
        }
        let [(before, _), (after, _)] = twice(&format!("{kind}@body"));
        for arrived in [before, after] {
            let (_, body) = arrived.text.split_once("\r\n\r\n").unwrap();
            assert!(body.len() > 20 && !body.ends_with('}'), "{body}");
            assert_eq!(arrived.end, end);
        }
        assert_eq!((none, one), (0, 1));
    }
}

#[test]
fn no_answer_is_no_byte_and_an_open_connection() {
    for ((arrived, charged), booked) in twice("hold").into_iter().zip([0, 1]) {
        assert_eq!((arrived.text.as_str(), arrived.end, charged), ("", SILENT, booked));
    }
}

#[test]
fn a_half_closed_connection_is_still_read_and_a_closed_one_ends_soon() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.inject("after:half-close@12".parse().unwrap());
    let mut stream = connect(&sandbox);
    stream.write_all(order().as_bytes()).unwrap();
    assert_eq!(arrived(&mut stream).text, "HTTP/1.1 200");
    // Over a second later, and after more than the other side would leave unread.
    thread::sleep(Duration::from_millis(1500));
    for _ in 0..20 {
        stream.write_all(&[b' '; 100_000]).unwrap();
    }

    sandbox.inject("after:close-reply@12".parse().unwrap());
    let mut stream = connect(&sandbox);
    stream.write_all(order().as_bytes()).unwrap();
    assert_eq!(arrived(&mut stream).text, "HTTP/1.1 200");
    thread::sleep(Duration::from_millis(1500));
    let _ = stream.write_all(b" ");
    thread::sleep(Duration::from_millis(50));
    assert!(stream.write_all(b" ").is_err());
}

pub(super) fn split(arrived: &Arrived) -> (&str, &str) {
    arrived.text.split_once("\r\n\r\n").unwrap()
}

pub(super) fn length(head: &str) -> usize {
    let line = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    line.unwrap().parse().unwrap()
}

#[test]
fn a_wrong_length_is_off_by_what_the_fault_says_and_the_body_is_whole() {
    for off in [7_isize, -7] {
        for ((arrived, charged), booked) in twice(&format!("length={off:+}")).iter().zip([0, 1]) {
            let (head, body) = split(arrived);
            assert!(body.ends_with('}'), "{body}");
            assert_eq!(body.len().checked_add_signed(off), Some(length(head)));
            assert_eq!((arrived.end, *charged), (CLOSED, booked));
        }
    }
}

#[test]
fn a_reply_without_a_length_is_cut_in_half() {
    let [(before, none), (after, one)] = twice("unframed");
    for arrived in [&before, &after] {
        let (head, body) = split(arrived);
        assert!(!head.contains("content-length") && head.contains("connection: close"), "{head}");
        assert!(body.starts_with(r#"{"success":"#) && !body.ends_with('}'), "{body}");
        assert_eq!(arrived.end, CLOSED);
    }
    assert_eq!((none, one), (0, 1));
}

#[test]
fn a_chunked_reply_has_a_size_that_is_none_or_no_end() {
    let [(bad, none), (also_bad, one)] = twice("bad-chunk");
    for arrived in [&bad, &also_bad] {
        let (head, body) = split(arrived);
        assert!(head.contains("transfer-encoding: chunked"), "{head}");
        let lines: Vec<_> = body.split("\r\n").collect();
        let size = usize::from_str_radix(lines[0], 16).unwrap();
        assert_eq!((lines[1].len(), lines[2]), (size, "zz"));
        assert_eq!(arrived.end, CLOSED);
    }
    assert_eq!((none, one), (0, 1));

    let [(cut, none), (also_cut, one)] = twice("cut-chunk");
    for arrived in [&cut, &also_cut] {
        let (_, body) = split(arrived);
        let lines: Vec<_> = body.split("\r\n").collect();
        let json = format!("{}{}", lines[1], lines[3]);
        assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok(), "{json}");
        assert_eq!(usize::from_str_radix(lines[2], 16).unwrap(), lines[3].len());
        assert_eq!((lines[4..].concat(), arrived.end), (String::new(), CLOSED), "no last chunk");
    }
    assert_eq!((none, one), (0, 1));
}
