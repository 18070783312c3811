//! Many processes that want a subscription to last until the same date, while reads do not show yet what
//! was ordered a minute ago.

use std::process::{Child, Command, Stdio};

use oxhost_sandbox::{Fault, Sandbox};

use crate::bench::{Bench, entries};
use crate::processes::{assert_allowed, example, record};

const PROCESSES: usize = 6;
const ROUNDS: usize = 10;

/// One month after the subscription's end.
const DATE: &str = "2025-05-01";

fn renew_until(bench: &Bench, provider: &Sandbox) -> Child {
    Command::new(example("renew_until"))
        .args([&bench.url(), provider.url(), DATE])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// What each of the processes says, which all run at once.
fn all(bench: &Bench, provider: &Sandbox) -> Vec<String> {
    let children: Vec<Child> = (0..PROCESSES).map(|_| renew_until(bench, provider)).collect();
    let said = |child: Child| {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    children.into_iter().map(said).collect()
}

fn posts(sandbox: &Sandbox) -> usize {
    sandbox.requests().iter().filter(|request| request.method == "POST").count()
}

/// The sandbox's clock stands still, so that its reads lag for as long as the test runs.
#[tokio::test]
async fn six_processes_that_want_the_same_date_order_it_once_though_reads_lag() {
    for round in 0..ROUNDS {
        let bench = Bench::new();
        record(&bench).await;
        let lag = "read:lag=60".parse::<Fault>().unwrap();
        let start = jiff::civil::date(2025, 3, 20).at(12, 0, 0, 0);
        let sandbox = Sandbox::builder().fault(lag).clock(move |_| start).start().unwrap();
        let first = all(&bench, &sandbox);
        assert_eq!(posts(&sandbox), 1, "{round}: {first:?}");
        assert_eq!(first.iter().filter(|said| *said == "sent").count(), 1, "{round}: {first:?}");
        // Nothing shows of it yet, and still nobody orders again.
        let second = all(&bench, &sandbox);
        assert_eq!(posts(&sandbox), 1, "{round}: {first:?}, {second:?}");
        assert_eq!(second, ["already"; PROCESSES], "{round}");
        let ledger = sandbox.ledger();
        assert_eq!(ledger.iter().map(|charge| charge.units).collect::<Vec<_>>(), [1], "{round}");
        assert_allowed(&bench).await;
        assert!(entries(&bench.journal().await).await.iter().all(|entry| !entry.state.blocks()));
    }
}
