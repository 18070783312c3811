use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::civil::Date;
use oxhost::types::{PleskRenewal, PleskRenewalOrder, SubscriptionId};
use oxhost::{CivilDateTime, Client};
use oxhost_journal::{
    Claimed, ClaimedUntil, Clock, Entry, Journal, JournalError, Moment, Placed, Sent, State,
};
use oxhost_sandbox::{DateTime, SUBSCRIPTION_ID, Sandbox};

use crate::bench::{Bench, blocking, entries};
use crate::finding_out::{BOOKED, LOST, Scene};
use crate::relay::{Point, Relay};

/// Two months after the subscription's end.
const DATE: Date = jiff::civil::date(2025, 6, 1);

fn subscription() -> SubscriptionId {
    SUBSCRIPTION_ID.parse().unwrap()
}

/// What became of a date.
#[derive(Debug)]
enum Renewed {
    Already(CivilDateTime, Option<Box<Entry>>),
    Ordered(Box<Placed<PleskRenewal>>),
}

async fn renew(journal: &Journal, client: &Client) -> Result<Renewed, JournalError> {
    renew_until(journal, client, DATE, None).await
}

async fn renew_until(
    journal: &Journal,
    client: &Client,
    date: Date,
    reference: Option<&str>,
) -> Result<Renewed, JournalError> {
    match journal.claim_until(client, &subscription(), date, reference).await? {
        ClaimedUntil::Enough { ends, recorded } => Ok(Renewed::Already(ends, recorded)),
        ClaimedUntil::Renew(claimed) => Ok(Renewed::Ordered(Box::new(claimed.send(client).await?))),
    }
}

async fn states(journal: &Journal) -> Vec<State> {
    entries(journal).await.iter().map(|entry| entry.state).collect()
}

fn months(sandbox: &Sandbox) -> i32 {
    sandbox.ledger().iter().map(|charge| charge.units).sum()
}

#[tokio::test]
async fn many_that_want_the_same_date_order_its_months_once() {
    for round in 0..5 {
        let (bench, sandbox) = (Bench::new(), Sandbox::start().unwrap());
        let url = sandbox.url().to_owned();
        let threads: Vec<_> = (0..6)
            .map(|_| {
                let (journal, url) = (bench.url(), url.clone());
                std::thread::spawn(move || {
                    let runtime = tokio::runtime::Builder::new_current_thread();
                    let runtime = { runtime }.enable_all().build().unwrap();
                    runtime.block_on(async {
                        // Each with a connection of its own, as a process has.
                        let journal = Journal::open(&journal).await.unwrap();
                        let client = Client::builder(oxhost_sandbox::KEY).base_url(&url);
                        match renew(&journal, &client.build().unwrap()).await {
                            Ok(Renewed::Ordered(placed)) => {
                                assert!(matches!(
                                    *placed,
                                    Placed::Sent(Sent { result: Ok(_), .. })
                                ));
                                1
                            }
                            Ok(Renewed::Already(ends, _)) => {
                                assert_eq!(ends.to_string(), "2025-06-01 10:00:00");
                                0
                            }
                            Err(JournalError::Blocked(_)) => 0,
                            Err(error) => panic!("{error}"),
                        }
                    })
                })
            })
            .collect();
        let sent: usize = threads.into_iter().map(|thread| thread.join().unwrap()).sum();
        assert_eq!((sent, months(&sandbox)), (1, 2), "round {round}");
    }
}

#[tokio::test]
async fn what_was_read_is_read_again_under_the_claim() {
    let scene = Scene::new().await;
    // What the second reads first is from before the first one's order, and comes after it.
    scene.inject(&["read:late=2000"]);
    let first = async {
        while scene.sandbox.faults_fired().is_empty() {
            tokio::task::yield_now().await;
        }
        let order = PleskRenewalOrder::new(SUBSCRIPTION_ID, 2).unwrap();
        scene.journal.place(&scene.client, order.clone(), None).await.unwrap()
    };
    let (second, first) = tokio::join!(renew(&scene.journal, &scene.client), first);
    assert!(matches!(first, Placed::Sent(Sent { result: Ok(_), .. })));
    let second = second.unwrap();
    assert!(matches!(second, Renewed::Already(..)), "{second:?}");
    assert_eq!((months(&scene.sandbox), scene.posts()), (2, 1));
    let entries = entries(&scene.journal).await;
    assert_eq!(entries.len(), 1, "the journal knows what the first one's order has promised");
    assert_eq!(blocking(&scene.journal, SUBSCRIPTION_ID).await, None);
}

#[tokio::test]
async fn reads_that_lag_do_not_order_twice() {
    const SECOND: i64 = 1_000_000;
    let mut scene = Scene::new().await;
    let at = Arc::new(AtomicI64::new(0));
    let read = Arc::clone(&at);
    scene.journal = scene.journal.with_clock(Clock::new(move || Moment {
        clock: "test".to_owned(),
        micros: read.load(Ordering::SeqCst),
    }));
    for run in 0..10 {
        at.store(run * 19 * SECOND, Ordering::SeqCst);
        // Each read is from before the order.
        scene.inject(&["read:stale=1", "read:stale=1"]);
        let renewed = renew(&scene.journal, &scene.client).await.unwrap();
        match renewed {
            Renewed::Ordered(_) => assert_eq!(run, 0),
            Renewed::Already(ends, _) => assert_eq!(ends.to_string(), "2025-06-01 10:00:00"),
        }
    }
    assert_eq!((months(&scene.sandbox), scene.posts()), (2, 1));
    // A later date takes what is promised as the end.
    let later = jiff::civil::date(2025, 7, 1);
    let placed = renew_until(&scene.journal, &scene.client, later, None).await;
    let Ok(Renewed::Ordered(placed)) = placed else { panic!("{placed:?}") };
    let Placed::Sent(Sent { result: Ok(_), entry, .. }) = *placed else { panic!("{placed:?}") };
    assert_eq!((&entry.parameters["months"], months(&scene.sandbox)), (&1.into(), 3));
}

#[tokio::test]
async fn a_promise_counts_for_as_long_as_reads_may_lag() {
    const SECOND: i64 = 1_000_000;
    // 10 s to send it, 120 s to answer, 180 s to show it.
    for (seconds, months_then) in [(309, 2), (310, 4)] {
        let scene = Scene::new().await;
        let clock = |micros: i64| Clock::new(move || Moment { clock: "test".to_owned(), micros });
        renew(&scene.journal.clone().with_clock(clock(0)), &scene.client).await.unwrap();
        scene.inject(&["read:stale=1", "read:stale=1"]);
        let later = scene.journal.clone().with_clock(clock(seconds * SECOND));
        renew(&later, &scene.client).await.unwrap();
        assert_eq!(months(&scene.sandbox), months_then, "{seconds} s");
    }
}

#[tokio::test]
async fn a_subscription_that_never_stands_still_is_not_renewed() {
    let (bench, sandbox) = (Bench::new(), Arc::new(Sandbox::start().unwrap()));
    let (moving, days, url) = (Arc::clone(&sandbox), AtomicI64::new(0), sandbox.url().to_owned());
    let relay = Relay::to(&url, move |method, point| {
        if (method, point) == ("GET", Point::Arrived) {
            let days = jiff::Span::new().days(days.fetch_add(1, Ordering::SeqCst));
            let ends = DateTime::constant(2025, 4, 1, 10, 0, 0, 0).checked_add(days).unwrap();
            moving.act(|world| world.set_expiry(SUBSCRIPTION_ID, ends)).unwrap();
        }
    });
    let journal = bench.journal().await;
    let client = Client::builder(sandbox.key()).base_url(relay.url()).reuse_connections(false);
    let client = client.build().unwrap();
    let error = renew(&journal, &client).await.unwrap_err();
    assert!(matches!(error, JournalError::PreconditionFailed(_)), "{error}");
    assert!(error.to_string().starts_with("nothing was ordered: "), "{error}");
    assert_eq!(states(&journal).await, [State::NotSent], "it is not left open");
    let methods: Vec<_> = sandbox.requests().into_iter().map(|it| it.method).collect();
    assert_eq!(methods, ["GET"; 2], "nothing was sent");
}

#[tokio::test]
async fn a_subscription_that_cannot_be_read_again_is_not_renewed() {
    let scene = Scene::new().await;
    // The first reading is good, the one under the claim is not.
    scene.inject(&["read:pass", "read:html"]);
    let error = renew(&scene.journal, &scene.client).await.unwrap_err();
    assert!(error.to_string().contains("could not be read"), "{error}");
    assert_eq!((scene.sandbox.faults_waiting(), scene.posts()), (Vec::new(), 0));
    assert_eq!(states(&scene.journal).await, [State::NotSent]);
    // Not even the first.
    scene.inject(&["read:html"]);
    let error = renew(&scene.journal, &scene.client).await.unwrap_err();
    assert!(matches!(error, JournalError::Unread(_)), "{error}");
    assert_eq!((scene.posts(), states(&scene.journal).await.len()), (0, 1));
}

#[tokio::test]
async fn an_open_order_of_the_subscription_blocks_until_it_is_found_out() {
    for (fault, missing) in [(LOST, 2), (BOOKED, 1)] {
        let scene = Scene::new().await;
        let order = PleskRenewalOrder::new(SUBSCRIPTION_ID, 1).unwrap();
        let entry = scene.unknown(&order, fault).await;
        let error = renew(&scene.journal, &scene.client).await.unwrap_err();
        let JournalError::Blocked(blocker) = &error else { panic!("{error}") };
        assert_eq!((&blocker.id, scene.posts()), (&entry.id, 1));

        scene.find_out(&entry).await;
        let Renewed::Ordered(placed) = renew(&scene.journal, &scene.client).await.unwrap() else {
            panic!("{fault}")
        };
        let Placed::Sent(Sent { result: Ok(_), entry, .. }) = *placed else { panic!("{fault}") };
        assert_eq!(entry.parameters["months"], missing);
        assert_eq!(months(&scene.sandbox), 2);
    }
}

#[tokio::test]
async fn a_reference_of_a_goal_is_sent_once() {
    let scene = Scene::new().await;
    let again =
        async || renew_until(&scene.journal, &scene.client, DATE, Some("goal")).await.unwrap();
    scene.inject(&[LOST]);
    assert!(
        matches!(again().await, Renewed::Ordered(placed) if matches!(*placed, Placed::Sent(Sent { result: Err(_), .. })))
    );
    let Renewed::Ordered(placed) = again().await else { panic!() };
    let Placed::Recorded(entry) = *placed else { panic!() };
    assert_eq!((entry.state, scene.posts()), (State::Unknown, 1));
    scene.find_out(&entry).await;
    assert!(matches!(again().await, Renewed::Ordered(_)));
    let Renewed::Already(_, Some(entry)) = again().await else { panic!() };
    assert_eq!(entry.state, State::Accepted, "what became of it is told");
    assert_eq!((months(&scene.sandbox), scene.posts()), (2, 2));
}

#[tokio::test]
async fn a_baseline_that_shows_another_end_sends_nothing() {
    let scene = Scene::new().await;
    let order = PleskRenewalOrder::new(SUBSCRIPTION_ID, 1).unwrap();
    for (ends, sent) in [("2025-04-01T10:00:00", true), ("2025-04-01T10:00:00", false)] {
        let claim = scene.journal.claim(&scene.client, order.clone(), None).await.unwrap();
        let Claimed::Ours(claim) = claim else { panic!() };
        let id = claim.id().to_owned();
        let claim = claim.only_if_it_ends(ends.parse::<DateTime>().unwrap().into());
        let result = claim.send(&scene.client).await;
        let state = if sent { State::Accepted } else { State::NotSent };
        assert_eq!(result.is_ok(), sent);
        assert_eq!(scene.journal.get(&id).await.unwrap().state, state);
    }
    assert_eq!(scene.posts(), 1);
}

#[tokio::test]
async fn a_date_that_no_renewal_reaches_is_said_and_claims_nothing() {
    let (bench, sandbox) = (Bench::new(), Sandbox::start().unwrap());
    let journal = Journal::open(&bench.url()).await.unwrap();
    let client = Client::builder(oxhost_sandbox::KEY).base_url(sandbox.url()).build().unwrap();
    let error = renew_until(&journal, &client, Date::MAX, None).await.unwrap_err();
    assert!(matches!(error, JournalError::Usage(_)), "{error}");
    assert!(error.to_string().contains("no renewal reaches as far as 9999-12-31"), "{error}");
    assert_eq!((states(&journal).await, months(&sandbox)), (vec![], 0));
}
