use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::thread;

use jiff::{SignedDuration, Timestamp};
use oxhost::Client;
use oxhost::types::ServerExtensionOrder;
use oxhost_journal::{Journal, ReconcileOptions};
use tempfile::TempDir;

pub const ACCEPTED: &str =
    r#"{"success": true, "order_id": "o-1", "amount": "0.02", "type": "renew_server"}"#;

/// A folder with a journal in it.
pub struct Bench {
    folder: TempDir,
}

impl Bench {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub fn file(&self) -> PathBuf {
        self.folder.path().join("journal.db")
    }

    pub fn url(&self) -> String {
        format!("sqlite://{}", self.file().display())
    }

    pub async fn journal(&self) -> Journal {
        Journal::open(&self.url(), "account").await.unwrap()
    }
}

/// The same journal, and a way to look into it, for which time passes only in pauses, and at once.
pub fn without_waiting(journal: Journal) -> (Journal, ReconcileOptions) {
    let passed = Arc::new(AtomicI64::new(0));
    let (passing, start) = (Arc::clone(&passed), Timestamp::now());
    let journal = journal
        .with_clock(move || start + SignedDuration::from_micros(passed.load(Ordering::SeqCst)));
    let options = ReconcileOptions::default().pausing(move |pause| {
        passing.fetch_add(i64::try_from(pause.as_micros()).unwrap(), Ordering::SeqCst);
        std::future::ready(())
    });
    (journal, options)
}

pub fn extension(server: &str, hours: u32) -> ServerExtensionOrder {
    ServerExtensionOrder::new("user", server, hours).unwrap()
}

/// A provider that gives every order the same body, or no answer, and counts them. It has no reads unless
/// it is given some.
pub struct Provider {
    url: String,
    requests: Arc<AtomicUsize>,
}

impl Provider {
    pub fn answering(status: &'static str, body: &'static str) -> Self {
        Self::with(move |stream| {
            let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n", body.len());
            let _ = stream.write_all(format!("{head}{body}").as_bytes());
        })
    }

    /// Closes without an answer: every order is unknown.
    pub fn silent() -> Self {
        Self::with(|_| {})
    }

    pub fn with(answer: impl Fn(&mut TcpStream) + Send + Sync + 'static) -> Self {
        Self::reading(|_| ("404 Not Found", String::new()), answer)
    }

    /// Answers reads by their path and query.
    pub fn reading(
        read: impl Fn(&str) -> (&'static str, String) + Send + Sync + 'static,
        answer: impl Fn(&mut TcpStream) + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(AtomicUsize::new(0));
        let (counter, read, answer) = (Arc::clone(&requests), Arc::new(read), Arc::new(answer));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (mut stream, counter) = (stream.unwrap(), Arc::clone(&counter));
                let (read, answer) = (Arc::clone(&read), Arc::clone(&answer));
                thread::spawn(move || {
                    let mut bytes = Vec::new();
                    let mut buffer = [0; 1024];
                    // An order ends with the one closing brace of its JSON.
                    while !bytes.ends_with(b"}") {
                        match stream.read(&mut buffer) {
                            Ok(0) | Err(_) => return,
                            Ok(count) => bytes.extend_from_slice(&buffer[..count]),
                        }
                        if bytes.starts_with(b"GET") && bytes.ends_with(b"\r\n\r\n") {
                            let head = String::from_utf8(bytes).unwrap();
                            let (status, body) = read(head.split(' ').nth(1).unwrap());
                            let length = body.len();
                            let head = format!("HTTP/1.1 {status}\r\ncontent-length: {length}");
                            let _ = stream.write_all(format!("{head}\r\n\r\n{body}").as_bytes());
                            return;
                        }
                    }
                    counter.fetch_add(1, Ordering::SeqCst);
                    answer(&mut stream);
                });
            }
        });
        Self { url, requests }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    pub fn client(&self) -> Client {
        Client::builder("test-key").base_url(&self.url).build().unwrap()
    }
}
