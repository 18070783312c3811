//! No answer makes the client panic, and no field that is odd loses an order.

use oxhost_testkit::{ByteServer, http};
use std::sync::{Arc, Mutex};

use oxhost::{Client, OrderError, Outcome};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

use crate::documented::{PLESK, SERVER, extension, renewal};

const STATUSES: [u16; 12] = [200, 201, 204, 302, 400, 401, 402, 404, 422, 429, 500, 503];

/// Values of every kind, some of which nothing can hold: given as text, for not all are JSON values.
fn odd_value() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|flag| flag.to_string()),
        any::<i64>().prop_map(|number| number.to_string()),
        "-?(0|[1-9][0-9]{0,39})\\.[0-9]{1,40}",
        Just("1e999".to_owned()),
        ".{0,20}".prop_map(|text| json!(text).to_string()),
        Just("\"\\ud800\"".to_owned()),
        Just("[]".to_owned()),
        Just("{}".to_owned()),
        Just("{\"a\": {\"b\": \"\\udfff\"}}".to_owned()),
    ]
}

/// All places of a document at which a field stands, as paths.
fn fields(value: &Value, path: &str, found: &mut Vec<String>) {
    for (name, member) in value.as_object().into_iter().flatten() {
        let path = format!("{path}/{name}");
        fields(member, &path, found);
        found.push(path);
    }
}

/// The document with the text `odd` in place of one field.
fn with_odd_field(document: &str, at: Index, odd: &str) -> String {
    const MARK: &str = "\"here stands the odd one\"";
    let mut value: Value = serde_json::from_str(document).unwrap();
    let mut paths = Vec::new();
    fields(&value, "", &mut paths);
    // What says that the order was placed stays.
    paths.retain(|path| path != "/success");
    let path: &String = at.get(&paths);
    *value.pointer_mut(path).unwrap() = serde_json::from_str(MARK).unwrap();
    let text = value.to_string();
    assert!(text.contains(MARK));
    text.replace(MARK, odd)
}

/// One server for all cases: each sets the answer it wants.
struct Bench {
    wire: ByteServer,
    answer: Arc<Mutex<Vec<u8>>>,
    client: Client,
    runtime: tokio::runtime::Runtime,
}

impl Bench {
    fn new() -> Self {
        let answer = Arc::new(Mutex::new(Vec::new()));
        let next = Arc::clone(&answer);
        let wire = ByteServer::with(move |stream| {
            let _ = std::io::Write::write_all(stream, &next.lock().unwrap());
        });
        // The server closes without a word.
        let client = Client::builder("test-key").base_url(wire.url()).reuse_connections(false);
        let client = client.build().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self { wire, answer, client, runtime }
    }

    /// Orders both ways; gives the outcomes with their statuses.
    fn outcomes(&self, answer: &[u8]) -> [(Outcome, Option<u16>); 2] {
        *self.answer.lock().unwrap() = answer.to_vec();
        let before = self.wire.requests().len();
        let told = |error: OrderError| {
            let _ = format!("{error} {error:?}");
            (error.outcome(), error.failure().status().map(|status| status.as_u16()))
        };
        let outcomes = self.runtime.block_on(async {
            let renewed = self.client.renew_plesk_subscription(&renewal()).await;
            let extended = self.client.extend_server_hours(&extension()).await;
            [
                renewed.map_or_else(told, |it| {
                    (Outcome::Accepted, Some(it.reply().status().as_u16()))
                }),
                extended.map_or_else(told, |it| {
                    (Outcome::Accepted, Some(it.reply().status().as_u16()))
                }),
            ]
        });
        assert_eq!(self.wire.requests().len(), before + 2, "each order goes over the wire once");
        outcomes
    }
}

fn config() -> ProptestConfig {
    ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() }
}

#[test]
fn an_odd_field_never_loses_an_order() {
    let bench = Bench::new();
    proptest!(config(), |(at: Index, odd in odd_value())| {
        for document in [PLESK, SERVER] {
            let body = with_odd_field(document, at, &odd);
            for (outcome, _) in bench.outcomes(&http("200 OK", &[], &body)) {
                prop_assert_eq!(outcome, Outcome::Accepted, "{}", body);
            }
        }
    });
}

#[test]
fn an_odd_field_or_name_takes_no_other_field_along() {
    let bench = Bench::new();
    let names = ["new", " balance_after", "balance_after\\n", "Balance_After", "\\u0000", ""];
    proptest!(config(), |(odd in odd_value(), name in select(names.to_vec()))| {
        let body = PLESK.replace("\"completed\"", &odd).replacen('{', &format!("{{\"{name}\": {odd},"), 1);
        *bench.answer.lock().unwrap() = http("200 OK", &[], &body);
        let renewed = bench.runtime.block_on(bench.client.renew_plesk_subscription(&renewal())).unwrap();
        let order = renewed.order.as_ref().unwrap();
        prop_assert_eq!(order.amount.unwrap().to_string(), "29.97", "{}", body);
        prop_assert_eq!(renewed.balance_after.unwrap().to_string(), "60.04", "{}", body);
        prop_assert_eq!(renewed.reply().text(), body);
    });
}

#[test]
fn any_bytes_are_answered_with_an_outcome_and_the_status() {
    let bench = Bench::new();
    proptest!(config(), |(status in select(&STATUSES[..]), mut body in any::<Vec<u8>>(), cut: Index, document in select(&[PLESK, SERVER, ""][..]))| {
        // A document, torn where it hurts, with rubbish in the tear.
        let at = if document.is_empty() { 0 } else { cut.index(document.len()) };
        body.splice(0..0, document.as_bytes()[..at].iter().copied());
        body.extend_from_slice(&document.as_bytes()[at..]);
        let mut answer = format!("HTTP/1.1 {status} Status\r\ncontent-length: {}\r\n\r\n", body.len()).into_bytes();
        answer.extend_from_slice(&body);
        for (outcome, told) in bench.outcomes(&answer) {
            prop_assert_eq!(told, Some(status), "{}", outcome);
            prop_assert!(outcome != Outcome::NotSent);
            prop_assert!(status < 300 || outcome != Outcome::Accepted);
            prop_assert!(status < 500 || outcome == Outcome::Unknown);
        }
    });
}
