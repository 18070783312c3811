//! What a batch is held to: its limits in the plan, what is left out, its report's name, and signals.

use std::process::Stdio;
use std::thread::sleep;
use std::time::Duration;

use crate::batch::{ROWS, SUBSCRIPTION, batch, input, run_rows};
use crate::command::{Run, keyed, run};
use crate::orders::Desk;

#[test]
fn the_plan_says_what_a_limit_lets_through() {
    let desk = Desk::new();
    let rows = "kind,target,months,hours,user\n\
        plesk_renew,sub123-4567-8901-2345-678901234567,3,,\n\
        server_extend,server12345-6789-0123-4567-890123456789,,1,user12345-6789-0123-4567-890123456789\n";
    let file = input(&desk, "limit.csv", rows);
    let plan = |more: &[&str]| batch(&desk, &[&["plan", file.to_str().unwrap()], more].concat());
    let tight = plan(&["--max-spend", "20"]).stdout;
    assert!(
        tight.contains("limit     20 EUR, of which 20 EUR are left: the batch stops there"),
        "{tight}"
    );
    assert!(tight.contains("unless with --allow-unknown-price: 1"), "{tight}");
    let wide = plan(&["--max-spend", "40", "--allow-unknown-price"]).stdout;
    assert!(wide.contains("  limit     40 EUR\n"), "{wide}");
    assert!(!wide.contains("--allow-unknown-price"), "{wide}");
    assert!(desk.sandbox.ledger().is_empty());
}

#[test]
fn a_limit_or_a_name_that_cannot_be_taken_as_it_is_sends_nothing() {
    let desk = Desk::new();
    let file = input(&desk, "rows.csv", ROWS);
    let file = file.to_str().unwrap();
    let long = "9.99999999999999999999999999999";
    for (args, words) in [
        (["--batch", "a", "--max-spend", long], "it is no number such as 12.50"),
        (["--batch", "a/b", "--max-spend", "1"], "no `/`"),
        (["--batch", " ", "--max-spend", "1"], "no white space around it"),
        (["--batch", "a\u{202e}b", "--max-spend", "1"], "do not show"),
    ] {
        let refused = batch(&desk, &[&["run", file, "--yes"], &args[..]].concat());
        assert_eq!((refused.code, desk.sandbox.ledger().len()), (Some(2), 0), "{refused:?}");
        assert!(
            refused.stderr.contains(words) && !refused.stderr.contains("is new"),
            "{refused:?}"
        );
        assert!(!refused.stderr.contains('\u{202e}'), "{refused:?}");
    }
}

#[test]
fn the_plan_leaves_out_what_is_not_due() {
    let desk = Desk::new();
    let rows = "kind,target,months\nplesk_renew,sub123-4567-8901-2345-678901234567,1\n";
    let file = input(&desk, "due.csv", rows);
    // It ended in 2025.
    let due = batch(&desk, &["plan", file.to_str().unwrap(), "--due-within", "1", "-ojson"]).json();
    assert_eq!((&due["plan"]["renewals"], &due["plan"]["nothing_to_do"]), (&1.into(), &0.into()));
    let far = jiff::civil::date(2999, 1, 1).at(0, 0, 0, 0);
    desk.sandbox.act(|world| world.set_expiry(SUBSCRIPTION, far)).unwrap();
    let enough =
        batch(&desk, &["plan", file.to_str().unwrap(), "--due-within", "1", "-ojson"]).json();
    assert_eq!(
        (&enough["plan"]["renewals"], &enough["plan"]["nothing_to_do"]),
        (&0.into(), &1.into())
    );
}

#[test]
fn what_is_left_out_and_is_not_there_is_told() {
    let desk = Desk::new();
    let except = input(&desk, "except.txt", "a\nmistyped\n");
    let file = input(&desk, "rows.csv", ROWS);
    let args = ["plan", file.to_str().unwrap(), "--except", except.to_str().unwrap()];
    let plan = batch(&desk, &args);
    assert_eq!(plan.code, Some(0), "{plan:?}");
    assert!(plan.stderr.contains("from before: 1, such as mistyped"), "{plan:?}");
    input(&desk, "except.txt", "a\nb\n");
    assert!(!batch(&desk, &args).stderr.contains("warning"));
}

#[test]
fn a_rate_is_a_number_with_or_without_its_unit() {
    let desk = Desk::new();
    for (rate, code) in [("20", 4), ("20/s", 4), ("0.5/s", 4), ("0/s", 2), ("20/m", 2), ("/s", 2)] {
        assert_eq!(run_rows(&desk, ROWS, &["--rate", rate]).code, Some(code), "{rate}");
    }
}

#[test]
fn a_report_has_a_format_that_there_is() {
    let desk = Desk::new();
    let report = desk.file().with_file_name("report.xlsx");
    let refused = run_rows(&desk, ROWS, &["--report", report.to_str().unwrap()]);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(refused.stderr.contains("no report in the format .xlsx"), "{refused:?}");
    assert!(desk.sandbox.requests().is_empty());
}

#[test]
fn an_input_that_is_not_there_is_a_wrong_command_line() {
    let desk = Desk::new();
    let missing = batch(&desk, &["plan", "missing.csv"]);
    assert_eq!(missing.code, Some(2), "{missing:?}");
}

#[test]
fn a_batch_that_is_not_there_is_said_with_its_journal() {
    let desk = Desk::new();
    run_rows(&desk, ROWS, &[]);
    for command in ["status", "report", "resume"] {
        let none = run(desk.at_journal(keyed(&["batch", command, "june", "--yes"])));
        let journal = format!("no batch `june` (the journal is at {}", desk.file().display());
        assert_eq!(none.code, Some(2), "{none:?}");
        assert!(none.stderr.contains(&journal), "{none:?}");
    }
}

#[cfg(unix)]
#[test]
fn signals_that_come_together_are_one() {
    use rustix::process::Signal;

    let desk = Desk::new();
    desk.sandbox.inject("after:late=500".parse::<oxhost_sandbox::Fault>().unwrap());
    let file = input(&desk, "rows.csv", ROWS);
    let mut command = desk.at_journal(keyed(&[
        "batch",
        "run",
        file.to_str().unwrap(),
        "--batch",
        "may",
        "--yes",
    ]));
    command.env("OXHOST_BASE_URL", desk.sandbox.url());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    while desk.sandbox.ledger().is_empty() {
        sleep(Duration::from_millis(5));
    }
    // As timeout(1) does it, but that two of the same may arrive as one.
    for with in [Signal::TERM, Signal::INT] {
        crate::interruption::signal(&child, with);
    }
    let stopped = Run::from(child.wait_with_output().unwrap());
    assert_eq!(stopped.code, Some(130), "{stopped:?}");
    let status = batch(&desk, &["status", "may", "-ojson"]).json();
    let totals = &status["batches"][0]["totals"];
    assert_eq!((&totals["taken"], &totals["unknown"]), (&0.into(), &0.into()), "{status:?}");
    assert_eq!(totals["accepted"], desk.sandbox.ledger().len());
}
