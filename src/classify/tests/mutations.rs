//! Mutated replies: whatever comes back, nothing panics, no accepted order is lost, no error is without
//! its status, and no secret is shown.

use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde::Serialize;
use serde_json::Value;

use crate::classify::{Answer, classify};
use crate::contract::{ENVELOPE, Effect, Field, OPERATIONS, Operation, Shape};
use crate::from_json::FromJson;
use crate::json::Json;
use crate::outcome::Outcome;
use crate::receipt::OrderReply;
use crate::reply::{Accepted, Reply, Response};
use crate::secret::ApiKey;
use crate::warning::Warning;

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
        let operation: &'static Operation = rng.choice(OPERATIONS).unwrap();
        let status = StatusCode::from_u16(*rng.choice(&STATUSES).unwrap()).unwrap();
        let mutant = Mutant::of(operation.id, &mut rng);
        let judged = catch_unwind(AssertUnwindSafe(|| judge(operation, status, &mutant, &key)));
        let Ok(outcome) = judged else {
            let body = String::from_utf8_lossy(&mutant.body);
            panic!("mutant {seed}, {} with {status}: {body}", operation.id);
        };
        let outcomes = [Outcome::Accepted, Outcome::Refused, Outcome::Unknown];
        seen[outcomes.iter().position(|word| *word == outcome).unwrap()] += 1;
    }
    seen
}

fn judge(
    operation: &'static Operation,
    status: StatusCode,
    mutant: &Mutant,
    key: &ApiKey,
) -> Outcome {
    let body = Ok(Bytes::copy_from_slice(&mutant.body));
    let answer = Answer::Head { status, headers: HeaderMap::new(), body };
    let result = classify(operation, key, answer);
    let outcome = result.as_ref().map_or_else(|error| error.outcome, |_| Outcome::Accepted);
    let shown = match result {
        Ok(reply) => {
            let show: fn(Reply) -> String = by_reply!(operation, show_order, show_read);
            show(reply)
        }
        Err(error) => {
            assert_eq!(error.status(), Some(status), "an error without its status");
            let record = serde_json::to_string(&error.record()).unwrap();
            format!("{} {error:?} {error:#?} {record}", error.words())
        }
    };
    let text = String::from_utf8_lossy(&mutant.body);
    let told = Json::parse(&text)
        .is_some_and(|root| tells(&root, &[operation.reply, operation.failure], CANARY));
    assert!(told || !shown.contains(CANARY), "a secret is shown: {shown}");
    assert!(!shown.contains(KEY), "the key is shown: {shown}");

    let json: Option<Value> = serde_json::from_str(&text).ok();
    let proven = operation.effect == Effect::Charge
        && (mutant.keeps_order || json.is_some_and(|json| proves(&json, &text, operation)));
    match status.as_u16() {
        200..=299 if proven => assert_eq!(outcome, Outcome::Accepted, "an order is lost"),
        200..=299 => {}
        500..=599 => assert_eq!(outcome, Outcome::Unknown),
        _ if proven => assert_eq!(outcome, Outcome::Unknown, "it contradicts itself"),
        _ => assert_ne!(outcome, Outcome::Accepted),
    }
    outcome
}

/// All that shows of an accepted order: its reply, its typed view, its receipt.
fn show_order<T>(reply: Reply) -> String
where
    T: FromJson + Serialize + Default + Debug + OrderReply,
{
    let accepted = Accepted::<T>::new(reply, |_| Vec::new());
    let receipt = serde_json::to_string(accepted.receipt()).unwrap();
    let view = serde_json::to_string(&*accepted).unwrap();
    format!("{accepted:?} {accepted:#?} {:?} {view} {receipt}", *accepted)
}

/// All that shows of a read.
fn show_read<T>(reply: Reply) -> String
where
    T: FromJson + Serialize + Default + Debug,
{
    let response = Response::<T>::new(reply);
    let warnings: Vec<String> = response.warnings().iter().map(Warning::to_string).collect();
    let view = serde_json::to_string(&*response).unwrap();
    format!(
        "{response:?} {response:#?} {:?} {view} {warnings:?} {:?}",
        *response,
        response.reply().shown()
    )
}

/// The oracle: an object that says yes, once, and names an order.
fn proves(json: &Value, text: &str, operation: &Operation) -> bool {
    let yes = json["success"] == true || json["success"] == 1 || json["success"] == "1";
    let named = operation.proof.iter().any(|field| match &json[*field] {
        Value::Object(order) => order.values().any(is_a_name),
        field => is_a_name(field),
    });
    yes && named && text.to_lowercase().matches("success").count() == 1
}

fn is_a_name(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.contains("order"))
}

/// Whether a secret stands where something is shown: in a name, or in a listed text that is no secret.
fn tells(object: &Json, shapes: &[&'static Shape], secret: &str) -> bool {
    object.members().iter().any(|(name, member)| {
        let field = shapes.iter().find_map(|shape| shape.field(name));
        let told = match (field, member) {
            (Some(Field::Secret | Field::Untyped), _) => false,
            (Some(Field::Object(shape)), _) => tells(member, &[shape], secret),
            (Some(Field::List(shape)), Json::List(items)) => {
                items.iter().any(|item| tells(item, &[shape], secret))
            }
            (Some(_), Json::Text(text)) => text.contains(secret),
            (None, Json::Object(_)) => ENVELOPE == Some(name) && tells(member, shapes, secret),
            _ => false,
        };
        told || name.contains(secret)
    })
}
