//! A sender that was stopped until others had called its order not ordered.

use std::process::{Command, Stdio};
use std::time::Duration;

use oxhost::Outcome;
use rustix::process::Signal;
use serde_json::Value;

use crate::command::{MAY_HAVE_BEEN_PLACED, RENEW, Run, ordering, orders};
use crate::interruption::signal;
use crate::orders::{Desk, LOST};

/// Stops a sender under way, has its order verified, does something else, and lets it go on. Gives what it
/// says then, and what the journal does.
fn stopped(meanwhile: impl Fn(&Desk)) -> (Run, Value) {
    let desk = Desk::new();
    desk.inject("before:hold");
    let order = [&RENEW[..], &["--timeout", "1", "-ojson"]].concat();
    let mut command: Command = desk.at_journal(ordering(desk.sandbox.url(), &order));
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    while orders(&desk.sandbox).is_empty() {
        std::thread::sleep(Duration::from_millis(5));
    }
    signal(&child, Signal::STOP);
    desk.later();
    let listed = desk.look(&["list", "-ojson"]);
    let listed = listed.json();
    let id = listed["orders"][0]["id"].as_str().unwrap().to_owned();
    let verified = desk.look(&["verify", &id, "--settle", "0", "-ojson"]);
    assert_eq!(verified.json()["state"], "not_ordered", "{verified:?}");
    meanwhile(&desk);
    std::thread::sleep(Duration::from_secs(1));
    signal(&child, Signal::CONT);
    let run = Run::from(child.wait_with_output().unwrap());
    let shown = desk.look(&["show", &id, "-ojson"]);
    (run, Value::Object(shown.json()))
}

fn is_unknown(run: &Run) -> Value {
    assert_eq!(run.code, Some(6), "{run:?}");
    let report = Value::Object(run.json());
    assert_eq!((&report["outcome"], &report["exit_code"]), (&"unknown".into(), &6.into()));
    assert_eq!(report["message"], "no answer in time");
    let warnings = report["warnings"].to_string();
    assert!(warnings.contains("came late") && warnings.contains("MAY HAVE BEEN CHARGED"));
    assert!(report["advice"].as_str().unwrap().starts_with(MAY_HAVE_BEEN_PLACED), "{report}");
    assert!(!run.stdout.contains(Outcome::NotSent.advice(None)), "{run:?}");
    report
}

#[test]
fn what_its_sender_does_not_know_is_unknown_whatever_others_inferred() {
    let again = |desk: &Desk| {
        let (code, report) = desk.json(&RENEW);
        assert_eq!((code, &report["outcome"]), (Some(0), &"accepted".into()));
    };
    for meanwhile in [&again as &dyn Fn(&Desk), &|_| {}] {
        let (run, shown) = stopped(meanwhile);
        let report = is_unknown(&run);
        assert_eq!(shown["state"], "unknown");
        assert!(report["advice"].as_str().unwrap().contains("oxhost orders verify"), "{report}");
    }
}

#[test]
fn it_is_unknown_to_its_sender_even_where_a_newer_order_holds_the_target() {
    let (run, shown) = stopped(|desk| drop(desk.unknown(LOST, &RENEW)));
    let report = is_unknown(&run);
    assert!(report["warnings"].to_string().contains("BOTH MAY HAVE BEEN CHARGED"), "{report}");
    assert_eq!(shown["state"], "not_ordered");
    assert!(shown["notes"].to_string().contains("BOTH MAY HAVE BEEN CHARGED"), "{shown}");
}
