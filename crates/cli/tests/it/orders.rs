//! The journal of the command: what it remembers, what it keeps from happening, how it finds out.

use std::path::{Path, PathBuf};
use std::process::Command;

use oxhost_sandbox::{Fault, Sandbox};
use serde_json::Value;
use tempfile::TempDir;

use crate::command::{EXTEND, RENEW, Run, keyed, ordering, orders, run};

/// The order is booked, and never answered.
pub const BOOKED: &str = "after:close-reply@0";
/// Nothing is booked, and nothing is answered.
pub const LOST: &str = "before:close-reply@0";

/// A sandbox, and one journal for all runs against it.
pub struct Desk {
    pub sandbox: Sandbox,
    folder: TempDir,
}

impl Desk {
    pub fn new() -> Self {
        Self { sandbox: Sandbox::start().unwrap(), folder: tempfile::tempdir().unwrap() }
    }

    pub fn inject(&self, fault: &str) {
        self.sandbox.inject(fault.parse::<Fault>().unwrap());
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("journal.db")
    }

    fn at_journal(&self, mut command: Command) -> Command {
        command.env("OXHOST_JOURNAL", self.file());
        command
    }

    pub fn order(&self, args: &[&str]) -> Run {
        run(self.at_journal(ordering(self.sandbox.url(), args)))
    }

    fn json(&self, args: &[&str]) -> (Option<i32>, Value) {
        let run = self.order(&[args, &["-o", "json"]].concat());
        (run.code, Value::Object(run.json()))
    }

    pub fn looking(&self, args: &[&str]) -> Command {
        let mut command = self.at_journal(keyed(&[&["orders"], args].concat()));
        command.env("OXHOST_BASE_URL", self.sandbox.url());
        command
    }

    pub fn look(&self, args: &[&str]) -> Run {
        run(self.looking(args))
    }

    /// An order that ends unknown; its id in the journal.
    pub fn unknown(&self, fault: &str, args: &[&str]) -> String {
        self.inject(fault);
        let (code, report) = self.json(args);
        assert_eq!((code, &report["outcome"]), (Some(6), &Value::from("unknown")), "{report}");
        let id = report["journal_id"].as_str().unwrap().to_owned();
        let advice = report["advice"].as_str().unwrap();
        assert!(advice.contains(&format!("oxhost orders verify {id}")), "{advice}");
        id
    }

    fn charges(&self) -> usize {
        self.sandbox.ledger().len()
    }
}

#[test]
fn an_unknown_order_blocks_its_target_until_it_is_found_out() {
    for (fault, code, state) in [(BOOKED, 0, "confirmed"), (LOST, 5, "not_ordered")] {
        for order in [&RENEW[..], &EXTEND] {
            let desk = Desk::new();
            let id = desk.unknown(fault, order);
            let sent = orders(&desk.sandbox).len();

            let (blocked, report) = desk.json(order);
            assert_eq!((blocked, &report["outcome"]), (Some(8), &Value::from("not_sent")));
            assert_eq!(report["journal_id"], *id);
            assert!(report["message"].as_str().unwrap().contains(&id), "{report}");
            let text = desk.order(order);
            assert_eq!(text.code, Some(8));
            assert!(text.stderr.contains(&format!("oxhost orders verify {id}")), "{text:?}");
            assert_eq!(orders(&desk.sandbox).len(), sent, "a blocked order is not sent");

            // By the beginning of its id, too.
            let verified = desk.look(&["verify", &id[..13], "--settle", "0", "-o", "json"]);
            assert_eq!(verified.code, Some(code), "{verified:?}");
            let entry = verified.json();
            assert_eq!(entry["state"], state);
            assert!(!entry["findings"]["readings"].as_array().unwrap().is_empty());
            assert_eq!(orders(&desk.sandbox).len(), sent, "finding out never orders");

            let before = desk.charges();
            assert_eq!(desk.order(order).code, Some(0));
            assert_eq!(desk.charges(), before + 1);
        }
    }
}

#[test]
fn verify_shows_what_it_read_and_why_it_judges_so() {
    let desk = Desk::new();
    let id = desk.unknown(BOOKED, &RENEW);
    let text = desk.look(&["verify", &id]).stdout;
    for shown in [
        "confirmed: renewal of Plesk subscription",
        "before    until 2025-04-01 10:00:00; orders: PLK_20250301_123456, 9.99 EUR, completed",
        "until 2025-07-01 10:00:00; orders: PLK_RENEW_20250320_123456, 29.97 EUR, completed",
        "verdict   it was placed: PLK_RENEW_20250320_123456, 29.97 EUR, completed",
    ] {
        assert!(text.contains(shown), "{shown}\n{text}");
    }
}

#[test]
fn wait_finds_out_before_it_ends() {
    for (fault, code, outcome) in [(BOOKED, 0, "accepted"), (LOST, 5, "not_sent")] {
        for order in [&RENEW[..], &EXTEND] {
            let desk = Desk::new();
            desk.inject(fault);
            let (ended, report) = desk.json(&[order, &["--wait", "--settle", "0"]].concat());
            assert_eq!((ended, &report["outcome"]), (Some(code), &Value::from(outcome)));
            assert_eq!(report["recorded"], false);
            let charged = desk.sandbox.ledger();
            assert_eq!(
                report["order_number"].as_str(),
                charged.first().map(|charge| charge.order_number.as_str())
            );
            assert_eq!(orders(&desk.sandbox).len(), 1);
        }
    }
}

#[test]
fn the_same_reference_is_sent_once() {
    let desk = Desk::new();
    let invoice = [&RENEW[..], &["--ref", "invoice 17"]].concat();
    let (code, first) = desk.json(&invoice);
    assert_eq!((code, &first["recorded"]), (Some(0), &Value::from(false)));
    let (code, mut again) = desk.json(&invoice);
    assert_eq!((code, &again["recorded"]), (Some(0), &Value::from(true)));
    again["recorded"] = false.into();
    assert_eq!(again, first, "the recorded outcome, to the letter");

    // Refused is remembered as well: a reference is one try that reached the provider.
    let refused = ["plesk", "renew", "nowhere", "--months", "1", "--ref", "invoice 18"];
    assert_eq!([desk.order(&refused).code, desk.order(&refused).code], [Some(4), Some(4)]);
    // And unknown.
    desk.inject(BOOKED);
    let lost = [&EXTEND[..], &["--ref", "invoice 19"]].concat();
    assert_eq!([desk.order(&lost).code, desk.order(&lost).code], [Some(6), Some(6)]);

    let other = ["plesk", "renew", RENEW[2], "--months", "4", "--ref", "invoice 17"];
    let run = desk.order(&other);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.stderr.contains("stands for another order"), "{run:?}");
    assert_eq!((desk.charges(), orders(&desk.sandbox).len()), (2, 3));
}

#[test]
fn an_undecided_order_is_closed_by_a_person_whose_reason_is_kept() {
    let desk = Desk::new();
    let id = desk.unknown(BOOKED, &[&RENEW[..], &["--no-baseline"]].concat());
    let verified = desk.look(&["verify", &id]);
    assert_eq!(verified.code, Some(6), "{verified:?}");
    assert!(verified.stdout.contains("verdict   undecided: what there was before"), "{verified:?}");
    assert!(verified.stdout.contains(&format!("oxhost orders resolve {id}")), "{verified:?}");
    assert_eq!(desk.look(&["resolve", &id, "--as", "ordered"]).code, Some(2), "why is needed");

    let reason = "order PLK_RENEW_20250320_123456 is in the client area";
    let run = desk.look(&["resolve", &id, "--as", "ordered", "--reason", reason]);
    assert_eq!(run.code, Some(0), "{run:?}");
    let shown = desk.look(&["show", &id]);
    assert!(shown.stdout.contains(reason), "{shown:?}");
    // What is settled stays settled.
    let again = desk.look(&["resolve", &id, "--as", "not-ordered", "--reason", "or not"]);
    assert_eq!(again.code, Some(2), "{again:?}");
    assert_eq!(desk.order(&RENEW).code, Some(0));
}

#[test]
fn orders_are_listed_for_the_account_and_url_that_they_are_of() {
    let desk = Desk::new();
    assert_eq!(desk.look(&["list"]).stderr, "No orders yet.\n");
    desk.order(&RENEW);
    desk.order(&[&EXTEND[..], &["--ref", "invoice 17"]].concat());
    let text = desk.look(&["list"]).stdout;
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("accepted ") && lines[0].contains("3 calendar months"), "{text}");
    assert!(lines[1].ends_with("by 1 hour [invoice 17]"), "{text}");
    let json = desk.look(&["list", "-o", "json"]).json();
    assert_eq!(json["orders"].as_array().unwrap().len(), 2);

    let listed = |name: &str, value: &str| {
        let mut command = desk.at_journal(keyed(&["orders", "list", "-o", "json"]));
        command.env("OXHOST_BASE_URL", desk.sandbox.url()).env(name, value);
        run(command).json()["orders"].as_array().unwrap().len()
    };
    assert_eq!(listed("OXHOST_API_KEY", "another-key"), 0);
    assert_eq!(listed("OXHOST_BASE_URL", "http://127.0.0.1:9"), 0);
    assert_eq!(listed("OXHOST_BASE_URL", &format!("{}/", desk.sandbox.url())), 2, "a slash");
    // A key is not in the journal, not even in part.
    let bytes = std::fs::read(desk.file()).unwrap();
    assert!(!String::from_utf8_lossy(&bytes).contains(oxhost_sandbox::KEY));

    let none = desk.look(&["show", "none"]);
    assert_eq!(none.code, Some(2));
    assert!(none.stderr.contains("oxhost orders list"), "{none:?}");
}

#[test]
fn an_account_with_a_name_keeps_its_orders_when_its_key_changes() {
    let desk = Desk::new();
    desk.inject(BOOKED);
    assert_eq!(desk.order(&[&RENEW[..], &["--account", "shop"]].concat()).code, Some(6));
    let mut other_key = ordering(desk.sandbox.url(), &RENEW);
    other_key.args(["--account", "shop"]).env("OXHOST_API_KEY", "another-key");
    assert_eq!(run(desk.at_journal(other_key)).code, Some(8));
}

#[test]
fn the_journal_is_a_file_in_the_folder_for_data_that_nobody_else_reads() {
    let (sandbox, data) = (Sandbox::start().unwrap(), tempfile::tempdir().unwrap());
    let mut command = ordering(sandbox.url(), &RENEW);
    command.env("XDG_DATA_HOME", data.path());
    assert_eq!(run(command).code, Some(0));
    assert!(data.path().join("oxhost/journal.db").is_file());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(data.path().join("oxhost")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }
    // With --sandbox, it goes with the sandbox.
    let mut command = crate::command::oxhost(&[&["--sandbox"], &RENEW[..]].concat());
    command.env("XDG_DATA_HOME", data.path().join("other"));
    assert_eq!(run(command).code, Some(0));
    assert!(!data.path().join("other").exists());
    assert_eq!(run(keyed(&["--sandbox", "orders", "list"])).code, Some(2));
}

#[test]
fn a_journal_may_have_any_name() {
    let (sandbox, folder) = (Sandbox::start().unwrap(), tempfile::tempdir().unwrap());
    for name in ["a b.db", "100%.db", "what?mode=memory.db", "#1.db", "ü.db"] {
        let file = folder.path().join(name);
        let mut command = ordering(sandbox.url(), &EXTEND);
        command.arg("--journal").arg(&file);
        assert_eq!(run(command).code, Some(0), "{name}");
        assert!(file.is_file(), "{name}");
    }
}

#[test]
fn a_journal_that_cannot_be_used_stops_the_order_before_it_is_sent() {
    let (sandbox, folder) = (Sandbox::start().unwrap(), tempfile::tempdir().unwrap());
    let no_database = folder.path().join("text.db");
    std::fs::write(&no_database, "this is a text, and no database at all".repeat(100)).unwrap();
    let torn = folder.path().join("torn.db");
    let made = |file: &Path| {
        let mut command = ordering(sandbox.url(), &EXTEND);
        command.arg("--journal").arg(file);
        run(command)
    };
    assert_eq!(made(&torn).code, Some(0));
    let mut bytes = std::fs::read(&torn).unwrap();
    let half = bytes.len() / 2;
    bytes[100..half].fill(0xaa);
    std::fs::write(&torn, bytes).unwrap();
    let before = orders(&sandbox).len();
    for file in [
        &no_database,
        &torn,
        Path::new("/nowhere/at/all.db"),
        Path::new("/proc/journal.db"),
        folder.path(),
    ] {
        let run = made(file);
        assert_eq!(run.code, Some(3), "{}: {run:?}", file.display());
        for said in ["nothing was sent", "--journal", file.to_str().unwrap()] {
            assert!(run.stderr.contains(said), "{said}: {run:?}");
        }
    }
    assert_eq!(orders(&sandbox).len(), before);
    // A password is no part of the place.
    let run = made(Path::new("postgres://shop:canary@127.0.0.1:9/shop"));
    assert_eq!(run.code, Some(3), "{run:?}");
    assert!(run.stderr.contains("on PostgreSQL") && !run.stderr.contains("canary"), "{run:?}");
}
