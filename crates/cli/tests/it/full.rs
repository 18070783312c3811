//! A journal whose disk is full at every step of an order.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use oxhost::{Client, types::ServerExtensionOrder};
use oxhost_journal::{Journal, ListOptions, ReconcileOptions, State};
use oxhost_sandbox::{EXAMPLE_SERVER_ID, KEY, Sandbox, USER_ID};

use crate::command::{EXTEND, MAY_HAVE_BEEN_PLACED, Run, ordering, run};

/// The command, none of whose files may grow beyond so many KiB.
fn limited(command: &Command, kib: usize) -> Command {
    let mut limited = Command::new("bash");
    limited.args(["-c", r#"trap "" XFSZ; ulimit -f "$0"; exec "$@""#, &kib.to_string()]);
    limited.arg(command.get_program()).args(command.get_args()).stdin(Stdio::null());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => limited.env(name, value),
            None => limited.env_remove(name),
        };
    }
    limited
}

fn extended(sandbox: &Sandbox, file: &Path, kib: usize) -> Run {
    let mut command = ordering(sandbox.url(), &EXTEND);
    command.args(["--wait", "--settle", "0", "-o", "json", "--journal"]);
    command.arg(file);
    run(limited(&command, kib))
}

/// A journal with some orders, which is kept open: what is written to it stays in the log beside it, which
/// is the longest of its files then.
async fn begun(sandbox: &Sandbox, file: &Path) -> Journal {
    let journal = Journal::open_file(file).await.unwrap();
    let client = Client::builder(KEY).base_url(sandbox.url()).build().unwrap();
    for _ in 0..2 {
        let order = ServerExtensionOrder::new(USER_ID, EXAMPLE_SERVER_ID, 1).unwrap();
        journal.place(&client, order, None).await.unwrap();
    }
    journal
}

/// What the command says where it says nothing but the truth: the step at which the disk was full.
fn step(run: &Run, file: &Path, charged: bool) -> &'static str {
    let json = run.json();
    let text = |name: &str| json.get(name).and_then(|it| it.as_str()).unwrap_or_default();
    let warnings: Vec<&str> = json
        .get("warnings")
        .and_then(|it| it.as_array())
        .into_iter()
        .flatten()
        .filter_map(|it| it.as_str())
        .collect();
    if !charged {
        assert_eq!((run.code, text("outcome")), (Some(3), ""), "{run:?}");
        for said in ["nothing was sent", "the journal", file.to_str().unwrap(), "--journal"] {
            assert!(text("error").contains(said), "{said}: {run:?}");
        }
        return "nothing sent";
    }
    assert_ne!(text("journal_id"), "", "{run:?}");
    let unwritten = format!("it is open there as {}", text("journal_id"));
    let unwritten = warnings.iter().any(|it| it.contains(&unwritten));
    match (text("outcome"), run.code) {
        ("accepted", Some(0)) if unwritten => {
            assert!(warnings.iter().any(|it| it.contains("the order was sent and ended as")));
            assert_eq!(text("amount"), "0.02", "{run:?}");
            "accepted, not written"
        }
        ("accepted", Some(0)) => {
            assert_eq!(warnings, [""; 0]);
            "accepted"
        }
        ("unknown", Some(6)) => {
            assert!(text("advice").starts_with(MAY_HAVE_BEEN_PLACED), "{run:?}");
            let unfound = warnings.iter().any(|it| it.contains("it was not found out"));
            assert!(unfound, "{run:?}");
            if unwritten { "unknown, not written" } else { "unknown, not found out" }
        }
        _ => panic!("{run:?}"),
    }
}

#[tokio::test(flavor = "current_thread")]
#[expect(clippy::print_stdout, reason = "the figures, for whoever asks with --nocapture")]
async fn on_a_full_disk_the_command_says_what_was_sent_and_what_was_not() {
    for (fault, expected) in [
        (None, &["accepted, not written", "nothing sent"][..]),
        (
            Some("after:close-reply@0"),
            &["nothing sent", "unknown, not found out", "unknown, not written"],
        ),
    ] {
        let mut steps: BTreeMap<&str, usize> = BTreeMap::new();
        // A page of the database is 4 KiB.
        for more in (0..).step_by(2) {
            let (sandbox, folder) = (Sandbox::start().unwrap(), tempfile::tempdir().unwrap());
            let file = folder.path().join("journal.db");
            let other = begun(&sandbox, &file).await;
            let before = sandbox.ledger().len();
            if let Some(fault) = fault {
                sandbox.inject(fault.parse().unwrap());
            }
            let log = std::fs::metadata(folder.path().join("journal.db-wal")).unwrap().len();
            let run = extended(&sandbox, &file, usize::try_from(log).unwrap() / 1024 + more);
            let charged = sandbox.ledger().len() - before;
            let step = step(&run, &file, charged == 1);
            if step == "accepted" {
                break;
            }
            *steps.entry(step).or_default() += 1;
            drop(other);

            // With room again, the open order is found out or blocks, and nothing is doubled.
            let journal = Journal::open_file(&file).await.unwrap();
            let client = Client::builder(KEY).base_url(sandbox.url()).build().unwrap();
            let mut ids = Vec::new();
            let take = |entry: Result<oxhost_journal::Entry, _>| {
                let entry = entry.unwrap();
                if entry.target == EXTEND[2] {
                    ids.push(entry.id);
                }
            };
            journal.list(&ListOptions::default(), take).await.unwrap();
            let options = ReconcileOptions::default().window(Duration::ZERO);
            for id in ids {
                let found = journal.reconcile(&client, &id, &options).await.unwrap();
                let placed = matches!(found.state, State::Accepted | State::Confirmed);
                assert_eq!(placed, charged == 1, "{step}: {found:?}");
                assert!(placed || found.state == State::NotSent, "{step}: {found:?}");
            }
            assert_eq!(sandbox.ledger().len(), before + charged);
        }
        println!("{fault:?}: {steps:?}");
        let steps: Vec<&str> = steps.into_keys().collect();
        assert_eq!(steps, expected, "else the test proves nothing");
    }
}

#[test]
fn a_full_disk_at_opening_sends_nothing() {
    let (sandbox, folder) = (Sandbox::start().unwrap(), tempfile::tempdir().unwrap());
    for kib in [0, 1, 4, 8, 31] {
        let file = folder.path().join(format!("{kib}.db"));
        let run = extended(&sandbox, &file, kib);
        assert_eq!(step(&run, &file, false), "nothing sent");
    }
    assert_eq!(sandbox.requests().len(), 0);
}
