//! Exit code 3, and where key and URL come from.

use oxhost::contract::API_KEY_HEADER;
use oxhost_testkit::{ByteServer, bytes, http, json};
use std::path::PathBuf;

use oxhost_sandbox::{KEY, Sandbox};
use tempfile::TempDir;

use crate::command::{EXTEND, RENEW, both_of_an_order, keyed, ordering, orders, oxhost, run};

fn file(folder: &TempDir, content: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.path().join("key");
    std::fs::write(&path, content).unwrap();
    path
}

#[test]
fn without_a_key_nothing_is_sent() {
    let sandbox = Sandbox::start().unwrap();
    for order in [&RENEW[..], &EXTEND] {
        for key in [None, Some("")] {
            let ended = both_of_an_order(3, "error", || {
                let mut command = ordering(sandbox.url(), order);
                match key {
                    Some(key) => command.env("OXHOST_API_KEY", key),
                    None => command.env_remove("OXHOST_API_KEY"),
                };
                command
            });
            let message = ended.json["error"].as_str().unwrap();
            assert!(message.contains("OXHOST_API_KEY"), "{message}");
            assert!(message.contains("--api-key-file"), "{message}");
        }
    }
    assert_eq!(sandbox.requests(), []);
}

#[test]
fn a_key_file_that_cannot_be_used_is_named_and_the_environment_is_no_way_out() {
    let sandbox = Sandbox::start().unwrap();
    let folder = TempDir::new().unwrap();
    for content in [&b"\xff\xfe"[..], b"", b"\n"] {
        let path = file(&folder, content);
        let ended = both_of_an_order(3, "error", || {
            let mut command = ordering(sandbox.url(), &RENEW);
            command.arg("--api-key-file").arg(&path);
            command
        });
        let message = ended.json["error"].as_str().unwrap();
        assert!(message.contains(path.to_str().unwrap()), "{content:?}: {message}");
    }
    let endless = file(&folder, "k".repeat(64 << 10) + "\n");
    let (missing, folder) = (folder.path().join("missing"), folder.path().to_owned());
    for missing in [missing, folder, endless, "/dev/zero".into()] {
        let ended = both_of_an_order(3, "error", || {
            let mut command = ordering(sandbox.url(), &RENEW);
            command.arg("--api-key-file").arg(&missing);
            command
        });
        assert!(ended.json["error"].as_str().unwrap().contains("cannot be read"));
    }
    assert_eq!(sandbox.requests(), []);
}

#[test]
fn a_key_that_no_header_can_hold_is_not_sent_and_not_shown() {
    let sandbox = Sandbox::start().unwrap();
    let folder = TempDir::new().unwrap();
    for (key, why) in [
        ("canary\nkey", "line break"),
        ("canary\r\nkey", "line break"),
        ("canary key", "space"),
        ("canary-schlüssel", "ASCII"),
    ] {
        let path = file(&folder, key);
        for from_file in [false, true] {
            let ended = both_of_an_order(3, "error", || {
                let mut command = ordering(sandbox.url(), &RENEW);
                if from_file {
                    command.arg("--api-key-file").arg(&path);
                } else {
                    command.env("OXHOST_API_KEY", key);
                }
                command
            });
            let message = ended.json["error"].as_str().unwrap();
            assert!(message.contains(why), "{message}");
            assert!(!format!("{ended:?}").contains("canary"), "{ended:?}");
        }
    }
    assert_eq!(sandbox.requests(), []);
}

#[test]
fn a_key_that_the_provider_refuses_is_a_configuration_error_that_was_refused() {
    for status in ["401 Unauthorized", "403 Forbidden"] {
        for answer in [
            json(status, r#"{"success": false, "message": "Invalid key"}"#),
            http(status, &["content-type: text/html"], "<h1>no</h1>"),
        ] {
            let wire = ByteServer::without_reads(bytes(answer));
            let ended = both_of_an_order(3, "refused", || ordering(wire.url(), &RENEW));
            assert_eq!(ended.json["status"].to_string(), status[..3]);
            assert!(ended.json["advice"].as_str().unwrap().contains("Check the API key"));
            assert_eq!(wire.requests().len(), 2, "one for each run");
        }
    }
    let sandbox = Sandbox::start().unwrap();
    both_of_an_order(3, "refused", || {
        let mut command = ordering(sandbox.url(), &EXTEND);
        command.env("OXHOST_API_KEY", "another-key");
        command
    });
    assert_eq!((orders(&sandbox).len(), sandbox.ledger().len()), (2, 0));
}

#[test]
fn a_url_that_would_give_the_key_away_is_refused() {
    for url in [
        "http://example.com",
        "http://192.0.2.1",
        "http://127.0.0.1.example.com",
        "ftp://127.0.0.1",
        "https://canary:canary@127.0.0.1",
        "127.0.0.1:80",
        "nonsense",
    ] {
        for by_option in [false, true] {
            let ended = both_of_an_order(3, "error", || {
                let mut command = keyed(&RENEW);
                if by_option {
                    command.args(["--base-url", url]);
                } else {
                    command.env("OXHOST_BASE_URL", url);
                }
                command
            });
            assert!(ended.json["error"].as_str().unwrap().contains("URL"), "{url}: {ended:?}");
            assert!(!format!("{ended:?}").contains("canary"), "{ended:?}");
        }
    }
}

/// Taken for unset, a URL would send the order to the provider.
#[cfg(unix)]
#[test]
fn a_variable_that_cannot_be_read_is_not_taken_for_unset() {
    use std::os::unix::ffi::OsStrExt;
    for name in ["OXHOST_BASE_URL", "OXHOST_API_KEY"] {
        let ended = both_of_an_order(3, "error", || {
            let mut command = keyed(&RENEW);
            command.arg("--dry-run").env(name, std::ffi::OsStr::from_bytes(b"http://\xff"));
            command
        });
        assert!(ended.json["error"].as_str().unwrap().contains(name));
    }
}

#[test]
fn a_key_file_wins_over_the_environment_and_may_end_with_a_line_break() {
    let folder = TempDir::new().unwrap();
    for content in ["key-of-the-file", "key-of-the-file\n", "key-of-the-file\r\n"] {
        let wire = ByteServer::without_reads(bytes(json("200 OK", r#"{"success": true}"#)));
        let mut command = ordering(wire.url(), &RENEW);
        command.arg("--api-key-file").arg(file(&folder, content));
        assert_eq!(run(command).code, Some(0));
        assert_eq!(wire.arrived().header(API_KEY_HEADER), ["key-of-the-file"]);
    }
    let wire = ByteServer::without_reads(bytes(json("200 OK", r#"{"success": true}"#)));
    assert_eq!(run(ordering(wire.url(), &RENEW)).code, Some(0));
    assert_eq!(wire.arrived().header(API_KEY_HEADER), [KEY]);
}

#[test]
fn the_option_wins_over_the_variable_for_the_url() {
    let (variable, option) = (Sandbox::start().unwrap(), Sandbox::start().unwrap());
    let mut command = ordering(variable.url(), &RENEW);
    command.args(["--base-url", option.url()]);
    assert_eq!(run(command).code, Some(0));
    assert_eq!((variable.requests().len(), option.ledger().len()), (0, 1));
    assert_eq!(run(ordering(variable.url(), &RENEW)).code, Some(0));
    assert_eq!((variable.ledger().len(), orders(&option).len()), (1, 1));
}

#[test]
fn an_empty_url_in_the_environment_does_not_lead_to_the_provider() {
    let mut command = oxhost(&RENEW);
    command.args(["--dry-run", "-o", "json"]).env("OXHOST_BASE_URL", "");
    let run = run(command);
    assert_eq!(run.code, Some(3), "{run:?}");
    assert!(run.json()["error"].as_str().unwrap().contains("OXHOST_BASE_URL is empty"), "{run:?}");
}
