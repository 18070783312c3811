//! Batches whose provider says no for a while, or sells for nothing.

use std::collections::HashSet;
use std::future::pending;
use std::time::Duration;

use oxhost_journal::{BatchRow, RowState, State, Stopped};
use oxhost_sandbox::{PLAN_ID, fault::Fault};
use oxhost_testkit::{ByteServer, bytes, http};
use rust_decimal::Decimal;

use crate::batches::{at_once, batch_of, charged, client, provider, renewals};
use crate::bench::{ACCEPTED, Bench, client_of, entries, extension, leave_in_the_middle};

fn fault(text: &str) -> Fault {
    text.parse().unwrap()
}

fn orders(sandbox: &oxhost_sandbox::Sandbox) -> usize {
    sandbox.requests().iter().filter(|request| request.method == "POST").count()
}

#[tokio::test]
async fn what_was_refused_for_a_while_and_shows_all_the_same_is_not_sent_again() {
    let (bench, sandbox) = (Bench::new(), provider(3));
    let (journal, client) = (bench.journal().await, client(&sandbox));
    let batch = batch_of(&journal, &client, renewals(0..3)).await;
    // It is booked, and the answer says that it was not.
    sandbox.inject(fault("after:status=429+retry-after=1"));
    let ended = batch.run(&client, &at_once(1), pending()).await.unwrap();
    assert!(ended.stopped.is_none(), "{ended:?}");
    assert_eq!((charged(&sandbox), orders(&sandbox)), (3, 3));
    assert_eq!((ended.totals.accepted, ended.totals.spent.to_string()), (3, "29.97".to_owned()));
    let mut reasons = Vec::new();
    batch.rows(|row| reasons.extend(row.unwrap().reason)).await.unwrap();
    assert_eq!(reasons, ["the provider said no, and shows all the same"]);
    // Its order says the same as its row, and keeps its reference.
    let states: Vec<State> = entries(&journal).await.iter().map(|entry| entry.state).collect();
    assert_eq!(states.iter().filter(|state| **state == State::Confirmed).count(), 1, "{states:?}");
    assert!(!states.contains(&State::Refused), "{states:?}");
}

#[tokio::test]
async fn whoever_wants_to_be_left_alone_for_long_is_not_waited_for() {
    let (bench, sandbox) = (Bench::new(), provider(3));
    let (journal, client) = (bench.journal().await, client(&sandbox));
    let batch = batch_of(&journal, &client, renewals(0..3)).await;
    sandbox.inject(fault("before:status=429+retry-after=7200"));
    let ended = batch.run(&client, &at_once(1), pending()).await.unwrap();
    assert!(matches!(ended.stopped, Some(Stopped::TooMany)), "{ended:?}");
    assert_eq!((ended.totals.waiting, orders(&sandbox)), (3, 1));
}

#[tokio::test]
async fn whoever_asks_for_pause_after_pause_is_left_alone_after_ten() {
    let (bench, sandbox) = (Bench::new(), provider(3));
    let (journal, client) = (bench.journal().await, client(&sandbox));
    let batch = batch_of(&journal, &client, renewals(0..3)).await;
    for _ in 0..20 {
        sandbox.inject(fault("before:status=429+retry-after=1"));
    }
    let options = at_once(1);
    tokio::time::pause();
    let passing = async {
        loop {
            let time = Duration::from_millis(50);
            bench.pass(time);
            tokio::time::advance(time).await;
            // So that what waits for the disk or the provider does not see a minute pass.
            std::thread::sleep(Duration::from_millis(1));
        }
    };
    let ended = tokio::select! {
        ended = batch.run(&client, &options, pending()) => ended.unwrap(),
        () = passing => unreachable!("it goes on for ever"),
    };
    assert!(matches!(ended.stopped, Some(Stopped::TooMany)), "{ended:?}");
    assert_eq!((ended.totals.waiting, orders(&sandbox)), (3, 11));
    assert!(sandbox.ledger().is_empty());
}

#[tokio::test]
async fn an_answer_is_written_down_although_another_worker_has_the_row_by_now() {
    let bench = Bench::new();
    let (journal, file) = (bench.journal().await, bench.file());
    let provider = ByteServer::without_reads(move |stream| {
        let others = rusqlite::Connection::open(&file).unwrap();
        let taken = "UPDATE batch_rows SET epoch = epoch + 1, owner = 'another'";
        assert_eq!(others.execute(taken, []).unwrap(), 1);
        bytes(http("200 OK", &[], ACCEPTED))(stream);
    });
    let client = client_of(&provider);
    let rows = vec![BatchRow::new(1, extension("server-1", 1))];
    let batch = batch_of(&journal, &client, rows).await;
    let sent = async {
        while provider.requests().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    let ended = batch.run(&client, &at_once(1), sent).await.unwrap();
    assert!(matches!(ended.stopped, Some(Stopped::Asked)), "{ended:?}");
    // The order has its end, and what becomes of the row is the other's to say.
    assert_eq!(entries(&journal).await[0].state, State::Accepted);
    assert_eq!((ended.totals.taken, ended.totals.accepted), (1, 0));
}

#[tokio::test]
async fn whoever_stops_does_not_wait_for_the_turn_of_an_order() {
    let (bench, sandbox) = (Bench::new(), provider(3));
    let (journal, client) = (bench.journal().await, client(&sandbox));
    let batch = batch_of(&journal, &client, renewals(0..3)).await;
    sandbox.inject(fault("before:status=429+retry-after=600"));
    let stop = async {
        while orders(&sandbox) == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    // Much less than the pause, and much more than it takes.
    let options = at_once(3).rate(Decimal::ONE);
    let running = batch.run(&client, &options, stop);
    let ended = tokio::time::timeout(Duration::from_secs(60), running).await.unwrap().unwrap();
    assert!(matches!(ended.stopped, Some(Stopped::Asked)), "{ended:?}");
    assert_eq!((ended.totals.waiting, ended.totals.taken, orders(&sandbox)), (3, 0, 1));
}

#[tokio::test]
async fn a_slow_rate_does_not_keep_those_waiting_who_go_on() {
    let (bench, sandbox) = (Bench::new(), provider(8));
    let (journal, client) = (bench.journal().await, client(&sandbox));
    let batch = batch_of(&journal, &client, renewals(0..8)).await;
    let sent = async {
        while orders(&sandbox) == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let options = at_once(8).rate(Decimal::new(1, 2));
    let ended = batch.run(&client, &options, sent).await.unwrap();
    assert!(matches!(ended.stopped, Some(Stopped::Asked)), "{ended:?}");
    let slot = "SELECT slot FROM batches";
    let slot: i64 = bench.connect().query_row(slot, [], |row| row.get(0)).unwrap();
    // One order has gone out, and one more had a slot: 100 s each, and a little.
    assert!(slot <= 210_000_000, "the next order may go out in {slot} µs");
}

#[tokio::test]
async fn a_price_of_nothing_is_no_price_to_hold_a_limit_against() {
    let (bench, sandbox) = (Bench::new(), provider(3));
    let (journal, client) = (bench.journal().await, client(&sandbox));
    for plan in [PLAN_ID, "sandbox-plan-basic"] {
        sandbox.act(|world| world.set_monthly_price(plan, Decimal::ZERO)).unwrap();
    }
    let batch = batch_of(&journal, &client, renewals(0..3)).await;
    let options = at_once(1).max_spend(Decimal::from(25));
    let ended = batch.run(&client, &options, pending()).await.unwrap();
    assert_eq!((ended.totals.not_sent, orders(&sandbox)), (3, 0), "{ended:?}");
    // Nor is it in a run that says no limit: the batch keeps its own.
    let ended = batch.run(&client, &at_once(1), pending()).await.unwrap();
    assert_eq!(orders(&sandbox), 0, "{ended:?}");
}

#[tokio::test]
async fn what_is_left_out_later_is_not_ordered() {
    let (bench, sandbox) = (Bench::new(), provider(3));
    let (journal, client) = (bench.journal().await, client(&sandbox));
    let batch = batch_of(&journal, &client, renewals(0..3)).await;
    let left_out: HashSet<String> = ["sub-000001".to_owned()].into();
    let ended = batch.run(&client, &at_once(1).except(left_out), pending()).await.unwrap();
    assert_eq!((ended.totals.accepted, ended.totals.skipped), (2, 1));
    let mut states = Vec::new();
    batch.rows(|row| states.push(row.unwrap().state)).await.unwrap();
    assert_eq!(states, [RowState::Accepted, RowState::Skipped, RowState::Accepted]);
    assert!(sandbox.ledger().iter().all(|charge| charge.target_id != "sub-000001"));
}

#[tokio::test]
async fn what_may_have_been_ordered_cannot_be_left_out_any_more() {
    let (bench, sandbox) = (Bench::new(), provider(1));
    let (journal, client) = (bench.journal().await, client(&sandbox));
    let batch = batch_of(&journal, &client, renewals(0..1)).await;
    let options = at_once(1).reconcile(bench.patiently());
    leave_in_the_middle(&batch, &client, &options, &sandbox).await;
    bench.pass(Duration::from_secs(60));
    let left_out: HashSet<String> = ["sub-000000".to_owned()].into();
    let ended = batch.run(&client, &options.except(left_out), pending()).await.unwrap();
    assert_eq!(
        (ended.totals.accepted, charged(&sandbox), orders(&sandbox)),
        (1, 1, 1),
        "{ended:?}"
    );
}

#[tokio::test]
async fn an_order_that_shows_only_after_it_was_taken_for_missing_is_not_sent_again() {
    let (bench, sandbox) = (Bench::new(), provider(1));
    let (journal, client) = (bench.journal().await, client(&sandbox));
    let batch = batch_of(&journal, &client, renewals(0..1)).await;
    sandbox.inject(fault("after:close-reply@0"));
    for _ in 0..40 {
        sandbox.inject(fault("stale=1"));
    }
    let options = at_once(1).reconcile(bench.patiently());
    let ended = batch.run(&client, &options, pending()).await.unwrap();
    assert_eq!((ended.totals.not_sent, orders(&sandbox)), (1, 1), "{ended:?}");
    assert_eq!(entries(&journal).await[0].state, State::NotOrdered);
    assert!(!sandbox.faults_waiting().is_empty(), "it never showed");
    let id = "sub-000000".parse().unwrap();
    while !sandbox.faults_waiting().is_empty() {
        client.get_plesk_subscription(&id).await.unwrap();
    }
    let ended = batch.run(&client, &options, pending()).await.unwrap();
    assert_eq!(
        (ended.totals.accepted, orders(&sandbox), charged(&sandbox)),
        (1, 1, 1),
        "{ended:?}"
    );
    assert_eq!(entries(&journal).await[0].state, State::Confirmed);
}

#[tokio::test]
async fn what_may_be_an_order_after_all_is_unknown_and_not_sent_again() {
    let (bench, sandbox) = (Bench::new(), provider(1));
    let (journal, client) = (bench.journal().await, client(&sandbox));
    let batch = batch_of(&journal, &client, renewals(0..1)).await;
    sandbox.inject(fault("before:close-reply@0"));
    let options = at_once(1).reconcile(bench.patiently()).max_spend(Decimal::from(10));
    let ended = batch.run(&client, &options, pending()).await.unwrap();
    assert_eq!((ended.totals.not_sent, orders(&sandbox)), (1, 1), "{ended:?}");
    // It lasts longer now, and nobody knows why.
    let later = jiff::civil::date(2025, 8, 1).at(10, 0, 0, 0);
    sandbox.act(|world| world.set_expiry("sub-000000", later)).unwrap();
    for look in 0..3 {
        // More than a read is tried: that one tells nothing.
        for _ in 0..if look == 1 { 8 } else { 0 } {
            sandbox.inject(fault("read:status=500"));
        }
        let ended = batch.run(&client, &options, pending()).await.unwrap();
        assert_eq!((ended.totals.unknown, orders(&sandbox)), (1, 1), "{ended:?}");
        assert_eq!(ended.totals.reserved.to_string(), "9.99");
        while !sandbox.faults_waiting().is_empty() {
            let _ = client.get_plesk_subscription(&"sub-000000".parse().unwrap()).await;
        }
    }
    let mut rows = Vec::new();
    batch.rows(|row| rows.push(row.unwrap())).await.unwrap();
    assert!(rows[0].reason.as_ref().unwrap().contains("look before"), "{rows:?}");
    assert!(rows[0].entry.is_some(), "{rows:?}");
}
