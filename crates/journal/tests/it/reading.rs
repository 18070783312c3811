use std::sync::{Arc, Mutex};
use std::time::Duration;

use oxhost::Client;
use oxhost_journal::{Look, Placed, Reading, Sent, ServerReading};
use serde_json::{Value, json};

use crate::bench::{Bench, Provider, extension};

/// An order, so many hours after midnight.
fn order(hour: i64) -> Value {
    let at = format!("2025-03-{:02} {:02}:00:00", 1 + hour / 24, hour % 24);
    json!({"id": format!("o-{hour}"), "server_id": "s-9", "amount": "0.02", "created_at": at})
}

fn page(hours: impl IntoIterator<Item = i64>) -> (&'static str, Value) {
    ("200 OK", json!({"success": true, "data": hours.into_iter().map(order).collect::<Vec<_>>()}))
}

/// Places an order that is never answered, and tells what was read before it, of these pages. The last is
/// given again and again.
async fn before(pages: Vec<(&'static str, Value)>) -> (Look, usize) {
    let (bench, lists) = (Bench::new(), Arc::new(Mutex::new(0)));
    let asked = Arc::clone(&lists);
    let read = move |path: &str| {
        if !path.contains("page=") {
            return ("200 OK", json!({"success": true, "user": {"balance": "9.00"}}).to_string());
        }
        let mut asked = asked.lock().unwrap();
        *asked += 1;
        let (status, body) = &pages[pages.len().min(*asked) - 1];
        (*status, body.to_string())
    };
    let provider = Provider::reading(read, |_| {});
    let client = Client::builder("test-key")
        .base_url(provider.url())
        .repeat_reads(0, Duration::ZERO)
        .build()
        .unwrap();
    let placed = bench.journal().await.place(&client, extension("s-1", 1), None).await.unwrap();
    let Placed::Sent(Sent { entry, .. }) = placed else { panic!() };
    let asked = *lists.lock().unwrap();
    (entry.baseline.unwrap(), asked)
}

fn seen((look, asked): (Look, usize)) -> (ServerReading, usize) {
    let Look::Seen(Reading::Server(seen)) = look else { panic!("{look:?}") };
    (seen, asked)
}

fn failed((look, _): (Look, usize)) -> String {
    let Look::Failed(why) = look else { panic!("{look:?}") };
    why
}

fn ids(seen: &ServerReading) -> Vec<&str> {
    seen.orders.iter().map(|order| order.id.as_str()).collect()
}

#[tokio::test]
async fn a_list_is_read_to_a_little_before_its_newest_order() {
    let (list, asked) = seen(before(vec![page((30..50).rev()), page((10..30).rev())]).await);
    assert_eq!(asked, 1);
    // What is as old as the limit still counts.
    assert_eq!(ids(&list), ["o-49", "o-48", "o-47"]);
    assert_eq!(list.since.unwrap().to_string(), "2025-03-02 23:00:00");
    assert!(list.whole);
    assert_eq!(list.balance.unwrap().to_string(), "9.00");
}

#[tokio::test]
async fn a_list_is_read_on_where_its_page_does_not_reach_back() {
    for (pages, asked_for, whole) in [
        // Just to the limit, and what is as old may stand on the next page.
        (vec![page([49, 48, 47]), page([]), page([])], 2, true),
        (vec![page([49, 48, 47]), page([46]), page([])], 2, true),
        // Not the newest first: all must be read.
        (vec![page([40, 49]), page([]), page([])], 2, true),
        // The same again and again.
        (vec![page([49]), page([49])], 2, false),
        // No page after the last, and no page at all.
        (vec![page([49]), ("404 Not Found", json!({"message": "no"}))], 2, true),
    ] {
        let said = format!("{pages:?}");
        let (list, asked) = seen(before(pages).await);
        assert_eq!((asked, list.whole), (asked_for, whole), "{said}");
        assert!(ids(&list).contains(&"o-49"), "{said}");
    }
    let (list, asked) = seen(before(vec![page([])]).await);
    assert_eq!((asked, list.whole, list.since, ids(&list).len()), (1, true, None, 0));
}

#[tokio::test]
async fn a_page_that_cannot_be_read_is_no_end() {
    let no = |status| (status, json!({"message": "why not"}));
    assert!(failed(before(vec![no("404 Not Found")]).await).contains("404"));
    for status in ["403 Forbidden", "500 Internal Server Error"] {
        let why = failed(before(vec![page([49]), no(status)]).await);
        assert!(why.contains(&status[..3]), "{why}");
    }
}

#[tokio::test]
async fn what_could_be_the_order_and_cannot_be_read_spoils_the_reading() {
    let with = |name: &str, value: Value| {
        let mut order = order(49);
        order[name] = value;
        vec![("200 OK", json!({"success": true, "data": [order]})), page([])]
    };
    for (name, value) in [
        ("rental_duration_hours", json!("many")),
        ("amount", json!({"EUR": 1})),
        ("created_at", json!("yesterday")),
    ] {
        let why = failed(before(with(name, value)).await);
        assert!(why.contains(name), "{why}");
    }
    let odd = vec![("200 OK", json!({"success": true, "data": ["an order"]})), page([])];
    let why = failed(before(odd).await);
    assert!(why.contains("data[]"), "{why}");
    // What decides nothing may be as it likes.
    let (list, _) = seen(before(with("updated_at", json!("yesterday"))).await);
    assert_eq!(ids(&list), ["o-49"]);
}
