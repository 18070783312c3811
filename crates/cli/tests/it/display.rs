//! Control characters, colours, readers that leave.

use std::process::{Command, Stdio};

use oxhost_sandbox::Sandbox;

use crate::command::{EXTEND, RENEW, ordering, oxhost, run};
use crate::wire::{Wire, json};

/// Clears the screen, retitles the window, rings, goes back, starts a line, in old and new codes.
const HOSTILE: &str =
    r"before\u001b[2J\u001b]0;title\u0007\b\r\nfake line\u009b31m\u007f\u0000after";

fn harmless(command: Command) -> String {
    let run = run(command);
    let printed = format!("{}{}", run.stdout, run.stderr);
    let control = printed.chars().find(|letter| letter.is_control() && *letter != '\n');
    assert_eq!(control, None, "{printed:?}");
    assert!(!printed.contains("\nfake"), "{printed:?}");
    printed
}

#[test]
fn the_words_of_the_provider_do_not_steer_a_terminal() {
    let accepted = format!(
        r#"{{"success": true, "message": "{HOSTILE}", "balance_after": "1.00",
            "type": "{HOSTILE}", "order_id": "{HOSTILE}", "amount": "1.00",
            "order": {{"id": "{HOSTILE}", "order_number": "{HOSTILE}", "amount": "1.00",
                       "currency": "{HOSTILE}"}}}}"#
    );
    let message = format!(r#"{{"success": false, "message": "{HOSTILE}"}}"#);
    let error = format!(r#"{{"error": "{HOSTILE}"}}"#);
    for answer in [
        json("200 OK", &accepted),
        json("402 Payment Required", &message),
        json("404 Not Found", &error),
        json("500 Boom", &message),
    ] {
        let wire = Wire::answering(answer);
        for order in [&RENEW[..], &EXTEND] {
            for verbose in [&[][..], &["-vv"]] {
                let printed = harmless(ordering(wire.url(), &[order, verbose].concat()));
                assert!(printed.contains("before"), "{printed:?}");
                assert!(printed.contains("after"), "{printed:?}");
            }
        }
    }
}

#[test]
fn an_id_does_not_steer_a_terminal_either() {
    let sandbox = Sandbox::start().unwrap();
    let id = "before\u{1b}[2J\r\nfake line\u{9b}31mafter";
    let printed = harmless(ordering(sandbox.url(), &["plesk", "renew", id, "--months", "1"]));
    assert!(printed.contains("before"), "{printed:?}");
}

#[test]
fn json_holds_no_escape_sequence() {
    let body = format!(r#"{{"success": true, "message": "{HOSTILE}"}}"#);
    let wire = Wire::answering(json("200 OK", &body));
    let mut command = ordering(wire.url(), &RENEW);
    command.args(["-o", "json"]);
    let run = run(command);
    assert!(!run.stdout.contains(['\u{1b}', '\u{7}', '\u{8}', '\r']), "{:?}", run.stdout);
    assert!(run.json()["message"].as_str().unwrap().contains("\u{1b}[2J"), "to the letter");
}

#[test]
fn there_are_no_colours_where_there_is_no_terminal() {
    let sandbox = Sandbox::start().unwrap();
    let stranger = ["plesk", "renew", "unknown-id", "--months", "1"];
    for args in [&RENEW[..], &stranger, &["plesk", "renew"], &["--help"], &["nonsense"]] {
        let mut command = ordering(sandbox.url(), args);
        command.env("TERM", "xterm-256color");
        let printed = harmless(command);
        assert!(!printed.is_empty(), "{args:?}");
    }
}

/// A pipe whose reader has left.
fn deserted() -> Stdio {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    writer.into()
}

#[test]
fn a_reader_that_has_left_does_not_fail_an_accepted_order() {
    for format in ["text", "json"] {
        for order in [&RENEW[..], &EXTEND] {
            let sandbox = Sandbox::start().unwrap();
            let mut command = ordering(sandbox.url(), order);
            let status = command.args(["-o", format]).stdout(deserted()).status().unwrap();
            assert_eq!((status.code(), sandbox.ledger().len()), (Some(0), 1), "{format}");

            let mut command = ordering(sandbox.url(), order);
            command.args(["-o", format, "-vv"]).stdout(deserted()).stderr(deserted());
            let status = command.status().unwrap();
            assert_eq!((status.code(), sandbox.ledger().len()), (Some(0), 2), "{format}");
        }
    }
}

#[test]
fn a_reader_that_has_left_changes_no_other_exit_code() {
    let sandbox = Sandbox::start().unwrap();
    let stranger = ["plesk", "renew", "unknown-id", "--months", "1"];
    for (mut command, code) in [
        (ordering(sandbox.url(), &stranger), 4),
        (oxhost(&[&RENEW[..], &["--yes"]].concat()), 3),
        (oxhost(&["nonsense"]), 2),
        (oxhost(&["nonsense", "-ojson"]), 2),
        (oxhost(&["--help"]), 0),
        (oxhost(&["spec"]), 0),
        (oxhost(&["spec", "--format", "json"]), 0),
        (oxhost(&["completions", "bash"]), 0),
    ] {
        let status = command.stdout(deserted()).stderr(deserted()).status().unwrap();
        assert_eq!(status.code(), Some(code), "{command:?}");
    }
}
