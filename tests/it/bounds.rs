//! No call lasts longer, and no reply is held longer, than was said.

use oxhost_testkit::ByteServer;
use std::io::Write;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use oxhost::{Client, ClientBuilder, Outcome};
use oxhost_sandbox::Sandbox;
use tokio::task::spawn_blocking;
use tokio::time::Instant;

use crate::clock;
use crate::documented::{client, renewal};

/// For how many seconds the client waits, when this goes wrong.
async fn lasts(fault: &str, tls: bool, set: impl Fn(ClientBuilder) -> ClientBuilder) -> u64 {
    let sandbox = Sandbox::builder();
    let sandbox = Arc::new(if tls { sandbox.tls() } else { sandbox }.start().unwrap());
    let mut builder = Client::builder(sandbox.key()).base_url(sandbox.url());
    if let Some(root) = sandbox.root_certificate() {
        builder = builder.root_certificate(root);
    }
    let (client, order) = (set(builder).build().unwrap(), renewal());
    sandbox.inject(fault.parse().unwrap());
    let begin = Instant::now();
    let happened = Arc::clone(&sandbox);
    let call = client.renew_plesk_subscription(&order);
    let error = clock::still_until(move || !happened.faults_fired().is_empty(), call).await;
    let error = error.unwrap_err();
    // Without TLS there is a connection, and a request is on it.
    let expected = if tls { Outcome::NotSent } else { Outcome::Unknown };
    assert_eq!(error.outcome(), expected, "{fault}: {error}");
    assert_eq!(sandbox.requests().len(), usize::from(!fault.starts_with("connect")), "{fault}");
    begin.elapsed().as_secs()
}

#[test]
fn a_call_lasts_no_longer_than_it_may() {
    let seconds = Duration::from_secs;
    clock::runtime().block_on(async {
        for fault in ["connect:tls-stall", "connect:hold"] {
            assert_eq!(lasts(fault, true, |builder| builder).await, 10, "{fault}");
            let half = |builder: ClientBuilder| builder.timeout(seconds(6));
            assert_eq!(lasts(fault, true, half).await, 3, "{fault}");
            let own = |builder: ClientBuilder| builder.connect_timeout(seconds(50));
            assert_eq!(lasts(fault, true, own).await, 50, "{fault}");
        }
        // A reply that comes ever on, but too slowly, among them.
        for fault in [
            "connect:hold",
            "after:hold",
            "after:stall@body",
            "after:late=3600000",
            "after:drip=3600000",
        ] {
            assert_eq!(lasts(fault, false, |builder| builder).await, 120, "{fault}");
            let own = |builder: ClientBuilder| builder.timeout(seconds(30));
            assert_eq!(lasts(fault, false, own).await, 30, "{fault}");
        }
    });
}

#[tokio::test]
async fn a_reply_without_end_is_hung_up_on() {
    const ENDLESS: usize = 100_000_000;
    /// 1 MiB is read, and what was on its way stood in the buffers of two sockets.
    const BUFFERED: usize = 40_000_000;
    // What stands behind the limit may be an order, whatever the status.
    for status in ["200 OK", "404 Not Found"] {
        for framing in [format!("content-length: {ENDLESS}"), "connection: close".to_owned()] {
            let (written, count) = channel();
            let written = Mutex::new(written);
            let head = format!("HTTP/1.1 {status}\r\n{framing}\r\n\r\n{{\"success\": true}}");
            let wire = ByteServer::with(move |stream| {
                let (spaces, mut length) = ([b' '; 1 << 16], 0);
                let mut alive = stream.write_all(head.as_bytes());
                while length < ENDLESS && alive.is_ok() {
                    alive = stream.write_all(&spaces);
                    length += spaces.len();
                }
                written.lock().unwrap().send(length).unwrap();
            });
            let error = client(&wire).renew_plesk_subscription(&renewal()).await.unwrap_err();
            assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
            // The connection is closed by the runtime, which must not be kept from it.
            let written = spawn_blocking(move || count.recv().unwrap()).await.unwrap();
            assert!(written < BUFFERED, "{written} bytes were taken");
            assert_eq!(wire.requests().len(), 1);
        }
    }
}

#[tokio::test]
async fn a_time_without_end_is_one() {
    let wire = ByteServer::answering(oxhost_testkit::json("200 OK", crate::documented::PLESK));
    let endless = Client::builder("test-key").base_url(wire.url()).timeout(Duration::MAX);
    let client = endless.build().unwrap();
    client.renew_plesk_subscription(&renewal()).await.unwrap();
    let slow = Duration::MAX - Duration::from_nanos(1);
    let endless = Client::builder("test-key").base_url(wire.url()).timeout(Duration::MAX);
    let client = endless.connect_timeout(slow).build().unwrap();
    client.renew_plesk_subscription(&renewal()).await.unwrap();
}
