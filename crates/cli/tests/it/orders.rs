//! The journal of the command: what it remembers, what it keeps from happening, how it finds out.

use oxhost_testkit::{ByteServer, silent};
use std::path::{Path, PathBuf};
use std::process::Command;

use oxhost_sandbox::{Fault, Sandbox};
use serde_json::Value;
use tempfile::TempDir;

use crate::command::{EXTEND, RENEW, Run, keyed, ordering, orders, run};
use crate::journal::age;

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
        Self::of(Sandbox::start().unwrap())
    }

    pub fn of(sandbox: Sandbox) -> Self {
        Self { sandbox, folder: tempfile::tempdir().unwrap() }
    }

    /// A file of this name beside the journal.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn inject(&self, fault: &str) {
        self.sandbox.inject(fault.parse::<Fault>().unwrap());
    }

    pub fn file(&self) -> PathBuf {
        self.folder.path().join("journal.db")
    }

    pub fn at_journal(&self, mut command: Command) -> Command {
        command.env("OXHOST_JOURNAL", self.file());
        command
    }

    pub fn order(&self, args: &[&str]) -> Run {
        run(self.at_journal(ordering(self.sandbox.url(), args)))
    }

    /// So much later that it can be believed of an order that it was not placed.
    pub fn later(&self) {
        age(&self.file());
    }

    pub fn json(&self, args: &[&str]) -> (Option<i32>, Value) {
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

    pub fn charges(&self) -> usize {
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
            assert_eq!((blocked, &report["outcome"]), (Some(8), &Value::Null));
            assert_eq!(
                (&report["blocked"], &report["blocked_by"]),
                (&true.into(), &id.as_str().into())
            );
            assert!(report["message"].as_str().unwrap().contains(&id), "{report}");
            let text = desk.order(order);
            assert_eq!(text.code, Some(8));
            assert!(text.stderr.starts_with("blocked: "), "{text:?}");
            assert!(text.stderr.contains(&format!("oxhost orders verify {id}")), "{text:?}");
            assert_eq!(orders(&desk.sandbox).len(), sent, "a blocked order is not sent");

            desk.later();
            // By the beginning of its id, too.
            let verified = desk.look(&["verify", &id[..13], "--settle", "0", "-o", "json"]);
            assert_eq!(verified.code, Some(code), "{verified:?}");
            let entry = verified.json();
            assert_eq!(entry["state"], state);
            let word = if state == "confirmed" { "accepted" } else { "not_sent" };
            assert_eq!((&entry["outcome"], &entry["exit_code"]), (&word.into(), &code.into()));
            assert_eq!(entry["warnings"], Value::Array(vec![]));
            assert!(!entry["findings"]["observations"].as_array().unwrap().is_empty());
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
        "before       until 2025-04-01 10:00:00; orders: PLK_20250301_123456, 9.99 EUR, completed",
        "until 2025-07-01 10:00:00; orders: PLK_RENEW_20250320_123456, 29.97 EUR, completed",
        "verdict      it was placed: PLK_RENEW_20250320_123456, 29.97 EUR, completed",
    ] {
        assert!(text.contains(shown), "{shown}\n{text}");
    }
}

#[test]
fn wait_finds_out_before_it_ends() {
    // One that is not booked is not known to be missing so early.
    for (fault, code, outcome) in [(BOOKED, 0, "accepted"), (LOST, 6, "unknown")] {
        for order in [&RENEW[..], &EXTEND] {
            let desk = Desk::new();
            desk.inject(fault);
            let (ended, report) = desk.json(&[order, &["--wait", "--settle", "0"]].concat());
            assert_eq!((ended, &report["outcome"]), (Some(code), &Value::from(outcome)));
            assert_eq!(report["recorded"], false);
            let warnings = report["warnings"].to_string();
            assert_eq!(warnings.contains("--settle 0 ended too early"), code == 6, "{report}");
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
    let text = desk.order(&invoice);
    let line = text.stdout.lines().next().unwrap();
    assert!(
        line.starts_with("Nothing was charged now: this reference was ordered on 20"),
        "{line}"
    );
    assert!(line.contains(" and is accepted: renewal of"), "{line}");

    // What was refused was no order: the reference is free for another try.
    let refused = ["plesk", "renew", "nowhere", "--months", "1", "--ref", "invoice 18"];
    assert_eq!([desk.order(&refused).code, desk.order(&refused).code], [Some(4), Some(4)]);
    // What is unknown may have been one.
    desk.inject(BOOKED);
    let lost = [&EXTEND[..], &["--ref", "invoice 19"]].concat();
    assert_eq!([desk.order(&lost).code, desk.order(&lost).code], [Some(6), Some(6)]);
    let text = desk.order(&lost);
    assert!(text.stderr.contains("is unknown: extension") && text.stderr.contains("Do NOT"));
    // And can be waited for, which is no other order.
    let (code, found) = desk.json(&[&lost[..], &["--wait", "--settle", "0"]].concat());
    assert_eq!((code, &found["recorded"]), (Some(0), &Value::from(true)), "{found}");

    let other = ["plesk", "renew", RENEW[2], "--months", "4", "--ref", "invoice 17"];
    let run = desk.order(&other);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.stderr.contains("stands for another order"), "{run:?}");
    assert_eq!((desk.charges(), orders(&desk.sandbox).len()), (2, 4));
}

#[test]
fn an_undecided_order_is_closed_by_a_person_whose_reason_is_kept() {
    let desk = Desk::new();
    let id = desk.unknown(BOOKED, &[&RENEW[..], &["--no-baseline"]].concat());
    let verified = desk.look(&["verify", &id]);
    assert_eq!(verified.code, Some(6), "{verified:?}");
    assert!(
        verified.stdout.contains("verdict      undecided: what there was before"),
        "{verified:?}"
    );
    assert!(verified.stdout.contains(&format!("oxhost orders resolve {id}")), "{verified:?}");
    assert_eq!(desk.look(&["resolve", &id, "--as", "ordered"]).code, Some(2), "why is needed");

    let reason = "order PLK_RENEW_20250320_123456 is in the client area";
    let resolve = ["resolve", &id, "--as", "ordered", "--reason", reason];
    let before = desk.look(&["show", &id]).stdout;
    let dry = desk.look(&[&resolve[..], &["--dry-run", "-o", "json"]].concat());
    assert_eq!((dry.code, crate::command::marks(&dry.json())), (Some(0), vec!["dry_run"]));
    assert!(dry.json()["message"].as_str().unwrap().contains("it would be confirmed"));
    let read = desk.sandbox.requests().len();
    assert_eq!(desk.look(&["verify", &id, "--dry-run"]).code, Some(0));
    assert_eq!(desk.sandbox.requests().len(), read, "a dry run reads nothing");
    assert_eq!(desk.look(&["show", &id]).stdout, before, "a dry run changes nothing");

    let run = desk.look(&resolve);
    assert_eq!(run.code, Some(0), "{run:?}");
    let shown = desk.look(&["show", &id]);
    assert!(shown.stdout.contains(reason), "{shown:?}");
    // A person may correct himself, and both reasons stay.
    let correct = ["resolve", &id, "--as", "not-ordered", "--reason", "or not"];
    for dry in [&["--dry-run"][..], &[]] {
        let early = desk.look(&[&correct[..], dry].concat());
        assert_eq!(early.code, Some(8), "the provider may still be booking it: {early:?}");
    }
    desk.later();
    let other = desk.look(&correct);
    assert_eq!(other.code, Some(0), "{other:?}");
    assert!(other.stdout.contains(reason) && other.stdout.contains("or not"), "{other:?}");
    assert_eq!(desk.order(&RENEW).code, Some(0));
}

#[test]
fn one_journal_serves_every_key() {
    let desk = Desk::new();
    desk.order(&RENEW);
    let id = desk.unknown(BOOKED, &EXTEND);
    let with_key = |args: &[&str], key: Option<&str>| {
        let mut command = desk.at_journal(ordering(desk.sandbox.url(), args));
        match key {
            Some(key) => command.env("OXHOST_API_KEY", key),
            None => command.env_remove("OXHOST_API_KEY"),
        };
        run(command)
    };
    assert_eq!(with_key(&EXTEND, Some("another-key")).code, Some(8), "a key that was rotated");
    for args in [&["orders", "list"][..], &["orders", "show", &id]] {
        let run = with_key(args, None);
        assert_eq!(run.code, Some(0), "{run:?}");
        assert!(run.stdout.contains(&id), "{run:?}");
    }
    assert_eq!(with_key(&["orders", "verify", &id], None).code, Some(3), "it reads");
    // A key is not in the journal, not even in part.
    let bytes = std::fs::read(desk.file()).unwrap();
    assert!(!String::from_utf8_lossy(&bytes).contains(oxhost_sandbox::KEY));

    let mut elsewhere = desk.looking(&["verify", &id]);
    elsewhere.env("OXHOST_BASE_URL", "http://127.0.0.1:9");
    let elsewhere = run(elsewhere);
    assert_eq!(elsewhere.code, Some(3), "{elsewhere:?}");

    let none = desk.look(&["show", "none"]);
    assert_eq!(none.code, Some(2));
    assert!(none.stderr.contains("the journal has no order none"), "{none:?}");
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

#[test]
fn a_database_that_does_not_answer_is_told_in_time() {
    let (sandbox, silent) = (Sandbox::start().unwrap(), ByteServer::without_reads(silent));
    let address = silent.url().trim_start_matches("http://").to_owned();
    let started = std::time::Instant::now();
    let journal = format!("postgres://shop@{address}/shop");
    let mut command = ordering(sandbox.url(), &[&RENEW[..], &["--journal", &journal]].concat());
    command.args(["-o", "json"]);
    let run = run(command);
    assert_eq!((run.code, &run.json()["outcome"]), (Some(3), &Value::Null), "{run:?}");
    assert!(started.elapsed().as_secs() < 10, "{:?}", started.elapsed());
    assert_eq!(sandbox.requests().len(), 0);
}

#[test]
fn a_window_that_is_too_short_says_what_it_cannot_tell() {
    let desk = Desk::new();
    let id = desk.unknown(LOST, &RENEW);
    let json = desk.look(&["verify", &id, "--settle", "0", "-o", "json"]);
    assert_eq!(json.code, Some(6), "{json:?}");
    let warning = "--settle 0 ended too early to tell that the order was not placed";
    assert!(json.json()["warnings"][0].as_str().unwrap().starts_with(warning), "{json:?}");
    let text = desk.look(&["verify", &id, "--settle", "0"]);
    assert!(text.stderr.contains(warning), "{text:?}");
}

#[test]
fn a_persons_word_comes_too_early_while_the_sender_may_still_wait() {
    let desk = Desk::new();
    let id = desk.unknown(BOOKED, &RENEW);
    // As if its sender had not ended.
    crate::journal::change(&desk.file(), "UPDATE orders SET state = 'open', answer = NULL");
    let resolve = ["resolve", &id, "--as", "ordered", "--reason", "seen", "-o", "json"];
    let early = desk.look(&resolve);
    assert_eq!(early.code, Some(8), "{early:?}");
    let json = early.json();
    assert_eq!((&json["outcome"], &json["blocked"]), (&Value::Null, &true.into()));
    assert_eq!(json["blocked_by"], *id);
    desk.later();
    let late = desk.look(&resolve);
    assert_eq!((late.code, &late.json()["state"]), (Some(0), &"confirmed".into()), "{late:?}");
}
