//! A proxy that turns everybody away.

use std::{
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use oxhost_sandbox::Proxy;

fn connect(proxy: &Proxy) -> TcpStream {
    TcpStream::connect(proxy.url().strip_prefix("http://").unwrap()).unwrap()
}

#[test]
fn every_request_is_refused_with_the_status_and_remembered() {
    for (status, line) in [(407, "407 Proxy Authentication Required"), (502, "502 Bad Gateway")] {
        let proxy = Proxy::start(status).unwrap();
        for request in [
            "CONNECT 0xhost.com:443 HTTP/1.1\r\nHost: 0xhost.com:443\r\n\r\n",
            "GET http://127.0.0.1:1/ HTTP/1.1\r\nHost: 127.0.0.1:1\r\nx-api-key: k\r\n\r\n",
        ] {
            let mut stream = connect(&proxy);
            stream.write_all(request.as_bytes()).unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            assert!(answer.starts_with(&format!("HTTP/1.1 {line}\r\n")), "{answer}");
            assert_eq!(answer.contains("\r\nproxy-authenticate: "), status == 407);
            assert_eq!(proxy.seen().last().unwrap(), request.as_bytes());
        }
        assert_eq!(proxy.seen().len(), 2);
    }
}

#[test]
fn it_stops_when_dropped_even_while_a_client_keeps_it_waiting() {
    let proxy = Proxy::start(502).unwrap();
    let address = proxy.url().strip_prefix("http://").unwrap().to_owned();
    let idle = connect(&proxy);
    let start = Instant::now();
    drop(proxy);
    assert!(start.elapsed() < Duration::from_secs(5));
    assert_eq!(TcpStream::connect(address).unwrap_err().kind(), ErrorKind::ConnectionRefused);
    drop(idle);
}

#[test]
fn a_status_that_is_no_failure_is_an_error() {
    for status in [200, 307, 600] {
        assert_eq!(Proxy::start(status).unwrap_err().kind(), ErrorKind::InvalidInput);
    }
}
