use std::sync::mpsc;
use std::thread;

use oxhost::blocking::Client;
use oxhost::types::PleskRenewalOrder;
use oxhost_journal::blocking::{Batch, Journal, Stop};
use oxhost_journal::{BatchOptions, BatchRow, JournalError, Placed, PruneOptions, Stopped};
use oxhost_sandbox::Sandbox;

use crate::batches::{at_once, charged, client, id, provider, renewals};
use crate::bench::Bench;

fn blocking(sandbox: &Sandbox) -> Client {
    Client::new(client(sandbox)).unwrap()
}

fn opened(bench: &Bench) -> Journal {
    Journal::open(&bench.url()).unwrap()
}

fn batch_of(journal: &Journal, client: &Client, rows: Vec<BatchRow>) -> Batch {
    let batch = journal.batch("2026-12").unwrap();
    batch.add(client, rows).unwrap();
    batch.seal().unwrap();
    batch
}

#[test]
fn each_row_is_charged_once() {
    let (bench, sandbox) = (Bench::new(), provider(40));
    let (journal, client) = (opened(&bench), blocking(&sandbox));
    for _ in 0..2 {
        let batch = batch_of(&journal, &client, renewals(0..40));
        let ended = batch.run(&client, &at_once(8), &Stop::new()).unwrap();
        assert!(ended.stopped.is_none(), "{ended:?}");
        assert_eq!((ended.totals.accepted, charged(&sandbox)), (40, 40));
    }
    assert_eq!(sandbox.requests().len(), 80, "a read and an order each");
    assert_eq!(journal.batches().unwrap(), ["2026-12"]);
    let mut rows = 0;
    journal.batch("2026-12").unwrap().rows(|row| rows += row.map(|_| 1).unwrap()).unwrap();
    assert_eq!(rows, 40);
    let again = PleskRenewalOrder::new(id(0), 1).unwrap();
    let placed = journal.place(&client, again, Some("2026-12/sub-000000")).unwrap();
    assert!(matches!(placed, Placed::Recorded(_)), "{placed:?}");
    journal.close().unwrap();
    assert_eq!(charged(&sandbox), 40);
}

#[test]
fn another_thread_stops_it_and_the_rest_is_untouched() {
    let (bench, sandbox) = (Bench::new(), provider(200));
    let (journal, client) = (opened(&bench), blocking(&sandbox));
    let batch = batch_of(&journal, &client, renewals(0..200));
    let (tell, told) = mpsc::channel();
    let options = at_once(2).watching(move |totals| {
        let _ = tell.send(totals.accepted);
    });
    let stop = Stop::new();
    let stopping = stop.clone();
    let watcher = thread::spawn(move || {
        told.iter().find(|accepted| *accepted >= 3).unwrap();
        stopping.stop();
    });
    let ended = batch.run(&client, &options, &stop).unwrap();
    watcher.join().unwrap();
    assert!(matches!(ended.stopped, Some(Stopped::Asked)), "{ended:?}");
    assert!((3..200).contains(&ended.totals.accepted), "{ended:?}");
    assert_eq!((ended.totals.taken, ended.totals.unknown), (0, 0), "{ended:?}");
    assert_eq!(ended.totals.accepted, charged(&sandbox) as u64);
    // It stays told.
    let ended = batch.run(&client, &at_once(1), &stop).unwrap();
    assert!(matches!(ended.stopped, Some(Stopped::Asked)), "{ended:?}");
    let ended = batch.run(&client, &at_once(8), &Stop::new()).unwrap();
    assert_eq!((ended.totals.accepted, charged(&sandbox)), (200, 200));
}

#[test]
fn every_order_that_blocks_is_found_out_about_and_old_ones_are_pruned() {
    const DAY: i64 = 24 * 3600;
    let (bench, sandbox) = (Bench::new(), provider(3));
    let (journal, client) = (opened(&bench), blocking(&sandbox));
    let clock = bench.clock();
    let old = jiff::Timestamp::now() - jiff::SignedDuration::from_secs(60 * DAY);
    let journal = journal.set(|it| it.with_clock(clock).with_wall_clock(move || old));
    for number in 0..3 {
        sandbox.inject(crate::finding_out::BOOKED.parse().unwrap());
        let order = PleskRenewalOrder::new(id(number), 1).unwrap();
        journal.place(&client, order, None).unwrap();
    }
    let (mut blocking, mut found) = (0, 0);
    journal.list_blocking(|_, entry| blocking += entry.map(|_| 1).unwrap()).unwrap();
    let take = |_: &str, entry: Result<_, _>| found += entry.map(|_| 1).unwrap();
    journal.reconcile_all(&client, &bench.patiently(), take).unwrap();
    assert_eq!((blocking, found, charged(&sandbox)), (3, 3, 3));

    bench.pass(std::time::Duration::from_secs(3600));
    let journal = journal.set(|it| it.with_wall_clock(jiff::Timestamp::now));
    let month = jiff::Timestamp::now() - jiff::SignedDuration::from_secs(30 * DAY);
    let options = PruneOptions::before(month);
    assert_eq!(journal.prunable(&options).unwrap().orders, 3);
    let stop = Stop::new();
    stop.stop();
    let pruned = journal.prune(&options, &stop).unwrap();
    assert_eq!((pruned.orders, pruned.stopped), (0, true));
    assert_eq!(journal.prune(&options, &Stop::new()).unwrap().orders, 3);
}

#[test]
fn inside_async_code_it_says_so_and_does_nothing() {
    let (bench, sandbox) = (Bench::new(), provider(1));
    let (journal, client) = (opened(&bench), blocking(&sandbox));
    let batch = batch_of(&journal, &client, renewals([0]));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let says_so = |error: JournalError| {
            let JournalError::Usage(why) = &error else { panic!("{error:?}") };
            assert!(why.contains("inside async code"), "{why}");
        };
        says_so(Journal::open(&bench.url()).unwrap_err());
        says_so(batch.add(&client, renewals([0])).unwrap_err());
        says_so(batch.run(&client, &BatchOptions::default(), &Stop::new()).unwrap_err());
        says_so(journal.clone().close().unwrap_err());
        // The last of it goes, too.
        drop((journal, batch));
    });
    assert_eq!(sandbox.requests().len(), 0);
}

#[test]
fn rows_may_come_from_what_blocks_on_a_runtime_of_its_own() {
    let (bench, sandbox) = (Bench::new(), provider(3));
    let (journal, client) = (opened(&bench), blocking(&sandbox));
    let batch = journal.batch("2026-12").unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let rows = renewals(0..3).into_iter().map(|row| runtime.block_on(async { row }));
    batch.add(&client, rows).unwrap();
    batch.add(&client, []).unwrap();
    batch.seal().unwrap();
    let ended = batch.run(&client, &at_once(1), &Stop::new()).unwrap();
    assert_eq!((ended.totals.accepted, charged(&sandbox)), (3, 3));
}
