use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use oxhost::Client;
use oxhost::types::ServerExtensionOrder;
use oxhost_journal::{Clock, Entry, Journal, ListOptions, Moment, ReconcileOptions};
use tempfile::TempDir;

pub const ACCEPTED: &str =
    r#"{"success": true, "order_id": "o-1", "amount": "0.02", "type": "renew_server"}"#;

/// A folder with a journal in it, and a time that stands still but for the pauses that are made in it.
pub struct Bench {
    folder: TempDir,
    micros: Arc<AtomicI64>,
}

impl Bench {
    pub fn new() -> Self {
        // In memory where that can be: what is written there is not waited for.
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
        Self { folder: folder.unwrap(), micros: Arc::default() }
    }

    pub fn clock(&self) -> Clock {
        let micros = Arc::clone(&self.micros);
        Clock::new(move || Moment {
            clock: "test".to_owned(),
            micros: micros.load(Ordering::SeqCst),
        })
    }

    /// Lets time pass.
    pub fn pass(&self, time: Duration) {
        passing(&self.micros)(time);
    }

    /// Finds out as long as it takes, and waits for none of it.
    pub fn patiently(&self) -> ReconcileOptions {
        self.noting(|_| {})
    }

    /// The same, and tells each pause before it is made.
    pub fn noting(&self, note: impl Fn(Duration) + Send + Sync + 'static) -> ReconcileOptions {
        let pass = passing(&self.micros);
        ReconcileOptions::default().pausing(move |pause| {
            note(pause);
            pass(pause);
            std::future::ready(())
        })
    }

    pub fn file(&self) -> PathBuf {
        self.folder.path().join("journal.db")
    }

    pub fn url(&self) -> String {
        format!("sqlite://{}", self.file().display())
    }

    pub async fn journal(&self) -> Journal {
        Journal::open(&self.url()).await.unwrap().with_clock(self.clock())
    }
}

fn passing(micros: &Arc<AtomicI64>) -> impl Fn(Duration) + Send + Sync + 'static {
    let micros = Arc::clone(micros);
    move |time| {
        micros.fetch_add(i64::try_from(time.as_micros()).unwrap(), Ordering::SeqCst);
    }
}

pub async fn entries(journal: &Journal) -> Vec<Entry> {
    let mut entries = Vec::new();
    let take = |entry: Result<Entry, _>| entries.push(entry.unwrap());
    journal.list(&ListOptions::default(), take).await.unwrap();
    entries
}

/// The order that keeps a target from being charged.
pub async fn blocking(journal: &Journal, target: &str) -> Option<Entry> {
    let mut entries = entries(journal).await;
    entries.retain(|entry| entry.state.blocks() && entry.target == target);
    entries.pop()
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
