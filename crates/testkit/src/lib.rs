//! A server that answers to the byte, and keeps what it was sent: for the tests of every crate, where the
//! provider of `oxhost-sandbox` is too well-behaved.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::Value;
use socket2::{Domain, Socket, Type};

/// A request as it came over the wire.
#[derive(Clone, Debug)]
pub struct Request {
    /// Its first line and its headers.
    pub head: String,
    /// The bytes behind them.
    pub body: String,
}

impl Request {
    /// Method, path and version.
    pub fn line(&self) -> &str {
        self.head.lines().next().unwrap_or_default()
    }

    /// Path and query.
    pub fn path(&self) -> &str {
        self.line().split(' ').nth(1).unwrap_or_default()
    }

    /// All values of a header, in order.
    pub fn header(&self, name: &str) -> Vec<&str> {
        let headers = self.head.lines().skip(1).filter_map(|line| line.split_once(": "));
        let named = headers.filter(|(given, _)| given.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value).collect()
    }

    /// The body, which must be JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// Takes requests at a port of its own until the test's process ends, each in a thread.
#[derive(Debug)]
pub struct ByteServer {
    url: String,
    received: Arc<Received>,
}

#[derive(Debug, Default)]
struct Received {
    /// The requests, and how many of them were waited for.
    requests: Mutex<(Vec<Request>, usize)>,
    arrival: Condvar,
}

impl ByteServer {
    /// Gives every request these bytes, and closes.
    pub fn answering(answer: impl Into<Vec<u8>>) -> Self {
        Self::with(bytes(answer))
    }

    /// Lets `answer` do as it likes with the connection, once a request was read and kept.
    pub fn with(answer: impl Fn(&mut TcpStream) + Send + Sync + 'static) -> Self {
        Self::serving(move |request, stream, received| {
            received.keep(request);
            answer(stream);
        })
    }

    /// The same for orders alone: there is nothing to read.
    pub fn without_reads(answer: impl Fn(&mut TcpStream) + Send + Sync + 'static) -> Self {
        Self::with_reads(|_| http("404 Not Found", &[], ""), answer)
    }

    /// The same for orders alone: reads are answered by their path and query, and not kept.
    pub fn with_reads(
        read: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static,
        answer: impl Fn(&mut TcpStream) + Send + Sync + 'static,
    ) -> Self {
        Self::serving(move |request, stream, received| {
            if request.head.starts_with("GET ") {
                bytes(read(request.path()))(stream);
            } else {
                received.keep(request);
                answer(stream);
            }
        })
    }

    fn serving(serve: impl Fn(Request, &mut TcpStream, &Received) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (received, serve) = (Arc::<Received>::default(), Arc::new(serve));
        let keeping = Arc::clone(&received);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let (keeping, serve) = (Arc::clone(&keeping), Arc::clone(&serve));
                thread::spawn(move || {
                    if let Ok(message) = message(&mut stream) {
                        let text = String::from_utf8(message).unwrap();
                        let (head, body) = text.split_once("\r\n\r\n").unwrap();
                        let request = Request { head: head.to_owned(), body: body.to_owned() };
                        serve(request, &mut stream, &keeping);
                    }
                });
            }
        });
        Self { url, received }
    }

    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What was kept so far.
    pub fn requests(&self) -> Vec<Request> {
        self.received.requests.lock().unwrap().0.clone()
    }

    /// Waits for the next request: the first call for the first one, and so on.
    pub fn arrived(&self) -> Request {
        let requests = self.received.requests.lock().unwrap();
        let (mut requests, waited) = self
            .received
            .arrival
            .wait_timeout_while(requests, Duration::from_secs(60), |(all, taken)| {
                all.len() == *taken
            })
            .unwrap();
        assert!(!waited.timed_out(), "no request arrived");
        let (all, taken) = &mut *requests;
        let next = all.get(*taken).expect("it was waited for").clone();
        *taken += 1;
        next
    }
}

impl Received {
    /// Kept before it is answered: it is known once the client has ended.
    fn keep(&self, request: Request) {
        self.requests.lock().unwrap().0.push(request);
        self.arrival.notify_all();
    }
}

/// Writes these bytes, and closes.
pub fn bytes(answer: impl Into<Vec<u8>>) -> impl Fn(&mut TcpStream) + Send + Sync + 'static {
    let answer = answer.into();
    move |stream| {
        let _ = stream.write_all(&answer);
        let _ = stream.shutdown(Shutdown::Write);
    }
}

/// Says nothing until the other side leaves.
pub fn silent(stream: &mut TcpStream) {
    let _ = stream.read(&mut [0]);
}

/// An HTTP answer with a body of this length, after which the connection ends.
pub fn http(status: &str, headers: &[&str], body: &str) -> Vec<u8> {
    kept(status, &[&["connection: close"], headers].concat(), body)
}

/// An HTTP answer with a body of this length, after which the connection goes on.
pub fn kept(status: &str, headers: &[&str], body: &str) -> Vec<u8> {
    let mut answer = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n", body.len());
    for header in headers {
        answer.push_str(header);
        answer.push_str("\r\n");
    }
    format!("{answer}\r\n{body}").into_bytes()
}

/// An HTTP answer that is JSON.
pub fn json(status: &str, body: &str) -> Vec<u8> {
    http(status, &["content-type: application/json"], body)
}

/// A URL at which nobody listens. The port stays taken, or another test could get it.
pub fn closed() -> String {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
    let url = format!("http://{}", socket.local_addr().unwrap().as_socket().unwrap());
    std::mem::forget(socket);
    url
}

/// Reads a head, and a body of the length that it tells.
///
/// # Errors
/// When the other side leaves before.
pub fn message(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let (mut message, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        if let Some(end) = message.windows(4).position(|window| window == b"\r\n\r\n") {
            let head =
                String::from_utf8_lossy(message.get(..end).unwrap_or_default()).to_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
            let length: usize = length.map_or(0, |length| length.trim().parse().unwrap());
            if message.len() >= end + 4 + length {
                return Ok(message);
            }
        }
        match stream.read(&mut buffer)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => message.extend(buffer.iter().take(count)),
        }
    }
}
