//! Everything that is refused, and that nothing is charged for it.

use oxhost_sandbox::{
    Account, Decimal, EXAMPLE_SERVER_ID, Host, KEY, SUBSCRIPTION_ID, Sandbox, Seed,
};
use serde_json::{Value, json};

use crate::client::{
    Answer, PLESK, SERVERS, extend, extension, key_header, post, renew, renewal, send,
};

const JSON: (&str, &str) = ("Content-Type", "application/json");

#[track_caller]
fn assert_refused(sandbox: &Sandbox, answer: &Answer, status: u16) {
    assert_eq!(answer.status, status, "{}", answer.text);
    let body = answer.json();
    assert_eq!(body["success"], false);
    assert!(body["message"].is_string(), "{body}");
    assert_eq!(body.get("errors").is_some(), status == 422, "{body}");
    assert!(answer.head.contains("\r\ncontent-type: application/json"));
    assert_eq!(sandbox.ledger(), []);
    assert_eq!(sandbox.balance(Host::Com), Decimal::new(9001, 2));
    assert_eq!(sandbox.balance(Host::Net), Decimal::new(332_878, 2));
}

#[test]
fn a_missing_a_wrong_and_a_repeated_key_get_the_same_401_before_the_body_is_looked_at() {
    let sandbox = Sandbox::start().unwrap();
    let wrong = (key_header(), "stolen-key-51");
    let cases: [&[(&str, &str)]; 5] = [
        &[],
        &[wrong],
        &[(key_header(), "")],
        &[(key_header(), KEY), wrong],
        &[("Authorization", KEY)],
    ];
    let answers = cases.map(|headers| send(&sandbox, "POST", SERVERS, headers, b"not JSON"));
    for answer in &answers {
        assert_refused(&sandbox, answer, 401);
        assert_eq!(answer.text, answers[0].text);
        assert!(!answer.text.contains("stolen"));
    }
}

#[test]
fn an_order_a_cent_dearer_than_the_balance_is_a_402_and_an_equal_one_is_served() {
    let poor = Sandbox::builder().balance(Host::Com, Decimal::new(2996, 2)).start().unwrap();
    let answer = renew(&poor, 3);
    assert_eq!((answer.status, answer.json()["success"].clone()), (402, json!(false)));
    assert_eq!((poor.ledger().len(), poor.balance(Host::Com)), (0, Decimal::new(2996, 2)));
    assert_eq!(renew(&poor, 2).json()["subscription"]["new_expires_at"], "2025-06-01 10:00:00");

    let exact = Sandbox::builder().balance(Host::Com, Decimal::new(2997, 2)).start().unwrap();
    assert_eq!(renew(&exact, 3).json()["balance_after"], "0.00");
    let broke = Sandbox::builder().balance(Host::Net, Decimal::new(1, 2)).start().unwrap();
    assert_eq!(extend(&broke, 1).status, 402);
    assert_eq!(broke.ledger(), []);
}

#[test]
fn an_unknown_id_is_a_404_that_names_its_field() {
    let sandbox = Sandbox::start().unwrap();
    for (path, order, field) in [
        (PLESK, renewal(1), "subscription_id"),
        (PLESK, renewal(1), "new_plan_id"),
        (SERVERS, extension(1), "user_id"),
        (SERVERS, extension(1), "server_id"),
    ] {
        let mut order = order;
        order[field] = "nobody-knows-it".into();
        let answer = post(&sandbox, path, order.to_string());
        assert_refused(&sandbox, &answer, 404);
        assert!(answer.text.contains(field), "{}", answer.text);
        assert!(!answer.text.contains("nobody-knows-it"), "{}", answer.text);
    }
}

#[test]
fn what_belongs_to_another_customer_is_a_404() {
    let mut seed = Seed::documented();
    seed.accounts.push(Account {
        key: "second-key".into(),
        user_id: "second-user".into(),
        balance_com: Decimal::ONE_HUNDRED,
        balance_net: Decimal::ONE_HUNDRED,
        ..seed.accounts[0].clone()
    });
    let sandbox = Sandbox::builder().seed(seed).start().unwrap();
    let second = [(key_header(), "second-key"), JSON];
    let theirs = json!({"user_id": "second-user", "server_id": EXAMPLE_SERVER_ID, "hours": 1});
    for (path, order, field) in [
        (PLESK, renewal(1), "subscription_id"),
        (SERVERS, extension(1), "user_id"),
        (SERVERS, theirs, "server_id"),
    ] {
        let answer = send(&sandbox, "POST", path, &second, order.to_string().as_bytes());
        assert_refused(&sandbox, &answer, 404);
        assert!(answer.text.contains(field), "{}", answer.text);
    }
    assert_eq!(sandbox.balance_of("second-user", Host::Com), Some(Decimal::ONE_HUNDRED));
    assert_eq!(sandbox.balance_of("third-user", Host::Com), None);
}

#[test]
fn an_unknown_path_is_a_404_and_another_method_a_405_that_allows_post() {
    let sandbox = Sandbox::start().unwrap();
    // There may be a page.
    assert_refused(&sandbox, &post(&sandbox, "/", "{}"), 404);
    for path in ["/API/orders", "/API/orders/create_order/", "/api/orders/create_order"] {
        assert_refused(&sandbox, &post(&sandbox, path, "{}"), 404);
    }
    for method in ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"] {
        let answer = send(&sandbox, method, PLESK, &[(key_header(), KEY), JSON], b"{}");
        assert_refused(&sandbox, &answer, 405);
        assert!(answer.head.contains("\r\nallow: post"), "{}", answer.head);
    }
}

#[test]
fn a_body_of_64_kib_is_read_and_a_byte_more_is_a_413() {
    let sandbox = Sandbox::start().unwrap();
    let order = extension(1).to_string();
    let padded = |length: usize| order.clone() + &" ".repeat(length - order.len());
    assert_refused(&sandbox, &post(&sandbox, SERVERS, padded(65_537)), 413);
    assert_refused(&sandbox, &post(&sandbox, SERVERS, padded(5_000_000)), 413);
    assert_eq!(post(&sandbox, SERVERS, padded(65_536)).status, 200);
    assert_eq!(sandbox.ledger().len(), 1);
}

#[test]
fn a_content_type_is_a_415_only_if_none_says_json() {
    let sandbox = Sandbox::start().unwrap();
    let order = extension(1).to_string();
    let send = |types: &[&str]| {
        let mut headers = vec![(key_header(), KEY)];
        headers.extend(types.iter().map(|kind| ("Content-Type", *kind)));
        send(&sandbox, "POST", SERVERS, &headers, order.as_bytes())
    };
    for types in [
        &["text/plain"][..],
        &["application/x-www-form-urlencoded"],
        &[KEY],
        &["text/plain", "application/jsonp"],
    ] {
        assert_refused(&sandbox, &send(types), 415);
    }
    let json: [&[&str]; 4] = [
        &["Application/JSON; charset=utf-8"],
        &["application/json", "text/plain"],
        &["some-key, application/json"],
        &[],
    ];
    json.iter().for_each(|types| assert_eq!(send(types).status, 200, "{types:?}"));
}

#[test]
fn a_field_that_is_missing_wrong_or_stray_is_a_422_that_names_it() {
    let sandbox = Sandbox::start().unwrap();
    let with = |mut order: Value, field: &str, value: Value| {
        order[field] = value;
        order
    };
    let without = |mut order: Value, field: &str| {
        order.as_object_mut().unwrap().remove(field);
        order
    };
    for (path, order, field) in [
        (PLESK, without(renewal(1), "subscription_id"), "subscription_id"),
        (PLESK, without(renewal(1), "months"), "months"),
        (PLESK, without(renewal(1), "type_payment"), "type_payment"),
        (PLESK, with(renewal(1), "type_payment", json!("cash")), "type_payment"),
        (PLESK, with(renewal(1), "subscription_id", json!("")), "subscription_id"),
        (PLESK, with(renewal(1), "new_plan_id", Value::Null), "new_plan_id"),
        (PLESK, with(renewal(1), "plan_id", json!("x")), "plan_id"),
        (SERVERS, without(extension(1), "user_id"), "user_id"),
        (SERVERS, without(extension(1), "server_id"), "server_id"),
        (SERVERS, without(extension(1), "hours"), "hours"),
        (SERVERS, with(extension(1), "server_id", json!(7)), "server_id"),
        // With this one the provider would sell another plan.
        (SERVERS, with(extension(1), "plan_id", json!(5)), "plan_id"),
        (SERVERS, with(extension(1), "domain_name", json!("example.com")), "domain_name"),
    ] {
        let answer = post(&sandbox, path, order.to_string());
        assert_refused(&sandbox, &answer, 422);
        let errors = answer.json()["errors"].as_object().unwrap().clone();
        assert_eq!(errors.keys().collect::<Vec<_>>(), [field], "{order}");
        assert!(errors[field][0].is_string(), "{errors:?}");
    }
}

#[test]
fn every_wrong_field_is_named_at_once_and_no_value_is_echoed() {
    let sandbox = Sandbox::start().unwrap();
    let order = json!({"subscription_id": 5, "type_payment": "hunter2", "stray": KEY});
    let answer = post(&sandbox, PLESK, order.to_string());
    assert_refused(&sandbox, &answer, 422);
    let errors = answer.json()["errors"].as_object().unwrap().clone();
    let fields: Vec<_> = errors.keys().map(String::as_str).collect();
    assert_eq!(fields, ["months", "stray", "subscription_id", "type_payment"]);
    assert!(!answer.text.contains("hunter2") && !answer.text.contains(KEY), "{}", answer.text);
    assert!(!answer.text.contains(SUBSCRIPTION_ID));
}
