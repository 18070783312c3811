//! What each status and each way of not answering proves, through a socket. (What a body proves is in
//! `evidence.rs`.)

use oxhost::contract::API_KEY_HEADER;
use oxhost_testkit::{ByteServer, closed, http, json, silent};
use std::time::Duration;

use oxhost::contract::operations;
use oxhost::generated;
use oxhost::{Client, OrderError, Outcome};

use crate::documented::{PLESK, client, renewal};

async fn outcome(answer: Vec<u8>) -> (Outcome, Option<OrderError>) {
    let wire = ByteServer::answering(answer);
    let result = client(&wire).renew_plesk_subscription(&renewal()).await;
    assert_eq!(wire.requests().len(), 1, "an order goes over the wire once");
    match result {
        Ok(_) => (Outcome::Accepted, None),
        Err(error) => (error.outcome(), Some(error)),
    }
}

const HTML: &str = "<html><body>Bad gateway</body></html>";
const NO: &str = r#"{"error": "Transaction not found", "data": {}}"#;

#[tokio::test]
async fn a_failure_status_is_refused_only_where_it_proves_it() {
    let refused_with_json = [400, 401, 402, 403, 404, 405, 413, 415, 422, 429];
    let refused_with_html = [401, 403, 404, 405, 413, 429];
    let statuses = (300..=308)
        .chain(400..=431)
        .chain([451, 499, 500, 501, 502, 503, 504, 507, 520, 522, 524, 530, 599, 600, 999]);
    for status in statuses {
        let line = format!("{status} Status");
        let expect = |refused: &[i32]| {
            if refused.contains(&status) { Outcome::Refused } else { Outcome::Unknown }
        };
        let (word, error) = outcome(json(&line, NO)).await;
        assert_eq!(word, expect(&refused_with_json), "{status} with JSON");
        assert_eq!(error.unwrap().failure().status().unwrap().as_u16(), status as u16);
        assert_eq!(
            outcome(http(&line, &[], HTML)).await.0,
            expect(&refused_with_html),
            "{status} with HTML"
        );
        // An order, or what cannot be searched for one: a list and a scalar among it.
        for body in [PLESK, r#"{"success": true}"#, r#"{"order": {"id": "o"}}"#, "[]", "null"] {
            let (word, _) = outcome(json(&line, body)).await;
            assert_eq!(word, Outcome::Unknown, "{status} with {body}");
        }
    }
}

#[tokio::test]
async fn what_is_unknown_says_why() {
    const FOUND: &str = "302 Found";
    const OK: &str = "200 OK";
    for (status, body, reason) in [
        (FOUND, NO, "the provider answered with a redirect, which is not followed"),
        (FOUND, HTML, "the provider answered with a redirect, which is not followed"),
        (OK, HTML, "the answer is not the documented JSON object"),
        (
            OK,
            r#"{"order": {"id": "o1", "status": "failed"}}"#,
            "the answer shows an order that was not carried out",
        ),
        (OK, r#"{"success": true, "error": "boom"}"#, "the answer contradicts itself"),
        (OK, r#"{"error": "boom", "order": {"id": "o1"}}"#, "the answer contradicts itself"),
        (
            OK,
            r#"{"success": "perhaps", "error": "boom"}"#,
            "the answer says neither that the order was placed nor that it was not",
        ),
        (
            OK,
            r#"{"order": {"status": "failed"}}"#,
            "the answer says neither that the order was placed nor that it was not",
        ),
        ("500 Oops", NO, "the answer leaves open whether the order was placed"),
        ("500 Oops", HTML, "the answer is not the documented JSON object"),
    ] {
        let (word, error) = outcome(http(status, &[], body)).await;
        assert_eq!(word, Outcome::Unknown, "{status} with {body}");
        assert_eq!(error.unwrap().failure().reason(), reason, "{status} with {body}");
    }
}

#[tokio::test]
async fn what_the_provider_says_stands_in_the_error() {
    let answer = http(
        "402 Payment Required",
        &["retry-after: 30"],
        r#"{"message": "Balance\u001b[2J too low\r\n"}"#,
    );
    let (_, error) = outcome(answer).await;
    let error = error.unwrap();
    let failure = error.failure();
    assert_eq!(failure.operation(), Some(&operations::RENEW_PLESK_SUBSCRIPTION));
    assert_eq!(
        failure.message(),
        Some("Balance [2J too low"),
        "no control character reaches a terminal"
    );
    assert_eq!(failure.retry_after(), Some(Duration::from_secs(30)));
    assert_eq!(
        error.to_string(),
        "refused: renewPleskSubscription: the provider said no (HTTP 402): \"Balance [2J too low\", to be tried again after 30 s. Nothing was charged. Top up the account, then order again."
    );
}

#[test]
fn outside_a_runtime_nothing_is_sent_and_nothing_panics() {
    let wire = ByteServer::answering(json("200 OK", PLESK));
    let (client, order) = (client(&wire), renewal());
    let mut call = std::pin::pin!(client.renew_plesk_subscription(&order));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let std::task::Poll::Ready(Err(error)) = call.as_mut().poll(&mut context) else { panic!() };
    assert!(matches!(error, OrderError::NotSent(_)), "{error}");
    assert_eq!(wire.requests().len(), 0);
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_unknown_whatever_its_status_and_keeps_it() {
    for answer in [
        b"HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n{\"success\": true}".to_vec(),
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n".to_vec(),
    ] {
        let (word, error) = outcome(answer).await;
        assert_eq!(word, Outcome::Unknown);
        assert_eq!(error.unwrap().failure().status().unwrap(), 200);
    }
    let cut = b"HTTP/1.1 429 Slow\r\nretry-after: 7\r\ncontent-length: 900\r\n\r\n{".to_vec();
    let (word, error) = outcome(cut).await;
    let error = error.unwrap();
    assert_eq!(word, Outcome::Unknown, "what is missing may be the order");
    assert_eq!(error.failure().retry_after(), Some(Duration::from_secs(7)));
    assert!(std::error::Error::source(&error).is_some(), "why it broke off is kept");
    for answer in [&b""[..], b"HTTP/1.1 2", b"nonsense\r\n\r\n"] {
        assert_eq!(outcome(answer.to_vec()).await.0, Outcome::Unknown);
    }
}

#[tokio::test]
async fn a_reply_over_the_limit_is_not_held() {
    let filler = " ".repeat(1 << 20);
    let (word, error) = outcome(json("200 OK", &format!("{PLESK}{filler}"))).await;
    assert_eq!(word, Outcome::Unknown);
    assert!(error.unwrap().to_string().contains("1 MiB"));
    let filler = " ".repeat((1 << 20) - PLESK.len());
    assert_eq!(outcome(json("200 OK", &format!("{PLESK}{filler}"))).await.0, Outcome::Accepted);
}

#[tokio::test]
async fn no_connection_is_not_sent() {
    let closed = closed();
    for url in
        [closed.clone(), closed.replace("http:", "https:"), "https://nowhere.invalid".to_owned()]
    {
        let client = Client::builder("test-key").base_url(&url).build().unwrap();
        let error = client.renew_plesk_subscription(&renewal()).await.unwrap_err();
        assert!(matches!(error, OrderError::NotSent(_)), "{url}: {error}");
        assert!(std::error::Error::source(&error).is_some());
        if let Some(address) = url.strip_prefix("http://") {
            // The last cause is the one that says something.
            let cause = std::net::TcpStream::connect(address).unwrap_err();
            assert_eq!(error.failure().reason(), format!("no connection: {cause}"));
        }
    }
}

#[tokio::test]
async fn a_tls_handshake_that_fails_is_not_sent() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        use std::io::{Read, Write};
        let (mut stream, _) = listener.accept().unwrap();
        let mut hello = [0; 5];
        stream.read_exact(&mut hello).unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
    });
    let client = Client::builder("test-key").base_url(url).build().unwrap();
    let error = client.renew_plesk_subscription(&renewal()).await.unwrap_err();
    assert!(matches!(error, OrderError::NotSent(_)), "{error}");
}

#[tokio::test]
async fn no_answer_in_time_is_unknown() {
    let wire = ByteServer::with(silent);
    let client = Client::builder("test-key")
        .base_url(wire.url())
        .timeout(Duration::from_millis(200))
        .build()
        .unwrap();
    let error = client.renew_plesk_subscription(&renewal()).await.unwrap_err();
    assert!(matches!(error, OrderError::Unknown(_)), "{error}");
    assert_eq!(error.failure().reason(), "no answer in time");
    assert_eq!(wire.requests().len(), 1);
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "shows that it says no")]
async fn the_generated_client_tells_the_same() {
    let call = async |answer: Vec<u8>| {
        let wire = ByteServer::answering(answer);
        let result = client(&wire).generated().renew_plesk_subscription(&renewal()).await;
        assert_eq!(wire.requests().len(), 1);
        assert_eq!(wire.requests()[0].header(API_KEY_HEADER), ["test-key"]);
        result
    };
    assert_eq!(
        call(json("200 OK", PLESK)).await.unwrap().balance_after.unwrap().to_string(),
        "60.04"
    );
    assert!(call(json("201 Created", PLESK)).await.is_ok(), "an accepted order is no error");

    let refused = call(json("402 Payment Required", NO)).await.unwrap_err();
    let generated::Error::ErrorResponse(problem) = &refused else { panic!("{refused:?}") };
    assert_eq!(
        (problem.status().as_u16(), problem.error.as_deref()),
        (402, Some("Transaction not found"))
    );

    for (answer, word) in [
        (json("200 OK", r#"{"success": false}"#), "refused:"),
        (json("200 OK", HTML), "unknown:"),
        (json("503 Unavailable", NO), "unknown:"),
        (http("404 Not Found", &[], HTML), "refused:"),
        (Vec::new(), "unknown:"),
    ] {
        let error = call(answer).await.unwrap_err();
        let generated::Error::Custom(words) = &error else { panic!("{error:?}") };
        assert!(words.starts_with(word), "{words}");
        assert!(!error.is_retryable(), "{words}");
    }
}
