//! Many orders under one name: each is charged once, whatever happens to those who send them.

use std::future::{pending, ready};
use std::sync::Arc;
use std::time::Duration;

use oxhost::types::{PleskRenewalOrder, ServerExtensionOrder};
use oxhost::{Client, Money};
use oxhost_journal::{
    Batch, BatchOptions, BatchRow, Ended, Journal, JournalError, RowState, Standing, Stopped,
};
use oxhost_sandbox::fault::Fault;
use oxhost_sandbox::{Sandbox, Seed};
use rust_decimal::Decimal;

use crate::bench::Bench;

/// A provider with so many subscriptions, each at 9.99 EUR a month.
pub fn provider(subscriptions: usize) -> Sandbox {
    let mut seed = Seed::documented();
    let first = seed.subscriptions[0].clone();
    seed.subscriptions = (0..subscriptions)
        .map(|number| oxhost_sandbox::Subscription { id: id(number), ..first.clone() })
        .collect();
    seed.plesk_orders.clear();
    for account in &mut seed.accounts {
        account.balance_com = Decimal::from(10_000_000);
    }
    Sandbox::builder().seed(seed).start().unwrap()
}

pub fn id(number: usize) -> String {
    format!("sub-{number:06}")
}

pub fn client(sandbox: &Sandbox) -> Client {
    Client::builder(sandbox.key())
        .base_url(sandbox.url())
        .repeat_reads(0, Duration::ZERO)
        .timeout(Duration::from_secs(20))
        .build()
        .unwrap()
}

pub fn renewals(numbers: impl IntoIterator<Item = usize>) -> Vec<BatchRow> {
    let row = |number| {
        let order = PleskRenewalOrder::new(id(number), 1).unwrap();
        BatchRow::new(number as u64 + 2, order)
    };
    numbers.into_iter().map(row).collect()
}

pub async fn batch_of(journal: &Journal, client: &Client, rows: Vec<BatchRow>) -> Batch {
    let batch = journal.batch("2026-12").unwrap();
    batch.add(client, rows).await.unwrap();
    batch.seal().await.unwrap();
    batch
}

pub fn at_once(orders: usize) -> BatchOptions {
    BatchOptions::default().concurrency(orders)
}

pub async fn run(batch: &Batch, client: &Client, options: &BatchOptions) -> Ended {
    batch.run(client, options, pending()).await.unwrap()
}

/// What was charged, each target once at the most.
pub fn charged(sandbox: &Sandbox) -> usize {
    let mut targets: Vec<_> = sandbox.ledger().into_iter().map(|charge| charge.target_id).collect();
    let charges = targets.len();
    targets.sort();
    targets.dedup();
    assert_eq!(targets.len(), charges, "a target was charged twice");
    charges
}

pub async fn states(batch: &Batch) -> Vec<(RowState, Option<String>)> {
    let mut states = Vec::new();
    batch.rows(|row| states.push(row.map(|row| (row.state, row.reason)).unwrap())).await.unwrap();
    states
}

#[tokio::test]
async fn each_row_is_charged_once_and_a_second_run_sends_nothing() {
    let (bench, sandbox) = (Bench::new(), provider(300));
    let (journal, client) = (bench.journal().await, client(&sandbox));
    let batch = batch_of(&journal, &client, renewals(0..300)).await;
    let ended = run(&batch, &client, &at_once(32)).await;
    assert!(ended.stopped.is_none(), "{ended:?}");
    assert_eq!((ended.totals.accepted, ended.totals.rows()), (300, 300));
    assert_eq!(
        ended.totals.spent.to_string(),
        "2997.00".parse::<Decimal>().unwrap().normalize().to_string()
    );
    assert_eq!(charged(&sandbox), 300);
    let requests = sandbox.requests().len();
    for _ in 0..2 {
        // The same rows again are the same batch.
        let batch = batch_of(&journal, &client, renewals(0..300)).await;
        let ended = run(&batch, &client, &at_once(32)).await;
        assert_eq!((ended.stopped.is_none(), ended.totals.accepted), (true, 300));
    }
    assert_eq!(sandbox.requests().len(), requests, "nothing was asked");
    // One read before each order.
    assert_eq!(requests, 600);
}

#[tokio::test]
async fn rows_have_the_order_of_the_input_and_the_last_word_of_the_journal() {
    let (bench, sandbox) = (Bench::new(), provider(3));
    let (journal, client) = (bench.journal().await, client(&sandbox));
    let rows = [&renewals([2, 0])[..], &renewals([7])[..]].concat();
    let batch = batch_of(&journal, &client, rows).await;
    let ended = run(&batch, &client, &at_once(4)).await;
    assert_eq!((ended.totals.accepted, ended.totals.refused), (2, 1));
    let mut lines = Vec::new();
    batch
        .rows(|row| {
            let row = row.unwrap();
            let entry = row.entry.unwrap();
            assert_eq!(
                entry.reference.as_deref(),
                Some(&*format!("2026-12/{}", row.row.reference))
            );
            lines.push((row.row.line, row.state, row.charged.map(|it| it.to_string())));
        })
        .await
        .unwrap();
    let paid = || Some("9.99".to_owned());
    assert_eq!(
        lines,
        [
            (2, RowState::Accepted, paid()),
            (4, RowState::Accepted, paid()),
            (9, RowState::Refused, None)
        ]
    );
}

#[tokio::test]
async fn a_reference_that_stands_for_another_order_is_refused() {
    let (bench, sandbox) = (Bench::new(), provider(2));
    let (journal, client) = (bench.journal().await, client(&sandbox));
    let batch = batch_of(&journal, &client, renewals([0])).await;
    let other = BatchRow::new(9, PleskRenewalOrder::new(id(0), 2).unwrap());
    let rows = [&[other.clone()][..], &renewals([0, 1])].concat();
    let standings = batch.compare(&client, &rows).await.unwrap();
    let there = Standing::There(RowState::Waiting);
    assert_eq!(standings, [Standing::OtherOrder, there, Standing::New]);
    let none = journal.batch("none").unwrap().compare(&client, &rows).await.unwrap();
    assert_eq!(none, [Standing::New; 3]);
    let error = batch.add(&client, [other]).await.unwrap_err();
    assert!(matches!(&error, JournalError::Usage(why) if why.contains("line 9")), "{error}");
    let elsewhere = Client::builder("key").base_url("http://127.0.0.1:9").build().unwrap();
    let error = batch.run(&elsewhere, &at_once(1), pending()).await.unwrap_err();
    assert!(matches!(error, JournalError::Usage(_)), "{error}");
    for name in ["", "a/b", " a", "a\u{200b}", &"a".repeat(101)] {
        assert!(matches!(journal.batch(name), Err(JournalError::Usage(_))), "{name}");
    }
}

#[tokio::test]
async fn rows_are_taken_as_they_are_written_down() {
    let (bench, sandbox) = (Bench::new(), provider(1));
    let (journal, client) = (bench.journal().await, client(&sandbox));
    let batch = journal.batch("endless").unwrap();
    let mut taken = 0;
    let endless = (0..).map(|number: usize| {
        taken += 1;
        // From the 701st on, there is no row that was not there.
        let order = PleskRenewalOrder::new(id(number), 1).unwrap();
        BatchRow::new(number as u64, order).reference(id(number.min(700)))
    });
    let error = batch.add(&client, endless).await.unwrap_err();
    assert!(matches!(&error, JournalError::Usage(why) if why.contains("line 701")), "{error}");
    assert_eq!(taken, 1000, "no more than two times as many as are written at once");
    let mut lines = Vec::new();
    batch.rows(|row| lines.push(row.unwrap().row.line)).await.unwrap();
    assert_eq!(lines, (0..=700).collect::<Vec<_>>(), "the same order as they came in");
}

#[tokio::test]
async fn a_batch_that_was_not_written_down_to_its_end_is_not_begun() {
    let (bench, sandbox) = (Bench::new(), provider(2));
    let (journal, client) = (bench.journal().await, client(&sandbox));
    let batch = journal.batch("half").unwrap();
    let error = batch.run(&client, &at_once(1), pending()).await.unwrap_err();
    assert!(matches!(error, JournalError::NoSuchBatch(_)), "{error}");
    batch.add(&client, renewals([0])).await.unwrap();
    let error = batch.run(&client, &at_once(1), pending()).await.unwrap_err();
    assert!(matches!(error, JournalError::Usage(_)), "{error}");
    assert_eq!(sandbox.requests().len(), 0);
}

#[tokio::test]
async fn orders_whose_answer_is_lost_are_found_out_and_never_sent_again() {
    let (bench, sandbox) = (Bench::new(), provider(100));
    let (journal, client) = (bench.journal().await, client(&sandbox));
    let batch = batch_of(&journal, &client, renewals(0..100)).await;
    for _ in 0..20 {
        sandbox.inject("after:close-reply@0".parse::<Fault>().unwrap());
    }
    let options = at_once(8).unknown_in_a_row(1000).reconcile(bench.patiently());
    let ended = run(&batch, &client, &options).await;
    assert!(ended.stopped.is_none(), "{ended:?}");
    assert_eq!((ended.totals.accepted, charged(&sandbox)), (100, 100));
    let orders = sandbox.requests().iter().filter(|request| request.method == "POST").count();
    assert_eq!(orders, 100, "none was sent again");
}

#[tokio::test]
async fn orders_that_did_not_show_are_ordered_by_a_later_run_if_they_still_do_not() {
    let (bench, sandbox) = (Bench::new(), provider(10));
    let (journal, client) = (bench.journal().await, client(&sandbox));
    let batch = batch_of(&journal, &client, renewals(0..10)).await;
    for _ in 0..3 {
        sandbox.inject("before:close-reply@0".parse::<Fault>().unwrap());
    }
    let options = at_once(1).unknown_in_a_row(1000).reconcile(bench.patiently());
    let ended = run(&batch, &client, &options).await;
    assert!(ended.stopped.is_none(), "{ended:?}");
    assert_eq!((ended.totals.accepted, ended.totals.not_sent, charged(&sandbox)), (7, 3, 7));
    let ended = run(&batch, &client, &options).await;
    assert_eq!((ended.totals.accepted, charged(&sandbox)), (10, 10));
}

#[tokio::test]
async fn it_stops_by_itself() {
    type IsIt = fn(&Stopped) -> bool;
    let stops: [(&str, IsIt); 5] = [
        ("before:status=401", |it| matches!(it, Stopped::Refused { status: 401 })),
        ("before:status=402", |it| matches!(it, Stopped::Refused { status: 402 })),
        ("before:status=403", |it| matches!(it, Stopped::Refused { status: 403 })),
        ("before:status=302", |it| matches!(it, Stopped::Redirected { status: 302 })),
        ("before:close-reply@0", |it| matches!(it, Stopped::Unanswered(3))),
    ];
    for (fault, is_it) in stops {
        let (bench, sandbox) = (Bench::new(), provider(10));
        let (journal, client) = (bench.journal().await, client(&sandbox));
        let batch = batch_of(&journal, &client, renewals(0..10)).await;
        for _ in 0..3 {
            sandbox.inject(fault.parse::<Fault>().unwrap());
        }
        let options = at_once(1).reconcile(bench.patiently());
        let ended = run(&batch, &client, &options).await;
        assert!(ended.stopped.as_ref().is_some_and(is_it), "{fault}: {ended:?}");
        let orders = sandbox.requests().iter().filter(|request| request.method == "POST").count();
        assert_eq!(orders, if fault.contains("close") { 3 } else { 1 }, "{fault}");
        // What is left goes on as soon as someone says so.
        while !sandbox.faults_waiting().is_empty() {
            run(&batch, &client, &options).await;
        }
        // The first finds out what was not placed.
        run(&batch, &client, &options).await;
        let ended = run(&batch, &client, &options).await;
        assert!(ended.stopped.is_none(), "{fault}: {ended:?}");
        assert_eq!((ended.totals.accepted, charged(&sandbox)), (10, 10), "{fault}");
    }
}

#[tokio::test]
async fn too_many_requests_slow_it_down_and_are_no_refusal() {
    let (bench, sandbox) = (Bench::new(), provider(10));
    let (journal, client) = (bench.journal().await, client(&sandbox));
    let batch = batch_of(&journal, &client, renewals(0..10)).await;
    sandbox.inject("before:status=429+retry-after=1".parse::<Fault>().unwrap());
    let ended = run(&batch, &client, &at_once(2)).await;
    assert!(ended.stopped.is_none(), "{ended:?}");
    assert_eq!((ended.totals.accepted, charged(&sandbox)), (10, 10));
}

#[tokio::test]
async fn whoever_says_stop_leaves_the_rest_untouched() {
    let (bench, sandbox) = (Bench::new(), provider(10));
    let (journal, client) = (bench.journal().await, client(&sandbox));
    let batch = batch_of(&journal, &client, renewals(0..10)).await;
    let ended = batch.run(&client, &at_once(2), ready(())).await.unwrap();
    assert!(matches!(ended.stopped, Some(Stopped::Asked)), "{ended:?}");
    assert_eq!(ended.totals.taken, 0);
    assert_eq!(ended.totals.accepted, charged(&sandbox) as u64);
    let ended = run(&batch, &client, &at_once(2)).await;
    assert_eq!((ended.totals.accepted, charged(&sandbox)), (10, 10));
}

#[tokio::test]
async fn whoever_leaves_in_the_middle_is_made_up_for() {
    let (bench, sandbox) = (Bench::new(), provider(200));
    let (journal, client) = (bench.journal().await, client(&sandbox));
    let batch = batch_of(&journal, &client, renewals(0..200)).await;
    let options = at_once(16).unknown_in_a_row(1000).reconcile(bench.patiently());
    let mut random = fastrand::Rng::with_seed(7);
    for _ in 0..15 {
        let leaves = tokio::time::sleep(Duration::from_millis(random.u64(1..60)));
        tokio::select! {
            _ = batch.run(&client, &options, pending()) => {}
            () = leaves => {}
        }
        // The lease of what it had runs out.
        bench.pass(Duration::from_secs(20));
    }
    // What came in between is tried again after a moment, which must pass.
    let passing = async {
        loop {
            tokio::time::sleep(Duration::from_millis(20)).await;
            bench.pass(Duration::from_secs(1));
        }
    };
    let ended = tokio::select! {
        ended = run(&batch, &client, &options) => ended,
        () = passing => unreachable!("it has no end"),
    };
    assert!(ended.stopped.is_none(), "{ended:?}");
    assert_eq!((ended.totals.accepted, charged(&sandbox)), (200, 200));
}

#[tokio::test]
async fn no_worker_goes_beyond_the_limit() {
    let (bench, sandbox) = (Bench::new(), provider(200));
    let client = Arc::new(client(&sandbox));
    let journal = bench.journal().await;
    batch_of(&journal, &client, renewals(0..200)).await;
    // 100 renewals come to 999 EUR, and the 101st goes beyond 1,008.
    let limit = Decimal::from(1008);
    let workers = (0..4).map(|_| {
        let (url, clock, client) = (bench.url(), bench.clock(), Arc::clone(&client));
        tokio::spawn(async move {
            let journal = Journal::open(&url).await.unwrap().with_clock(clock);
            let batch = journal.batch("2026-12").unwrap();
            batch.run(&client, &at_once(64).max_spend(limit), pending()).await.unwrap()
        })
    });
    for worker in workers.collect::<Vec<_>>() {
        let ended = worker.await.unwrap();
        assert!(matches!(ended.stopped, Some(Stopped::SpendLimit)), "{ended:?}");
    }
    assert_eq!(charged(&sandbox), 100);
    // Once it may cost more, it goes on.
    let batch = journal.batch("2026-12").unwrap();
    assert_eq!(batch.max_spend().await.unwrap(), Some(Money::from(limit)));
    let too_little = at_once(1).max_spend(Decimal::from(998));
    let ended = batch.run(&client, &too_little, pending()).await.unwrap();
    assert!(matches!(ended.stopped, Some(Stopped::SpendLimit)), "{ended:?}");
    assert_eq!((ended.totals.accepted, charged(&sandbox)), (100, 100));
    let ended = run(&batch, &client, &at_once(64).max_spend(Decimal::from(1998))).await;
    assert!(ended.stopped.is_none(), "{ended:?}");
    assert_eq!((ended.totals.accepted, charged(&sandbox)), (200, 200));
}

#[tokio::test]
async fn what_is_refused_gives_back_what_it_had_reserved() {
    let (bench, sandbox) = (Bench::new(), provider(4));
    let (journal, client) = (bench.journal().await, client(&sandbox));
    let batch = batch_of(&journal, &client, renewals(0..4)).await;
    for _ in 0..3 {
        sandbox.inject("before:status=400".parse::<Fault>().unwrap());
    }
    let ended = run(&batch, &client, &at_once(4).max_spend(Decimal::from(10))).await;
    assert!(ended.stopped.is_none(), "{ended:?}");
    assert_eq!((ended.totals.refused, ended.totals.accepted, charged(&sandbox)), (3, 1, 1));
}

#[tokio::test]
async fn without_a_price_nothing_is_held_to_a_limit_unless_that_is_allowed() {
    let (bench, sandbox) = (Bench::new(), Sandbox::start().unwrap());
    let (journal, client) = (bench.journal().await, client(&sandbox));
    let extension = |reference: &str| {
        let order =
            ServerExtensionOrder::new(sandbox.user_id(), oxhost_sandbox::SERVER_ID, 1).unwrap();
        BatchRow::new(1, order).reference(reference)
    };
    let batch = batch_of(&journal, &client, ["a", "b", "c", "d"].map(extension).into()).await;
    let options = at_once(1).max_spend("0.05".parse::<Decimal>().unwrap());
    let ended = run(&batch, &client, &options).await;
    assert_eq!((ended.totals.not_sent, sandbox.ledger().len()), (4, 0), "{ended:?}");
    // Each costs 0.02: the first is taken to cost all there is, those after it as much as the first.
    let ended = run(&batch, &client, &options.allow_unknown_price(true)).await;
    assert!(matches!(ended.stopped, Some(Stopped::SpendLimit)), "{ended:?}");
    assert_eq!((ended.totals.accepted, sandbox.ledger().len()), (2, 2));
}

#[tokio::test]
async fn a_limit_that_is_finer_than_a_price_is_not_rounded_up() {
    let (bench, sandbox) = (Bench::new(), provider(1));
    let (journal, client) = (bench.journal().await, client(&sandbox));
    let batch = batch_of(&journal, &client, renewals(0..1)).await;
    // One month is 9.99 EUR.
    for (limit, sent) in [("9.98999999999", 0), ("9.99000000001", 1)] {
        let options = at_once(1).max_spend(limit.parse::<Decimal>().unwrap());
        run(&batch, &client, &options).await;
        assert_eq!(sandbox.ledger().len(), sent, "{limit}");
    }
}
