//! Exit code 130: interrupted while the answer is out, or while it is found out what became of an order.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::command::{EXTEND, RENEW, REPORT, Run, ordering, orders};
use crate::orders::{BOOKED, Desk, LOST};
use crate::wire::Wire;

pub fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

fn start(mut command: Command) -> Child {
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn interrupted(order: &[&str], with: Signal, format: &str) -> Run {
    let wire = Wire::silent();
    let mut command = ordering(wire.url(), order);
    command.args(["-o", format]);
    let child = start(command);
    wire.arrived();
    signal(&child, with);
    let run = Run::from(child.wait_with_output().unwrap());
    assert_eq!(run.code, Some(130), "{with:?}: {run:?}");
    assert_eq!(wire.requests().len(), 0, "it is not sent again");
    run
}

#[test]
fn an_order_that_is_interrupted_under_way_ends_with_130_and_is_unknown() {
    for with in [Signal::INT, Signal::TERM, Signal::HUP] {
        for order in [&RENEW[..], &EXTEND] {
            let json = interrupted(order, with, "json").json();
            assert_eq!(json["outcome"], "unknown", "{json:?}");
            assert!(json["advice"].as_str().unwrap().starts_with("Do NOT send it again"));
            assert_eq!(json.keys().collect::<Vec<_>>(), REPORT);

            let text = interrupted(order, with, "text");
            assert_eq!(text.stdout, "");
            assert!(text.stderr.starts_with("unknown: "), "{}", text.stderr);
            assert!(text.stderr.contains("Do NOT send it again"), "{}", text.stderr);
        }
    }
}

/// `orders verify`, which has read once, and waits for its second reading.
fn verifying(desk: &Desk, id: &str) -> Child {
    let reads = || desk.sandbox.requests().len();
    let before = reads();
    let child = start(desk.looking(&["verify", id]));
    while reads() == before {
        std::thread::sleep(Duration::from_millis(5));
    }
    child
}

#[test]
fn finding_out_that_is_stopped_midway_changes_nothing_and_can_be_done_again() {
    for with in [Signal::KILL, Signal::INT, Signal::TERM, Signal::HUP] {
        for (fault, code, state) in [(BOOKED, 0, "confirmed"), (LOST, 5, "not_ordered")] {
            let desk = Desk::new();
            let id = desk.unknown(fault, &RENEW);
            let shown = desk.look(&["show", &id, "-o", "json"]).json();
            assert_eq!(shown["state"], "unknown");
            if fault == BOOKED {
                // Else the first reading would end it.
                desk.inject("read:stale=1");
            }
            let child = verifying(&desk, &id);
            signal(&child, with);
            let stopped = Run::from(child.wait_with_output().unwrap());
            if with == Signal::KILL {
                assert_eq!(stopped.code, None);
            } else {
                assert_eq!(stopped.code, Some(130), "{with:?}: {stopped:?}");
                assert!(stopped.stderr.contains("nothing has changed"), "{stopped:?}");
            }
            assert_eq!(desk.look(&["show", &id, "-o", "json"]).json(), shown, "{with:?}");
            assert_eq!(desk.order(&RENEW).code, Some(8), "it blocks as before");

            let again = desk.look(&["verify", &id, "--settle", "0", "-o", "json"]);
            assert_eq!(again.code, Some(code), "{with:?}: {again:?}");
            assert_eq!(again.json()["state"], state);
            assert_eq!(orders(&desk.sandbox).len(), 1, "finding out never orders");
        }
    }
}
