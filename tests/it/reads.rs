//! Reads: every documented field, repeated where they fail, and never an order repeated with them.

use oxhost::contract::API_KEY_HEADER;
use oxhost_testkit::{ByteServer, http, json};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use oxhost::types::UserId;
use oxhost::{Client, ReadError};

use crate::documented::{PLESK, renewal};

pub const SUBSCRIPTION: &str = include_str!("../documented/plesk-subscription.json");
pub const ORDERS: &str = include_str!("../documented/order-list.json");
pub const USER: &str = include_str!("../documented/user.json");

fn client(wire: &ByteServer) -> Client {
    Client::builder("test-key")
        .base_url(wire.url())
        .repeat_reads(3, Duration::from_millis(1))
        .build()
        .unwrap()
}

fn user() -> UserId {
    "user12345-6789-0123-4567-890123456789".parse().unwrap()
}

/// Gives the answers in turn, the last one for ever.
fn in_turn(answers: Vec<Vec<u8>>) -> ByteServer {
    let next = AtomicUsize::new(0);
    ByteServer::with(move |stream| {
        let at = next.fetch_add(1, Ordering::SeqCst).min(answers.len() - 1);
        let _ = std::io::Write::write_all(stream, &answers[at]);
    })
}

#[tokio::test]
async fn the_documented_subscription_fills_every_field() {
    let wire = ByteServer::answering(json("200 OK", SUBSCRIPTION));
    let id = "sub123-4567-8901-2345-678901234567".parse().unwrap();
    let reply = client(&wire).get_plesk_subscription(&id).await.unwrap();
    assert_eq!(
        wire.requests()[0].line(),
        "GET /API/plesk/subscriptions/detail?id=sub123-4567-8901-2345-678901234567 HTTP/1.1"
    );
    assert_eq!(wire.requests()[0].header(API_KEY_HEADER), ["test-key"]);
    assert_eq!(reply.warnings(), []);
    let subscription = reply.subscription.as_ref().unwrap();
    assert_eq!(subscription.id.as_ref().unwrap().as_str(), "sub123-4567-8901-2345-678901234567");
    assert_eq!(subscription.domain_name.as_deref(), Some("example.com"));
    assert_eq!(subscription.status.as_deref(), Some("active"));
    assert_eq!(subscription.price.unwrap().to_string(), "9.99");
    assert_eq!(subscription.plan_name.as_deref(), Some("Basic"));
    assert_eq!(
        subscription.client_id.as_ref().unwrap().as_str(),
        "client123-4567-8901-2345-678901234567"
    );
    assert_eq!(subscription.client_name.as_deref(), Some("John Doe"));
    assert_eq!(subscription.created_at.unwrap().to_string(), "2025-03-01 10:00:00");
    assert_eq!(subscription.expires_at.unwrap().to_string(), "2025-04-01 10:00:00");
    assert!(subscription.auto_renew.unwrap().is_true());
    assert_eq!(subscription.ftp_username.as_deref(), Some("example_ftp"));
    assert!(subscription.extra.is_empty());
    let [order] = &reply.orders.as_ref().unwrap()[..] else { panic!() };
    assert_eq!(order.id.as_ref().unwrap().as_str(), "order123-4567-8901-2345-678901234567");
    assert_eq!(order.order_number.as_deref(), Some("PLK_20250301_123456"));
    assert_eq!(order.amount.unwrap().to_string(), "9.99");
    assert_eq!(order.status.as_deref(), Some("completed"));
    assert_eq!(order.created_at.unwrap().to_string(), "2025-03-01 10:00:00");
    assert!(order.extra.is_empty() && reply.extra.is_empty());
}

#[tokio::test]
async fn the_documented_orders_fill_every_field() {
    let wire = ByteServer::answering(json("200 OK", ORDERS));
    let page = NonZeroU32::new(2).unwrap();
    let reply = client(&wire).list_orders(&user(), page).await.unwrap();
    client(&wire).get_order(&"order12345".parse().unwrap()).await.unwrap();
    let lines: Vec<String> =
        wire.requests().iter().map(|request| request.line().to_owned()).collect();
    assert_eq!(
        lines,
        [
            "GET /API/orders/list_order?page=2&user_id=user12345-6789-0123-4567-890123456789 HTTP/1.1",
            "GET /API/orders/list_order?order_id=order12345 HTTP/1.1",
        ]
    );
    assert_eq!(reply.warnings(), []);
    let [order] = &reply.data.as_ref().unwrap()[..] else { panic!() };
    assert_eq!(order.id.as_ref().unwrap().as_str(), "order12345-6789-0123-4567-890123456789");
    assert_eq!(order.user_id.as_ref().unwrap().as_str(), user().as_str());
    assert_eq!(
        order.server_id.as_ref().unwrap().as_str(),
        "server12345-6789-0123-4567-890123456789"
    );
    assert_eq!(order.service_id.as_ref().unwrap().as_str(), "00000000-0000-0000-0000-000000000000");
    assert_eq!(order.order_number.as_deref(), Some("CLOUD_20251123153956_DEMO789"));
    assert_eq!(order.order_type.as_deref(), Some("dedicated_server"));
    assert_eq!(order.status.as_deref(), Some("completed"));
    assert_eq!(order.rental_duration_hours.unwrap().get(), 720);
    assert_eq!(order.amount.unwrap().to_string(), "360.00");
    assert_eq!(order.currency.as_deref(), Some("EUR"));
    assert!(order.metadata.is_none());
    assert_eq!(order.description.as_deref(), Some("SERVER DEDICATED"));
    assert_eq!(order.created_at.unwrap().to_string(), "2025-11-23 15:39:56");
    assert_eq!(order.updated_at.unwrap().to_string(), "2025-11-23 15:39:56");
    assert_eq!(order.username.as_deref(), Some("demo_user"));
    let unlisted =
        [&order.name_server, &order.plan_id, &order.os_image_id, &order.versions, &order.location];
    assert!(unlisted.into_iter().all(Option::is_none));
    assert!(order.extra.is_empty() && reply.extra.is_empty());
}

#[tokio::test]
async fn the_documented_user_fills_every_field() {
    let wire = ByteServer::answering(json("200 OK", USER));
    let reply = client(&wire).get_user(&user()).await.unwrap();
    assert_eq!(
        wire.requests()[0].line(),
        "GET /API/info_user?user_id=user12345-6789-0123-4567-890123456789 HTTP/1.1"
    );
    assert_eq!(reply.warnings(), []);
    let user = reply.user.as_ref().unwrap();
    assert_eq!(user.id.as_ref().unwrap().as_str(), "user12345-6789-0123-4567-890123456789");
    assert_eq!(user.username.as_deref(), Some("demo_user"));
    assert_eq!(user.email.as_deref(), Some("demo@example.com"));
    assert!(user.user_telegram.is_none());
    assert_eq!(user.balance.unwrap().to_string(), "3509.51");
    assert_eq!(user.created_at.unwrap().to_string(), "2025-05-27 18:27:42");
    assert_eq!(user.updated_at.unwrap().to_string(), "2025-11-23 15:39:56");
    assert!(user.is_active.unwrap().is_true() && user.superuser.unwrap().is_true());
    assert_eq!(user.notification_days_before.unwrap().get(), 3);
    assert_eq!(user.notification_preference.as_deref(), Some("email"));
    assert!(!user.email_verified.unwrap().is_true());
    assert!(user.extra.is_empty() && reply.extra.is_empty());
}

#[tokio::test]
async fn a_list_that_is_missing_is_not_an_empty_one_and_a_lost_element_is_named() {
    let read = async |body: &str| {
        let wire = ByteServer::answering(json("200 OK", body));
        client(&wire).list_orders(&user(), NonZeroU32::MIN).await.unwrap()
    };
    assert!(read(r#"{"success": true}"#).await.data.is_none());
    assert!(read(r#"{"success": true, "data": null}"#).await.data.is_none());
    assert_eq!(read(r#"{"success": true, "data": []}"#).await.data.as_ref().unwrap().len(), 0);
    let lossy = read(r#"{"data": [{"id": "a"}, "b", {"id": "c", "amount": "many"}]}"#).await;
    assert_eq!(lossy.data.as_ref().unwrap().len(), 2);
    assert_eq!(lossy.warnings().len(), 1, "{:?}", lossy.warnings());
    // Half of a pair of surrogates, which no text in Rust can hold.
    let lossy = read(r#"{"data": [{"id": "a"}, "\ud800"], "tags": ["\ud800", "b"]}"#).await;
    assert_eq!(lossy.data.as_ref().unwrap().len(), 1);
    assert_eq!(lossy.extra["tags"].value(), &serde_json::json!(["b"]));
    let lossy = read(r#"{"data": [{"id": "c", "amount": "many"}]}"#).await;
    assert!(lossy.warnings()[0].to_string().contains("`data[0].amount`"), "{:?}", lossy.warnings());
    let wire = ByteServer::answering(json("200 OK", r#"{"success": true, "data": "none"}"#));
    assert_eq!(
        client(&wire).list_orders(&user(), NonZeroU32::MIN).await.unwrap().warnings().len(),
        1
    );
}

#[tokio::test]
async fn a_read_that_fails_is_repeated_until_it_is_answered() {
    let failures = vec![
        http("503 Unavailable", &["retry-after: 0"], ""),
        json("200 OK", "<html>"),
        Vec::new(),
        json("200 OK", USER),
    ];
    let wire = in_turn(failures);
    assert!(client(&wire).get_user(&user()).await.is_ok());
    assert_eq!(wire.requests().len(), 4);
    let wire = in_turn(vec![http("429 Slow down", &["retry-after: 0"], ""), json("200 OK", USER)]);
    assert!(
        client(&wire).generated().get_user(&user()).await.is_ok(),
        "by the generated client, too"
    );
    assert_eq!(wire.requests().len(), 2);
}

#[tokio::test]
async fn a_read_is_given_up_after_the_last_time_and_says_nothing_of_money() {
    let wire = ByteServer::answering(json("500 Oops", "{}"));
    let error = client(&wire).get_user(&user()).await.unwrap_err();
    assert!(matches!(error, ReadError::Unavailable(_)), "{error}");
    assert!(!error.to_string().contains("charged"), "a read charges nothing: {error}");
    assert_eq!(wire.requests().len(), 4);
}

#[tokio::test]
async fn a_read_that_fails_says_why() {
    const NO: &str = "the provider said no";
    const ELSEWHERE: &str = "the provider answered with a redirect, which is not followed";
    const NO_JSON: &str = "the answer is not the documented JSON object";
    const HTML: &str = "<html>Sorry</html>";
    let deep = format!("{}1{}", r#"{"a":"#.repeat(200), "}".repeat(200));
    for (status, body, refused, reason) in [
        ("403 Forbidden", "", true, NO),
        ("403 Forbidden", r#"{"user": {}}"#, true, NO),
        ("200 OK", r#"{"success": false}"#, true, NO),
        ("200 OK", r#"{"error": "no such user"}"#, true, NO),
        ("200 OK", r#"{"success": "perhaps", "user": {}}"#, true, NO),
        ("302 Found", HTML, false, ELSEWHERE),
        ("302 Found", "{}", false, ELSEWHERE),
        ("200 OK", HTML, false, NO_JSON),
        ("500 Oops", HTML, false, NO_JSON),
        ("200 OK", "[1]", false, NO_JSON),
        ("200 OK", &deep, false, "the answer is nested too deeply"),
        ("500 Oops", r#"{"error": "oops"}"#, false, "the provider could not answer"),
    ] {
        let wire = ByteServer::answering(http(status, &[], body));
        let error = client(&wire).get_user(&user()).await.unwrap_err();
        assert_eq!(error.failure().reason(), reason, "{status} with {body}");
        assert_eq!(matches!(error, ReadError::Refused(_)), refused, "{status} with {body}");
    }
}

#[tokio::test]
async fn a_refused_read_and_one_that_is_to_wait_too_long_are_not_repeated() {
    let date =
        ["date: Sat, 21 Nov 2026 10:00:00 GMT", "retry-after: Sat, 21 Nov 2026 10:02:01 GMT"];
    for (answer, wait) in [
        (json("404 Not Found", "{}"), None),
        (json("200 OK", r#"{"error": "Transaction not found", "data": {}}"#), None),
        (http("429 Slow down", &["retry-after: 121"], ""), Some(121)),
        (http("503 Unavailable", &date, ""), Some(121)),
    ] {
        let wire = ByteServer::answering(answer);
        let error = client(&wire).get_user(&user()).await.unwrap_err();
        assert_eq!(wire.requests().len(), 1, "{error}");
        assert_eq!(error.failure().retry_after(), wait.map(Duration::from_secs));
    }
}

#[tokio::test]
async fn an_order_is_not_repeated_where_a_read_would_be() {
    for answer in [
        http("429 Slow down", &["retry-after: 0"], ""),
        http("503 Unavailable", &[], ""),
        Vec::new(),
    ] {
        let wire = in_turn(vec![answer, json("200 OK", PLESK)]);
        assert!(client(&wire).renew_plesk_subscription(&renewal()).await.is_err());
        assert_eq!(wire.requests().len(), 1);
    }
}
