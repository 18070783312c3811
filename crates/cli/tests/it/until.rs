//! `plesk renew --until`: a goal instead of an action.

use std::process::{Child, Stdio};

use oxhost_sandbox::{SUBSCRIPTION_ID, Sandbox};
use serde_json::Value;

use crate::command::{both_of_an_order, ordering, orders, oxhost, run};

fn until(date: &str) -> [&str; 5] {
    ["plesk", "renew", SUBSCRIPTION_ID, "--until", date]
}

#[test]
fn the_months_that_are_missing_are_ordered_once() {
    let sandbox = Sandbox::start().unwrap();
    // It ends on 2025-04-01.
    for (date, charged) in [
        ("2025-03-01", &[][..]),
        ("2025-04-01", &[]),
        ("2025-06-01", &[2]),
        ("2025-06-01", &[2]),
        ("2025-06-02", &[2, 1]),
        ("2025-07-01", &[2, 1]),
    ] {
        let run = run(ordering(sandbox.url(), &until(date)));
        assert_eq!(run.code, Some(0), "{date}: {run:?}");
        let units: Vec<i32> = sandbox.ledger().iter().map(|charge| charge.units).collect();
        assert_eq!(units, charged, "{date}");
    }
    assert_eq!(orders(&sandbox).len(), 2);
}

#[test]
fn processes_that_want_the_same_date_order_its_months_once() {
    let (sandbox, folder) = (Sandbox::start().unwrap(), tempfile::tempdir().unwrap());
    let start = || {
        let mut command = ordering(sandbox.url(), &until("2025-06-01"));
        command.arg("--journal").arg(folder.path().join("journal.db"));
        command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let children: Vec<Child> = (0..4).map(|_| start()).collect();
    let codes: Vec<_> = children
        .into_iter()
        .map(|child| {
            let output = child.wait_with_output().unwrap();
            let said = String::from_utf8(output.stderr).unwrap();
            // Ordered or there already, blocked by the one that orders, or late under the claim.
            assert!(matches!(output.status.code(), Some(0 | 5 | 8)), "{said}");
            output.status.code()
        })
        .collect();
    assert!(codes.contains(&Some(0)), "{codes:?}");
    let units: Vec<i32> = sandbox.ledger().iter().map(|charge| charge.units).collect();
    assert_eq!((units, orders(&sandbox).len()), (vec![2], 1));
}

#[test]
fn a_goal_that_is_reached_says_so() {
    let sandbox = Sandbox::start().unwrap();
    let ended =
        both_of_an_order(0, "nothing_to_do", || ordering(sandbox.url(), &until("2025-04-01")));
    let message = "nothing to order: it lasts until 2025-04-01 10:00:00 already";
    assert_eq!(ended.json["message"], message);
    assert!(ended.text.stdout.contains(message), "{:?}", ended.text);
}

#[test]
fn a_subscription_that_cannot_be_read_is_not_renewed() {
    let sandbox = Sandbox::start().unwrap();
    let unknown = ["plesk", "renew", "nowhere", "--until", "2025-06-01"];
    let ended = both_of_an_order(4, "error", || ordering(sandbox.url(), &unknown));
    let why = "the provider does not show it: getPleskSubscription: the provider said no (HTTP 404): \"Unknown id.\"";
    assert_eq!(ended.json["message"], why);
    assert!(ended.text.stderr.contains(why), "{:?}", ended.text);
    let mut wrong_key = ordering(sandbox.url(), &until("2025-06-01"));
    wrong_key.env("OXHOST_API_KEY", "another-key");
    assert_eq!(run(wrong_key).code, Some(3));
    sandbox.inject("read:empty".parse().unwrap());
    sandbox.inject("read:empty".parse().unwrap());
    sandbox.inject("read:empty".parse().unwrap());
    sandbox.inject("read:empty".parse().unwrap());
    let unread = run(ordering(sandbox.url(), &until("2025-06-01")));
    assert_eq!(unread.code, Some(5), "{unread:?}");
    assert_eq!((sandbox.ledger().len(), orders(&sandbox).len()), (0, 0));
}

#[test]
fn a_date_that_no_renewal_reaches_is_a_usage_error() {
    let sandbox = Sandbox::start().unwrap();
    let ended = both_of_an_order(2, "error", || ordering(sandbox.url(), &until("9999-12-31")));
    let why = "nothing was ordered: no renewal reaches as far as 9999-12-31";
    assert_eq!((&ended.json["error"], &ended.json["outcome"]), (&why.into(), &Value::Null));
    assert!(ended.text.stderr.contains(why), "{:?}", ended.text);
    assert_eq!((sandbox.ledger().len(), orders(&sandbox).len()), (0, 0));
}

#[test]
fn a_dry_run_sends_nothing_and_so_cannot_tell_what_is_missing() {
    let sandbox = Sandbox::start().unwrap();
    let ended = both_of_an_order(2, "error", || {
        let mut command = ordering(sandbox.url(), &until("2025-08-01"));
        command.arg("--dry-run");
        command
    });
    assert!(ended.json["error"].as_str().unwrap().contains("--dry-run with --months"));
    assert_eq!(sandbox.requests(), []);
}

#[test]
fn months_and_a_date_exclude_each_other_and_one_is_needed() {
    for args in [
        &["plesk", "renew", "s"][..],
        &["plesk", "renew", "s", "--months", "1", "--until", "2026-01-01"],
        &["plesk", "renew", "s", "--until", "2026-01-01", "--plan", "p"],
        &["plesk", "renew", "s", "--until", "2026-01-01", "--pay", "crypto"],
        &["plesk", "renew", "s", "--until", "2026-01-01", "--no-baseline"],
        &["plesk", "renew", "s", "--until", "2026-02-30"],
        &["plesk", "renew", "s", "--until", "soon"],
    ] {
        assert_eq!(run(oxhost(args)).code, Some(2), "{args:?}");
    }
}
