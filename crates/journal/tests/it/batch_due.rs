//! Batches of which only what ends soon is ordered.

use oxhost_journal::{BatchOrder, BatchRow};

use crate::batches::{at_once, batch_of, client, id, provider, renewals, run, states};
use crate::bench::Bench;

#[tokio::test]
async fn only_what_is_due_is_ordered() {
    let (bench, sandbox) = (Bench::new(), provider(2));
    let (journal, client) = (bench.journal().await, client(&sandbox));
    let journal = journal.with_wall_clock(|| "2025-03-20T00:00:00Z".parse().unwrap());
    let batch = batch_of(&journal, &client, renewals(0..2)).await;
    let ended = run(&batch, &client, &at_once(1).due_within(3)).await;
    assert_eq!((ended.totals.skipped, sandbox.ledger().len()), (2, 0));
    let why = states(&batch).await.swap_remove(0).1.unwrap();
    assert!(why.starts_with("it is not due: it lasts until 2025-04-01"), "{why}");
}

#[tokio::test]
async fn what_ends_on_the_last_of_the_days_is_due_whatever_time_it_is() {
    // They end on 2025-04-01 at 10:00.
    for (now, days, due) in [
        ("2025-04-01T00:00:00Z", 0, 1),
        ("2025-04-01T23:59:59Z", 0, 1),
        ("2025-06-01T00:00:00Z", 0, 1),
        ("2025-03-31T23:59:59Z", 0, 0),
        ("2025-03-31T00:00:00Z", 1, 1),
        ("2025-03-31T23:59:59Z", 1, 1),
        ("2025-03-30T23:59:59Z", 1, 0),
        ("2025-03-25T00:00:00Z", 7, 1),
        ("2025-03-01T00:00:00Z", u32::MAX, 1),
    ] {
        let (bench, sandbox) = (Bench::new(), provider(1));
        let (journal, client) = (bench.journal().await, client(&sandbox));
        let journal = journal.with_wall_clock(move || now.parse().unwrap());
        let batch = batch_of(&journal, &client, renewals(0..1)).await;
        let options = at_once(1).due_within(days);
        let ended = run(&batch, &client, &options).await;
        assert_eq!(
            (ended.totals.accepted, sandbox.ledger().len()),
            (due, due as usize),
            "{now}, {days}"
        );
    }
}

#[tokio::test]
async fn a_renewal_until_a_date_waits_until_it_is_due_too() {
    for (now, accepted) in [("2025-03-20T00:00:00Z", 0), ("2025-03-30T00:00:00Z", 1)] {
        let (bench, sandbox) = (Bench::new(), provider(1));
        let (journal, client) = (bench.journal().await, client(&sandbox));
        let journal = journal.with_wall_clock(move || now.parse().unwrap());
        let (subscription_id, date) = (id(0).parse().unwrap(), jiff::civil::date(2025, 5, 1));
        let row = BatchRow::new(2, BatchOrder::RenewalUntil { subscription_id, date });
        let batch = batch_of(&journal, &client, vec![row]).await;
        let ended = run(&batch, &client, &at_once(1).due_within(3)).await;
        assert_eq!((ended.totals.accepted, sandbox.ledger().len()), (accepted, accepted as usize));
    }
}
