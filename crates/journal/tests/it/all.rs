//! Every order that blocks, found out about in one go.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use oxhost::Client;
use oxhost::types::PleskRenewalOrder;
use oxhost_journal::{
    Claimed, Entry, Journal, JournalError, Placed, ReconcileOptions, Sent, State,
};
use oxhost_sandbox::{Fault, Sandbox};
use oxhost_testkit::{ByteServer, http};

use crate::batches::{client, provider};
use crate::bench::{ACCEPTED, Bench, client_of, entries, extension};
use crate::finding_out::{BOOKED, LOST};

type Told = Vec<(String, Result<Entry, JournalError>)>;

/// An order for a subscription of its own for each fault.
pub async fn orders_that_block(journal: &Journal, faults: &[&str]) -> (Sandbox, Client) {
    let sandbox = provider(faults.len());
    let client = client(&sandbox);
    for (number, fault) in faults.iter().enumerate() {
        sandbox.inject(fault.parse::<Fault>().unwrap());
        let order = PleskRenewalOrder::new(format!("sub-{number:06}"), 1).unwrap();
        let placed = journal.place(&client, order, None).await.unwrap();
        let Placed::Sent(Sent { entry, .. }) = placed else { panic!("{fault}") };
        assert_eq!(entry.state, State::Unknown);
    }
    (sandbox, client)
}

pub async fn found(journal: &Journal, client: &Client, options: &ReconcileOptions) -> Told {
    let mut told = Vec::new();
    let take = |id: &str, found| told.push((id.to_owned(), found));
    journal.reconcile_all(client, options, take).await.unwrap();
    told
}

/// Each order once, as its fault has left it; and nothing was sent again.
pub fn is_told(told: &Told, faults: &[&str], sandbox: &Sandbox) {
    let states: HashMap<&str, State> = told
        .iter()
        .map(|(id, found)| {
            let entry = found.as_ref().unwrap();
            assert_eq!(*id, entry.id);
            (entry.target.as_str(), entry.state)
        })
        .collect();
    assert_eq!((told.len(), states.len()), (faults.len(), faults.len()));
    for (number, fault) in faults.iter().enumerate() {
        let state = if *fault == BOOKED { State::Confirmed } else { State::NotOrdered };
        assert_eq!(states[format!("sub-{number:06}").as_str()], state, "{fault}");
    }
    let posts = sandbox.requests().iter().filter(|request| request.method == "POST").count();
    assert_eq!(posts, faults.len(), "finding out never orders");
    let booked = faults.iter().filter(|fault| **fault == BOOKED).count();
    assert_eq!(sandbox.ledger().len(), booked);
}

#[tokio::test]
async fn each_order_that_blocks_is_found_out_about_once() {
    let bench = Bench::new();
    let journal = bench.journal().await;
    let mut random = fastrand::Rng::with_seed(11);
    let faults: Vec<&str> = (0..300).map(|_| if random.bool() { BOOKED } else { LOST }).collect();
    let (sandbox, client) = orders_that_block(&journal, &faults).await;
    let mut listed = Vec::new();
    journal.list_blocking(|id, entry| listed.push((id.to_owned(), entry))).await.unwrap();
    let ids = entries(&journal).await.into_iter().map(|entry| entry.id).collect::<Vec<_>>();
    assert_eq!(listed.into_iter().map(|(id, _)| id).collect::<Vec<_>>(), ids);
    let told = found(&journal, &client, &bench.patiently()).await;
    is_told(&told, &faults, &sandbox);
    assert!(found(&journal, &client, &bench.patiently()).await.is_empty());
}

#[tokio::test]
async fn sixteen_are_looked_for_at_once_and_no_more() {
    let bench = Bench::new();
    let journal = bench.journal().await.with_baseline(None);
    let (at_once, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (now, peak) = (Arc::clone(&at_once), Arc::clone(&most));
    let slow = ByteServer::with_reads(
        move |path| {
            if path.contains("page=1") {
                peak.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                std::thread::sleep(Duration::from_millis(100));
                now.fetch_sub(1, Ordering::SeqCst);
            }
            http("200 OK", &[], r#"{"success": true, "data": [], "user": {"id": "user"}}"#)
        },
        |_| {},
    );
    let client = client_of(&slow);
    for number in 0..40 {
        journal.place(&client, extension(&format!("s-{number}"), 1), None).await.unwrap();
    }

    let told = found(&journal, &client, &ReconcileOptions::default()).await;
    assert_eq!((told.len(), slow.requests().len()), (40, 40));
    assert_eq!(most.load(Ordering::SeqCst), 16);
}

/// Orders that are found out about without a look.
fn rows(numbers: std::ops::Range<usize>, state: &str, claimed_at: i64) -> String {
    let row = |number: usize| {
        format!(
            "INSERT INTO orders (id, provider, operation, target, parameters, state, clock, claimed_at, answer_by, \
             created_at, changed_at) VALUES ('{number:04}', 'p', 'other', 't-{number}', '{{}}', '{state}', 'test', \
             {claimed_at}, {claimed_at}, '2026-01-01T00:00:00.{number:06}Z', '2026-01-01T00:00:00.{number:06}Z');"
        )
    };
    format!("BEGIN; {} COMMIT", numbers.map(row).collect::<String>())
}

#[tokio::test]
async fn what_is_claimed_while_it_is_found_out_about_others_is_not_waited_for() {
    let bench = Bench::new();
    let (journal, nobody) = (bench.journal().await, client_of(&crate::bench::closing()));
    bench.connect().execute_batch(&rows(0..300, "unknown", 0)).unwrap();
    let (file, mut told) = (bench.connect(), Vec::new());
    let take = |id: &str, found: Result<Entry, JournalError>| {
        if told.is_empty() {
            file.execute_batch(&rows(300..301, "claimed", 1)).unwrap();
        }
        assert_eq!(found.unwrap().state, State::Unknown);
        told.push(id.to_owned());
    };
    journal.reconcile_all(&nobody, &bench.patiently(), take).await.unwrap();
    told.sort();
    assert_eq!(told, (0..300).map(|number| format!("{number:04}")).collect::<Vec<_>>());
    assert_eq!(journal.get("0300").await.unwrap().state, State::Claimed);
}

#[tokio::test]
async fn one_that_nothing_can_be_told_of_does_not_stop_the_rest() {
    let bench = Bench::new();
    let journal = bench.journal().await;
    let (sandbox, client) = orders_that_block(&journal, &[BOOKED, LOST, BOOKED, BOOKED]).await;
    let ids: Vec<String> = entries(&journal).await.into_iter().map(|entry| entry.id).collect();
    let change = |sql: &str| bench.connect().execute_batch(sql).unwrap();
    change(&format!("UPDATE orders SET provider = 'http://elsewhere' WHERE id = '{}'", ids[0]));
    change(&format!("UPDATE orders SET baseline = NULL WHERE id = '{}'", ids[1]));
    change(&format!("UPDATE orders SET parameters = '{{' WHERE id = '{}'", ids[2]));
    let before = sandbox.requests().len();
    let told: HashMap<_, _> =
        found(&journal, &client, &bench.patiently()).await.into_iter().collect();
    assert!(matches!(told[&ids[0]], Err(JournalError::OtherProvider { .. })), "{told:?}");
    assert!(matches!(&told[&ids[1]], Ok(entry) if entry.state == State::Unknown), "{told:?}");
    assert!(matches!(told[&ids[2]], Err(JournalError::Corrupt(_))), "{told:?}");
    assert!(matches!(&told[&ids[3]], Ok(entry) if entry.state == State::Confirmed), "{told:?}");
    // Of the first and the third, nothing was asked.
    let asked: Vec<String> =
        sandbox.requests()[before..].iter().map(|request| request.path.clone()).collect();
    assert!(asked.iter().all(|path| !path.contains("sub-000000") && !path.contains("sub-000002")));
}

#[tokio::test]
async fn a_claim_is_left_to_its_sender_until_he_must_be_out() {
    let bench = Bench::new();
    let (journal, other) = (bench.journal().await, bench.journal().await);
    let provider = crate::bench::answering("200 OK", ACCEPTED);
    let client = client_of(&provider);
    let claim = async |server| match journal.claim(&client, extension(server, 1), None).await {
        Ok(Claimed::Ours(claim)) => claim,
        claimed => panic!("{claimed:?}"),
    };
    let mine = claim("s-1").await;
    let short = ReconcileOptions::default().window(Duration::ZERO);
    let told = found(&other, &client, &short).await;
    assert!(matches!(&told[..], [(_, Ok(entry))] if entry.state == State::Claimed), "{told:?}");
    let sent = mine.send(&client).await.unwrap();
    assert!(sent.result.is_ok() && sent.entry.notes.is_empty(), "{sent:?}");

    // While it is waited for one, its sender sends it.
    let (mine, pauses) = (claim("s-1").await, Arc::new(Mutex::new(0)));
    let (made, (go, gone)) = (Arc::clone(&pauses), tokio::sync::oneshot::channel());
    let go = Mutex::new(Some(go));
    let patient = ReconcileOptions::default().pausing(move |_| {
        *made.lock().unwrap() += 1;
        if let Some(go) = go.lock().unwrap().take() {
            go.send(()).unwrap();
        }
        tokio::time::sleep(Duration::from_millis(5))
    });
    let sending = async {
        gone.await.unwrap();
        mine.send(&client).await.unwrap()
    };
    let (told, sent) = tokio::join!(found(&other, &client, &patient), sending);
    assert!(sent.result.is_ok() && sent.entry.notes.is_empty(), "{sent:?}");
    assert!(matches!(&told[..], [(_, Ok(entry))] if entry.state == State::Accepted), "{told:?}");
    assert!(*pauses.lock().unwrap() > 0);
    assert_eq!(provider.requests().len(), 2);

    // One whose sender has left is taken back once he could not send it any more.
    drop(claim("s-1").await);
    let told = found(&other, &client, &bench.patiently()).await;
    assert!(matches!(&told[..], [(_, Ok(entry))] if entry.state == State::NotSent), "{told:?}");
    assert_eq!(provider.requests().len(), 2);
}

#[tokio::test]
async fn an_order_under_way_is_not_disturbed() {
    let bench = Bench::new();
    let (journal, other) = (bench.journal().await, bench.journal().await);
    let (let_go, held) = mpsc::channel::<()>();
    let held = Mutex::new(held);
    let provider = ByteServer::without_reads(move |stream| {
        let _ = held.lock().unwrap().recv();
        let _ = std::io::Write::write_all(stream, &http("200 OK", &[], ACCEPTED));
    });
    let client = client_of(&provider);
    let (sending, by) = (journal.clone(), client.clone());
    let sender = tokio::spawn(async move { sending.place(&by, extension("s-1", 1), None).await });
    while provider.requests().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let short = ReconcileOptions::default().window(Duration::ZERO);
    let told = found(&other, &client, &short).await;
    let [(_, Ok(entry))] = &told[..] else { panic!("{told:?}") };
    assert_eq!((entry.state, &entry.findings), (State::Open, &None));
    let_go.send(()).unwrap();
    let Ok(Placed::Sent(sent)) = sender.await.unwrap() else { panic!() };
    assert_eq!((sent.entry.state, sent.entry.notes.len()), (State::Accepted, 0));
    assert_eq!(provider.requests().len(), 1);
}
