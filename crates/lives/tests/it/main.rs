//! Whole lives of a journal, with a provider that does all that its documentation leaves open. It is
//! written from the documentation alone, and shares no list of faults with anything else here.
//!
//! `OXHOST_LIVES=100000 OXHOST_LIVES_SEED=1 cargo test --release -p oxhost-lives -- no_life --nocapture`
//! makes more, or others; `OXHOST_LIFE=17` lives the one of that seed and prints its transcript, and
//! `OXHOST_LIVES_BREAK=1` breaks the assumptions (`world::Assumptions`), and counts what comes of it.
//! `OXHOST_LIVES_DATABASE=postgres://…` keeps the journals on a server; `OXHOST_LIVES_WORKERS=8` is how many
//! lives are lived at a time.

#![allow(unreachable_pub, reason = "nothing is outside a test")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test fails by panicking, in its helpers too, and prints what it found"
)]

mod answer; // what is answered to an order, booked or not
mod behaviour; // how the provider of a life is
mod delivery; // late, in parts, or not at all
mod judge; // wrong words, doubles and secrets, by what was booked
mod life; // senders, and others who look
mod naive; // a client that must not pass
mod person; // what a person says, rightly and wrongly
mod plans; // of subscriptions
mod provider; // its socket: takes requests, books, answers
mod reads; // what can be read of the books
mod reproductions; // what lives have found
mod sender; // what a sender does
mod shape; // JSON in every shape
mod simulation; // the time of a life
mod storage; // where journals are
mod world; // the provider's books

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use judge::{Fault, Table, judge};
use life::{Record, Spoilt};
use storage::Storage;
use world::Assumptions;

/// In the class of what no client could see through.
const BEYOND: &str = "[twin of another's]";

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

/// The seed of a life that failed, its faults and its transcript.
type Failed = (u64, Vec<Fault>, Vec<String>);

/// Lives many lives, some at a time, and judges them.
fn live_many(
    lives: u64,
    first: u64,
    live: impl Fn(u64, &mut Storage) -> Record + Sync,
) -> (Table, Vec<Failed>) {
    let start = Instant::now();
    let next = AtomicU64::new(first);
    let results = Mutex::new((Table::default(), Vec::new()));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    // A life waits now and then for its database or a socket.
    let workers = number("OXHOST_LIVES_WORKERS", 2 * cores as u64);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                let mut storage = Storage::new();
                loop {
                    let seed = next.fetch_add(1, Ordering::SeqCst);
                    if seed >= first + lives {
                        break;
                    }
                    let record = live(seed, &mut storage);
                    let mut of_life = Table::default();
                    let faults = judge(seed, &record, &mut of_life);
                    let (table, failed) = &mut *results.lock().unwrap();
                    table.add(of_life);
                    if faults.iter().any(|fault| !fault.class.contains(BEYOND)) {
                        failed.push((seed, faults, record.transcript));
                    }
                    // Who lives many may end them early.
                    if table.lives.is_multiple_of(1000) {
                        println!("{table}");
                    }
                }
            });
        }
    });
    let took = start.elapsed().as_millis().max(1);
    println!("{lives} lives in {took} ms, {} a second", u128::from(lives) * 1000 / took);
    results.into_inner().unwrap()
}

fn print(seed: u64, faults: &[Fault], transcript: &[String]) {
    println!("\n=== life {seed}");
    for line in transcript {
        println!("{line}");
    }
    for fault in faults {
        println!("FAULT {}: {}", fault.class, fault.detail);
    }
}

#[test]
fn no_life_has_a_wrong_word_a_double_or_a_leak() {
    if let Ok(seed) = std::env::var("OXHOST_LIFE") {
        let seed = seed.parse().unwrap();
        let record = life::live(seed, assumptions(), Spoilt::Nothing, &mut Storage::new());
        let mut table = Table::default();
        let faults = judge(seed, &record, &mut table);
        print(seed, &faults, &record.transcript);
        println!("{table}");
        return;
    }
    let lives = number("OXHOST_LIVES", 300);
    let seed = number("OXHOST_LIVES_SEED", 1);
    let (table, failed) = live_many(lives, seed, |seed, storage| {
        life::live(seed, assumptions(), Spoilt::Nothing, storage)
    });
    // The shortest life of each class.
    for (class, seeds) in &table.faults {
        let of = failed.iter().filter(|(seed, ..)| seeds.contains(seed));
        if let Some((seed, faults, transcript)) = of.min_by_key(|(.., transcript)| transcript.len())
        {
            println!("\n##### {class}");
            print(*seed, faults, transcript);
        }
    }
    println!("{table}");
    assert!(table.booked > 0 && table.found_out > 0);
    assert!(table.void < table.lives / 2, "{} of {} are void", table.void, table.lives);
    assert!(
        failed.is_empty() || number("OXHOST_LIVES_BREAK", 0) > 0,
        "{} lives failed",
        failed.len()
    );
}

fn assumptions() -> Assumptions {
    match number("OXHOST_LIVES_BREAK", 0) {
        0 => Assumptions::KEPT,
        _ => Assumptions::BROKEN,
    }
}

#[test]
fn a_client_that_repeats_what_fails_does_not_pass() {
    let (table, failed) = live_many(40, 1, |seed, _| naive::live(seed));
    println!("{table}");
    assert!(failed.len() > 10);
    assert!(table.faults.contains_key("sent twice"));
    assert!(table.faults.keys().any(|class| class.starts_with("refused, booked")));
}

#[test]
fn a_rule_that_is_spoilt_does_not_pass() {
    let (table, _) = live_many(60, 1, |seed, storage| {
        life::live(seed, Assumptions::KEPT, Spoilt::StatusIsRefusal, storage)
    });
    println!("{table}");
    assert!(table.faults.keys().any(|class| class.starts_with("refused, booked")));
    assert!(table.faults.contains_key("leaked in text"));
}
