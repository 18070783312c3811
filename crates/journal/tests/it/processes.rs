use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::mpsc;

use oxhost_journal::{JournalError, State};

use crate::bench::{ACCEPTED, Bench, Provider, entries, extension};

pub fn place_many(bench: &Bench, provider: &str, count: usize) -> Child {
    place_all(bench, provider, count, "run-1")
}

/// The example, which cargo builds with the tests.
pub fn example() -> PathBuf {
    let mut path =
        PathBuf::from(std::env::current_exe().unwrap().parent().unwrap().parent().unwrap());
    path.extend(["examples", "place_many"]);
    path
}

pub fn place_all(bench: &Bench, provider: &str, count: usize, run: &str) -> Child {
    Command::new(example())
        .args([&bench.url(), provider, &count.to_string(), run])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

fn sent(child: Child) -> usize {
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap().trim().parse().unwrap()
}

#[test]
fn eight_processes_with_the_same_orders_send_each_once() {
    const ORDERS: usize = 1000;
    let bench = Bench::new();
    let provider = Provider::answering("200 OK", ACCEPTED);
    let children: Vec<Child> = (0..8).map(|_| place_many(&bench, provider.url(), ORDERS)).collect();
    let total: usize = children.into_iter().map(sent).sum();
    assert_eq!((total, provider.requests()), (ORDERS, ORDERS));
    assert_eq!(sent(place_many(&bench, provider.url(), ORDERS)), 0);
    assert_eq!(provider.requests(), ORDERS, "a second run sends nothing");
}

#[tokio::test]
async fn a_process_that_is_killed_while_its_order_is_under_way_leaves_it_open_and_blocking() {
    let bench = Bench::new();
    let (arrived, arrival) = mpsc::channel();
    let arrived = Mutex::new(arrived);
    let provider = Provider::with(move |stream| {
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
    let blocked = journal.place(&provider.client(), extension("s-0", 1), None).await;
    assert!(matches!(blocked, Err(JournalError::Blocked(_))));
    assert_eq!(provider.requests(), 1);
}
