//! The promise under faults: whatever goes wrong at the socket, no order is sent twice and no outcome
//! is untrue. A seed makes a plan, and the sandbox counts what was booked.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use oxhost_sandbox::Fault;
use oxhost_sandbox::fault::{Kind, Page, Redirect, ReplyFault, Stage, Status, To, WireFault};

mod library;
mod naive;
mod plan;
mod run;
mod tally;
mod truth;

use crate::clock;
use library::Library;
use naive::{MoreNaive, Naive};
use plan::{Plan, faults};
use run::{Run, Subject};
use tally::Tally;

/// How many runs happen side by side: most of a run is waiting.
const LANES: usize = 8;

/// How many failures are told; the first ones say enough.
const TOLD: usize = 5;

/// The command that repeats a run.
fn again(seed: u64) -> String {
    format!(
        "again: OXHOST_FAULT_SEED={seed} OXHOST_FAULT_RUNS=1 cargo test -p oxhost --test it no_fault_makes"
    )
}

fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).map_or(otherwise, |text| text.parse().unwrap())
}

/// Makes the runs of so many seeds, and gives each to `judge`.
fn runs<S: Subject>(seeds: std::ops::Range<u64>, faults: &[Fault], judge: impl Fn(Run) + Sync) {
    let next = AtomicU64::new(seeds.start);
    std::thread::scope(|scope| {
        for _ in 0..LANES {
            scope.spawn(|| {
                let runtime = clock::runtime();
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if !seeds.contains(&seed) {
                        break;
                    }
                    let run = || Run::of::<S>(Plan::of(seed, faults), &runtime);
                    let run = catch_unwind(AssertUnwindSafe(run));
                    judge(run.unwrap_or_else(|_| panic!("{}", again(seed))));
                }
            });
        }
    });
}

#[test]
#[expect(clippy::print_stdout, reason = "the table, for whoever asks with --nocapture")]
fn no_fault_makes_the_client_order_twice_or_say_what_is_not_so() {
    let (seed, count) = (number("OXHOST_FAULT_SEED", 0), number("OXHOST_FAULT_RUNS", 5000));
    let faults = faults();
    let result = Mutex::new((Tally::default(), Vec::new()));
    runs::<Library>(seed..seed + count, &faults, |run| {
        let complaints = truth::complaints(&run);
        let (tally, wrong) = &mut *result.lock().unwrap();
        tally.add(&run);
        if !complaints.is_empty() && wrong.len() < TOLD {
            wrong.push(format!("{}\n{}", complaints.join("\n"), again(run.plan.seed)));
        }
    });
    let (tally, wrong) = result.into_inner().unwrap();
    println!("{tally}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!((tally.doubles, tally.wrong), (0, 0));
    assert!(tally.unconnected_unknown * 20 <= tally.unconnected, "{tally}");
    assert_eq!(tally.idle_unknown, 0, "{tally}");
    if count >= faults.len() as u64 {
        let missed: Vec<_> = faults.iter().filter(|fault| !tally.met(fault)).collect();
        assert!(missed.is_empty(), "no run has met {missed:?}");
        assert!(tally.idle > 0 && tally.unconnected > 0 && tally.reused > 0);
    }
}

/// Whether a client that knows no better is left without an answer after the order was booked: neither
/// told that it was accepted nor, in the documented form, that it was not. Nobody would try again then.
fn leaves_no_answer(fault: &Fault) -> bool {
    match *fault.kind() {
        // A good reply, if a slow one.
        Kind::Wire(WireFault::Interim(_) | WireFault::IdleClose(_) | WireFault::Late(_)) => false,
        Kind::Wire(WireFault::Drip(_) | WireFault::HugeBody(_)) => false,
        Kind::Wire(_) | Kind::Read(_) => true,
        Kind::Reply(ref fault) => match *fault {
            ReplyFault::Empty | ReplyFault::Html | ReplyFault::Warning => true,
            ReplyFault::Gzip | ReplyFault::HugeHead(_) => true,
            // Followed with a GET, which the documented refusal meets; where nobody listens, nothing
            // does.
            ReplyFault::Redirect(Redirect { status, to }) => {
                matches!(status, 307 | 308) || to == To::Dead
            }
            ReplyFault::Status(Status { status, page: Page::Json, .. }) => {
                !(400..500).contains(&status) || matches!(status, 408 | 429)
            }
            ReplyFault::Status(_) => true,
            // A refusal, though untrue, and answers in odd shapes.
            _ => false,
        },
    }
}

/// The control: the same harness finds the doubles and the wrong words of clients that try again.
#[test]
#[expect(clippy::print_stdout, reason = "the figures, for whoever asks with --nocapture")]
fn a_client_that_tries_again_is_caught_ordering_twice() {
    let at = |stage| faults().into_iter().filter(move |fault| fault.stage() == stage);
    let after: Vec<Fault> = at(Stage::After).collect();
    let unanswered = after.iter().filter(|fault| leaves_no_answer(fault)).count();
    let caught = |name: &str, tally: &Tally| {
        let caught: Vec<&Fault> = after.iter().filter(|fault| tally.doubled(fault)).collect();
        let expected = caught.iter().filter(|fault| leaves_no_answer(fault)).count();
        println!("{tally}");
        println!("{name}: twice after {expected} of {unanswered} faults that leave no answer,");
        println!("{} of all {} after the booking\n", caught.len(), after.len());
        assert!(tally.wrong > 0, "a booked order was called refused");
        expected
    };
    let naive = caught("is_retryable", &control::<Naive>(&after));
    let more_naive = caught("is_retryable, or unreadable", &control::<MoreNaive>(&after));
    let before = control::<Naive>(&at(Stage::Before).collect::<Vec<_>>());
    assert!(before.wrong > 0, "an order that was not booked was called accepted");
    assert!(naive > 0, "not even an honest error made it try again");
    assert!(more_naive * 10 >= unanswered * 9, "{more_naive} of {unanswered}");
}

fn control<S: Subject>(faults: &[Fault]) -> Tally {
    let tally = Mutex::new(Tally::default());
    runs::<S>(0..faults.len() as u64, faults, |run| tally.lock().unwrap().add(&run));
    tally.into_inner().unwrap()
}
