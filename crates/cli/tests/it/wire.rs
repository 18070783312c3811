//! A server that answers to the byte, and tells what it was sent.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Duration;

use socket2::{Domain, Socket, Type};

/// A request as it came over the wire.
#[derive(Debug)]
pub struct Request {
    pub head: String,
    pub body: String,
}

impl Request {
    /// The value of a header that is there once.
    pub fn header(&self, name: &str) -> &str {
        let lines = self.head.lines().skip(1).filter_map(|line| line.split_once(": "));
        let mut values =
            lines.filter(|(given, _)| given.eq_ignore_ascii_case(name)).map(|(_, value)| value);
        let value = values.next().unwrap_or_default();
        assert_eq!(values.next(), None, "{name} is there twice");
        value
    }
}

pub struct Wire {
    url: String,
    requests: Receiver<Request>,
    go_on: Option<Sender<()>>,
}

impl Wire {
    /// Gives every request these bytes, and closes.
    pub fn answering(answer: impl Into<Vec<u8>>) -> Self {
        let answer = answer.into();
        Self::with(move |stream| {
            let _ = stream.write_all(&answer);
            let _ = stream.shutdown(Shutdown::Write);
        })
    }

    /// Takes every request and says nothing until the other side leaves.
    pub fn silent() -> Self {
        Self::with(|stream| {
            let _ = stream.read(&mut [0]);
        })
    }

    /// Gives each request this answer once it is told to go on.
    #[cfg(target_os = "linux")]
    pub fn slow(answer: Vec<u8>) -> Self {
        let (go_on, told) = mpsc::channel();
        let wire = Self::with(move |stream| {
            if told.recv().is_ok() {
                let _ = stream.write_all(&answer);
                let _ = stream.shutdown(Shutdown::Write);
            }
        });
        Self { go_on: Some(go_on), ..wire }
    }

    #[cfg(target_os = "linux")]
    pub fn go_on(&self) {
        self.go_on.as_ref().unwrap().send(()).unwrap();
    }

    fn with(answer: impl Fn(&mut TcpStream) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (seen, requests) = mpsc::channel();
        // Ends with the test's process.
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                if let Some(request) = read(&mut stream) {
                    // It takes orders alone: what is read before one is not found.
                    if request.head.starts_with("GET ") {
                        let _ = stream
                            .write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n");
                        continue;
                    }
                    // Told before it is answered, so it is known once the client has ended.
                    let _ = seen.send(request);
                    answer(&mut stream);
                }
            }
        });
        Self { url, requests, go_on: None }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// Waits for a request to have arrived whole.
    pub fn arrived(&self) -> Request {
        self.requests.recv_timeout(Duration::from_secs(60)).expect("no request arrived")
    }

    /// The requests that nobody has waited for.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.try_iter().collect()
    }
}

/// An HTTP answer with a body of this length.
pub fn http(status: &str, kind: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\r\n{body}")
        .into_bytes()
}

pub fn json(status: &str, body: &str) -> Vec<u8> {
    http(status, "application/json", body)
}

/// A URL at which nobody listens. The port stays taken, or another test could get it.
pub fn closed() -> String {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
    let url = format!("http://{}", socket.local_addr().unwrap().as_socket().unwrap());
    std::mem::forget(socket);
    url
}

fn read(stream: &mut TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
            let mut request = Request { head, body: String::new() };
            let length: usize = request.header("content-length").parse().unwrap_or(0);
            if bytes.len() >= end + 4 + length {
                request.body = String::from_utf8(bytes[end + 4..].to_vec()).unwrap();
                return Some(request);
            }
        }
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return None,
            Ok(count) => bytes.extend_from_slice(&buffer[..count]),
        }
    }
}
