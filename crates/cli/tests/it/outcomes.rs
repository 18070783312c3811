//! Exit codes 0, 4, 5 and 6: what became of the order. (3 is in `configuration`, 130 in
//! `interruption`.)

use oxhost_sandbox::{Decimal, Host, Sandbox};
use oxhost_testkit::{ByteServer, bytes, closed, http, json, silent};

use crate::command::{
    Both, EXTEND, MAY_HAVE_BEEN_PLACED, RENEW, both_of_an_order, ordering, orders,
};

const NO: &str = r#"{"success": false, "message": "Computer says no"}"#;

/// Both orders, for people and for machines, each sent exactly once.
fn answered(code: i32, outcome: &str, answer: &[u8]) -> Both {
    let wire = ByteServer::without_reads(bytes(answer));
    both_of_an_order(code, outcome, || ordering(wire.url(), &EXTEND));
    let ended = both_of_an_order(code, outcome, || ordering(wire.url(), &RENEW));
    assert_eq!(wire.requests().len(), 4, "one for each run");
    ended
}

#[test]
fn an_accepted_order_ends_with_0_and_is_charged_once() {
    for (order, amount) in [(&RENEW[..], "29.97"), (&EXTEND, "0.02")] {
        let sandbox = Sandbox::start().unwrap();
        let ended = both_of_an_order(0, "accepted", || ordering(sandbox.url(), order));
        assert_eq!(ended.text.stderr, "");
        assert!(ended.text.stdout.contains(&format!("{amount} EUR")), "{}", ended.text.stdout);
        let charged: Vec<String> =
            sandbox.ledger().iter().map(|charge| charge.amount.to_string()).collect();
        assert_eq!(charged, [amount, amount], "one for each run");
        assert_eq!(orders(&sandbox).len(), 2);
    }
}

#[test]
fn a_refused_order_ends_with_4_and_says_why() {
    for status in ["200 OK", "400 Bad", "402 Payment", "404 Not Found", "422 Wrong", "429 Slow"] {
        let ended = answered(4, "refused", &json(status, NO));
        assert_eq!(ended.json["status"].to_string(), status[..3]);
        assert_eq!(ended.json["message"], "Computer says no");
        assert!(ended.json["advice"].as_str().unwrap().starts_with("Nothing was charged."));
        let shown = &ended.text.stderr;
        assert!(shown.contains("Computer says no"), "{shown}");
        assert!(shown.contains(&format!("HTTP {}", &status[..3])), "{shown}");
        assert!(shown.contains("Nothing was charged."), "{shown}");
    }
}

#[test]
fn a_wait_that_the_provider_asks_for_is_told() {
    let slower = String::from_utf8(json("429 Slow", NO)).unwrap();
    let slower = slower.replacen("\r\n", "\r\nretry-after: 30\r\n", 1);
    let ended = answered(4, "refused", slower.as_bytes());
    assert_eq!(ended.json["retry_after_seconds"], 30);
    assert!(ended.text.stderr.contains("after 30 s"), "{}", ended.text.stderr);
}

#[test]
fn what_the_sandbox_refuses_is_refused_and_not_charged() {
    let poor = Sandbox::builder()
        .balance(Host::Com, Decimal::ZERO)
        .balance(Host::Net, Decimal::ZERO)
        .start()
        .unwrap();
    for order in [&RENEW[..], &EXTEND] {
        let ended = both_of_an_order(4, "refused", || ordering(poor.url(), order));
        assert_eq!(ended.json["status"], 402);
    }
    let rich = Sandbox::start().unwrap();
    let stranger = ["plesk", "renew", "unknown-id", "--months", "1"];
    let ended = both_of_an_order(4, "refused", || ordering(rich.url(), &stranger));
    assert_eq!(ended.json["status"], 404);
    let endless = ["plesk", "renew", RENEW[2], "--months", "2147483647"];
    let ended = both_of_an_order(4, "refused", || ordering(rich.url(), &endless));
    assert_eq!(ended.json["status"], 422);
    assert_eq!((poor.ledger(), rich.ledger()), (vec![], vec![]));
}

#[test]
fn an_order_that_reaches_nobody_ends_with_5() {
    let url = closed();
    for order in [&RENEW[..], &EXTEND] {
        let ended = both_of_an_order(5, "not_sent", || ordering(&url, order));
        assert_eq!(ended.json["status"], serde_json::Value::Null);
        assert_eq!(ended.json["advice"], "Nothing was charged. It is safe to order again.");
        assert!(ended.text.stderr.contains("It is safe to order again."));
    }
}

#[test]
fn an_answer_that_proves_nothing_ends_with_6_and_warns_of_a_second_charge() {
    let html = "<html>Bad gateway</html>";
    for answer in [
        json("500 Internal Server Error", NO),
        json("503 Service Unavailable", NO),
        json("409 Conflict", NO),
        http("200 OK", &["content-type: text/html"], html),
        http("502 Bad Gateway", &["content-type: text/html"], html),
        json("200 OK", "{}"),
        b"HTTP/1.1 307 Temporary Redirect\r\nlocation: /again\r\ncontent-length: 0\r\n\r\n"
            .to_vec(),
        b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{\"success\": true".to_vec(),
        b"HTTP/1.1 2".to_vec(),
        // Closed without a word.
        Vec::new(),
    ] {
        let ended = answered(6, "unknown", &answer);
        let shown = String::from_utf8_lossy(&answer);
        assert!(ended.json["advice"].as_str().unwrap().starts_with(MAY_HAVE_BEEN_PLACED));
        assert!(ended.text.stderr.contains(MAY_HAVE_BEEN_PLACED), "{shown}");
    }
}

#[test]
fn an_answer_that_does_not_come_in_time_ends_with_6() {
    let wire = ByteServer::without_reads(silent);
    let ended = both_of_an_order(6, "unknown", || {
        let mut command = ordering(wire.url(), &RENEW);
        command.args(["--timeout", "1"]);
        command
    });
    assert_eq!(ended.json["message"], "no answer in time");
    assert_eq!(wire.requests().len(), 2, "one for each run");
}
