//! `--raw-reply`: the answer as it was received, where there was one.

use oxhost_testkit::{ByteServer, bytes, closed, http, json, silent};
use std::fs::read_to_string;

use oxhost_sandbox::Sandbox;

use crate::command::{EXTEND, RENEW, both_of_an_order, ordering, orders, run};

const BODY: &str = r#"{"success": true, "order_id": "o-1", "root_password": "canary",  "x": 1}"#;

#[test]
fn the_body_is_written_to_the_letter_for_its_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    for (name, status, code) in [("a", "200 OK", 0), ("b", "500 Boom", 6), ("c", "402 No", 6)] {
        let file = folder.path().join(name);
        let wire = ByteServer::without_reads(bytes(json(status, BODY)));
        let mut command = ordering(wire.url(), &EXTEND);
        command.arg("--raw-reply").arg(&file);
        let run = run(command);
        assert_eq!(run.code, Some(code), "{run:?}");
        assert_eq!(read_to_string(&file).unwrap(), BODY);
        assert!(!format!("{run:?}").contains("canary"), "{run:?}");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(&file).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }
    let file = folder.path().join("page");
    let wire = ByteServer::without_reads(bytes(http(
        "502 Bad Gateway",
        &["content-type: text/html"],
        "<h1>canary</h1>",
    )));
    let mut command = ordering(wire.url(), &RENEW);
    command.arg("--raw-reply").arg(&file);
    assert_eq!(run(command).code, Some(6));
    assert_eq!(read_to_string(&file).unwrap(), "<h1>canary</h1>");
}

#[test]
fn without_an_answer_there_is_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("reply");
    let silent = ByteServer::without_reads(silent);
    for (url, code) in [(closed(), 5), (silent.url().to_owned(), 6)] {
        let mut command = ordering(&url, &RENEW);
        command.args(["--timeout", "1", "--raw-reply"]).arg(&file);
        assert_eq!(run(command).code, Some(code));
        assert!(!file.exists());
    }
}

#[test]
fn an_answer_is_not_written_into_the_journal() {
    let (sandbox, folder) = (Sandbox::start().unwrap(), tempfile::tempdir().unwrap());
    std::fs::create_dir(folder.path().join("sub")).unwrap();
    let journal = folder.path().join("journal.db");
    for name in ["journal.db", "journal.db-wal", "journal.db-shm", "sub/../journal.db-journal"] {
        let ended = both_of_an_order(2, "error", || {
            let mut command = ordering(sandbox.url(), &RENEW);
            command.arg("--journal").arg(&journal).arg("--raw-reply").arg(folder.path().join(name));
            command
        });
        assert!(ended.json["error"].as_str().unwrap().contains("a file of the journal's"));
        assert!(!journal.exists(), "{name}");
    }
    assert_eq!(orders(&sandbox).len(), 0);
    let mut command = ordering(sandbox.url(), &RENEW);
    command.arg("--journal").arg(&journal).arg("--raw-reply").arg(folder.path().join("journal"));
    assert_eq!(run(command).code, Some(0));
}

#[test]
fn a_file_that_cannot_be_made_stops_the_order() {
    let (sandbox, folder) = (Sandbox::start().unwrap(), tempfile::tempdir().unwrap());
    let there = folder.path().join("there");
    std::fs::write(&there, "kept").unwrap();
    for file in [&there, &folder.path().join("no/folder"), folder.path()] {
        let ended = both_of_an_order(2, "error", || {
            let mut command = ordering(sandbox.url(), &RENEW);
            command.arg("--raw-reply").arg(file);
            command
        });
        assert!(ended.json["error"].as_str().unwrap().contains("--raw-reply"));
    }
    assert_eq!((orders(&sandbox).len(), read_to_string(&there).unwrap().as_str()), (0, "kept"));
}
