//! Past its deadline an order is not sent, whatever kept the client from sending it.

use oxhost_testkit::{ByteServer, json};
use std::io::{ErrorKind, Read};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use oxhost::{Client, Deadline, OrderError, Outcome, ReadError, generated};
use oxhost_sandbox::Sandbox;

use crate::documented::{PLESK, client, extension, renewal};

const REASON: &str = "the deadline for sending it had passed, for this machine was paused";

fn long() -> Deadline {
    Deadline::after(Duration::from_secs(600))
}

fn past() -> Deadline {
    Deadline::after(Duration::ZERO)
}

#[test]
fn a_deadline_passes_and_stays_passed() {
    assert!(past().is_past());
    assert!(!long().is_past());
    assert!(!Deadline::after(Duration::MAX).is_past(), "a time without end does not overflow");
}

#[tokio::test]
async fn past_it_not_even_a_connection_is_made() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let client = Client::builder("test-key").base_url(url).repeat_reads(0, Duration::ZERO);
    let client = client.build().unwrap().with_send_by(past());
    let renewed = client.renew_plesk_subscription(&renewal()).await.unwrap_err();
    let extended = client.extend_server_hours(&extension()).await.unwrap_err();
    for error in [renewed, extended] {
        assert!(matches!(error, OrderError::NotSent(_)), "{error}");
        assert_eq!(error.failure().reason(), REASON);
    }
    let error = client.generated().extend_server_hours(&extension()).await.unwrap_err();
    let generated::Error::Custom(words) = &error else { panic!("{error:?}") };
    assert!(words.starts_with("not sent: ") && words.contains(REASON), "{words}");
    let error = client.get_user(&extension().user_id).await.unwrap_err();
    assert!(matches!(error, ReadError::Unavailable(_)), "{error}");
    listener.set_nonblocking(true).unwrap();
    assert_eq!(listener.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
}

#[tokio::test]
async fn before_it_an_order_is_sent_once() {
    let wire = ByteServer::answering(json("200 OK", PLESK));
    let client = client(&wire).with_send_by(long());
    client.renew_plesk_subscription(&renewal()).await.unwrap();
    assert_eq!(wire.requests().len(), 1);
    client.generated().renew_plesk_subscription(&renewal()).await.unwrap();
    assert_eq!(wire.requests().len(), 2);
}

#[tokio::test]
async fn it_holds_for_the_client_that_was_told_alone() {
    let wire = ByteServer::answering(json("200 OK", PLESK));
    let client = client(&wire);
    assert!(client.with_send_by(past()).renew_plesk_subscription(&renewal()).await.is_err());
    assert_eq!(wire.requests().len(), 0);
    assert!(client.renew_plesk_subscription(&renewal()).await.is_ok());
    let again = client.with_send_by(past()).with_send_by(long());
    assert!(again.renew_plesk_subscription(&renewal()).await.is_ok(), "the last word counts");
    assert_eq!(wire.requests().len(), 2);
}

/// Carries connections to the sandbox, each only when a deadline has passed: until then the TLS
/// handshake does not come about.
struct SlowWay {
    url: String,
    connections: Arc<AtomicUsize>,
}

impl SlowWay {
    fn to(sandbox: &Sandbox, opens: Deadline) -> Self {
        let target = sandbox.url().trim_start_matches("https://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        let connections = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&connections);
        // Ends with the test's process.
        thread::spawn(move || {
            for client in listener.incoming() {
                count.fetch_add(1, Ordering::SeqCst);
                let (client, target, opens) = (client.unwrap(), target.clone(), opens.clone());
                thread::spawn(move || {
                    while !opens.is_past() {
                        thread::sleep(Duration::from_millis(1));
                    }
                    carry(&client, &TcpStream::connect(target).unwrap());
                });
            }
        });
        Self { url, connections }
    }
}

fn carry(client: &TcpStream, server: &TcpStream) {
    thread::scope(|scope| {
        for (mut from, mut to) in [(client, server), (server, client)] {
            scope.spawn(move || {
                let _ = std::io::copy(&mut from, &mut to);
                let _ = to.shutdown(Shutdown::Write);
            });
        }
    });
}

/// Orders over a connection that comes about after `opens`, with `send_by`. Gives the outcome, and how
/// many connections there were.
async fn order(
    sandbox: &Sandbox,
    opens: Deadline,
    send_by: Deadline,
    generated: bool,
) -> (Outcome, usize) {
    let way = SlowWay::to(sandbox, opens);
    let builder = Client::builder(sandbox.key()).base_url(&way.url);
    let root = sandbox.root_certificate().unwrap();
    let client = builder.root_certificate(root).build().unwrap().with_send_by(send_by);
    let outcome = if generated {
        match client.generated().renew_plesk_subscription(&renewal()).await {
            Ok(_) => Outcome::Accepted,
            Err(generated::Error::Custom(words)) if words.contains(REASON) => Outcome::NotSent,
            Err(error) => panic!("{error}"),
        }
    } else {
        match client.renew_plesk_subscription(&renewal()).await {
            Ok(_) => Outcome::Accepted,
            Err(error) => {
                assert_eq!(error.failure().reason(), REASON);
                error.outcome()
            }
        }
    };
    (outcome, way.connections.load(Ordering::SeqCst))
}

#[tokio::test]
async fn one_that_passes_while_connecting_keeps_the_order_from_being_written() {
    let sandbox = Sandbox::builder().tls().start().unwrap();
    for generated in [false, true] {
        // On a machine that is busy, a short one may pass before the client connects.
        let met = async |millis| {
            let deadline = Deadline::after(Duration::from_millis(millis));
            let (outcome, connections) =
                order(&sandbox, deadline.clone(), deadline, generated).await;
            assert_eq!(outcome, Outcome::NotSent);
            connections == 1
        };
        assert!(met(40).await || met(400).await || met(4000).await, "it was never connecting");
        assert_eq!((sandbox.requests().len(), sandbox.ledger().len()), (0, 0));
    }
    // The control: the same way, as slow, with more time.
    let opens = Deadline::after(Duration::from_millis(40));
    assert_eq!(order(&sandbox, opens, long(), false).await, (Outcome::Accepted, 1));
    assert_eq!((sandbox.requests().len(), sandbox.ledger().len()), (1, 1));
}

/// Orders over a plain connection, and stops the whole process at one of its turns until the deadline has
/// passed, as SIGSTOP would. Gives the outcome, what the deadline knows, and how many bytes the server had by
/// then and in the end; nothing for the first of them if there was no such turn.
async fn stopped(turn: usize) -> (OrderError, bool, Option<usize>, usize) {
    // Connections wait in its queue, and what is written on them in the kernel: nobody has to be quick.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let builder = Client::builder("test-key")
        .base_url(format!("http://{}", listener.local_addr().unwrap()))
        .timeout(Duration::from_secs(1));
    let send_by = Deadline::after(Duration::from_millis(100));
    let client = builder.build().unwrap().with_send_by(send_by.clone());
    let order = renewal();
    let mut ordering = std::pin::pin!(client.renew_plesk_subscription(&order));
    let (mut turns, mut server, mut before) = (0, None, None);
    let ended = std::future::poll_fn(|context| {
        let polled = ordering.as_mut().poll(context);
        turns += 1;
        if turns == turn && polled.is_pending() {
            while !send_by.is_past() {
                thread::sleep(Duration::from_millis(1));
            }
            server = listener.accept().ok().map(|(stream, _)| stream);
            before = Some(server.as_ref().map_or(0, |stream| {
                stream.set_nonblocking(true).unwrap();
                stream.peek(&mut [0; 65536]).unwrap_or(0)
            }));
        }
        polled
    });
    let error = ended.await.unwrap_err();
    let mut bytes = Vec::new();
    if let Some(mut stream) = server.or_else(|| Some(listener.accept().ok()?.0)) {
        stream.set_nonblocking(true).unwrap();
        let _ = stream.read_to_end(&mut bytes);
    }
    (error, send_by.has_begun(), before, bytes.len())
}

#[tokio::test]
async fn a_process_that_is_stopped_at_any_turn_writes_nothing_when_it_goes_on() {
    for turn in 1..50 {
        let (error, has_begun, before, after) = stopped(turn).await;
        if let Some(before) = before {
            assert_eq!(before, after, "written late, at turn {turn}: {error}");
        }
        let not_sent = matches!(error, OrderError::NotSent(_));
        assert_eq!(not_sent, after == 0, "turn {turn}: {error}");
        assert_eq!(has_begun, after > 0, "turn {turn}: {error}");
        if not_sent {
            assert_eq!(error.failure().reason(), REASON);
        } else {
            assert!(turn > 2, "it had several turns before it was written");
            return;
        }
    }
    panic!("it was never sent");
}

#[tokio::test]
async fn a_request_with_a_deadline_looks_like_one_without() {
    let wire = ByteServer::answering(json("200 OK", PLESK));
    let client = client(&wire);
    client.renew_plesk_subscription(&renewal()).await.unwrap();
    client.with_send_by(long()).renew_plesk_subscription(&renewal()).await.unwrap();
    let requests = wire.requests();
    let [without, with] = &requests[..] else { panic!("{requests:?}") };
    assert_eq!(with.body, without.body);
    assert_eq!(with.header("content-length"), [with.body.len().to_string()]);
    assert_eq!(with.header("transfer-encoding"), [""; 0]);
    let sorted = |request: &oxhost_testkit::Request| {
        let mut lines: Vec<String> = request.head.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(sorted(with), sorted(without));
}
