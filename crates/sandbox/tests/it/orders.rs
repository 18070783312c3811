//! What an order does.

use oxhost_sandbox::{
    BUSINESS_PLAN_ID, Decimal, EXAMPLE_SERVER_ID, Host, SUBSCRIPTION_ID, Sandbox, Seed,
};
use serde_json::json;

use crate::client::{PLESK, extend, post, renew, renewal};

#[test]
fn hours_come_back_in_the_type_that_was_sent() {
    let sandbox = Sandbox::start().unwrap();
    assert_eq!(extend(&sandbox, 2).json()["hours_purchased"], json!(2));
    assert_eq!(extend(&sandbox, "2").json()["hours_purchased"], json!("2"));
}

#[test]
fn months_are_added_as_a_number_whether_a_number_or_a_string_was_sent() {
    let sandbox = Sandbox::start().unwrap();
    assert_eq!(renew(&sandbox, 1).json()["subscription"]["months_added"], json!(1));
    assert_eq!(renew(&sandbox, "2").json()["subscription"]["months_added"], json!(2));
    let units: Vec<_> = sandbox.ledger().iter().map(|charge| charge.units).collect();
    assert_eq!(units, [1, 2]);
}

#[test]
fn each_order_counts_from_the_expiry_the_last_one_left() {
    let sandbox = Sandbox::start().unwrap();
    let expiry =
        |months: i32| renew(&sandbox, months).json()["subscription"]["new_expires_at"].clone();
    assert_eq!(expiry(1), "2025-05-01 10:00:00");
    assert_eq!(expiry(8), "2026-01-01 10:00:00");
    let expiry =
        |hours: i32| extend(&sandbox, hours).json()["server_status"]["expire_date"].clone();
    assert_eq!(expiry(24), "2026-02-20 14:40:31");
    assert_eq!(expiry(720), "2026-03-22 14:40:31");
}

#[test]
fn a_month_that_lacks_the_day_ends_on_its_last() {
    for (from, months, until) in [
        ("2025-01-31T10:00:00", 1, "2025-02-28 10:00:00"),
        ("2024-01-31T10:00:00", 1, "2024-02-29 10:00:00"),
        ("2025-01-31T10:00:00", 2, "2025-03-31 10:00:00"),
        ("2025-08-31T23:59:59", 1, "2025-09-30 23:59:59"),
        ("2024-02-29T00:00:00", 12, "2025-02-28 00:00:00"),
    ] {
        let mut seed = Seed::documented();
        seed.subscriptions[0].expires_at = from.parse().unwrap();
        seed.accounts[0].balance_com = Decimal::ONE_THOUSAND;
        let sandbox = Sandbox::builder().seed(seed).start().unwrap();
        assert_eq!(renew(&sandbox, months).json()["subscription"]["new_expires_at"], until);
    }
}

#[test]
fn a_new_plan_is_charged_at_its_own_price_and_stays() {
    let sandbox = Sandbox::start().unwrap();
    let mut order = renewal(1);
    order["new_plan_id"] = BUSINESS_PLAN_ID.into();
    assert_eq!(post(&sandbox, PLESK, order.to_string()).json()["order"]["amount"], "24.99");
    assert_eq!(renew(&sandbox, 1).json()["order"]["amount"], "24.99");
    assert_eq!(sandbox.balance(Host::Com).to_string(), "40.03");
}

#[test]
fn hours_are_rounded_to_cents_half_up_and_each_order_on_its_own() {
    for (price, hours, amount) in [
        (360, 1, "0.01"),
        (359, 1, "0"),
        (1800, 1, "0.03"),
        (1299, 720, "12.99"),
        (1800, 720, "18"),
    ] {
        let mut seed = Seed::documented();
        seed.servers[0].plan_price = Decimal::new(price, 2);
        let sandbox = Sandbox::builder().seed(seed).start().unwrap();
        let answer = extend(&sandbox, hours);
        let start = format!(r#"{{"success":true,"amount":{amount},"#);
        assert!(answer.text.starts_with(&start), "{price} for {hours} h: {}", answer.text);
    }
    let sandbox = Sandbox::start().unwrap();
    (0..10).for_each(|_| drop(extend(&sandbox, 1)));
    // Ten hours at once cost 0.18.
    assert_eq!(sandbox.balance(Host::Net).to_string(), "3328.58");
}

#[test]
fn the_ledger_says_what_was_charged_for_what() {
    let sandbox = Sandbox::start().unwrap();
    renew(&sandbox, 3);
    extend(&sandbox, 1);
    let [renewal, extension] = &sandbox.ledger()[..] else { panic!("two charges expected") };
    assert_eq!(renewal.operation, "renewPleskSubscription");
    assert_eq!(renewal.target_id, SUBSCRIPTION_ID);
    assert_eq!(renewal.order_number, "PLK_RENEW_20250320_123456");
    assert_eq!((renewal.amount.to_string(), renewal.currency), ("29.97".to_owned(), "EUR"));
    assert_eq!(renewal.at.to_string(), "2025-03-20T12:00:00");
    assert_eq!(extension.operation, "extendServerHours");
    assert_eq!(extension.target_id, EXAMPLE_SERVER_ID);
    assert_eq!(extension.order_id, "13587d01-c8cd-11f0-8cdf-525400792197");
    assert_eq!(extension.order_number, "CLOUD_20251124013236_A000");
    assert_eq!((extension.amount.to_string(), extension.units), ("0.02".to_owned(), 1));
}

#[test]
fn a_crypto_order_is_pending_and_changes_neither_balance_nor_expiry_nor_plan() {
    let sandbox = Sandbox::start().unwrap();
    let mut order = renewal(3);
    order["type_payment"] = "crypto".into();
    order["new_plan_id"] = BUSINESS_PLAN_ID.into();
    let answer = post(&sandbox, PLESK, order.to_string()).json();
    assert_eq!(answer["order"]["status"], "pending");
    assert_eq!(answer["order"]["amount"], "74.97");
    assert_eq!(answer["subscription"]["new_expires_at"], "2025-04-01 10:00:00");
    assert_eq!(answer["subscription"]["months_added"], 0);
    assert_eq!(answer["balance_after"], "90.01");
    assert_eq!(sandbox.ledger(), []);
    assert_eq!(sandbox.pending().len(), 1);
    // The next order is priced and dated as if there had been none.
    let next = renew(&sandbox, 1).json();
    assert_eq!(next["order"]["amount"], "9.99");
    assert_eq!(next["subscription"]["new_expires_at"], "2025-05-01 10:00:00");
    assert_ne!(next["order"]["id"], answer["order"]["id"]);
}
