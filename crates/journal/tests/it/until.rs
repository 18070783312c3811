use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use oxhost::Client;
use oxhost::types::{PleskRenewalOrder, SubscriptionId};
use oxhost_journal::{Journal, JournalError, Placed, Renewed, State};
use oxhost_sandbox::{DateTime, SUBSCRIPTION_ID, Sandbox};

use crate::bench::Bench;
use crate::reconcile::{BOOKED, LOST, Scene};
use crate::relay::{Point, Relay};

/// Two months after the subscription's end.
const DATE: jiff::civil::Date = jiff::civil::date(2025, 6, 1);

fn subscription() -> SubscriptionId {
    SUBSCRIPTION_ID.parse().unwrap()
}

async fn renew(journal: &Journal, client: &Client) -> Result<Renewed, JournalError> {
    journal.renew_until(client, &subscription(), DATE, None).await
}

async fn states(journal: &Journal) -> Vec<State> {
    journal.list().await.unwrap().iter().map(|entry| entry.state).collect()
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
                        let journal = Journal::open(&journal, "account").await.unwrap();
                        let client = Client::builder(oxhost_sandbox::KEY).base_url(&url);
                        match renew(&journal, &client.build().unwrap()).await {
                            Ok(Renewed::Ordered(placed)) => {
                                assert!(matches!(*placed, Placed::Sent(Ok(_), _)));
                                1
                            }
                            Ok(Renewed::Already(ends)) => {
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
    scene.inject(&["read:late=300"]);
    let first = async {
        while scene.sandbox.faults_fired().is_empty() {
            tokio::task::yield_now().await;
        }
        let order = PleskRenewalOrder::new(SUBSCRIPTION_ID, 2).unwrap();
        scene.journal.place(&scene.client, &order, None).await.unwrap()
    };
    let (second, first) = tokio::join!(renew(&scene.journal, &scene.client), first);
    assert!(matches!(first, Placed::Sent(Ok(_), _)));
    let second = second.unwrap();
    assert!(matches!(second, Renewed::Already(_)), "{second:?}");
    assert_eq!((months(&scene.sandbox), scene.posts()), (2, 1));
    let entries = scene.journal.list().await.unwrap();
    let left = entries.iter().find(|entry| entry.state == State::NotSent).unwrap();
    assert_eq!(left.reason.as_deref(), Some("the subscription was renewed meanwhile"));
    assert_eq!(entries.len(), 2);
    assert_eq!(scene.journal.blocking(SUBSCRIPTION_ID).await.unwrap(), None);
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
    let client = Client::builder(sandbox.key()).base_url(relay.url()).build().unwrap();
    let error = renew(&journal, &client).await.unwrap_err();
    assert!(matches!(error, JournalError::Moved(_)), "{error}");
    assert!(error.to_string().starts_with("nothing was ordered: "), "{error}");
    assert_eq!(states(&journal).await, [State::NotSent; 3], "three tries, and none is left open");
    let methods: Vec<_> = sandbox.requests().into_iter().map(|it| it.method).collect();
    assert_eq!(methods, ["GET"; 6], "nothing was sent");
}

#[tokio::test]
async fn a_subscription_that_cannot_be_read_again_is_not_renewed() {
    let scene = Scene::new().await;
    // The first reading is good, the one under the claim is not.
    scene.inject(&["read:pass", "read:html"].repeat(3));
    let error = renew(&scene.journal, &scene.client).await.unwrap_err();
    assert!(error.to_string().contains("could not be read"), "{error}");
    assert_eq!((scene.sandbox.faults_waiting(), scene.posts()), (Vec::new(), 0));
    assert_eq!(states(&scene.journal).await, [State::NotSent; 3]);
    // Not even the first.
    scene.inject(&["read:html"]);
    let error = renew(&scene.journal, &scene.client).await.unwrap_err();
    assert!(matches!(error, JournalError::Unread(_)), "{error}");
    assert_eq!((scene.posts(), states(&scene.journal).await.len()), (0, 3));
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

        scene.reconcile(&entry).await;
        let Renewed::Ordered(placed) = renew(&scene.journal, &scene.client).await.unwrap() else {
            panic!("{fault}")
        };
        let Placed::Sent(Ok(_), entry) = *placed else { panic!("{fault}") };
        assert_eq!(entry.parameters["months"], missing);
        assert_eq!(months(&scene.sandbox), 2);
    }
}

#[tokio::test]
async fn a_reference_of_a_goal_is_sent_once() {
    let scene = Scene::new().await;
    let again = async || {
        let (journal, client, id) = (&scene.journal, &scene.client, subscription());
        journal.renew_until(client, &id, DATE, Some("goal")).await.unwrap()
    };
    scene.inject(&[LOST]);
    assert!(
        matches!(again().await, Renewed::Ordered(placed) if matches!(*placed, Placed::Sent(Err(_), _)))
    );
    let Renewed::Ordered(placed) = again().await else { panic!() };
    let Placed::Recorded(entry) = *placed else { panic!() };
    assert_eq!((entry.state, scene.posts()), (State::Unknown, 1));
    scene.reconcile(&entry).await;
    assert!(matches!(again().await, Renewed::Ordered(_)));
    assert!(matches!(again().await, Renewed::Already(_)));
    assert_eq!((months(&scene.sandbox), scene.posts()), (2, 2));
}

#[tokio::test]
async fn a_baseline_that_shows_another_end_sends_nothing() {
    let scene = Scene::new().await;
    let order = PleskRenewalOrder::new(SUBSCRIPTION_ID, 1).unwrap();
    for (ends, sent) in [("2025-04-01T10:00:00", true), ("2025-04-01T10:00:00", false)] {
        let claim = scene.journal.claim(&order, None).await.unwrap();
        let oxhost_journal::Claim::Ours(ticket) = claim else { panic!() };
        let id = ticket.id().to_owned();
        let ticket = ticket.only_if_it_ends(ends.parse::<DateTime>().unwrap().into());
        let result = scene.journal.send(&scene.client, &order, ticket).await;
        let state = if sent { State::Accepted } else { State::NotSent };
        assert_eq!(result.is_ok(), sent);
        assert_eq!(scene.journal.get(&id).await.unwrap().state, state);
    }
    assert_eq!(scene.posts(), 1);
}
