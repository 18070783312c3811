//! What a body proves, through a socket: what comes with an order, yes and no, and whether it could be
//! read whole.

use oxhost::{Client, Outcome};
use oxhost_testkit::{ByteServer, http, json};

use crate::documented::{PLESK, SERVER, extension, renewal};

use Outcome::{Accepted, Refused, Unknown};

const ORDER: &str = r#""order": {"id": "o1"}"#;

async fn outcome(answer: Vec<u8>) -> Outcome {
    let wire = ByteServer::answering(answer);
    let client = Client::builder("test-key").base_url(wire.url()).build().unwrap();
    let result = client.renew_plesk_subscription(&renewal()).await;
    assert_eq!(wire.requests().len(), 1, "an order goes over the wire once");
    result.map_or_else(|error| error.outcome(), |_| Accepted)
}

async fn all(expected: Outcome, bodies: &[&str]) {
    for body in bodies {
        let body = body.replace("ORDER", ORDER);
        assert_eq!(outcome(json("200 OK", &body)).await, expected, "{body}");
    }
}

#[tokio::test]
async fn an_order_or_a_yes_is_accepted() {
    let with_bom = format!("\u{feff}{PLESK}");
    all(
        Accepted,
        &[
            PLESK,
            &with_bom,
            r#"{ORDER}"#,
            r#"{"success": true}"#,
            r#"{"success": 1}"#,
            r#"{"success": "1"}"#,
            r#"{"success": "true", "error": null}"#,
            r#"{"success": null, ORDER}"#,
            r#"{"success": true, "error": "mail failed", ORDER}"#,
            r#"{"data": {"success": true, ORDER}}"#,
            r#"{"order": {"id": "\ud800"}}"#,
            // Of the subscription, not of the order.
            r#"{ORDER, "subscription": {"status": "expired"}}"#,
            r#"{"order": {"id": "o1", "status": "processing"}}"#,
        ],
    )
    .await;
    for status in ["201 Created", "202 Accepted", "299 Odd"] {
        assert_eq!(outcome(json(status, PLESK)).await, Accepted, "{status}");
    }
    assert_eq!(outcome(http("204 No Content", &[], "")).await, Unknown);
}

#[tokio::test]
async fn a_no_without_anything_of_an_order_is_refused() {
    all(
        Refused,
        &[
            r#"{"success": false, "message": "no funds"}"#,
            r#"{"success": 0}"#,
            r#"{"success": "false"}"#,
            r#"{"error": "Transaction not found", "data": {}}"#,
            r#"{"success": null, "error": "no"}"#,
            r#"{"success": false, "order": null, "subscription": []}"#,
            r#"{"success": false, "order": {"id": null, "lines": [ ], "paid": 0}}"#,
            r#"{"success": false, "details": {"reason": "no funds", "code": 7}}"#,
            r#"{"success": false, "status": null, "id": 0}"#,
        ],
    )
    .await;
}

#[tokio::test]
async fn a_no_beside_anything_of_an_order_is_unknown() {
    all(
        Unknown,
        &[
            r#"{"success": false, ORDER}"#,
            r#"{"error": "boom", ORDER}"#,
            r#"{"success": false, "balance_after": "60.04"}"#,
            r#"{"success": false, "subscription": {"new_expires_at": "2025-07-01 10:00:00"}}"#,
            r#"{"success": false, "order": null, ORDER}"#,
            r#"{"success": false, ORDER, "order": null}"#,
            r#"{"success": false, "Order": {"id": "o1"}}"#,
            r#"{"success": false, "data": {ORDER}}"#,
            r#"{"success": false, "data": {"data": {ORDER}}}"#,
            r#"{"success": false, "data": [{ORDER}]}"#,
            r#"{"success": false, "result": {"0": {"order_number": "PLK_1", "amount": "29.97"}}}"#,
            r#"{"success": false, "result": [{"months_added": 3, "domain_name": "example.com"}]}"#,
            // One field of the contract is enough, wherever it stands.
            r#"{"success": false, "details": {"status": "open"}}"#,
            r#"{"success": false, "id": "order234-5678"}"#,
            r#"{"success": false, "Amount": "29.97"}"#,
            r#"{"error": "boom", "trace": [{"currency": "EUR"}]}"#,
        ],
    )
    .await;
}

#[tokio::test]
async fn what_contradicts_itself_or_is_neither_yes_nor_no_is_unknown() {
    all(
        Unknown,
        &[
            r#"{"success": true, "success": false}"#,
            r#"{"success": false, "success": true, ORDER}"#,
            r#"{"success": true, "Success": false, ORDER}"#,
            r#"{"success": true, "data": {"success": false}}"#,
            r#"{"success": true, ORDER, "mail": {"success": 0}}"#,
            r#"{"success": true, "error": "boom"}"#,
            r#"{"success": "perhaps", ORDER}"#,
            r#"{"success": "perhaps", "error": "boom"}"#,
            r#"{"success": "TRUE"}"#,
            r#"{"success": "yes", ORDER}"#,
            r#"{"success": 1.0, ORDER}"#,
            r#"{"success": 2, ORDER}"#,
            r#"{"success": "no"}"#,
            r#"{"success": [false]}"#,
            r#"{"order": {"id": null, "number": " "}}"#,
            r#"{"order": {"id": "0", "paid": 0.0, "at": "null"}}"#,
            r#"{"subscription": {"id": "s", "status": "active"}, "message": "no"}"#,
            "{}",
        ],
    )
    .await;
}

#[tokio::test]
async fn an_order_that_says_that_it_failed_is_unknown() {
    for state in ["failed", "Cancelled", "canceled", "REFUNDED", " rejected ", "expired"] {
        let order = format!(r#""order": {{"id": "o1", "status": "{state}"}}"#);
        for body in [
            format!("{{{order}}}"),
            format!(r#"{{"success": true, {order}}}"#),
            format!(r#"{{"success": true, "data": {{{order}}}}}"#),
            format!(r#"{{"success": false, {order}}}"#),
        ] {
            assert_eq!(outcome(json("200 OK", &body)).await, Unknown, "{body}");
        }
    }
}

#[tokio::test]
async fn what_cannot_be_read_whole_is_unknown() {
    for text in [PLESK, r#"{"success": false}"#] {
        for body in [
            format!("<br />\n<b>Warning</b>: mysqli\n{text}"),
            format!("{text}\n<!-- 0.2 s -->"),
            format!("{text}{text}"),
            format!("[{text}]"),
            format!("{text:?}"),
            text[..text.len() - 1].to_owned(),
            text[..text.len() / 2].to_owned(),
        ] {
            assert_eq!(outcome(json("200 OK", &body)).await, Unknown, "{body}");
            assert_eq!(outcome(json("404 Not Found", &body)).await, Unknown, "404: {body}");
        }
        // Said to be packed, and not packed in fact: it can still accept, and not refuse.
        for header in ["content-encoding: gzip", "content-encoding: none"] {
            let word = if text == PLESK { Accepted } else { Unknown };
            assert_eq!(outcome(http("200 OK", &[header], text)).await, word, "{header}");
            assert_eq!(outcome(http("404 Not Found", &[header], text)).await, Unknown, "{header}");
        }
    }
    all(Unknown, &["[]", "null", "true", "7", "\"order\"", "", "<html><body>Bad gateway</body>"])
        .await;
}

#[tokio::test]
async fn what_is_nested_too_deeply_to_be_searched_proves_nothing() {
    for (depth, yes, no) in
        [(31, Accepted, Refused), (32, Unknown, Unknown), (400, Unknown, Unknown)]
    {
        let deep = format!(r#""new": {}{}"#, "[".repeat(depth), "]".repeat(depth));
        let body = format!(r#"{{"success": true, {ORDER}, {deep}}}"#);
        assert_eq!(outcome(json("200 OK", &body)).await, yes, "{depth}");
        let body = format!(r#"{{"success": false, {deep}}}"#);
        assert_eq!(outcome(json("200 OK", &body)).await, no, "{depth}");
        // Within a text, its own depth counts, which is one less.
        let text = format!(r#""new": "[{}{}]""#, "[".repeat(depth), "]".repeat(depth));
        let body = format!(r#"{{"success": true, {ORDER}, {text}}}"#);
        assert_eq!(outcome(json("200 OK", &body)).await, yes, "{depth}, in a text");
        let body = format!(r#"{{"success": false, {text}}}"#);
        assert_eq!(outcome(json("200 OK", &body)).await, no, "{depth}, in a text");
    }
}

#[tokio::test]
async fn one_broken_byte_loses_no_order_and_refuses_none() {
    let broken = |text: &str, word: &[u8]| {
        let mut answer = json("200 OK", text);
        let at = answer.windows(word.len()).position(|window| window == word).unwrap();
        answer[at] = 0xff;
        answer
    };
    assert_eq!(outcome(broken(PLESK, b"example")).await, Accepted);
    let no = r#"{"success": false, "order_": 1, "message": "no"}"#;
    assert_eq!(outcome(broken(no, b"order_")).await, Unknown, "it may have been a name");
    let utf_16 = http("200 OK", &["content-type: application/json; charset=utf-16"], no);
    assert_eq!(outcome(utf_16).await, Unknown, "its bytes may mean anything");
}

#[tokio::test]
async fn only_what_is_written_in_bytes_that_mean_what_they_seem_refuses() {
    let no = r#"{"success": false, "message": "no"}"#;
    for (charset, word) in [
        ("utf-8", Refused),
        ("\"UTF-8\"; format=flowed", Refused),
        ("us-ascii", Refused),
        ("iso-8859-1", Refused),
        ("Windows-1252", Refused),
        ("utf-7", Unknown),
        ("utf-16le", Unknown),
        ("shift_jis", Unknown),
        ("ibm037", Unknown),
    ] {
        let header = format!("content-type: application/json; charset={charset}");
        assert_eq!(outcome(http("200 OK", &[&header], no)).await, word, "{charset}");
        assert_eq!(outcome(http("200 OK", &[&header], PLESK)).await, Accepted, "{charset}");
    }
}

/// A page refuses by its status, unless it speaks of an order.
#[tokio::test]
async fn a_page_that_names_a_field_of_an_order_refuses_nothing() {
    let page = |body: &str| http("403 Forbidden", &["content-type: text/html"], body);
    for body in [
        "",
        "Forbidden",
        "Blocked by firewall-rule-20251109-of-the-host",
        "Incident 2025110912345, WebApplicationFirewall",
        "abcdef0123456",
        // Words of any text, and names that a renewal's reply does not have.
        "error: access denied",
        "message: come back later",
        "data: none",
        "type: firewall",
        "<html><body>Your order could not be placed.</body></html>",
        "Your order's payment was refused",
        "<script type=\"text/javascript\" id=\"o\"></script>",
    ] {
        assert_eq!(outcome(page(body)).await, Refused, "{body}");
    }
    for body in [
        "<pre>{\"order\": {\"id\": \"o1\"}}</pre>",
        "<pre>{&quot;success&quot;: true}</pre>",
        "<order_number>PLK_1</order_number>",
        "order_number=PLK_1",
        "balance_after: 60.04",
        "order: none",
        "array(2) {\n  [\"success\"]=>\n  bool(true)\n  [\"order\"]=>\n  array(1) {",
        "a:2:{s:7:\"success\";b:1;s:5:\"order\";a:1:{s:2:\"id\";s:2:\"o5\";}}",
        "success=true&order[id]=o5",
        "<reply><order id=\"o5\" status=\"completed\"/></reply>",
        "eyJvcmRlciI6IHsiaWQiOiAibzEifX0=",
        "7b226f72646572223a7b7d7d",
        "\u{1}\u{2}",
        "<p>&#111;rder&#x5f;number=PLK_1</p>",
        // An object that something stands before is no page.
        "<b>Warning</b>: x in y.php {\"error\": \"denied\"}",
        "({\"error\":\"denied\"})",
        "//x\n{\"error\": \"denied\"}",
        "x [{\"error\": \"a\"}]",
        "<html></html>{\"error\": \"a\"}{\"error\": \"b\"}",
        ")]}',\n{ 'error': 'a' }",
        "\u{200b}{\"error\": \"a\"}",
    ] {
        assert_eq!(outcome(page(body)).await, Unknown, "{body}");
    }
}

/// What a refusal says in its own words may hold what it is silent of.
#[tokio::test]
async fn a_text_within_a_refusal_that_tells_of_an_order_refuses_nothing() {
    for (text, word) in [
        ("No order: the balance is too low", Refused),
        ("the \"order\" was not placed", Refused),
        ("upstream said \"error\": \"denied\", \"message\": \"no\"", Refused),
        ("upstream said \"type\": \"waf\"", Refused),
        ("reorder_id=7", Refused),
        ("order_id_hint=7", Refused),
        ("order_id is missing", Refused),
        ("a <b>bold</b> no", Refused),
        ("upstream said \"order\": 7", Unknown),
        ("upstream said 'order' : 7", Unknown),
        ("<order>7</order>", Unknown),
        ("order_id=7", Unknown),
        ("order_id: 7", Unknown),
        ("upstream said \"hours_purchased\": 3", Unknown),
    ] {
        let body = serde_json::json!({"success": false, "message": text}).to_string();
        assert_eq!(outcome(json("200 OK", &body)).await, word, "{text}");
    }
}

/// Each order is known by its own fields.
#[tokio::test]
async fn an_extension_is_judged_by_its_own_fields() {
    for (body, expected) in [
        (SERVER, Accepted),
        (r#"{"order_id": "o1"}"#, Accepted),
        (r#"{"order_id": 17}"#, Accepted),
        (r#"{"order_id": true}"#, Unknown),
        (r#"{"order_id": "none"}"#, Unknown),
        (r#"{"order_id": "Order 7 not found"}"#, Unknown),
        (r#"{"success": false, "amount": "0.00", "order_id": null}"#, Refused),
        (r#"{"success": false, "amount": "0.02"}"#, Unknown),
        (r#"{"success": false, "hours_purchased": 1}"#, Unknown),
        (r#"{"success": false, "vm": {"expire_date": "2026-02-19 15:40:31", "ram": 1}}"#, Unknown),
        (r#"{"order_id": "o1", "status": "failed"}"#, Unknown),
    ] {
        let wire = ByteServer::answering(json("200 OK", body));
        let client = Client::builder("test-key").base_url(wire.url()).build().unwrap();
        let result = client.extend_server_hours(&extension()).await;
        assert_eq!(result.map_or_else(|error| error.outcome(), |_| Accepted), expected, "{body}");
    }
}

/// Each has once been called *refused* or *accepted*.
#[tokio::test]
async fn evidence_under_other_names_and_states_in_other_words_are_seen() {
    all(
        Unknown,
        &[
            r#"{"success": false, "order_number": "PLK_1"}"#,
            r#"{"success": false, "order_id": "o1"}"#,
            r#"{"success": false, "new_expires_at": "2025-07-01 10:00:00"}"#,
            r#"{"success": false, "debug": "{\"order\":{\"id\":\"o1\"}}"}"#,
            r#"{"success": false, "message": "order_id=13587d01 was placed"}"#,
            r#"{"success": true, "order": {"id": "o", "status": "payment_failed"}}"#,
            r#"{"success": true, "order": {"id": "o"}, "orders": [{"status": "failed"}]}"#,
            r#"{"order": "failed"}"#,
            r#"{"order": {"status": "none"}}"#,
            r#"{"success": true, "errors": ["Insufficient"]}"#,
            r#"{"success": true, "error_message": "Insufficient"}"#,
            r#"{"success": true, "order": {"id": "o1", "payment_status": "unpaid, failed"}}"#,
            r#"{"success": false, "data": "<order_id>5</order_id>"}"#,
            r#"{"success": false, "orderNumber": "PLK_1"}"#,
            r#"{"success": false, "Order-ID": "o1"}"#,
            r#"{"success": false, "details": [{"newExpiresAt": "2025-07-01 10:00:00"}]}"#,
            r#"{"success": false, "debug": "{\"orderNumber\": \"PLK_1\"}"}"#,
        ],
    )
    .await;
    // A subscription has a state of its own.
    all(Accepted, &[r#"{"order": {"id": "o"}, "subscription": {"status": "expired"}}"#]).await;
}

#[tokio::test]
async fn a_no_is_said_in_the_documented_words_alone() {
    all(
        Unknown,
        &[
            r#"{"errors": ["mail could not be sent"], "message": "renewed"}"#,
            r#"{"error": "false"}"#,
            r#"{"error": 0, "message": "renewed"}"#,
            r#"{"mail": {"error": "not sent"}}"#,
            r#"{"success": false, "data": "{\"success\": true}"}"#,
            r#"{"success": false, "balance_after": "0.00"}"#,
            r#"{"success": false, "balance_after": 0}"#,
            r#"{"success": true, "order": "{\"id\": \"o5\", \"status\": \"failed\"}"}"#,
            r#"{"success": true, ORDER, "subscription": {"order": {"status": "failed"}}}"#,
            // A text within an answer may deny it.
            r#"{"success": true, "data": "{\"success\": false}"}"#,
            r#"{"success": true, ORDER, "data": "{\"success\": false}"}"#,
            r#"{"success": true, ORDER, "message": "{\"data\": \"{\\\"success\\\": 0}\"}"}"#,
            r#"{"success": true, "message": "{\"error\": \"no funds\"}"}"#,
        ],
    )
    .await;
    all(Accepted, &[r#"{"success": true, ORDER, "message": "{\"error\": \"no mail\"}"}"#]).await;
    all(
        Refused,
        &[
            r#"{"success": false, "order": {"id": 0}}"#,
            r#"{"error": true}"#,
            // A balance of 0 is one; these are none.
            r#"{"success": false, "balance_after": null}"#,
            r#"{"success": false, "balance_after": ""}"#,
            r#"{"success": false, "balance_after": false}"#,
        ],
    )
    .await;
}

/// The end of a text is told by its length, or by the last of its chunks.
#[tokio::test]
async fn an_answer_that_may_be_a_part_refuses_nothing() {
    let no = r#"{"success": false, "message": "no"}"#;
    let part = http("200 OK", &["content-range: bytes 0-34/900"], no);
    assert_eq!(outcome(part).await, Unknown);
    for (body, word) in [("<html>forb", Unknown), ("", Unknown), (no, Refused)] {
        let answer = format!("HTTP/1.1 403 Forbidden\r\nconnection: close\r\n\r\n{body}");
        assert_eq!(outcome(answer.into_bytes()).await, word, "{body}");
    }
}

/// In the forms of the contract's examples, wherever it stands.
#[tokio::test]
async fn a_number_of_an_order_is_evidence_in_a_text_too() {
    const NUMBER: &str = "PLK_RENEW_20250320_123456";
    for (body, word) in [
        ("{\"success\": false, \"message\": \"Order NUMBER placed, the mail failed\"}", Unknown),
        (
            "{\"success\": false, \"message\": \"Order plk_renew_20250320_123456 is there\"}",
            Unknown,
        ),
        ("{\"success\": false, \"message\": \"CLOUD_20251123153956_DEMO789 was booked\"}", Unknown),
        ("{\"success\": false, \"NUMBER\": \"completed\"}", Unknown),
        (
            "{\"success\": false, \"message\": \"PLK_RENEW is no plan, nor is XPLK_1234567\"}",
            Refused,
        ),
        ("{\"success\": false, \"message\": \"no plan PLK_12345\"}", Refused),
    ] {
        assert_eq!(outcome(json("402 No", &body.replace("NUMBER", NUMBER))).await, word, "{body}");
    }
    for (page, word) in [
        ("<html>Order NUMBER placed, 29.97 EUR charged</html>", Unknown),
        ("<html>Order <b>NUMBER</b>.</html>", Unknown),
        ("Order (NUMBER) placed", Unknown),
        ("<html>Forbidden</html>", Refused),
    ] {
        let page = page.replace("NUMBER", NUMBER);
        assert_eq!(outcome(http("403 Forbidden", &[], &page)).await, word, "{page}");
    }
}
