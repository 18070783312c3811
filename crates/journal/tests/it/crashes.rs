use std::collections::BTreeMap;
use std::path::Path;
use std::process::Child;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, Once};
use std::time::{Duration, Instant};

use oxhost::Client;
use oxhost::types::ServerExtensionOrder;
use oxhost_journal::{Placed, State};
use oxhost_sandbox::{Sandbox, Seed};
use rusqlite::Connection;

use crate::bench::{Bench, entries};
use crate::processes::place_many;
use crate::relay::{Point, Relay};

/// A provider with the servers that the example extends.
pub fn sandbox(servers: usize) -> Sandbox {
    let mut seed = Seed::documented();
    let like = seed.servers[0].clone();
    for number in 0..servers {
        seed.servers.push(oxhost_sandbox::Server { id: format!("s-{number}"), ..like.clone() });
    }
    Sandbox::builder().seed(seed).start().unwrap()
}

fn client(sandbox: &Sandbox) -> Client {
    Client::builder(sandbox.key()).base_url(sandbox.url()).build().unwrap()
}

/// Keeps everybody else from writing to the journal, until it is dropped.
fn lock(file: &Path) -> Connection {
    let connection = Connection::open(file).unwrap();
    connection.execute_batch("BEGIN IMMEDIATE").unwrap();
    connection
}

fn kill(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Where a process dies, what it leaves in the journal, and whether its order was booked.
const CRASHES: [(&str, &str, Point, bool, State, usize); 7] = [
    ("the baseline is asked for", "GET", Point::Arrived, false, State::Claimed, 0),
    (
        "the baseline is read, the intent not written",
        "GET",
        Point::Delivered,
        true,
        State::Claimed,
        0,
    ),
    ("the intent is written, the order not seen", "POST", Point::Arrived, false, State::Open, 0),
    ("the order is booked, not answered", "POST", Point::Answered, false, State::Open, 1),
    ("half of the answer came", "POST", Point::Half, false, State::Open, 1),
    (
        "all of the answer came, the outcome is not written",
        "POST",
        Point::Delivered,
        true,
        State::Open,
        1,
    ),
    ("the outcome is written", "end", Point::Delivered, false, State::Accepted, 1),
];

#[tokio::test]
async fn at_every_point_a_killed_process_leaves_the_truth_behind() {
    for (name, at_method, at, locked, state, booked) in CRASHES {
        let (bench, sandbox) = (Bench::new(), sandbox(1));
        let journal = bench.journal().await;
        let (stopped, stop) = stop_at(at_method, at, locked);
        let url = sandbox.url().to_owned();
        let locks: Arc<Mutex<Vec<Connection>>> = Arc::default();
        let (kept, file, once) = (Arc::clone(&locks), bench.file(), Once::new());
        let relay = Relay::to(&url, move |method, point| {
            // Where the process must not write what it has learnt, nobody may from before it learns it.
            if locked && method == at_method && point == Point::Half {
                // Once: the next read may come as far before the process is killed.
                once.call_once(|| kept.lock().unwrap().push(lock(&file)));
            }
            stop(method, point);
        });
        let mut child = place_many(&bench, relay.url(), 1);
        if at_method == "end" {
            child.wait().unwrap();
        } else {
            stopped.recv_timeout(Duration::from_secs(60)).expect("the process never came so far");
            kill(child);
        }
        locks.lock().unwrap().clear();

        let left = &entries(&journal).await[..];
        assert_eq!(left.iter().map(|it| it.state).collect::<Vec<_>>(), [state], "{name}");
        assert_eq!(sandbox.ledger().len(), booked, "{name}");

        // Whoever comes next finds out, and orders only what is missing.
        let options = bench.patiently();
        // To the journal, the relay is the provider.
        let client = Client::builder(sandbox.key()).base_url(relay.url()).reuse_connections(false);
        let client = client.build().unwrap();
        let found = journal.reconcile(&client, &left[0].id, &options).await.unwrap();
        let order = ServerExtensionOrder::new(sandbox.user_id(), "s-0", 1).unwrap();
        let placed = journal.place(&client, order, Some("run-1/s-0")).await.unwrap();
        assert_eq!(matches!(placed, Placed::Sent(_)), booked == 0, "{name}: {found:?}");
        assert_eq!(sandbox.ledger().len(), 1, "{name}");
    }
}

/// Reports when a point is first reached, and lets nobody go on from there.
fn stop_at(
    method: &'static str,
    at: Point,
    goes_on: bool,
) -> (Receiver<()>, impl Fn(&str, Point) + Send + Sync + 'static) {
    let (reached, wait) = mpsc::channel();
    let reached = Mutex::new(reached);
    let once = AtomicBool::new(false);
    let stop = move |seen: &str, point: Point| {
        if (seen, point) == (method, at) && !once.swap(true, Ordering::SeqCst) {
            let _ = reached.lock().unwrap().send(());
            if !goes_on {
                // In a loop, for parking may end by itself.
                loop {
                    std::thread::park();
                }
            }
        }
    };
    (wait, stop)
}

#[tokio::test]
async fn a_process_that_dies_before_its_claim_leaves_nothing() {
    let (bench, sandbox) = (Bench::new(), sandbox(1));
    let journal = bench.journal().await;
    let lock = lock(&bench.file());
    kill(place_many(&bench, sandbox.url(), 1));
    drop(lock);
    assert_eq!(entries(&journal).await, []);
    assert_eq!(sandbox.requests().len(), 0);
}

/// Kills a process at any moment, finds out what it left, and goes on; each order must have been charged
/// exactly once in the end. `OXHOST_KILLS` says how often, `OXHOST_KILLS_SEED` repeats a run. In lanes, for most
/// of it is waiting.
#[test]
#[expect(clippy::print_stdout, reason = "the figures, for whoever asks with --nocapture")]
fn at_any_moment_a_killed_process_loses_no_intent_and_doubles_no_order() {
    const LANES: u64 = 4;
    let number = |name: &str, default: u64| {
        std::env::var(name).map_or(default, |text| text.parse().unwrap())
    };
    let kills = number("OXHOST_KILLS", 40).div_ceil(LANES);
    let seed = number("OXHOST_KILLS_SEED", 684_127);
    let lanes: Vec<_> = std::thread::scope(|scope| {
        let lanes = (seed..seed + LANES).map(|seed| {
            scope.spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                runtime.unwrap().block_on(kill_at_any_moment(kills, seed))
            })
        });
        let lanes: Vec<_> = lanes.collect();
        lanes.into_iter().map(|lane| lane.join().unwrap()).collect()
    });
    for (figures, _) in &lanes {
        println!("{figures}");
    }
    let left = lanes.iter().any(|(_, left)| *left);
    assert!(left, "no kill has met an order under way: the test proves nothing");
}

/// Gives its figures, and whether a kill has met an order under way.
async fn kill_at_any_moment(kills: u64, seed: u64) -> (String, bool) {
    const SERVERS: usize = 8;
    let mut random = fastrand::Rng::with_seed(seed);
    let (bench, sandbox) = (Bench::new(), sandbox(SERVERS));
    crate::processes::record(&bench).await;
    let (journal, client) = (bench.journal().await, client(&sandbox));
    let options = bench.patiently();
    let (mut round, mut left): (usize, BTreeMap<&str, usize>) = (1, BTreeMap::new());
    let mut killed = 0;
    // A moment within a run, or soon after it, on a slow machine, too.
    let start = Instant::now();
    let undisturbed = crate::processes::place_all(&bench, sandbox.url(), SERVERS, "round-0");
    assert!(undisturbed.wait_with_output().unwrap().status.success());
    let moments = u64::try_from(start.elapsed().as_micros()).unwrap() * 3 / 2;
    while killed < kills {
        let run = format!("round-{round}");
        let mut child = crate::processes::place_all(&bench, sandbox.url(), SERVERS, &run);
        std::thread::sleep(Duration::from_micros(random.u64(0..moments)));
        if child.try_wait().unwrap().is_none() {
            child.kill().unwrap();
            killed += 1;
        }
        let ended = child.wait().unwrap().success();
        for entry in entries(&journal).await {
            if entry.state.blocks() {
                *left.entry(entry.state.as_str()).or_default() += 1;
                let found = journal.reconcile(&client, &entry.id, &options).await.unwrap();
                assert!(!found.state.blocks(), "seed {seed}: {found:?}");
            }
        }
        if ended {
            round += 1;
            assert_eq!(sandbox.ledger().len(), round * SERVERS, "seed {seed}, round {round}");
        }
    }
    // The round that was begun is ended in peace.
    let last =
        crate::processes::place_all(&bench, sandbox.url(), SERVERS, &format!("round-{round}"));
    assert!(last.wait_with_output().unwrap().status.success());
    let mut charges: BTreeMap<String, usize> = BTreeMap::new();
    for charge in sandbox.ledger() {
        *charges.entry(charge.target_id).or_default() += 1;
    }
    assert_eq!(charges.len(), SERVERS);
    assert!(charges.values().all(|count| *count == round + 1), "seed {seed}: {charges:?}");
    let steps = crate::processes::assert_allowed(&bench).await;
    let rounds = round + 1;
    let figures =
        format!("{killed} kills in {rounds} rounds, {steps} transitions; left behind: {left:?}");
    (figures, !left.is_empty())
}
