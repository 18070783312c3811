//! Mutated replies: whatever comes back, nothing panics, no accepted order is lost, no error is without
//! its status, and no secret is shown.

use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Answer, classify};
use crate::contract::{Effect, OPERATIONS, Operation, SECRET_FIELDS};
use crate::error::Error;
use crate::reply::{Accepted, Reply};
use crate::secret::ApiKey;
use crate::types::{OrderList, PleskRenewal, PleskSubscriptionDetail, ServerExtension, UserDetail};

mod mutate;

use mutate::{CANARY, Mutant};

const KEY: &str = "canary-of-the-key";

const STATUSES: [u16; 12] = [200, 200, 200, 200, 201, 400, 401, 402, 404, 422, 429, 503];

/// How many, unless `OXHOST_MUTATIONS` says otherwise. The seed of each is its number.
const MUTATIONS: u64 = 20_000;

#[test]
fn no_mutated_reply_panics_or_loses_an_order_or_shows_a_secret() {
    let count = std::env::var("OXHOST_MUTATIONS");
    let count = count.map_or(MUTATIONS, |text| text.parse().unwrap());
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let seen: [usize; 3] = std::thread::scope(|scope| {
        let share = |first| move || judge_each((first..count).step_by(threads));
        let threads: Vec<_> = (0..).take(threads).map(|first| scope.spawn(share(first))).collect();
        let seen = threads.into_iter().map(|thread| thread.join().unwrap());
        seen.fold([0; 3], |sum, seen| std::array::from_fn(|at| sum[at] + seen[at]))
    });
    // The mutants are worth something: each outcome is met by many.
    assert!(seen.iter().all(|seen| *seen as u64 > count / 20), "{seen:?}");
}

/// How many were accepted, refused, unknown.
fn judge_each(seeds: impl Iterator<Item = u64>) -> [usize; 3] {
    let key = ApiKey::new(KEY).unwrap();
    let mut seen = [0; 3];
    for seed in seeds {
        let mut rng = fastrand::Rng::with_seed(seed);
        let operation = rng.choice(OPERATIONS).unwrap();
        let status = StatusCode::from_u16(*rng.choice(&STATUSES).unwrap()).unwrap();
        let mutant = Mutant::of(operation.id, &mut rng);
        let judged = catch_unwind(AssertUnwindSafe(|| judge(operation, status, &mutant, &key)));
        let Ok(outcome) = judged else {
            let body = String::from_utf8_lossy(&mutant.body);
            panic!("mutant {seed}, {} with {status}: {body}", operation.id);
        };
        let outcomes = ["accepted", "refused", "unknown"];
        seen[outcomes.iter().position(|word| *word == outcome).unwrap()] += 1;
    }
    seen
}

fn judge(
    operation: &'static Operation,
    status: StatusCode,
    mutant: &Mutant,
    key: &ApiKey,
) -> &'static str {
    let body = Ok(Bytes::copy_from_slice(&mutant.body));
    let answer = Answer::Head { status, headers: HeaderMap::new(), body };
    let result = classify(operation, key, answer);
    let outcome = result.as_ref().map_or_else(Error::outcome, |_| "accepted");
    let (shown, view) = match result {
        Ok(reply) => {
            let show: fn(Reply) -> (String, String) = match operation.id {
                "renewPleskSubscription" => show::<PleskRenewal>,
                "extendServerHours" => show::<ServerExtension>,
                "getPleskSubscription" => show::<PleskSubscriptionDetail>,
                "listOrders" => show::<OrderList>,
                "getUser" => show::<UserDetail>,
                other => panic!("{other} has no type here"),
            };
            show(reply)
        }
        Err(error) => {
            assert_eq!(error.failure().status(), Some(status), "an error without its status");
            (format!("{error} {error:?} {error:#?}"), String::new())
        }
    };
    let text = String::from_utf8_lossy(&mutant.body);
    let json: Option<Value> = serde_json::from_str(&text).ok();
    // What is no JSON value cannot be blanked, and is not shown. The types see it all the same, and hide
    // the fields alone.
    let told = json.as_ref().map(|json| tells(json, CANARY));
    assert!(told == Some(true) || !shown.contains(CANARY), "a secret is shown: {shown}");
    assert!(told != Some(false) || !view.contains(CANARY), "a secret is in the types: {view}");
    assert!(!shown.contains(KEY), "the key is shown: {shown}");

    let proven = operation.effect == Effect::Charge
        && (mutant.keeps_order || json.is_some_and(|json| proves(&json, &text, operation)));
    match status.as_u16() {
        200..=299 if proven => assert_eq!(outcome, "accepted", "an order is lost"),
        200..=299 => {}
        500..=599 => assert_eq!(outcome, "unknown"),
        _ if proven => assert_eq!(outcome, "unknown", "it contradicts itself"),
        _ => assert_ne!(outcome, "accepted"),
    }
    outcome
}

/// All that shows of an accepted reply, and of its typed view.
fn show<T: DeserializeOwned + Serialize + Default + Debug>(reply: Reply) -> (String, String) {
    let reply = Accepted::<T>::new(reply);
    let warnings: Vec<String> = reply.warnings().iter().map(ToString::to_string).collect();
    let redacted = reply.reply().redacted().ok().map(|value| value.to_string());
    (format!("{reply:?} {reply:#?} {warnings:?} {redacted:?}"), format!("{:?}", *reply))
}

/// The oracle: an object that says yes, once, and names an order.
fn proves(json: &Value, text: &str, operation: &Operation) -> bool {
    let yes = json["success"] == true || json["success"] == 1 || json["success"] == "1";
    let named = operation.proof.iter().any(|field| match &json[*field] {
        Value::Object(order) => order.values().any(is_a_name),
        field => is_a_name(field),
    });
    yes && named && text.matches("success").count() == 1
}

fn is_a_name(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.contains("order"))
}

/// Whether a secret stands elsewhere than in a documented secret field.
fn tells(json: &Value, secret: &str) -> bool {
    match json {
        Value::String(text) => text.contains(secret),
        Value::Array(items) => items.iter().any(|item| tells(item, secret)),
        Value::Object(members) => members.iter().any(|(name, value)| {
            name.contains(secret)
                || (!SECRET_FIELDS.contains(&name.as_str()) && tells(value, secret))
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}
