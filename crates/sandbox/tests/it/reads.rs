//! The reads: what they show, and whom they refuse.

use oxhost_sandbox::{
    Account, Decimal, EXAMPLE_SERVER_ID, Host, KEY, SUBSCRIPTION_ID, Sandbox, Seed, USER_ID,
};
use serde_json::json;

use crate::client::{
    Answer, ORDERS, PLESK, SUBSCRIPTION, USER, balance, extend, get, key_header, orders, post,
    renew, renewal, send, subscription,
};

// The text is that of the provider's pages, without white space between the fields.
const DOCUMENTED_SUBSCRIPTION: &str = concat!(
    r#"{"success":true,"subscription":{"id":"sub123-4567-8901-2345-678901234567","#,
    r#""domain_name":"example.com","status":"active","price":"9.99","plan_name":"Basic","#,
    r#""client_id":"client123-4567-8901-2345-678901234567","client_name":"John Doe","#,
    r#""created_at":"2025-03-01 10:00:00","expires_at":"2025-04-01 10:00:00","auto_renew":true,"#,
    r#""ftp_username":"example_ftp"},"orders":[{"id":"order123-4567-8901-2345-678901234567","#,
    r#""order_number":"PLK_20250301_123456","amount":"9.99","status":"completed","#,
    r#""created_at":"2025-03-01 10:00:00"}]}"#,
);
const DOCUMENTED_ORDERS: &str = concat!(
    r#"{"success":true,"data":[{"id":"order12345-6789-0123-4567-890123456789","#,
    r#""user_id":"user12345-6789-0123-4567-890123456789","#,
    r#""server_id":"server12345-6789-0123-4567-890123456789","#,
    r#""service_id":"00000000-0000-0000-0000-000000000000","#,
    r#""order_number":"CLOUD_20251123153956_DEMO789","order_type":"dedicated_server","#,
    r#""status":"completed","name_server":null,"plan_id":null,"os_image_id":null,"#,
    r#""versions":null,"location":null,"rental_duration_hours":720,"amount":"360.00","#,
    r#""currency":"EUR","metadata":null,"domain_name":null,"domain_registration_term":null,"#,
    r#""domain_suffix":null,"description":"SERVER DEDICATED","#,
    r#""created_at":"2025-11-23 15:39:56","updated_at":"2025-11-23 15:39:56","#,
    r#""username":"demo_user"}]}"#,
);
const DOCUMENTED_USER: &str = concat!(
    r#"{"success":true,"user":{"id":"user12345-6789-0123-4567-890123456789","#,
    r#""username":"demo_user","email":"demo@example.com","userTelegram":null,"#,
    r#""balance":"3509.51","createdAt":"2025-05-27 18:27:42","updatedAt":"2025-11-23 15:39:56","#,
    r#""isActive":1,"superuser":1,"notification_days_before":3,"#,
    r#""notification_preference":"email","email_verified":false}}"#,
);

#[test]
fn the_documented_reads_get_the_documented_replies_field_by_field_in_order() {
    // The pages of the user and of the extension name different balances.
    let balance = Decimal::new(350_951, 2);
    let sandbox = Sandbox::builder().balance(Host::Net, balance).start().unwrap();
    let order = "order_id=order12345-6789-0123-4567-890123456789";
    for (path, query, reply) in [
        (SUBSCRIPTION, format!("id={SUBSCRIPTION_ID}"), DOCUMENTED_SUBSCRIPTION),
        (ORDERS, order.into(), DOCUMENTED_ORDERS),
        (
            ORDERS,
            format!("user_id={USER_ID}&page=1&type_order=dedicated_server"),
            DOCUMENTED_ORDERS,
        ),
        (ORDERS, format!("user_id={USER_ID}"), DOCUMENTED_ORDERS),
        (USER, format!("user_id={USER_ID}"), DOCUMENTED_USER),
    ] {
        let answer = get(&sandbox, path, &query);
        assert_eq!((answer.status, answer.text.as_str()), (200, reply), "{path}?{query}");
        assert!(answer.head.contains("\r\ncontent-type: application/json"), "{}", answer.head);
    }
    assert_eq!(sandbox.ledger(), [], "what is past is not charged");
}

#[test]
fn a_renewal_moves_the_expiry_and_heads_the_orders_under_the_names_of_its_reply() {
    let sandbox = Sandbox::start().unwrap();
    let mut order = renewal(3);
    order["new_plan_id"] = oxhost_sandbox::PLAN_ID.into();
    let reply = post(&sandbox, PLESK, order.to_string()).json();
    let after = subscription(&sandbox);
    assert_eq!(after["subscription"]["expires_at"], "2025-07-01 10:00:00");
    assert_eq!(after["subscription"]["plan_name"], "Standard");
    let shown = &after["orders"][0];
    for field in ["id", "order_number", "amount", "status"] {
        assert_eq!(shown[field], reply["order"][field], "{field}");
    }
    assert_eq!(shown["created_at"], "2025-03-20 12:00:00");
    assert_eq!(after["orders"][1]["order_number"], "PLK_20250301_123456");
    assert_eq!(after["orders"].as_array().unwrap().len(), 2);
}

#[test]
fn an_order_that_waits_for_payment_is_shown_as_pending_and_moves_nothing() {
    let sandbox = Sandbox::start().unwrap();
    let mut order = renewal(3);
    order["type_payment"] = "crypto".into();
    post(&sandbox, PLESK, order.to_string());
    let after = subscription(&sandbox);
    assert_eq!(after["orders"][0]["status"], "pending");
    assert_eq!(after["subscription"]["expires_at"], "2025-04-01 10:00:00");
}

#[test]
fn an_extension_heads_the_users_orders_and_moves_the_balance() {
    let sandbox = Sandbox::start().unwrap();
    let id = extend(&sandbox, "24").json()["order_id"].take();
    assert_eq!(balance(&sandbox), "3328.35");
    let list = orders(&sandbox);
    assert_eq!(list.as_array().unwrap().len(), 2);
    let shown = &list[0];
    for (field, value) in [
        ("id", id.clone()),
        ("server_id", EXAMPLE_SERVER_ID.into()),
        ("user_id", USER_ID.into()),
        ("order_type", "renew_server".into()),
        ("status", "completed".into()),
        ("rental_duration_hours", 24.into()),
        ("amount", "0.43".into()),
        ("created_at", "2025-11-24 01:32:36".into()),
        ("order_number", sandbox.ledger()[0].order_number.clone().into()),
    ] {
        assert_eq!(shown[field], value, "{field}");
    }
    let number = shown["order_number"].as_str().unwrap();
    assert!(number.starts_with("CLOUD_20251124013236_") && number.len() == 25, "{number}");
    let one = get(&sandbox, ORDERS, &format!("order_id={}", id.as_str().unwrap())).json();
    assert_eq!(one["data"], json!([shown]));
    let kind = |kind: &str| get(&sandbox, ORDERS, &format!("user_id={USER_ID}&type_order={kind}"));
    assert_eq!(kind("renew_server").json()["data"], json!([shown]));
    assert_eq!(kind("domain").json(), json!({"success": true, "data": []}));
    renew(&sandbox, 1);
    assert_eq!(orders(&sandbox), list, "orders of .com are not in the list of .net");
}

#[test]
fn a_page_has_twenty_orders_and_none_is_lost_between_two() {
    let sandbox = Sandbox::start().unwrap();
    (0..40).for_each(|_| drop(extend(&sandbox, 1)));
    let page = |page: &str| {
        let list = get(&sandbox, ORDERS, &format!("user_id={USER_ID}&page={page}")).json();
        let rows = list["data"].as_array().unwrap().clone();
        rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let mut seen = [page("1"), page("2"), page("3")].concat();
    assert_eq!(
        [page("1").len(), page("2").len(), page("3").len(), page("4").len()],
        [20, 20, 1, 0]
    );
    assert_eq!(page("2147483647").len(), 0);
    seen.reverse();
    let charged: Vec<_> = sandbox.ledger().iter().map(|charge| charge.order_id.clone()).collect();
    assert_eq!(seen[1..], charged);
}

#[track_caller]
fn assert_refused(answer: &Answer, status: u16, names: &str) {
    assert_eq!(answer.status, status, "{}", answer.text);
    assert_eq!(answer.json()["success"], false);
    assert!(answer.text.contains(names), "{}", answer.text);
}

#[test]
fn a_parameter_that_is_missing_wrong_stray_or_there_twice_is_a_422_that_names_it() {
    let sandbox = Sandbox::start().unwrap();
    let user = format!("user_id={USER_ID}");
    for (path, query, names) in [
        (SUBSCRIPTION, "", "id"),
        (SUBSCRIPTION, "id=", "id"),
        (SUBSCRIPTION, "subscription_id=x", "subscription_id"),
        (ORDERS, "", "user_id"),
        (ORDERS, "page=1", "user_id"),
        (ORDERS, "order_id=a&user_id=b", "user_id"),
        (ORDERS, "order_id=", "order_id"),
        (ORDERS, &format!("{user}&page=0"), "page"),
        (ORDERS, &format!("{user}&page=-1"), "page"),
        (ORDERS, &format!("{user}&page="), "page"),
        (ORDERS, &format!("{user}&page=1.0"), "page"),
        (ORDERS, &format!("{user}&page=2147483648"), "page"),
        (ORDERS, &format!("{user}&page=99999999999999999999"), "page"),
        (ORDERS, &format!("{user}&type_order="), "type_order"),
        (ORDERS, &format!("{user}&{user}"), "user_id"),
        (USER, "", "user_id"),
        (USER, "user_id=", "user_id"),
    ] {
        let answer = get(&sandbox, path, query);
        assert_refused(&answer, 422, names);
        assert!(answer.json()["errors"].get(names).is_some(), "{query}: {}", answer.text);
    }
}

#[test]
fn a_query_is_decoded_before_it_is_looked_up() {
    let mut seed = Seed::documented();
    seed.subscriptions[0].id = "a b&ü".into();
    seed.plesk_orders.clear();
    let sandbox = Sandbox::builder().seed(seed).start().unwrap();
    for query in ["id=a+b%26%C3%BC", "id=a%20b%26%c3%bc"] {
        assert_eq!(get(&sandbox, SUBSCRIPTION, query).json()["subscription"]["id"], "a b&ü");
    }
    assert_refused(&get(&sandbox, SUBSCRIPTION, "id=a%2520b%26%C3%BC"), 404, "id");
}

#[test]
fn what_is_unknown_or_another_customers_is_a_404_and_no_order_in_a_list() {
    let mut seed = Seed::documented();
    seed.accounts.push(Account {
        key: "second-key".into(),
        user_id: "second-user".into(),
        balance_com: Decimal::ONE_HUNDRED,
        balance_net: Decimal::ONE_HUNDRED,
        ..seed.accounts[0].clone()
    });
    let sandbox = Sandbox::builder().seed(seed).start().unwrap();
    let second = |path: &str, query: &str| {
        send(&sandbox, "GET", &format!("{path}?{query}"), &[(key_header(), "second-key")], b"")
    };
    for (path, query, names) in [
        (SUBSCRIPTION, format!("id={SUBSCRIPTION_ID}"), "id"),
        (ORDERS, format!("user_id={USER_ID}"), "user_id"),
        (USER, format!("user_id={USER_ID}"), "user_id"),
    ] {
        assert_refused(&second(path, &query), 404, names);
        assert_refused(&get(&sandbox, path, &query.replace("-", "_")), 404, names);
    }
    let none = json!({"success": true, "data": []});
    let order = "order_id=order12345-6789-0123-4567-890123456789";
    assert_eq!(second(ORDERS, order).json(), none);
    assert_eq!(get(&sandbox, ORDERS, "order_id=nobody-knows-it").json(), none);
    assert_eq!(second(ORDERS, "user_id=second-user").json(), none);
    assert_eq!(second(USER, "user_id=second-user").json()["user"]["balance"], "100.00");
}

#[test]
fn a_wrong_key_is_a_401_and_another_method_a_405_that_allows_get() {
    let sandbox = Sandbox::start().unwrap();
    for path in [SUBSCRIPTION, ORDERS, USER] {
        let stranger = send(&sandbox, "GET", path, &[(key_header(), "stolen")], b"");
        assert_refused(&stranger, 401, "key");
        for method in ["POST", "HEAD", "DELETE"] {
            let answer = send(&sandbox, method, path, &[(key_header(), KEY)], b"");
            assert_eq!(answer.status, 405);
            assert!(answer.head.contains("\r\nallow: get"), "{}", answer.head);
        }
    }
}
