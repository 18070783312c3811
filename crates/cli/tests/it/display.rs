//! Control characters, colours, readers that leave.

use oxhost_testkit::{ByteServer, bytes, json};
use std::process::{Command, Stdio};

use oxhost_sandbox::Sandbox;

use crate::command::{EXTEND, RENEW, ordering, oxhost, run};

/// Clears the screen, retitles the window, rings, goes back, starts a line, in old and new codes.
/// Turns letters round, hides some, separates lines.
const HOSTILE: &str = r"before\u001b[2J\u001b]0;title\u0007\b\r\nfake line\u009b31m\u007f\u0000\u202e\u2066\u200f\u061c\u2028\u2029\u200b\u200d\ufeff\u00ad\ufff9\udb40\udc41after";

/// What else than a control character must not come to a terminal, or out of JSON.
const ODD: &[char] = &[
    '\u{202e}',
    '\u{2066}',
    '\u{200f}',
    '\u{61c}',
    '\u{2028}',
    '\u{2029}',
    '\u{200b}',
    '\u{200d}',
    '\u{feff}',
    '\u{ad}',
    '\u{fff9}',
    '\u{e0041}',
    '\u{7f}',
    '\u{9b}',
];

fn harmless(command: Command) -> String {
    let run = run(command);
    let printed = format!("{}{}", run.stdout, run.stderr);
    let control = printed.chars().find(|letter| letter.is_control() && *letter != '\n');
    assert_eq!(control, None, "{printed:?}");
    assert!(!printed.contains("\nfake") && !printed.contains(ODD), "{printed:?}");
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
        let wire = ByteServer::without_reads(bytes(answer));
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
    let id = "before\u{1b}[2J\r\nfake line\u{9b}31m\u{202e}\u{200b}\u{e0041}after";
    for args in [
        &["plesk", "renew", id, "--months", "1"][..],
        &["plesk", "renew", "an-id", "--months", id],
        &["plesk", "renew", "an-id", "--months", "1", "--ref", id],
        &["plesk", "renew", "an-id", "--months", "1", "--journal", id, "--api-key-file", id],
        &["orders", "show", id],
        &[id],
    ] {
        let printed = harmless(ordering(sandbox.url(), args));
        assert!(!printed.is_empty(), "{args:?}");
    }
    let printed = harmless(ordering(sandbox.url(), &["plesk", "renew", id, "--months", "1"]));
    assert!(printed.contains("before"), "{printed:?}");
    // As a reference it is refused, for it looks like another.
    let odd = run(ordering(sandbox.url(), &[&EXTEND[..], &["--ref", id]].concat()));
    assert_eq!((odd.code, sandbox.ledger().len()), (Some(2), 0), "{odd:?}");
    assert!(odd.stderr.contains("characters that do not show"), "{odd:?}");
}

#[test]
fn json_holds_no_escape_sequence() {
    let body = format!(r#"{{"success": true, "message": "{HOSTILE}"}}"#);
    let wire = ByteServer::without_reads(bytes(json("200 OK", &body)));
    let mut command = ordering(wire.url(), &RENEW);
    command.args(["-o", "json"]);
    let run = run(command);
    assert!(!run.stdout.contains(['\u{1b}', '\u{7}', '\u{8}', '\r']), "{:?}", run.stdout);
    assert!(!run.stdout.contains(ODD), "{:?}", run.stdout);
    assert!(
        run.json()["reply"]["message"].as_str().unwrap().contains("\u{1b}[2J"),
        "to the letter"
    );
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

/// What is written to it is lost, for the disk is full.
#[cfg(target_os = "linux")]
fn full() -> Stdio {
    std::fs::File::options().write(true).open("/dev/full").unwrap().into()
}

#[cfg(target_os = "linux")]
#[test]
fn an_accepted_order_whose_result_is_lost_does_not_look_like_a_success() {
    for (format, lost) in
        [("text", deserted as fn() -> Stdio), ("json", deserted), ("text", full), ("json", full)]
    {
        for order in [&RENEW[..], &EXTEND] {
            let sandbox = Sandbox::start().unwrap();
            let mut command = ordering(sandbox.url(), order);
            command.args(["-o", format]).stdout(lost()).stderr(Stdio::piped());
            let output = command.spawn().unwrap().wait_with_output().unwrap();
            let said = String::from_utf8(output.stderr).unwrap();
            assert_eq!((output.status.code(), sandbox.ledger().len()), (Some(7), 1), "{said}");
            assert!(said.contains("could not be written") && said.contains("accepted: "), "{said}");

            let mut command = ordering(sandbox.url(), order);
            command.args(["-o", format, "-vv"]).stdout(lost()).stderr(deserted());
            let status = command.status().unwrap();
            assert_eq!((status.code(), sandbox.ledger().len()), (Some(7), 2), "{format}");
        }
    }
    let status = oxhost(&["spec"]).stdout(full()).status().unwrap();
    assert_eq!(status.code(), Some(7));
}

#[cfg(target_os = "linux")]
#[test]
fn what_cannot_be_written_is_said_as_a_sentence() {
    let said = |mut command: Command| {
        let output = command.arg("-ojson").stdout(full()).stderr(Stdio::piped()).spawn().unwrap();
        String::from_utf8(output.wait_with_output().unwrap().stderr).unwrap()
    };
    let sandbox = Sandbox::start().unwrap();
    let stranger = ["plesk", "renew", "unknown-id", "--months", "1"];
    for (command, result) in [
        (oxhost(&["nonsense"]), "It is: error: unrecognized subcommand"),
        (
            oxhost(&[&RENEW[..], &["--sandbox", "--journal", "x"]].concat()),
            "It is: error: --sandbox",
        ),
        (
            oxhost(&["orders", "show", "none"]),
            "It is: error: the journal has no order none (the journal is at ",
        ),
        (oxhost(&[&RENEW[..], &["--yes"]].concat()), "It is: error: there is no API key"),
        (ordering(sandbox.url(), &RENEW), "It is: accepted: renewal of Plesk subscription"),
        (ordering(sandbox.url(), &stranger), "It is: refused: renewal of Plesk subscription"),
    ] {
        let said = said(command);
        assert!(said.contains(result), "{said}");
        for odd in [": .", ": :", "..", ". \n", "  "] {
            assert!(!said.contains(odd), "{odd:?}: {said}");
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
