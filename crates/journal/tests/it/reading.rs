use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use oxhost::Client;
use oxhost_journal::{
    Entry, Observation, Placed, ReconcileOptions, Sent, ServerSnapshot, Snapshot, State, Verdict,
};
use oxhost_testkit::{ByteServer, http};
use serde_json::{Value, json};

use crate::bench::{Bench, client_of, entries, extension};

/// An order, so many hours after midnight.
fn order(hour: i64) -> Value {
    let at = format!("2025-03-{:02} {:02}:00:00", 1 + hour / 24, hour % 24);
    json!({"id": format!("o-{hour}"), "server_id": "s-9", "amount": "0.02", "created_at": at})
}

fn page(hours: impl IntoIterator<Item = i64>) -> (&'static str, Value) {
    ("200 OK", json!({"success": true, "data": hours.into_iter().map(order).collect::<Vec<_>>()}))
}

fn empty() -> (&'static str, Value) {
    page([])
}

fn no(status: &'static str) -> (&'static str, Value) {
    (status, json!({"message": "why not"}))
}

/// What is read of these pages, of which the last is given again and again: before an order that is never
/// answered, and after it. How many pages were asked for before it, and after that by each look.
struct Read {
    entry: Entry,
    before: usize,
    each: Vec<usize>,
}

async fn read_of(before: Vec<(&'static str, Value)>, after: Vec<(&'static str, Value)>) -> Read {
    let (bench, asked) = (Bench::new(), Arc::new(Mutex::new(0)));
    let (counter, is_after) = (Arc::clone(&asked), Arc::new(AtomicBool::new(false)));
    let late = Arc::clone(&is_after);
    let read = move |path: &str| {
        let Some((_, page)) = path.split_once("page=") else {
            let user = json!({"success": true, "user": {"id": "user", "balance": "9.00"}});
            return http("200 OK", &[], &user.to_string());
        };
        let page: usize = page.split('&').next().unwrap().parse().unwrap();
        *counter.lock().unwrap() += 1;
        let pages = if late.load(Ordering::SeqCst) { &after } else { &before };
        let (status, body) = &pages[pages.len().min(page) - 1];
        http(status, &[], &body.to_string())
    };
    let provider = ByteServer::with_reads(read, |_| {});
    let client = Client::builder("test-key")
        .base_url(provider.url())
        .repeat_reads(0, Duration::ZERO)
        .build()
        .unwrap();
    let (journal, options) = (bench.journal().await, bench.patiently());
    let placed = journal.place(&client, extension("s-1", 1), None).await.unwrap();
    let Placed::Sent(Sent { entry, .. }) = placed else { panic!() };
    let before = std::mem::take(&mut *asked.lock().unwrap());
    is_after.store(true, Ordering::SeqCst);
    let each = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&each);
    let options = options.watching(move |_| {
        told.lock().unwrap().push(std::mem::take(&mut *asked.lock().unwrap()));
    });
    let entry = journal.reconcile(&client, &entry.id, &options).await.unwrap();
    let each = each.lock().unwrap().clone();
    Read { entry, before, each }
}

fn seen(observation: &Observation) -> &ServerSnapshot {
    let Some(Snapshot::Server(seen)) = observation.snapshot() else { panic!("{observation:?}") };
    seen
}

impl Read {
    fn first(&self) -> &ServerSnapshot {
        seen(self.entry.baseline.as_ref().unwrap())
    }

    fn last(&self) -> &ServerSnapshot {
        seen(self.entry.findings.as_ref().unwrap().observations.last().unwrap())
    }

    fn undecided(&self) -> &str {
        match &self.entry.findings.as_ref().unwrap().verdict {
            Verdict::Undecided { why } => why,
            verdict => panic!("{verdict:?}"),
        }
    }
}

#[tokio::test]
async fn before_an_order_one_page_is_read_and_after_it_all_that_it_takes() {
    let pages = vec![page((30..50).rev()), page((10..30).rev()), empty()];
    let read = read_of(pages.clone(), pages).await;
    assert_eq!((read.before, read.first().orders.len(), read.first().whole), (1, 20, false));
    assert_eq!(read.first().balance.unwrap().to_string(), "9.00");
    // An early look ends where the baseline's newest begin; a late one at the end.
    let late = read.each.len() - 3;
    assert!(read.each[..late].iter().all(|pages| *pages == 1), "{:?}", read.each);
    assert_eq!(read.each[late..], [3; 3]);
    assert!(read.last().whole);
    assert_eq!(read.entry.state, State::NotOrdered, "the balance stayed");
    // What is too old to be the order is not kept.
    assert_eq!(read.last().orders.len(), 20);
}

#[tokio::test]
async fn a_list_that_is_not_sorted_by_time_is_read_to_its_end() {
    let pages = vec![page([40, 49]), page([45]), empty()];
    let read = read_of(pages.clone(), pages).await;
    assert_eq!((read.before, read.each.iter().all(|pages| *pages == 3)), (1, true));
    let read = read_of(vec![empty()], vec![empty()]).await;
    assert_eq!((read.before, read.first().whole, read.first().orders.len()), (1, true, 0));
}

#[tokio::test]
async fn a_page_that_fails_or_repeats_is_no_end() {
    for status in ["404 Not Found", "403 Forbidden", "500 Internal Server Error"] {
        let read = read_of(vec![page([40, 49])], vec![page([40, 49]), no(status)]).await;
        assert!(read.undecided().contains("page 2 of the orders"), "{}", read.undecided());
        assert!(read.undecided().contains(&status[..3]), "{}", read.undecided());
        assert_eq!(read.entry.state, State::Unknown);
    }
    // The same again and again.
    let read = read_of(vec![page([40, 49])], vec![page([40, 49])]).await;
    assert!(read.undecided().contains("not read to its end"), "{}", read.undecided());
    assert!(read.each.iter().all(|pages| *pages == 4), "{:?}", read.each);
    // A page that shifts while it is read repeats what stood on the one before.
    let shifted = vec![page([49]), page([49]), page([48]), empty()];
    let read = read_of(vec![page([49])], shifted).await;
    assert_eq!((read.entry.state, read.last().whole), (State::NotOrdered, true));
}

#[tokio::test]
async fn without_a_baseline_only_the_first_page_is_read() {
    let read = read_of(vec![no("404 Not Found")], vec![page((30..50).rev()), empty()]).await;
    assert_eq!(read.each, [1]);
    assert!(read.undecided().contains("404"), "{}", read.undecided());
    assert!(read.undecided().contains("nothing can be compared"), "{}", read.undecided());
}

#[tokio::test]
async fn what_could_be_the_order_and_cannot_be_read_spoils_the_reading() {
    let with = |name: &str, value: Value| {
        let mut order = order(49);
        order[name] = value;
        vec![("200 OK", json!({"success": true, "data": [order]})), empty()]
    };
    for (name, value) in [
        ("rental_duration_hours", json!("many")),
        ("amount", json!({"EUR": 1})),
        ("created_at", json!("yesterday")),
    ] {
        let read = read_of(vec![page([49])], with(name, value)).await;
        assert!(read.undecided().contains(name), "{}", read.undecided());
    }
    let odd = vec![("200 OK", json!({"success": true, "data": ["an order"]})), empty()];
    let read = read_of(vec![page([49])], odd).await;
    assert!(read.undecided().contains("data[]"), "{}", read.undecided());
    // What decides nothing may be as it likes.
    let read = read_of(vec![page([49])], with("updated_at", json!("yesterday"))).await;
    assert_eq!(read.entry.state, State::NotOrdered);
}

#[tokio::test]
async fn an_order_in_the_list_that_has_no_name_spoils_the_reading() {
    let mut nameless = page([12]);
    nameless.1["data"][0]["id"] = Value::Null;
    let read = read_of(vec![empty()], vec![nameless, empty()]).await;
    let why = read.undecided();
    assert!(why.contains("neither id nor number"), "{why}");
}

/// While it is looked for, its sender says that it does not know, and then it shows. Where it had been taken
/// for not ordered in between, another order may have taken its target, and what shows may be that one.
#[tokio::test]
async fn what_is_found_stands_beside_a_late_unknown_unless_the_order_was_taken_for_not_ordered() {
    for was_missed in [false, true] {
        let bench = Arc::new(Bench::new());
        let shows = Arc::new(AtomicBool::new(false));
        let shown = Arc::clone(&shows);
        let ours = json!({
            "id": "o-1", "server_id": "s-1", "order_type": "renew_server", "amount": "0.02",
            "rental_duration_hours": 5, "status": "completed", "created_at": "2025-03-20 12:00:00",
        });
        let read = move |path: &str| {
            let listed = match path.contains("page=1") && shown.load(Ordering::SeqCst) {
                true => vec![ours.clone()],
                false => Vec::new(),
            };
            let user = json!({"id": "user", "balance": "9.00"});
            let body = match path.contains("page=") {
                true => json!({"success": true, "data": listed}),
                false => json!({"success": true, "user": user}),
            };
            http("200 OK", &[], &body.to_string())
        };
        // The order is held until it is let go, and gets no answer.
        let (let_go, held) = std::sync::mpsc::channel::<()>();
        let held = Mutex::new(held);
        let provider = ByteServer::with_reads(read, move |_| {
            let _ = held.lock().unwrap().recv();
        });
        let client = client_of(&provider);
        let journal = bench.journal().await;
        let (sending, by) = (journal.clone(), client.clone());
        let sender =
            tokio::spawn(async move { sending.place(&by, extension("s-1", 5), None).await });
        let is_out = async {
            while provider.requests().is_empty() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), is_out).await.expect("the order is sent");
        let open = entries(&journal).await.remove(0);
        assert_eq!(open.state, State::Open);

        let first = Arc::new(Mutex::new(Some((sender, let_go))));
        let (other, by, id, clock) =
            (journal.clone(), client.clone(), open.id.clone(), Arc::clone(&bench));
        let options = ReconcileOptions::default().pausing(move |pause| {
            let first = first.lock().unwrap().take();
            let (other, by, id, clock, shows) =
                (other.clone(), by.clone(), id.clone(), Arc::clone(&clock), Arc::clone(&shows));
            async move {
                clock.pass(pause);
                let Some((sender, let_go)) = first else { return };
                if was_missed {
                    let missed = other.reconcile(&by, &id, &clock.patiently()).await.unwrap();
                    assert_eq!(missed.state, State::NotOrdered);
                }
                let_go.send(()).unwrap();
                assert!(sender.await.unwrap().is_ok());
                assert_eq!(other.get(&id).await.unwrap().state, State::Unknown);
                shows.store(true, Ordering::SeqCst);
            }
        });
        let found = journal.reconcile(&client, &open.id, &options).await.unwrap();
        let expected = if was_missed { State::Unknown } else { State::Confirmed };
        assert_eq!(found.state, expected, "{:?}", found.notes);
    }
}
