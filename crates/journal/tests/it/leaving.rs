use std::time::Duration;

use oxhost::types::ServerExtension;
use oxhost::{Client, OrderError};
use oxhost_journal::{Claimed, Journal, Placed, ReconcileOptions, Sent, State};
use oxhost_testkit::{ByteServer, silent};

use crate::bench::{ACCEPTED, Bench, answering, blocking, client_of, extension};

async fn send_unless(
    journal: &Journal,
    client: &Client,
    left: impl Future<Output = ()>,
) -> Sent<ServerExtension> {
    let claimed = journal.claim(client, extension("s-1", 1), Some("r")).await.unwrap();
    let Claimed::Ours(claim) = claimed else { panic!("{claimed:?}") };
    claim.send_unless(client, left).await.unwrap()
}

/// Completes when a provider has an order.
async fn ordered(provider: &ByteServer) {
    while provider.requests().is_empty() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn who_leaves_before_the_order_has_not_sent_it() {
    for reads_before in [true, false] {
        let (bench, provider) = (Bench::new(), answering("200 OK", ACCEPTED));
        let mut journal = bench.journal().await;
        if !reads_before {
            // Then its intent is written.
            journal = journal.with_baseline(None);
        }
        let sent = send_unless(&journal, &client_of(&provider), std::future::ready(())).await;
        assert!(sent.interrupted && sent.unwritten.is_none(), "{sent:?}");
        assert!(matches!(sent.result, Err(OrderError::NotSent(_))), "{sent:?}");
        assert_eq!((sent.entry.state, provider.requests().len()), (State::NotSent, 0));
        assert_eq!(sent.entry.deadlines.send_by.is_some(), !reads_before);
        assert_eq!(journal.get(&sent.entry.id).await.unwrap(), *sent.entry);
        let again = journal.place(&client_of(&provider), extension("s-1", 1), Some("r")).await;
        assert!(matches!(again, Ok(Placed::Sent(Sent { result: Ok(_), .. }))), "{again:?}");
    }
}

#[tokio::test]
async fn who_leaves_while_connecting_has_not_sent_it() {
    let bench = Bench::new();
    let journal = bench.journal().await.with_baseline(None);
    // The connection is accepted by the kernel, and nobody answers what TLS says.
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", nobody.local_addr().unwrap());
    let client = Client::builder("test-key").base_url(url).build().unwrap();
    nobody.set_nonblocking(true).unwrap();
    let mut connected = None;
    let connecting = async {
        while connected.is_none() {
            connected = nobody.accept().ok();
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    let sent = send_unless(&journal, &client, connecting).await;
    let Err(OrderError::NotSent(why)) = &sent.result else { panic!("{sent:?}") };
    assert_eq!(why.reason(), "interrupted before anything was sent");
    assert_eq!((sent.interrupted, sent.entry.state), (true, State::NotSent));
    assert_eq!(journal.get(&sent.entry.id).await.unwrap(), *sent.entry);
    assert_eq!(blocking(&journal, "s-1").await, None);
}

#[tokio::test]
async fn who_leaves_before_the_answer_says_that_it_is_unknown() {
    let bench = Bench::new();
    let provider = ByteServer::without_reads(silent);
    let (journal, client) = (bench.journal().await, client_of(&provider));
    let sent = send_unless(&journal, &client, ordered(&provider)).await;
    assert!(sent.interrupted && sent.unwritten.is_none(), "{sent:?}");
    let Err(OrderError::Unknown(why)) = &sent.result else { panic!("{sent:?}") };
    assert_eq!(why.reason(), "interrupted while the answer was awaited");
    assert_eq!(sent.entry.state, State::Unknown);
    assert_eq!(journal.get(&sent.entry.id).await.unwrap(), *sent.entry);
    // Nobody waits for it, it blocks, and its absence is believed no earlier.
    let again = journal.place(&client, extension("s-1", 1), Some("r")).await.unwrap();
    assert!(matches!(again, Placed::Recorded(entry) if entry == sent.entry));
    assert_eq!(blocking(&journal, "s-1").await.as_ref(), Some(&*sent.entry));
    assert_eq!(sent.entry.deadlines.answer_by, 130_000_000);
    let now = ReconcileOptions::default().window(Duration::ZERO);
    let found = journal.reconcile(&client, &sent.entry.id, &now).await.unwrap();
    assert_eq!((found.state, provider.requests().len()), (State::Unknown, 1));
}

#[tokio::test]
async fn an_answer_that_is_there_wins() {
    let (bench, provider) = (Bench::new(), answering("200 OK", ACCEPTED));
    let left = async {
        ordered(&provider).await;
        // The runtime has one thread, so that the answer is there when it is looked at again.
        std::thread::sleep(Duration::from_millis(100));
        tokio::task::yield_now().await;
        tokio::task::yield_now().await;
    };
    let journal = bench.journal().await;
    let sent = send_unless(&journal, &client_of(&provider), left).await;
    assert!(matches!(sent, Sent { result: Ok(_), interrupted: false, .. }), "{sent:?}");
    assert_eq!(sent.entry.state, State::Accepted);
}
