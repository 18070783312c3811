//! No secret is shown, whatever the field is called in which it comes, and whatever the reply looks like.

use std::fmt::Debug;

use bytes::Bytes;
use fastrand::Rng;
use http::{HeaderMap, StatusCode};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::classify::{Answer, classify};
use crate::contract::{Field, OPERATIONS, Operation, SECRET_FIELDS, Shape};
use crate::from_json::FromJson;
use crate::receipt::OrderReply;
use crate::reply::{Accepted, Reply, Response};
use crate::secret::ApiKey;

const KEY: &str = "canary/key-7Q";

/// How many replies, unless `OXHOST_REPLIES` says otherwise. The seed of each is its number.
const REPLIES: u64 = 2_000;

/// Secrets in every form in which one may come; none may be shown in any.
struct Canaries {
    /// In fields that the contract marks secret. They may be repeated in any text.
    marked: Vec<Value>,
    /// In fields that nobody has listed. They may be repeated in the provider's words.
    unlisted: Vec<Value>,
}

impl Canaries {
    fn draw(rng: &mut Rng) -> Self {
        let mut text = |prefix: &str| {
            let odd = ["", "\"", "\\", "/", "é", " x", "&", "<b>", "ß€"];
            let tail: String = std::iter::repeat_with(|| rng.alphanumeric()).take(8).collect();
            json!(format!("{prefix}{}{tail}", odd[rng.usize(..odd.len())]))
        };
        let (marked, unlisted) = (text("canary-M"), text("canary-U"));
        let mut number = || json!(rng.u64(1_000_000..9_000_000_000_000_000));
        Self { marked: vec![marked, number()], unlisted: vec![unlisted, number()] }
    }

    /// The texts to look for, with their escapes.
    fn needles(&self) -> Vec<String> {
        let values = self.marked.iter().chain(&self.unlisted);
        let texts = values.flat_map(|value| match value {
            Value::String(text) => {
                let escaped = value.to_string();
                vec![text.clone(), escaped.trim_matches('"').to_owned(), format!("{text:?}")]
            }
            other => vec![other.to_string()],
        });
        let key = [KEY.to_owned(), KEY.replace('/', "\\/")];
        texts.map(|text| text.trim_matches('"').to_owned()).chain(key).collect()
    }
}

/// A reply of random fields, with canaries in all places in which a provider may put a secret.
fn reply(operation: &Operation, canaries: &Canaries, rng: &mut Rng) -> Value {
    let mut root = object(operation.reply, canaries, rng);
    root.insert("success".into(), json!(rng.u8(..3) != 0));
    if rng.bool() {
        // Known from elsewhere in the same reply.
        let name = SECRET_FIELDS[rng.usize(..SECRET_FIELDS.len())];
        let secret = root.entry(name).or_insert_with(|| any(&canaries.marked, rng)).clone();
        let unlisted = any(&canaries.unlisted, rng);
        let words = format!("login with {} or {}, key {KEY}", plain(&secret), plain(&unlisted));
        root.insert("message".into(), words.into());
        root.insert("debug".into(), unlisted);
    }
    match rng.u8(..6) {
        0 => json!({"success": true, "data": root}),
        1 => json!({"data": {"data": root}}),
        _ => Value::Object(root),
    }
}

fn object(shape: &'static Shape, canaries: &Canaries, rng: &mut Rng) -> Map<String, Value> {
    let mut members = Map::new();
    let known = any(&canaries.marked, rng);
    for (name, field) in shape.fields {
        if rng.u8(..4) == 0 {
            continue;
        }
        let value = match field {
            Field::Object(shape) => Value::Object(object(shape, canaries, rng)),
            Field::List(shape) => json!([object(shape, canaries, rng)]),
            Field::Secret => any(&canaries.marked, rng),
            Field::Untyped => any(&canaries.unlisted, rng),
            _ if rng.u8(..8) == 0 => json!(format!("text with {} in it", plain(&known))),
            _ if rng.u8(..8) == 0 => known.clone(),
            _ if rng.u8(..8) == 0 => json!(KEY),
            // What no such field should hold.
            _ if rng.u8(..8) == 0 => json!({"inner": any(&canaries.unlisted, rng)}),
            _ => json!("a text"),
        };
        members.insert((*name).into(), value);
    }
    // The secret itself stands there too, so that it is known.
    let name = SECRET_FIELDS[rng.usize(..SECRET_FIELDS.len())];
    let cased = if rng.bool() { name.to_uppercase() } else { name.to_owned() };
    members.insert(cased, known);
    for _ in 0..rng.u8(..3) {
        let length = rng.usize(1..12);
        let name: String = std::iter::repeat_with(|| rng.alphabetic()).take(length).collect();
        let value = match rng.u8(..4) {
            0 => json!([any(&canaries.unlisted, rng)]),
            1 => json!({"value": any(&canaries.unlisted, rng), "note": KEY}),
            _ => any(&canaries.unlisted, rng),
        };
        members.insert(format!("x{name}"), value);
    }
    members
}

fn any(values: &[Value], rng: &mut Rng) -> Value {
    values[rng.usize(..values.len())].clone()
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// All that a user can make of a call, but for what is asked for by name.
fn everything(operation: &'static Operation, status: u16, body: &str) -> String {
    let status = StatusCode::from_u16(status).unwrap();
    let bytes = Ok(Bytes::copy_from_slice(body.as_bytes()));
    let answer = Answer::Head { status, headers: HeaderMap::new(), body: bytes };
    match classify(operation, &ApiKey::new(KEY).unwrap(), answer) {
        Ok(reply) => {
            let show: fn(Reply) -> String = by_reply!(operation, order, read);
            show(reply)
        }
        Err(error) => {
            let record = serde_json::to_string(&error.record()).unwrap();
            let reply = error.reply().map(|reply| (reply.shown(), reply.message()));
            format!("{} {error:?} {error:#?} {record} {reply:?}", error.words())
        }
    }
}

fn order<T>(reply: Reply) -> String
where
    T: FromJson + Serialize + Default + Debug + OrderReply,
{
    let accepted = Accepted::<T>::new(reply, |_| Vec::new());
    let receipt = serde_json::to_string(accepted.receipt()).unwrap();
    let view = serde_json::to_string(&*accepted).unwrap();
    format!("{accepted:?} {:?} {:?} {view} {receipt}", *accepted, accepted.receipt())
}

fn read<T>(reply: Reply) -> String
where
    T: FromJson + Serialize + Default + Debug,
{
    let response = Response::<T>::new(reply);
    let view = serde_json::to_string(&*response).unwrap();
    let warnings: Vec<String> = response.warnings().iter().map(ToString::to_string).collect();
    format!("{response:?} {:?} {view} {warnings:?}", *response)
}

#[test]
fn no_secret_is_shown_under_any_name_in_any_shape() {
    let count = std::env::var("OXHOST_REPLIES").map_or(REPLIES, |text| text.parse().unwrap());
    let (mut answered, mut shown) = (0, 0);
    for seed in 0..count {
        let mut rng = Rng::with_seed(seed);
        let operation = OPERATIONS[rng.usize(..OPERATIONS.len())];
        let canaries = Canaries::draw(&mut rng);
        let mut body = reply(operation, &canaries, &mut rng).to_string();
        match rng.u8(..8) {
            // PHP escapes slashes, and letters beyond ASCII.
            0 => body = body.replace('/', "\\/"),
            1 => body = format!("<b>Warning</b>{body}"),
            2 => body.truncate(body.char_indices().nth(body.chars().count() / 2).unwrap().0),
            3 => {
                body = body.replacen(
                    '{',
                    "{\"success\": true, \"message\": \"a\", \"message\": \"b\",",
                    1,
                )
            }
            _ => {}
        }
        let status = [200, 200, 200, 402, 500][rng.usize(..5)];
        let told = everything(operation, status, &body);
        for needle in canaries.needles() {
            assert!(!told.contains(&needle), "seed {seed} shows {needle}\n{body}\n{told}");
        }
        answered += usize::from(told.contains("200"));
        shown += usize::from(told.contains("a text"));
    }
    // It is not that nothing is shown at all.
    let enough = usize::try_from(count / 5).unwrap();
    assert!(answered > enough && shown > enough, "{answered} answered, {shown} shown");
}

#[test]
fn only_what_is_listed_is_shown() {
    let operation = &crate::contract::operations::EXTEND_SERVER_HOURS;
    let body = r#"{"success": true, "order_id": "o-1", "Password": "hunter22", "PIN": 1234,
        "server_status": {"name": "vm", "root_pass": "hunter23", "metadata": "password=hunter22"},
        "message": "log in with hunter22", "type": "renew_server", "cpu": {"cookie": "x"}}"#;
    let answer = Answer::Head {
        status: StatusCode::OK,
        headers: HeaderMap::new(),
        body: Ok(Bytes::from_static(body.as_bytes())),
    };
    let reply = classify(operation, &ApiKey::new(KEY).unwrap(), answer).unwrap();
    assert_eq!(
        reply.shown().unwrap(),
        json!({
            "success": true, "order_id": "o-1", "Password": "[redacted]", "PIN": "[unlisted]",
            "server_status": {"name": "vm", "root_pass": "[unlisted]", "metadata": "[redacted]"},
            "message": "log in with [redacted]", "type": "renew_server", "cpu": "[unlisted]",
        })
    );
    assert_eq!(reply.text(), body, "it is there for who asks");
}

#[test]
fn a_secret_is_hidden_however_it_is_escaped() {
    let hides = |secret: &str, said: &str, shown: &str| {
        let body =
            json!({"success": true, "order": {"id": "o"}, "password": secret, "message": said});
        let text = everything(OPERATIONS[0], 200, &body.to_string());
        assert!(!text.contains(said), "{said}: {text}");
        assert!(text.contains(shown), "{said}: {text}");
    };
    for (secret, said) in [
        ("Zébra77", "Z\\u00E9bra77"),
        ("Zébra77", "Z\\u00e9bra77"),
        ("ab&Q7xyz", "ab\\u0026Q7xyz"),
        ("a$Zebra77", "a\\u0024Zebra77"),
        ("Key9", "\\u004b\\u0065\\u0079\\u0039"),
        ("🦀🦀🦀🦀", "\\ud83e\\udd80\\uD83E\\uDD80🦀🦀"),
        ("a/b\"cdef", "a\\/b\\\"cdef"),
        ("a/b\"cdef", "a\\\\\\/b\\\\\\\"cdef"),
        ("root|Zeb77xyz|22", "Zeb77xyz"),
        ("ssh://root:Zeb77xyz@1.2.3.4", "Zeb77xyz"),
    ] {
        hides(secret, said, "[redacted]");
        hides(secret, &format!("{said}."), "[redacted].");
    }
    // What overlaps leaves nothing.
    let body = r#"{"success": true, "order": {"id": "o"}, "password": "abcdeZZ",
        "metadata": "ZZfghij", "message": "abcdeZZfghij and"}"#;
    let text = everything(OPERATIONS[0], 200, body);
    assert!(!text.contains("abcde") && !text.contains("fghij"), "{text}");
}

#[test]
fn a_word_that_is_unlisted_leaves_other_words_whole() {
    let body = r#"{"success": true, "order": {"id": "o"}, "status": "success",
        "message": "renewed successfully, success"}"#;
    let text = everything(OPERATIONS[0], 200, body);
    assert!(text.contains("renewed successfully, [redacted]"), "{text}");
}

/// Warnings repeat what was said, and hide what is secret in it.
#[test]
fn a_warning_tells_no_secret_number() {
    let body = r#"{"success": true, "order": {"id": "o"}, "password": 73519284,
        "subscription": {"months_added": 73519284}}"#;
    let text = everything(OPERATIONS[0], 200, body);
    assert!(!text.contains("73519284"), "{text}");
}
