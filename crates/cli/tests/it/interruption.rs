//! Exit code 130: interrupted while the answer is out.

use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::command::{EXTEND, RENEW, REPORT, Run, ordering};
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
    for with in [Signal::INT, Signal::TERM] {
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
