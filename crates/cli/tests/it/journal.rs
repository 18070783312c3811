//! The file of a journal, beside the command.

use std::path::Path;

use oxhost_sandbox::Sandbox;
use rusqlite::Connection;

use crate::command::{EXTEND, both_of_an_order, ordering, orders, run};

/// Changes a journal behind the command's back.
pub fn change(file: &Path, sql: &str) {
    let connection = Connection::open(file).unwrap();
    connection.execute_batch(sql).unwrap();
    connection.close().unwrap();
}

/// Makes all orders older by 1000 s, which is longer than any sender and any provider takes here.
pub fn age(file: &Path) {
    change(
        file,
        "UPDATE orders SET claimed_at = claimed_at - 1000000000, send_by = send_by - 1000000000, \
         answer_by = answer_by - 1000000000, ended_at = ended_at - 1000000000",
    );
}

#[test]
fn a_journal_that_is_moved_keeps_its_orders() {
    let (sandbox, folder) = (Sandbox::start().unwrap(), tempfile::tempdir().unwrap());
    let at = |name: &str| folder.path().join(name);
    let order = |name: &str| {
        let mut command = ordering(sandbox.url(), &EXTEND);
        command.args(["--ref", "r-1", "-o", "json", "--journal"]).arg(at(name));
        run(command).json()
    };
    assert_eq!(order("a")["recorded"], false);
    // All of it is in the one file.
    std::fs::rename(at("a"), at("b")).unwrap();
    assert_eq!(order("b")["recorded"], true);
    std::fs::copy(at("b"), at("c")).unwrap();
    assert_eq!(order("c")["recorded"], true);
    assert_eq!(sandbox.ledger().len(), 1);
}

#[cfg(unix)]
#[test]
fn a_journal_with_two_names_is_refused_under_both() {
    let (sandbox, folder) = (Sandbox::start().unwrap(), tempfile::tempdir().unwrap());
    let [one, two] = ["one", "two"].map(|name| folder.path().join(name));
    let order = |file: &Path| {
        let mut command = ordering(sandbox.url(), &EXTEND);
        command.args(["-o", "json", "--journal"]).arg(file);
        run(command)
    };
    assert_eq!(order(&one).code, Some(0));
    std::fs::hard_link(&one, &two).unwrap();
    for file in [&one, &two] {
        let run = order(file);
        assert_eq!(run.code, Some(3), "{run:?}");
        assert!(run.json()["error"].as_str().unwrap().contains("hard link"), "{run:?}");
    }
    assert_eq!(sandbox.ledger().len(), 1);
    std::fs::remove_file(&one).unwrap();
    assert_eq!(order(&two).code, Some(0));
}

/// SQLite takes such a name for a URI, and would open another file than the one that was looked at.
#[cfg(unix)]
#[test]
fn a_journal_whose_name_looks_like_a_uri_is_the_file_of_that_name() {
    let (sandbox, folder) = (Sandbox::start().unwrap(), tempfile::tempdir().unwrap());
    let order = |name: &str| {
        let mut command = ordering(sandbox.url(), &EXTEND);
        command.current_dir(&folder).args(["--ref", "r-1", "-o", "json", "--journal", name]);
        run(command).json()
    };
    assert_eq!(order("file:a.db")["recorded"], false);
    for same in ["./file:a.db", "file:a.db"] {
        assert_eq!(order(same)["recorded"], true, "{same}");
    }
    let files = std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().file_name());
    assert_eq!(files.collect::<Vec<_>>(), ["file:a.db"]);
    assert_eq!(sandbox.ledger().len(), 1);
}

#[test]
fn a_url_that_is_none_is_not_taken_for_a_file_and_shows_no_password() {
    let sandbox = Sandbox::start().unwrap();
    for url in ["postgres:/u:hunter2@127.0.0.1/db", "postgresql:u:hunter2@127.0.0.1/db"] {
        let ended = both_of_an_order(3, "error", || {
            let mut command = ordering(sandbox.url(), &EXTEND);
            command.args(["--journal", url]);
            command
        });
        assert!(ended.json["error"].as_str().unwrap().contains("postgres://"));
        assert!(!format!("{ended:?}").contains("hunter2"));
    }
    assert_eq!(orders(&sandbox).len(), 0);
}

/// Someone else's lock on a journal: nobody else can write until it is dropped.
pub struct Lock(#[expect(dead_code, reason = "is held")] Connection);

impl Lock {
    pub fn of(file: &Path) -> Self {
        let connection = Connection::open(file).unwrap();
        connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        Self(connection)
    }
}
