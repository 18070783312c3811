//! Exit code 2: the command line is wrong, and nothing was sent.

use oxhost_sandbox::{SERVER_ID, SUBSCRIPTION_ID, Sandbox, USER_ID};

use crate::command::{RENEW, both_of_an_order, keyed, ordering, oxhost, run};

#[test]
fn a_command_line_that_cannot_be_read_is_a_usage_error_and_sends_nothing() {
    let sandbox = Sandbox::start().unwrap();
    let id = SUBSCRIPTION_ID;
    for (args, names) in [
        (&["plesk", "renew", id, "--months", "0"][..], "--months"),
        (&["plesk", "renew", id, "--months", "-1"], "-1"),
        (&["plesk", "renew", id, "--months", "3.5"], "--months"),
        (&["plesk", "renew", id, "--months", "three"], "--months"),
        (&["plesk", "renew", id, "--months", "2147483648"], "--months"),
        (&["plesk", "renew", id], "--months"),
        (&["plesk", "renew", "--months", "3"], "SUBSCRIPTION_ID"),
        (&["plesk", "renew", "", "--months", "3"], "SUBSCRIPTION_ID"),
        (&["plesk", "renew", id, "--months", "3", "--plan", ""], "--plan"),
        (&["plesk", "renew", id, "--until", "2025-06-01 23:00:00"], "YYYY-MM-DD"),
        (&["plesk", "renew", id, "--until", "20250601"], "YYYY-MM-DD"),
        (&["plesk", "renew", id, "--months", "3", "--pay", "gold"], "--pay"),
        (&["plesk", "renew", id, "--months", "3", "--hours", "3"], "--hours"),
        (&["plesk", "renew", id, "another", "--months", "3"], "another"),
        (&["server", "extend", SERVER_ID, "--hours", "1"], "--user"),
        (&["server", "extend", SERVER_ID, "--user", USER_ID], "--hours"),
        (&["server", "extend", SERVER_ID, "--user", USER_ID, "--hours", "0"], "--hours"),
        (&["server", "extend", SERVER_ID, "--user", "", "--hours", "1"], "--user"),
        (&["server", "extend", "", "--user", USER_ID, "--hours", "1"], "SERVER_ID"),
        (&["plesk", "renew", id, "--months", "3", "--timeout", "0"], "--timeout"),
        (&["plesk", "renew", id, "--months", "3", "--api-key", "x"], "--api-key"),
        (&["plesk", "renew", id, "--months", "3", "--account", "x"], "--account"),
        (&["plesk", "renew", id, "--months", "3", "--settle", "3"], "--wait"),
        (&["plesk", "renew", id, "--months", "3", "--wait", "--no-baseline"], "--no-baseline"),
        (&["plesk", "renew", id, "--until", "2030-01-01", "--no-baseline"], "--no-baseline"),
        (&["plesk", "renew", id, "--months", "3", "--dry-run", "--raw-reply", "x"], "--raw-reply"),
        (&["plesk", "renew", id, "--months", "3", "--sandbox", "--journal", "x"], "--journal"),
        (&["plesk", "renew", id, "--months", "3", "--sandbox", "--api-key-file", "x"], "--api-key"),
        (&["plesk", "renew", " x", "--months", "3"], "white space"),
        (&["plesk", "renew", id, "--months", "3", "--ref", "x "], "white space"),
        (&["orders", "verify"], "--all"),
        (&["orders", "verify", "an-id", "--all"], "--all"),
        (&["orders", "list", "--since", "yesterday"], "2026-01-31"),
        (&["orders", "list", "--since", "2026-01-31T08:00:00"], "7d or 24h"),
        (&["orders", "prune"], "--before"),
        (&["orders", "export", "orders.xlsx"], ".csv"),
        (&["orders", "export", "orders.csv", "--dry-run"], "--dry-run"),
        (&["sandbox", "--dry-run"], "--yes"),
        (&["spec", "--timeout", "3"], "--yes"),
        (&["plesk"], "renew"),
        (&["nonsense"], "nonsense"),
    ] {
        let ended = both_of_an_order(2, "error", || ordering(sandbox.url(), args));
        let message = ended.json["error"].as_str().unwrap();
        assert!(message.contains(names), "{args:?}: {message}");
        assert!(ended.text.stderr.contains(names), "{args:?}: {}", ended.text.stderr);
        assert!(!message.starts_with("error"), "{message}");
    }
    assert_eq!(sandbox.requests(), []);
}

#[test]
fn an_order_is_not_placed_unasked_where_there_is_no_terminal_to_ask_on() {
    let sandbox = Sandbox::start().unwrap();
    let ended = both_of_an_order(2, "error", || {
        let mut command = keyed(&RENEW);
        command.env("OXHOST_BASE_URL", sandbox.url());
        command
    });
    assert!(ended.json["error"].as_str().unwrap().contains("--yes"));
    assert!(ended.text.stderr.contains("--yes"));
    assert_eq!(sandbox.requests(), []);
}

#[test]
fn a_sandbox_at_a_base_url_is_a_usage_error_wherever_the_options_stand() {
    let sandbox = Sandbox::start().unwrap();
    let url = sandbox.url();
    for (before, after) in [
        (&["--sandbox", "--base-url", url][..], &[][..]),
        (&[], &["--sandbox", "--base-url", url]),
        (&["--sandbox"], &["--base-url", url]),
        (&["--base-url", url], &["--sandbox"]),
    ] {
        let args = [before, &RENEW, after].concat();
        let ended = both_of_an_order(2, "error", || oxhost(&args));
        assert!(ended.json["error"].as_str().unwrap().contains("--base-url"), "{args:?}");
    }
    assert_eq!(sandbox.requests(), []);
}

#[test]
fn a_usage_error_is_json_in_every_spelling_that_asks_for_it() {
    let wrong = ["plesk", "renew", "an-id", "--months", "three"];
    for spelling in [
        &["-o", "json"][..],
        &["-ojson"],
        &["-o=json"],
        &["--output", "json"],
        &["--output=json"],
        &["-yojson"],
        &["-vvo", "json"],
        &["-o", "jsonl"],
        &["--output=jsonl"],
    ] {
        for args in [[spelling, &wrong].concat(), [&wrong, spelling].concat()] {
            let run = run(oxhost(&args));
            assert_eq!(run.code, Some(2), "{args:?}");
            assert_eq!(run.stderr, "", "{args:?}");
            assert!(run.json()["error"].is_string(), "{args:?}");
            let is_one_line = run.stdout.lines().count() == 1;
            assert_eq!(is_one_line, spelling.concat().ends_with("jsonl"), "{args:?}");
        }
    }
}

#[test]
fn a_usage_error_is_text_where_nobody_asked_for_json() {
    let wrong = ["plesk", "renew", "an-id", "--months", "three"];
    for spelling in [&[][..], &["-o", "text"], &["-otext"], &["--output=text"], &["-o", "xml"]] {
        let run = run(oxhost(&[spelling, &wrong].concat()));
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{spelling:?}");
        assert!(run.stderr.starts_with("error: "), "{spelling:?}: {}", run.stderr);
    }
    // A value that is not even an option's.
    let run = run(oxhost(&["plesk", "renew", "json", "--months", "three"]));
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
}

#[test]
fn what_is_no_json_is_not_printed_where_json_is_asked_for() {
    for args in
        [&["spec", "--format", "html"][..], &["spec", "--format", "yaml"], &["completions", "bash"]]
    {
        let run = run(oxhost(&[args, &["-o", "json"]].concat()));
        assert_eq!((run.code, run.json()["exit_code"].as_u64()), (Some(2), Some(2)), "{args:?}");
    }
    let lines = run(oxhost(&["spec", "-o", "jsonl"]));
    assert!(lines.code == Some(2) && lines.stdout.contains("--output json"), "{lines:?}");
    assert_eq!(run(oxhost(&["spec", "-o", "json"])).json()["openapi"], "3.0.3");
}

#[cfg(unix)]
#[test]
fn an_argument_that_is_not_utf_8_is_a_usage_error() {
    use std::os::unix::ffi::OsStrExt;
    both_of_an_order(2, "error", || {
        let mut command = oxhost(&["plesk", "renew", "--months", "3"]);
        command.arg(std::ffi::OsStr::from_bytes(b"\xff"));
        command
    });
}
