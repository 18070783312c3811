use std::future::pending;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use oxhost::Client;
use oxhost::types::ServerExtensionOrder;
use oxhost_journal::{
    Batch, BatchOptions, Clock, Entry, Journal, ListOptions, Moment, ReconcileOptions,
};
use oxhost_sandbox::Sandbox;
use oxhost_sandbox::fault::Fault;
use oxhost_testkit::{ByteServer, bytes, http};
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

    /// The file, for somebody who is no journal.
    pub fn connect(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.file()).unwrap()
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

/// A provider without reads that gives every order this answer.
pub fn answering(status: &str, body: &str) -> ByteServer {
    ByteServer::without_reads(bytes(http(status, &[], body)))
}

/// Closes without an answer: every order is unknown.
pub fn closing() -> ByteServer {
    ByteServer::without_reads(|_| {})
}

pub fn client_of(provider: &ByteServer) -> Client {
    Client::builder("test-key").base_url(provider.url()).build().unwrap()
}

/// The worker is gone while the answer to its first order is awaited.
pub async fn leave_in_the_middle(
    batch: &Batch,
    client: &Client,
    options: &BatchOptions,
    sandbox: &Sandbox,
) {
    sandbox.inject("after:late=5000".parse::<Fault>().unwrap());
    let sent = async {
        while sandbox.ledger().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::select! {
        ended = batch.run(client, options, pending()) => panic!("{ended:?}"),
        () = sent => {}
    }
}
