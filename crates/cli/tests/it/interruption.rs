//! Exit code 130: interrupted while the answer is out, or while it is found out what became of an order.

use oxhost_testkit::{ByteServer, bytes, json, silent};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::mpsc;
use std::time::Duration;

use oxhost_sandbox::Sandbox;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::command::{EXTEND, MAY_HAVE_BEEN_PLACED, RENEW, REPORT, Run, marks, ordering, orders};
use crate::journal::Lock;
use crate::orders::{BOOKED, Desk, LOST};

/// What ends the command early. A hangup does not if whoever started the tests has it ignored.
fn signals() -> impl Iterator<Item = Signal> {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let is_ignored =
        ignored.is_some_and(|mask| mask.ends_with(['1', '3', '5', '7', '9', 'b', 'd', 'f']));
    let hangup = (!is_ignored).then_some(Signal::HUP);
    [Signal::INT, Signal::TERM, Signal::QUIT].into_iter().chain(hangup)
}

pub fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

fn start(mut command: Command) -> Child {
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn interrupted(order: &[&str], with: Signal, format: &str) -> Run {
    let wire = ByteServer::without_reads(silent);
    let mut command = ordering(wire.url(), order);
    command.args(["-o", format]);
    let child = start(command);
    wire.arrived();
    signal(&child, with);
    let run = Run::from(child.wait_with_output().unwrap());
    assert_eq!(run.code, Some(130), "{with:?}: {run:?}");
    assert_eq!(wire.requests().len(), 1, "it is not sent again");
    run
}

#[test]
fn an_order_that_is_interrupted_under_way_ends_with_130_and_is_unknown() {
    for with in signals() {
        for order in [&RENEW[..], &EXTEND] {
            let json = interrupted(order, with, "json").json();
            assert_eq!(json["outcome"], "unknown", "{json:?}");
            assert_eq!((marks(&json), &json["exit_code"]), (vec!["interrupted"], &130.into()));
            assert!(json["advice"].as_str().unwrap().starts_with(MAY_HAVE_BEEN_PLACED));
            assert_eq!(json.keys().collect::<Vec<_>>(), REPORT);

            let text = interrupted(order, with, "text");
            assert_eq!(text.stdout, "");
            assert!(text.stderr.starts_with("unknown: "), "{}", text.stderr);
            assert!(text.stderr.contains(MAY_HAVE_BEEN_PLACED), "{}", text.stderr);
        }
    }
}

/// `orders verify`, which has read once, and waits for its second reading.
fn verifying(desk: &Desk, id: &str, more: &[&str]) -> Child {
    let reads = || desk.sandbox.requests().len();
    let before = reads();
    let child = start(desk.looking(&[&["verify", id][..], more].concat()));
    while reads() == before {
        std::thread::sleep(Duration::from_millis(5));
    }
    child
}

#[test]
fn finding_out_that_is_stopped_midway_changes_nothing_and_can_be_done_again() {
    for with in [Signal::KILL].into_iter().chain(signals()) {
        for (fault, code, state) in [(BOOKED, 0, "confirmed"), (LOST, 5, "not_ordered")] {
            let desk = Desk::new();
            let id = desk.unknown(fault, &RENEW);
            let shown = desk.look(&["show", &id, "-o", "json"]).json();
            assert_eq!(shown["state"], "unknown");
            if fault == BOOKED {
                // Else the first reading would end it.
                desk.inject("read:stale=1");
            }
            let child = verifying(&desk, &id, &[]);
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
            desk.later();

            let again = desk.look(&["verify", &id, "--settle", "0", "-o", "json"]);
            assert_eq!(again.code, Some(code), "{with:?}: {again:?}");
            assert_eq!(again.json()["state"], state);
            assert_eq!(orders(&desk.sandbox).len(), 1, "finding out never orders");
        }
    }
}

/// Waits until a server was asked something.
fn asked(sandbox: &Sandbox, before: usize) {
    while sandbox.requests().len() == before {
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn whatever_is_interrupted_ends_with_130_and_one_object() {
    for with in signals() {
        // What is missing until a date is read.
        let desk = Desk::new();
        desk.inject("read:hold");
        let until = ["plesk", "renew", RENEW[2], "--until", "2025-09-01", "-ojson"];
        let child = start(desk.at_journal(ordering(desk.sandbox.url(), &until)));
        asked(&desk.sandbox, 0);
        signal(&child, with);
        let run = Run::from(child.wait_with_output().unwrap());
        assert_eq!(run.code, Some(130), "{run:?}");
        let json = run.json();
        assert_eq!((&json["outcome"], marks(&json)), (&Value::Null, vec!["interrupted"]));
        assert_eq!(orders(&desk.sandbox).len(), 0);

        // The answer to what was ordered until a date.
        desk.inject("after:hold");
        let child = start(desk.at_journal(ordering(desk.sandbox.url(), &until)));
        while desk.sandbox.ledger().is_empty() {
            std::thread::sleep(Duration::from_millis(5));
        }
        signal(&child, with);
        let run = Run::from(child.wait_with_output().unwrap());
        assert_eq!(run.code, Some(130), "{run:?}");
        let json = run.json();
        assert_eq!((&json["outcome"], marks(&json)), (&"unknown".into(), vec!["interrupted"]));
        let id = json["journal_id"].as_str().unwrap();
        // Who left will not hear the answer, so nobody need wait for him.
        assert_eq!(desk.look(&["show", id, "-ojson"]).json()["state"], "unknown");

        // Finding out.
        desk.inject("read:stale=1");
        let child = verifying(&desk, id, &["-ojson"]);
        signal(&child, with);
        let run = Run::from(child.wait_with_output().unwrap());
        assert_eq!(run.code, Some(130), "{run:?}");
        let json = run.json();
        assert_eq!((&json["outcome"], marks(&json)), (&"unknown".into(), vec!["interrupted"]));
        assert_eq!((&json["exit_code"], &json["state"]), (&130.into(), &"unknown".into()));
        assert_eq!(orders(&desk.sandbox).len(), 1);
    }
}

#[test]
fn who_waits_for_a_reference_of_anothers_can_leave() {
    let desk = Desk::new();
    desk.inject("before:hold");
    let order = [&RENEW[..], &["--ref", "invoice 17", "-ojson"]].concat();
    let first = start(desk.at_journal(ordering(desk.sandbox.url(), &order)));
    while orders(&desk.sandbox).is_empty() {
        std::thread::sleep(Duration::from_millis(5));
    }
    let mut second = start(desk.at_journal(ordering(desk.sandbox.url(), &order)));
    let mut said = BufReader::new(second.stderr.take().unwrap()).lines();
    let waits = said.find(|line| line.as_ref().unwrap().starts_with("waiting for the order "));
    let waits = waits.unwrap().unwrap();
    assert!(waits.contains(" is open: ") && waits.ends_with(" s at most"), "{waits}");
    signal(&second, Signal::TERM);
    let run = Run::from(second.wait_with_output().unwrap());
    assert_eq!(run.code, Some(130), "{run:?}");
    let json = run.json();
    assert_eq!((&json["outcome"], marks(&json)), (&Value::Null, vec!["interrupted"]));

    // Who does not leave is blocked once the first one's time is over.
    signal(&first, Signal::KILL);
    first.wait_with_output().unwrap();
    desk.later();
    let (code, json) = desk.json(&order[..order.len() - 1]);
    assert_eq!((code, &json["outcome"], &json["blocked"]), (Some(8), &Value::Null, &true.into()));
    assert_eq!(orders(&desk.sandbox).len(), 1);
}

#[test]
fn a_journal_that_is_locked_can_be_left() {
    let desk = Desk::new();
    let id = desk.unknown(BOOKED, &RENEW);
    let _lock = Lock::of(&desk.file());
    for args in [
        &["orders", "resolve", &id, "--as", "ordered", "--reason", "seen", "-ojson"][..],
        &[&EXTEND[..], &["-ojson"]].concat(),
    ] {
        let child = start(desk.at_journal(ordering(desk.sandbox.url(), args)));
        std::thread::sleep(Duration::from_secs(1));
        signal(&child, Signal::INT);
        let run = Run::from(child.wait_with_output().unwrap());
        assert_eq!(run.code, Some(130), "{run:?}");
        let json = run.json();
        assert_eq!((&json["outcome"], marks(&json)), (&Value::Null, vec!["interrupted"]));
    }
    assert_eq!(orders(&desk.sandbox).len(), 1);
}

/// A pipe with a name, which nobody has opened yet.
fn fifo(path: &Path) {
    let made = Command::new("mkfifo").arg(path).status().unwrap();
    assert!(made.success());
}

#[test]
fn a_key_that_does_not_come_can_be_left() {
    let desk = Desk::new();
    let id = desk.unknown(BOOKED, &RENEW);
    let (before, folder) = (desk.sandbox.requests().len(), tempfile::tempdir().unwrap());
    let key = folder.path().join("key");
    fifo(&key);
    for with in signals() {
        for args in [
            &EXTEND[..],
            &["server", "extend", "s", "--user", "u", "--hours", "1", "--dry-run"],
            &["orders", "verify", &id],
        ] {
            // With a writer that says nothing, and with none.
            for writes in [false, true] {
                let mut command = desk.at_journal(ordering(desk.sandbox.url(), args));
                command.arg("-ojson").arg("--api-key-file").arg(&key);
                let child = start(command);
                listens(&child, with);
                let _writer = writes.then(|| File::options().write(true).open(&key).unwrap());
                signal(&child, with);
                let run = Run::from(child.wait_with_output().unwrap());
                assert_eq!(run.code, Some(130), "{with:?} {args:?}: {run:?}");
                let json = run.json();
                assert_eq!((&json["outcome"], marks(&json)), (&Value::Null, vec!["interrupted"]));
            }
        }
    }
    assert_eq!(desk.sandbox.requests().len(), before);
}

#[test]
fn a_key_may_come_late_and_through_a_pipe() {
    let (sandbox, folder) = (Sandbox::start().unwrap(), tempfile::tempdir().unwrap());
    let key = folder.path().join("key");
    fifo(&key);
    let mut command = ordering(sandbox.url(), &RENEW);
    command.env_remove("OXHOST_API_KEY").arg("--api-key-file").arg(&key);
    let child = start(command);
    std::fs::write(&key, oxhost_sandbox::KEY).unwrap();
    let run = Run::from(child.wait_with_output().unwrap());
    assert_eq!((run.code, sandbox.ledger().len()), (Some(0), 1), "{run:?}");
}

/// Waits until a process has a handler for a signal.
fn listens(child: &Child, signal: Signal) {
    let path = format!("/proc/{}/status", child.id());
    let bit = 1_u64 << (signal.as_raw() - 1);
    for _ in 0..6000 {
        let Ok(status) = std::fs::read_to_string(&path) else { break };
        let mask = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap();
        if u64::from_str_radix(mask.trim(), 16).unwrap() & bit != 0 {
            return;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    // Where there is no /proc.
    std::thread::sleep(Duration::from_secs(1));
}

/// As `nohup` starts it, or a shell in the background.
#[cfg(target_os = "linux")]
fn ignoring(signal: &str, command: &Command) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("trap '' {signal}; exec \"$0\" \"$@\"")]);
    shell.arg(command.get_program()).args(command.get_args()).stdin(Stdio::null());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell
}

#[cfg(target_os = "linux")]
#[test]
fn a_hangup_that_is_ignored_stays_ignored_and_nothing_else_does() {
    for (name, with) in
        [("HUP", Signal::HUP), ("INT", Signal::INT), ("TERM", Signal::TERM), ("QUIT", Signal::QUIT)]
    {
        let (go_on, told) = mpsc::channel();
        let (told, answer) = (Mutex::new(told), bytes(json("200 OK", r#"{"success": true}"#)));
        let wire = ByteServer::without_reads(move |stream| {
            if told.lock().unwrap().recv().is_ok() {
                answer(stream);
            }
        });
        let mut command = ordering(wire.url(), &RENEW);
        command.args(["-o", "json"]);
        let child = start(ignoring(name, &command));
        wire.arrived();
        signal(&child, with);
        if with == Signal::HUP {
            go_on.send(()).unwrap();
        }
        let run = Run::from(child.wait_with_output().unwrap());
        let code = if with == Signal::HUP { 0 } else { 130 };
        assert_eq!(run.code, Some(code), "{name}: {run:?}");
        assert_eq!(wire.requests().len(), 1, "it is not sent again");
    }
}
