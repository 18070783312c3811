use std::sync::atomic::{AtomicI8, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use oxhost::types::{PleskRenewalOrder, ServerExtensionOrder};
use oxhost::{Client, Order};
use oxhost_journal::{
    Entry, Journal, JournalError, Placed, ReconcileOptions, Resolution, Sent, State, Verdict,
};
use oxhost_sandbox::{DateTime, Fault, SERVER_ID, SUBSCRIPTION_ID, Sandbox, Seed};

use crate::bench::{Bench, blocking};

/// The order is booked, and the connection closed without an answer.
pub const BOOKED: &str = "after:close-reply@0";
/// The connection is closed without an answer, and nothing is booked.
pub const LOST: &str = "before:close-reply@0";

pub struct Scene {
    pub sandbox: Sandbox,
    pub client: Client,
    pub journal: Journal,
    pub bench: Bench,
}

impl Scene {
    pub async fn new() -> Self {
        Self::of(Sandbox::builder()).await
    }

    pub async fn of(sandbox: oxhost_sandbox::Builder) -> Self {
        let (sandbox, bench) = (sandbox.start().unwrap(), Bench::new());
        let client = Client::builder(sandbox.key())
            .base_url(sandbox.url())
            .repeat_reads(0, Duration::ZERO)
            .build()
            .unwrap();
        let journal = bench.journal().await;
        Self { sandbox, client, journal, bench }
    }

    pub fn inject(&self, faults: &[&str]) {
        for fault in faults {
            self.sandbox.inject(fault.parse::<Fault>().unwrap());
        }
    }

    pub async fn unknown<O: Order + Clone>(&self, order: &O, fault: &str) -> Entry {
        self.inject(&[fault]);
        let placed = self.journal.place(&self.client, order.clone(), None).await.unwrap();
        let Placed::Sent(Sent { result: Err(_), entry, .. }) = placed else { panic!("{fault}") };
        assert_eq!(entry.state, State::Unknown);
        *entry
    }

    /// Finds out without waiting; tells the pauses that would have been made.
    pub async fn find_out(&self, entry: &Entry) -> (Entry, Vec<Duration>) {
        let found = self.find_out_among_faults(entry).await;
        assert_eq!(self.sandbox.faults_waiting(), [], "each planned fault has happened");
        found
    }

    /// The same, with more faults planned than can happen.
    async fn find_out_among_faults(&self, entry: &Entry) -> (Entry, Vec<Duration>) {
        let posts = self.posts();
        let pauses = Arc::new(Mutex::new(Vec::new()));
        let made = Arc::clone(&pauses);
        let options = self.bench.noting(move |pause| made.lock().unwrap().push(pause));
        let found = self.journal.reconcile(&self.client, &entry.id, &options).await.unwrap();
        assert_eq!(self.posts(), posts, "finding out never orders");
        let pauses = pauses.lock().unwrap().clone();
        (found, pauses)
    }

    pub fn posts(&self) -> usize {
        self.sandbox.requests().iter().filter(|request| request.method == "POST").count()
    }
}

pub fn renewal() -> PleskRenewalOrder {
    PleskRenewalOrder::new(SUBSCRIPTION_ID, 3).unwrap()
}

fn extension(scene: &Scene) -> ServerExtensionOrder {
    ServerExtensionOrder::new(scene.sandbox.user_id(), SERVER_ID, 5).unwrap()
}

fn verdict(entry: &Entry) -> &Verdict {
    &entry.findings.as_ref().unwrap().verdict
}

pub fn why(entry: &Entry) -> &str {
    let Verdict::Undecided { why } = verdict(entry) else { panic!("{:?}", entry.findings) };
    assert_eq!(entry.state, State::Unknown, "a person decides");
    why
}

pub fn number(entry: &Entry) -> &str {
    let Verdict::Confirmed { order } = verdict(entry) else { panic!("{:?}", entry.findings) };
    assert_eq!(entry.state, State::Confirmed);
    order.number.as_ref().unwrap().as_str()
}

#[tokio::test]
async fn an_order_that_was_booked_is_confirmed_with_the_order() {
    for is_renewal in [true, false] {
        let scene = Scene::new().await;
        let entry = match is_renewal {
            true => scene.unknown(&renewal(), BOOKED).await,
            false => scene.unknown(&extension(&scene), BOOKED).await,
        };
        let (found, pauses) = scene.find_out(&entry).await;
        assert_eq!(number(&found), scene.sandbox.ledger()[0].order_number);
        assert!(pauses.is_empty(), "an order that shows ends it at once");
        let looked = &found.findings.unwrap().observations[0];
        assert!(looked.snapshot().is_some() && looked.at >= entry.changed_at);
        // And the target is free again.
        assert_eq!(blocking(&scene.journal, &entry.target).await, None);
    }
}

#[tokio::test]
async fn an_order_that_never_shows_over_the_whole_window_was_not_placed() {
    for is_renewal in [true, false] {
        let scene = Scene::new().await;
        let entry = match is_renewal {
            true => scene.unknown(&renewal(), LOST).await,
            false => scene.unknown(&extension(&scene), LOST).await,
        };
        let (found, pauses) = scene.find_out(&entry).await;
        assert_eq!((verdict(&found), found.state), (&Verdict::NotOrdered, State::NotOrdered));
        // The sender's 10 s to send and 120 s to wait, the provider's lag, and three looks, 5 s apart.
        assert_eq!(pauses.iter().sum::<Duration>(), Duration::from_secs(10 + 120 + 180 + 2 * 5));
        assert_eq!(scene.sandbox.ledger(), []);
    }
}

#[tokio::test]
async fn what_is_settled_meanwhile_is_not_looked_for_any_longer() {
    let scene = Scene::new().await;
    let entry = scene.unknown(&renewal(), LOST).await;
    let (journal, id) = (scene.journal.clone(), entry.id.clone());
    let pauses = Arc::new(Mutex::new(0));
    let made = Arc::clone(&pauses);
    let options = ReconcileOptions::default().pausing(move |_| {
        *made.lock().unwrap() += 1;
        let (journal, id) = (journal.clone(), id.clone());
        async move {
            journal.resolve(&id, Resolution::Ordered, "it shows on the invoice").await.unwrap();
        }
    });
    let found = scene.journal.reconcile(&scene.client, &entry.id, &options).await.unwrap();
    assert_eq!((found.state, found.findings, *pauses.lock().unwrap()), (State::Confirmed, None, 1));
}

#[tokio::test]
async fn a_stale_or_contradictory_reading_is_waited_out() {
    for odd in [
        "read:stale=1",
        "read:contradict=order",
        "read:contradict=state",
        "read:html",
        "read:status=503",
    ] {
        let scene = Scene::new().await;
        let entry = scene.unknown(&renewal(), BOOKED).await;
        scene.inject(&[odd, odd, odd, odd]);
        let (found, pauses) = scene.find_out(&entry).await;
        assert_eq!(number(&found), scene.sandbox.ledger()[0].order_number, "{odd}");
        assert_eq!(pauses.len(), 4, "{odd}");

        // Of a server, the order alone is enough.
        if odd == "read:contradict=order" {
            continue;
        }
        let scene = Scene::new().await;
        let entry = scene.unknown(&extension(&scene), BOOKED).await;
        scene.inject(&[odd, odd, odd, odd]);
        let (found, _) = scene.find_out(&entry).await;
        assert_eq!(number(&found), scene.sandbox.ledger()[0].order_number, "{odd}");
    }
}

#[tokio::test]
async fn what_never_fits_is_undecided_with_its_evidence() {
    for (odd, reason) in [
        ("read:contradict=order", "but the expiry went from"),
        ("read:contradict=state", "and no new order shows"),
        ("read:html", "a reading failed"),
        ("read:status=403", "a reading failed"),
    ] {
        let scene = Scene::new().await;
        let entry = scene.unknown(&renewal(), BOOKED).await;
        scene.inject(&[odd; 40]);
        let (found, pauses) = scene.find_out_among_faults(&entry).await;
        assert!(why(&found).contains(reason), "{odd}: {}", why(&found));
        assert_eq!(found.findings.unwrap().observations.len(), pauses.len() + 1);
        // It blocks until a person has looked.
        let blocked = scene.journal.place(&scene.client, renewal(), None).await;
        assert!(matches!(blocked, Err(JournalError::Blocked(_))));
    }
    // A server's order is missing, but its balance fell.
    let scene = Scene::new().await;
    let entry = scene.unknown(&extension(&scene), BOOKED).await;
    scene.inject(&["read:contradict=state"; 90]);
    let (found, _) = scene.find_out_among_faults(&entry).await;
    assert!(why(&found).contains("the balance fell by 0.09 EUR more"), "{}", why(&found));
}

#[tokio::test]
async fn one_odd_reading_forbids_to_believe_that_nothing_was_ordered() {
    let scene = Scene::new().await;
    let entry = scene.unknown(&renewal(), BOOKED).await;
    // From here on the order is hidden, save for one glimpse.
    scene.inject(&["read:stale=1", "read:contradict=order"]);
    scene.inject(&["read:stale=1"; 40]);
    let (found, _) = scene.find_out_among_faults(&entry).await;
    assert!(why(&found).contains("shows, but the expiry"), "{}", why(&found));
}

#[tokio::test]
async fn someone_elses_renewal_beside_ours_is_undecided() {
    // Ours is booked or lost; theirs comes after it, and is of as many months or not.
    for (fault, months, reason) in [
        (BOOKED, 1, "2 new orders show"),
        (BOOKED, 3, "2 new orders show"),
        (LOST, 1, "is not 3 calendar months"),
        (LOST, 4, "is not 3 calendar months"),
    ] {
        let scene = Scene::new().await;
        scene
            .sandbox
            .act(|world| {
                world.set_balance(scene.sandbox.user_id(), oxhost_sandbox::Host::Com, 900.into())
            })
            .unwrap();
        let entry = scene.unknown(&renewal(), fault).await;
        scene.sandbox.act(|world| world.renew(SUBSCRIPTION_ID, months)).unwrap();
        let (found, _) = scene.find_out(&entry).await;
        assert!(why(&found).contains(reason), "{fault} {months}: {}", why(&found));
    }
}

#[tokio::test]
async fn someone_elses_extension_beside_ours_is_undecided() {
    for (fault, hours, reason) in [
        (BOOKED, 1, "2 new orders for the server"),
        (BOOKED, 5, "2 new orders for the server"),
        (LOST, 1, "is another than ours"),
    ] {
        let scene = Scene::new().await;
        let entry = scene.unknown(&extension(&scene), fault).await;
        scene.sandbox.act(|world| world.extend(SERVER_ID, hours)).unwrap();
        let (found, _) = scene.find_out(&entry).await;
        assert!(why(&found).contains(reason), "{fault} {hours}: {}", why(&found));
    }
    // Another server's order explains what the balance lost.
    let scene = Scene::new().await;
    let entry = scene.unknown(&extension(&scene), LOST).await;
    scene.sandbox.act(|world| world.extend(oxhost_sandbox::EXAMPLE_SERVER_ID, 5)).unwrap();
    let (found, _) = scene.find_out(&entry).await;
    assert_eq!(verdict(&found), &Verdict::NotOrdered);
}

#[tokio::test]
async fn our_own_other_orders_are_not_taken_for_the_unknown_one() {
    let scene = Scene::new().await;
    // Accepted, but the baseline of the next order does not show it yet.
    scene.journal.place(&scene.client, renewal(), None).await.unwrap();
    scene.inject(&["read:stale=1"]);
    let entry = scene.unknown(&renewal(), LOST).await;
    let (found, _) = scene.find_out(&entry).await;
    assert!(why(&found).contains("the expiry moved"), "{}", why(&found));

    let scene = Scene::new().await;
    scene.journal.place(&scene.client, extension(&scene), None).await.unwrap();
    scene.inject(&["read:stale=1", "read:stale=1"]);
    let entry = scene.unknown(&extension(&scene), LOST).await;
    let (found, _) = scene.find_out(&entry).await;
    assert_eq!(verdict(&found), &Verdict::NotOrdered);
    assert_eq!(scene.sandbox.ledger().len(), 1);

    // Nor one that was itself found out.
    let scene = Scene::new().await;
    let entry = scene.unknown(&extension(&scene), BOOKED).await;
    number(&scene.find_out(&entry).await.0);
    scene.inject(&["read:stale=1", "read:stale=1"]);
    let entry = scene.unknown(&extension(&scene), LOST).await;
    let (found, _) = scene.find_out(&entry).await;
    assert_eq!(verdict(&found), &Verdict::NotOrdered);
    assert_eq!(scene.sandbox.ledger().len(), 1);
}

#[tokio::test]
async fn where_there_were_no_orders_before_an_old_one_still_counts() {
    let mut seed = Seed::documented();
    seed.server_orders.clear();
    let hour = Arc::new(AtomicI8::new(0));
    let clock = Arc::clone(&hour);
    let now = move |_| DateTime::constant(2025, 3, 20, clock.load(Ordering::SeqCst), 0, 0, 0);
    let scene = Scene::of(Sandbox::builder().seed(seed).clock(now)).await;
    let entry = scene.unknown(&extension(&scene), BOOKED).await;
    // Long after it, another server is extended; the balance cannot be read.
    hour.store(9, Ordering::SeqCst);
    scene.sandbox.act(|world| world.extend(oxhost_sandbox::EXAMPLE_SERVER_ID, 5)).unwrap();
    scene.inject(&["read:empty"]);
    let (found, _) = scene.find_out(&entry).await;
    assert_eq!(number(&found), scene.sandbox.ledger()[0].order_number);
}

#[tokio::test]
async fn a_claim_is_taken_back_and_its_sender_sends_nothing() {
    let scene = Scene::new().await;
    // The sender is held up while it reads the baseline.
    scene.inject(&["read:late=300"]);
    let (client, order) = (scene.client.clone(), renewal());
    let placing = scene.journal.place(&client, order.clone(), None);
    let finding = async {
        let claimed = loop {
            match blocking(&scene.journal, SUBSCRIPTION_ID).await {
                Some(entry) => break entry,
                None => tokio::task::yield_now().await,
            }
        };
        assert_eq!((claimed.state, claimed.baseline.as_ref()), (State::Claimed, None));
        scene.journal.reconcile(&client, &claimed.id, &scene.bench.patiently()).await.unwrap()
    };
    let (placed, found) = tokio::join!(placing, finding);
    assert!(matches!(placed, Err(JournalError::Released(_))), "{placed:?}");
    assert_eq!(found.state, State::NotSent);
    assert_eq!((scene.posts(), scene.sandbox.ledger().len()), (0, 0));
}
