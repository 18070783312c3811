//! Replies in other shapes: what is in the bytes.

use oxhost_sandbox::{Sandbox, fault::SECRETS};
use serde_json::{Value, json};

use super::wire::order;
use crate::client::{extend, raw, renew, subscription};

/// Head and body of the reply to an order into a fault, and what was charged for it.
fn bytes(fault: &str) -> (String, Vec<u8>, usize) {
    let sandbox = Sandbox::start().unwrap();
    sandbox.inject(fault.parse().unwrap());
    let bytes = raw(&sandbox, order().replace("Host: x", "Connection: close").as_bytes());
    let at = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
    let fired: Vec<_> = sandbox.faults_fired().iter().map(|f| f.fault.to_string()).collect();
    assert_eq!(fired, [fault]);
    assert_eq!(sandbox.contradictions(), [""; 0]);
    let head = str::from_utf8(&bytes[..at]).unwrap().to_owned();
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    (head, bytes[at..].to_vec(), sandbox.ledger().len())
}

/// The bodies before and after the booking, as text. Before, nothing was charged.
fn texts(shape: &str) -> [String; 2] {
    [("before", 0), ("after", 1)].map(|(stage, booked)| {
        let (_, body, charged) = bytes(&format!("{stage}:{shape}"));
        assert_eq!(charged, booked, "{stage}:{shape}");
        String::from_utf8(body).unwrap()
    })
}

fn jsons(shape: &str) -> [Value; 2] {
    texts(shape).map(|text| serde_json::from_str(&text).unwrap())
}

/// The good replies: the refusal, and the extension.
fn good() -> [Value; 2] {
    let (_, refusal, _) = bytes("before:late=0");
    let (_, reply, _) = bytes("after:pass");
    [refusal, reply].map(|body| serde_json::from_slice(&body).unwrap())
}

fn no_leaf_but(value: &Value, may: &impl Fn(&Value) -> bool) -> bool {
    match value {
        Value::Array(list) => list.iter().all(|it| no_leaf_but(it, may)),
        Value::Object(members) => members.values().all(|it| no_leaf_but(it, may)),
        leaf => may(leaf),
    }
}

#[test]
fn the_payload_or_all_of_a_reply_stands_in_envelopes() {
    for (mut wrapped, good) in jsons("wrap").into_iter().zip(good()) {
        let mut payload = wrapped["data"].take();
        payload["success"] = wrapped["success"].clone();
        assert_eq!((wrapped.as_object().unwrap().len(), payload), (2, good));
    }
    for (wrapped, good) in jsons("wrap=3").into_iter().zip(good()) {
        assert_eq!(wrapped, json!({"data": {"data": {"data": good}}}));
    }
    let [_, deep] = texts("wrap=200");
    assert_eq!(deep.matches(r#"{"data":"#).count(), 200);
    // Deeper than JSON readers go.
    assert!(serde_json::from_str::<Value>(&deep).is_err());
}

#[test]
fn values_come_as_other_types_digit_for_digit() {
    let [refusal, reply] = jsons("retype=strings");
    assert_eq!(refusal, good()[0]);
    assert!(no_leaf_but(&reply, &|leaf| !leaf.is_number()), "{reply}");
    assert_eq!((&reply["amount"], &reply["server_status"]["disk"]), (&json!("0.02"), &json!("40")));

    let [_, reply] = texts("retype=numbers");
    assert!(reply.contains(r#""balance_before":3328.78,"#) && reply.contains(r#""amount":0.02,"#));
    assert!(reply.contains(r#""plan_price":12.99"#), "{reply}");
    assert!(reply.contains(r#""updated_at":"2025-11-24 01:32:36""#), "{reply}");

    let [refusal, reply] = jsons("retype=flags");
    assert_eq!((&refusal["success"], &reply["success"]), (&json!(0), &json!(1)));
    let [refusal, reply] = jsons("retype=words");
    assert_eq!((&refusal["success"], &reply["success"]), (&json!("false"), &json!("true")));
}

#[test]
fn nulls_leave_success_and_the_proof_or_nothing() {
    let [refusal, reply] = jsons("nulls");
    assert_eq!(refusal, json!({"success": false, "message": null}));
    assert_eq!((&reply["success"], &reply["amount"]), (&json!(true), &Value::Null));
    assert_eq!(reply["order_id"], good()[1]["order_id"]);
    assert!(no_leaf_but(&reply["server_status"], &Value::is_null), "{reply}");
    let [refusal, reply] = jsons("nulls=all");
    assert!(no_leaf_but(&refusal, &Value::is_null) && no_leaf_but(&reply, &Value::is_null));
    assert!(reply["server_status"].is_object(), "{reply}");

    let sandbox = Sandbox::start().unwrap();
    sandbox.inject("after:nulls".parse().unwrap());
    let reply = renew(&sandbox, 1).json();
    assert_eq!(reply["order"]["status"], "completed");
    assert!(no_leaf_but(&reply["subscription"], &Value::is_null), "{reply}");
}

#[test]
fn every_object_has_members_that_nobody_lists_and_secrets_among_them() {
    for (stage, extended) in ["before", "after"].into_iter().zip(jsons("extra")) {
        assert_eq!(extended["request_id"], "req-7f3a91", "{stage}");
        assert_eq!(extended["links"], json!([{"rel": "self"}]));
    }
    let [refusal, reply] = jsons("extra=secrets");
    let text = reply.to_string();
    for (name, value) in SECRETS {
        let is = |value_there: &Value| value_there.to_string().trim_matches('"') == value;
        assert!(is(&refusal[name]) && is(&reply[name]) && is(&reply["server_status"][name]));
        assert!(is(&reply["access"]["console"][name]) && is(&reply["logins"][0][name]));
        assert!(reply["payload"].as_str().unwrap().contains(value));
        assert_eq!(text.matches(value).count(), 5, "{name}");
    }
    assert!(reply["pin"].is_number());
    let sandbox = Sandbox::start().unwrap();
    sandbox.inject("read:extra=secrets".parse().unwrap());
    let shown = subscription(&sandbox);
    assert_eq!(shown["orders"][0]["cookie"], SECRETS[3].1);
}

#[test]
fn members_are_repeated_with_the_same_value_or_one_that_contradicts() {
    let [refusal, reply] = texts("repeat");
    assert!(refusal.starts_with(r#"{"success":false,"success":false,"message":"#), "{refusal}");
    assert!(reply.starts_with(r#"{"success":true,"success":true,"amount":0.02,"amount":0.02,"#));
    let [refusal, reply] = texts("repeat=success");
    assert!(refusal.starts_with(r#"{"success":false,"success":true,"message":"#), "{refusal}");
    assert!(reply.starts_with(r#"{"success":true,"success":false,"amount":"#), "{reply}");
    let [_, reply] = texts("repeat=success+first");
    assert!(reply.starts_with(r#"{"success":false,"success":true,"amount":"#), "{reply}");
    // Wherever it stands, and of its type.
    let [_, reply] = texts("repeat=plan_id");
    assert_eq!(reply.matches(r#""plan_id":5,"plan_id":6,"#).count(), 2, "{reply}");
    let [_, reply] = texts("repeat=balance_before");
    assert!(reply.contains(r#""balance_before":"3328.78","balance_before":"3329.78","#));
    let [refusal, reply] = texts("repeat=order_id");
    assert_eq!((refusal.matches("order_id").count(), reply.matches("order_id").count()), (0, 2));
    let [_, reply] = texts("repeat=server_status+first");
    assert!(reply.contains(r#""server_status":null,"server_status":{"#), "{reply}");
}

#[test]
fn a_body_in_another_character_set_is_the_same_text() {
    let message = "R\u{fc}ckmeldung \u{fc}ber eine Gr\u{f6}\u{df}e";
    for stage in ["before", "after"] {
        let of = |charset| bytes(&format!("{stage}:charset={charset}"));
        let (head, latin, _) = of("latin1");
        assert!(head.contains("content-type: application/json; charset=iso-8859-1\r\n"), "{head}");
        let letters: String = latin.iter().map(|byte| char::from(*byte)).collect();
        assert!(letters.contains(message) && str::from_utf8(&latin).is_err(), "{letters}");

        let (head, little, _) = of("utf16");
        assert!(head.contains("charset=utf-16\r\n") && little.starts_with(&[0xff, 0xfe]), "{head}");
        let units = little[2..].chunks(2).map(|two| u16::from_le_bytes([two[0], two[1]]));
        let text = String::from_utf16(&units.collect::<Vec<_>>()).unwrap();
        assert_eq!(text, letters);
        let (head, big, _) = of("utf16be");
        assert!(head.contains("charset=utf-16be\r\n") && big.starts_with(&[0, b'{']), "{head}");

        let (head, marked, _) = of("bom");
        assert!(head.contains("content-type: application/json\r\n"), "{head}");
        assert_eq!(str::from_utf8(&marked).unwrap(), format!("\u{feff}{letters}"));
        let (head, broken, _) = of("broken");
        assert!(head.contains("content-type: application/json\r\n"), "{head}");
        assert_eq!(broken, latin);
    }
}

#[test]
fn garbage_stands_around_the_json_or_a_list_or_itself() {
    for (stage, good) in ["before", "after"].into_iter().zip(good()) {
        let of = |around| String::from_utf8(bytes(&format!("{stage}:around={around}")).1).unwrap();
        let read = |text: &str| serde_json::from_str::<Value>(text).ok();
        assert_eq!(read(of("before").strip_prefix(")]}',\n").unwrap()), Some(good.clone()));
        let after = of("after");
        let (json, garbage) = after.split_once('\n').unwrap();
        assert_eq!((read(json), garbage), (Some(good.clone()), "<!-- 0.042 s, web3 -->\n"));
        assert_eq!(read(&of("list")), Some(json!([good])));
        let twice = of("twice");
        let documents: Vec<_> = twice.split('\n').map(read).collect();
        assert_eq!(documents, [Some(good.clone()), Some(good)]);
    }
}

#[test]
fn names_are_in_upper_case_at_every_depth() {
    let [refusal, reply] = jsons("case");
    assert_eq!(refusal["SUCCESS"], false);
    assert_eq!(
        (&reply["SUCCESS"], &reply["SERVER_STATUS"]["DISK_TYPE"]),
        (&json!(true), &json!("ssd"))
    );
}

/// The replies to an extension and to a renewal that were booked.
fn booked(fault: &str) -> [Value; 2] {
    let sandbox = Sandbox::start().unwrap();
    sandbox.inject(fault.parse().unwrap());
    let extension = extend(&sandbox, 1).json();
    sandbox.inject(fault.parse().unwrap());
    let renewal = renew(&sandbox, 1).json();
    assert_eq!((sandbox.ledger().len(), sandbox.faults_fired().len()), (2, 2), "{fault}");
    [extension, renewal]
}

#[test]
fn a_booked_order_says_that_it_has_another_status() {
    let [extension, renewal] = booked("after:order-status=failed");
    assert_eq!(
        (&extension["status"], &renewal["order"]["status"]),
        (&json!("failed"), &json!("failed"))
    );
    assert_eq!((&extension["success"], &renewal["success"]), (&json!(true), &json!(true)));
    assert_eq!(extension["server_status"]["status"], "active");
}

#[test]
fn an_error_or_a_no_stands_beside_a_booked_order() {
    for reply in booked("after:beside=error") {
        assert_eq!(
            (&reply["success"], &reply["error"]),
            (&json!(true), &json!("Something went wrong."))
        );
    }
    let [extension, renewal] = booked("after:beside=no");
    assert_eq!((&extension["success"], &renewal["success"]), (&json!(false), &json!(false)));
    assert!(extension["order_id"].is_string() && renewal["order"]["id"].is_string());
}

#[test]
fn a_reply_speaks_of_another_target_time_or_amount_than_was_ordered() {
    let other = "other567-8901-2345-6789-012345678901";
    let [extension, renewal] = booked("after:other=target");
    assert_eq!(
        (&extension["server_status"]["id"], &renewal["subscription"]["id"]),
        (&json!(other), &json!(other))
    );
    let [extension, renewal] = booked("after:other=time");
    assert_eq!(
        (&extension["hours_purchased"], &renewal["subscription"]["months_added"]),
        (&json!(2), &json!(2))
    );
    let [extension, renewal] = booked("after:other=amount");
    assert_eq!(
        (&extension["amount"], &renewal["order"]["amount"]),
        (&json!(1.02), &json!("10.99"))
    );
}
