//! Canaries in everything that is printed.

use crate::command::{EXTEND, RENEW, keyed, ordering, run};
use oxhost::contract::API_KEY_HEADER;
use oxhost_testkit::{ByteServer, bytes, http, json};

const KEY: &str = "canary/key+0123456789";
const PASSWORD: &str = "canaryPassword1";
const METADATA: &str = "canaryMetadata2";
const UNLISTED: &str = "canaryUnlisted3";

/// What tells that the rest of the reply was shown, and so that something was there to be blanked.
const HARMLESS: &str = "harmless-words";

/// A reply that gives everything away, several times.
fn loose(success: bool) -> String {
    let escaped = KEY.replace('/', "\\/");
    format!(
        r#"{{"success": {success},
            "message": "{HARMLESS} {KEY} {PASSWORD} {METADATA} {UNLISTED} password={PASSWORD}",
            "error": {error},
            "password": "{PASSWORD}",
            {kind}
            "echo": {{"{API_KEY_HEADER}": "{KEY}", "escaped": "{escaped}", "login": "root:{PASSWORD}"}},
            "order": {order},
            "order_id": {order_id},
            "server_status": {status},
            "root_password": "{UNLISTED}"}}"#,
        // In a refusal, what was bought would be a sign of an order.
        kind = if success { format!(r#""type": "{PASSWORD}","#) } else { String::new() },
        error = if success { "null".to_owned() } else { format!(r#""no, {KEY} {PASSWORD}""#) },
        order = if success {
            format!(
                r#"{{"id": "{PASSWORD}", "order_number": "{PASSWORD}", "amount": "1.00", "currency": "EUR"}}"#
            )
        } else {
            "null".to_owned()
        },
        order_id = if success { r#""o-1""# } else { "null" },
        status = if success {
            format!(
                r#"{{"id": 1, "metadata": "password={METADATA}", "root_password": "{UNLISTED}"}}"#
            )
        } else {
            "null".to_owned()
        },
    )
}

fn nothing_leaks(answer: &[u8], code: i32, shows: bool) {
    each_leaks_nothing(answer, [code, code], shows);
}

fn each_leaks_nothing(answer: &[u8], codes: [i32; 2], shows: bool) {
    let wire = ByteServer::without_reads(bytes(answer));
    for (order, code) in [&RENEW[..], &EXTEND].into_iter().zip(codes) {
        for format in ["text", "json"] {
            for verbose in [&[][..], &["-v"], &["-vv"], &["-vvvv"]] {
                let mut command = ordering(wire.url(), &[order, verbose].concat());
                command.args(["-o", format]).env("OXHOST_API_KEY", KEY);
                let run = run(command);
                assert_eq!(run.code, Some(code), "{run:?}");
                assert_eq!(wire.arrived().header(API_KEY_HEADER), [KEY]);
                let printed = format!("{}{}", run.stdout, run.stderr);
                for canary in [KEY, &KEY.replace('/', "\\/"), PASSWORD, METADATA, UNLISTED] {
                    assert!(!printed.contains(canary), "{format} {verbose:?}: {printed}");
                }
                assert_eq!(printed.contains("[redacted]"), shows, "{printed}");
                assert_eq!(!verbose.is_empty(), printed.contains("oxhost::"), "{printed}");
            }
        }
    }
}

#[test]
fn an_accepted_reply_gives_no_secret_away() {
    nothing_leaks(&json("200 OK", &loose(true)), 0, true);
    nothing_leaks(&json("201 Created", &loose(true)), 0, true);
    // Half a surrogate pair: no JSON value can hold it, so all texts of the reply are blanked.
    let body = format!(
        r#"{{"success": true, "message": "{PASSWORD}", "password": "{PASSWORD}", "x": "\ud800"}}"#
    );
    nothing_leaks(&json("200 OK", &body), 0, true);
}

#[test]
fn a_refusal_gives_no_secret_away() {
    // An extended server has a password, so this may tell of one.
    each_leaks_nothing(&json("402 Payment Required", &loose(false)), [4, 6], true);
    each_leaks_nothing(&json("200 OK", &loose(false)), [4, 6], true);
    each_leaks_nothing(&json("401 Unauthorized", &loose(false)), [3, 6], true);
}

#[test]
fn an_answer_that_proves_nothing_gives_no_secret_away() {
    nothing_leaks(&json("500 Internal Server Error", &loose(true)), 6, true);
    let page = format!("<pre>{API_KEY_HEADER}: {KEY} {PASSWORD}</pre>");
    nothing_leaks(&http("200 OK", &["content-type: text/html"], &page), 6, false);
    nothing_leaks(&json("200 OK", &format!(r#"["{KEY}", "{PASSWORD}"]"#)), 6, false);
    // Broken off, and a header that no client could read.
    nothing_leaks(&http("200 OK", &["content-type: text/html"], &loose(true))[..300], 6, false);
    let header = format!("HTTP/1.1 200 OK\r\n{KEY}{PASSWORD}\r\n\r\n");
    nothing_leaks(header.as_bytes(), 6, false);
}

#[test]
fn what_is_harmless_in_a_reply_is_shown() {
    let body = format!(r#"{{"success": true, "message": "{HARMLESS}", "password": null}}"#);
    let wire = ByteServer::without_reads(bytes(json("200 OK", &body)));
    for format in ["text", "json"] {
        let mut command = ordering(wire.url(), &RENEW);
        command.args(["-o", format]);
        assert!(run(command).stdout.contains(HARMLESS));
    }
}

#[test]
fn a_dry_run_shows_no_key() {
    for format in ["text", "json"] {
        let mut command = keyed(&RENEW);
        command.args(["--dry-run", "-vv", "-o", format]).env("OXHOST_API_KEY", KEY);
        let run = run(command);
        assert!(run.stdout.contains("[redacted]"), "{run:?}");
        assert!(!format!("{}{}", run.stdout, run.stderr).contains(KEY), "{run:?}");
    }
}
