use std::sync::mpsc;
use std::sync::{Arc, Mutex};

use oxhost_journal::{Journal, JournalError, Placed, Sent, State};
use oxhost_testkit::ByteServer;

use crate::bench::{Bench, answering, client_of, entries, extension};

/// Reads the journal as another process would.
async fn states(bench: &Bench) -> Vec<State> {
    entries(&bench.journal().await).await.iter().map(|entry| entry.state).collect()
}

#[tokio::test]
async fn the_intent_is_on_disk_before_the_provider_sees_the_order() {
    let bench = Bench::new();
    // The answer waits until the journal was read.
    let (arrived, arrival) = mpsc::channel();
    let (answer, answered) = mpsc::channel::<()>();
    let waiting = Arc::new(Mutex::new(answered));
    let provider = ByteServer::without_reads(move |_| {
        arrived.send(()).unwrap();
        let _ = waiting.lock().unwrap().recv();
    });
    let (url, client) = (bench.url(), client_of(&provider));
    let placing = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let journal = Journal::open(&url).await.unwrap();
            journal.place(&client, extension("s-1", 1), None).await.unwrap()
        })
    });
    arrival.recv().unwrap();
    assert_eq!(states(&bench).await, [State::Open]);
    drop(answer);
    assert!(matches!(placing.join().unwrap(), Placed::Sent(Sent { result: Err(_), .. })));
    assert_eq!(states(&bench).await, [State::Unknown]);
}

#[tokio::test]
async fn an_order_whose_future_is_dropped_stays_open() {
    let bench = Bench::new();
    let journal = bench.journal().await;
    let provider = ByteServer::without_reads(|stream| {
        let _ = std::io::Read::read(stream, &mut [0]);
    });
    let (client, order) = (client_of(&provider), extension("s-1", 1));
    {
        let mut placing = Box::pin(journal.place(&client, order.clone(), None));
        while provider.requests().is_empty() {
            let step = std::future::poll_fn(|context| {
                assert!(placing.as_mut().poll(context).is_pending());
                std::task::Poll::Ready(())
            });
            step.await;
            tokio::task::yield_now().await;
        }
    }
    assert_eq!(states(&bench).await, [State::Open]);
}

#[tokio::test]
async fn no_secret_enters_the_journal() {
    let secrets = ["canary-password-1", "canary-metadata-2", "canary-token-3", "test-key"];
    let bench = Bench::new();
    let journal = bench.journal().await;
    let provider = answering(
        "200 OK",
        r#"{"success": true, "order_id": "o-1", "password": "canary-password-1", "message": "it is canary-password-1 and test-key",
            "server_status": {"metadata": "password=canary-metadata-2"}, "debug": {"token": "canary-token-3"}}"#,
    );
    journal.place(&client_of(&provider), extension("s-1", 1), None).await.unwrap();
    let refusing = answering("422 No", r#"{"message": "no", "password": "canary-password-1"}"#);
    journal.place(&client_of(&refusing), extension("s-1", 1), None).await.unwrap();
    assert_eq!(entries(&journal).await.len(), 2);
    drop(journal);
    let mut bytes = Vec::new();
    for entry in std::fs::read_dir(bench.file().parent().unwrap()).unwrap() {
        bytes.extend(std::fs::read(entry.unwrap().path()).unwrap());
    }
    let text = String::from_utf8_lossy(&bytes);
    assert!(text.contains("o-1"), "the reply is not there at all");
    for secret in secrets {
        assert!(!text.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn a_database_that_is_none_or_cannot_be_written_is_refused_before_anything_is_sent() {
    let bench = Bench::new();
    std::fs::write(
        bench.file(),
        "this is not a database, and long enough to be taken for one".repeat(90),
    )
    .unwrap();
    assert!(matches!(Journal::open(&bench.url()).await, Err(JournalError::Database(_))));
    for url in [
        "sqlite:///nowhere/at/all/journal.db",
        "mysql://localhost/x",
        "journal.db",
        "sqlite::memory:",
    ] {
        assert!(Journal::open(url).await.is_err(), "{url}");
    }
}

#[tokio::test]
async fn a_journal_that_breaks_in_between_says_that_the_order_was_sent() {
    let bench = Bench::new();
    let journal = bench.journal().await;
    let file = bench.file();
    // The table goes while the order is under way.
    let provider = ByteServer::without_reads(move |_| {
        let theirs = rusqlite::Connection::open(&file).unwrap();
        theirs.execute_batch("ALTER TABLE orders RENAME TO gone").unwrap();
    });
    let placed = journal.place(&client_of(&provider), extension("s-1", 1), None).await.unwrap();
    let Placed::Sent(Sent { result: Err(_), entry, unwritten: Some(error), .. }) = placed else {
        panic!()
    };
    assert_eq!(entry.state, State::Unknown);
    assert!(error.to_string().contains("no such table"), "{error}");
}
