use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::mpsc;

use oxhost_journal::{JournalError, Speaker, State};
use oxhost_testkit::ByteServer;

use crate::bench::{ACCEPTED, Bench, answering, client_of, entries, extension};
use crate::replay::{Recorded, replay};

pub fn place_many(bench: &Bench, provider: &str, count: usize) -> Child {
    place_all(bench, provider, count, "run-1")
}

/// An example, which cargo builds with the tests.
pub fn example(name: &str) -> PathBuf {
    let mut path =
        PathBuf::from(std::env::current_exe().unwrap().parent().unwrap().parent().unwrap());
    path.extend(["examples", name]);
    path
}

pub fn place_all(bench: &Bench, provider: &str, count: usize, run: &str) -> Child {
    Command::new(example("place_many"))
        .args([&bench.url(), provider, &count.to_string(), run])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Has the database write down each transition from here on, whoever makes it. Who that was shows in
/// what else was written.
pub async fn record(bench: &Bench) {
    drop(bench.journal().await);
    bench
        .connect()
        .execute_batch(
        "CREATE TABLE recorded (step INTEGER PRIMARY KEY, id TEXT, speaker TEXT, was TEXT, state TEXT);
        CREATE TRIGGER recorded_claim AFTER INSERT ON orders BEGIN
            INSERT INTO recorded (id, speaker, was, state) VALUES (NEW.id, 'sender', NULL, NEW.state); END;
        CREATE TRIGGER recorded_step AFTER UPDATE OF state ON orders WHEN NEW.state <> OLD.state BEGIN
            INSERT INTO recorded (id, speaker, was, state) VALUES (NEW.id, CASE
                WHEN NEW.resolutions IS NOT OLD.resolutions THEN 'person'
                WHEN NEW.answer IS NOT OLD.answer OR NEW.state = 'open' THEN 'sender'
                ELSE 'reconcile' END, OLD.state, NEW.state); END",
        )
        .unwrap();
}

/// What was written down, in its order: each life of an order must be one that the model allows. Tells how
/// many transitions there were.
pub async fn assert_allowed(bench: &Bench) -> usize {
    let database = bench.connect();
    let mut rows = database
        .prepare("SELECT step, id, speaker, was, state FROM recorded ORDER BY step")
        .unwrap();
    let recorded = rows.query_map([], |row| {
        Ok(Recorded {
            micros: row.get(0)?,
            row: row.get(1)?,
            by: match row.get_ref(2)?.as_str()? {
                "sender" => Speaker::Sender,
                "person" => Speaker::Person,
                _ => Speaker::Reconcile,
            },
            from: row.get::<_, Option<String>>(3)?.map(|state| state.parse().unwrap()),
            to: row.get::<_, String>(4)?.parse().unwrap(),
        })
    });
    let recorded: Vec<Recorded> = recorded.unwrap().map(Result::unwrap).collect();
    let ends = replay(&recorded).unwrap();
    let written = entries(&bench.journal().await).await;
    assert_eq!(ends.len(), written.len());
    for entry in written {
        assert_eq!(ends[entry.id.as_str()], entry.state, "{entry:?}");
    }
    recorded.len()
}

fn sent(child: Child) -> usize {
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap().trim().parse().unwrap()
}

#[tokio::test]
async fn eight_processes_with_the_same_orders_send_each_once() {
    const ORDERS: usize = 1000;
    let bench = Bench::new();
    record(&bench).await;
    let provider = answering("200 OK", ACCEPTED);
    let children: Vec<Child> = (0..8).map(|_| place_many(&bench, provider.url(), ORDERS)).collect();
    let total: usize = children.into_iter().map(sent).sum();
    assert_eq!((total, provider.requests().len()), (ORDERS, ORDERS));
    assert_eq!(sent(place_many(&bench, provider.url(), ORDERS)), 0);
    assert_eq!(provider.requests().len(), ORDERS, "a second run sends nothing");
    // Claimed, open, accepted.
    assert_eq!(assert_allowed(&bench).await, 3 * ORDERS);
}

#[tokio::test]
async fn a_process_that_is_killed_while_its_order_is_under_way_leaves_it_open_and_blocking() {
    let bench = Bench::new();
    let (arrived, arrival) = mpsc::channel();
    let arrived = Mutex::new(arrived);
    let provider = ByteServer::without_reads(move |stream| {
        arrived.lock().unwrap().send(()).unwrap();
        let _ = std::io::Read::read(stream, &mut [0]);
    });
    let mut child = place_many(&bench, provider.url(), 1);
    arrival.recv().unwrap();
    // SIGKILL: nothing of the process runs after it.
    child.kill().unwrap();
    child.wait().unwrap();

    let journal = oxhost_journal::Journal::open(&bench.url()).await.unwrap();
    let entries = entries(&journal).await;
    assert_eq!(entries.iter().map(|entry| entry.state).collect::<Vec<_>>(), [State::Open]);
    let blocked = journal.place(&client_of(&provider), extension("s-0", 1), None).await;
    assert!(matches!(blocked, Err(JournalError::Blocked(_))));
    assert_eq!(provider.requests().len(), 1);
}
