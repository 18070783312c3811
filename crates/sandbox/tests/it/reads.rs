//! The reads show what was ordered, in the documented shape.

use oxhost_sandbox::{EXAMPLE_SERVER_ID, KEY, SUBSCRIPTION_ID, Sandbox, USER_ID};
use serde_json::Value;

use crate::client::{Answer, extend, post, renew, renewal, send};

const SUBSCRIPTION: &str = include_str!("../../../../tests/documented/plesk-subscription.json");
const ORDERS: &str = include_str!("../../../../tests/documented/order-list.json");
const USER: &str = include_str!("../../../../tests/documented/user.json");

fn get(sandbox: &Sandbox, path: &str) -> Answer {
    send(sandbox, "GET", path, &[("x-api-key", KEY)], b"")
}

fn subscription(sandbox: &Sandbox) -> Value {
    get(sandbox, &format!("/API/plesk/subscriptions/detail?id={SUBSCRIPTION_ID}")).json()
}

fn orders(sandbox: &Sandbox, more: &str) -> Value {
    get(sandbox, &format!("/API/orders/list_order?user_id={USER_ID}{more}")).json()
}

fn documented(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn the_documented_reads_get_the_documented_replies() {
    let sandbox = Sandbox::start().unwrap();
    assert_eq!(subscription(&sandbox), documented(SUBSCRIPTION));
    assert_eq!(orders(&sandbox, ""), documented(ORDERS));
    let one =
        get(&sandbox, "/API/orders/list_order?order_id=order12345-6789-0123-4567-890123456789");
    assert_eq!(one.json(), documented(ORDERS));
    let mut user = documented(USER);
    // The documented balance is of another day than the documented extension's.
    user["user"]["balance"] = "3328.78".into();
    assert_eq!(get(&sandbox, &format!("/API/info_user?user_id={USER_ID}")).json(), user);
    assert_eq!(sandbox.ledger(), [], "what is past was not charged here");
}

#[test]
fn a_renewal_shows_in_the_expiry_and_in_the_orders_of_its_subscription() {
    let sandbox = Sandbox::start().unwrap();
    let renewed = renew(&sandbox, 3).json();
    let shown = subscription(&sandbox);
    assert_eq!(shown["subscription"]["expires_at"], "2025-07-01 10:00:00");
    assert_eq!(shown["orders"].as_array().unwrap().len(), 2);
    assert_eq!(shown["orders"][0]["id"], renewed["order"]["id"]);
    assert_eq!(shown["orders"][0]["amount"], "29.97");
    assert_eq!(shown["orders"][0]["created_at"], "2025-03-20 12:00:00");
}

#[test]
fn an_order_that_waits_for_payment_moves_no_expiry() {
    let sandbox = Sandbox::start().unwrap();
    let mut order = renewal(2);
    order["type_payment"] = "crypto".into();
    post(&sandbox, crate::client::PLESK, order.to_string());
    let shown = subscription(&sandbox);
    assert_eq!(shown["subscription"]["expires_at"], "2025-04-01 10:00:00");
    assert_eq!(shown["orders"][0]["status"], "pending");
}

#[test]
fn an_extension_shows_in_the_users_orders_and_balance_the_newest_first() {
    let sandbox = Sandbox::start().unwrap();
    let first = extend(&sandbox, 1).json();
    let second = extend(&sandbox, 5).json();
    let shown = orders(&sandbox, "");
    let ids: Vec<&Value> =
        shown["data"].as_array().unwrap().iter().map(|order| &order["id"]).collect();
    assert_eq!(ids[..2], [&second["order_id"], &first["order_id"]]);
    assert_eq!(shown["data"][0]["server_id"], EXAMPLE_SERVER_ID);
    assert_eq!(shown["data"][0]["rental_duration_hours"], 5);
    assert_eq!(shown["data"][0]["order_number"], "CLOUD_20251124013236_1358A411");
    let user = get(&sandbox, &format!("/API/info_user?user_id={USER_ID}")).json();
    assert_eq!(user["user"]["balance"], "3328.67");
    assert_eq!(orders(&sandbox, "&type_order=dedicated_server"), documented(ORDERS));
}

#[test]
fn pages_hold_twenty_orders_and_the_last_the_rest() {
    let sandbox = Sandbox::start().unwrap();
    (0..24).for_each(|_| drop(extend(&sandbox, 1)));
    let count = |page: &str| orders(&sandbox, page)["data"].as_array().unwrap().len();
    assert_eq!([count(""), count("&page=1"), count("&page=2"), count("&page=3")], [20, 20, 5, 0]);
    assert_eq!(count("&page=18446744073709551615"), 0);
}

#[test]
fn a_read_without_key_with_another_method_or_of_something_unknown_is_refused() {
    let sandbox = Sandbox::start().unwrap();
    let detail = format!("/API/plesk/subscriptions/detail?id={SUBSCRIPTION_ID}");
    assert_eq!(send(&sandbox, "GET", &detail, &[], b"").status, 401);
    let answer = send(&sandbox, "POST", &detail, &[("x-api-key", KEY)], b"{}");
    assert_eq!(answer.status, 405);
    assert!(answer.head.contains("\r\nallow: get"), "{}", answer.head);
    for (path, status, field) in [
        ("/API/plesk/subscriptions/detail?id=other", 404, "id"),
        ("/API/plesk/subscriptions/detail", 422, "id"),
        ("/API/plesk/subscriptions/detail?id=", 422, "id"),
        ("/API/orders/list_order", 422, "user_id"),
        ("/API/orders/list_order?user_id=other", 404, "user_id"),
        ("/API/orders/list_order?order_id=other", 404, "order_id"),
        ("/API/info_user?user_id=other", 404, "user_id"),
        ("/API/info_user", 422, "user_id"),
    ] {
        let answer = get(&sandbox, path);
        assert_eq!(answer.status, status, "{path}");
        assert!(
            answer.text.contains(field) && answer.text.contains("\"success\":false"),
            "{}",
            answer.text
        );
    }
    for page in ["0", "-1", "one", "1.5", "99999999999999999999"] {
        let answer =
            get(&sandbox, &format!("/API/orders/list_order?user_id={USER_ID}&page={page}"));
        assert_eq!(answer.status, 422, "{page}");
    }
}
