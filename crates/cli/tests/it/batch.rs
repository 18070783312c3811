//! `batch`: many orders from a file, each charged once.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::command::{Run, keyed, run};
use crate::orders::Desk;

pub const SUBSCRIPTION: &str = "sub123-4567-8901-2345-678901234567";

/// Two renewals of the one subscription that there is, and one of another.
pub const ROWS: &str = "kind,target,months,ref\n\
    plesk_renew,sub123-4567-8901-2345-678901234567,1,a\n\
    plesk_renew,sub123-4567-8901-2345-678901234567,2,b\n\
    plesk_renew,nowhere,1,\n";

pub fn input(desk: &Desk, name: &str, text: &str) -> PathBuf {
    let file = desk.file().with_file_name(name);
    fs::write(&file, text).unwrap();
    file
}

pub fn batch(desk: &Desk, args: &[&str]) -> Run {
    let mut command = desk.at_journal(keyed(&[&["batch"], args].concat()));
    command.env("OXHOST_BASE_URL", desk.sandbox.url());
    run(command)
}

/// One after the other: two rows are for one subscription.
pub fn run_rows(desk: &Desk, text: &str, more: &[&str]) -> Run {
    let file = input(desk, "rows.csv", text);
    let args = ["run", file.to_str().unwrap(), "--batch", "may", "--concurrency", "1", "--yes"];
    batch(desk, &[&args[..], more].concat())
}

fn last(run: &Run) -> Value {
    serde_json::from_str(run.stdout.lines().last().unwrap()).unwrap()
}

#[test]
fn each_row_is_charged_once_whoever_runs_it_again() {
    let desk = Desk::new();
    let first = run_rows(&desk, ROWS, &["-ojson"]);
    assert_eq!(first.code, Some(4), "{first:?}");
    let end = last(&first);
    assert_eq!((&end["event"], &end["exit_code"]), (&"end".into(), &4.into()), "{end}");
    assert_eq!((&end["totals"]["accepted"], &end["totals"]["refused"]), (&2.into(), &1.into()));
    assert_eq!(end["totals"]["spent"], "29.97");
    let charges = desk.sandbox.ledger();
    assert_eq!(charges.iter().map(|charge| charge.units).collect::<Vec<_>>(), [1, 2]);
    let requests = desk.sandbox.requests().len();
    for _ in 0..2 {
        assert_eq!(run_rows(&desk, ROWS, &[]).code, Some(4));
        assert_eq!(batch(&desk, &["resume", "may", "--yes"]).code, Some(4));
    }
    assert_eq!(desk.sandbox.requests().len(), requests, "nothing was asked again");
}

#[test]
fn the_report_has_every_row_in_every_form() {
    let desk = Desk::new();
    let file = desk.file().with_file_name("report.csv");
    let done = run_rows(&desk, ROWS, &["--report", file.to_str().unwrap()]);
    assert_eq!(done.code, Some(4), "{done:?}");
    assert!(
        done.stderr.contains("batch may: 3 rows: 2 accepted, 1 refused; 29.97 EUR spent"),
        "{done:?}"
    );
    let written = fs::read_to_string(file).unwrap();
    let printed = batch(&desk, &["report", "may", "--format", "csv"]).stdout;
    assert_eq!(written, printed);
    let lines: Vec<&str> = written.lines().collect();
    assert!(lines[0].starts_with("line,ref,kind,target,months,until,hours,state,amount,currency"));
    assert!(
        lines[1].starts_with(&format!("2,a,plesk_renew,{SUBSCRIPTION},1,,,accepted,9.99,EUR,"))
    );
    assert!(lines[3].starts_with("4,nowhere,plesk_renew,nowhere,1,,,refused,,,"), "{written}");
    let json = batch(&desk, &["report", "may", "-ojson"]).stdout;
    let rows: Vec<Value> = json.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len(), 3);
    assert_eq!((&rows[1]["ref"], &rows[1]["months"]), (&"b".into(), &2.into()));
    let text = batch(&desk, &["report", "may"]).stdout;
    assert!(text.contains("refused   line 4      plesk_renew nowhere  1 month"), "{text}");
    let none = batch(&desk, &["report", "june"]);
    assert_eq!(none.code, Some(2), "{none:?}");
    assert!(none.stderr.contains("no batch `june`"), "{none:?}");
}

#[test]
fn the_status_says_how_far_it_is_and_what_to_do_next() {
    let desk = Desk::new();
    let none = batch(&desk, &["status"]);
    assert_eq!(none.stdout, "There are no batches in the journal.\n");
    assert!(!desk.file().exists(), "who only looks makes no journal");
    // 9.99 EUR fit, and 19.98 more do not.
    let two: Vec<&str> = ROWS.lines().take(3).collect();
    let stopped = run_rows(&desk, &two.join("\n"), &["--max-spend", "20"]);
    assert_eq!(stopped.code, Some(5), "{stopped:?}");
    assert!(stopped.stderr.contains("would cost more than the batch may"), "{stopped:?}");
    let status = batch(&desk, &["status", "may"]).stdout;
    assert!(
        status.starts_with("batch may: 2 rows: 1 waiting, 1 accepted; 9.99 EUR spent"),
        "{status}"
    );
    assert!(status.contains("limit     20 EUR"), "{status}");
    assert!(
        status.contains("1 row was not ordered, and cost nothing: `oxhost batch resume may`"),
        "{status}"
    );
    let json = batch(&desk, &["status", "-ojson"]).json();
    assert_eq!(json["batches"][0]["totals"]["waiting"], 1);
    let done = batch(&desk, &["resume", "may", "--max-spend", "30", "--concurrency", "1", "--yes"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    assert_eq!(desk.sandbox.ledger().len(), 2);
}

#[test]
fn nothing_is_sent_of_an_input_with_a_problem() {
    let desk = Desk::new();
    let wrong =
        run_rows(&desk, &(ROWS.to_owned() + "server_extend,s-1,1,\nplesk_renew,nowhere,1,\n"), &[]);
    assert_eq!(wrong.code, Some(2), "{wrong:?}");
    for said in ["line 5", "line 6", "nothing was sent"] {
        assert!(wrong.stderr.contains(said), "{said}: {wrong:?}");
    }
    assert_eq!(desk.sandbox.requests().len(), 0);
    let usage = batch(&desk, &["run", "-", "--batch", "may"]);
    assert_eq!(usage.code, Some(2), "{usage:?}");
    let dry = run_rows(&desk, ROWS, &["--dry-run"]);
    assert!(dry.stderr.contains("batch plan"), "{dry:?}");
    assert_eq!(desk.sandbox.requests().len(), 0);
}

#[test]
fn a_plan_sends_no_order_and_tells_what_is_odd() {
    let desk = Desk::new();
    let file = input(&desk, "rows.csv", ROWS);
    let plan = batch(&desk, &["plan", file.to_str().unwrap(), "-ojson"]).json();
    assert_eq!((&plan["dry_run"], &plan["exit_code"]), (&true.into(), &0.into()));
    let plan = &plan["plan"];
    assert_eq!(
        (&plan["renewals"], &plan["months"], &plan["cost"]),
        (&3.into(), &4.into(), &"29.97".into())
    );
    assert!(plan["odd"].to_string().contains("\"line\":4"), "{plan}");
    let except = input(&desk, "except", "nowhere\nb\n");
    let args = ["plan", file.to_str().unwrap(), "--except", except.to_str().unwrap()];
    let text = batch(&desk, &args).stdout;
    assert!(text.starts_with("rows: 1\n") && text.contains("cost      9.99 EUR"), "{text}");
    assert!(desk.sandbox.ledger().is_empty() && !desk.file().exists());
}

#[test]
fn a_plan_leaves_out_what_the_batch_has_done() {
    let desk = Desk::new();
    // 9.99 EUR fit, and 19.98 more do not.
    let half: Vec<&str> = ROWS.lines().take(3).collect();
    assert_eq!(run_rows(&desk, &half.join("\n"), &["--max-spend", "20"]).code, Some(5));
    let file = input(&desk, "all.csv", ROWS);
    let args = ["plan", file.to_str().unwrap(), "--batch", "may"];
    let plan = batch(&desk, &[&args[..], &["-ojson"]].concat()).json();
    let (of, done) = (&plan["plan"], &plan["done"]);
    assert_eq!(of["not_in_input"], 0, "{plan:?}");
    assert_eq!((&of["rows"], &of["left_out"]["accepted"]), (&3.into(), &1.into()), "{plan:?}");
    assert_eq!(
        (&of["renewals"], &of["months"], &of["cost"]),
        (&2.into(), &3.into(), &"19.98".into())
    );
    assert_eq!((&done["accepted"], &done["waiting"]), (&1.into(), &1.into()), "{plan:?}");
    let text = batch(&desk, &args).stdout;
    for said in ["leaves as they are: 1 (1 accepted)", "cost      19.98 EUR", "so far    2 rows"] {
        assert!(text.contains(said), "{said}: {text}");
    }
    // What was added before is ordered, whether it is still in the input or not.
    let first = input(&desk, "first.csv", &ROWS.lines().take(2).collect::<Vec<_>>().join("\n"));
    let args_of_first = ["plan", first.to_str().unwrap(), "--batch", "may", "-ojson"];
    let plan = batch(&desk, &args_of_first).json();
    let of = &plan["plan"];
    assert_eq!((&of["not_in_input"], &of["cost"]), (&1.into(), &"0".into()), "{plan:?}");
    // A batch that is not there yet has done nothing.
    let june = batch(&desk, &["plan", file.to_str().unwrap(), "--batch", "june", "-ojson"]).json();
    assert_eq!((&june["plan"]["cost"], &june["done"]), (&"29.97".into(), &Value::Null));
    let all = run_rows(&desk, ROWS, &["--max-spend", "40", "--allow-unknown-price"]);
    assert_eq!(all.code, Some(4), "{all:?}");
    let requests = desk.sandbox.requests().len();
    let plan = batch(&desk, &[&args[..], &["-ojson"]].concat()).json();
    let of = &plan["plan"];
    assert_eq!((&of["left_out"]["accepted"], &of["left_out"]["refused"]), (&2.into(), &1.into()));
    assert_eq!((&of["renewals"], &of["cost"]), (&0.into(), &"0".into()), "{plan:?}");
    assert_eq!(desk.sandbox.requests().len(), requests, "nothing is read for what is done");
}

#[test]
fn a_plan_does_not_count_what_may_have_been_ordered() {
    let desk = Desk::new();
    desk.inject("after:close-reply@0");
    let stopped = run_rows(&desk, ROWS, &["--max-unknown", "1"]);
    assert_eq!(stopped.code, Some(6), "{stopped:?}");
    let file = input(&desk, "all.csv", ROWS);
    let args = ["plan", file.to_str().unwrap(), "--batch", "may", "-ojson"];
    let plan = batch(&desk, &args).json();
    let of = &plan["plan"];
    assert_eq!((&of["unknown"], &of["not_in_input"]), (&1.into(), &0.into()), "{plan:?}");
    assert_eq!((&of["renewals"], &of["cost"]), (&2.into(), &"19.98".into()), "{plan:?}");
    assert_eq!(desk.sandbox.ledger().len(), 1);
}

#[test]
fn a_plan_refuses_the_reference_of_another_order_as_a_run_does() {
    let desk = Desk::new();
    let one: Vec<&str> = ROWS.lines().take(2).collect();
    assert_eq!(run_rows(&desk, &one.join("\n"), &[]).code, Some(0));
    let requests = desk.sandbox.requests().len();
    let other = ROWS.replace(",1,a", ",7,a");
    let file = input(&desk, "other.csv", &other);
    let plan = batch(&desk, &["plan", file.to_str().unwrap(), "--batch", "may"]);
    assert_eq!(plan.code, Some(2), "{plan:?}");
    let said = "line 2: the reference `a` stands for another order in the batch `may`";
    assert!(plan.stderr.contains(said), "{plan:?}");
    let run = run_rows(&desk, &other, &[]);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert_eq!(desk.sandbox.requests().len(), requests, "nothing was asked");
}

#[test]
fn what_ends_unknown_is_found_out_and_not_sent_again() {
    let desk = Desk::new();
    desk.inject("after:close-reply@0");
    let one: Vec<&str> = ROWS.lines().take(2).collect();
    let done = run_rows(&desk, &one.join("\n"), &[]);
    assert_eq!(done.code, Some(0), "{done:?}");
    assert!(done.stdout.contains("batch may: 1 row: 1 accepted; 9.99 EUR spent"), "{done:?}");
    let orders = desk.sandbox.requests().iter().filter(|it| it.method == "POST").count();
    assert_eq!((orders, desk.sandbox.ledger().len()), (1, 1));
}

#[test]
fn the_template_is_an_input() {
    let desk = Desk::new();
    let file = input(&desk, "template.csv", &batch(&desk, &["template"]).stdout);
    assert_eq!(batch(&desk, &["plan", file.to_str().unwrap()]).code, Some(0));
}

#[test]
fn a_report_that_cannot_be_written_is_told_before_anything_is_sent() {
    let desk = Desk::new();
    let folder = desk.file().with_file_name("");
    // The journal is there, and `rows.csv` is the input.
    assert_eq!(batch(&desk, &["resume", "none", "--yes"]).code, Some(2));
    drop(run_rows(&desk, "kind,target,months\nplesk_renew,nowhere,1\n", &[]));
    let (asked, before) = (desk.sandbox.requests().len(), fs::read(desk.file()).unwrap());
    let socket = folder.join("socket");
    let _socket = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let there = [
        folder.clone(),
        folder.join("nowhere/report.csv"),
        desk.file(),
        folder.join("rows.csv"),
        socket,
    ];
    for report in there {
        let report = report.to_str().unwrap();
        for (more, may) in [("run", true), ("resume", !report.ends_with("rows.csv"))] {
            let done = match more {
                "run" => run_rows(&desk, ROWS, &["--report", report]),
                _ if may => batch(&desk, &["resume", "may", "--yes", "--report", report]),
                _ => continue,
            };
            assert_eq!(done.code, Some(2), "{done:?}");
            assert!(done.stderr.contains("nothing was sent: the report"), "{done:?}");
        }
    }
    assert_eq!(desk.sandbox.requests().len(), asked);
    assert_eq!(fs::read(desk.file()).unwrap(), before);
}

#[test]
fn a_command_to_copy_has_the_name_as_a_shell_reads_it() {
    let desk = Desk::new();
    let file = input(&desk, "rows.csv", ROWS);
    let name = "may & $(june)";
    let args = ["run", file.to_str().unwrap(), "--batch", name, "--max-spend", "1", "--yes"];
    let stopped = batch(&desk, &args);
    assert_eq!(stopped.code, Some(5), "{stopped:?}");
    for said in [stopped.stderr, batch(&desk, &["report", name]).stdout] {
        assert!(said.contains("oxhost batch resume 'may & $(june)'"), "{said}");
    }
}
