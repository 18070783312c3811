//! What holds of every answer, over answers that are generated from the contract's schemas. Each property
//! is also seen to fail on a classifier that is spoilt on purpose.

use fastrand::Rng;
use http::{HeaderMap, StatusCode};

use crate::classify::body::Body;
use crate::classify::evidence::Evidence;
use crate::classify::judge;
use crate::contract::{Effect, OPERATIONS, Operation};
use crate::outcome::Outcome;

mod answer;
mod change;
mod spoilt;

use answer::Answer;

/// How many, unless `OXHOST_ANSWERS` says otherwise. The seed of each is its number.
const ANSWERS: u64 = 20_000;

/// What is held to the properties.
type Classifier = fn(&'static Operation, StatusCode, &HeaderMap, &[u8]) -> Outcome;

fn real(
    operation: &'static Operation,
    status: StatusCode,
    headers: &HeaderMap,
    bytes: &[u8],
) -> Outcome {
    let body = Body::read(operation, headers, bytes);
    judge(operation, status, &body, &Evidence::of(operation, &body)).0
}

/// A property: what is wrong with a classifier on the answer of a seed, if anything is.
type Property = fn(Classifier, u64) -> Result<Outcome, String>;

const PROPERTIES: [(&str, Property); 5] = [
    ("evidence is never refused", evidence_is_never_refused),
    ("less legible is never refused", less_legible_is_never_refused),
    ("a no is never accepted", a_no_is_never_accepted),
    ("order and repetition change nothing", order_and_repetition_change_nothing),
    ("secrets change nothing", secrets_change_nothing),
];

fn charge(rng: &mut Rng) -> &'static Operation {
    let charges: Vec<&Operation> =
        OPERATIONS.iter().copied().filter(|it| it.effect == Effect::Charge).collect();
    charges[rng.usize(..charges.len())]
}

fn word(classify: Classifier, operation: &'static Operation, answer: &Answer) -> Outcome {
    classify(operation, answer.status, &answer.headers, &answer.bytes())
}

/// (a) Evidence of a booking, put anywhere in any answer, forbids a refusal.
fn evidence_is_never_refused(classify: Classifier, seed: u64) -> Result<Outcome, String> {
    let mut rng = Rng::with_seed(seed);
    let operation = charge(&mut rng);
    let mut answer = Answer::of(operation, &mut rng);
    let before = word(classify, operation, &answer);
    change::add_evidence(operation, &mut answer, &mut rng);
    match word(classify, operation, &answer) {
        Outcome::Refused => Err(format!("refused beside evidence: {answer}")),
        _ => Ok(before),
    }
}

/// (a) What cannot be read as well as before is not refused, even if it was before.
fn less_legible_is_never_refused(classify: Classifier, seed: u64) -> Result<Outcome, String> {
    let mut rng = Rng::with_seed(seed);
    let operation = charge(&mut rng);
    let mut answer = Answer::of(operation, &mut rng);
    if rng.bool() {
        change::add_evidence(operation, &mut answer, &mut rng);
    }
    let before = word(classify, operation, &answer);
    let (what, headers, bytes) = change::blur(&answer, &mut rng);
    match classify(operation, answer.status, &headers, &bytes) {
        Outcome::Refused => {
            Err(format!("refused with {what}: {answer}\n{}", String::from_utf8_lossy(&bytes)))
        }
        _ => Ok(before),
    }
}

/// (b) A no, put anywhere in any answer, does not make it accepted.
fn a_no_is_never_accepted(classify: Classifier, seed: u64) -> Result<Outcome, String> {
    let mut rng = Rng::with_seed(seed);
    let operation = charge(&mut rng);
    let mut answer = Answer::of(operation, &mut rng);
    let before = word(classify, operation, &answer);
    let says_no = change::add_no(&mut answer, &mut rng);
    match (before, word(classify, operation, &answer)) {
        (_, Outcome::Accepted) if says_no => Err(format!("accepted beside a no: {answer}")),
        (before, Outcome::Accepted) if before != Outcome::Accepted => {
            Err(format!("a no made it accepted: {answer}"))
        }
        _ => Ok(before),
    }
}

/// (c) Neither the order nor the repetition of members changes the word.
fn order_and_repetition_change_nothing(classify: Classifier, seed: u64) -> Result<Outcome, String> {
    let mut rng = Rng::with_seed(seed);
    let operation = charge(&mut rng);
    let mut answer = Answer::of(operation, &mut rng);
    if rng.u8(..3) == 0 {
        change::add_no(&mut answer, &mut rng);
    }
    let before = word(classify, operation, &answer);
    change::shuffle(&mut answer, &mut rng);
    match word(classify, operation, &answer) {
        after if after != before => Err(format!("{before} became {after}: {answer}")),
        _ => Ok(before),
    }
}

/// (d) Whatever the secrets are, and wherever they stand, the word is the same.
fn secrets_change_nothing(classify: Classifier, seed: u64) -> Result<Outcome, String> {
    let mut rng = Rng::with_seed(seed);
    let operation = charge(&mut rng);
    let mut answer = Answer::of(operation, &mut rng);
    change::add_note(&mut answer, &mut rng);
    let before = word(classify, operation, &answer);
    change::swap_secrets(&mut answer, &mut rng);
    match word(classify, operation, &answer) {
        after if after != before => Err(format!("{before} became {after}: {answer}")),
        _ => Ok(before),
    }
}

fn count() -> u64 {
    std::env::var("OXHOST_ANSWERS").map_or(ANSWERS, |text| text.parse().unwrap())
}

#[test]
#[expect(clippy::print_stdout, reason = "the figures, for whoever asks with --nocapture")]
fn no_generated_answer_breaks_a_property() {
    let (count, threads) = (count(), std::thread::available_parallelism().map_or(1, usize::from));
    for (name, property) in PROPERTIES {
        let mut seen = [0_u64; 4];
        std::thread::scope(|scope| {
            let share = |first| {
                move || {
                    let mut seen = [0_u64; 4];
                    for seed in (first..count).step_by(threads) {
                        match property(real, seed) {
                            Ok(word) => seen[word as usize] += 1,
                            Err(why) => panic!("{name}, seed {seed}: {why}"),
                        }
                    }
                    seen
                }
            };
            let all: Vec<_> = (0..).take(threads).map(|at| scope.spawn(share(at))).collect();
            for thread in all {
                let part = thread.join().unwrap();
                seen.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
            }
        });
        // The answers are worth something: each word is met by many.
        let [accepted, refused, _, unknown] = seen;
        println!("{name}: {accepted} accepted, {refused} refused, {unknown} unknown, 0 broken");
        assert!([accepted, refused, unknown].iter().all(|it| *it > count / 50), "{name}: {seen:?}");
    }
}

#[test]
fn each_property_fails_on_a_classifier_that_is_spoilt() {
    for (what, spoilt, fails) in spoilt::CLASSIFIERS {
        for (name, property) in PROPERTIES {
            if fails.contains(&name) {
                let broken = (0..ANSWERS).find_map(|seed| property(*spoilt, seed).err());
                assert!(broken.is_some(), "`{name}` holds of a classifier that {what}");
            }
        }
    }
    for (name, _) in PROPERTIES {
        let seen = spoilt::CLASSIFIERS.iter().any(|(_, _, fails)| fails.contains(&name));
        assert!(seen, "no spoilt classifier breaks `{name}`");
    }
}
