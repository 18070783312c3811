use std::collections::{BTreeMap, BTreeSet};
use std::process::{Command, Output, Stdio};

use oxhost::Client;
use oxhost_journal::{Journal, State};
use oxhost_sandbox::Sandbox;

use crate::bench::{Bench, entries};
use crate::crashes::sandbox;
use crate::processes::{example, place_many};

const ORDERS: usize = 2;

/// The example, none of whose files may grow beyond so many KiB, as on a disk that is full.
fn limited(bench: &Bench, sandbox: &Sandbox, kib: usize) -> Output {
    Command::new("bash")
        .args(["-c", r#"trap "" XFSZ; ulimit -f "$0"; exec "$@""#, &kib.to_string()])
        .arg(example("place_many"))
        .args([&bench.url(), sandbox.url(), &ORDERS.to_string()])
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn has_table(bench: &Bench) -> bool {
    bench.connect().prepare("SELECT id FROM orders").is_ok()
}

/// At which step a full disk stopped the orders.
async fn stopped_at(bench: &Bench, sandbox: &Sandbox, said: &str) -> &'static str {
    if !has_table(bench) {
        assert_eq!(sandbox.requests().len(), 0, "{said}");
        return "opening";
    }
    let journal = Journal::open(&bench.url()).await.unwrap();
    let entries = entries(&journal).await;
    let unsettled: Vec<_> = entries.iter().filter(|entry| entry.state.blocks()).collect();
    let charged: BTreeSet<String> =
        sandbox.ledger().into_iter().map(|charge| charge.target_id).collect();
    let written: BTreeSet<String> = entries
        .iter()
        .filter(|entry| matches!(entry.state, State::Open | State::Accepted))
        .map(|entry| entry.target.clone())
        .collect();
    // An intent whose order was not sent is possible, an order without its intent is not.
    assert!(charged.is_subset(&written), "{said}: {entries:?}");
    let was_sent = said.contains("was sent and ended as");
    match unsettled[..] {
        [] => {
            assert!(!was_sent, "{said}");
            "claim"
        }
        [entry] if entry.state == State::Claimed => {
            assert!(!was_sent && !charged.contains(&entry.target), "{said}");
            "intent"
        }
        [entry] if was_sent => {
            assert_eq!((entry.state, charged.contains(&entry.target)), (State::Open, true));
            assert!(said.contains("ended as accepted"), "{said}");
            assert!(said.contains(&entry.id), "{said}");
            "outcome"
        }
        _ => panic!("{said}: {entries:?}"),
    }
}

/// A file may grow to 0 KiB, to 1, to 2, and so on, until all fits.
#[tokio::test]
#[expect(clippy::print_stdout, reason = "the figures, for whoever asks with --nocapture")]
async fn on_a_disk_that_is_full_nothing_is_sent_without_its_intent_and_nothing_twice() {
    let mut stopped: BTreeMap<&str, usize> = BTreeMap::new();
    for kib in 0.. {
        let (bench, sandbox) = (Bench::new(), sandbox(ORDERS));
        let output = limited(&bench, &sandbox, kib);
        if output.status.success() {
            assert_eq!(sandbox.ledger().len(), ORDERS);
            break;
        }
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{kib} KiB: {said}");
        assert!(said.contains("the journal cannot be used: "), "{kib} KiB: {said}");
        *stopped.entry(stopped_at(&bench, &sandbox, &said).await).or_default() += 1;

        // With room again, what was left is found out, and the rest ordered.
        let journal = bench.journal().await;
        let client = Client::builder(sandbox.key()).base_url(sandbox.url()).build().unwrap();
        let options = bench.patiently();
        for entry in entries(&journal).await {
            journal.reconcile(&client, &entry.id, &options).await.unwrap();
        }
        let again = place_many(&bench, sandbox.url(), ORDERS).wait_with_output().unwrap();
        assert!(again.status.success(), "{kib} KiB: {again:?}");
        let charged: BTreeSet<String> =
            sandbox.ledger().into_iter().map(|charge| charge.target_id).collect();
        assert_eq!((charged.len(), sandbox.ledger().len()), (ORDERS, ORDERS), "{kib} KiB");
    }
    println!("stopped by a full disk, by step: {stopped:?}");
    let steps: Vec<&str> = stopped.into_keys().collect();
    assert_eq!(steps, ["claim", "intent", "opening", "outcome"], "else the test proves nothing");
}
