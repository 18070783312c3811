//! Batches that several workers share, one of which may not speak any more.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use oxhost::Client;
use oxhost_journal::{BatchOptions, Journal, ReconcileOptions, RowState, Stopped};
use oxhost_sandbox::Sandbox;
use rust_decimal::Decimal;

use super::Scene;
use crate::batches::{at_once, batch_of, charged, client, provider, renewals};

async fn workers(
    scene: &Scene,
    count: usize,
    client: &Arc<Client>,
    options: &BatchOptions,
) -> Vec<oxhost_journal::Ended> {
    let mut workers = Vec::new();
    for _ in 0..count {
        let (url, client, options) = (scene.url(), Arc::clone(client), options.clone());
        workers.push(tokio::spawn(async move {
            let journal = Journal::open(&url).await.unwrap();
            let batch = journal.batch("2026-12").unwrap();
            batch.run(&client, &options, pending()).await.unwrap()
        }));
    }
    let mut ended = Vec::new();
    for worker in workers {
        ended.push(worker.await.unwrap());
    }
    ended
}

async fn scene(rows: usize) -> (Scene, Sandbox, Arc<Client>, Journal) {
    let (scene, sandbox) = (Scene::new().await, provider(rows));
    let client = Arc::new(client(&sandbox));
    let journal = scene.journal().await;
    batch_of(&journal, &client, renewals(0..rows)).await;
    (scene, sandbox, client, journal)
}

#[tokio::test]
#[ignore = "needs a server"]
async fn four_workers_charge_each_row_once_and_a_second_run_sends_nothing() {
    let (scene, sandbox, client, _journal) = scene(400).await;
    for _ in 0..2 {
        for ended in workers(&scene, 4, &client, &at_once(16)).await {
            assert!(ended.stopped.is_none(), "{ended:?}");
            assert_eq!(ended.totals.accepted, 400);
        }
        assert_eq!(charged(&sandbox), 400);
    }
    let orders = sandbox.requests().iter().filter(|request| request.method == "POST").count();
    assert_eq!(orders, 400);
}

#[tokio::test]
#[ignore = "needs a server"]
async fn four_workers_with_64_orders_at_once_do_not_go_beyond_the_limit() {
    let (scene, sandbox, client, journal) = scene(400).await;
    // 100 renewals come to 999 EUR.
    let options = at_once(64).max_spend(Decimal::from(1008));
    for ended in workers(&scene, 4, &client, &options).await {
        assert!(matches!(ended.stopped, Some(Stopped::SpendLimit)), "{ended:?}");
    }
    assert_eq!(charged(&sandbox), 100);
    // Set again while nobody works, it counts the same.
    let batch = journal.batch("2026-12").unwrap();
    let options = at_once(1).max_spend(Decimal::from(1009));
    let ended = batch.run(&client, &options, pending()).await.unwrap();
    assert!(matches!(ended.stopped, Some(Stopped::SpendLimit)), "{ended:?}");
    assert_eq!(charged(&sandbox), 101);
}

#[tokio::test]
#[ignore = "needs a server"]
async fn what_a_dead_worker_had_is_taken_over() {
    let (scene, sandbox, client, journal) = scene(200).await;
    let lease = Duration::from_millis(900);
    // Nothing is waited for to believe that an order was not placed: it shows, or it was not sent.
    let options = at_once(8).lease(lease).unknown_in_a_row(10_000);
    let mut random = fastrand::Rng::with_seed(11);
    for _ in 0..6 {
        let batch = journal.batch("2026-12").unwrap();
        let dies = Duration::from_millis(random.u64(20..250));
        let _ = tokio::time::timeout(dies, batch.run(&client, &options, pending())).await;
    }
    let looks = ReconcileOptions::default().window(Duration::from_millis(200));
    for ended in workers(&scene, 2, &client, &options.reconcile(looks)).await {
        assert!(ended.stopped.is_none(), "{ended:?}");
    }
    let batch = journal.batch("2026-12").unwrap();
    let mut unsettled = Vec::new();
    batch
        .rows(|row| {
            let row = row.unwrap();
            if row.state != RowState::Accepted {
                unsettled.push((row.row.reference, row.state));
            }
        })
        .await
        .unwrap();
    // What was open when its worker died, and never reached the provider, is a person's until its absence can be
    // believed; all others were charged once.
    assert!(unsettled.iter().all(|(_, state)| *state == RowState::Unknown), "{unsettled:?}");
    assert_eq!(charged(&sandbox) + unsettled.len(), 200);
}
