//! Inputs that no client should send: each gets a clean refusal, and none is charged.

use oxhost_sandbox::{Host, Sandbox};
use serde_json::{Value, json};

use crate::client::{PLESK, SERVERS, extend, extension, key_header, post, raw, renew, renewal};

/// It still works, as on its first day.
#[track_caller]
fn assert_unharmed(sandbox: &Sandbox) {
    assert_eq!(sandbox.ledger(), []);
    assert_eq!(extend(sandbox, 1).json()["balance_before"], "3328.78");
    assert_eq!(renew(sandbox, 3).json()["balance_after"], "60.04");
}

#[test]
fn numbers_that_are_no_count_are_a_422_that_names_the_field() {
    let sandbox = Sandbox::start().unwrap();
    let many_digits = "9".repeat(400);
    let numbers = [
        "0",
        "-1",
        "-2147483648",
        "1.5",
        "1.0",
        "1e2",
        "2147483647",
        "2147483648",
        "4294967297",
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551617",
        "1e999",
        &many_digits,
    ];
    let strings = ["", " 1", "1 ", "+1", "-1", "1.0", "0x10", "٣", "one", "0", "2147483648"];
    let others = ["null", "true", "[1]", "{\"value\":1}"];
    let strings = strings.into_iter().chain([many_digits.as_str()]).map(|s| json!(s).to_string());
    let values: Vec<String> =
        numbers.iter().chain(&others).map(ToString::to_string).chain(strings).collect();
    for value in &values {
        for (path, order, field) in
            [(PLESK, renewal("?"), "months"), (SERVERS, extension("?"), "hours")]
        {
            let answer = post(&sandbox, path, order.to_string().replace("\"?\"", value));
            assert_eq!(answer.status, 422, "{field} {value}: {}", answer.text);
            let errors = answer.json()["errors"].clone();
            assert!(errors[field][0].is_string(), "{field} {value}: {errors}");
            assert_ne!(errors[field][0], "is required", "{field} {value}");
        }
    }
    assert_unharmed(&sandbox);
}

#[test]
fn the_last_hour_of_the_calendar_can_be_bought_and_the_next_cannot() {
    let mut seed = oxhost_sandbox::Seed::documented();
    seed.servers[0].expire_date = "9999-12-31T22:00:00".parse().unwrap();
    seed.subscriptions[0].expires_at = "9999-11-30T22:00:00".parse().unwrap();
    let sandbox = Sandbox::builder().seed(seed).start().unwrap();
    assert_eq!(extend(&sandbox, 2).status, 422);
    assert_eq!(extend(&sandbox, 1).json()["server_status"]["expire_date"], "9999-12-31 23:00:00");
    assert_eq!(renew(&sandbox, 2).status, 422);
    assert_eq!(renew(&sandbox, 1).json()["subscription"]["new_expires_at"], "9999-12-30 22:00:00");
    assert_eq!(sandbox.ledger().len(), 2);
}

#[test]
fn bodies_that_are_no_json_are_a_400() {
    let sandbox = Sandbox::start().unwrap();
    let deep = "[".repeat(60_000);
    let order = extension(1).to_string();
    let bodies: [&[u8]; 10] = [
        b"",
        b" ",
        b"{",
        b"months=3",
        b"{\"hours\":01}",
        b"\xff\xfe",
        b"{\"hours\":\"\xc3\x28\"}",
        b"\xef\xbb\xbf{}",
        deep.as_bytes(),
        &[order.as_bytes(), order.as_bytes()].concat(),
    ];
    for body in bodies {
        for path in [PLESK, SERVERS] {
            let answer = post(&sandbox, path, body);
            assert_eq!(answer.status, 400, "{}", String::from_utf8_lossy(body));
            assert_eq!(answer.json()["success"], false);
        }
    }
    assert_unharmed(&sandbox);
}

#[test]
fn json_that_is_no_object_is_a_422() {
    let sandbox = Sandbox::start().unwrap();
    let deep = format!("{}{}", "[".repeat(30_000), "]".repeat(30_000));
    for body in ["null", "3", "\"x\"", "[]", "[{\"hours\":1}]", &deep] {
        let answer = post(&sandbox, SERVERS, body);
        assert_eq!(answer.status, 422, "{body}");
        assert!(answer.json()["errors"]["body"].is_array(), "{}", answer.text);
    }
    assert_unharmed(&sandbox);
}

#[test]
fn a_field_nested_very_deep_or_half_a_character_is_a_422_that_names_it() {
    let sandbox = Sandbox::start().unwrap();
    let deep = format!("{}{}", "[".repeat(30_000), "]".repeat(30_000));
    for value in [deep.as_str(), "\"\\ud800\""] {
        let body =
            extension(1).to_string().replace("\"user12345-6789-0123-4567-890123456789\"", value);
        let answer = post(&sandbox, SERVERS, body);
        assert_eq!(answer.status, 422);
        assert!(answer.json()["errors"]["user_id"].is_array(), "{}", answer.text);
    }
    assert_unharmed(&sandbox);
}

#[test]
fn ids_that_look_like_attacks_are_merely_unknown() {
    let sandbox = Sandbox::start().unwrap();
    let header = format!("a\r\n{}: b", key_header());
    for id in ["' OR 1=1 --", "../../etc/passwd", "\u{0}", "\u{202e}", &header] {
        let mut order = renewal(1);
        order["subscription_id"] = Value::from(id);
        assert_eq!(post(&sandbox, PLESK, order.to_string()).status, 404, "{id:?}");
    }
    assert_unharmed(&sandbox);
}

#[test]
fn a_request_cut_short_orders_nothing_and_the_next_one_is_served() {
    let sandbox = Sandbox::start().unwrap();
    let body = extension(1).to_string();
    let head =
        format!("POST {SERVERS} HTTP/1.1\r\nHost: x\r\n{}: {}\r\n", key_header(), sandbox.key());
    for request in [
        format!("{head}Content-Length: {}\r\n\r\n{body}", body.len() + 1),
        format!("{head}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n", body.len()),
        head.clone(),
        "\0\0\0\0\r\n\r\n".to_owned(),
    ] {
        raw(&sandbox, request.as_bytes());
    }
    assert_eq!(sandbox.balance(Host::Net).to_string(), "3328.78");
    assert_unharmed(&sandbox);
}
