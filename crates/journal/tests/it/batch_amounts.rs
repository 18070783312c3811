//! Batches whose provider names no amount, and rows that their worker has left.

use std::future::{pending, ready};
use std::time::Duration;

use oxhost::types::PleskRenewalOrder;
use oxhost_journal::{BatchRow, JournalError, Resolution, Stopped, Totals};
use oxhost_sandbox::fault::Fault;
use oxhost_testkit::{ByteServer, bytes, http, json as json_reply};
use rust_decimal::Decimal;
use serde_json::json;

use crate::batches::{at_once, batch_of, client, provider, renewals};
use crate::bench::{Bench, client_of, entries, extension, leave_in_the_middle};

const WITHOUT_AMOUNT: &str = r#"{"success": true, "order_id": "o-1", "type": "renew_server"}"#;

fn extensions(names: &[&str]) -> Vec<BatchRow> {
    names.iter().map(|name| BatchRow::new(1, extension(name, 1))).collect()
}

/// What is spent, what is reserved, and how many were accepted without an amount.
fn money(totals: &Totals) -> (String, String, u64) {
    (totals.spent.to_string(), totals.reserved.to_string(), totals.unpriced)
}

#[tokio::test]
async fn what_nobody_names_the_amount_of_is_not_counted_as_nothing() {
    let bench = Bench::new();
    let journal = bench.journal().await;
    let provider = ByteServer::without_reads(bytes(http("200 OK", &[], WITHOUT_AMOUNT)));
    let client = client_of(&provider);
    let batch = batch_of(&journal, &client, extensions(&["server-1"])).await;
    let ended = batch.run(&client, &at_once(1), pending()).await.unwrap();
    assert_eq!(ended.totals.accepted, 1, "{ended:?}");
    assert_eq!(money(&ended.totals), ("0".into(), "0".into(), 1));
    // No limit can be held against that, unless someone says that it counts as nothing.
    let limited = at_once(1).max_spend(Decimal::ONE);
    let refused = batch.run(&client, &limited, pending()).await.unwrap_err();
    assert!(matches!(refused, JournalError::Usage(_)), "{refused}");
    let limited = limited.allow_unknown_price(true);
    assert!(batch.run(&client, &limited, pending()).await.unwrap().stopped.is_none());
}

#[tokio::test]
async fn an_order_of_unknown_price_and_amount_keeps_all_that_is_left_of_the_limit() {
    let bench = Bench::new();
    let journal = bench.journal().await;
    let provider = ByteServer::without_reads(bytes(http("200 OK", &[], WITHOUT_AMOUNT)));
    let client = client_of(&provider);
    let batch = batch_of(&journal, &client, extensions(&["server-1", "server-2"])).await;
    let options = at_once(2).max_spend(Decimal::ONE).allow_unknown_price(true);
    let ended = batch.run(&client, &options, pending()).await.unwrap();
    assert!(matches!(ended.stopped, Some(Stopped::SpendLimit)), "{ended:?}");
    assert_eq!((ended.totals.accepted, ended.totals.waiting), (1, 1));
    assert_eq!(money(&ended.totals), ("0".into(), "1".into(), 1));
}

/// A provider that shows a price, and names no amount.
fn silent_on_amounts() -> ByteServer {
    let shows = |path: &str| {
        let id = path.rsplit('=').next().unwrap();
        let shown = json!({"id": id, "price": "9.99", "expires_at": "2025-04-01 10:00:00"});
        json_reply(
            "200 OK",
            &json!({"success": true, "subscription": shown, "orders": []}).to_string(),
        )
    };
    let placed = r#"{"success": true, "order": {"id": "o-1", "status": "completed"}}"#;
    ByteServer::with_reads(shows, bytes(json_reply("200 OK", placed)))
}

#[tokio::test]
async fn an_order_that_others_placed_under_a_rows_reference_counts_against_the_limit() {
    let bench = Bench::new();
    let (journal, provider) = (bench.journal().await, silent_on_amounts());
    let client = client_of(&provider);
    let order = PleskRenewalOrder::new("sub-000001", 1).unwrap();
    journal.place(&client, order, Some("2026-12/sub-000001")).await.unwrap();
    let batch = batch_of(&journal, &client, renewals(0..3)).await;
    let ended =
        batch.run(&client, &at_once(1).max_spend(Decimal::from(25)), pending()).await.unwrap();
    assert_eq!(money(&ended.totals), ("0".into(), "19.98".into(), 2), "{ended:?}");
    assert_eq!(provider.requests().len(), 2, "by hand, and by the batch");
    // The limit is too low for what is there: nothing more is sent.
    let ended = batch.run(&client, &at_once(1).max_spend(Decimal::ONE), pending()).await.unwrap();
    assert_eq!(provider.requests().len(), 2, "{ended:?}");
}

#[tokio::test]
async fn the_price_stays_reserved_where_the_answer_names_no_amount() {
    let bench = Bench::new();
    let (journal, provider) = (bench.journal().await, silent_on_amounts());
    let client = client_of(&provider);
    let batch = batch_of(&journal, &client, renewals(0..3)).await;
    // Two fit, and the third does not.
    let options = at_once(1).max_spend(Decimal::from(25));
    for _ in 0..2 {
        let ended = batch.run(&client, &options, pending()).await.unwrap();
        assert!(matches!(ended.stopped, Some(Stopped::SpendLimit)), "{ended:?}");
        assert_eq!(money(&ended.totals), ("0".into(), "19.98".into(), 2));
        assert_eq!(provider.requests().len(), 2);
    }
}

#[tokio::test]
async fn a_row_that_is_taken_waits_until_its_order_is_written() {
    let (bench, sandbox) = (Bench::new(), provider(2));
    let (journal, client) = (bench.journal().await, client(&sandbox));
    let batch = batch_of(&journal, &client, renewals(0..2)).await;
    let taken = "UPDATE batch_rows SET state = 'taken', owner = 'gone', epoch = 1, lease = 0";
    assert_eq!(bench.connect().execute(taken, []).unwrap(), 2);
    let totals = batch.totals().await.unwrap().unwrap();
    assert_eq!((totals.waiting, totals.taken), (2, 0));
    let ended = batch.run(&client, &at_once(2), pending()).await.unwrap();
    assert_eq!((ended.totals.accepted, sandbox.ledger().len()), (2, 2));
}

#[tokio::test]
async fn a_row_whose_workers_are_lost_again_and_again_is_given_up_until_the_next_run() {
    let (bench, sandbox) = (Bench::new(), provider(2));
    let (journal, client) = (bench.journal().await, client(&sandbox));
    let batch = batch_of(&journal, &client, renewals(0..2)).await;
    let taken = "UPDATE batch_rows SET state = 'taken', owner = 'gone', epoch = 30, lease = 0, \
        repeats = CASE reference WHEN 'sub-000000' THEN 18 ELSE 19 END";
    assert_eq!(bench.connect().execute(taken, []).unwrap(), 2);
    let ended = batch.run(&client, &at_once(2), pending()).await.unwrap();
    assert_eq!((ended.totals.accepted, ended.totals.not_sent), (1, 1), "{ended:?}");
    assert_eq!(sandbox.ledger()[0].target_id, "sub-000000");
    let mut reasons = Vec::new();
    batch.rows(|row| reasons.extend(row.unwrap().reason)).await.unwrap();
    assert_eq!(reasons, ["given up after it was begun 20 times"]);
    let ended = batch.run(&client, &at_once(2), pending()).await.unwrap();
    assert_eq!((ended.totals.accepted, sandbox.ledger().len()), (2, 2));
}

#[tokio::test]
async fn what_a_worker_left_in_the_middle_is_not_told_as_waiting_by_the_next_that_stops() {
    let (bench, sandbox) = (Bench::new(), provider(1));
    let (journal, client) = (bench.journal().await, client(&sandbox));
    let batch = batch_of(&journal, &client, renewals(0..1)).await;
    let options = at_once(1).reconcile(bench.patiently());
    leave_in_the_middle(&batch, &client, &options, &sandbox).await;
    bench.pass(Duration::from_secs(60));
    // It may take the row over before it stops, and gives it back then.
    for _ in 0..10 {
        let stopped = batch.run(&client, &options, ready(())).await.unwrap();
        assert_eq!(stopped.totals.waiting, 0, "it MAY have been ordered: {stopped:?}");
        assert_eq!(stopped.totals.accepted + stopped.totals.taken + stopped.totals.unknown, 1);
    }
    let ended = batch.run(&client, &options, pending()).await.unwrap();
    assert_eq!((ended.totals.accepted, sandbox.ledger().len()), (1, 1), "{ended:?}");
}

#[tokio::test]
async fn what_is_found_out_about_an_order_is_told_of_its_row() {
    for by_a_person in [false, true] {
        let (bench, sandbox) = (Bench::new(), provider(1));
        let (journal, client) = (bench.journal().await, client(&sandbox));
        // The row's own reference may hold what stands between it and the batch's name.
        let rows = renewals(0..1).into_iter().map(|row| row.reference("a/b")).collect();
        let batch = batch_of(&journal, &client, rows).await;
        sandbox.inject("after:close-reply@0".parse::<Fault>().unwrap());
        // It stops before it finds out.
        let options = at_once(1).unknown_in_a_row(1);
        let ended = batch.run(&client, &options, pending()).await.unwrap();
        assert_eq!((ended.totals.unknown, sandbox.ledger().len()), (1, 1), "{ended:?}");
        let id = entries(&journal).await[0].id.clone();
        match by_a_person {
            true => journal.resolve(&id, Resolution::Ordered, "it is in the client area").await,
            false => journal.reconcile(&client, &id, &bench.patiently()).await,
        }
        .unwrap();
        let totals = batch.totals().await.unwrap().unwrap();
        assert_eq!((totals.accepted, totals.unknown), (1, 0), "{totals:?}");
        assert_eq!(totals.spent.to_string(), if by_a_person { "0" } else { "9.99" });
    }
}

#[tokio::test]
async fn what_a_person_says_of_an_order_is_told_of_a_row_that_had_ended() {
    let (bench, sandbox) = (Bench::new(), provider(2));
    let (journal, client) = (bench.journal().await, client(&sandbox));
    let batch = batch_of(&journal, &client, renewals(0..1)).await;
    sandbox.inject("after:close-reply@0".parse::<Fault>().unwrap());
    let options = at_once(1).unknown_in_a_row(1).max_spend(Decimal::from(10));
    let ended = batch.run(&client, &options, pending()).await.unwrap();
    assert_eq!((ended.totals.unknown, sandbox.ledger().len()), (1, 1), "{ended:?}");
    let id = entries(&journal).await[0].id.clone();
    let said = [
        (Resolution::NotOrdered, (0, 1)),
        (Resolution::Ordered, (1, 0)),
        (Resolution::NotOrdered, (0, 1)),
        (Resolution::Ordered, (1, 0)),
    ];
    for (resolution, told) in said {
        bench.pass(Duration::from_secs(3600));
        journal.resolve(&id, resolution, "as far as I see").await.unwrap();
        let totals = batch.totals().await.unwrap().unwrap();
        assert_eq!((totals.accepted, totals.not_sent), told, "{resolution:?}");
        let row = "SELECT committed FROM batches";
        let committed: u32 = bench.connect().query_row(row, [], |row| row.get(0)).unwrap();
        // What was reserved for it stays so, for a person names no amount.
        assert_eq!(u64::from(committed), told.0 * 9_990_000, "{resolution:?}");
    }
    let ended = batch.run(&client, &at_once(1), pending()).await.unwrap();
    assert_eq!((ended.totals.accepted, sandbox.ledger().len()), (1, 1), "{ended:?}");
}
